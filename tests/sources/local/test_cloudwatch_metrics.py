"""Tests of CloudWatch's metrics; shapes follow the API reference of GetMetricData."""

from __future__ import annotations

import pytest
from exported_file import Row, exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local.cloudwatch_metrics import source
from fa2.sources.local.json_values import Json
from fa2.sources.local.metric_services import read_label, service_of_dimensions

RESULT: Json = {
    "Id": "m1",
    "Label": "checkout Errors",
    "Timestamps": ["2026-11-20T03:05:00+00:00", "2026-11-20T03:00:00+00:00"],
    "Values": [2.0, 1.0],
    "StatusCode": "Complete",
}
QUERY: Json = {
    "Id": "m1",
    "MetricStat": {
        "Metric": {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [
                {"Name": "FunctionName", "Value": "checkout"},
                {"Name": "Resource", "Value": "checkout:live"},
            ],
        },
        "Period": 60,
        "Stat": "p99.9",
        "Unit": "Count",
    },
}


def read(document: Json, gaps: Gaps | None = None) -> list[Row]:
    file = exported(document)
    assert source.recognise(file.head()) >= 0.8
    return rows_of(source, file, gaps)


def test_request_and_answer_in_one_file_make_the_series_complete() -> None:
    gaps = Gaps()
    rows = read({"MetricDataQueries": [QUERY], "MetricDataResults": [RESULT], "Messages": []}, gaps)
    assert rows[0] == {
        "timestamp": 1795143600000000,
        "service": "checkout",
        "resource": "checkout:live",
        "namespace": "AWS/Lambda",
        "name": "Errors",
        "dimensions": '{"FunctionName":"checkout","Resource":"checkout:live"}',
        "stat": "p99.9",
        "unit": "Count",
        "period_s": 60,
        "value": 1.0,
    }
    assert not gaps.counts


def test_the_answer_alone_is_read_by_its_label_and_says_so() -> None:
    gaps = Gaps()
    rows = read({"MetricDataResults": [RESULT]}, gaps)
    assert [(r["service"], r["namespace"], r["name"], r["stat"], r["period_s"], r["value"]) for r in rows] == [
        ("checkout", "unknown", "Errors", "unknown", 300, 1.0),
        ("checkout", "unknown", "Errors", "unknown", 300, 2.0),
    ]
    assert gaps.counts == {"note_cloudwatch_request_missing": 1}


def test_what_cloudwatch_held_back_is_counted() -> None:
    gaps = Gaps()
    partial: Json = {
        "Id": "m2",
        "Label": "x",
        "Timestamps": [1795143600, "never", 1795143720],
        "Values": [1, 2],
        "StatusCode": "PartialData",
        "Messages": [{"Code": "ArithmeticError", "Value": "divided by 0"}],
    }
    rows = read({"MetricDataResults": [partial], "NextToken": "eyJ"}, gaps)
    assert [row["value"] for row in rows] == [1.0]
    assert gaps.examples["cloudwatch_status"] == "x: PartialData"
    assert gaps.counts == {
        "aws_more_pages": 1,
        "cloudwatch_message": 1,
        "cloudwatch_point": 2,
        "cloudwatch_status": 1,
        "note_cloudwatch_request_missing": 1,
    }


def test_an_expression_is_named_by_its_label() -> None:
    query: Json = {"Id": "m1", "Expression": "m2/m3*100", "Label": "Error rate", "Period": 300}
    result: Json = {**RESULT, "Label": "Error rate"}  # type: ignore[dict-item]
    rows = read({"MetricDataQueries": [query], "MetricDataResults": [result]})
    assert [rows[0][c] for c in ("namespace", "name", "stat", "service")] == [
        "expression",
        "Error rate",
        "expression",
        None,
    ]


def test_a_label_that_somebody_gave_an_expression_is_its_name_word_by_word() -> None:
    query: Json = {"Id": "m1", "Expression": "m2/m3*100", "Label": "5xx Rate", "Period": 300}
    result: Json = {**RESULT, "Label": "5xx Rate"}  # type: ignore[dict-item]
    rows = read({"MetricDataQueries": [query], "MetricDataResults": [result]})
    assert {(row["name"], row["service"]) for row in rows} == {("5xx Rate", None)}


def test_statistics_become_one_series_each() -> None:
    points: list[Json] = [
        {"Timestamp": "2026-11-20T03:05:00Z", "Maximum": 0.5, "Unit": "Percent"},
        {
            "Timestamp": "2026-11-20T03:00:00Z",
            "Maximum": 99.25,
            "ExtendedStatistics": {"p90": 80.0},
            "Unit": "Percent",
        },
        {"Timestamp": "2026-11-20T03:10:00Z", "Unit": "Percent"},
    ]
    gaps = Gaps()
    rows = read({"Label": "CPUUtilization", "Datapoints": points}, gaps)
    assert [(r["stat"], r["value"], r["unit"]) for r in rows if r["period_s"] == 300] == [
        ("Maximum", 99.25, "Percent"),
        ("Maximum", 0.5, "Percent"),
    ]
    assert [(r["stat"], r["value"]) for r in rows if r["stat"] == "p90"] == [("p90", 80.0)]
    assert gaps.counts == {"cloudwatch_point": 1, "note_cloudwatch_request_missing": 1}


@pytest.mark.parametrize(
    ("dimensions", "service"),
    [
        ({"ClusterName": "shop", "ServiceName": "cart"}, "cart"),
        ({"LoadBalancer": "app/web/50dc6c495c0c9188"}, "web"),
        ({"TargetGroup": "targetgroup/cart/73e2d6bc24d8a067"}, "cart"),
        ({"TableName": "stock", "Operation": "PutItem"}, "stock"),
        ({"StateMachineArn": "arn:aws:states:r:1:stateMachine:Pay"}, "Pay"),
        ({"Unheard": "x"}, None),
    ],
)
def test_dimensions_name_the_service(dimensions: dict[str, str], service: str | None) -> None:
    assert service_of_dimensions(dimensions) == service


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("CPUUtilization", (None, "CPUUtilization", None, None)),
        ("i-0abc CPUUtilization", (None, "CPUUtilization", None, "i-0abc")),
        ("AWS/Lambda Errors Sum FunctionName=pay", ("AWS/Lambda", "Errors", "Sum", "pay")),
        ("Checkout errors per minute", (None, "Checkout errors per minute", None, None)),
    ],
)
def test_labels_say_what_they_can(label: str, expected: tuple[str | None, ...]) -> None:
    read_ = read_label(label)
    assert (read_.namespace, read_.name, read_.stat, read_.service) == expected


def test_other_data_points_are_left_to_others() -> None:
    assert source.recognise(exported({"Datapoints": [{"x": 1}]}).head()) == 0.0
