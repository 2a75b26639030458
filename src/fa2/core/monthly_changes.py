"""What `fa2 changes` found: what AWS Config recorded in a month, against the months before it.

Plain data without a language; renderers put it into words. As JSON it is format fa2.changes/1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from fa2.core.coverage import CoverageEntry

Verdict = Literal["more", "fewer", "new", "usual", "unknown"]
"""`new`: first seen in this month; `unknown`: too few months before it to tell."""
Breakdown = Literal["type", "account", "region", "resource", "action"]
BREAKDOWNS: tuple[Breakdown, ...] = ("type", "account", "region", "resource", "action")
Grade = Literal["abnormal", "noted"]
Value = str | int | float | bool | None


class _Documented:
    """Makes pydantic take the docstrings of fields into the JSON Schema; costs nothing where it is not loaded."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {
        "use_attribute_docstrings": True,
        "json_schema_serialization_defaults_required": True,
    }


@dataclass(frozen=True)
class MonthRecord(_Documented):
    """One month, the one asked about or one before it."""

    month: str
    """As 2024-11; months are in UTC, by the time of capture."""
    changes: int
    """Configuration items that match, each once."""
    recorded: int
    """Items of any kind that were recorded in the accounts and regions looked at."""
    delivered_again: int = 0
    """Deliveries of items that were there already, not counted."""
    compliance: int = 0
    """Verdicts of rules among the recorded items; they count as changes only where asked for by type."""
    history_files: int | None = None
    """History files delivered in the month; null where files were not counted."""
    snapshot_files: int | None = None
    """Snapshots delivered in the month; never counted as changes."""

    @property
    def known(self) -> bool:
        """Whether there is any sign that AWS Config was recording in the month."""
        return bool(self.recorded or self.history_files or self.snapshot_files)


@dataclass(frozen=True)
class UsualRange(_Documented):
    """Counts from low to high are usual, by the months before."""

    low: float
    high: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class KeyChanges(_Documented):
    """How often something changed: a type, an account, a region, a resource or a kind of action."""

    account: str | None = None
    region: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    action: str | None = None
    counts: tuple[int, ...]
    """By the report's months, the earliest first; the last is the month asked about."""
    verdict: Verdict = "unknown"
    usual: UsualRange | None = None
    ratio: float | None = None
    """This month's count by the expected one; null where nothing is expected or known."""
    peak: int = 0
    """The most that one resource changed in one way within an hour of this month."""
    peak_hour: str | None = None
    """As 2024-11-14T03, in UTC."""
    peak_resource: str | None = None
    """The id of that resource."""

    @property
    def count(self) -> int:
        """This month's count."""
        return self.counts[-1]


@dataclass(frozen=True)
class KeyTable(_Documented):
    """The keys of one breakdown, those with the most changes first."""

    rows: tuple[KeyChanges, ...]
    keys: int
    """How many keys have changes this month, shown or not."""


@dataclass(frozen=True)
class Notable(_Documented):
    """Something that stands out."""

    kind: str
    """Names the message: changes.notable.KIND."""
    grade: Grade
    """`abnormal`: beyond what the months before make usual; `noted`: worth knowing."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Fill in the message."""
    resources: tuple[KeyChanges, ...] = ()
    """Those with most of it."""


@dataclass(frozen=True)
class Condition(_Documented):
    """One filter that was applied."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Remark(_Documented):
    """A statement with its values: changes.KEY."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer(_Documented):
    """What became of a question in words."""

    question: str
    understood: tuple[Remark, ...]
    """How it was read."""
    not_understood: tuple[str, ...]
    """Words that were not."""
    groups: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Value], ...] = ()
    """By group and by month, and `total`."""
    more: bool = False
    """Whether there are more rows than shown."""


@dataclass(frozen=True, kw_only=True)
class MonthlyChanges(_Documented):
    """The changes of a month."""

    format: Literal["fa2.changes/1"] = "fa2.changes/1"
    month: str
    source: str
    """The folder or the table that was read."""
    months: tuple[MonthRecord, ...]
    """From the first that is known, the earliest first; at the end the one asked about."""
    months_known: int
    """How many months before it have anything recorded; the spread is known from three on."""
    conditions: tuple[Condition, ...] = ()
    by: Mapping[Breakdown, KeyTable] = field(default_factory=dict)
    total: KeyChanges
    days: tuple[int, ...] = ()
    """Changes on each day of the month."""
    notables: tuple[Notable, ...] = ()
    undated: int = 0
    """Items without a time that is understood, counted nowhere else."""
    snapshot_items: int = 0
    """Items of snapshots that were met while reading and left out."""
    answer: Answer | None = None
    sql: str = ""
    """The statement that counted, in Trino's dialect, for Athena."""
    parameters: tuple[str, ...] = ()
    """One for each ? of it."""
    coverage: tuple[CoverageEntry, ...] = ()
    """What was not read, or not as it should have been."""

    @property
    def record(self) -> MonthRecord:
        """The month asked about."""
        return self.months[-1]

    @property
    def anything_recorded(self) -> bool:
        """Whether there is any sign that AWS Config was recording in the month."""
        return self.record.known
