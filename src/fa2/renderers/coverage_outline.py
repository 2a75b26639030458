"""Coverage as it is read: one row for what a source gave, gaps each for itself.

A live run asks a source dozens of things, most of them in preparation; all of them stand in the JSON report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fa2.core.coverage import CoverageEntry, Problem, Status


@dataclass(frozen=True)
class CoverageRow:
    """One or more entries of one source that are told together."""

    entries: tuple[CoverageEntry, ...]
    """Never empty; of one source and one status, with the same problem or none."""

    @property
    def source(self) -> str:
        """The file or the API."""
        return self.entries[0].source

    @property
    def status(self) -> Status:
        """The status that all entries have."""
        return self.entries[0].status

    @property
    def problem(self) -> Problem | None:
        """What is missing, or has to be known."""
        return self.entries[0].error

    @property
    def truncated(self) -> bool:
        """Whether the answer was cut off."""
        return self.entries[0].truncated

    @property
    def tables(self) -> list[str]:
        """The tables that were filled."""
        return list(dict.fromkeys(entry.table for entry in self.entries if entry.table))

    @property
    def rows(self) -> int | None:
        """Rows returned, together; null where no entry says."""
        return _sum([entry.rows_returned for entry in self.entries])

    @property
    def rows_scanned(self) -> int | None:
        """Rows scanned, together."""
        return _sum([entry.rows_scanned for entry in self._readings])

    @property
    def bytes_scanned(self) -> int | None:
        """Bytes read, together; a file that filled two tables counts once."""
        return _sum([entry.bytes_scanned for entry in self._readings])

    @property
    def _readings(self) -> list[CoverageEntry]:
        once = {(e.query, e.window, e.bytes_scanned, e.rows_scanned): e for e in self.entries}
        return list(once.values())


def coverage_rows(coverage: Sequence[CoverageEntry]) -> list[CoverageRow]:
    """Return what has gaps first, one row each, then what was noted, then what each source gave, summed."""
    groups: dict[object, list[CoverageEntry]] = {}
    for n, entry in enumerate(coverage):
        groups.setdefault(_group(entry, n), []).append(entry)
    rows = [CoverageRow(tuple(entries)) for entries in groups.values()]
    return sorted(rows, key=_place)


def sources_in_full(coverage: Sequence[CoverageEntry]) -> tuple[int, int]:
    """Return how many sources were read with no gap, and how many there are."""
    sources = {entry.source for entry in coverage}
    return len(sources - {entry.source for entry in coverage if has_gap(entry)}), len(sources)


def has_gap(entry: CoverageEntry) -> bool:
    """Tell whether something is missing; a note tells only how something was read."""
    return entry.status != "ok" or entry.truncated or bool(entry.error and not entry.error.code.startswith("note_"))


def _group(entry: CoverageEntry, n: int) -> object:
    if has_gap(entry):
        return n
    told = entry.error
    return (entry.source, (told.code, tuple(sorted(told.values.items())), told.message) if told else None)


def _place(row: CoverageRow) -> int:
    if has_gap(row.entries[0]):
        return 0
    return 1 if row.problem else 2


def _sum(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
