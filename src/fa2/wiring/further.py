"""Lets a model's tools ask AWS for what was not collected, and puts it into the bundle: the port Further, live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fa2.core.deadlines import Deadline
from fa2.core.messages import Statement
from fa2.core.ports import Rows
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow
from fa2.investigator.desk import Fetched, Further, ToolRefused
from fa2.logs.query.parsing import parse
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.further import Brought, CannotFetch, failure
from fa2.sources.aws.further_logs import fetch_lines, filters_of
from fa2.sources.aws.further_metrics import fetch_metric
from fa2.stores.bundle_additions import add_part

if TYPE_CHECKING:
    from fa2.wiring.aws import Prepared

SECONDS = 60.0
"""How long one fetch may take."""


@dataclass(frozen=True)
class FurtherInAws:
    """Fetches within what was planned for the incident: its accounts, regions, log groups, times and budget.

    What comes goes into fetched_logs and fetched_metrics of the bundle, each fetch by itself, with what coverage says
    of it; the telemetry is opened anew then. The same fetch is made once.
    """

    asks: Sequence[Ask[Any]]
    """All that was planned, with the budget that is left."""
    telemetry: Telemetry
    clock: Callable[[], datetime]
    deadline: Deadline
    """Ends all fetching."""
    _made: set[str] = field(default_factory=set)

    def logs(self, query: str, windows: Sequence[TimeWindow], /) -> Fetched:
        """Fetch the lines that a query's filters let through. Raises ToolRefused."""
        tree = parse(query)
        try:
            key = [filters_of(tree), *map(str, windows)]
            return self._fetched("logs", key, lambda end: fetch_lines(self._of("cloudwatch_logs"), tree, windows, end))
        except CannotFetch as error:
            raise ToolRefused(error.key, **error.values) from error

    def metric(self, namespace: str, name: str, stat: str, /) -> Fetched:
        """Fetch a metric over all its dimensions, in window and baselines. Raises ToolRefused."""
        wanted, asks = (namespace, name, stat), self._of("cloudwatch_metrics")
        try:
            return self._fetched("metrics", wanted, lambda end: fetch_metric(asks, wanted, self.clock(), end))
        except CannotFetch as error:
            raise ToolRefused(error.key, **error.values) from error

    def _of(self, source: str) -> list[Ask[Any]]:
        return [ask for ask in self.asks if ask.source.name == source]

    def _fetched(self, table: str, key: Sequence[str], bring: Callable[[Deadline], Brought]) -> Fetched:
        """Fetch, unless it was fetched before, and add what came to the bundle."""
        id_ = "F" + hashlib.sha256(json.dumps([table, *key]).encode()).hexdigest()[:10]
        if self._is_there(f"fetched_{table}", id_):
            return Fetched(id_, (Statement("tools.note.fetched_before"),))
        if self.deadline.passed:
            raise ToolRefused("tools.refused.no_time")
        brought = bring(Deadline(min(SECONDS, self.deadline.remaining_s)))
        problem = failure(brought.coverage)
        if problem and not brought.count:
            raise ToolRefused("tools.refused.fetch_failed", problem=problem)
        self._keep(table, id_, brought)
        self._made.add(id_)
        told = {"n": brought.count, "matched": brought.matched, "usd": _usd(brought)}
        cut = "_cut" if table == "logs" and brought.count < brought.matched else ""
        notes = [Statement(f"tools.note.fetched_{table}{cut}", told)]
        return Fetched(
            id_, (*notes, *([Statement("tools.note.fetch_failed", {"problem": problem})] if problem else []))
        )

    def _is_there(self, table: str, id_: str) -> bool:
        if id_ in self._made:
            return True
        return self.telemetry.has(table) and bool(
            self.telemetry.rows(f"SELECT 1 FROM {table} WHERE fetch_id = $id LIMIT 1", {"id": id_})
        )

    def _keep(self, table: str, id_: str, brought: Brought) -> None:
        name = f"fetched_{table}"
        rows = [
            Rows(name, {**batch.columns, "fetch_id": [id_] * len(next(iter(batch.columns.values()), ()))})
            for batch in brought.rows
            if batch.table == table
        ]
        coverage = [e.model_copy(update={"table": name if e.table == table else e.table}) for e in brought.coverage]
        self.telemetry.reopen(add_part(self.telemetry.bundle, name, rows, coverage))


def further_of(prepared: Prepared, *, clock: Callable[[], datetime], seconds: float) -> Callable[[Telemetry], Further]:
    """Return what makes the port for the telemetry of a bundle that was collected so.

    seconds: how long all fetching may take, from when the telemetry is given.
    """
    asks = [ask for ask, _ in prepared.planned]
    return lambda telemetry: FurtherInAws(asks, telemetry, clock, Deadline(seconds))


def _usd(brought: Brought) -> float:
    return round(sum(entry.cost_usd or 0.0 for entry in brought.coverage), 6)
