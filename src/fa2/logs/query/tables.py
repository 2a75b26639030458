"""Tables that a stage outside SQL has made, as what the commands after it read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from fa2.logs.query.relations import Statement
from fa2.logs.query.values import Kind, Value

if TYPE_CHECKING:
    import pyarrow as pa


class Made:
    """A registered Arrow table. A Source."""

    def __init__(self, name: str, kinds: Mapping[str, Kind]) -> None:
        self.name = name
        self._fields = {heading: Value(f'"{heading}"', kind) for heading, kind in kinds.items()}
        self.names = tuple(kinds)
        self.open = False
        self.columns = frozenset(heading.casefold() for heading in kinds)

    def field(self, parts: tuple[str, ...]) -> Value | None:
        """Return a column of the table."""
        return self._fields.get(".".join(parts))

    def ctes(self) -> list[tuple[str, str]]:
        """Return nothing: the table is there by its name."""
        return []


class Stage(Protocol):
    """Something between two pieces of SQL: takes the rows of one, makes the table that the next reads."""

    statement: Statement
    """What it reads."""
    name: str
    """What the table it makes is called."""
    kinds: Mapping[str, Kind]
    """The columns of that table."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the table, with the columns of `kinds` in any order."""
        ...
