"""Runs a query on a bundle's logs and gives rows fit to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from fa2.core.errors import UnusableInput
from fa2.core.messages import Statement as Said
from fa2.core.windows import TimeWindow, iso
from fa2.logs.query import syntax as tree
from fa2.logs.query.plans import DEFAULT_LIMIT, Plan, plan
from fa2.logs.query.relations import Statement
from fa2.logs.query.values import Kind

if TYPE_CHECKING:
    import duckdb

Cell: TypeAlias = str | int | float | datetime | None


@dataclass(frozen=True)
class Answer:
    """What a query gave."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """Times are aware, in UTC; numbers are whole where they are; 1 and 0 stand for true and false."""
    matched: int
    """Events that the filters let through."""
    scanned: int
    """Events in the window."""
    cut: int | None
    """How many rows there would have been, where there were more than the limit."""
    notes: tuple[Said, ...]
    """What to know about the result: messages of query.note."""


def ask(
    query: tree.Query,
    connection: duckdb.DuckDBPyConnection,
    *,
    window: TimeWindow | None,
    now: datetime,
    limit: int = DEFAULT_LIMIT,
) -> Answer:
    """Return what a query gives on a connection that has the table `logs`.

    window: where events are taken from; null for all of them. A query that compares periods takes the later
    half of the logs then, and compares it with the earlier.
    Reads the columns that the query names, once; and once more those of its filters, to count what matched,
    where the result does not tell. Raises QueryProblem, and UnusableInput when DuckDB cannot do it.
    """
    halved = window is None and any(isinstance(command, tree.Diff) for command in query.commands)
    if halved:
        window = _later_half(connection)
    answer = _run(plan(query, window=window, now=now, limit=limit), connection)
    if halved and window:
        note = Said("query.note.halves", {"start": iso(window.start), "end": iso(window.end)})
        return replace(answer, notes=(note, *answer.notes))
    return answer


def _later_half(connection: duckdb.DuckDBPyConnection) -> TimeWindow | None:
    first, last = connection.execute("SELECT min(timestamp), max(timestamp) FROM logs").fetchall()[0]
    if first is None:
        return None
    middle = first + (last - first) / 2
    return TimeWindow(middle, last + timedelta(microseconds=1))


def _run(plan: Plan, connection: duckdb.DuckDBPyConnection) -> Answer:
    import duckdb

    try:
        for stage in plan.stages:
            given = connection.sql(stage.statement.sql, params=stage.statement.parameters or None)
            connection.register(stage.name, stage(given.to_arrow_table()))
        rows = _asked(connection, plan.result).fetchall()
        scanned = _number(connection, plan.scanned)
        cut = _number(connection, plan.total) if len(rows) == plan.limit else len(rows)
        if plan.matched is None:
            matched = cut
        elif plan.matched == plan.scanned:
            matched = scanned
        else:
            matched = int(rows[0][-1]) if plan.counted and rows else _number(connection, plan.matched)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        problem = next(iter(str(error).splitlines()), "")[:300]
        raise UnusableInput("query.problem.engine", problem=problem) from error
    finally:
        for stage in plan.stages:
            connection.unregister(stage.name)
    shown = tuple(tuple(cell(value, kind) for value, kind in zip(row, plan.result.kinds)) for row in rows)
    notes = tuple(Said(f"query.note.{name}", told) for name, told in plan.notes)
    return Answer(plan.result.headings, shown, matched, scanned, cut if cut > len(rows) else None, notes)


def _asked(connection: duckdb.DuckDBPyConnection, statement: Statement) -> duckdb.DuckDBPyConnection:
    return connection.execute(statement.sql, statement.parameters or None)


def _number(connection: duckdb.DuckDBPyConnection, statement: Statement) -> int:
    return int(_asked(connection, statement).fetchall()[0][0])


def cell(value: object, kind: Kind) -> Cell:
    """Return a value of DuckDB's as a cell. Floats have twelve digits: the order of adding changes the last ones."""
    match value:
        case None:
            return None
        case bool():
            return int(value)
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case str() if kind == "any":
            return _number_in(value)
        case str() | int():
            return value
        case float() | Decimal():
            number = float(value)
            if not math.isfinite(number):
                return None
            return int(number) if number.is_integer() and abs(number) < 2**53 else float(f"{number:.12g}")
        case _:
            return str(value)


def _number_in(text: str) -> Cell:
    try:
        number = float(text)
    except ValueError:
        return text
    return cell(number, "number") if math.isfinite(number) else text
