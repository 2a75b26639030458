"""Findings out of a bundle's table: its columns, and what of AWS's own record lies in their detail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from fa2.core.bundle import Bundle
from fa2.core.findings_report import LABELS, LEAST, Label, Nature, Origin, Resource
from fa2.findings.families import family_of, nature_of

_CONTROL = re.compile(r"\b([A-Za-z][A-Za-z0-9]{1,24}\.\d{1,3})\b")
_OPEN_TO_ALL = re.compile(r"\bpublic(?:ly)?\b|0\.0\.0\.0/0|::/0|\binternet\b|\bunrestricted\b", re.IGNORECASE)
_CLOSED = frozenset({"ARCHIVED", "PASSED", "RESOLVED", "SUPPRESSED"})
_SHORT = re.compile(r"arn:[^:]*:(?:ec2:[^:]*:[^:]*:instance/(i-[0-9a-f]+)|s3:::([^/]+))")
_ARN = re.compile(r"arn:[^:]*:[^:]*:([a-z0-9-]*):(\d{12})?:")


@dataclass(frozen=True)
class Finding:
    """One finding, at its latest."""

    origin: Origin
    id: str
    key: str
    """What tells its kind from others of its origin: control, type of threat, generator or title."""
    product: str
    family: str
    nature: Nature
    title: str
    description: str
    remediation: str
    remediation_url: str
    severity: float | None
    label: Label
    closed: bool
    """Archived, passed, resolved or suppressed."""
    first_seen: datetime
    last_seen: datetime
    account: str
    region: str
    resources: tuple[Resource, ...]
    open: bool
    """Whether it says that settings let in the internet, or do not rule it out."""
    has_public_address: bool
    """Whether the record shows that the internet reaches what it is about."""


def read_findings(bundle: Bundle) -> list[Finding]:
    """Return each finding of a bundle once, at its latest, by origin and id. Reads the table once.

    A finding of GuardDuty that Security Hub passes on counts as GuardDuty's, where both are there.
    """
    if "findings" not in bundle.tables:
        return []
    columns = (
        "epoch_us(timestamp), origin, id, title, severity, severity_label, status, resource_type, resource_id, detail"
    )
    with bundle.connected() as connection:
        rows = connection.execute(f"SELECT {columns} FROM findings").fetchall()
    names = [column.rpartition(" ")[2] for column in columns.replace("epoch_us(timestamp)", "us").split(", ")]
    return list(distinct(finding_of(dict(zip(names, row, strict=True))) for row in rows))


def distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each finding once, the latest of its states, in the order of origin and id."""
    latest: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        held = latest.get((finding.origin, finding.id))
        if held is None or held.last_seen <= finding.last_seen:
            latest[finding.origin, finding.id] = finding
    own = {id for origin, id in latest if origin == "guardduty"}
    for (origin, id), finding in sorted(latest.items()):
        if origin == "guardduty" or id.rpartition("/finding/")[2] not in own:
            yield finding


def one_name(id: str) -> str:
    """Return a resource's id as one product writes it where several differ: of instances and buckets the short one."""
    found = _SHORT.fullmatch(id)
    return (found[1] or found[2]) if found else id


def finding_of(row: Mapping[str, Any]) -> Finding:
    """Return a row of the findings table; `us` is its time in microseconds, the detail JSON text or null."""
    detail = _parsed(row["detail"])
    origin: Origin = "guardduty" if row["origin"] == "guardduty" else "securityhub"
    types = [str(kind) for kind in _list(detail.get("types"))]
    kind = _text(detail.get("type")) or next(
        (t.rpartition("/")[2].replace("-", "/", 1) for t in types if _passed(t)), ""
    )
    control = _control(detail) if origin == "securityhub" else ""
    family = family_of(origin, kind, control, types)
    last = _moment(row["us"])
    title = _text(row["title"]) or str(row["id"])
    severity = None if row["severity"] is None or row["severity"] != row["severity"] else float(row["severity"])
    recommended = _mapping(_mapping(detail.get("remediation")).get("Recommendation"))
    return Finding(
        origin=origin,
        id=str(row["id"]),
        key=control or kind or _text(detail.get("generator")) or title,
        product="GuardDuty" if origin == "guardduty" else _product(_text(detail.get("product"))),
        family=family,
        nature=nature_of(family),
        title=title,
        description=_text(detail.get("description")),
        remediation=_text(recommended.get("Text")),
        remediation_url=_text(recommended.get("Url")),
        severity=severity,
        label=_label(_text(row["severity_label"]).upper(), severity),
        closed=_text(row["status"]).upper() in _CLOSED,
        first_seen=min(last, _first_seen(detail) or last),
        last_seen=last,
        account=_text(detail.get("account")),
        region=_text(detail.get("region")),
        resources=tuple(_resources(row, detail)),
        open=bool(_OPEN_TO_ALL.search(title)),
        has_public_address=_has_public_address(detail),
    )


def _passed(type: str) -> bool:
    """Tell whether one of ASFF's types names a threat as GuardDuty does: `TTPs/…/Execution:EC2-SuspiciousFile`."""
    return ":" in type.rpartition("/")[2]


def _control(detail: Mapping[str, Any]) -> str:
    """Return the control that a check of Security Hub is of, by its compliance or its generator."""
    stated = _text(_mapping(detail.get("compliance")).get("SecurityControlId"))
    generator = _text(detail.get("generator"))
    checks = stated or (generator if "security-control/" in generator or "foundational" in generator else "")
    found = _CONTROL.search(checks.rpartition("/")[2] or checks)
    return found[1] if found else ""


def _label(written: str, severity: float | None) -> Label:
    for label in LABELS:
        if label == written or (written not in LABELS and severity is not None and severity >= LEAST[label]):
            return label
    return "INFORMATIONAL"


def _product(written: str) -> str:
    """Return a product's name; of an ARN the last part, in words."""
    return written.rpartition("/")[2].replace("-", " ").title() if written.startswith("arn:") else written or "–"


def _resources(row: Mapping[str, Any], detail: Mapping[str, Any]) -> Iterator[Resource]:
    account, region = _text(detail.get("account")), _text(detail.get("region"))
    listed = [_mapping(one) for one in _list(detail.get("resources"))]
    for one in listed:
        if id := _text(one.get("Id")):
            yield _placed(Resource(_text(one.get("Type")), id, account, _text(one.get("Region")) or region))
    if not listed and row["resource_id"]:
        yield _placed(Resource(_text(row["resource_type"]), str(row["resource_id"]), account, region))


def _placed(resource: Resource) -> Resource:
    """Return the resource in the account and region that its ARN names, where it does."""
    found = _ARN.match(resource.id)
    if not found:
        return resource
    return Resource(resource.type, resource.id, found[2] or resource.account, found[1] or resource.region)


def _has_public_address(detail: Mapping[str, Any]) -> bool:
    """Tell whether GuardDuty's record of the resource has a public address, or a bucket that everybody may read."""
    resource = _mapping(detail.get("resource"))
    interfaces = _list(_mapping(resource.get("instanceDetails")).get("networkInterfaces"))
    buckets = _list(resource.get("s3BucketDetails"))
    return any(_text(_mapping(i).get("publicIp")) for i in interfaces) or any(
        _mapping(_mapping(b).get("publicAccess")).get("effectivePermission") == "PUBLIC" for b in buckets
    )


def _first_seen(detail: Mapping[str, Any]) -> datetime | None:
    for name in ("eventFirstSeen", "firstObservedAt", "createdAt"):
        try:
            moment = datetime.fromisoformat(_text(detail.get(name)))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)


def _parsed(detail: object) -> Mapping[str, Any]:
    try:
        return _mapping(orjson.loads(detail)) if isinstance(detail, str) else {}
    except orjson.JSONDecodeError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
