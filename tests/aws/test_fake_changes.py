"""The fakes of CloudTrail and AWS Config: what changed, when, by whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from fake_cloudtrail import FakeCloudTrail, record
from fake_config import FakeConfig, item
from loopback import Loopback

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TABLE = "AWS::DynamoDB::Table"
ANA = {"type": "IAMUser", "userName": "ana", "accessKeyId": "AKIAANA"}
CI = {"type": "AssumedRole", "principalId": "AROA1:ci-run-7"}


@pytest.fixture
def trail(aws: Loopback) -> FakeCloudTrail:
    table = [{"type": TABLE, "ARN": "arn:aws:dynamodb:ap-northeast-1:111122223333:table/orders"}]
    records = [record(NOW - timedelta(hours=n), "lambda", "UpdateFunctionCode20150331v2", CI, n) for n in range(1, 121)]
    records.append(record(NOW - timedelta(minutes=5), "dynamodb", "UpdateTable", ANA, 500, resources=table))
    records.append(record(NOW - timedelta(minutes=5), "dynamodb", "PutItem", ANA, 501, managementEvent=False))
    records.append(record(NOW - timedelta(days=91), "dynamodb", "CreateTable", ANA, 502))
    fake = FakeCloudTrail(NOW, records)
    aws.serve(fake)
    return fake


def looked_up(aws: Loopback, **more: object) -> list[dict[str, object]]:
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(**more)
    return [event for found in pages for event in found["Events"]]


def by(key: str, value: str) -> dict[str, object]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


@pytest.mark.parametrize(
    ("key", "value", "n"),
    [
        ("EventName", "UpdateTable", 1),
        ("Username", "ana", 1),
        ("Username", "ci-run-7", 120),
        ("ResourceName", "orders", 1),
        ("ResourceType", TABLE, 1),
        ("ReadOnly", "true", 0),
        ("AccessKeyId", "AKIAANA", 1),
        ("EventSource", "lambda.amazonaws.com", 120),
    ],
)
def test_events_are_found_by_one_attribute(aws: Loopback, trail: FakeCloudTrail, key: str, value: str, n: int) -> None:
    assert len(looked_up(aws, **by(key, value))) == n


def test_events_come_latest_first_fifty_a_page(aws: Loopback, trail: FakeCloudTrail) -> None:
    found = looked_up(aws)
    assert len(found) == 121  # neither data events nor what is older than 90 days
    assert [found[0]["EventName"], found[0]["ReadOnly"], found[0]["Username"]] == ["UpdateTable", "false", "ana"]
    assert json.loads(str(found[0]["CloudTrailEvent"]))["eventTime"] == "2026-11-20T05:55:00Z"
    assert aws.counted()["cloudtrail.LookupEvents"] == 3


def test_events_are_found_by_time(aws: Loopback, trail: FakeCloudTrail) -> None:
    assert len(looked_up(aws, StartTime=NOW - timedelta(hours=3), EndTime=NOW - timedelta(hours=1))) == 3


def test_what_cloudtrail_refuses_is_refused(aws: Loopback, trail: FakeCloudTrail) -> None:
    two = {"LookupAttributes": [*by("Username", "ana")["LookupAttributes"], *by("EventName", "x")["LookupAttributes"]]}  # type: ignore[misc]
    for wrong, code in (
        (two, "InvalidLookupAttributes"),
        ({"StartTime": NOW, "EndTime": NOW - timedelta(1)}, "InvalidTimeRange"),
    ):
        with pytest.raises(ClientError, match=code):
            looked_up(aws, **wrong)
    trail.throttle_every = 2
    with pytest.raises(ClientError, match="ThrottlingException"):
        looked_up(aws)


@pytest.fixture
def config(aws: Loopback) -> FakeConfig:
    units = [
        item(NOW - timedelta(days=n), TABLE, "orders", {"provisioned": {"write": 5 + n}, "name": "orders"})
        for n in range(12)
    ]
    gone = item(NOW, "AWS::Lambda::Function", "old", {}, configurationItemStatus="ResourceDeleted")
    fake = FakeConfig([*units, item(NOW, TABLE, "carts", {"provisioned": {"write": 1}}), gone])
    aws.serve(fake)
    return fake


def test_a_history_comes_in_pages_latest_first(aws: Loopback, config: FakeConfig) -> None:
    pages = list(
        aws.client("config")
        .get_paginator("get_resource_config_history")
        .paginate(resourceType=TABLE, resourceId="orders")
    )
    assert [len(found["configurationItems"]) for found in pages] == [10, 2]
    writes = [
        json.loads(i["configuration"])["provisioned"]["write"] for found in pages for i in found["configurationItems"]
    ]
    assert writes == list(range(5, 17))


def test_a_history_is_cut_and_turned_as_asked(aws: Loopback, config: FakeConfig) -> None:
    span = {
        "earlierTime": NOW - timedelta(days=2),
        "laterTime": NOW - timedelta(days=1),
        "chronologicalOrder": "Forward",
    }
    found = aws.client("config").get_resource_config_history(resourceType=TABLE, resourceId="orders", **span)
    times = [i["configurationItemCaptureTime"] for i in found["configurationItems"]]
    assert times == [NOW - timedelta(days=2), NOW - timedelta(days=1)]


def test_resources_are_listed_and_asked_for_together(aws: Loopback, config: FakeConfig) -> None:
    client = aws.client("config")
    names = [r["resourceName"] for r in client.list_discovered_resources(resourceType=TABLE)["resourceIdentifiers"]]
    assert names == ["carts", "orders"]
    assert not client.list_discovered_resources(resourceType="AWS::Lambda::Function")["resourceIdentifiers"]
    keys = [{"resourceType": TABLE, "resourceId": id} for id in ("orders", "none")]
    found = client.batch_get_resource_config(resourceKeys=keys)
    assert json.loads(found["baseConfigurationItems"][0]["configuration"])["provisioned"]["write"] == 5
    assert found["unprocessedResourceKeys"] == [keys[1]]


def test_queries_select_what_is_now(aws: Loopback, config: FakeConfig) -> None:
    expression = f"SELECT resourceId, configuration.provisioned.write WHERE resourceType = '{TABLE}' AND configuration.name = 'orders'"
    found = aws.client("config").select_resource_config(Expression=expression)
    assert [json.loads(row) for row in found["Results"]] == [{"resourceId": "orders", "provisioned.write": "5"}]
    with pytest.raises(ClientError, match="InvalidExpression"):
        aws.client("config").select_resource_config(Expression="SELECT wobble WHERE 1 = 1")


def test_unknown_resources_and_missing_recorders_are_errors(aws: Loopback, config: FakeConfig) -> None:
    client = aws.client("config")
    with pytest.raises(ClientError, match="ResourceNotDiscovered"):
        client.get_resource_config_history(resourceType=TABLE, resourceId="none")
    assert client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]
    config.recording = None
    assert client.describe_configuration_recorders()["ConfigurationRecorders"] == []
    with pytest.raises(ClientError, match="NoAvailableConfigurationRecorder"):
        client.get_resource_config_history(resourceType=TABLE, resourceId="orders")
