"""What is unusual in a series: stretches of points far from what is usual, and of points that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median

from fa2.core.insight import FEWEST, Points, Stretch
from fa2.core.windows import TimeWindow
from fa2.insights.usual import Usual

_FAR = 4.0
"""Spreads from the expected at which a point is unusual: about one in 15,000 of a normal distribution."""
_MISSED = 3
"""Points in a row that are missing, at least."""
_REGULAR = 0.9
"""The share of all periods that a series reports in to be called regular."""
MAX_TOLD = 5


def unusual(points: Points, usual: Usual, window: TimeWindow, period_s: int) -> list[Stretch]:
    """Return the stretches, the most unusual first: neighbours on the same side are one."""
    if len(points.values) < FEWEST:
        return []
    found = [*_far(points, usual, window, period_s), *_missing(points, window, period_s)]
    return sorted(found, key=lambda s: (-s.size, s.start))[:MAX_TOLD]


def _far(points: Points, usual: Usual, window: TimeWindow, period_s: int) -> Iterator[Stretch]:
    period = timedelta(seconds=period_s)
    sizes = [(v - e) / usual.spread for v, e in zip(points.values, usual.expected, strict=True)]
    sides = [(size > 0) - (size < 0) if abs(size) >= _FAR else 0 for size in sizes]
    place = 0
    for side, group in groupby(sides):
        length = len(list(group))
        if side:
            at = max(range(place, place + length), key=lambda n: abs(sizes[n]))
            end = points.times[place + length - 1] + period
            yield Stretch(
                start=points.times[place],
                end=end,
                kind="high" if side > 0 else "low",
                value=points.values[at],
                expected=usual.expected[at],
                size=abs(sizes[at]),
                lasts=place + length == len(points.times) and window.end - end <= 2 * period,
            )
        place += length


def _missing(points: Points, window: TimeWindow, period_s: int) -> Iterator[Stretch]:
    """Yield where a series that reports regularly does not; its own rhythm counts, not the period asked for."""
    steps = [(b - a).total_seconds() for a, b in zip(points.times, points.times[1:], strict=False)]
    step = timedelta(seconds=max(median(steps), period_s))
    covered = points.times[-1] - points.times[0] + step
    if len(points.times) < _REGULAR * (covered / step) - _MISSED:
        return
    whole = _whole(window.end, period_s)
    for before, after in zip(points.times, (*points.times[1:], whole), strict=True):
        missed = round((after - before) / step) - 1
        if missed >= _MISSED:
            ends = after == whole
            yield Stretch(
                start=before + step,
                end=after,
                kind="missing",
                value=None,
                expected=None,
                size=float(missed),
                lasts=ends,
            )


def _whole(moment: datetime, period_s: int) -> datetime:
    """Return the start of the period that a time lies in: that one may still be running."""
    return moment - timedelta(seconds=moment.timestamp() % period_s)
