"""Takes documents from a folder into a bundle, with what became of it as coverage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fa2.core.coverage import CoverageEntry, Problem, Status, problem
from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident
from fa2.core.ports import Gaps, Rows
from fa2.sources.documents.folder import SUFFIXES, DocumentFolder, opened_folder


class RowSink(Protocol):
    """Where rows go."""

    def begin(self, table: str) -> None:
        """Have the table even if it gets no rows."""
        ...

    def add(self, rows: Rows) -> int:
        """Append rows; return how many were kept."""
        ...


@dataclass(frozen=True)
class DocumentPlace:
    """A folder of documents, and where its index is kept between runs."""

    folder: Path
    index: Path | None = None
    """Null keeps it in memory."""


def collect_documents(place: DocumentPlace, incident: Incident, sink: RowSink) -> list[CoverageEntry]:
    """Put the sections of a folder that may fit an incident into the table documents; return what became of it.

    A folder that is not there, or cannot be searched, is a failed entry: no incident goes unexplained for its runbooks.
    """
    return _looked_through(place, "documents", lambda folder: _collected(folder, incident, sink))


def examine_documents(place: DocumentPlace) -> list[CoverageEntry]:
    """Bring the index of a folder up to date; return what became of it, with how many sections there are."""
    return _looked_through(place, None, lambda folder: {"error": problem("note_documents_found", n=folder.sections)})


def _looked_through(
    place: DocumentPlace, table: str | None, work: Callable[[DocumentFolder], dict[str, object]]
) -> list[CoverageEntry]:
    entry = CoverageEntry(source=str(place.folder), table=table, query=" ".join(SUFFIXES), status="ok")
    gaps = Gaps()
    try:
        with opened_folder(place.folder, place.index, gaps) as folder:
            entry = entry.model_copy(update=work(folder))
    except UnusableInput as error:
        failed = "documents_no_folder" if error.key == "errors.not_found" else "documents_no_index"
        reason = problem(failed, folder=str(place.folder), problem=str(error))
        return [entry.model_copy(update={"status": "failed", "error": reason})]
    except (OSError, sqlite3.Error) as error:
        reason = problem("documents_no_index", folder=str(place.folder), problem=str(error)[:200])
        status: Status = "partial" if entry.rows_returned else "failed"
        return [entry.model_copy(update={"status": status, "error": reason})]
    return list(_entries(entry, gaps))


def _collected(folder: DocumentFolder, incident: Incident, sink: RowSink) -> dict[str, object]:
    sink.begin("documents")
    kept = sum(sink.add(rows) for rows in folder.rows(incident))
    return {"rows_returned": kept, "rows_scanned": folder.sections, "truncated": kept < folder.sections}


def _entries(entry: CoverageEntry, gaps: Gaps) -> Iterator[CoverageEntry]:
    """Yield what came of the folder, then one more for each kind of loss."""
    said: list[tuple[Status, Problem | None]] = [
        ("partial", problem(code, n=n, example=gaps.examples.get(code, "")))
        for code, n in sorted(gaps.counts.items(), key=lambda gap: (-gap[1], gap[0]))
    ]
    if entry.error:
        said.append(("ok", entry.error))
    if entry.truncated:
        said.append(("ok", problem("note_documents_chosen", n=entry.rows_scanned, kept=entry.rows_returned)))
    first, *more = said or [("ok", None)]
    yield entry.model_copy(update={"status": first[0], "error": first[1]})
    for status, reason in more:
        told = {"status": status, "error": reason, "rows_returned": None, "rows_scanned": None, "truncated": False}
        yield entry.model_copy(update=told)
