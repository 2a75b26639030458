"""Finished reports of the past: what is kept of each, what people said of its cause, and the port of who keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol

from pydantic import Field

from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.incident import Model, Span, UtcTime
from fa2.core.report import Report
from fa2.core.report import Verdict as ReportVerdict
from fa2.core.windows import iso

MOST_CAUSE = 2_000
"""Characters of a cause in a person's words."""
MOST_FEEDBACK = 20
"""How often people may judge one report."""

Verdict = Literal["right", "wrong"]
"""What a person says of the cause that a report named."""


class PastFailed(Fa2Error):
    """The store of past reports cannot be used. `key` is a message of coverage.toml, with its remedy."""


class NoPastReport(UnusableInput):
    """No kept report has this id, or several begin like it."""


class Trait(NamedTuple):
    """One thing that an incident had, told so that another incident can have the same."""

    kind: str
    """suspect, cause, mechanism, resource, pattern, error, metric, excess, gap, time, silence, finding, change, alarm."""
    service: str
    """Empty where it belongs to none."""
    text: str
    """Without what differs from one time to the next: numbers, times, ids."""


@dataclass(frozen=True)
class Fingerprint:
    """What an incident is recognised by."""

    traits: Mapping[Trait, float] = field(default_factory=dict)
    """What each weighs, above 0."""
    service: str | None = None
    """The first suspect."""
    mechanism: str | None = None


class Feedback(Model):
    """What a person said of the cause that a report named."""

    verdict: Verdict
    cause: str = Field(default="", max_length=MOST_CAUSE)
    """What it really was, in their words; may be empty."""
    by: str = Field(default="", max_length=120)
    at: UtcTime
    service: str | None = None
    """The first suspect that was judged; the report may name another by now."""
    mechanism: str | None = None


@dataclass(frozen=True)
class KeptReport:
    """What is at hand of a kept report without reading it whole."""

    id: str
    title: str
    window: Span
    kept_at: datetime
    verdict: ReportVerdict
    fingerprint: Fingerprint
    feedback: tuple[Feedback, ...] = ()
    """In the order in which it was given; the last counts."""

    @property
    def said(self) -> Feedback | None:
        """What was said last; null where nobody said anything."""
        return self.feedback[-1] if self.feedback else None


@dataclass(frozen=True)
class Shelf:
    """All that a store holds."""

    reports: tuple[KeptReport, ...] = ()
    """In no order."""
    unreadable: int = 0
    """How many there are that cannot be read back."""


class PastReports(Protocol):
    """Keeps finished reports. Every method raises PastFailed, or UnusableInput with a remedy, when it cannot."""

    def keep(self, report: Report, at: datetime, /) -> str:
        """Keep a report and return its id; one of the same incident and window is replaced, its feedback stays."""
        ...

    def kept(self) -> Shelf:
        """Return all that is kept."""
        ...

    def report(self, id: str, /) -> Report:
        """Return a kept report. Raises NoPastReport when there is none of the id."""
        ...

    def judge(self, id: str, feedback: Feedback, /) -> None:
        """Add what a person said. Raises NoPastReport when there is none of the id. Nothing said before is lost."""
        ...

    def forget(self, id: str, /) -> None:
        """Delete a report with all that was said of it. Raises NoPastReport when there is none of the id."""
        ...


def report_id(report: Report) -> str:
    """Return the id under which a report is kept: the same for the same incident and window."""
    about = "\n".join((report.incident, iso(report.window.start), iso(report.window.end)))
    return "R" + sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def chosen(kept: Iterable[KeptReport], id: str) -> KeptReport:
    """Return the report of an id or of the beginning of one. Raises NoPastReport when it is none, or not one."""
    found = [one for one in kept if one.id.startswith(id)] if id else []
    exact = [one for one in found if one.id == id] or found
    if len(exact) != 1:
        raise NoPastReport("errors.past.many" if exact else "errors.past.unknown", id=id[:80], n=len(exact))
    return exact[0]
