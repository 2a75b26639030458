"""Collects a folder of exported files into a bundle's tables, with a coverage entry for every file.

Each file goes to the source that recognises it most surely by content. What a source cannot read, or
fails on in any way, becomes an entry with a code and a remedy; the other files are read all the same.
No clock is read: the same folder gives the same bundle.

A file has one entry for each table that it fed; its bytes stand in the first. Where a file has more than
one thing to say (several kinds of gaps), each has an entry of its own; the rows stand in the first. Codes
that begin with note_ say how something was read, not that something was lost: they leave the status at "ok".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fa2.core.coverage import CoverageEntry, Problem, Status, problem
from fa2.core.errors import Fa2Error
from fa2.core.incident import Incident
from fa2.core.ports import FileHead, Gaps, LocalSource, Progress, Rows, Watcher
from fa2.core.tables import TABLES
from fa2.sources.local.folders import FoundFile, NoFile, find_files

_PACKED = {
    "zip": (0, b"PK\x03\x04"),
    "xz": (0, b"\xfd7zXZ\0"),
    "bzip2": (0, b"BZh"),
    "7z": (0, b"7z\xbc\xaf\x27\x1c"),
    "tar": (257, b"ustar"),
}
"""Where and by which bytes kinds of packing are told that are not opened."""


class TableSink(Protocol):
    """Where rows go: a BundleWriter."""

    def begin(self, table: str) -> None:
        """Have the table even if it gets no rows."""
        ...

    def add(self, rows: Rows) -> int:
        """Append rows; return how many were kept."""
        ...


def unwatched(progress: Progress) -> None:
    """Draw nothing."""


def recorded_incident(path: Path) -> Incident | None:
    """Return the incident that lies in a folder as incident.json, if one does.

    Raises BrokenBundle when it cannot be understood.
    """
    file = path / "incident.json"
    return Incident.parse(file.read_bytes()) if file.is_file() else None


def collect(
    path: Path, sink: TableSink, *, sources: Sequence[LocalSource], watch: Watcher = unwatched
) -> list[CoverageEntry]:
    """Read every file below `path` into the sink and return what became of each, in the order of names.

    Raises UnusableInput when there is nothing at the path, and OSError when the sink cannot write.
    `watch` is told of bytes on disk.
    """
    found = find_files(path)
    total = sum(file.size for file in found if isinstance(file, FoundFile))
    ranked = sorted(sources, key=lambda source: source.name)
    coverage: list[CoverageEntry] = []
    done = 0
    for file in found:
        if isinstance(file, NoFile):
            status: Status = "failed" if file.code == "unreadable_file" else "skipped"
            reason = problem(file.code, problem=file.problem)
            coverage.append(CoverageEntry(source=file.shown, status=status, error=reason))
            continue
        watch(Progress("collect", done, total, {"file": file.shown}))
        reading = _Reading(file, sink)
        for _ in reading.steps(ranked):
            watch(Progress("collect", done + file.packed_bytes, total, {"file": file.shown}))
        coverage += reading.coverage
        done += file.size
    watch(Progress("collect", done, total))
    return coverage


@dataclass
class _Reading:
    """One file on its way into the tables."""

    file: FoundFile
    sink: TableSink
    coverage: list[CoverageEntry] = field(default_factory=list)

    def steps(self, sources: Sequence[LocalSource]) -> Iterator[None]:
        """Read the file, a batch of rows at a time, and fill `coverage`. Raises nothing of a source's."""
        try:
            head = self.file.head()
            source, broken = _surest(sources, head)
        except Fa2Error as error:
            self._unread("failed", _problem(error, ""))
            return
        except OSError as error:
            self._unread("failed", problem("unreadable_file", problem=error.strerror or str(error)))
            return
        if source is not None:
            yield from self._read(source)
        elif broken is not None:
            self._unread("failed", broken)
        elif self.file.damage:
            self._unread("failed", problem(self.file.damage, n=0, example=""))
        else:
            self._unread("skipped", _unrecognised(head))

    def _read(self, source: LocalSource) -> Iterator[None]:
        gaps = Gaps()
        kept: dict[str, int] = dict.fromkeys(source.tables if len(source.tables) == 1 else (), 0)
        error: Problem | None = None
        unwritable: OSError | None = None
        try:
            for rows in source.read(self.file, gaps):
                try:
                    added = self.sink.add(rows)
                except OSError as failure:  # a full disk is not the source's fault
                    unwritable = failure
                    break
                kept[rows.table] = kept.get(rows.table, 0) + added
                lost = len(next(iter(rows.columns.values()), ())) - added
                if lost:
                    gaps.add("rows_without_required", lost)
                yield
        except Exception as caught:  # whatever a source does, the other files go on
            error = _problem(caught, source.name)
        if unwritable:
            raise unwritable
        if self.file.damage:
            gaps.add(self.file.damage)
        self._report(source, kept or dict.fromkeys(source.tables, 0), _reasons(gaps, error))

    def _report(
        self,
        source: LocalSource,
        kept: dict[str, int],
        reasons: list[tuple[Status, Problem | None]],
    ) -> None:
        failed = reasons[0][0] == "failed"
        for table in sorted(kept, key=list(TABLES).index):
            status, first = reasons[0]
            if failed and any(kept.values()):
                status = "partial"
            if not (failed and not any(kept.values())):
                self.sink.begin(table)
            entry = CoverageEntry(
                source=self.file.shown,
                table=table,
                query=source.name,
                status=status,
                rows_returned=kept[table],
                bytes_scanned=None if self.coverage else self.file.unpacked_bytes,
                error=first,
            )
            self.coverage.append(entry)
            nothing = {"rows_returned": None, "bytes_scanned": None}
            self.coverage += [entry.model_copy(update={"status": s, "error": p, **nothing}) for s, p in reasons[1:]]

    def _unread(self, status: Status, reason: Problem) -> None:
        self.coverage.append(CoverageEntry(source=self.file.shown, status=status, error=reason))


def _reasons(gaps: Gaps, error: Problem | None) -> list[tuple[Status, Problem | None]]:
    """Return what is to be said of a file: an error and losses, or losses and notes, the worst first."""
    said: list[tuple[Status, Problem | None]] = [("failed", error)] if error else []
    for code, n in sorted(gaps.counts.items(), key=lambda gap: (_is_note(gap[0]), -gap[1], gap[0])):
        if error and _is_note(code):
            continue
        reason = problem(code, n=n, example=gaps.examples.get(code, ""))
        said.append(("ok" if _is_note(code) else "partial", reason))
    return said or [("ok", None)]


def _is_note(code: str) -> bool:
    return code.startswith("note_")


def _problem(error: Exception, reader: str) -> Problem:
    """Return what went wrong in a source: its own statement, or that the reader failed."""
    if isinstance(error, Fa2Error):
        area, _, code = error.key.partition(".")
        if area == "coverage":
            return problem(code, **error.values)
        return Problem(code=error.key, message=str(error), values=dict(error.values))
    text = f"{type(error).__name__}: {error}"[:200].encode("utf-8", "replace").decode()
    return problem("reader_failed", reader=reader, problem=text)


def _surest(sources: Sequence[LocalSource], head: FileHead) -> tuple[LocalSource | None, Problem | None]:
    """Return the source that is surest of the file, ties by name; and the failure of one that was asked."""
    best, surest, broken = 0.0, None, None
    if not head.head.strip():
        return None, None
    for source in sources:
        try:
            sure = source.recognise(head)
        except Exception as caught:  # as for reading
            broken = broken or _problem(caught, source.name)
            continue
        if sure > best:
            best, surest = sure, source
    return surest, broken


def _unrecognised(head: FileHead) -> Problem:
    if not head.head.strip():
        return problem("empty_file")
    for kind, (start, magic) in _PACKED.items():
        if head.head.startswith(magic, start):
            return problem("other_packing", kind=kind)
    return problem("not_recognised")
