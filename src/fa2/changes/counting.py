"""Runs the counting statement and gives its rows by grouping set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fa2.changes.change_queries import ChangeQuery
from fa2.changes.change_sql import (
    HOUR_CHARS,
    KEYS,
    MEASURES,
    PEAK_DIGITS,
    ChangeStatement,
    GroupingSet,
    change_statement,
    grouping_bits,
)
from fa2.core.errors import RefusedQuery
from fa2.core.sql_engines import SqlEngine


@dataclass(frozen=True)
class Counted:
    """One row of a result: a key and how often it changed."""

    keys: dict[str, str | None]
    """By the names in KEYS; null where the set does not count by it."""
    texts: dict[str, str | None]
    """resource_name, first_at, last_at, peak_hour, peak_resource."""
    recorded: int
    delivered_again: int
    compliance: int
    peak: int
    peak_before: int
    key_count: int
    """How many keys of the same set have changes in the last month."""
    counts: tuple[int, ...]
    """By month."""


@dataclass(frozen=True)
class Counts:
    """What a statement gave."""

    statement: ChangeStatement
    by_set: dict[GroupingSet, list[Counted]]
    """In the order asked for."""


def count(engine: SqlEngine, query: ChangeQuery, table: str, sets: Sequence[GroupingSet] | None = None) -> Counts:
    """Count by each of the sets, or by the query's own groups. One statement; see change_statement.

    Raises Fa2Error when the engine fails, and RefusedQuery when it gives rows of another shape.
    """
    wanted = tuple(dict.fromkeys(sets if sets is not None else (query.groups,)))
    statement = change_statement(query, table, wanted)
    names = {grouping_bits(groups, wanted): groups for groups in wanted}
    found: dict[GroupingSet, list[Counted]] = defaultdict(list)
    for row in engine.rows(statement.sql, statement.parameters):
        if len(row) != len(statement.columns):
            raise RefusedQuery("errors.query.failed", problem=f"{len(row)} columns, not {len(statement.columns)}")
        found[names[_whole(row[0])]].append(_counted(row))
    return Counts(statement, {groups: found[groups] for groups in wanted})


def _counted(row: Sequence[object]) -> Counted:
    keys = {name: _text(value) for name, value in zip(KEYS, row[1:])}
    measured = dict(zip(MEASURES, row[1 + len(KEYS) :]))
    peak = _text(measured["peak"]) or ""
    texts = {name: _text(measured[name]) for name in ("resource_name", "first_at", "last_at")}
    hour_end = PEAK_DIGITS + HOUR_CHARS
    return Counted(
        keys=keys,
        texts={**texts, "peak_hour": peak[PEAK_DIGITS:hour_end] or None, "peak_resource": peak[hour_end:] or None},
        recorded=_whole(measured["recorded"]),
        delivered_again=_whole(measured["delivered_again"]),
        compliance=_whole(measured["compliance"]),
        peak=_whole(peak[:PEAK_DIGITS]),
        peak_before=_whole(measured["peak_before"]),
        key_count=_whole(measured["keys"]),
        counts=tuple(_whole(value) for value in row[1 + len(KEYS) + len(MEASURES) :]),
    )


def _whole(value: object) -> int:
    """Return a count; engines give integers, decimals or their text, and null for a sum of nothing."""
    return int(str(value).partition(".")[0]) if value is not None and str(value) else 0


def _text(value: object) -> str | None:
    return None if value is None else str(value)
