"""Where moto evaluates a call, our fakes answer as it does: somebody else's reading of the same documentation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fake_cloudwatch import FakeCloudWatch
from fake_logs import FakeLogs
from fake_sts import FakeSts
from fake_xray import FakeXRay, trace_id
from loopback import Loopback

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOW = START + timedelta(hours=1)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Serve moto within this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    if "aws_xray_sdk.core" in sys.modules:  # moto loads it, it opens a socket and never closes it
        sys.modules["aws_xray_sdk.core"].xray_recorder._emitter._socket.close()


def both(aws: Loopback, moto: str, service: str) -> tuple[Any, Any]:
    """Return a client of the fake and one of moto."""
    keys = {"aws_access_key_id": "AKIA111122223333TEST", "aws_secret_access_key": "secret"}
    return aws.client(service), boto3.client(service, endpoint_url=moto, region_name="ap-northeast-1", **keys)


@pytest.mark.parametrize("period", [60, 300])
@pytest.mark.parametrize("stat", ["Average", "Sum", "Minimum", "Maximum", "SampleCount"])
def test_metrics_have_the_same_statistics(aws: Loopback, moto: str, stat: str, period: int) -> None:
    random, fake = Random(7), FakeCloudWatch(NOW)
    values = [(START + timedelta(seconds=random.randrange(3600)), float(random.randrange(100))) for _ in range(200)]
    name = f"{stat}{period}"  # moto adds up what has the same name in other namespaces
    fake.put("Own", name, values, F="x")
    aws.serve(fake)
    clients = both(aws, moto, "cloudwatch")
    dimensions = [{"Name": "F", "Value": "x"}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Timestamp": t, "Value": v} for t, v in values]
    clients[1].put_metric_data(Namespace="Own", MetricData=data)
    metric = {"Namespace": "Own", "MetricName": name, "Dimensions": dimensions}
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}
    asked = {"MetricDataQueries": [query], "StartTime": START, "EndTime": NOW, "ScanBy": "TimestampAscending"}
    (ours,), (theirs,) = (client.get_metric_data(**asked)["MetricDataResults"] for client in clients)
    assert len(ours["Values"]) > 3600 / period * 0.9
    assert ours["Timestamps"] == theirs["Timestamps"]
    assert ours["Values"] == pytest.approx(theirs["Values"])
    assert clients[0].list_metrics(Namespace="Own")["Metrics"][0]["Dimensions"] == dimensions


def test_traces_and_their_summaries_are_the_same(aws: Loopback, moto: str) -> None:
    # whole seconds: moto drops the rest of a duration
    segments = [
        {"trace_id": trace_id(START + timedelta(seconds=n), n), "id": f"{n:016x}", "name": "checkout"}
        | {"start_time": START.timestamp() + n, "end_time": START.timestamp() + 2 * n + 1.0}
        | ({"fault": True} if n == 3 else {})
        for n in range(5)
    ]
    fake = FakeXRay()
    fake.put(segments)
    aws.serve(fake)
    clients = both(aws, moto, "xray")
    clients[1].put_trace_segments(TraceSegmentDocuments=[json.dumps(segment) for segment in segments])
    ids = [str(segment["trace_id"]) for segment in segments[:4]]
    found = [client.batch_get_traces(TraceIds=[*ids, "1-00000000-000000000000000000000000"]) for client in clients]
    ours, theirs = (
        {t["Id"]: (t["Duration"], [json.loads(s["Document"]) for s in t["Segments"]]) for t in each["Traces"]}
        for each in found
    )
    assert ours == theirs
    assert len(ours) == 4
    assert found[0]["UnprocessedTraceIds"] == found[1]["UnprocessedTraceIds"]
    early = START - timedelta(seconds=1)  # moto leaves out what begins just then
    told = ("Id", "Duration", "HasFault", "HasError", "HasThrottle")
    summaries = [client.get_trace_summaries(StartTime=early, EndTime=NOW)["TraceSummaries"] for client in clients]
    ours, theirs = ({s["Id"]: [s[name] for name in told] for s in each} for each in summaries)
    assert ours == theirs
    assert sum(values[2] for values in ours.values()) == 1


def test_log_groups_are_told_alike_and_unknown_ones_refused(aws: Loopback, moto: str) -> None:
    fake = FakeLogs(NOW)
    names = [f"/app/{n:02d}" for n in range(60)]
    for name in names:
        fake.group(name)
    aws.serve(fake)
    clients = both(aws, moto, "logs")
    for name in names:
        clients[1].create_log_group(logGroupName=name)
    for client in clients:
        pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/app/")
        found = [group for page in pages for group in page["logGroups"]]
        assert [group["logGroupName"] for group in found] == names
        assert found[0]["arn"].endswith(":log-group:/app/00:*")
        assert found[0]["logGroupArn"] == found[0]["arn"].removesuffix(":*")
        span = {"startTime": int(START.timestamp()), "endTime": int(NOW.timestamp()), "queryString": "fields @message"}
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            client.start_query(logGroupNames=["/none"], **span)


def test_a_role_of_another_account_is_told_alike(aws: Loopback, moto: str) -> None:
    role = "arn:aws:iam::444455556666:role/fa2-reader"
    aws.serve(FakeSts(NOW, {role: None}))
    for client in both(aws, moto, "sts"):
        found = client.assume_role(RoleArn=role, RoleSessionName="fa2")
        assert found["AssumedRoleUser"]["Arn"] == "arn:aws:sts::444455556666:assumed-role/fa2-reader/fa2"
        assert found["Credentials"]["AccessKeyId"].startswith("ASIA")
