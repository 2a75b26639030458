"""Tables of a lake as the Glue catalogue has them, and their types as DuckDB has these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_DUCKDB_TYPES = {"string": "VARCHAR", "int": "INTEGER"}


@dataclass
class LakeTable:
    """A table of the catalogue."""

    database: str
    name: str
    columns: Mapping[str, str]
    """Hive's types by column, partition keys left out; of string, int, bigint, double, timestamp and structs of them."""
    partition_keys: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    location: str = "s3://lake/logs"

    @property
    def projected(self) -> bool:
        """Whether partitions are told by a rule instead of being listed."""
        return self.parameters.get("projection.enabled") == "true"


def duckdb_type(kind: str) -> str:
    """Return DuckDB's type for one of Hive's."""
    if kind.startswith("array<"):
        return f"{duckdb_type(kind[6:-1])}[]"
    if kind.startswith("struct<"):
        members = (member.split(":", 1) for member in _split(kind[7:-1]))
        return "STRUCT(" + ", ".join(f'"{name}" {duckdb_type(inner)}' for name, inner in members) + ")"
    if kind.startswith("map<"):
        return "MAP(" + ", ".join(map(duckdb_type, _split(kind[4:-1]))) + ")"
    return _DUCKDB_TYPES.get(kind, kind)


def _split(text: str) -> list[str]:
    """Return what commas part, those within < > left alone."""
    parts, depth = [""], 0
    for char in text:
        depth += {"<": 1, ">": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]
