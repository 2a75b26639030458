"""What a log anomaly is: a pattern, what was unusual about it, since when, and whether anyone should look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from fa2.core.messages import Statement

AnomalyKind = Literal[
    "new_pattern",
    "more",
    "fewer",
    "stopped",
    "volume",
    "new_value",
    "value_surge",
    "number_range",
    "http_errors",
    "cloudwatch",
]
"""`volume`: most patterns at once; `cloudwatch`: found by CloudWatch's own detector, which does not name a kind."""
Priority = Literal["HIGH", "MEDIUM", "LOW"]
AnomalyState = Literal["active", "suppressed", "baseline"]

PRIORITIES: tuple[Priority, ...] = ("HIGH", "MEDIUM", "LOW")
KINDS: tuple[AnomalyKind, ...] = (
    "new_pattern",
    "more",
    "fewer",
    "stopped",
    "volume",
    "new_value",
    "value_surge",
    "number_range",
    "http_errors",
    "cloudwatch",
)


class Sample(NamedTuple):
    """A line of an anomaly."""

    time: datetime | None
    """UTC; null where an old SDK left it out."""
    line: str


class AnomalyToken(NamedTuple):
    """A place of a pattern and the values it had while it was unusual."""

    position: int
    """From 1 for the first varying one; 0 for words that never vary."""
    name: str
    values: tuple[tuple[str, int], ...]
    """Most frequent first."""


@dataclass(frozen=True)
class Anomaly:
    """One anomaly from its first to its last interval."""

    id: str
    """36 characters; the same for the same cause in the same interval, however often it is evaluated."""
    detector: str
    """The detector's id."""
    kind: AnomalyKind
    pattern_id: str
    pattern: str
    regex: str
    severity: str
    priority: Priority | None
    first_seen: datetime
    last_seen: datetime
    active: bool
    """Whether it goes on."""
    description: Statement
    token: int = 0
    """Position of the token that was unusual, from 1; 0 where it is the pattern as a whole."""
    value: str = ""
    """The token's value that was unusual."""
    observed: float | None = None
    """In the most unusual interval."""
    expected: float | None = None
    deviation: float = 0.0
    """How unlikely the most unusual interval was, in nats."""
    interval_s: int = 300
    histogram: Mapping[int, int] = field(default_factory=dict)
    """Lines of the pattern by start of interval, in seconds since 1970: before and while it was unusual."""
    samples: tuple[Sample, ...] = ()
    tokens: tuple[AnomalyToken, ...] = ()
    source: str = ""
    """File or log group of the first sample."""
    state: AnomalyState = "active"
    suppressed_at: datetime | None = None
    suppressed_until: datetime | None = None
    """Null with state `suppressed` for ever."""
    pattern_suppressed: bool = False
    """Whether the pattern is suppressed rather than this anomaly."""

    def seen_at(self, moment: datetime) -> Anomaly:
        """Return the anomaly as it is at a moment: a suppression for a time ends by itself."""
        if self.state == "suppressed" and self.suppressed_until is not None and self.suppressed_until <= moment:
            return replace(self, state="active", suppressed_at=None, suppressed_until=None, pattern_suppressed=False)
        return self


@dataclass(frozen=True)
class Suppression:
    """That nobody wants to hear of a pattern, for a time or for ever."""

    detector: str
    pattern_id: str
    since: datetime
    until: datetime | None
    """Null for ever."""


@dataclass(frozen=True)
class AcceptedAnomaly:
    """That an anomaly was taken for normal: only what is more severe fires again."""

    pattern_id: str
    kind: AnomalyKind
    token: int
    value: str
    priority: Priority | None
    observed: float | None
    expected: float | None
