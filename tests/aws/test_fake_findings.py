"""The fakes of Security Hub and GuardDuty evaluate filters; those of STS and knowledge bases answer for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fake_guardduty
import fake_securityhub
import pytest
from botocore.exceptions import ClientError
from fake_guardduty import DETECTOR, FakeGuardDuty
from fake_knowledge_base import KNOWLEDGE_BASE, FakeKnowledgeBase
from fake_securityhub import FakeSecurityHub
from fake_sts import FakeSts
from loopback import Loopback

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
LABELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


@pytest.fixture
def hub(aws: Loopback) -> FakeSecurityHub:
    kinds = (
        ("AwsS3Bucket", "arn:aws:s3:::logs"),
        ("AwsDynamoDbTable", "arn:aws:dynamodb:ap-northeast-1:111122223333:table/orders"),
    )
    made = [
        fake_securityhub.finding(
            n, LABELS[n % 4], NOW - timedelta(days=n), kinds[n % 2], **({"RecordState": "ARCHIVED"} if n == 7 else {})
        )
        for n in range(8)
    ]
    fake = FakeSecurityHub(NOW, made)
    aws.serve(fake)
    return fake


def found_by(aws: Loopback, **filters: object) -> list[int]:
    answer = aws.client("securityhub").get_findings(Filters=filters)
    return [int(f["Id"].split("/")[-1]) for f in answer["Findings"]]


def is_(value: str, comparison: str = "EQUALS") -> dict[str, str]:
    return {"Value": value, "Comparison": comparison}


@pytest.mark.parametrize(
    ("filters", "which"),
    [
        ({"SeverityLabel": [is_("HIGH"), is_("CRITICAL")]}, [2, 3, 6, 7]),
        ({"SeverityLabel": [is_("CRITICAL")], "RecordState": [is_("ACTIVE")]}, [3]),
        ({"SeverityLabel": [is_("LOW", "NOT_EQUALS"), is_("MEDIUM", "NOT_EQUALS")]}, [2, 3, 6, 7]),
        ({"ResourceType": [is_("AwsDynamo", "PREFIX")], "SeverityNormalized": [{"Gte": 70, "Lte": 90}]}, [3, 7]),
        ({"ResourceId": [is_("arn:aws:s3", "PREFIX_NOT_EQUALS")]}, [1, 3, 5, 7]),
        ({"UpdatedAt": [{"DateRange": {"Value": 2, "Unit": "DAYS"}}]}, [0, 1, 2]),
        ({"UpdatedAt": [{"Start": "2026-11-15T00:00:00Z", "End": "2026-11-17T12:00:00Z"}]}, [3, 4, 5]),
        ({"ResourceId": [is_("table/orders", "CONTAINS")], "WorkflowStatus": [is_("NEW")]}, [1, 3, 5, 7]),
    ],
)
def test_security_hub_evaluates_filters(
    aws: Loopback, hub: FakeSecurityHub, filters: dict[str, object], which: list[int]
) -> None:
    assert found_by(aws, **filters) == which


def test_security_hub_sorts_and_pages(aws: Loopback, hub: FakeSecurityHub) -> None:
    hub.findings += [fake_securityhub.finding(100 + n, "INFORMATIONAL", NOW, ("Other", "x")) for n in range(150)]
    order = [{"Field": "SeverityNormalized", "SortOrder": "desc"}]
    pages = list(aws.client("securityhub").get_paginator("get_findings").paginate(SortCriteria=order, MaxResults=100))
    assert [len(found["Findings"]) for found in pages] == [100, 58]
    assert [f["Severity"]["Label"] for f in pages[0]["Findings"][:3]] == ["CRITICAL", "CRITICAL", "HIGH"]
    assert len(aws.client("securityhub").get_findings()["Findings"]) == 10


def test_security_hub_may_be_off(aws: Loopback, hub: FakeSecurityHub) -> None:
    hub.enabled = False
    with pytest.raises(ClientError, match="InvalidAccessException"):
        found_by(aws)
    aws.rejected.clear()
    with pytest.raises(ClientError, match="InvalidInputException"):
        found_by(aws, SeverityLabel=[{"Value": "HIGH", "Comparison": "LIKE"}])
    assert len(aws.rejected) == 1


@pytest.fixture
def guard(aws: Loopback) -> FakeGuardDuty:
    def made(n: int) -> fake_guardduty.Finding:
        return fake_guardduty.finding(
            n, n % 10 / 1.0, NOW - timedelta(hours=n), "Recon:IAMUser/X", {"ResourceType": "AccessKey"}
        )

    fake = FakeGuardDuty([made(n) for n in range(60)])
    fake.findings[8]["Service"]["Archived"] = True
    aws.serve(fake)
    return fake


def listed(aws: Loopback, criterion: dict[str, object]) -> list[int]:
    pages = (
        aws.client("guardduty")
        .get_paginator("list_findings")
        .paginate(DetectorId=DETECTOR, FindingCriteria={"Criterion": criterion})
    )
    return [int(id, 16) for found in pages for id in found["FindingIds"]]


def test_guardduty_evaluates_criteria(aws: Loopback, guard: FakeGuardDuty) -> None:
    since = int((NOW - timedelta(hours=20)).timestamp() * 1000)
    assert listed(aws, {"severity": {"GreaterThanOrEqual": 8}, "updatedAt": {"GreaterThanOrEqual": since}}) == [
        8,
        9,
        18,
        19,
    ]
    assert listed(aws, {"severity": {"Gte": 8}, "service.archived": {"Eq": ["false"]}, "updatedAt": {"Gt": since}}) == [
        9,
        18,
        19,
    ]
    assert listed(aws, {"severity": {"Equals": ["9"]}, "type": {"NotEquals": ["x"]}}) == [9, 19, 29, 39, 49, 59]
    assert listed(aws, {"resource.resourceType": {"Eq": ["Instance"]}}) == []


def test_guardduty_gives_fifty_at_once(aws: Loopback, guard: FakeGuardDuty) -> None:
    client = aws.client("guardduty")
    assert client.list_detectors()["DetectorIds"] == [DETECTOR]
    assert listed(aws, {}) == list(range(60))
    assert aws.counted()["guardduty.ListFindings"] == 2
    ids = [f["Id"] for f in guard.findings]
    assert len(client.get_findings(DetectorId=DETECTOR, FindingIds=[*ids[:49], "none"])["Findings"]) == 49
    with pytest.raises(ClientError, match="BadRequestException"):
        client.get_findings(DetectorId=DETECTOR, FindingIds=ids[:51])
    with pytest.raises(ClientError, match="not owned"):
        client.list_findings(DetectorId="other")


def test_a_knowledge_base_gives_as_many_as_asked_for_in_order(aws: Loopback) -> None:
    texts = [
        "DynamoDB のスロットリング時は書き込みキャパシティを確認する",
        "How to rotate certificates",
        "書き込みが遅いとき",
        *(f"other {n}" for n in range(9)),
    ]
    aws.serve(FakeKnowledgeBase([(f"s3://runbooks/{n}.md", text) for n, text in enumerate(texts)]))
    client = aws.client("bedrock-agent-runtime")

    def retrieved(n: int | None) -> list[str]:
        more = {"retrievalConfiguration": {"vectorSearchConfiguration": {"numberOfResults": n}}} if n else {}
        found = client.retrieve(
            knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery={"text": "書き込みのスロットリング"}, **more
        )
        return [r["location"]["s3Location"]["uri"] for r in found["retrievalResults"]]

    assert retrieved(2) == ["s3://runbooks/0.md", "s3://runbooks/2.md"]
    assert (len(retrieved(None)), len(retrieved(10))) == (5, 10)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.retrieve(knowledgeBaseId="KB00000000", retrievalQuery={"text": "x"})
    with pytest.raises(ClientError, match="ValidationException"):
        retrieved(101)


def test_a_role_is_assumed_and_its_account_told(aws: Loopback) -> None:
    import boto3

    role = "arn:aws:iam::444455556666:role/fa2-reader"
    aws.serve(sts := FakeSts(NOW, {role: "pass"}))
    client = aws.client("sts")
    assert client.get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/tester"
    with pytest.raises(ClientError, match="AccessDenied"):
        client.assume_role(RoleArn=role, RoleSessionName="fa2")
    given = client.assume_role(RoleArn=role, RoleSessionName="fa2", ExternalId="pass")["Credentials"]
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    other = boto3.client(
        "sts", endpoint_url=aws.url, region_name="eu-west-1", aws_session_token=given["SessionToken"], **keys
    )
    assert other.get_caller_identity()["Account"] == "444455556666"
    assert sts.role_of[aws.calls[-1].access_key] == role
    assert aws.calls[-1].region == "eu-west-1"
