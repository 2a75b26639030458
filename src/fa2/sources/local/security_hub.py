"""Security Hub findings (ASFF) into findings: get-findings output, EventBridge events, bare lists.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.aws_findings import findings_in, findings_of
from fa2.sources.local.cloudtrail_resources import service_named
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, json_text, micros, number, present, text
from fa2.sources.local.row_batches import Row, batches

_OF_LABEL = {"INFORMATIONAL": 0.0, "LOW": 1.0, "MEDIUM": 40.0, "HIGH": 70.0, "CRITICAL": 90.0}
"""Security Hub's own Normalized for a finding that brings only a Label."""
_TIMES = ("LastObservedAt", "UpdatedAt", "CreatedAt", "FirstObservedAt")
"""When the problem was last seen to be there; a finding's creation may lie months back."""
_NAMELESS = frozenset({"iam", "ec2", "kms", "cloudtrail", "config", "sts", "ssm", "organizations"})


class SecurityHub:
    """Reads findings in the AWS Security Finding Format."""

    name = "security_hub"
    tables: tuple[str, ...] = ("findings",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 where the first finding is ASFF."""
        return next((1.0 for f in findings_in(peek(head.head)) if _is_asff(f)), 0.0)

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield findings. Counts finding (no id or no time) and aws_more_pages."""
        yield from rows_of(documents(file, gaps), gaps)


source = SecurityHub()


def rows_of(answers: Iterable[Json], gaps: Gaps) -> Iterator[Rows]:
    """Yield the findings in answers of GetFindings; what `read` says of gaps holds here too."""
    yield from batches("findings", _findings(answers, gaps))


def _findings(answers: Iterable[Json], gaps: Gaps) -> Iterator[Row]:
    for found in findings_of(answers, gaps):
        time = next((t for name in _TIMES if (t := micros(at(found, name))) is not None), None)
        finding_id = text(at(found, "Id"))
        if time is None or finding_id is None or not _is_asff(found):
            gaps.add("finding", 1, json_text(found) or str(found))
            continue
        yield _row(found, finding_id, time)


def _row(found: Json, finding_id: str, time: int) -> Row:
    severity, label = _severity(at(found, "Severity"))
    kind, resource_id = (
        text(at(found, "Resources", 0, "Type")),
        text(at(found, "Resources", 0, "Id")),
    )
    return {
        "timestamp": time,
        "origin": "securityhub",
        "id": finding_id,
        "title": text(at(found, "Title")),
        "severity": severity,
        "severity_label": label,
        "status": _status(found),
        "resource_type": kind,
        "resource_id": resource_id,
        "service": _service(resource_id),
        "detail": _detail(found),
    }


def _severity(severity: Json) -> tuple[float | None, str | None]:
    label = (text(at(severity, "Label")) or "").upper() or None
    normalized = number(at(severity, "Normalized"))
    if normalized is None and label in _OF_LABEL:
        normalized = _OF_LABEL[label]
    if normalized is not None:
        normalized = min(100.0, max(0.0, normalized))
        label = label or _label_of(normalized)
    return normalized, label


def _label_of(normalized: float) -> str:
    for label, least in (("CRITICAL", 90), ("HIGH", 70), ("MEDIUM", 40), ("LOW", 1)):
        if normalized >= least:
            return label
    return "INFORMATIONAL"


def _status(found: Json) -> str | None:
    """Return ARCHIVED, PASSED where a check passed, else the state of work: NEW, NOTIFIED, ..."""
    record = text(at(found, "RecordState"))
    if record == "ARCHIVED" or at(found, "Compliance", "Status") == "PASSED":
        return "ARCHIVED" if record == "ARCHIVED" else "PASSED"
    return text(at(found, "Workflow", "Status")) or text(at(found, "WorkflowState")) or record


def _service(resource_id: str | None) -> str | None:
    """Return the service that a resource's ARN names; ids of people, hosts and keys name none."""
    if resource_id is None or not resource_id.startswith("arn:") or resource_id.count(":") < 5:
        return None
    return None if resource_id.split(":")[2] in _NAMELESS else service_named(None, resource_id)


def _detail(found: Json) -> str | None:
    return json_text(
        present(
            description=at(found, "Description"),
            types=at(found, "Types"),
            product=at(found, "ProductName") or at(found, "ProductArn"),
            generator=at(found, "GeneratorId"),
            account=at(found, "AwsAccountId"),
            region=at(found, "Region"),
            compliance=at(found, "Compliance"),
            workflow=at(found, "Workflow"),
            recordState=at(found, "RecordState"),
            firstObservedAt=at(found, "FirstObservedAt"),
            createdAt=at(found, "CreatedAt"),
            remediation=at(found, "Remediation"),
            resources=at(found, "Resources"),
        )
    )


def _is_asff(found: Json) -> bool:
    known = text(at(found, "ProductArn")) or text(at(found, "AwsAccountId"))
    return bool(known and text(at(found, "Id")) and text(at(found, "Title") or at(found, "Types", 0)))
