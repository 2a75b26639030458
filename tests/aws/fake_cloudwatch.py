"""CloudWatch metrics and alarms, with the limits on what is listed, kept and given at once."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from answers import given, page, without
from loopback import ACCOUNT, REGION
from wire import AwsError, Params

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
_KEPT = ((60, 3 / 24), (300, 15), (3600, 63), (10**9, 455))
"""Periods below the first are kept for so many days: 1 s for 3 hours, 60 s for 15 days, 300 s for 63, 3600 s for 455."""
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": math.fsum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")

Series = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass
class FakeCloudWatch:
    """Metrics and alarms of one account and region. Fill by `put` and `alarm`."""

    now: datetime
    page_size: int = 500
    """Metrics of a page of ListMetrics; AWS gives 500."""
    most_datapoints: int = MAX_DATAPOINTS
    """Values that an answer of GetMetricData has at most, whatever it asks for."""
    series: dict[Series, list[tuple[datetime, float]]] = field(default_factory=dict)
    alarms: list[dict[str, object]] = field(default_factory=list)
    history: list[dict[str, object]] = field(default_factory=list)
    service = "cloudwatch"

    def put(self, namespace: str, name: str, values: Iterable[tuple[datetime, float]], **dimensions: str) -> Series:
        """Add values of a metric; several of one time are samples of it."""
        key = (namespace, name, tuple(sorted(dimensions.items())))
        known, new = self.series.setdefault(key, []), sorted(values)
        in_order = not known or not new or known[-1] <= new[0]
        known.extend(new)
        if not in_order:
            known.sort()
        return key

    def alarm(self, name: str, metric: Series, *, since: datetime, **about: object) -> dict[str, object]:
        """Add an alarm that went off at a time, with the state's reason as CloudWatch writes it, and its history.

        about: members of MetricAlarm that shall be otherwise; `values` are the recent datapoints.
        """
        values = about.pop("values", [1.0])
        namespace, metric_name, dimensions = metric
        made: dict[str, Any] = {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
            "ActionsEnabled": True,
            "AlarmActions": [],
            "StateValue": "ALARM",
            "StateUpdatedTimestamp": since,
            "Namespace": namespace,
            "MetricName": metric_name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            **about,
        }
        made.setdefault(
            "StateReason", f"Threshold Crossed: 1 datapoint {values} crossed the threshold ({made['Threshold']})."
        )
        made.setdefault("StateReasonData", json.dumps(_reason(made, values, since)))
        self.alarms.append(made)
        states = {
            "oldState": {"stateValue": "OK"},
            "newState": {"stateValue": made["StateValue"], "stateReason": made["StateReason"]},
        }
        self.history.append(
            {
                "AlarmName": name,
                "AlarmType": "MetricAlarm",
                "Timestamp": since,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from OK to {made['StateValue']}",
                "HistoryData": json.dumps({"version": "1.0", **states}),
            }
        )
        return made

    def list_metrics(self, params: Params) -> dict[str, object]:
        """Give metrics by name that had values in the last two weeks, or three hours."""
        reach = timedelta(hours=3) if params.get("RecentlyActive") else timedelta(days=14)
        asked: Any = params.get("Dimensions", ())
        found = [
            {"Namespace": key[0], "MetricName": key[1], "Dimensions": [{"Name": n, "Value": v} for n, v in key[2]]}
            for key, values in sorted(self.series.items())
            if values[-1][0] >= self.now - reach
            and params.get("Namespace") in (None, key[0])
            and params.get("MetricName") in (None, key[1])
            and all(any(n == d["Name"] and d.get("Value") in (None, v) for n, v in key[2]) for d in asked)
        ]
        rows, token = page(found, without(params, "NextToken"), size=self.page_size, token=params.get("NextToken"))
        return given(Metrics=rows, NextToken=token)

    def get_metric_data(self, params: Params) -> dict[str, object]:
        """Give values of up to 500 queries; `PartialData` and a token where there are too many at once."""
        queries: Any = params["MetricDataQueries"]
        start, end = params["StartTime"], params["EndTime"]
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        _check(queries, start, end)
        ascending = params.get("ScanBy") == "TimestampAscending"
        points = [
            (n, moment, value)
            for n, query in enumerate(queries)
            for moment, value in sorted(self._values(query, start, end), reverse=not ascending)
        ]
        most = min(int(str(params.get("MaxDatapoints", MAX_DATAPOINTS))), self.most_datapoints)
        shown, token = page(points, without(params, "NextToken"), size=most, token=params.get("NextToken"))
        unfinished = {n for n, *_ in points[points.index(shown[-1]) + 1 :]} if token else set()
        results = [
            {
                "Id": query["Id"],
                "Label": query.get("Label") or query["MetricStat"]["Metric"]["MetricName"],
                "Timestamps": [moment for of, moment, _ in shown if of == n],
                "Values": [value for of, _, value in shown if of == n],
                "StatusCode": "PartialData" if n in unfinished else "Complete",
            }
            for n, query in enumerate(queries)
        ]
        return given(MetricDataResults=results, NextToken=token)

    def describe_alarms(self, params: Params) -> dict[str, object]:
        """Give metric alarms by name."""
        names: Any = params.get("AlarmNames")
        found = [
            alarm
            for alarm in sorted(self.alarms, key=lambda a: str(a["AlarmName"]))
            if (names is None or alarm["AlarmName"] in names)
            and str(alarm["AlarmName"]).startswith(str(params.get("AlarmNamePrefix", "")))
            and params.get("StateValue") in (None, alarm["StateValue"])
        ]
        kept = without(params, "NextToken", "MaxRecords")
        size = int(str(params.get("MaxRecords", 50)))
        rows, token = page(found, kept, size=size, token=params.get("NextToken"))
        return given(MetricAlarms=rows, CompositeAlarms=[], NextToken=token)

    def describe_alarm_history(self, params: Params) -> dict[str, object]:
        """Give what happened to alarms, the latest first."""
        start, end = params.get("StartDate"), params.get("EndDate")
        found = [
            item
            for item in sorted(
                self.history, key=lambda i: str(i["Timestamp"]), reverse=params.get("ScanBy") != "TimestampAscending"
            )
            if params.get("AlarmName") in (None, item["AlarmName"])
            and params.get("HistoryItemType") in (None, item["HistoryItemType"])
            and (start is None or item["Timestamp"] >= start)  # type: ignore[operator]
            and (end is None or item["Timestamp"] <= end)  # type: ignore[operator]
        ]
        kept = without(params, "NextToken", "MaxRecords")
        rows, token = page(found, kept, size=int(str(params.get("MaxRecords", 100))), token=params.get("NextToken"))
        return given(AlarmHistoryItems=rows, NextToken=token)

    def _values(self, query: Mapping[str, Any], start: datetime, end: datetime) -> list[tuple[datetime, float]]:
        stat = query["MetricStat"]
        metric, period = stat["Metric"], int(stat["Period"])
        dimensions = tuple(sorted((d["Name"], d["Value"]) for d in metric.get("Dimensions", ())))
        values = self.series.get((metric["Namespace"], metric["MetricName"], dimensions), [])
        kept = next(days for below, days in _KEPT if period < below)
        first = max(start, self.now - timedelta(days=kept))
        within = values[bisect_left(values, (first,)) : bisect_left(values, (end,))]
        buckets: dict[float, list[float]] = {}
        for moment, value in within:
            buckets.setdefault(moment.timestamp() // period * period, []).append(value)
        return [
            (datetime.fromtimestamp(at, start.tzinfo), _statistic(stat["Stat"], found)) for at, found in buckets.items()
        ]


def _check(queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime) -> None:
    if len(queries) > MAX_QUERIES:
        raise AwsError(
            "ValidationError", f"The collection MetricDataQueries must not have more than {MAX_QUERIES} elements."
        )
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids) or not all(re.fullmatch(r"[a-z]\w*", id, re.ASCII) for id in ids):
        raise AwsError("ValidationError", "Ids must be unique and begin with a lower-case letter.")
    for query in queries:
        if "MetricStat" not in query:
            raise AwsError("ValidationError", "Expressions are not evaluated here.")
        period, stat = int(query["MetricStat"]["Period"]), query["MetricStat"]["Stat"]
        if period not in (1, 5, 10, 20, 30) and period % 60:
            raise AwsError("ValidationError", f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60.")
        if stat not in _STATISTICS and not _PERCENTILE.fullmatch(stat):
            raise AwsError("ValidationError", f"The value {stat} for parameter Stat is not supported.")


def _statistic(name: str, values: Sequence[float]) -> float:
    if name in _STATISTICS:
        return float(_STATISTICS[name](values))
    ordered = sorted(values)
    place = (len(ordered) - 1) * float(name[1:]) / 100
    low = math.floor(place)
    return ordered[low] + (ordered[math.ceil(place)] - ordered[low]) * (place - low)


def _reason(alarm: Mapping[str, Any], values: object, since: datetime) -> dict[str, object]:
    written = since.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "version": "1.0",
        "queryDate": written,
        "startDate": (since - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "statistic": alarm["Statistic"],
        "period": alarm["Period"],
        "recentDatapoints": values,
        "threshold": alarm["Threshold"],
    }
