"""Reads log lines that another engine counted by shape, as CSV with the columns of log_counts.

So a result that was downloaded from Athena's console lies in a folder of exports like any other file. Other
columns than the bundle's are left. Times without a zone are UTC, which is what the counting query writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.core.tables import TABLES
from fa2.sources.local.csv_tables import file_rows, head_rows, to_number, to_time
from fa2.sources.local.row_batches import Row, batches

_HEAD = 64 * 1024
_COLUMNS = tuple(column.name for column in TABLES["log_counts"].columns)
_NEEDED = frozenset(column.name for column in TABLES["log_counts"].columns if column.required)
_INTEGERS = {"interval_s": 2**31, "count": 2**63}


class LogCounts:
    """The source for counted log lines."""

    name = "log_counts"
    tables: tuple[str, ...] = ("log_counts",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for a CSV whose first row names all columns that log_counts needs."""
        return 1.0 if _layout(head.head) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield counts. Counts csv_row, csv_time and csv_cell for rows that are left out; see `csv_metrics`.

        Raises UnusableInput when the head is no such CSV.
        """
        with file.open() as stream:
            found = _layout(stream.read(_HEAD))
        if found is None:
            raise UnusableInput("coverage.csv_unclear", name=file.name)
        delimiter, columns = found
        with file.open() as stream:
            rows = file_rows(stream, delimiter, gaps)
            next(rows)
            read = (_row(row, columns, delimiter, gaps) for row in rows)
            yield from batches("log_counts", (row for row in read if row is not None))


source = LogCounts()


def _layout(head: bytes) -> tuple[str, Mapping[str, int]] | None:
    """Return the delimiter and where the columns of log_counts stand."""
    table = head_rows(head, _HEAD)
    if table is None or not table[1]:
        return None
    named = {name.strip().lower(): place for place, name in enumerate(table[1][0])}
    return (table[0], {name: named[name] for name in _COLUMNS if name in named}) if named.keys() >= _NEEDED else None


def _row(row: Sequence[str], columns: Mapping[str, int], delimiter: str, gaps: Gaps) -> Row | None:
    if len(row) <= max(columns.values()):
        gaps.add("csv_row", 1, delimiter.join(row))
        return None
    cells: dict[str, object] = {name: row[place] or None for name, place in columns.items()}
    bucket = to_time(row[columns["bucket"]])
    if bucket is None:
        gaps.add("csv_time", 1, delimiter.join(row))
        return None
    for name, limit in _INTEGERS.items():
        number = to_number(row[columns[name]], delimiter)
        if number is None or not 0 < number < limit or number != int(number):
            gaps.add("csv_cell", 1, delimiter.join(row))
            return None
        cells[name] = int(number)
    return {**cells, "bucket": bucket, "source": row[columns["source"]], "pattern": row[columns["pattern"]]}
