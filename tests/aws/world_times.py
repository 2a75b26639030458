"""When what happened in `world`: three hours of baseline, a change, the onset two minutes later, and now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from fa2.core.windows import TimeWindow

CHANGE = datetime(2026, 11, 20, 3, 8, tzinfo=UTC)
ONSET = datetime(2026, 11, 20, 3, 10, tzinfo=UTC)
ALARM = datetime(2026, 11, 20, 3, 13, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
BASELINE = TimeWindow(ONSET - timedelta(hours=3), ONSET)
INCIDENT = TimeWindow(ONSET, NOW)


def within(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Yield times from start until before the end."""
    while start < end:
        yield start
        start += step


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the minutes from start until before the end."""
    return within(start, end, timedelta(minutes=1))
