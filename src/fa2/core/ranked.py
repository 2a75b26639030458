"""What ranking concludes: suspects, judged changes, the security answer and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.report import Level, Verdict


@dataclass(frozen=True)
class RankedSuspect:
    """A service that may be at fault, and why."""

    service: str
    resource: str | None
    mechanism: str | None
    score: float
    """0 to 1; only order and distance mean something."""
    speaking: tuple[Observation, ...]
    """What speaks for it, the strongest first."""
    against: tuple[Observation, ...]
    """What speaks against it: stronger causes beneath it in the call graph."""
    onset: datetime | None
    rests_on: tuple[str, ...] = ()
    """Tables without which it would not be first; only looked at for the first suspect."""


@dataclass(frozen=True)
class JudgedChange:
    """A change, and whether it may have caused the incident."""

    observation: Observation
    score: float
    reason: Statement
    """Why it is held to be related, or why it was cleared."""

    @property
    def related(self) -> bool:
        """Whether the change stands as a possible cause."""
        return self.score >= 0.3


@dataclass(frozen=True)
class SecurityAnswer:
    """Whether it is a security incident."""

    answer: Literal["yes", "no", "unclear"]
    reason: Statement
    findings: tuple[Observation, ...]


@dataclass(frozen=True)
class Rating:
    """A level and the reasons for it."""

    level: Level
    reasons: tuple[Statement, ...]


@dataclass(frozen=True)
class Ranking:
    """The outcome of ranking."""

    verdict: Verdict
    reasons: tuple[Statement, ...]
    suspects: tuple[RankedSuspect, ...]
    """Best first."""
    changes: tuple[JudgedChange, ...]
    """Most related first."""
    security: SecurityAnswer
    severity: Rating
    confidence: Rating
