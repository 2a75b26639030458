"""GuardDuty findings into findings: get-findings output, EventBridge events, the export to S3.

https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.aws_findings import findings_in, findings_of
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, micros, number, present, text
from fa2.sources.local.row_batches import Row, batches

_LABELS = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (1.0, "LOW"))
_TIMES = (("service", "eventLastSeen"), ("updatedAt",), ("createdAt",))
"""When it was last seen; GuardDuty adds new events to an old finding."""
_RESOURCES: dict[str, tuple[tuple[str | int, ...], ...]] = {
    "AccessKey": (("accessKeyDetails", "userName"), ("accessKeyDetails", "accessKeyId")),
    "Instance": (("instanceDetails", "instanceId"),),
    "S3Bucket": (("s3BucketDetails", 0, "name"), ("s3BucketDetails", 0, "arn")),
    "S3Object": (("s3BucketDetails", 0, "name"),),
    "EKSCluster": (("eksClusterDetails", "name"),),
    "KubernetesCluster": (("eksClusterDetails", "name"),),
    "ECSCluster": (("ecsClusterDetails", "name"),),
    "Container": (("containerDetails", "name"), ("containerDetails", "id")),
    "RDSDBInstance": (("rdsDbInstanceDetails", "dbInstanceIdentifier"),),
    "Lambda": (("lambdaDetails", "functionName"), ("lambdaDetails", "functionArn")),
}
_SERVICES: tuple[tuple[str | int, ...], ...] = (
    ("lambdaDetails", "functionName"),
    ("kubernetesDetails", "kubernetesWorkloadDetails", "name"),
    ("ecsClusterDetails", "taskDetails", "group"),
    ("rdsDbInstanceDetails", "dbInstanceIdentifier"),
    ("s3BucketDetails", 0, "name"),
    ("eksClusterDetails", "name"),
)


class GuardDuty:
    """Reads GuardDuty findings."""

    name = "guardduty"
    tables: tuple[str, ...] = ("findings",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 where the first finding is GuardDuty's."""
        found = (_lower_camel(f) for f in findings_in(peek(head.head)))
        return next((1.0 for f in found if _is_guardduty(f)), 0.0)

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield findings. Counts finding (no id or no time) and aws_more_pages."""
        yield from rows_of(documents(file, gaps), gaps)


source = GuardDuty()


def rows_of(answers: Iterable[Json], gaps: Gaps) -> Iterator[Rows]:
    """Yield the findings in answers of GetFindings; what `read` says of gaps holds here too."""
    yield from batches("findings", _findings(answers, gaps))


def _findings(answers: Iterable[Json], gaps: Gaps) -> Iterator[Row]:
    for written in findings_of(answers, gaps):
        found = _lower_camel(written)
        time = next((t for path in _TIMES if (t := micros(at(found, *path))) is not None), None)
        finding_id = text(at(found, "id"))
        if time is None or finding_id is None or not _is_guardduty(found):
            gaps.add("finding", 1, json_text(written) or str(written))
            continue
        yield _row(found, finding_id, time)


def _row(found: Json, finding_id: str, time: int) -> Row:
    severity = number(at(found, "severity"))
    resource = at(found, "resource")
    kind = text(at(resource, "resourceType"))
    paths = _RESOURCES.get(kind or "", ())
    archived = at(found, "service", "archived") is True
    return {
        "timestamp": time,
        "origin": "guardduty",
        "id": finding_id,
        "title": text(at(found, "title")) or text(at(found, "type")),
        "severity": min(100.0, max(0.0, round(severity * 10, 3))) if severity is not None else None,
        "severity_label": _label(severity),
        "status": "ARCHIVED" if archived else "ACTIVE",
        "resource_type": kind,
        "resource_id": next((name for path in paths if (name := text(at(resource, *path)))), None),
        "service": _service(resource),
        "detail": json_text(
            present(
                type=at(found, "type"),
                description=at(found, "description"),
                account=at(found, "accountId"),
                region=at(found, "region"),
                count=at(found, "service", "count"),
                eventFirstSeen=at(found, "service", "eventFirstSeen"),
                eventLastSeen=at(found, "service", "eventLastSeen"),
                action=at(found, "service", "action"),
                resource=resource,
            )
        ),
    }


def _label(severity: float | None) -> str | None:
    if severity is None:
        return None
    return next((label for least, label in _LABELS if severity >= least), "INFORMATIONAL")


def _service(resource: Json) -> str | None:
    for path in _SERVICES:
        name = text(at(resource, *path))
        if name:
            return name.removeprefix("service:")
    for tag in items(at(resource, "instanceDetails", "tags")):
        if at(tag, "key") == "Name":
            return text(at(tag, "value"))
    return None


def _is_guardduty(found: Json) -> bool:
    known = isinstance(at(found, "service"), dict) and isinstance(at(found, "resource"), dict)
    return known and text(at(found, "type")) is not None and text(at(found, "accountId")) is not None


def _lower_camel(value: Json, depth: int = 0) -> Json:
    """Return the finding with keys as GuardDuty exports them; the CLI writes them capitalised."""
    if depth > 40:
        return None
    if isinstance(value, dict):
        return {_uncapitalised(k): _lower_camel(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_lower_camel(v, depth + 1) for v in value]
    return value


def _uncapitalised(key: str) -> str:
    return key[:1].lower() + key[1:]
