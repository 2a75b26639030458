"""Reading and validating an incident bundle, fa2.bundle/1: a folder, or a zip of one."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from fa2.core.archives import unpack
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import BrokenBundle, UnusableInput
from fa2.core.incident import Incident
from fa2.core.tables import READABLE, SQL_TYPES, Column, Table

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "768MB"
"""What DuckDB may hold before it spills to disk."""
MAX_THREADS = 4
"""Each thread unpacks a page of a Parquet file of its own, some 100 MB of long lines: eight do not fit the limit."""
_COVERAGE = TypeAdapter(list[CoverageEntry])

_CASTABLE: dict[str, tuple[str, ...]] = {
    "string": ("VARCHAR", "ENUM", "UUID"),
    "timestamp": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ_NS", "DATE"),
    "int64": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    "int32": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    "float64": (
        *("DOUBLE", "FLOAT", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    ),
}
"""What a column may be stored as and still be read as its type."""


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk, unpacked."""

    folder: Path
    incident: Incident
    coverage: tuple[CoverageEntry, ...]
    tables: tuple[str, ...]
    """Tables that are there, perhaps without rows, in the order of bundle-format.md."""

    def files(self, table: str) -> list[Path]:
        """Return the Parquet files of a table, sorted; empty when it was not collected."""
        return _files(self.folder, table)

    @contextmanager
    def connected(self, *, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a DuckDB connection with one view a table, locked to reading this bundle.

        Missing optional columns are null; columns stored in a wider or narrower type are cast. No file but
        those of the tables can be read and nothing can be installed. Raises BrokenBundle when a table
        cannot be read as bundle-format.md says, also where a query comes upon the damage only later, and
        UnusableInput when the work does not fit the limit even with what can go to disk put there.
        """
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory_limit}
        with tempfile.TemporaryDirectory(prefix="fa2-spill-") as spill, duckdb.connect(config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
            connection.execute("SET enable_progress_bar = false")  # on by itself where Python runs interactively
            connection.execute("SET temp_directory = $1", [spill])
            connection.execute(f"SET threads = least(current_setting('threads'), {MAX_THREADS})")
            readable: list[str] = []
            for name in self.tables:
                paths = [str(file.resolve()) for file in self.files(name)]
                _create_view(connection, READABLE[name], paths)
                readable += {*paths, *map(_unglobbed, paths)}
            connection.execute("SET allowed_paths = $1", [readable])
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            try:
                yield connection
            except duckdb.InterruptException:
                raise
            except duckdb.OutOfMemoryException as error:
                raise UnusableInput("errors.bundle.too_large", problem=_short(error)) from error
            except duckdb.Error:
                for name in self.tables:
                    _read_whole(connection, READABLE[name])
                raise


def is_bundle(path: Path) -> bool:
    """Tell whether a path is meant as a bundle, perhaps a broken one, rather than as exported files.

    That is a zip, a folder with incident.json and tables, or one with either and nothing else.
    """
    if not path.is_dir():
        return path.suffix.lower() == ".zip"
    tables = _tables(path)
    incident = (path / "incident.json").exists()
    known = {"incident.json", "coverage.json", *tables, *(f"{name}.parquet" for name in tables)}
    return bool(incident and tables) or (
        bool(incident or tables) and all(child.name in known or child.name.startswith(".") for child in path.iterdir())
    )


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """Open a bundle: a folder, or a .zip of one, which is unpacked to a temporary folder meanwhile.

    Raises UnusableInput when there is nothing there, RefusedArchive for a hostile zip, and BrokenBundle,
    naming file, column and remedy, for a bundle that breaks the format.
    """
    if path.is_dir():
        yield _read(path)
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
            yield _read(unpack(path, Path(scratch)))
    else:
        raise UnusableInput("errors.not_found", path=str(path))


def validate(bundle: Bundle) -> list[tuple[str, int]]:
    """Return (table, rows) of each table after reading all of it.

    Raises BrokenBundle for damage and for a null in a required column, which opening does not look for.
    """
    with bundle.connected() as connection:
        return [(name, _read_whole(connection, READABLE[name])) for name in bundle.tables]


def _read(folder: Path) -> Bundle:
    try:
        incident = Incident.parse((folder / "incident.json").read_bytes())
    except FileNotFoundError as error:
        raise BrokenBundle("errors.bundle.no_incident", folder=folder.name) from error
    except OSError as error:
        problem = error.strerror or str(error)
        raise BrokenBundle("errors.bundle.incident", field="incident.json", problem=problem) from error
    return Bundle(folder, incident, _read_coverage(folder / "coverage.json"), _tables(folder))


def _tables(folder: Path) -> tuple[str, ...]:
    return tuple(name for name in READABLE if _files(folder, name))


def _files(folder: Path, table: str) -> list[Path]:
    single = folder / f"{table}.parquet"
    if single.is_file():
        return [single]
    # Spark names the folder of parts like a file.
    return next((found for parts in (folder / table, single) if (found := sorted(parts.glob("*.parquet")))), [])


def _read_coverage(file: Path) -> tuple[CoverageEntry, ...]:
    if not file.is_file():
        return ()
    try:
        return tuple(_COVERAGE.validate_json(file.read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise BrokenBundle("errors.bundle.coverage", field=where, problem=first["msg"]) from error


def _create_view(connection: duckdb.DuckDBPyConnection, table: Table, paths: list[str]) -> None:
    import duckdb

    names = ", ".join("'" + _unglobbed(path).replace("'", "''") + "'" for path in paths)
    source = f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise BrokenBundle("errors.bundle.unreadable", file=_file(table.name), problem=_short(error)) from error
    stored = {str(row[0]): str(row[1]) for row in described}
    columns = ", ".join(_column(table, column, stored.get(column.name)) for column in table.columns)
    connection.execute(f"CREATE VIEW {table.name} AS SELECT {columns} FROM {source}")


def _unglobbed(path: str) -> str:
    """Return the path as a DuckDB glob that matches only itself."""
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def _read_whole(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Read every value of a table and return how many rows it has. Raises BrokenBundle."""
    import duckdb

    rows = 0
    for column in table.columns:
        # The hash is there to have each value read and cast.
        sql = f'SELECT count(*), count(*) - count("{column.name}"), bit_xor(hash("{column.name}")) FROM {table.name}'
        try:
            rows, nulls, _ = connection.execute(sql).fetchone() or (0, 0, 0)
        except duckdb.Error as error:
            raise BrokenBundle(
                "errors.bundle.values", file=_file(table.name), column=column.name, problem=_short(error)
            ) from error
        if nulls and column.required:
            raise BrokenBundle("errors.bundle.nulls", file=_file(table.name), column=column.name, n=nulls)
    return rows


def _column(table: Table, column: Column, stored: str | None) -> str:
    """Return the SQL that reads one column. Raises BrokenBundle when it is missing or of a wrong type."""
    wanted = SQL_TYPES[column.type]
    if stored is None:
        if column.required:
            raise BrokenBundle("errors.bundle.missing_column", file=_file(table.name), column=column.name)
        return f'NULL::{wanted} AS "{column.name}"'
    if stored == wanted or (stored == "TIMESTAMP WITH TIME ZONE" and column.type == "timestamp"):
        return f'"{column.name}"'
    if stored in ("INTEGER", '"NULL"', "NULL") and not column.required:
        # What writers store for a column that is null throughout.
        return f'"{column.name}"::{wanted} AS "{column.name}"'
    if stored.endswith("]") or stored.partition("(")[0] not in _CASTABLE[column.type]:
        raise BrokenBundle(
            "errors.bundle.column_type", file=_file(table.name), column=column.name, stored=stored, wanted=wanted
        )
    return f'"{column.name}"::{wanted} AS "{column.name}"'


def _file(table: str) -> str:
    return f"{table}.parquet"


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
