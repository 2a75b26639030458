"""Values of many metrics: GetMetricData in few requests, its pages and its partial answers put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fa2.core.incident import Alarm, AlarmMetric
from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.cloudwatch_metrics.choice import Asked
from fa2.sources.aws.cloudwatch_metrics.ranges import points_in
from fa2.sources.local.json_values import Json, at, items, mapping, text

MAX_QUERIES = 500
MAX_POINTS = 100_800
"""What AWS gives in one answer; requests are cut so that one is enough, which lets them run side by side."""
_AGAIN = ("PartialData", "InternalError")
_SHOWN = 1500
"""Characters of a request that coverage shows."""
Queries = list[dict[str, Json]]


@dataclass(frozen=True)
class Request:
    """One request of GetMetricData."""

    queries: tuple[dict[str, Json], ...]
    window: TimeWindow

    @property
    def parameters(self) -> dict[str, Any]:
        """What boto3 takes. The newest points come first, so that what is cut off is the oldest."""
        return {
            "MetricDataQueries": list(self.queries),
            "StartTime": self.window.start,
            "EndTime": self.window.end,
            "ScanBy": "TimestampDescending",
        }


def queries_of(asked: Iterable[Asked], period_s: int) -> Queries:
    """Return the queries for some series; ids are in their order."""
    return [
        {
            "Id": f"m{n}",
            "MetricStat": {
                "Metric": _metric(a.metric.namespace, a.metric.name, dict(a.metric.dimensions)),
                "Period": a.period_s or period_s,
                "Stat": a.stat,
            },
            "ReturnData": True,
        }
        for n, a in enumerate(asked)
    ]


def alarm_queries(alarm: Alarm, least_period_s: int) -> Queries:
    """Return the queries by which an alarm is computed, in its own statistic and period; none where they are not known.

    least_period_s: the finest that CloudWatch still keeps for these times.
    """
    if alarm.metrics:
        return [_of_part(part, least_period_s) for part in alarm.metrics]
    if not alarm.namespace or not alarm.metric:
        return []
    stated: dict[str, Json] = {
        "Metric": _metric(alarm.namespace, alarm.metric, alarm.dimensions),
        "Period": _multiple(alarm.period_s, least_period_s),
        "Stat": alarm.stat or "Average",
    }
    return [{"Id": "alarm", "MetricStat": {**stated, **_unit(alarm.unit)}, "ReturnData": True}]


def requests(queries: Sequence[dict[str, Json]], window: TimeWindow, period_s: int) -> list[Request]:
    """Return requests of at most 500 queries and about 100,800 points each."""
    size = max(1, min(MAX_QUERIES, MAX_POINTS // points_in(window, period_s)))
    waiting = iter(queries)
    return [Request(tuple(chunk), window) for chunk in iter(lambda: list(islice(waiting, size)), [])]


def answers(client: Any, request: Request) -> Iterator[Json]:
    """Yield the pages of a request, each with its queries; once more what AWS did not give completely.

    A series that goes on on the next page is “PartialData” there and no gap: only the last word on each is left in.
    One call for each page. Raises what the client raises, and MalformedAnswer for pages without end.
    """
    said: dict[str, Json] = {}
    seen: set[tuple[str, str]] = set()
    yield from _pages(client, request, said, seen)
    again = [q for q in request.queries if at(said.get(str(q["Id"])), "StatusCode") in _AGAIN]
    if again and not any("Expression" in query for query in request.queries):
        yield from _pages(client, Request(tuple(again), request.window), said, seen)
    yield {"MetricDataQueries": list(request.queries), "MetricDataResults": _unfinished(said)}


def _pages(client: Any, request: Request, said: dict[str, Json], seen: set[tuple[str, str]]) -> Iterator[Json]:
    for page in pages(client, "get_metric_data", holding="MetricDataResults", **request.parameters):
        results: list[Json] = []
        for result in items(at(page, "MetricDataResults")):
            said[str(at(result, "Id"))] = {**mapping(result), "Timestamps": [], "Values": [], "Messages": []}
            results.append(_new(result, seen))
        yield {**mapping(page), "MetricDataQueries": list(request.queries), "MetricDataResults": results}


def _new(result: Json, seen: set[tuple[str, str]]) -> Json:
    """Return the points that did not come before, with the status left out: a page later it may be another."""
    id, label = str(at(result, "Id")), str(at(result, "Label"))
    stamps, values = items(at(result, "Timestamps")), items(at(result, "Values"))
    fresh = [(t, v) for t, v in zip(stamps, values, strict=False) if (f"{id} {label}", str(t)) not in seen]
    seen.update((f"{id} {label}", str(t)) for t, _ in fresh)
    lost = [None] * abs(len(stamps) - len(values))  # one list is longer: the reader counts what has no partner
    held = {**mapping(result), "Timestamps": [*(t for t, _ in fresh), *lost], "Values": [v for _, v in fresh]}
    return {key: value for key, value in held.items() if key != "StatusCode"}


def _unfinished(said: Mapping[str, Json]) -> list[Json]:
    return [result for result in said.values() if at(result, "StatusCode") not in (None, "Complete")]


def shown(request: Request, period_s: int) -> str:
    """Return a request for coverage: what can be read, and how much more there is."""
    head = f"GetMetricData Period={period_s} ({len(request.queries)}):"
    told = [_shown_query(query) for query in request.queries]
    fitting = 0
    while fitting < len(told) and sum(map(len, told[: fitting + 1])) < _SHOWN:
        fitting += 1
    more = [f"… +{len(told) - fitting}"] if fitting < len(told) else []
    return "; ".join([f"{head} {told[0]}" if told else head, *told[1:fitting], *more])


def _shown_query(query: dict[str, Json]) -> str:
    if expression := text(at(query, "Expression")):
        return f"{query['Id']} = {expression}"
    metric = at(query, "MetricStat", "Metric")
    pairs = [f"{at(pair, 'Name')}={at(pair, 'Value')}" for pair in items(at(metric, "Dimensions"))]
    return " ".join(
        [str(at(metric, "Namespace")), str(at(metric, "MetricName")), str(at(query, "MetricStat", "Stat")), *pairs]
    )


def _of_part(part: AlarmMetric, least_period_s: int) -> dict[str, Json]:
    query: dict[str, Json] = {"Id": part.id, "ReturnData": True}
    if part.label:
        query["Label"] = part.label
    if part.account:
        query["AccountId"] = part.account
    period = _multiple(part.period_s, least_period_s)
    if part.expression:
        return {**query, "Expression": part.expression, **({"Period": period} if part.period_s else {})}
    metric = _metric(part.namespace or "", part.metric or "", part.dimensions)
    stated: dict[str, Json] = {"Metric": metric, "Period": period, "Stat": part.stat or "Average", **_unit(part.unit)}
    return {**query, "MetricStat": stated}


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Json]:
    pairs: list[Json] = [{"Name": key, "Value": value} for key, value in sorted(dimensions.items())]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}


def _unit(unit: str | None) -> dict[str, Json]:
    return {"Unit": unit} if unit and unit != "None" else {}


def _multiple(period_s: int | None, least_s: int) -> int:
    """Return an alarm's period; coarser only where CloudWatch no longer keeps it so fine."""
    return -(-(period_s or least_s) // least_s) * least_s
