"""Rows of a table, gathered into batches of columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from fa2.core.ports import Rows
from fa2.core.tables import TABLES

ROWS_PER_BATCH = 10_000

Row = Mapping[str, object]
"""One row by column; columns left out are null."""


def batches(table: str, rows: Iterable[Row]) -> Iterator[Rows]:
    """Yield the rows of one table in batches; holds one batch at a time."""
    names = [column.name for column in TABLES[table].columns]
    remaining = iter(rows)
    while batch := list(islice(remaining, ROWS_PER_BATCH)):
        yield Rows(table, {name: [row.get(name) for row in batch] for name in names})
