"""CloudWatch metrics as the CLI prints them: get-metric-data and get-metric-statistics.

The output alone lacks namespace, dimensions, period and statistic. Where a file also holds the
request (MetricDataQueries beside MetricDataResults) they are joined by Id; otherwise the label is
read, the period is the smallest step between points, and what stays unknown is called “unknown”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import (
    Json,
    at,
    items,
    json_text,
    mapping,
    micros,
    number,
    text,
    whole,
)
from fa2.sources.local.metric_services import (
    instance_of_dimensions,
    read_label,
    service_of_dimensions,
    stat_named,
)
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.service_names import service_of

_PERIOD_S = 60
"""Taken where there is a single point."""
_UNKNOWN = "unknown"
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True)
class _Series:
    name: str
    namespace: str = _UNKNOWN
    stat: str = _UNKNOWN
    unit: str | None = None
    period_s: int | None = None
    service: str | None = None
    dimensions: dict[str, str] = field(default_factory=dict)


class CloudWatchMetrics:
    """Reads the output of get-metric-data and get-metric-statistics."""

    name = "cloudwatch_metrics"
    tables: tuple[str, ...] = ("metrics",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for MetricDataResults, 0.9 for Datapoints with statistics."""
        document = peek(head.head)
        if isinstance(at(document, "MetricDataResults"), list):
            return 1.0
        if isinstance(at(document, "MetricDataQueries"), list):
            return 0.8
        if not isinstance(at(document, "Datapoints"), list):
            return 0.0
        point = mapping(at(document, "Datapoints", 0))
        known = any(s in point for s in (*_STATISTICS, "ExtendedStatistics"))
        return 0.9 if known or (not point and text(at(document, "Label"))) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield metric points.

        Counts cloudwatch_point (no time or no number), cloudwatch_status (a series whose StatusCode
        is not Complete), cloudwatch_message (what CloudWatch said of the whole answer),
        aws_more_pages, and note_cloudwatch_request_missing (only the label is known).
        """
        yield from batches("metrics", _points(file, gaps))


source = CloudWatchMetrics()


def _points(file: LocalFile, gaps: Gaps) -> Iterator[Row]:
    def told() -> Iterator[Json]:
        for document in documents(file, gaps):
            if text(at(document, "NextToken")):
                gaps.add("aws_more_pages", 1, file.name)
            yield document

    yield from metric_points(told(), gaps, service=service_of(file.name))


def metric_points(answers: Iterable[Json], gaps: Gaps, *, service: str | None = None) -> Iterator[Row]:
    """Yield the points in answers of GetMetricData or GetMetricStatistics as rows of `metrics`.

    A request's MetricDataQueries may stand in the same document or in an earlier one. service: where dimensions name
    none. Counts the gaps that `CloudWatchMetrics.read` names.
    """
    queries: dict[str, Json] = {}
    for document in answers:
        queries |= {str(at(q, "Id")): q for q in items(at(document, "MetricDataQueries")) if at(q, "Id")}
        for message in items(at(document, "Messages")):
            said = " ".join(p for k in ("Code", "Value") if (p := text(at(message, k))))
            gaps.add("cloudwatch_message", 1, said)
        for result in items(at(document, "MetricDataResults")):
            yield from _of_result(result, queries, service, gaps)
        if isinstance(at(document, "Datapoints"), list):
            yield from _of_statistics(document, service, gaps)


def _of_result(result: Json, queries: dict[str, Json], from_name: str | None, gaps: Gaps) -> Iterator[Row]:
    label = text(at(result, "Label")) or text(at(result, "Id")) or _UNKNOWN
    status = text(at(result, "StatusCode")) or "Complete"
    if status != "Complete":
        gaps.add("cloudwatch_status", 1, f"{label}: {status}")
    for message in items(at(result, "Messages")):
        gaps.add("cloudwatch_message", 1, f"{label}: {text(at(message, 'Value'))}")
    query = queries.get(str(at(result, "Id")))
    if query is None:
        gaps.add("note_cloudwatch_request_missing", 1, label)
    series = _from_query(query, label) if query is not None else _from_label(label)
    times, values = items(at(result, "Timestamps")), items(at(result, "Values"))
    if len(times) != len(values):
        gaps.add("cloudwatch_point", abs(len(times) - len(values)), label)
    points = _measured(zip(times, values, strict=False), label, gaps)
    yield from _rows(series, points, from_name)


def _of_statistics(document: Json, from_name: str | None, gaps: Gaps) -> Iterator[Row]:
    label = text(at(document, "Label")) or _UNKNOWN
    series = _stated(document, _from_label(text(at(document, "MetricName")) or label))
    if series.namespace == _UNKNOWN:
        gaps.add("note_cloudwatch_request_missing", 1, label)
    found: dict[tuple[str, str | None], list[tuple[Json, Json]]] = {}
    for point in items(at(document, "Datapoints")):
        values = {**mapping(at(point, "ExtendedStatistics"))}
        values |= {stat: at(point, stat) for stat in _STATISTICS if stat in mapping(point)}
        if not values:
            gaps.add("cloudwatch_point", 1, f"{label} {json_text(point)}")
        for stat, value in values.items():
            key = (stat_named(stat) or stat, text(at(point, "Unit")))
            found.setdefault(key, []).append((at(point, "Timestamp"), value))
    for (stat, unit), pairs in found.items():
        points = _measured(iter(pairs), label, gaps)
        yield from _rows(replace(series, stat=stat, unit=unit or series.unit), points, from_name)


def _measured(pairs: Iterator[tuple[Json, Json]], label: str, gaps: Gaps) -> list[tuple[int, float]]:
    points = []
    for stamp, reading in pairs:
        time, value = micros(stamp), number(reading)
        if time is None or value is None:
            gaps.add("cloudwatch_point", 1, f"{label} {json_text([stamp, reading])}")
        else:
            points.append((time, value))
    return sorted(points)


def _rows(series: _Series, points: list[tuple[int, float]], from_name: str | None) -> Iterator[Row]:
    steps = [b[0] - a[0] for a, b in pairwise(points) if b[0] > a[0]]
    period = series.period_s or (max(1, round(min(steps) / 1e6)) if steps else _PERIOD_S)
    fixed = {
        "service": series.service or service_of_dimensions(series.dimensions) or from_name,
        "resource": instance_of_dimensions(series.dimensions),
        "namespace": series.namespace,
        "name": series.name,
        "dimensions": json_text(series.dimensions),
        "stat": series.stat,
        "unit": series.unit if series.unit != "None" else None,
        "period_s": period,
    }
    for time, value in points:
        yield {**fixed, "timestamp": time, "value": value}


def _from_label(label: str) -> _Series:
    read = read_label(label)
    return _Series(
        read.name,
        read.namespace or _UNKNOWN,
        read.stat or _UNKNOWN,
        service=read.service,
        dimensions=dict(read.dimensions),
    )


def _from_query(query: Json, label: str) -> _Series:
    """Return the series that a query asked for; of an expression, what its label says."""
    stated = at(query, "MetricStat")
    if not mapping(stated):
        said = _Series(label) if text(at(query, "Label")) == label else _from_label(label)
        stat = "expression" if said.stat == _UNKNOWN else said.stat
        return replace(said, namespace="expression", stat=stat, period_s=_period(at(query, "Period")))
    metric = mapping(at(stated, "Metric"))
    series = _stated({**metric, "Unit": at(stated, "Unit")}, _Series(label))
    stat = text(at(stated, "Stat")) or _UNKNOWN
    return replace(series, stat=stat_named(stat) or stat, period_s=_period(at(stated, "Period")))


_UNITS = {
    ("AWS/Lambda", "Duration"): "Milliseconds",
    ("AWS/ApiGateway", "Latency"): "Milliseconds",
    ("AWS/ApiGateway", "IntegrationLatency"): "Milliseconds",
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): "Milliseconds",
    ("AWS/ApplicationELB", "TargetResponseTime"): "Seconds",
    ("AWS/RDS", "ReadLatency"): "Seconds",
    ("AWS/RDS", "WriteLatency"): "Seconds",
}
"""Units that AWS documents for latencies; get-metric-data does not repeat them."""


def _stated(metric: Json, otherwise: _Series) -> _Series:
    dimensions = {
        name: value
        for pair in items(at(metric, "Dimensions"))
        if (name := text(at(pair, "Name"))) and (value := text(at(pair, "Value")))
    }
    name = text(at(metric, "MetricName")) or otherwise.name
    namespace = text(at(metric, "Namespace")) or otherwise.namespace
    return replace(
        otherwise,
        name=name,
        namespace=namespace,
        unit=text(at(metric, "Unit")) or otherwise.unit or _UNITS.get((namespace, name)),
        period_s=_period(at(metric, "Period")) or otherwise.period_s,
        dimensions=dimensions or otherwise.dimensions,
    )


def _period(value: Json) -> int | None:
    seconds = whole(value)
    return seconds if seconds is not None and 0 < seconds < 2**31 else None
