"""From a query's tree to what is run, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from fa2.core.windows import TimeWindow
from fa2.logs.query import anomaly_stage, commands, diff_stage, pattern_stage, values
from fa2.logs.query import syntax as tree
from fa2.logs.query.anomaly_stage import AnomalyStage
from fa2.logs.query.diff_stage import DiffStage, earlier
from fa2.logs.query.events import Events
from fa2.logs.query.expressions import compiled
from fa2.logs.query.pattern_stage import PATTERN_KINDS, PatternStage
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.relations import Relation, Statement, order_terms
from fa2.logs.query.tables import Made, Stage
from fa2.logs.query.values import Parameters, Value

DEFAULT_LIMIT = 10_000
"""How many rows CloudWatch gives when a query says nothing."""


@dataclass(frozen=True)
class Taken:
    """Which events are taken, beside those of one window of the table logs."""

    also: tuple[TimeWindow, ...] = ()
    """Further times."""
    fetch: str | None = None
    """Of which fetch of fetched_logs they are instead."""


@dataclass(frozen=True)
class Plan:
    """What a query does."""

    stages: tuple[Stage, ...]
    """What is done outside of SQL before that, in order."""
    result: Statement
    """Gives the rows that are shown, `limit` at most."""
    named: Statement
    """Gives the same to be cited; see `Relation.named`. Means something only without `stages`."""
    limit: int
    total: Statement
    """Counts the rows there would be without the limit."""
    matched: Statement | None
    """Counts the events that the filters let through; null when `total` does."""
    counted: bool
    """Whether the last column of the result, beyond those that are shown, says so too."""
    scanned: Statement
    """Counts the events in the window."""
    notes: tuple[tuple[str, dict[str, str]], ...]


def plan(
    query: tree.Query,
    *,
    window: TimeWindow | None,
    now: datetime,
    limit: int = DEFAULT_LIMIT,
    taken: Taken | None = None,
) -> Plan:
    """Return what to run. Raises QueryProblem, with the place, for what cannot be.

    taken: of which events besides; not for a query that compares periods.
    """
    planner = _Planner(query.commands, window, now, taken or Taken())
    for position, command in enumerate(query.commands):
        try:
            planner.add(command, query.commands[position + 1 :])
        except QueryProblem as problem:
            if problem.at.end == 0:
                problem.at = command.at
            raise
    return planner.plan(limit)


class _Planner:
    """Puts commands one on the other; mining breaks the SQL into stages."""

    def __init__(
        self,
        commands: Sequence[tree.Command],
        window: TimeWindow | None,
        now: datetime,
        taken: Taken,
    ) -> None:
        shifts = [command.shift for command in commands if isinstance(command, tree.Diff)]
        self._window = window
        self._parameters = Parameters()
        windows = [*(earlier(window, shift) for shift in shifts), window, *taken.also] if window else []
        self._events = Events(self._parameters, windows, taken.fetch)
        shown = {name: value for name in _DEFAULT_FIELDS if (value := self._events.field((name,)))}
        self._relation = Relation(self._events, self._parameters, now, shown)
        self._matched: Statement | None = None
        self._filtered = False
        self._stages: list[Stage] = []
        self._patterns: PatternStage | None = None
        self._notes: list[tuple[str, dict[str, str]]] = []

    def add(self, command: tree.Command, following: Sequence[tree.Command]) -> None:
        """Put a command on top."""
        if self._matched is None and isinstance(command, _CUTS):
            self._matched = self._relation.count() if self._filtered else self._scanned()
            self._relation.first_stats = isinstance(command, tree.Stats)
        self._filtered = self._filtered or isinstance(command, tree.Filter)
        match command:
            case tree.Patterns(source):
                lines = self._lines(source)
                if not (following and isinstance(following[0], tree.Diff)):
                    self._patterns = PatternStage(lines, self._name())
                    self._made(self._patterns, pattern_stage.SHOWN, "@sampleCount")
                elif self._relation.source is not self._events:
                    raise QueryProblem("no_events", following[0].at, command="diff")
                else:
                    self._made(DiffStage(lines, self._name(), self._window), diff_stage.SHOWN, "@significance")
            case tree.Diff():
                if self._stages and isinstance(self._stages[-1], DiffStage) and not self._relation.layers:
                    return  # `pattern … | diff` is one thing
                if self._relation.source is not self._events or not self._relation.own_fields:
                    raise QueryProblem("no_events", command.at, command="diff")
                lines = self._lines(tree.Field(("@message",), at=command.at))
                self._made(DiffStage(lines, self._name(), self._window), diff_stage.SHOWN, "@significance")
            case tree.Anomalies():
                self._judged(command)
            case _:
                commands.apply(self._relation, command)

    def _lines(self, source: tree.Expression) -> Statement:
        columns = {"text": Value(values.text(compiled(source, self._relation)), "text")}
        with suppress(QueryProblem):  # lines without times have patterns too
            columns["moment"] = self._relation.moment(source.at)
        return self._relation.selection(columns)

    def _judged(self, command: tree.Anomalies) -> None:
        relation = self._relation
        kept = {name: value for name in PATTERN_KINDS if (value := relation.source.field((name,)))}
        if self._patterns is None or not relation.own_fields or "@patternId" not in kept:
            raise QueryProblem("no_pattern", command.at)
        kinds = {name: value.kind for name, value in kept.items()}
        stage = AnomalyStage(relation.selection(kept), self._name(), self._patterns, kinds)
        self._made(stage, anomaly_stage.SHOWN, "@anomalyScore")

    def _name(self) -> str:
        return f"patterns_{len(self._stages) + 1}"

    def _made(self, stage: Stage, shown: Sequence[str], by: str) -> None:
        """Go on with what a stage makes, the highest in a column first."""
        self._stages.append(stage)
        self._notes += self._relation.notes
        source = Made(stage.name, stage.kinds)
        fields = {name: value for name in shown if (value := source.field((name,)))}
        self._relation = Relation(source, self._parameters, self._relation.now, fields)
        self._relation.order = order_terms(Value(f'"{by}"', "number"), descending=True)

    def _scanned(self) -> Statement:
        return self._relation.bound(self._events.scanned(), ("count",), ("number",))

    def plan(self, limit: int) -> Plan:
        """Return the plan of the commands so far."""
        return Plan(
            tuple(self._stages),
            self._relation.statement(limit),
            self._relation.named(limit),
            limit,
            self._relation.count(),
            self._matched,
            self._relation.total is not None,
            self._scanned(),
            (*self._notes, *self._relation.notes),
        )


_DEFAULT_FIELDS = ("@timestamp", "@message")
_CUTS = (tree.Stats, tree.Limit, tree.Dedup, tree.Unnest, tree.Patterns, tree.Diff)
"""Commands after which rows are no longer the events that matched."""
