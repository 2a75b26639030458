"""Findings as AWS writes them, for tests: rows of the table come by the readers of exports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from fa2.core.ports import Gaps
from fa2.findings.reading import Finding, finding_of
from fa2.sources.local import guardduty, security_hub
from fa2.sources.local.json_values import Json

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
LABELS = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
BUCKET = "arn:aws:s3:::receipts"


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def check(
    n: int,
    control: str,
    label: str = "HIGH",
    *,
    resource: str = BUCKET,
    age: timedelta = timedelta(days=2),
    **more: Json,
) -> dict[str, Json]:
    """Return a failed check of Security Hub."""
    return {
        "Id": f"arn:aws:securityhub:eu-west-1:111122223333:security-control/{control}/finding/{n}",
        "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
        "ProductName": "Security Hub",
        "GeneratorId": f"security-control/{control}",
        "AwsAccountId": "111122223333",
        "Region": "eu-west-1",
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "CreatedAt": written(NOW - age),
        "UpdatedAt": written(NOW - timedelta(hours=3)),
        "LastObservedAt": written(NOW - timedelta(hours=3)),
        "Severity": {"Label": label, "Normalized": LABELS[label]},
        "Title": f"{control} should hold",
        "Description": f"This control checks {control}.",
        "Remediation": {"Recommendation": {"Text": "Do this.", "Url": f"https://docs.aws.amazon.com/{control}"}},
        "Resources": [{"Type": "AwsS3Bucket", "Id": resource, "Region": "eu-west-1"}],
        "Compliance": {"Status": "FAILED", "SecurityControlId": control},
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
        **more,
    }  # fmt: skip


def threat(
    n: int,
    kind: str,
    severity: float = 8.0,
    *,
    instance: str = "i-0abc",
    seen: timedelta = timedelta(hours=2),
    **more: Json,
) -> dict[str, Json]:
    """Return a finding of GuardDuty on an instance."""
    moment = written(NOW - seen)
    return {
        "AccountId": "111122223333",
        "Region": "eu-west-1",
        "Id": f"{n:032x}",
        "Severity": severity,
        "Title": f"{kind} seen",
        "Description": f"what {kind} is",
        "Type": kind,
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": instance}},
        "Service": {"Archived": False, "Count": 1, "EventFirstSeen": moment, "EventLastSeen": moment},
        **more,
    }  # fmt: skip


def read(*documents: dict[str, Json]) -> list[Finding]:
    """Return findings as they come out of a bundle's table."""
    found: list[Finding] = []
    for document in documents:
        reader = guardduty if "Type" in document else security_hub
        rows: Iterable[Any] = reader.rows_of([{"Findings": [document]}], Gaps())
        for batch in rows:
            for n in range(len(batch.columns["id"])):
                row = {name: values[n] for name, values in batch.columns.items()}
                found.append(finding_of({**row, "us": row["timestamp"]}))
    return found
