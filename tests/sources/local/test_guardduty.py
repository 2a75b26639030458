"""Tests of GuardDuty findings, in the shapes of the CLI, of EventBridge and of the export to S3."""

from __future__ import annotations

import orjson
import pytest
from exported_file import exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local import security_hub
from fa2.sources.local.guardduty import source
from fa2.sources.local.json_values import Json


def finding(**fields: Json) -> dict[str, Json]:
    return {
        "Resource": {
            "ResourceType": "AccessKey",
            "AccessKeyDetails": {"UserName": "testuser", "UserType": "IAMUser"},
        },
        "Service": {
            "Count": 5,
            "Archived": False,
            "EventFirstSeen": "2026-11-20T02:02:24Z",
            "EventLastSeen": "2026-11-20T03:00:00Z",
        },
        "Title": "Unusual user permission reconnaissance activity by testuser.",
        "Type": "Recon:IAMUser/UserPermissions",
        "Region": "us-east-1",
        "UpdatedAt": "2026-11-20T03:55:21.703Z",
        "CreatedAt": "2026-11-20T02:21:48.385Z",
        "SchemaVersion": "2.0",
        "Severity": 5,
        "Id": "1ab92989eaf0e742df4a014d5example",
        "AccountId": "111122223333",
        **fields,
    }


def exported_form(value: Json) -> Json:
    if isinstance(value, dict):
        return {k[0].lower() + k[1:]: exported_form(v) for k, v in value.items()}
    return value


def test_cli_event_and_export_give_the_same_row() -> None:
    lower = exported_form(finding())
    event = {"detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": lower}
    files = [
        exported({"Findings": [finding()]}),
        exported(event),
        exported(orjson.dumps(lower) + b"\n"),
    ]
    rows = []
    for file in files:
        assert source.recognise(file.head()) == 1.0
        assert security_hub.source.recognise(file.head()) == 0.0
        (row,) = rows_of(source, file)
        rows.append(row)
    detail = orjson.loads(str(rows[0]["detail"]))
    assert rows[0] == rows[1] == rows[2]
    assert detail["eventFirstSeen"] == "2026-11-20T02:02:24Z"
    assert {**rows[0], "detail": None} == {
        "timestamp": 1795143600000000,
        "origin": "guardduty",
        "id": "1ab92989eaf0e742df4a014d5example",
        "title": "Unusual user permission reconnaissance activity by testuser.",
        "severity": 50.0,
        "severity_label": "MEDIUM",
        "status": "ACTIVE",
        "resource_type": "AccessKey",
        "resource_id": "testuser",
        "service": None,
        "detail": None,
    }


@pytest.mark.parametrize(
    ("severity", "label"),
    [
        (9.0, "CRITICAL"),
        (8.9, "HIGH"),
        (7.0, "HIGH"),
        (6.9, "MEDIUM"),
        (3.9, "LOW"),
        (0.5, "INFORMATIONAL"),
    ],
)
def test_labels_follow_the_documented_ranges(severity: float, label: str) -> None:
    (row,) = rows_of(source, exported([finding(Severity=severity)]))
    assert row["severity_label"] == label
    assert row["severity"] == severity * 10


def test_the_service_is_what_was_attacked() -> None:
    bucket: Json = {"ResourceType": "S3Bucket", "S3BucketDetails": [{"Name": "images"}]}
    tags: Json = [{"Key": "Name", "Value": "web"}]
    host: Json = {
        "ResourceType": "Instance",
        "InstanceDetails": {"InstanceId": "i-99", "Tags": tags},
    }
    rows = rows_of(source, exported([finding(Resource=bucket), finding(Resource=host)]))
    assert [(row["resource_id"], row["service"]) for row in rows] == [
        ("images", "images"),
        ("i-99", "web"),
    ]


def test_broken_findings_are_counted() -> None:
    gaps = Gaps()
    ageless = finding(Service={}, UpdatedAt=None, CreatedAt=None)
    assert rows_of(source, exported({"Findings": [ageless, finding(Id=""), None]}), gaps) == []
    assert gaps.counts == {"finding": 3}
