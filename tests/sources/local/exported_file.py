"""A file in memory, as a local source sees it, and what a source reads from it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson
import pyarrow as pa

from fa2.core.ports import FileHead, Gaps, LocalSource
from fa2.core.tables import TABLES, arrow_schema

Row = dict[str, object]


@dataclass
class ExportedFile:
    """A LocalFile over bytes."""

    data: bytes
    name: str = "export.json"
    path: Path = field(default_factory=lambda: Path("export.json"))

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.data)

    def head(self) -> FileHead:
        return FileHead(self.name, self.data[: 64 * 1024], len(self.data))


def exported(content: object, name: str = "export.json") -> ExportedFile:
    """Return a file of text, bytes, or of any other value as JSON."""
    if isinstance(content, str):
        content = content.encode()
    data = content if isinstance(content, bytes) else orjson.dumps(content)
    return ExportedFile(data, name)


def tables_of(source: LocalSource, file: ExportedFile, gaps: Gaps | None = None) -> dict[str, list[Row]]:
    """Return all rows by table, after checking that each batch fits the table's schema."""
    found: dict[str, list[Row]] = {table: [] for table in source.tables}
    for rows in source.read(file, Gaps() if gaps is None else gaps):
        schema = arrow_schema(rows.table)
        arrays = [pa.array(rows.columns[f.name], f.type) for f in schema]
        table = pa.Table.from_arrays(arrays, schema=schema)
        for column in TABLES[rows.table].columns:
            assert not column.required or table.column(column.name).null_count == 0, column
        found[rows.table] += [
            dict(zip(rows.columns, values, strict=True)) for values in zip(*rows.columns.values(), strict=True)
        ]
    return found


def rows_of(source: LocalSource, file: ExportedFile, gaps: Gaps | None = None) -> list[Row]:
    """Return the rows of a source's first table."""
    return tables_of(source, file, gaps)[source.tables[0]]
