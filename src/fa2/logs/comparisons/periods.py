"""Which two periods are compared."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow, iso


@dataclass(frozen=True)
class Periods:
    """A period in question, and one that stands for normal."""

    now: TimeWindow
    before: TimeWindow


def earlier(now: TimeWindow, asked: str) -> TimeWindow:
    """Return the period to compare with: one of NAMES, or START/END.

    Raises UnusableInput when it is neither, or START is not before END.
    """
    if asked == "previous":
        return TimeWindow(now.start - now.duration, now.start)
    if asked not in _SHIFTS:
        return _given(asked)
    start = _SHIFTS[asked](now.start)
    return TimeWindow(start, min(start + now.duration, now.start))


def periods(asked: str, window: TimeWindow | None, first: datetime, last: datetime) -> Periods:
    """Return both periods. window: what is in question; null for the end of the logs.

    first, last: times of the logs' first and last line, UTC. Without a window, `previous` compares the later half of
    the logs with the earlier, a day, week or month the logs' last one with the one before, and START/END all that
    comes after it. Raises UnusableInput when there is no such period.
    """
    end = last + timedelta(microseconds=1)
    if window is None:
        window = TimeWindow(min(_start(asked, first, end), last), end)
    return Periods(window, earlier(window, asked))


def _start(asked: str, first: datetime, end: datetime) -> datetime:
    if asked == "previous":
        return first + (end - first) / 2
    if asked in _SHIFTS:
        return _SHIFTS[asked](end)
    given = _given(asked)
    if given.end >= end:
        raise UnusableInput("errors.window_order", start=iso(given.end), end=iso(end))
    return given.end


def _given(asked: str) -> TimeWindow:
    if "/" not in asked:
        raise UnusableInput("patterns.error.period", text=asked[:80])
    return TimeWindow.parse(asked)


def month_before(moment: datetime) -> datetime:
    """Return the same day of the month before, or its last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 2, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


_SHIFTS: Mapping[str, Callable[[datetime], datetime]] = {
    "day": lambda moment: moment - timedelta(days=1),
    "week": lambda moment: moment - timedelta(days=7),
    "month": month_before,
}
NAMES = ("previous", *_SHIFTS)
"""The periods that have a name: as long and right before, or the same period so much earlier."""
