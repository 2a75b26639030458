"""What `fa2 patterns` found: patterns ready to be shown, and what was read to find them.

Plain data without a language; renderers put it into words. As JSON it is format fa2.patterns/1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

Severity = Literal["FATAL", "ERROR", "WARN", "INFO", "NONE"]
SEVERITIES: tuple[Severity, ...] = ("FATAL", "ERROR", "WARN", "INFO", "NONE")
"""The gravest first."""

Change = Literal["new", "gone", "more", "less", "same"]
CHANGES: tuple[Change, ...] = ("new", "gone", "more", "less", "same")

MANY_PATTERNS = 300
"""Beyond about as many, anomaly detection on a log is of little use; CloudWatch's authors give the figure."""


class _Documented:
    """Makes pydantic take the docstrings of fields into the JSON Schema; costs nothing where it is not loaded."""

    __pydantic_config__: ClassVar[dict[str, bool]] = {
        "use_attribute_docstrings": True,
        "json_schema_serialization_defaults_required": True,
    }


@dataclass(frozen=True)
class ValueCount(_Documented):
    """A value of a token, and in how many lines it stood."""

    value: str
    count: int


@dataclass(frozen=True)
class TokenView(_Documented):
    """One varying place of a pattern."""

    kind: str
    """What its values are: time, ip, id, number, path, …; `token` where nothing can be told."""
    name: str
    """Unique within the pattern: `IP-1`, or the key before it, `user`."""
    values: tuple[ValueCount, ...] = ()
    """The most frequent ones, at most ten, most frequent first."""
    distinct: int | None = None
    """How many different values; null when values were not looked at."""
    exact: bool = True
    """False when `distinct` and the counts are estimates."""


@dataclass(frozen=True)
class ChangeView(_Documented):
    """How a pattern's count stands against the period compared with."""

    change: Change
    before: int
    """Lines in the period compared with."""
    expected: float
    """Lines that the period compared with leads one to expect: its count, by the lengths of the periods."""
    ratio: float | None
    """Rate now over rate before; null for a new pattern."""
    significance: float
    """How sure it is that the rate changed, 0 to 1; `same` below the bound of significance."""


@dataclass(frozen=True, kw_only=True)
class PatternView(_Documented):
    """A pattern with what is known of its lines."""

    id: str
    text: str
    """The template, each value as <*>."""
    display: str
    """The template with the names of its tokens, as CloudWatch shows it: `Failed for <user> from <IP-2>`."""
    count: int
    ratio: float
    """Share of the lines looked at, 0 to 1."""
    severity: Severity
    regex: str
    """Matches each of its lines' first lines (RE2, Java, Python)."""
    tokens: tuple[TokenView, ...] = ()
    """One for each <*> of the text, in order."""
    first_seen: datetime | None = None
    """UTC; null when its lines have no times."""
    last_seen: datetime | None = None
    histogram: tuple[int, ...] = ()
    """Lines per interval of the report's histogram; empty without times."""
    samples: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Ids of patterns that often come near it in time, the nearest first."""
    change: ChangeView | None = None


@dataclass(frozen=True)
class Intervals(_Documented):
    """The intervals that histograms count in."""

    start: datetime
    step_s: float
    count: int


@dataclass(frozen=True)
class Gap(_Documented):
    """Something that was not read, or not as it stood."""

    source: str
    code: str
    """A message of coverage.toml; CODE_remedy says what to do about it."""
    message: str
    """In English."""
    remedy: str = ""
    values: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Period(_Documented):
    """A half-open period in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class ComparisonView(_Documented):
    """What patterns were compared with."""

    asked: str
    """As typed: previous, day, START/END, a file."""
    before: Period | None
    """Null where a file without times was compared with."""
    lines: int
    """Lines in it."""
    changes: Mapping[Change, int] = field(default_factory=dict)
    """How many patterns changed in which way, shown or not."""


@dataclass(frozen=True, kw_only=True)
class PatternReport(_Documented):
    """The patterns of some logs."""

    format: Literal["fa2.patterns/1"] = "fa2.patterns/1"
    inputs: tuple[str, ...]
    """As typed."""
    lines: int
    """Lines read."""
    matched: int
    """Lines that the filter and the window left; ratios are shares of these."""
    patterns: tuple[PatternView, ...]
    """Those to be shown, in the order asked for."""
    found: int
    """How many patterns there are, shown or not."""
    hidden_lines: int = 0
    """Lines of the patterns not shown."""
    filter: str | None = None
    period: Period | None = None
    """The window asked for, or from the first line's time to just after the last one's; null without times."""
    intervals: Intervals | None = None
    untimed: int = 0
    """Matched lines without a time of their own or before them."""
    severity_rule: Literal["console", "anomaly"] = "anomaly"
    comparison: ComparisonView | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def too_many(self) -> bool:
        """Whether there are too many patterns for anomaly detection to work well on these logs."""
        return self.found > MANY_PATTERNS
