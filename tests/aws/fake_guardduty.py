"""GuardDuty: findings by criteria that are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from answers import given, page, without
from loopback import ACCOUNT, REGION
from wire import AwsError, Params

Finding = dict[str, Any]
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"
_OLD = {
    "Eq": "Equals",
    "Neq": "NotEquals",
    "Gt": "GreaterThan",
    "Gte": "GreaterThanOrEqual",
    "Lt": "LessThan",
    "Lte": "LessThanOrEqual",
}
_TIMES = ("updatedAt", "createdAt", "service.eventLastSeen", "service.eventFirstSeen")


def finding(
    n: int, severity: float, at: datetime, kind: str, resource: Mapping[str, object], **more: object
) -> Finding:
    """Return a finding of a type about a resource (members of Resource), last seen at a time."""
    written = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "AccountId": ACCOUNT,
        "Arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{DETECTOR}/finding/{n:032x}",
        "CreatedAt": written,
        "UpdatedAt": written,
        "Id": f"{n:032x}",
        "Partition": "aws",
        "Region": REGION,
        "SchemaVersion": "2.0",
        "Severity": severity,
        "Title": f"finding {n}",
        "Description": f"what finding {n} is about",
        "Type": kind,
        "Resource": dict(resource),
        "Service": {
            "Archived": False,
            "Count": 1,
            "DetectorId": DETECTOR,
            "EventFirstSeen": written,
            "EventLastSeen": written,
            "ServiceName": "guardduty",
        },
        **more,
    }


@dataclass
class FakeGuardDuty:
    """Findings of the one detector of an account and region."""

    findings: list[Finding] = field(default_factory=list)
    detectors: list[str] = field(default_factory=lambda: [DETECTOR])
    service = "guardduty"

    def list_detectors(self, params: Params) -> dict[str, object]:
        """Give the ids of detectors, one at most in AWS; none where GuardDuty is off."""
        return {"DetectorIds": self.detectors}

    def list_findings(self, params: Params) -> dict[str, object]:
        """Give ids of findings."""
        self._check(params)
        criteria: Any = params.get("FindingCriteria", {})
        criterion = criteria.get("Criterion", {})
        found = [f for f in self.findings if all(_meets(f, name, wanted) for name, wanted in criterion.items())]
        order: Any = params.get("SortCriteria")
        if order:
            found.sort(key=lambda f: _value(f, order["AttributeName"]), reverse=order.get("OrderBy") == "DESC")
        kept = without(params, "NextToken", "MaxResults")
        size = int(str(params.get("MaxResults", 50)))
        rows, token = page(
            [f["Id"] for f in found], kept, size=size, token=params.get("NextToken"), bad="BadRequestException"
        )
        return {"FindingIds": rows, "NextToken": token or ""}

    def get_findings(self, params: Params) -> dict[str, object]:
        """Give findings whole; those that there are not are left out."""
        self._check(params)
        ids: Any = params["FindingIds"]
        return given(Findings=[f for f in self.findings if f["Id"] in ids])

    def _check(self, params: Params) -> None:
        if params["DetectorId"] not in self.detectors:
            raise AwsError(
                "BadRequestException",
                "The request is rejected because the input detectorId is not owned by the current account.",
            )


def _meets(found: Finding, name: str, wanted: Mapping[str, Any]) -> bool:
    value = _value(found, name)
    conditions = {_OLD.get(key, key): operand for key, operand in wanted.items()}
    return all(_compared(value, condition, operand) for condition, operand in conditions.items())


def _compared(value: Any, condition: str, operand: Any) -> bool:
    match condition:
        case "Equals":
            return _text(value) in operand
        case "NotEquals":
            return _text(value) not in operand
        case "GreaterThan":
            return bool(value > operand)
        case "GreaterThanOrEqual":
            return bool(value >= operand)
        case "LessThan":
            return bool(value < operand)
        case "LessThanOrEqual":
            return bool(value <= operand)
        case _:
            raise AwsError("BadRequestException", f"{condition} is not evaluated here")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _value(found: Finding, name: str) -> Any:
    """Return an attribute by its name as criteria have it, `service.archived`; times in milliseconds since 1970."""
    node: Any = found
    for part in name.split("."):
        node = node.get(part[0].upper() + part[1:]) if isinstance(node, Mapping) else None
    if node is None:
        raise AwsError("BadRequestException", f"The request is rejected because {name} is not a valid attribute.")
    return int(datetime.fromisoformat(node).timestamp() * 1000) if name in _TIMES else node
