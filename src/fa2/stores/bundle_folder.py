"""Writes a bundle as a folder: one Parquet file for each table, incident.json and coverage.json.

The same rows in the same order give the same bytes. incident.json is written last: a folder without it
is no bundle, so a run that was broken off never looks like a whole one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident
from fa2.core.ports import Rows
from fa2.core.tables import TABLES, arrow_schema
from fa2.stores.record_batches import record_batch

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 1 << 17
GROUP_BYTES = 32 << 20
"""A row group is written when it has this many rows or bytes, so memory stays flat."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleWriter:
    """Writes one bundle into a folder; leaving its context by an exception takes back what was written.

    Raises UnusableInput when the folder already holds a bundle, since what is there is never written over,
    and when it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        names = {"incident.json", "coverage.json", *TABLES, *(f"{name}.parquet" for name in TABLES)}
        self._made = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = {entry.name for entry in folder.iterdir()}
        except OSError as error:
            raise UnusableInput("errors.output", path=str(folder), problem=error.strerror or str(error)) from error
        if names & found:
            raise UnusableInput("errors.exists", path=str(folder))
        self.folder = folder
        self._tables: dict[str, _TableWriter] = {}

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables begun so far, in the order of the format."""
        return tuple(name for name in TABLES if name in self._tables)

    def begin(self, table: str) -> None:
        """Have the table in the bundle even if it gets no rows: it was looked at."""
        if table not in self._tables:
            self._tables[table] = _TableWriter(self.folder / f"{table}.parquet", arrow_schema(table))

    def add(self, rows: Rows) -> int:
        """Append rows and return how many were kept.

        Rows that lack a required column, or whose time lies outside the years 1 to 9999, are left out.
        Raises ValueError or an Arrow error when the columns do not fit the table.
        """
        batch = record_batch(rows)
        self.begin(rows.table)
        self._tables[rows.table].add(batch)
        return int(batch.num_rows)

    def finish(self, incident: Incident, coverage: Sequence[CoverageEntry]) -> None:
        """Write what is buffered, coverage.json and, last, incident.json."""
        self.close()
        entries = ",\n".join(entry.model_dump_json() for entry in coverage)
        text = f"[\n{entries}\n]\n" if coverage else "[]\n"
        (self.folder / "coverage.json").write_text(text, encoding="utf-8", newline="\n")
        text = incident.model_dump_json(indent=2) + "\n"
        (self.folder / "incident.json").write_text(text, encoding="utf-8", newline="\n")

    def close(self) -> None:
        """Close the tables; without `finish` the folder is no bundle."""
        for table in self._tables.values():
            table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._take_back()

    def _take_back(self) -> None:
        for name in ("incident.json", "coverage.json"):
            (self.folder / name).unlink(missing_ok=True)
        for name, table in self._tables.items():
            table.abandon()
            (self.folder / f"{name}.parquet").unlink(missing_ok=True)
        if self._made:
            with suppress(OSError):  # somebody else put something there
                self.folder.rmdir()


class _TableWriter:
    """One Parquet file, written a row group at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        if self._writer.is_open:
            self._flush()
            self._writer.close()

    def abandon(self) -> None:
        """Close the file without what is buffered."""
        self._batches, self._rows = [], 0
        with suppress(OSError):  # the disk may be full
            self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            table = pa.Table.from_batches(self._batches, self._schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._batches, self._rows, self._bytes = [], 0, 0


def zip_bundle(folder: Path, target: Path) -> None:
    """Write the bundle's files as a .zip, the same bytes for the same bundle.

    Parquet is stored as it is, being compressed already; times are 1980-01-01, names sorted. The zip has
    its name only once it is whole. Raises UnusableInput when it cannot be written.
    """
    begun = target.with_name(f".{target.name}.part")
    files = [path for path in _files(folder) if path != target.resolve()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _zip(folder, files, begun)
        begun.replace(target)
    except OSError as error:
        raise UnusableInput("errors.output", path=str(target), problem=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            begun.unlink(missing_ok=True)


def _zip(folder: Path, files: Iterable[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in files:
            info = zipfile.ZipInfo(path.relative_to(folder.resolve()).as_posix(), _EPOCH)
            info.external_attr, info.create_system = 0o644 << 16, 3
            packed = path.suffix != ".parquet"
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as entry:
                while chunk := source.read(1 << 20):
                    entry.write(chunk)


def _files(folder: Path) -> Iterable[Path]:
    found = (path for path in folder.resolve().rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(found, key=lambda path: path.relative_to(folder.resolve()).as_posix())
