"""documents: sections of runbooks and notes that fit what is looked for, with their text."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement
from fa2.documents import terms
from fa2.documents.searching import Part, search
from fa2.documents.sections import sections
from fa2.investigator.asking.arguments import Text, rows
from fa2.investigator.asking.bundle import ANSWER, CELL, asked, need
from fa2.investigator.desk import Arguments, Desk, Found

_SECTIONS = 3
_MOST_SECTIONS = 5
_LETTERS = 4_000_000
"""Letters of documents that are read word by word; of more, those with the most of the words."""
_PLACE = re.compile(r"#L\d+\Z")


class DocumentsArguments(Arguments):
    """What documents takes."""

    query: Text
    limit: int = _SECTIONS


@dataclass(frozen=True)
class Documents:
    """The tool."""

    name: str = "documents"
    arguments: type[Arguments] = DocumentsArguments
    tables: tuple[str, ...] = ("documents",)

    def __call__(self, desk: Desk, arguments: DocumentsArguments, /) -> Found:
        """Return a piece of evidence for each section that fits, best first, one of each document."""
        need(desk, *self.tables)
        wanted = terms.query([(arguments.query, 1.0)])
        texts = _parts(desk, wanted) if wanted.terms else {}
        limit = rows(arguments.limit, _MOST_SECTIONS)
        hits = search(list(texts), wanted, limit)
        room = ANSWER // max(1, len(hits))
        shown = tuple(_section(desk, hit.part, texts[hit.part], room) for hit in hits)
        if not shown:
            counted = asked(desk, "documents", "SELECT count(*) AS documents_looked_at FROM documents")
            return Found((counted,), 0, (Statement("tools.note.none", {"n": counted.rows[0][0]}),))
        return Found(shown)


def _parts(desk: Desk, wanted: terms.Query) -> dict[Part, str]:
    """Return the sections of the documents, each with the text of its row; no more than _LETTERS in all."""
    found = desk.telemetry.rows(
        """SELECT id, title, text, url FROM (SELECT DISTINCT id, title, text, url FROM documents)
        ORDER BY len(list_filter(string_split($words, ' '),
            lambda word: contains(lower(concat_ws(' ', title, text)), word))) DESC, id, text""",
        {"words": " ".join(wanted.words)},
    )
    parts: dict[Part, str] = {}
    read = 0
    for id_, title, text, url in found:
        if read and read + len(text) > _LETTERS:
            break
        read += len(text)
        parts |= {Part(id_, _PLACE.sub("", id_), section, url): text for section in sections(text, title)}
    return parts


def _section(desk: Desk, part: Part, text: str, room: int) -> Evidence:
    """Return the text of a section, a line or a part of one in each row, as the document has it now."""
    sql = """SELECT id, section, line, text FROM (
            SELECT id, $section AS section, unnest(parts) AS text, unnest(range(1, len(parts) + 1)) AS line FROM (
                SELECT DISTINCT id, regexp_extract_all(substr(text, $at, $length), $line_regex) AS parts
                FROM documents WHERE id = $id AND sha256(text) = $hash))
        WHERE trim(text) <> '' ORDER BY line"""
    return asked(
        desk,
        "documents",
        sql,
        {
            "id": part.id,
            "hash": hashlib.sha256(text.encode()).hexdigest(),
            "section": part.section.title[:CELL],
            "at": part.section.start + 1,
            "length": min(len(part.section.text), room),
            "line_regex": rf"[^\n]{{1,{CELL - 1}}}(?:[\s。、]|$)|[^\n]{{1,{CELL}}}",
        },
    )


tool = Documents()
