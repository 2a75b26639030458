"""Security Hub: findings by filters that are evaluated as documented.

Of one attribute, positive comparisons are joined by OR and negative ones by AND; attributes are joined by AND.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from answers import given, page, without
from loopback import ACCOUNT, REGION
from wire import AwsError, Params

Finding = dict[str, Any]
_NORMALIZED = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
_PATHS = {
    "SeverityLabel": "Severity.Label",
    "SeverityNormalized": "Severity.Normalized",
    "WorkflowStatus": "Workflow.Status",
    "ComplianceStatus": "Compliance.Status",
    "Type": "Types",
    "ResourceId": "Resources.Id",
    "ResourceType": "Resources.Type",
    "ResourceRegion": "Resources.Region",
}
_PLAIN = frozenset(
    "Id AwsAccountId Region ProductName ProductArn GeneratorId Title Description RecordState CompanyName "
    "CreatedAt UpdatedAt FirstObservedAt LastObservedAt".split()
)
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda found, wanted: found == wanted,
    "PREFIX": lambda found, wanted: found.startswith(wanted),
    "CONTAINS": lambda found, wanted: wanted in found,
}
_NEGATIVE = {"NOT_EQUALS": "EQUALS", "PREFIX_NOT_EQUALS": "PREFIX", "NOT_CONTAINS": "CONTAINS"}


def finding(n: int, label: str, at: datetime, resource: tuple[str, str], **more: object) -> Finding:
    """Return an active finding in ASFF about a resource (type, ARN)."""
    written = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    kind, arn = resource
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"arn:aws:securityhub:{REGION}:{ACCOUNT}:finding/{n}",
        "ProductArn": f"arn:aws:securityhub:{REGION}::product/aws/securityhub",
        "ProductName": "Security Hub",
        "GeneratorId": f"security-control/T.{n}",
        "AwsAccountId": ACCOUNT,
        "Region": REGION,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": written,
        "UpdatedAt": written,
        "LastObservedAt": written,
        "Severity": {"Label": label, "Normalized": _NORMALIZED[label]},
        "Title": f"finding {n}",
        "Description": f"what finding {n} is about",
        "Resources": [{"Type": kind, "Id": arn, "Region": REGION}],
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
        **more,
    }


@dataclass
class FakeSecurityHub:
    """Findings of one account and region."""

    now: datetime
    findings: list[Finding] = field(default_factory=list)
    enabled: bool = True
    service = "securityhub"

    def get_findings(self, params: Params) -> dict[str, object]:
        """Give findings, sorted where asked; ten a page unless asked."""
        if not self.enabled:
            raise AwsError("InvalidAccessException", f"Account {ACCOUNT} is not subscribed to AWS Security Hub", 401)
        filters: Any = params.get("Filters", {})
        found = [f for f in self.findings if all(self._passes(f, name, wanted) for name, wanted in filters.items())]
        criteria: Any = params.get("SortCriteria", ())
        for criterion in reversed(list(criteria)):
            found.sort(key=_order(criterion["Field"]), reverse=criterion.get("SortOrder") == "desc")
        kept = without(params, "NextToken", "MaxResults")
        size = int(str(params.get("MaxResults", 10)))
        rows, token = page(found, kept, size=size, token=params.get("NextToken"), bad="InvalidInputException")
        return given(Findings=rows, NextToken=token)

    def _passes(self, found: Finding, name: str, filters: Sequence[Mapping[str, Any]]) -> bool:
        values = list(_values(found, name))
        if not filters:
            return True
        if name.endswith("At"):
            return any(self._within(str(value), f) for f in filters for value in values)
        if any(key in f for f in filters for key in ("Gte", "Lte", "Gt", "Lt", "Eq")):
            return any(_measures(float(value), f) for f in filters for value in values)
        positive = [f for f in filters if f["Comparison"] not in _NEGATIVE]
        negative = [f for f in filters if f["Comparison"] in _NEGATIVE]
        texts = [str(value) for value in values]
        return (not positive or any(_compares(texts, f) for f in positive)) and all(
            not _compares(texts, f) for f in negative
        )

    def _within(self, value: str, wanted: Mapping[str, Any]) -> bool:
        moment = datetime.fromisoformat(value)
        if "DateRange" in wanted:
            within = moment >= self.now - timedelta(days=wanted["DateRange"]["Value"])
            return within == (wanted["DateRange"].get("Comparison", "WITHIN") == "WITHIN")
        start, end = (datetime.fromisoformat(wanted[key]) if key in wanted else None for key in ("Start", "End"))
        return (start is None or start <= moment) and (end is None or moment <= end)


def _order(name: str) -> Callable[[Finding], tuple[float, str]]:
    def key(found: Finding) -> tuple[float, str]:
        value = next(_values(found, name), None)
        return (float(value), "") if isinstance(value, int | float) else (0.0, str(value or ""))

    return key


def _compares(values: Sequence[str], wanted: Mapping[str, str]) -> bool:
    kind = _NEGATIVE.get(wanted["Comparison"], wanted["Comparison"])
    return any(_COMPARISONS[kind](value, wanted["Value"]) for value in values)


def _measures(value: float, wanted: Mapping[str, float]) -> bool:
    return (
        value >= wanted.get("Gte", value)
        and value <= wanted.get("Lte", value)
        and value == wanted.get("Eq", value)
        and ("Gt" not in wanted or value > wanted["Gt"])
        and ("Lt" not in wanted or value < wanted["Lt"])
    )


def _values(found: Finding, name: str) -> Iterator[object]:
    """Yield the values of an attribute. Raises AwsError for one that is not evaluated here."""
    if name not in _PATHS and name not in _PLAIN:
        raise AwsError("InvalidInputException", f"{name} is not evaluated here")
    nodes: list[Any] = [found]
    for part in _PATHS.get(name, name).split("."):
        nodes = [node[part] for node in nodes if part in node]
        nodes = [one for node in nodes for one in (node if isinstance(node, list) else [node])]
    yield from nodes
