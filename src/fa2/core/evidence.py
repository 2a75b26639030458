"""Evidence: a query on the bundle and the values that came back, so that anyone can ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fa2.core.messages import Value

Row = tuple[Value, ...]


@dataclass(frozen=True)
class Query:
    """A single SELECT on the tables of a bundle, in DuckDB's SQL."""

    table: str
    """The table it rests on, named in coverage and used to leave one source out."""
    sql: str
    """Untrusted text stands in `parameters`, never in here."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Bound as $name."""

    def __post_init__(self) -> None:
        # Indentation of our source says nothing; reports show the query and its id is made from it.
        lines = (line.strip() for line in self.sql.splitlines())
        object.__setattr__(self, "sql", "\n".join(line for line in lines if line))


@dataclass(frozen=True)
class Evidence:
    """What a query gave. Times in rows are ISO 8601 text in UTC."""

    id: str
    """Made from the query, so the same question has the same id in every report."""
    query: Query
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cell(self, row: int, column: str) -> Value:
        """Return one value. Raises LookupError when there is no such cell."""
        if column not in self.columns:
            raise LookupError(column)
        return self.rows[row][self.columns.index(column)]


@dataclass(frozen=True)
class Cell:
    """Where a value of a claim stands in its evidence."""

    evidence: str
    row: int
    column: str
