"""A folder of documents, searched: runbooks and past notes in Markdown or plain text, for an incident.

Files are read when they are new or have changed (time and size, then hash); the rest comes from the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident
from fa2.core.ports import Gaps, Rows
from fa2.documents.asking import incident_query
from fa2.documents.reading import LARGEST, decoded
from fa2.documents.searching import FOUND, Hit
from fa2.documents.sections import front_matter
from fa2.documents.terms import Query
from fa2.sources.documents.fts_index import IndexedFile, SectionIndex
from fa2.sources.documents.rows import document_rows, titled
from fa2.sources.local.folders import FoundFile, find_files

SUFFIXES = (".md", ".markdown", ".mdx", ".txt")
"""Names of documents end so, perhaps with .gz or .zst behind; other files are left alone."""
ALL = 200
"""Up to so many sections all are collected, since an analysis knows better than an alarm which of them fit."""
CHOSEN = 50
"""How many are collected of more."""
MOST = 5_000
"""How many are collected where nothing says what to look for; what is found then decides."""


class DocumentFolder:
    """A folder whose documents are indexed; see `opened_folder`."""

    def __init__(self, index: SectionIndex) -> None:
        self._index = index

    def search(self, query: Query, count: int = FOUND) -> list[Hit]:
        """Return the fitting sections, best first, at most `count` and one of each document.

        None where nothing fits well enough: see fa2.documents.ranking.
        """
        return self._index.search(query, count)

    def rows(self, incident: Incident) -> Iterator[Rows]:
        """Yield the rows of the table documents for an incident: a section each.

        All of them where they are few (ALL), or nothing is known to look for (MOST then); otherwise the fitting ones,
        CHOSEN at most, one of each file.
        """
        query = incident_query(incident)
        if self.sections <= ALL or not query.terms:
            parts = self._index.parts()[:MOST]
        else:
            parts = [hit.part for hit in self._index.search(query, CHOSEN)]
        yield from document_rows(parts)

    @property
    def sections(self) -> int:
        """How many sections the folder's documents have."""
        return self._index.count()


@contextmanager
def opened_folder(folder: Path, index: Path | None, gaps: Gaps) -> Iterator[DocumentFolder]:
    """Open a folder's documents with its index brought up to date.

    index: the file that the index is kept in between runs, written anew when it is broken, from another
    version or another folder's; None, or one that cannot be written, keeps it in memory.
    gaps: counts document_empty, document_cut (beyond LARGEST bytes), document_not_text and
    document_unreadable, also for files that are not read again.
    Raises UnusableInput when the folder is not there, and where SQLite has no FTS5.
    """
    found = [file for file in find_files(folder) if _is_document(file.shown)]
    with SectionIndex.opened(index, str(folder.resolve())) as kept:
        known = kept.files()
        there = {file.shown: file for file in found if isinstance(file, FoundFile)}
        for name in known.keys() - there.keys():
            kept.remove(name)
        for name, file in there.items():
            _refresh(kept, file, known.get(name), gaps)
        for missing in found:
            if not isinstance(missing, FoundFile):
                gaps.add("document_unreadable", 1, missing.shown)
        yield DocumentFolder(kept)


def _is_document(name: str) -> bool:
    path = PurePosixPath(name.lower())
    while path.suffix in (".gz", ".gzip", ".zst", ".zstd"):
        path = path.with_suffix("")
    return path.suffix in SUFFIXES


def _refresh(index: SectionIndex, file: FoundFile, known: IndexedFile | None, gaps: Gaps) -> None:
    try:
        modified = file.path.stat().st_mtime_ns
        if known is None or (known.size, known.modified) != (file.size, modified):
            known = _indexed(index, file, known, modified)
    except (OSError, UnusableInput):
        index.remove(file.shown)
        gaps.add("document_unreadable", 1, file.shown)
        return
    for code in known.gaps:
        gaps.add(code, 1, file.shown)


def _indexed(index: SectionIndex, file: FoundFile, known: IndexedFile | None, modified: int) -> IndexedFile:
    """Read a file and have its sections in the index; return what the index knows of it then."""
    with file.open() as stream:
        data = stream.read(LARGEST + 1)
    hashed = hashlib.sha256(data).hexdigest()
    if known and known.hash == hashed:
        same = replace(known, size=file.size, modified=modified)
        index.note(same)
        return same
    written = decoded(data[:LARGEST])
    url = front_matter(written).url if written else None
    read = IndexedFile(file.shown, file.size, modified, hashed, url, tuple(_lost(data, written)))
    index.put(read, titled(file.shown, written or ""))
    return read


def _lost(data: bytes, written: str | None) -> Iterator[str]:
    if written is None:
        yield "document_not_text"
    elif not written.strip():
        yield "document_empty"
    if len(data) > LARGEST:
        yield "document_cut"
