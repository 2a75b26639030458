"""Values and types as Athena writes them in results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

_TYPES = {
    "HUGEINT": "bigint",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "FLOAT": "float",
    "JSON": "json",
}


def athena_type(duckdb_type: str) -> str:
    """Return Athena's name of a type of DuckDB's."""
    if duckdb_type.endswith("]"):
        return "array"
    head = duckdb_type.split("(")[0]
    return _TYPES.get(head, {"STRUCT": "row", "MAP": "map"}.get(head, head.lower()))


def text_of(value: object) -> str | None:
    """Return a value as text; null where there is none."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime():
            zone = " UTC" if value.tzinfo else ""
            shown = value.astimezone(UTC) if value.tzinfo else value
            return f"{shown:%Y-%m-%d %H:%M:%S}.{shown.microsecond // 1000:03d}{zone}"
        case float() if abs(value) >= 1e7 or 0 < abs(value) < 1e-3:
            mantissa, _, exponent = f"{value:.15e}".partition("e")
            return f"{float(mantissa)!r}E{int(exponent)}"
        case Decimal():
            return f"{value:f}"
        case Mapping():
            return "{" + ", ".join(f"{name}={_inner(member)}" for name, member in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_inner, value)) + "]"
        case _:
            return str(value)


def _inner(value: object) -> str:
    found = text_of(value)
    return "null" if found is None else found
