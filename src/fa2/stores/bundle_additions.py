"""Adds rows to a bundle that is finished: a further Parquet part of a table of its own, and what coverage says of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fa2.core.bundle import Bundle
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.ports import Rows
from fa2.core.tables import FETCHED, READABLE, arrow_schema
from fa2.stores.record_batches import record_batch

if TYPE_CHECKING:
    from pathlib import Path


def add_part(bundle: Bundle, table: str, rows: Sequence[Rows], coverage: Sequence[CoverageEntry]) -> Bundle:
    """Write rows, perhaps none, as a part of one of the FETCHED tables, and return the bundle as it is then.

    A part and coverage.json get their names only once they are whole. Raises UnusableInput when the folder cannot be
    written, and ValueError for any other table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table not in FETCHED or any(batch.table != table for batch in rows):
        raise ValueError(table)
    entries = (*bundle.coverage, *coverage)
    folder = bundle.folder / table
    try:
        folder.mkdir(exist_ok=True)
        target = folder / f"{len(list(folder.glob('*.parquet'))):06}.parquet"
        begun = target.with_suffix(".part")
        pq.write_table(pa.Table.from_batches([record_batch(batch) for batch in rows], arrow_schema(table)), begun)
        begun.replace(target)
        _write(bundle.folder / "coverage.json", "[\n" + ",\n".join(e.model_dump_json() for e in entries) + "\n]\n")
    except OSError as error:
        problem = error.strerror or str(error)
        raise UnusableInput("errors.output", path=str(bundle.folder), problem=problem) from error
    tables = tuple(name for name in READABLE if name in {*bundle.tables, table})
    return replace(bundle, coverage=entries, tables=tables)


def _write(target: Path, text: str) -> None:
    begun = target.with_name(f".{target.name}.part")
    begun.write_text(text, encoding="utf-8", newline="\n")
    os.replace(begun, target)
