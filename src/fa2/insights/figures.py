"""What the points of a series come to: its figures, its change, and what it does every day and week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import numpy as np

from fa2.core.insight import Figures, Points
from fa2.core.report import Said
from fa2.core.windows import TimeWindow
from fa2.insights.usual import Usual, spread_of

_FEWEST = 4
_EXPLAINED = 0.4
"""The share of a series' variation that the hour of the day has to explain to be called a rhythm."""
_WEEK = 12
"""Days of points from which on weekends can be told from working days."""
_APART = 0.2


def figures_of(points: Points, window: TimeWindow, usual: Usual) -> Figures:
    """Return the figures; the recent part is the last day, or the last quarter of a shorter window."""
    values = np.array(points.values)
    recent_s = min(timedelta(days=1), window.duration / 4)
    late = np.array([moment >= window.end - recent_s for moment in points.times])
    recent = float(np.median(values[late])) if late.any() else float(values[-1])
    earlier = float(np.median(values[~late])) if late.any() and (~late).sum() >= _FEWEST else None
    return Figures(
        points=len(values),
        latest=float(values[-1]),
        latest_at=points.times[-1],
        lowest=float(values.min()),
        average=float(values.mean()),
        p95=float(np.quantile(values, 0.95)),
        highest=float(values.max()),
        recent=recent,
        earlier=earlier,
        recent_s=recent_s.total_seconds(),
        change=(recent - earlier) / abs(earlier) if earlier else None,
        moved=(recent - earlier) / _noise(values, late, usual) if earlier is not None else 0.0,
    )


def _noise(values: np.ndarray, late: np.ndarray, usual: Usual) -> float:
    """Return how far points lie from what is usual, each part from its own: a step is no noise."""
    left = values - np.array(usual.expected)
    own = np.where(late, np.median(left[late]), np.median(left[~late]))
    return spread_of(values, np.array(usual.expected) + own)


def rhythm_of(points: Points, usual: Usual, zone: tzinfo) -> list[Said]:
    """Return what the series does every day, and at weekends, where there are days enough to tell."""
    return [*_daily(points, usual, zone), *_weekly(points, usual, zone)]


def _daily(points: Points, usual: Usual, zone: tzinfo) -> Iterator[Said]:
    if not usual.by_hour:
        return
    expected, values = np.array(usual.expected), np.array(points.values)
    variation = float(np.median(np.abs(values - np.median(values))))
    left = float(np.median(np.abs(values - expected)))
    if not variation or 1 - left / variation < _EXPLAINED:
        return
    high, low = int(expected.argmax()), int(expected.argmin())
    yield Said(
        key="insight.rhythm.daily",
        values={
            "high": float(expected[high]),
            "high_at": _clock(points.times[high], zone),
            "low": float(expected[low]),
            "low_at": _clock(points.times[low], zone),
        },
    )


def _weekly(points: Points, usual: Usual, zone: tzinfo) -> Iterator[Said]:
    if points.times[-1] - points.times[0] < timedelta(days=_WEEK):
        return
    days = [moment.astimezone(zone).weekday() for moment in points.times]
    weekend = [v for v, day in zip(points.values, days, strict=True) if day >= 5]
    working = [v for v, day in zip(points.values, days, strict=True) if day < 5]
    if not weekend or not working:
        return
    off, on = float(np.median(weekend)), float(np.median(working))
    if on and abs(off - on) >= max(_APART * abs(on), usual.spread):
        key = "insight.rhythm.weekend_low" if off < on else "insight.rhythm.weekend_high"
        yield Said(key=key, values={"weekend": off, "working": on, "share": abs(off - on) / abs(on)})


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
