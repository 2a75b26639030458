"""Asking the bundle for a tool: one SELECT, within a time, as evidence that fits an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fa2.core.errors import RefusedQuery
from fa2.core.evidence import Evidence, Query
from fa2.core.messages import Statement, Value
from fa2.investigator.asking.times import Times
from fa2.investigator.desk import Desk, Found, ToolRefused

CELL = 240
"""Characters of a text in a row."""
ANSWER = 6_000
"""Characters of rows in one answer, about; further rows are left out and counted."""
SECONDS = 20.0
"""What a tool may ask DuckDB to work on one query."""
_MOST = 1_000


@dataclass(frozen=True)
class Listing:
    """Rows to be listed: a SELECT, what they are ordered by, how many."""

    table: str
    sql: str
    """Its columns are what is shown, texts cut by `cut`."""
    order: str
    """Over the columns of `sql`; must leave no two different rows equal."""
    limit: int
    parameters: Mapping[str, Value] = field(default_factory=dict)


def cut(sql: str, name: str, length: int = CELL) -> str:
    """Return SQL for a text cut for an answer."""
    return f'substr({sql}, 1, {length}) AS "{name}"'


def need(desk: Desk, *tables: str) -> None:
    """Raise ToolRefused when none of the tables was collected."""
    if not any(desk.telemetry.has(table) for table in tables):
        raise ToolRefused("tools.refused.no_table", tables=", ".join(tables))


def asked(desk: Desk, table: str, sql: str, parameters: Mapping[str, Value] | None = None) -> Evidence:
    """Return the evidence of a SELECT, asked in the way in which `fa2 verify` will ask it again.

    Raises ToolRefused when it fails or takes longer than SECONDS.
    """
    try:
        with desk.telemetry.interrupted_after(SECONDS):
            return desk.telemetry.ask_untrusted(Query(table, sql, dict(parameters or {})), rows=_MOST)
    except RefusedQuery as error:
        problem = str(error.values.get("problem", ""))
        if "INTERRUPT" in problem.upper():
            raise ToolRefused("tools.refused.too_slow", seconds=SECONDS) from error
        raise ToolRefused("tools.refused.failed", problem=problem[:200]) from error


def count(desk: Desk, sql: str, parameters: Mapping[str, Value] | None = None) -> int:
    """Return the number of rows of a SELECT. Raises ToolRefused."""
    return int(str(asked(desk, "", f"SELECT count(*) AS n FROM ({sql})", parameters).rows[0][0]))


def listed(desk: Desk, listing: Listing, *, characters: int = ANSWER) -> tuple[Evidence, int]:
    """Return the first rows of a listing, no more than fit into an answer, and how many are left out.

    How many fit is found by asking; the query of the evidence states it.
    """
    shown = _first(desk, listing, listing.limit)
    fitting = _fitting(shown, characters)
    if fitting < len(shown.rows):
        shown = _first(desk, listing, fitting)
    elif len(shown.rows) < listing.limit:
        return shown, 0
    return shown, count(desk, listing.sql, listing.parameters) - len(shown.rows)


def _first(desk: Desk, listing: Listing, limit: int) -> Evidence:
    sql = f"SELECT * FROM ({listing.sql}) ORDER BY {listing.order} LIMIT {limit:d}"
    return asked(desk, listing.table, sql, listing.parameters)


def _fitting(shown: Evidence, characters: int) -> int:
    """Return how many rows there is room for, one at least."""
    for number, row in enumerate(shown.rows):
        characters -= sum(len(_shown(value)) + 1 for value in row)
        if characters < 0:
            return max(1, number)
    return len(shown.rows)


def _shown(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def found(desk: Desk, listing: Listing, where: Times, looked_at: str) -> Found:
    """Return the rows of a listing; where there are none, the evidence of how many rows were looked at.

    looked_at: SQL of the rows that were gone through, before any other condition; without parameters.
    """
    shown, left = listed(desk, listing)
    if shown.rows:
        return Found((shown,), left, where.notes)
    return nothing(desk, shown, where, looked_at)


def nothing(desk: Desk, shown: Evidence, where: Times, looked_at: str) -> Found:
    """Return that nothing was found, with how many rows were looked at: absence, too, has evidence."""
    sql = f"SELECT count(*) AS rows_looked_at FROM ({looked_at})"
    counted = asked(desk, shown.query.table, sql)
    note = Statement("tools.note.none", {"n": counted.rows[0][0]})
    return Found((shown, counted), 0, (*where.notes, note))
