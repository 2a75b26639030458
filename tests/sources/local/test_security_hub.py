"""Tests of Security Hub findings, in the shape of the AWS Security Finding Format."""

from __future__ import annotations

import orjson
import pytest
from exported_file import exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local import guardduty
from fa2.sources.local.json_values import Json
from fa2.sources.local.security_hub import source


def finding(**fields: Json) -> dict[str, Json]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": "arn:aws:securityhub:eu-central-1:123456789012:finding/a1b2",
        "ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/securityhub",
        "GeneratorId": "pci-dss/v/3.2.1/PCI.Lambda.2",
        "AwsAccountId": "123456789012",
        "CreatedAt": "2026-06-02T14:02:49.159Z",
        "UpdatedAt": "2026-11-20T03:00:01.000Z",
        "LastObservedAt": "2026-11-20T03:00:00.000Z",
        "Severity": {"Label": "CRITICAL", "Normalized": 90},
        "Title": "PCI.Lambda.2 Lambda functions should be in a VPC",
        "Resources": [
            {
                "Type": "AwsLambdaFunction",
                "Id": "arn:aws:lambda:eu-central-1:123456789012:function:checkout",
            }
        ],
        "Compliance": {"Status": "FAILED"},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        **fields,
    }


def test_a_finding_is_read_from_cli_output() -> None:
    file = exported({"Findings": [finding()], "NextToken": "x"})
    assert source.recognise(file.head()) == 1.0
    assert guardduty.source.recognise(file.head()) == 0.0
    gaps = Gaps()
    (row,) = rows_of(source, file, gaps)
    detail = orjson.loads(str(row.pop("detail")))
    assert row == {
        "timestamp": 1795143600000000,
        "origin": "securityhub",
        "id": "arn:aws:securityhub:eu-central-1:123456789012:finding/a1b2",
        "title": "PCI.Lambda.2 Lambda functions should be in a VPC",
        "severity": 90.0,
        "severity_label": "CRITICAL",
        "status": "NEW",
        "resource_type": "AwsLambdaFunction",
        "resource_id": "arn:aws:lambda:eu-central-1:123456789012:function:checkout",
        "service": "checkout",
    }
    assert detail["createdAt"] == "2026-06-02T14:02:49.159Z"
    assert gaps.counts == {"aws_more_pages": 1}


def test_events_bare_lists_and_lines_are_read_too() -> None:
    event = {
        "detail-type": "Security Hub Findings - Imported",
        "detail": {"findings": [finding(), finding()]},
    }
    assert source.recognise(exported(event).head()) == 1.0
    assert len(rows_of(source, exported(event))) == 2
    assert len(rows_of(source, exported([finding()]))) == 1
    lines = orjson.dumps(finding()) + b"\n" + orjson.dumps(finding())
    assert len(rows_of(source, exported(lines))) == 2


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"Label": "HIGH"}, (70.0, "HIGH")),
        ({"Normalized": 45}, (45.0, "MEDIUM")),
        ({"Normalized": 0}, (0.0, "INFORMATIONAL")),
        ({"Product": 3}, (None, None)),
        (None, (None, None)),
    ],
)
def test_severity_is_completed_as_security_hub_does(severity: Json, expected: tuple[object, object]) -> None:
    (row,) = rows_of(source, exported({"Findings": [finding(Severity=severity)]}))
    assert (row["severity"], row["severity_label"]) == expected


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"RecordState": "ARCHIVED"}, "ARCHIVED"),
        ({"Compliance": {"Status": "PASSED"}}, "PASSED"),
        ({"Workflow": {"Status": "NOTIFIED"}}, "NOTIFIED"),
        ({"Workflow": None, "WorkflowState": "NEW"}, "NEW"),
    ],
)
def test_the_status_says_whether_it_still_matters(fields: dict[str, Json], status: str) -> None:
    (row,) = rows_of(source, exported([finding(**fields)]))
    assert row["status"] == status


def test_broken_findings_are_counted() -> None:
    gaps = Gaps()
    ageless = finding(CreatedAt=None, UpdatedAt="?", LastObservedAt=[])
    assert rows_of(source, exported({"Findings": [ageless, finding(Id=None), 3]}), gaps) == []
    assert gaps.counts == {"finding": 3}
