"""From a query's tree to what is run, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fa2.core.windows import TimeWindow
from fa2.logs.query import commands
from fa2.logs.query import syntax as tree
from fa2.logs.query.events import Events
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.relations import Relation, Statement
from fa2.logs.query.tables import Stage
from fa2.logs.query.values import Parameters, Value

DEFAULT_LIMIT = 10_000
"""How many rows CloudWatch gives when a query says nothing."""


@dataclass(frozen=True)
class Plan:
    """What a query does."""

    stages: tuple[Stage, ...]
    """What is done outside of SQL before that, in order."""
    result: Statement
    """Gives the rows that are shown, `limit` at most."""
    limit: int
    total: Statement
    """Counts the rows there would be without the limit."""
    matched: Statement | None
    """Counts the events that the filters let through; null when `total` does."""
    scanned: Statement
    """Counts the events in the window."""
    notes: tuple[tuple[str, dict[str, str]], ...]


def plan(query: tree.Query, *, window: TimeWindow | None, now: datetime, limit: int = DEFAULT_LIMIT) -> Plan:
    """Return what to run. Raises QueryProblem, with the place, for what cannot be."""
    parameters = Parameters()
    events = Events(parameters, [window] if window else [])
    relation = Relation(events, parameters, now, _default_fields(events))
    matched: str | None = None
    for command in query.commands:
        if matched is None and isinstance(command, _CUTS):
            matched = relation.last
        try:
            commands.apply(relation, command)  # type: ignore[arg-type]
        except QueryProblem as problem:
            if problem.at.end == 0:
                problem.at = command.at
            raise
    result = relation.statement(limit)
    scanned = events.scanned()
    return Plan(
        (),
        result,
        limit,
        relation.count(),
        relation.count(matched) if matched else None,
        relation.bound(scanned, ("count",), ("number",)),
        tuple(relation.notes),
    )


_CUTS = (tree.Stats, tree.Limit, tree.Dedup, tree.Unnest, tree.Patterns, tree.Diff)
"""Commands after which rows are no longer the events that matched."""


def _default_fields(events: Events) -> dict[str, Value]:
    found = {name: events.field((name,)) for name in ("@timestamp", "@message")}
    return {name: value for name, value in found.items() if value}
