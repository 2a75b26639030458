"""Markdown into documents: runbooks, past reports, whatever the workload's people wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.row_batches import batches

LONGEST = 8 * 2**20
"""Bytes of a document that are read."""
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?P<title>\S[^\n]{0,120})\n(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~)[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---\n(?P<fields>.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
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
        headings = len(_HEADING.findall(written)) + len(_UNDERLINED.findall(written))
        settings = sum(bool(_SETTING.match(line)) for line in lines)
        prose = sum(_is_prose(line) for line in lines)
        if settings > 0.4 * len(lines) and not (named and headings):
            return 0.0
        if headings and (prose or _MARKUP.search(written)) and headings < 0.7 * len(lines):
            return 0.9 if named else 0.5
        return 0.4 if named and (headings or prose) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield one document: its id is the file's name, its title the first heading.

        Counts document_cut, for text beyond LONGEST bytes.
        """
        with file.open() as stream:
            data = stream.read(LONGEST + 1)
        if len(data) > LONGEST:
            gaps.add("document_cut", 1, file.name)
        written = _text(data[:LONGEST])
        if written.strip():
            row = {"id": file.name, "title": title_of(written), "text": written}
            yield from batches("documents", [row])


source = MarkdownDocuments()


def _is_prose(line: str) -> bool:
    words = re.split(r"[ ,]+", line.strip())
    english = len(words) >= 3 and line.rstrip().endswith((".", ":", "!", "?", ")")) and not _CODE.search(line)
    return english or bool(_JAPANESE.search(line))


def title_of(written: str) -> str | None:
    """Return the first heading outside code, or the title in the front matter; None for neither."""
    matter = _FRONT_MATTER.match(written)
    if matter:
        stated = re.search(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", matter["fields"], re.MULTILINE)
        if stated:
            return stated.group(1)
        written = written[matter.end() :]
    plain = _FENCE.sub("", written)
    found = [m for m in (_HEADING.search(plain), _UNDERLINED.search(plain)) if m]
    return min(found, key=lambda m: m.start())["title"] if found else None


def _text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return data.decode(encoding, "replace").lstrip("\ufeff").replace("\r\n", "\n")
