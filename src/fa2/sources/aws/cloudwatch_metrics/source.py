"""CloudWatch metrics: the alarm's own, and those of what it watches and of the services in scope.

The alarm's own metric is asked first, by its own statistic and period, so that it is there whatever follows. Then all
metrics are listed, also those that have stopped reporting, the most relevant are chosen, and their values are asked
over the window and the normal times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.cloudwatch_metrics.choice import Asked, choose
from fa2.sources.aws.cloudwatch_metrics.listing import LISTED_FOR, RECENT, Listing, list_metrics, parts
from fa2.sources.aws.cloudwatch_metrics.ranges import LONGEST_KEPT, kept_period, on_periods, period_for, ranges
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings
from fa2.sources.aws.cloudwatch_metrics.values import (
    Queries,
    Request,
    alarm_queries,
    answers,
    queries_of,
    requests,
    shown,
)
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.cloudwatch_metrics import metric_points
from fa2.sources.local.json_values import Json, at, items, whole
from fa2.sources.local.row_batches import batches

_AT_ONCE = 8
_ANY: Json = {"Namespace": "AWS/Usage", "MetricName": "CallCount"}
"""Asked for where there are no metrics, only to see whether asking is allowed."""
Asks = Ask[CloudWatchMetricsSettings]


def _now() -> datetime:
    return datetime.now(UTC)


class CloudWatchMetrics:
    """Lists metrics, chooses among them and fetches their values into `metrics`."""

    name = "cloudwatch_metrics"
    title = "CloudWatch metrics"
    service = "cloudwatch"
    tables: tuple[str, ...] = ("metrics",)
    settings: type[SourceSettings] = CloudWatchMetricsSettings

    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        """clock: tells the time in UTC; what CloudWatch keeps depends on how old the window is."""
        self._clock = clock

    def permissions(self, settings: CloudWatchMetricsSettings, /) -> Sequence[Permission]:
        """Return the two actions; CloudWatch knows no resources for them."""
        return (Permission("cloudwatch:ListMetrics"), Permission("cloudwatch:GetMetricData"))

    def plan(self, ask: Asks, /) -> Sequence[Estimate]:
        """Return what the values cost at most: as many series as are allowed. Asks AWS nothing; listing is free."""
        times = len(_asked_ranges(ask, self._clock()))
        if not times:
            return ()
        own = len(alarm_queries(ask.incident.alarm, 60)) if ask.incident.alarm else 0
        series = ask.settings.max_metrics + own
        usd = usd_of(ask, series * times)
        return (Estimate(ask.name, f"GetMetricData: {series} × {times}", usd=usd, calls=times * (1 + series // 500)),)

    def examine(self, ask: Asks, /) -> None:
        """Ask for the first page of metrics, and for the values of one."""
        listed: list[Json] = []
        with ask.look(query="ListMetrics") as look:
            page = next(pages(ask.client(), "list_metrics", holding="Metrics"))
            listed = items(at(page, "Metrics"))[:1]
            if listed:
                look.note("note_metrics_listed", n=len(items(at(page, "Metrics"))))
            else:
                look.partial("metrics_none")
        end = self._clock().replace(second=0, microsecond=0)
        window = TimeWindow(end - timedelta(hours=1), end)
        metric: dict[str, Json] = {
            "Id": "m0",
            "MetricStat": {"Metric": listed[0] if listed else _ANY, "Period": 60, "Stat": "Average"},
        }
        with ask.look(query="GetMetricData", window=window):
            for _ in answers(ask.client(), Request((metric,), window)):
                pass

    def collect(self, ask: Asks, planned: Sequence[Estimate], /) -> None:
        """Ask for the alarm's own series, list, choose, and ask for the chosen; the window's range first."""
        now = self._clock()
        asked = _asked_ranges(ask, now)
        if not asked:
            with ask.look(table="metrics", window=ask.incident.window.window) as look:
                look.skip("metrics_not_kept", days=LONGEST_KEPT.days)
            return
        _own(ask, asked, now)
        chosen = _chosen(ask, asked, now)
        period = period_for(asked, now)
        for window in _whole_periods(asked, period, now):
            if chosen:
                fetch(ask, queries_of(chosen, period), window, period)


source = CloudWatchMetrics()


def _asked_ranges(ask: Asks, now: datetime) -> list[TimeWindow]:
    """Return the ranges to ask for, the one with the window first; what CloudWatch no longer keeps is left out."""
    window = ask.incident.window.window
    first = now - LONGEST_KEPT
    kept = [w for w in (window, *ask.incident.baselines) if first < w.end and w.start < now]
    clipped = [TimeWindow(max(w.start, first), min(w.end, now)) for w in kept]
    return sorted(ranges(clipped), key=lambda r: (not r.overlaps(window), r.start))


def _whole_periods(asked: Sequence[TimeWindow], period_s: int, now: datetime) -> Iterator[TimeWindow]:
    for window in asked:
        if (found := on_periods(window, period_s, now)) is not None:
            yield found


def _own(ask: Asks, asked: Sequence[TimeWindow], now: datetime) -> None:
    """Fetch the series that the alarm's own query asks for; metric math is computed by CloudWatch, as for the alarm."""
    alarm, place = ask.incident.alarm, ask.account
    if alarm is None or (alarm.account or place.id, alarm.region or place.region) != (place.id, place.region):
        return
    queries = alarm_queries(alarm, kept_period(now - min(window.start for window in asked)))
    period = max([_period(query) for query in queries], default=60)
    for window in _whole_periods(asked, period, now) if queries else ():
        request = Request(tuple(queries), window)
        with ask.look(table="metrics", query=shown(request, period), window=window) as look:
            if not ask.budget.take(usd=usd_of(ask, len(queries))):
                look.skip("aws_over_budget", usd=usd_of(ask, len(queries)), left=ask.budget.usd_left)
                continue
            _add(ask, look, [request], service=alarm.service)


def _period(query: dict[str, Json]) -> int:
    return whole(at(query, "MetricStat", "Period")) or whole(at(query, "Period")) or 60


def _chosen(ask: Asks, asked: Sequence[TimeWindow], now: datetime) -> list[Asked]:
    """List all metrics and return the series to ask for: the best, as many as settings and budget allow."""
    settings, alarm, listing = ask.settings, ask.incident.alarm, Listing()
    end = ask.incident.window.window.end
    recent = end >= now - RECENT
    todo = parts(settings.namespaces, near=alarm.dimensions if alarm else {}, recent=recent)
    chosen: list[Asked] = []
    with ask.look(query="; ".join(str(part) for part in todo)) as look:
        error = list_metrics(ask.client(), todo, ask.deadline, into=listing)
        choice = choose(listing, ask.incident, settings, recent=recent and error is None)
        look.scanned(rows=len(listing.metrics), matched=len(listing.metrics) - choice.out_of_scope)
        if choice.stopped:
            look.gaps.add("note_metrics_stopped", len(choice.stopped), str(choice.stopped[0]))
        if listing.unfinished:
            look.partial("metrics_listing_cut", n=len(listing.metrics))
        if end < now - LISTED_FOR:
            look.partial("metrics_not_listed", days=LISTED_FOR.days)
        chosen = _affordable(ask, look, choice.asked, times=len(asked))
        if error is not None:
            raise error
    return chosen


def _affordable(ask: Asks, look: Look, series: Sequence[Asked], *, times: int) -> list[Asked]:
    """Return the first series that the settings and the budget allow; how many are left out is told."""
    allowed = series[: ask.settings.max_metrics]
    if len(series) > len(allowed):
        look.partial("metrics_left_out", n=len(series) - len(allowed), kept=len(allowed))
    left = ask.budget.usd_left
    price = usd_of(ask, times)
    fitting = len(allowed) if left is None or not price else min(len(allowed), int(left / price))
    while fitting and not ask.budget.take(usd=fitting * price):
        fitting //= 2  # other sources spend from the same budget
    if allowed and not fitting:
        look.partial("aws_over_budget", usd=usd_of(ask, len(allowed) * times), left=ask.budget.usd_left)
    elif fitting < len(allowed):
        look.partial("metrics_narrowed", n=len(allowed) - fitting, kept=fitting)
    return list(allowed[:fitting])


def fetch(ask: Asks, queries: Queries, window: TimeWindow, period_s: int) -> None:
    """Ask for series over a range, in one look of the table `metrics`. What they cost is reserved before."""
    query = shown(Request(tuple(queries), window), period_s)
    with ask.look(table="metrics", query=query, window=window) as look:
        _add(ask, look, requests(queries, window, period_s), service=None)


def _add(ask: Asks, look: Look, asked: Sequence[Request], *, service: str | None) -> None:
    """Ask side by side and keep the rows; the first error is raised when all have ended and their rows are kept."""
    client = ask.client()

    def all_of(request: Request) -> tuple[list[Json], Exception | None]:
        got: list[Json] = []
        try:
            for page in answers(client, request):
                got.append(page)
        except Exception as error:  # raised below, when the others have ended
            return got, error
        return got, None

    errors = []
    for got, error in each(all_of, asked, at_most=_AT_ONCE):
        for rows in batches("metrics", metric_points(got, look.gaps, service=service)):
            look.add(rows)
        errors += [error] if error else []
    look.scanned(usd=usd_of(ask, sum(len(request.queries) for request in asked)))
    if errors:
        raise errors[0]


def usd_of(ask: Ask[Any], series: int) -> float:
    """Return what so many series cost to ask for once."""
    return round(series * ask.prices.metrics_1000 / 1000, 6)
