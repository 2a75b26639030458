"""Fetching more from AWS while a model investigates: of the same accounts, regions, times and budget as before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline
from fa2.core.errors import Fa2Error
from fa2.core.incident import Incident
from fa2.core.ports import Rows
from fa2.core.windows import TimeWindow, iso
from fa2.sources.aws.asking import Ask


class CannotFetch(Fa2Error):
    """Something must not, or cannot, be fetched; a message of tools.refused, for the model."""


@dataclass
class Kept:
    """A sink that keeps rows in memory: what is fetched for a model is little."""

    rows: list[Rows] = field(default_factory=list)

    def begin(self, table: str) -> None:
        """Have the table even if it gets no rows; here, nothing."""

    def add(self, rows: Rows) -> int:
        """Append rows and return how many."""
        self.rows.append(rows)
        return len(next(iter(rows.columns.values()), ()))


@dataclass(frozen=True)
class Brought:
    """What fetching gave."""

    rows: Sequence[Rows]
    coverage: Sequence[CoverageEntry]
    matched: int
    """Lines, or series, that there are."""

    @property
    def count(self) -> int:
        """How many rows came."""
        return sum(len(next(iter(rows.columns.values()), ())) for rows in self.rows)


def asked_anew(ask: Ask[Any], sink: Kept, deadline: Deadline) -> Ask[Any]:
    """Return what asks the same account with the same settings and budget, until another deadline."""
    account = ask.account.until(deadline)
    anew = Ask(ask.source, ask.incident, ask.settings, account, deadline, ask.budget, ask.prices, sink)
    anew.found = ask.found
    return anew


def within(incident: Incident, windows: Iterable[TimeWindow]) -> list[TimeWindow]:
    """Return the parts of times that lie between the first and last moment of window and baselines.

    Raises CannotFetch when none do.
    """
    known = [incident.window.window, *incident.baselines]
    start, end = min(w.start for w in known), max(w.end for w in known)
    kept = [TimeWindow(max(w.start, start), min(w.end, end)) for w in windows if w.start < end and start < w.end]
    if not kept:
        raise CannotFetch("tools.refused.outside", start=iso(start), end=iso(end))
    return kept


def reserve(ask: Ask[Any], *, usd: float, bytes: int = 0) -> None:
    """Take what a fetch is expected to cost from the budget. Raises CannotFetch where it does not fit."""
    left = ask.budget.usd_left
    if not ask.budget.take(usd=usd, bytes=bytes):
        raise CannotFetch("tools.refused.over_budget", usd=round(usd, 4), left=None if left is None else round(left, 4))


def failure(coverage: Sequence[CoverageEntry]) -> str | None:
    """Return what went wrong first, as coverage tells it; null where nothing did."""
    wrong = (entry.error for entry in coverage if entry.status in ("failed", "skipped") and entry.error)
    return next((error.message for error in wrong), None)
