"""Markdown into documents: runbooks, past reports, whatever the workload's people wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.documents.reading import LARGEST, decoded
from fa2.documents.searching import Part
from fa2.documents.sections import front_matter, headings
from fa2.sources.documents.rows import document_rows, titled

_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~)[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_MARKUP = re.compile(
    r"^ {0,3}(?:[-*+]|\d+[.)])[ \t]+\S|\[[^\]\n]+\]\([^)\n]+\)|\*\*[^*\n]+\*\*|`[^`\n]+`"
    r"|^ {0,3}(?:```|~~~|>[ \t])|^\|.+\|[ \t]*$",
    re.MULTILINE,
)
_STAMPED = re.compile(
    r"^\W{0,3}(?:\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}|\d{2}:\d{2}:\d{2}"
    r"|[A-Z][a-z]{2} +\d+ \d{2}:\d{2}|\d{10,19}\b|\[?(?:INFO|WARN|ERROR|DEBUG|TRACE|FATAL)\b)"
)
_SETTING = re.compile(r"^\s*[\w.-]+\s*[:=]\s*\S*$|^\s*[{}\[\]]|^\s*[\w-]+\s+[\w./-]+;?$")
_CODE = re.compile(r"[=;{}]")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff].*[。、]")
_WIDE = 200
"""Letters of a line that are looked at to recognise it."""


class MarkdownDocuments:
    """Reads Markdown and README-like text."""

    name = "markdown_documents"
    tables: tuple[str, ...] = ("documents",)

    def recognise(self, head: FileHead) -> float:
        """Return how surely a text is written for people.

        Headings with markup or prose make it Markdown; a name that says so only adds to that. Lines
        with times or levels make it a log, settings under # comments a configuration: 0.
        """
        written = "\n".join(line[:_WIDE] for line in _text(head.head).splitlines())
        lines = [line for line in _FENCE.sub("", written).splitlines() if line.strip()]
        if not lines or "\0" in written or written.startswith("#!") or written[0] in "{[<":
            return 0.0
        if sum(bool(_STAMPED.match(line)) for line in lines) > 0.1 * len(lines):
            return 0.0
        named = re.search(r"\.(?:md|markdown|mdx)$|(?:^|/)readme(?:\.\w+)?$", head.name, re.IGNORECASE)
        titles = len(list(headings(written)))
        settings = sum(bool(_SETTING.match(line)) for line in lines)
        prose = sum(_is_prose(line) for line in lines)
        if settings > 0.4 * len(lines) and not (named and titles):
            return 0.0
        if titles and (prose or _MARKUP.search(written)) and titles < 0.7 * len(lines):
            return 0.9 if named else 0.5
        return 0.4 if named and (titles or prose) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield a document's sections as fa2.sources.documents does: the id is file and line, the title
        the path of titles.

        Counts document_cut, for text beyond LARGEST bytes, and document_not_text.
        """
        with file.open() as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            gaps.add("document_cut", 1, file.name)
        written = decoded(data[:LARGEST])
        if written is None:
            gaps.add("document_not_text", 1, file.name)
        url = front_matter(written or "").url
        parts = (Part(f"{file.name}#L{s.line}", file.name, s, url) for s in titled(file.name, written or ""))
        yield from document_rows(parts)


source = MarkdownDocuments()


def _is_prose(line: str) -> bool:
    words = re.split(r"[ ,]+", line.strip())
    english = len(words) >= 3 and line.rstrip().endswith((".", ":", "!", "?", ")")) and not _CODE.search(line)
    return english or bool(_JAPANESE.search(line))


def _text(head: bytes) -> str:
    return decoded(head) or head.decode("utf-8", "replace")
