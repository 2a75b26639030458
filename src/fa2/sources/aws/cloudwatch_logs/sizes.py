"""What log groups took in over some times, by CloudWatch's own metrics: what queries over them will scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.local.json_values import Json, at, items, number, text

_AT_ONCE = 500
_NAMESPACE, _METRIC = "AWS/Logs", "IncomingBytes"
_FINE_S, _COARSE_S = 300, 3600
_FINE_FOR = timedelta(hours=12)
_FOR_EVER_DAYS = 365
"""For how long log groups that keep everything are taken to have kept it."""


def bytes_taken_in(client: Any, names: Sequence[str], window: TimeWindow) -> dict[str, int]:
    """Return the bytes that each log group took in during a time; those without any are left out.

    client: of CloudWatch. One call for each 500 log groups. By the time of taking in, not of the events.
    """
    found: dict[str, int] = {}
    period = _FINE_S if window.duration <= _FINE_FOR else _COARSE_S
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        asked = [_asked(n, name, period) for n, name in enumerate(part)]
        times: dict[str, Any] = {"StartTime": window.start, "EndTime": window.end}
        answers = pages(client, "get_metric_data", holding="MetricDataResults", MetricDataQueries=asked, **times)
        for answer in answers:
            for id, size in _sums(answer):
                if size > 0 and id < len(part):
                    found[part[id]] = found.get(part[id], 0) + int(size)
    return found


def taking_in(client: Any) -> list[str]:
    """Return the log groups that took in anything within two weeks. One call of CloudWatch for each 500."""
    found: dict[str, None] = {}
    for page in pages(client, "list_metrics", holding="Metrics", Namespace=_NAMESPACE, MetricName=_METRIC):
        for metric in items(at(page, "Metrics")):
            dimensions = items(at(metric, "Dimensions"))
            if len(dimensions) == 1 and at(dimensions[0], "Name") == "LogGroupName":
                found[text(at(dimensions[0], "Value")) or ""] = None
    return [name for name in found if name]


def share_of_stored(group: LogGroup, window: TimeWindow) -> int:
    """Return a log group's bytes in a time as its share of all that is stored, for where no metric tells."""
    known = timedelta(days=_FOR_EVER_DAYS)
    if group.created_ms:
        known = min(known, max(window.duration, window.end - datetime.fromtimestamp(group.created_ms / 1000, UTC)))
    kept = min(known, timedelta(days=group.retention_days)) if group.retention_days else known
    return int(min(1.0, window.duration / kept) * group.stored_bytes)


def _asked(n: int, name: str, period: int) -> Mapping[str, object]:
    metric = {"Namespace": _NAMESPACE, "MetricName": _METRIC, "Dimensions": [{"Name": "LogGroupName", "Value": name}]}
    return {"Id": f"g{n}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}}


def _sums(answer: Json) -> Iterator[tuple[int, float]]:
    for result in items(at(answer, "MetricDataResults")):
        id = text(at(result, "Id")) or ""
        values = [value for said in items(at(result, "Values")) if (value := number(said)) is not None]
        if id[1:].isdigit():
            yield int(id[1:]), sum(values)
