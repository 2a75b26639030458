"""The port to an engine that runs SQL where tables lie: Athena, or DuckDB on local files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol


class SqlEngine(Protocol):
    """Runs one statement in Trino's dialect."""

    def rows(self, sql: str, parameters: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield the result's rows, without a heading.

        parameters: one for each `?`, in order, always text and never quoted by the caller.
        Values are text, integers or null; an engine that knows only text gives integers as text.
        Raises Fa2Error when the statement fails.
        """
        ...
