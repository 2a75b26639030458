"""The metrics of an account as a place to ask: for questions on how a workload does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fa2.core.budgets import Budget
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.incident import Incident, Span
from fa2.core.insight import Points, SeriesName
from fa2.core.ports import Rows
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_metrics.choice import Asked
from fa2.sources.aws.cloudwatch_metrics.listing import Listing, MetricId, list_metrics, parts
from fa2.sources.aws.cloudwatch_metrics.ranges import on_periods
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings
from fa2.sources.aws.cloudwatch_metrics.source import CloudWatchMetrics, fetch, usd_of
from fa2.sources.aws.cloudwatch_metrics.statistics import statistics_of
from fa2.sources.aws.cloudwatch_metrics.values import queries_of
from fa2.sources.aws.settings import Prices
from fa2.sources.local.json_values import json_text
from fa2.sources.local.metric_services import instance_of_dimensions

_Key = tuple[object, object, object, object]


@dataclass
class _Points:
    """A sink that keeps the points of each series."""

    found: dict[_Key, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    units: dict[_Key, str | None] = field(default_factory=dict)

    def begin(self, table: str) -> None:
        """Need no table."""

    def add(self, rows: Rows) -> int:
        """Keep the points; return how many."""
        columns = rows.columns
        keys = list(zip(*(columns[name] for name in ("namespace", "name", "dimensions", "stat")), strict=True))
        for key, moment, value, unit in zip(keys, columns["timestamp"], columns["value"], columns["unit"], strict=True):
            if isinstance(moment, int) and isinstance(value, float):
                self.found[key][moment] = value
                self.units[key] = unit if isinstance(unit, str) else None
        return len(keys)


class AccountMetrics:
    """The metrics of one account in one region, all that reported in the last two weeks."""

    def __init__(
        self,
        account: Account,
        *,
        settings: CloudWatchMetricsSettings,
        deadline: Deadline,
        budget: Budget,
        prices: Prices,
        clock: Callable[[], datetime],
    ) -> None:
        """settings: its namespaces narrow what is listed."""
        self._points = _Points()
        self._clock = clock
        now = clock()
        self._ask: Ask[CloudWatchMetricsSettings] = Ask(
            source=CloudWatchMetrics(clock),
            incident=Incident(
                format="fa2.bundle/1", id="insight", window=Span.of(TimeWindow(datetime(1970, 1, 1, tzinfo=UTC), now))
            ),
            settings=settings,
            account=account,
            deadline=deadline,
            budget=budget,
            prices=prices,
            sink=self._points,
        )

    def listed(self) -> Sequence[SeriesName]:
        """Return all series by name, each metric with the statistics that say most of it. One call for 500 metrics."""
        settings, listing = self._ask.settings, Listing()
        todo = parts(settings.namespaces, near={}, recent=False)
        with suppress(DeadlinePassed), self._ask.look(query="; ".join(map(str, todo))) as look:
            error = list_metrics(self._ask.client(), todo, self._ask.deadline, into=listing)
            look.scanned(rows=len(listing.metrics))
            if listing.unfinished:
                look.partial("metrics_listing_cut", n=len(listing.metrics))
            if error is not None:
                raise error
        wanted = [m for m in sorted(listing.metrics) if m.namespace not in settings.namespaces_not]
        return [
            self._series(metric, stat) for metric in wanted for stat in statistics_of(metric.namespace, metric.name)
        ]

    def points(self, asked: Sequence[SeriesName], window: TimeWindow, period_s: int) -> Mapping[SeriesName, Points]:
        """Return the points by whole periods that have ended. One paid series each; nothing beyond the budget."""
        whole = on_periods(window, period_s, self._clock())
        if not asked or whole is None:
            return {}
        series = [Asked(MetricId(s.namespace, s.name, s.dimensions), s.stat) for s in asked]
        price = usd_of(self._ask, len(series))
        if self._ask.budget.take(usd=price):
            with suppress(DeadlinePassed):  # told in coverage; what came is there
                fetch(self._ask, queries_of(series, period_s), whole, period_s)
        else:
            with self._ask.look(table="metrics", window=whole) as look:
                look.skip("aws_over_budget", usd=price, left=self._ask.budget.usd_left)
        return {s: points for s in asked if (points := self._of(s))}

    def coverage(self) -> Sequence[CoverageEntry]:
        """Return what was asked, and what is missing."""
        return self._ask.coverage

    def _series(self, metric: MetricId, stat: str) -> SeriesName:
        account = self._ask.account
        resource = instance_of_dimensions(dict(metric.dimensions))
        place = f"{account.id}/{account.region}"
        return SeriesName(metric.namespace, metric.name, metric.dimensions, stat, metric.service, resource, place)

    def _of(self, series: SeriesName) -> Points | None:
        key = (series.namespace, series.name, json_text(dict(series.dimensions)), series.stat)
        found = sorted(self._points.found.get(key, {}).items())
        if not found:
            return None
        times = tuple(datetime.fromtimestamp(us / 1e6, UTC) for us, _ in found)
        return Points(times, tuple(value for _, value in found), self._points.units.get(key))


class ManyAccounts:
    """Several accounts and regions as one place to ask."""

    def __init__(self, accounts: Sequence[AccountMetrics]) -> None:
        self._accounts = accounts
        self._owners: dict[str, AccountMetrics] = {}

    def listed(self) -> Sequence[SeriesName]:
        """Return the series of all of them."""
        found: list[SeriesName] = []
        for account in self._accounts:
            own = account.listed()
            self._owners |= {series.place: account for series in own}
            found += own
        return found

    def points(self, asked: Sequence[SeriesName], window: TimeWindow, period_s: int) -> Mapping[SeriesName, Points]:
        """Return the points, each series asked of the account that listed it."""
        found: dict[SeriesName, Points] = {}
        for place, account in self._owners.items():
            found |= account.points([s for s in asked if s.place == place], window, period_s)
        return found

    def coverage(self) -> Sequence[CoverageEntry]:
        """Return what was asked of all of them."""
        return [entry for account in self._accounts for entry in account.coverage()]
