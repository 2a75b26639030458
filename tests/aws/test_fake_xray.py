"""The fake of X-Ray evaluates filters, ranges and the graph on the segments it was given."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_xray import FakeXRay, trace_id
from loopback import Loopback

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR = {"StartTime": START, "EndTime": START + timedelta(hours=1)}


def trace(n: int, seconds: float, **root: Any) -> list[dict[str, Any]]:
    """Return checkout calling payments, which asks a table; `root` is how it went for all."""
    at = START + timedelta(seconds=n)
    id, begin = trace_id(at, n), at.timestamp()
    table = {"id": f"t{n}", "name": "DynamoDB", "namespace": "aws", "start_time": begin, "end_time": begin + 0.01}
    table |= {"aws": {"table_name": "orders"}, **({"throttle": True, "error": True} if root.get("fault") else {})}
    call = {"id": f"c{n}", "name": "payments", "namespace": "remote", "start_time": begin, "end_time": begin + seconds}
    status = 502 if root.get("fault") else 200
    return [
        {
            "trace_id": id,
            "id": f"b{n}",
            "parent_id": f"c{n}",
            "name": "payments",
            "start_time": begin,
            "end_time": begin + seconds / 2,
            "subsegments": [table],
            **root,
        },
        {
            "trace_id": id,
            "id": f"a{n}",
            "name": "checkout",
            "start_time": begin,
            "end_time": begin + seconds,
            "subsegments": [call],
            "http": {"response": {"status": status}},
            **root,
        },
    ]


@pytest.fixture
def xray(aws: Loopback) -> FakeXRay:
    fake = FakeXRay()
    for n in range(10):
        fake.put(trace(n, n / 2, **({"fault": True} if n in (3, 8) else {"error": True} if n == 5 else {})))
    aws.serve(fake)
    return fake


def summaries(aws: Loopback, **more: object) -> list[dict[str, Any]]:
    pages = aws.client("xray").get_paginator("get_trace_summaries").paginate(**{**HOUR, **more})
    return [summary for found in pages for summary in found["TraceSummaries"]]


@pytest.mark.parametrize(
    ("expression", "which"),
    [
        ("fault", [3, 8]),
        ("fault = true OR error", [3, 5, 8]),
        ("fault AND responsetime > 2", [8]),
        ("!fault && !error && duration >= 3.5", [7, 9]),
        ("(fault || error) AND !(responsetime < 2)", [5, 8]),
        ('service("payments") AND http.status = 502', [3, 8]),
        ('service("payments") { fault }', [3, 8]),
        ('service("nobody")', []),
        ("ok AND responsetime <= 0.5", [0, 1]),
    ],
)
def test_filters_are_evaluated(aws: Loopback, xray: FakeXRay, expression: str, which: list[int]) -> None:
    found = summaries(aws, FilterExpression=expression)
    assert [s["Id"] for s in found] == [trace_id(START + timedelta(seconds=n), n) for n in which]


def test_summaries_tell_how_it_went(aws: Loopback, xray: FakeXRay) -> None:
    (found,) = summaries(aws, FilterExpression="fault AND responsetime > 2")
    assert (found["ResponseTime"], found["HasFault"], found["Http"]["HttpStatus"]) == (4.0, True, 502)
    assert [s["Name"] for s in found["FaultRootCauses"][0]["Services"]] == ["checkout", "payments"]
    assert [s["Name"] for s in found["ServiceIds"]] == ["checkout", "payments"]


def test_a_page_may_be_empty_and_others_follow(aws: Loopback, xray: FakeXRay) -> None:
    xray.page_size = 3
    client = aws.client("xray")
    pages = list(client.get_paginator("get_trace_summaries").paginate(**HOUR, FilterExpression="responsetime > 4"))
    assert [len(found["TraceSummaries"]) for found in pages] == [0, 0, 0, 1]


def test_ranges_are_half_open_and_limited(aws: Loopback, xray: FakeXRay) -> None:
    assert len(summaries(aws, EndTime=START + timedelta(seconds=4))) == 4
    assert len(summaries(aws, EndTime=START + timedelta(seconds=4), TimeRangeType="Event")) == 3
    with pytest.raises(ClientError, match="InvalidRequestException"):
        summaries(aws, EndTime=START + timedelta(hours=6, seconds=1))


@pytest.mark.parametrize(
    "expression", ["wobble", "fault AND", "responsetime > fast", "(fault", 'edge("a")', "fault fault"]
)
def test_filters_that_x_ray_cannot_read_are_refused(aws: Loopback, xray: FakeXRay, expression: str) -> None:
    with pytest.raises(ClientError, match="Invalid filter expression"):
        summaries(aws, FilterExpression=expression)


def test_traces_come_whole_five_at_most(aws: Loopback, xray: FakeXRay) -> None:
    client, ids = aws.client("xray"), list(xray.traces)
    xray.unprocessed = {ids[1]}
    found = client.batch_get_traces(TraceIds=[*ids[:2], "1-none"])
    assert found["UnprocessedTraceIds"] == [ids[1], "1-none"]
    documents = [json.loads(segment["Document"]) for segment in found["Traces"][0]["Segments"]]
    assert [document["name"] for document in documents] == ["checkout", "payments"]
    assert not client.batch_get_traces(TraceIds=[ids[1]])["UnprocessedTraceIds"]
    with pytest.raises(ClientError, match="InvalidRequestException"):
        client.batch_get_traces(TraceIds=ids[:6])


def test_the_graph_counts_calls_and_how_they_went(aws: Loopback, xray: FakeXRay) -> None:
    xray.page_size = 2
    pages = list(aws.client("xray").get_paginator("get_service_graph").paginate(**HOUR))
    assert len(pages) == 2
    services = {(s["Name"], s["Type"]): s for found in pages for s in found["Services"]}
    assert sorted(services) == [
        ("checkout", "AWS::Lambda::Function"),
        ("checkout", "client"),
        ("orders", "AWS::DynamoDB::Table"),
        ("payments", "AWS::Lambda::Function"),
    ]
    names = {s["ReferenceId"]: s["Name"] for s in services.values()}
    (edge,) = services["payments", "AWS::Lambda::Function"]["Edges"]
    assert names[edge["ReferenceId"]] == "orders"
    assert edge["SummaryStatistics"]["ErrorStatistics"] == {"ThrottleCount": 2, "OtherCount": 0, "TotalCount": 2}
    checkout = services["checkout", "AWS::Lambda::Function"]["SummaryStatistics"]
    assert (checkout["TotalCount"], checkout["FaultStatistics"]["TotalCount"]) == (10, 2)
    assert checkout["TotalResponseTime"] == pytest.approx(22.5)


def test_sampling_rules_tell_the_rate(aws: Loopback, xray: FakeXRay) -> None:
    (record,) = aws.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["FixedRate"] == 0.05
