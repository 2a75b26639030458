"""No JSON, wherever it stands, makes a structured source fail other than by saying why."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from exported_file import exported, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_aws_config import item
from test_cloudtrail import record
from test_cloudwatch_metrics import QUERY, RESULT
from test_guardduty import finding as guardduty_finding
from test_otlp_traces import request, span
from test_security_hub import finding as asff_finding
from test_xray_traces import REQUEST, TRACE

from fa2.core.errors import UnusableInput
from fa2.core.messages import catalogue
from fa2.core.ports import Gaps, LocalSource
from fa2.sources.local import (
    aws_config,
    cloudtrail,
    cloudwatch_metrics,
    guardduty,
    otlp_logs,
    otlp_metrics,
    otlp_traces,
    security_hub,
    xray_traces,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "1795143600", "2026-11-20T03:00:00Z", "{", "[1]", "9" * 30, "\u0000"])
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
LOG: Any = {"timeUnixNano": "1", "body": {"kvlistValue": {"values": [{"key": "a", "value": {}}]}}}
POINT: Any = {"timeUnixNano": "1795143600000000000", "asDouble": 1.0, "count": "2", "sum": 3}
METRIC: Any = {
    "name": "m",
    "sum": {"isMonotonic": True, "aggregationTemporality": 2, "dataPoints": [POINT, POINT]},
    "histogram": {"aggregationTemporality": 1, "dataPoints": [POINT]},
}
STATISTICS: Any = {"Label": "a", "Datapoints": [{"Timestamp": "2026-11-20T03:00:00Z", "Sum": 1}]}
CASES: list[tuple[LocalSource, Any]] = [
    (otlp_traces.source, request(span(kind=3, status={"code": 2}, events=[{"name": "exception"}]))),
    (otlp_logs.source, {"resourceLogs": [{"resource": {}, "scopeLogs": [{"logRecords": [LOG]}]}]}),
    (otlp_metrics.source, {"resourceMetrics": [{"scopeMetrics": [{"metrics": [METRIC]}]}]}),
    (
        xray_traces.source,
        {"Traces": [{"Id": TRACE, "Segments": [{"Id": "a", "Document": REQUEST}]}]},
    ),
    (xray_traces.source, {"trace_id": TRACE, **REQUEST}),
    (cloudtrail.source, {"Records": [record("lambda", "UpdateCode", {"functionName": "a"})]}),
    (cloudwatch_metrics.source, {"MetricDataQueries": [QUERY], "MetricDataResults": [RESULT]}),
    (cloudwatch_metrics.source, STATISTICS),
    (aws_config.source, {"configurationItems": [item(1, {"a": 1}), item(2, {"a": 2})]}),
    (security_hub.source, {"Findings": [asff_finding()]}),
    (guardduty.source, {"Findings": [guardduty_finding()]}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inner for place in places(below, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    if not path:
        return value
    held = changed
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = value
    return changed


@pytest.mark.parametrize(("source", "document"), CASES, ids=lambda case: getattr(case, "name", ""))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_is_read_or_counted(source: LocalSource, document: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(document)))
    file = exported(json.dumps(replaced(document, place, data.draw(VALUES))))
    source.recognise(file.head())
    gaps = Gaps()
    with contextlib.suppress(UnusableInput):
        tables_of(source, file, gaps)
    for code, count in gaps.counts.items():
        for language in ("en", "ja"):
            assert catalogue(language).text(f"coverage.{code}", n=count, example="x")


@pytest.mark.parametrize(("source", "document"), CASES, ids=lambda case: getattr(case, "name", ""))
def test_each_file_is_taken_by_its_own_source_only(source: LocalSource, document: Any) -> None:
    head = exported(document, "anything").head()
    taken = {other.name: other.recognise(head) for other, _ in CASES}
    assert max(taken, key=lambda name: taken[name]) == source.name
    assert sum(sure > 0 for sure in taken.values()) == 1
