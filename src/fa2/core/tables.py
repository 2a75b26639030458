"""The tables of a bundle: names, columns and types, as bundle-format.md states them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Literal["string", "timestamp", "int64", "int32", "float64"]

_TYPES: dict[str, ColumnType] = {
    **dict.fromkeys(("timestamp", "bucket", "start"), "timestamp"),
    **dict.fromkeys(("interval_s", "http_status", "period_s"), "int32"),
    **dict.fromkeys(("value", "duration_ms", "severity", "weight"), "float64"),
    "count": "int64",
}

SQL_TYPES: dict[ColumnType, str] = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "float64": "DOUBLE",
}
"""The DuckDB type of each column type. Timestamps hold microseconds in UTC."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: ColumnType
    required: bool
    """Never null; a table without it is broken."""


@dataclass(frozen=True)
class Table:
    """One table of a bundle: NAME.parquet, or a folder NAME of Parquet parts."""

    name: str
    columns: tuple[Column, ...]


def _table(name: str, columns: str) -> Table:
    """Build a table from `a* b c`, where * marks a required column."""
    parts = [(part.rstrip("*"), part.endswith("*")) for part in columns.split()]
    return Table(name, tuple(Column(n, _TYPES.get(n, "string"), must) for n, must in parts))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table("logs", "timestamp* source* stream service level message* trace_id span_id"),
        _table("log_counts", "bucket* interval_s* source* service pattern* level count* sample"),
        _table(
            "metrics",
            "timestamp* service resource namespace* name* dimensions stat* unit period_s* value*",
        ),
        _table(
            "spans",
            "trace_id* span_id* parent_id service* resource operation kind start* duration_ms* "
            "status http_status error weight",
        ),
        _table("edges", "caller* callee* kind"),
        _table(
            "changes",
            "timestamp* origin* actor action* resource_type resource_id service account region "
            "before after error_code detail",
        ),
        _table(
            "findings",
            "timestamp* origin* id* title severity severity_label status resource_type resource_id service detail",
        ),
        _table("documents", "id* title text* url"),
    )
}


def _fetched(name: str) -> Table:
    columns = (Column("fetch_id", "string", required=True), *TABLES[name].columns)
    return Table(f"fetched_{name}", columns)


FETCHED: dict[str, Table] = {table.name: table for table in map(_fetched, ("logs", "metrics"))}
"""Tables of what was fetched while a model investigated: the same columns, and of which fetch a row is.

They stand apart, each fetch by itself, so that what was found before holds on the bundle as it is afterwards.
"""
READABLE: dict[str, Table] = {**TABLES, **FETCHED}
"""All tables that a bundle may hold."""


MEASURED: dict[str, str] = {"logs": "timestamp", "log_counts": "bucket", "metrics": "timestamp", "spans": "start"}
"""The tables that tell how a workload does, with the column of their times."""


ROOT_CAUSES = "X-Ray root causes"
"""The source of rows of log_counts that count where traced requests went wrong: they are no log lines."""


@cache
def arrow_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table. Loads pyarrow."""
    import pyarrow as pa

    types: dict[ColumnType, pa.DataType] = {
        "string": pa.string(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "int64": pa.int64(),
        "int32": pa.int32(),
        "float64": pa.float64(),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=not c.required) for c in READABLE[name].columns])
