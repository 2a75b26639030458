"""The fake of CloudWatch computes statistics, forgets what AWS forgets, and gives no more at once than AWS does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from fake_cloudwatch import FakeCloudWatch
from loopback import Loopback

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
START = NOW - timedelta(hours=1)
FIVE = [(START + timedelta(seconds=12 * n), float(n)) for n in range(300)]
"""Five values a minute for an hour, counting up."""


@pytest.fixture
def metrics(aws: Loopback) -> FakeCloudWatch:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Duration", FIVE, FunctionName="checkout")
    fake.put("AWS/Lambda", "Errors", [(NOW - timedelta(hours=4), 3.0)], FunctionName="payments")
    fake.put("AWS/EC2", "CPUUtilization", [(NOW - timedelta(days=20), 9.0)], InstanceId="i-gone")
    aws.serve(fake)
    return fake


def query(id: str = "m1", *, stat: str = "Average", period: int = 60, name: str = "Duration") -> dict[str, object]:
    dimensions = [{"Name": "FunctionName", "Value": "checkout"}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def data(aws: Loopback, *queries: dict[str, object], **more: object) -> dict[str, object]:
    given = {"StartTime": START, "EndTime": NOW, **more}
    return dict(aws.client("cloudwatch").get_metric_data(MetricDataQueries=list(queries), **given))


@pytest.mark.parametrize(
    ("stat", "first"),
    [
        ("Average", 2.0),
        ("Sum", 10.0),
        ("Minimum", 0.0),
        ("Maximum", 4.0),
        ("SampleCount", 5.0),
        ("p50", 2.0),
        ("p99", 3.96),
    ],
)
def test_statistics_are_those_of_each_period(aws: Loopback, metrics: FakeCloudWatch, stat: str, first: float) -> None:
    (found,) = data(aws, query(stat=stat), ScanBy="TimestampAscending")["MetricDataResults"]  # type: ignore[misc]
    assert found["Values"][0] == pytest.approx(first)
    assert found["Timestamps"][:2] == [START, START + timedelta(minutes=1)]
    assert (len(found["Values"]), found["StatusCode"]) == (60, "Complete")


def test_the_latest_comes_first_unless_asked_otherwise(aws: Loopback, metrics: FakeCloudWatch) -> None:
    (found,) = data(aws, query(period=300))["MetricDataResults"]  # type: ignore[misc]
    assert found["Timestamps"] == sorted(found["Timestamps"], reverse=True)
    assert found["Values"][-1] == 12.0


def test_only_recent_metrics_are_listed(aws: Loopback, metrics: FakeCloudWatch) -> None:
    client = aws.client("cloudwatch")
    assert [m["MetricName"] for m in client.list_metrics()["Metrics"]] == ["Duration", "Errors"]
    assert [m["MetricName"] for m in client.list_metrics(RecentlyActive="PT3H")["Metrics"]] == ["Duration"]
    by_dimension = client.list_metrics(Dimensions=[{"Name": "FunctionName", "Value": "payments"}])["Metrics"]
    assert [m["MetricName"] for m in by_dimension] == ["Errors"]


def test_metrics_are_listed_in_pages_of_500(aws: Loopback, metrics: FakeCloudWatch) -> None:
    for n in range(1100):
        metrics.put("Own", f"m{n:04d}", [(NOW, 1.0)])
    pages = list(aws.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="Own"))
    assert [len(found["Metrics"]) for found in pages] == [500, 500, 100]
    assert pages[2]["Metrics"][-1]["MetricName"] == "m1099"


def test_too_much_data_comes_in_parts(aws: Loopback, metrics: FakeCloudWatch) -> None:
    metrics.most_datapoints = 70
    queries = (query("a"), query("b", stat="Sum"))
    first = data(aws, *queries, ScanBy="TimestampAscending")
    states = [(r["Id"], r["StatusCode"], len(r["Values"])) for r in first["MetricDataResults"]]  # type: ignore[attr-defined]
    assert states == [("a", "Complete", 60), ("b", "PartialData", 10)]
    second = data(aws, *queries, ScanBy="TimestampAscending", NextToken=first["NextToken"])
    states = [(r["Id"], r["StatusCode"], len(r["Values"])) for r in second["MetricDataResults"]]  # type: ignore[attr-defined]
    assert states == [("a", "Complete", 0), ("b", "Complete", 50)]
    assert "NextToken" not in second
    with pytest.raises(ClientError, match="InvalidNextToken"):
        data(aws, query("a"), NextToken=first["NextToken"])


@pytest.mark.parametrize(
    ("period", "days", "there"),
    [(60, 14, 1), (60, 16, 0), (300, 16, 1), (300, 64, 0), (3600, 64, 1), (3600, 456, 0), (10, 1, 0)],
)
def test_fine_periods_are_not_kept_long(
    aws: Loopback, metrics: FakeCloudWatch, period: int, days: int, there: int
) -> None:
    metrics.put("AWS/Lambda", "Duration", [(NOW - timedelta(days=days), 5.0)], FunctionName="checkout")
    span = {"StartTime": NOW - timedelta(days=days, hours=1), "EndTime": NOW - timedelta(days=days, hours=-1)}
    (found,) = data(aws, query(period=period), **span)["MetricDataResults"]  # type: ignore[misc]
    assert len(found["Values"]) == there


@pytest.mark.parametrize(
    "queries",
    [
        [query(f"m{n}") for n in range(501)],
        [query("m1"), query("m1")],
        [query("M1")],
        [query(period=90)],
        [query(stat="p999")],
        [query(stat="Mean")],
    ],
)
def test_what_cloudwatch_refuses_is_refused(
    aws: Loopback, metrics: FakeCloudWatch, queries: list[dict[str, object]]
) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        data(aws, *queries)


def test_an_alarm_tells_its_reason_and_its_history(aws: Loopback, metrics: FakeCloudWatch) -> None:
    metric = next(iter(metrics.series))
    metrics.alarm(
        "slow", metric, since=NOW - timedelta(minutes=9), Threshold=200.0, values=[299.0], Statistic="Maximum"
    )
    client = aws.client("cloudwatch")
    (alarm,) = client.describe_alarms(AlarmNames=["slow"])["MetricAlarms"]
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [299.0]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": "checkout"}]
    assert not client.describe_alarms(StateValue="OK")["MetricAlarms"]
    (item,) = client.describe_alarm_history(AlarmName="slow", StartDate=START, EndDate=NOW)["AlarmHistoryItems"]
    assert json.loads(item["HistoryData"])["newState"]["stateValue"] == "ALARM"
    assert not client.describe_alarm_history(StartDate=NOW)["AlarmHistoryItems"]
