"""Tests of CloudTrail; the records have the shape of those in the CloudTrail user guide."""

from __future__ import annotations

import orjson
import pytest
from exported_file import Row, exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local.cloudtrail import source
from fa2.sources.local.cloudtrail_events import actor_of
from fa2.sources.local.json_values import Json


def record(origin: str, name: str, request: Json = None, **fields: Json) -> dict[str, Json]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::123456789012:user/Alice",
            "accountId": "123456789012",
            "userName": "Alice",
        },
        "eventTime": "2026-11-20T03:11:05Z",
        "eventSource": f"{origin}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-2",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "aws-cli/2.31.4",
        "requestParameters": request,
        "responseElements": None,
        "eventID": "b7d4398e-b2f0-4faa-9c76-e2d316a8d67f",
        **fields,
    }


def read(*records: Json, gaps: Gaps | None = None) -> list[Row]:
    return rows_of(source, exported({"Records": list(records)}), gaps)


def test_a_change_says_who_did_what_to_what() -> None:
    request: Json = {"instancesSet": {"items": [{"instanceId": "i-ebeaf9e2"}]}, "force": False}
    file = exported({"Records": [record("ec2", "StopInstances", request)]})
    assert source.recognise(file.head()) == 1.0
    (row,) = rows_of(source, file)
    detail = orjson.loads(str(row.pop("detail")))
    assert row == {
        "timestamp": 1795144265000000,
        "origin": "cloudtrail",
        "actor": "Alice",
        "action": "ec2:StopInstances",
        "resource_type": "AWS::EC2::Instance",
        "resource_id": "i-ebeaf9e2",
        "service": None,
        "account": "123456789012",
        "region": "us-east-2",
        "before": None,
        "after": None,
        "error_code": None,
    }
    assert detail["requestParameters"] == request
    assert detail["sourceIPAddress"] == "203.0.113.9"


def test_a_change_that_failed_is_kept_with_its_error_and_no_new_value() -> None:
    failed = record(
        "cloudtrail",
        "UpdateTrail",
        {"name": "myTrail2"},
        errorCode="TrailNotFoundException",
        errorMessage="Unknown trail: myTrail2 for the user: 123456789012",
    )
    (row,) = read(failed)
    assert (row["error_code"], row["after"]) == ("TrailNotFoundException", None)
    assert "Unknown trail" in str(row["detail"])


def test_lookup_events_output_is_read_and_its_next_page_missed() -> None:
    inner = record("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "checkout"})
    event: Json = {
        "EventId": "b7d4398e",
        "EventName": "UpdateFunctionConfiguration20150331v2",
        "EventTime": "2026-11-20T12:11:05+09:00",
        "Username": "Alice",
        "Resources": [],
        "CloudTrailEvent": orjson.dumps(inner).decode(),
    }
    broken: Json = {**event, "CloudTrailEvent": "{"}  # type: ignore[dict-item]
    gaps = Gaps()
    file = exported({"Events": [event, broken], "NextToken": "eyJ"})
    assert source.recognise(file.head()) == 1.0
    (row,) = rows_of(source, file, gaps)
    assert (row["service"], row["after"]) == ("checkout", '{"functionName":"checkout"}')
    assert gaps.counts == {"aws_more_pages": 1, "cloudtrail_record": 1}


def test_eventbridge_events_and_lines_are_read() -> None:
    lines = [
        {"detail-type": "AWS API Call via CloudTrail", "detail": record("sqs", "PurgeQueue")},
        record("sqs", "SetQueueAttributes", {"queueUrl": "https://sqs.x.amazonaws.com/1/jobs"}),
    ]
    rows = rows_of(source, exported(b"\n".join(orjson.dumps(line) for line in lines)))
    assert [(row["action"], row["service"]) for row in rows] == [
        ("sqs:PurgeQueue", None),
        ("sqs:SetQueueAttributes", "jobs"),
    ]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (record("ec2", "DescribeInstances"), "read"),
        (record("ssm", "GetParameter", readOnly=True), "read"),
        (record("dynamodb", "BatchGetItem"), "read"),
        (record("lambda", "Invoke", readOnly=False, eventCategory="Data"), "data"),
        (record("s3", "PutObject", readOnly=False, managementEvent=False), "data"),
        (record("dynamodb", "PutItem"), "data"),
        (record("signin", "ConsoleLogin", readOnly=False), "sign_in"),
        (record("sts", "AssumeRole", readOnly=True), "sign_in"),
        (record("ec2", "RunInstances", eventCategory="Insight"), "insight"),
    ],
)
def test_what_changes_nothing_is_a_note(event: Json, code: str) -> None:
    gaps = Gaps()
    assert read(event, gaps=gaps) == []
    assert gaps.counts == {f"note_cloudtrail_{code}": 1}


@pytest.mark.parametrize("event", [record("kms", "ScheduleKeyDeletion"), record("x", "GetStarted", readOnly=False)])
def test_read_only_decides_before_the_verb(event: Json) -> None:
    assert len(read(event)) == 1


@pytest.mark.parametrize(
    ("origin", "request_", "resource", "service"),
    [
        ("ssm", {"name": "/prod/checkout/timeout"}, "/prod/checkout/timeout", "checkout"),
        ("ssm", {"name": "/shop/orders/db/pool_size"}, "/shop/orders/db/pool_size", "orders"),
        ("ssm", {"name": "timeout"}, "timeout", None),
        ("ecs", {"service": "cart", "cluster": "shop"}, "cart", "cart"),
        ("ecs", {"family": "cart"}, "cart", "cart"),
        ("dynamodb", {"tableName": "stock"}, "stock", "stock"),
        ("rds", {"dBInstanceIdentifier": "shop-db"}, "shop-db", "shop-db"),
        ("iam", {"roleName": "deployer", "policyName": "p"}, "deployer", None),
        (
            "elasticloadbalancing",
            {"loadBalancerArn": "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/web/50dc6c"},
            "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/web/50dc6c",
            "web",
        ),
        (
            "application-autoscaling",
            {"resourceId": "service/shop/cart"},
            "service/shop/cart",
            "cart",
        ),
        ("logs", {"logGroupName": "/aws/lambda/thumbs"}, "/aws/lambda/thumbs", "thumbs"),
        ("dax", {"clusterName": "cache"}, "cache", "cache"),
    ],
)
def test_the_resource_and_the_service_come_from_the_request(
    origin: str, request_: Json, resource: str, service: str | None
) -> None:
    (row,) = read(record(origin, "UpdateSomething", request_))
    assert (row["resource_id"], row["service"]) == (resource, service)


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        ({"type": "Root", "accountId": "1"}, "root"),
        ({"type": "IAMUser", "userName": "Alice"}, "Alice"),
        (
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::1:assumed-role/deployer/h.tanaka",
                "sessionContext": {"sessionIssuer": {"userName": "deployer"}},
            },
            "deployer/h.tanaka",
        ),
        (
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::1:assumed-role/cfn/AWSCloudFormation",
                "invokedBy": "cloudformation.amazonaws.com",
            },
            "cfn/AWSCloudFormation (via cloudformation.amazonaws.com)",
        ),
        (
            {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
            "autoscaling.amazonaws.com",
        ),
        ({"type": "AWSAccount", "accountId": "123456789012"}, "123456789012"),
        ({"type": "WebIdentityUser", "userName": "system:sa:cart"}, "system:sa:cart"),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}, "u-1"),
        ({}, None),
    ],
)
def test_the_actor_is_readable(identity: Json, actor: str | None) -> None:
    assert actor_of({"userIdentity": identity}) == actor


def test_s3s_own_event_notifications_are_not_taken_for_cloudtrail() -> None:
    notification: Json = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-11-20T03:11:05Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "A"},
    }
    assert source.recognise(exported({"Records": [notification]}).head()) == 0.0
