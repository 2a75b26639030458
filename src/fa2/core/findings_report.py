"""What `fa2 findings` found: Security Hub's and GuardDuty's findings, grouped, ranked and explained.

Plain data without a language; renderers put it into words. As JSON it is format fa2.findings/1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from fa2.core.messages import Value

Label = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"]
LABELS: tuple[Label, ...] = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL")
"""The gravest first."""
LEAST: dict[Label, float] = {"CRITICAL": 90, "HIGH": 70, "MEDIUM": 40, "LOW": 1, "INFORMATIONAL": 0}
"""The least severity, 0 to 100, of each label."""

Nature = Literal["threat", "exposure", "vulnerability", "posture"]
"""Something happens, something is open, software is known to be weak, or a good practice is not kept."""

Origin = Literal["securityhub", "guardduty"]
Counted = Literal["severity", "product", "account", "region", "resource_type"]
COUNTED: tuple[Counted, ...] = ("severity", "product", "account", "region", "resource_type")


class _Documented:
    """Makes pydantic take the docstrings of fields into the JSON Schema; costs nothing where it is not loaded."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {
        "use_attribute_docstrings": True,
        "json_schema_serialization_defaults_required": True,
    }


@dataclass(frozen=True)
class Said(_Documented):
    """A sentence of ours: a message of findings_report.toml, and what fills it in."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource(_Documented):
    """What a finding is about."""

    type: str
    id: str
    account: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Item(_Documented):
    """Findings of one kind: the same control or the same type of threat, on however many resources."""

    place: int
    """1 for what matters most."""
    key: str
    """The control (`S3.8`), the type of threat, or the rule that gave it; unique within an origin."""
    origin: Origin
    product: str
    nature: Nature
    family: str
    """Which explanation of ours fits; `other` where none does."""
    title: str
    """AWS's own words, as of the gravest finding."""
    description: str = ""
    """AWS's own words."""
    remediation: str = ""
    """AWS's own words."""
    remediation_url: str = ""
    severity: float | None
    """0 to 100; the greatest among its findings."""
    label: Label
    findings: int
    resources: tuple[Resource, ...]
    """Those of the gravest and latest findings first; at most fifty."""
    resource_count: int
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    first_seen: datetime | None
    """UTC; when the oldest of them was first seen."""
    last_seen: datetime
    score: float
    """By what it was ranked: severity, and what the reasons add."""
    reasons: tuple[Said, ...]
    """Why it stands where it stands, the weightiest first."""
    means: Said
    """What such a finding says."""
    matters: Said
    """Why that is of weight."""
    action: Said
    """What to do, in our words."""
    ids: tuple[str, ...]
    """Of its findings; at most fifty."""


@dataclass(frozen=True)
class Count(_Documented):
    """How many findings have a value."""

    value: str
    findings: int


@dataclass(frozen=True)
class Gap(_Documented):
    """Something that was not read, or not as it stood."""

    source: str
    code: str
    """A message of coverage.toml; CODE_remedy says what to do about it."""
    message: str
    """In English."""
    remedy: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FindingsReport(_Documented):
    """Open findings of some accounts."""

    format: Literal["fa2.findings/1"] = "fa2.findings/1"
    inputs: tuple[str, ...]
    """What was read: files, a bundle, or the services with account and region."""
    as_of: datetime | None
    """UTC; ages count up to then. Null where there is no finding."""
    days: int | None = None
    """Only findings seen within so many days before."""
    least: Label | None = None
    """Only findings of at least this severity."""
    findings: int
    """How many open findings are told of, each once."""
    resources: int
    """How many different resources they are about."""
    items: tuple[Item, ...]
    """What matters most first."""
    counts: Mapping[Counted, tuple[Count, ...]] = field(default_factory=dict)
    """Findings by severity, gravest first; by anything else, most frequent first."""
    left_out: tuple[Said, ...] = ()
    """Findings that were read and are not told of, and why."""
    next_steps: tuple[Said, ...] = ()
    """In this order."""
    gaps: tuple[Gap, ...] = ()
