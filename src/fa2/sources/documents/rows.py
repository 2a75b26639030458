"""Sections as rows of the bundle's table documents, the same from a folder and from a single file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from fa2.core.ports import Rows
from fa2.documents.searching import Part
from fa2.documents.sections import Section, sections
from fa2.sources.local.row_batches import batches


def document_rows(parts: Iterable[Part]) -> Iterator[Rows]:
    """Yield rows of the table documents: the id is file and line, the title the path of titles."""
    yield from batches(
        "documents",
        ({"id": part.id, "title": part.section.title, "text": part.section.text, "url": part.url} for part in parts),
    )


def titled(file: str, written: str) -> Iterator[Section]:
    """Yield the sections of a file; one without any title is called by its name."""
    name = file.rsplit("/", 1)[-1]
    for section in sections(written):
        yield section if section.path else replace(section, path=(name,))
