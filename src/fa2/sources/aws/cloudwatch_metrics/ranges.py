"""Over which times and in which steps values are asked for: few calls, all steps alike, within what CloudWatch keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from fa2.core.windows import TimeWindow

POINTS = 1440
"""About how many points of a series are asked for at once: a day of minutes."""
_PERIODS = (60, 300, 900, 3600, 21_600, 86_400)
_KEPT = ((60, timedelta(days=15)), (300, timedelta(days=63)), (3600, timedelta(days=455)))
"""How long CloudWatch keeps points of a period; it sums them up after that."""
LONGEST_KEPT = _KEPT[-1][1]
_NEAR = timedelta(hours=2)
"""Times that lie this close together, or closer than they are long, are asked for in one call: each call is paid."""


def ranges(windows: Iterable[TimeWindow]) -> list[TimeWindow]:
    """Return the ranges that cover all windows, in order of time; windows that lie near each other share one."""
    found: list[TimeWindow] = []
    for window in sorted(windows):
        if found and window.start - found[-1].end <= max(_NEAR, found[-1].duration):
            window = TimeWindow(found[-1].start, max(found[-1].end, window.end))
            found.pop()
        found.append(window)
    return found


def period_for(asked: Sequence[TimeWindow], now: datetime, *, least: int = 60) -> int:
    """Return the seconds between points for all ranges alike, since sums over other periods cannot be compared.

    The smallest that CloudWatch still keeps for the oldest range, that gives at most about POINTS points a range,
    and that is a multiple of `least`.
    """
    age = now - min(window.start for window in asked)
    kept = kept_period(age)
    longest = max(window.duration for window in asked).total_seconds()
    wanted = max(kept, longest / POINTS)
    period = next((p for p in _PERIODS if p >= wanted), _PERIODS[-1])
    return -(-period // least) * least


def kept_period(age: timedelta) -> int:
    """Return the finest period of which CloudWatch still keeps points of this age."""
    return next((period for period, kept in _KEPT if age <= kept), _KEPT[-1][0])


def on_periods(window: TimeWindow, period_s: int, now: datetime) -> TimeWindow | None:
    """Return the whole periods that a window touches, without those that have not ended; null where none has.

    A period that still runs has the sum of what came until now: it would look like a fall.
    """
    start = int(window.start.timestamp() // period_s) * period_s
    end = -int(-window.end.timestamp() // period_s) * period_s
    end = min(end, int(now.timestamp() // period_s) * period_s)
    return TimeWindow(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) if start < end else None


def points_in(window: TimeWindow, period_s: int) -> int:
    """Return how many points of a series lie in a range at most."""
    return max(1, -int(-window.duration.total_seconds() // period_s))
