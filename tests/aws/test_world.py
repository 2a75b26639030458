"""The world tells one story through all services, and its cause can be found in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from loopback import Loopback
from world import ALARM_NAME, World
from world_changes import records
from world_times import ALARM, BASELINE, CHANGE, INCIDENT, NOW, ONSET


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def aws(world: World) -> Iterator[Loopback]:
    with world.server() as loopback:
        yield loopback


def test_logs_hold_thirty_thousand_events_and_errors_from_the_onset(world: World, aws: Loopback) -> None:
    assert 28_000 < sum(len(group.events) for group in world.logs.groups.values()) < 34_000
    client = aws.client("logs")
    text = "filter @message like /ProvisionedThroughput/ | stats count(*) as n, min(@timestamp) as first"
    groups = [name for name in world.logs.groups if name != "/aws/lambda/retired"]
    span = {"startTime": int(BASELINE.start.timestamp()), "endTime": int(NOW.timestamp())}
    id = client.start_query(logGroupNames=groups, queryString=text, **span)["queryId"]
    found = [client.get_query_results(queryId=id) for _ in range(3)][-1]
    ((n, first),) = ([f["value"] for f in row] for row in found["results"])
    assert int(n) > 900
    assert first.startswith("2026-11-20 03:10:")


def test_metrics_show_the_capacity_lowered_and_then_throttling(world: World, aws: Loopback) -> None:
    names = ("ProvisionedWriteCapacityUnits", "WriteThrottleEvents")
    metric = {"Namespace": "AWS/DynamoDB", "Dimensions": [{"Name": "TableName", "Value": "orders"}]}
    queries = [
        {"Id": f"m{n}", "MetricStat": {"Metric": {**metric, "MetricName": name}, "Period": 60, "Stat": "Maximum"}}
        for n, name in enumerate(names)
    ]
    found = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=BASELINE.start, EndTime=NOW, ScanBy="TimestampAscending"
    )["MetricDataResults"]
    provisioned = dict(zip(found[0]["Timestamps"], found[0]["Values"]))
    assert (provisioned[CHANGE - timedelta(minutes=1)], provisioned[CHANGE]) == (5.0, 1.0)
    assert found[1]["Timestamps"][0] == ONSET


def test_some_metrics_have_stopped(world: World, aws: Loopback) -> None:
    client = aws.client("cloudwatch")
    every = {m["MetricName"] for m in client.list_metrics()["Metrics"]}
    recent = {m["MetricName"] for m in client.list_metrics(RecentlyActive="PT3H")["Metrics"]}
    assert every - recent == {"CPUUtilization"}
    assert max(at for at, _ in world.metrics.series["Shop", "OrdersPlaced", (("Store", "web"),)]) < ONSET
    alarm = client.describe_alarms(AlarmNames=[ALARM_NAME])["MetricAlarms"][0]
    assert alarm["StateUpdatedTimestamp"] == ALARM
    assert min(json.loads(alarm["StateReasonData"])["recentDatapoints"]) >= 5


def test_traces_fail_in_payments_because_of_the_table(world: World, aws: Loopback) -> None:
    pages = (
        aws.client("xray")
        .get_paginator("get_trace_summaries")
        .paginate(StartTime=BASELINE.start, EndTime=NOW, FilterExpression='service("payments") { fault }')
    )
    found = [summary for each in pages for summary in each["TraceSummaries"]]
    assert len(found) > 30
    assert min(summary["StartTime"] for summary in found) >= ONSET
    graph = aws.client("xray").get_service_graph(StartTime=INCIDENT.start, EndTime=INCIDENT.end)["Services"]
    names = {service["ReferenceId"]: service["Name"] for service in graph}
    edges = {
        (s["Name"], names[e["ReferenceId"]]): e["SummaryStatistics"]
        for s in graph
        for e in s["Edges"]
        if s["Type"] != "client"
    }
    assert set(edges) == {("checkout", "payments"), ("payments", "orders")}
    assert edges["payments", "orders"]["ErrorStatistics"]["ThrottleCount"] == len(found)


def asked(aws: Loopback, sql: str, *parameters: str) -> list[list[str | None]]:
    client = aws.client("athena")
    given = {
        "WorkGroup": "incidents",
        "QueryExecutionContext": {"Database": "logs"},
        "ExecutionParameters": list(parameters),
    }
    id = client.start_query_execution(QueryString=sql, **given)["QueryExecutionId"]
    status = [client.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"] for _ in range(3)][-1]
    assert status["State"] == "SUCCEEDED", status
    rows = client.get_query_results(QueryExecutionId=id)["ResultSet"]["Rows"]
    return [[d.get("VarCharValue") for d in row["Data"]] for row in rows[1:]]


def test_access_logs_fail_from_the_onset(aws: Loopback) -> None:
    sql = "SELECT min(request_creation_time), count(*) FROM alb WHERE day = ? AND elb_status_code >= 500"
    ((first, n),) = asked(aws, sql, "'2026/11/20'")
    assert str(first).startswith("2026-11-20T03:10:")
    assert int(str(n)) > 300


def test_the_tables_partitions_lie_where_the_bucket_has_them(aws: Loopback) -> None:
    table = aws.client("glue").get_table(DatabaseName="logs", Name="alb")["Table"]
    folder = table["Parameters"]["storage.location.template"].replace("${day}", "2026/11/20")
    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    (found,) = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    assert found["Size"] == 1_000_000_000


def test_the_change_is_in_cloudtrail_and_in_the_lake_and_in_config(aws: Loopback) -> None:
    by = [{"AttributeKey": "ResourceName", "AttributeValue": "orders"}]
    (event,) = aws.client("cloudtrail").lookup_events(LookupAttributes=by)["Events"]
    assert (event["EventName"], event["Username"], event["EventTime"]) == ("UpdateTable", "ana", CHANGE)
    sql = "SELECT eventname, useridentity.username, json_extract_scalar(requestparameters, '$.provisionedThroughput.writeCapacityUnits') FROM cloudtrail WHERE day = ? AND readonly = 'false' AND eventsource = ? AND errorcode IS NULL"
    assert asked(aws, sql, "'2026/11/20'", "'dynamodb.amazonaws.com'") == [["UpdateTable", "ana", "1"]]
    history = aws.client("config").get_resource_config_history(resourceType="AWS::DynamoDB::Table", resourceId="orders")
    units = [
        json.loads(i["configuration"])["provisionedThroughput"]["writeCapacityUnits"]
        for i in history["configurationItems"]
    ]
    assert units == [1, 5]


def test_findings_are_there_and_have_little_to_do_with_it(aws: Loopback) -> None:
    active = {"RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}]}
    assert len(aws.client("securityhub").get_findings(Filters=active)["Findings"]) == 1
    detector = aws.client("guardduty").list_detectors()["DetectorIds"][0]
    assert len(aws.client("guardduty").list_findings(DetectorId=detector)["FindingIds"]) == 1


def test_a_query_left_running_fails_the_test(world: World) -> None:
    span = {"startTime": int(BASELINE.start.timestamp()), "endTime": int(NOW.timestamp())}
    asked = {"logGroupName": "/aws/lambda/checkout", "queryString": "fields @message", **span}
    with pytest.raises(AssertionError, match="left running"), world.server() as aws:
        aws.client("logs").start_query(**asked)
    world.logs.queries.clear()


def test_the_environment_turns_boto3_to_the_server(world: World) -> None:
    with world.server() as aws:
        assert world.environment()["AWS_ENDPOINT_URL"] == aws.url


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    other = World()
    for filled in (world, other):
        assert next(len(group.events) for group in filled.logs.groups.values()) > 5000
    assert world.logs.groups["/aws/lambda/payments"].events == other.logs.groups["/aws/lambda/payments"].events
    assert world.metrics.series == other.metrics.series
    assert world.trail.records == other.trail.records
    assert records(4) != other.trail.records
