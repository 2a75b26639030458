"""Puts a comparison of two periods into a report of patterns."""

from __future__ import annotations

from datetime import timedelta

from fa2.core.pattern_report import ChangeView, ComparisonView, Period
from fa2.core.windows import TimeWindow
from fa2.logs.comparisons.comparing import Change, Compared
from fa2.logs.patterns.pattern_reports import Comparison


def comparison_of(compared: Compared, asked: str, before: TimeWindow | None = None) -> Comparison:
    """Return what a report of `compared.now` shows of the comparison; its changes are in the order of what matters.

    asked: what to compare with, as typed. before: the period compared with, where it was a period.
    """
    first, last = compared.before.first_seen, compared.before.last_seen
    lines = Period(first, last + timedelta(microseconds=1)) if first and last else None
    period = Period(before.start, before.end) if before else lines
    return Comparison(
        view=ComparisonView(asked=asked, before=period, lines=compared.before.matched),
        changes={change.pattern.text: _view(change) for change in compared.changes},
        gone=[change.pattern for change in compared.changes if not change.now],
    )


def _view(change: Change) -> ChangeView:
    return ChangeView(
        change=change.kind,
        before=change.before,
        expected=change.expected,
        ratio=change.ratio,
        significance=change.significance,
    )
