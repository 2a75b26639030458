"""What is usual for a series: by the hour of the day where there are days enough, else its median; and how far it varies.

Medians and median absolute deviations, so that what is unusual does not hide itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from fa2.core.insight import Points

_SAMPLES = 3
"""Days that each hour needs to be known."""
_MAD = 1.4826
"""Makes a median absolute deviation a standard deviation, where values are normally distributed."""
_GUARD = 3.3
"""Standard deviations between the 5th and the 95th percentile: what a series does one time in ten is usual."""
_LEAST_SHARE = 0.02
"""A spread is at least this share of the usual."""
_LARGEST_SHARE = 0.05
"""And this share of the largest distance, so that a series which hardly ever moves gives no absurd sizes."""
_COUNTS = ("Sum", "SampleCount")
"""Statistics that count: that one event more came is never unusual."""


@dataclass(frozen=True)
class Usual:
    """What is usual for each point."""

    expected: tuple[float, ...]
    spread: float
    """Never zero."""
    by_hour: bool
    """Whether the expected values go by the hour of the day."""


def usual(points: Points, stat: str, *, zone: tzinfo, period_s: int) -> Usual:
    """Return what is usual for each point, in the asker's zone; by hour where each hour has three days of points.

    The spread is that of all distances from the expected, the largest of the scaled MAD, the 5–95 % range as standard
    deviations, two per cent of the median, a twentieth of the largest distance, and one for sums of whole events. By
    hour only where that explains the series better than its median.
    """
    values = np.array(points.values)
    least = 1.0 if stat in _COUNTS and not (values % 1).any() else 1e-9
    flat = np.full(len(values), np.median(values))
    slots = [slot(moment, zone, period_s) for moment in points.times]
    hourly = _by_slot(values, slots)
    spread = spread_of(values, flat, least)
    if hourly is not None and spread_of(values, hourly, least) <= spread:
        return Usual(tuple(float(v) for v in hourly), spread_of(values, hourly, least), True)
    return Usual(tuple(float(v) for v in flat), spread, False)


def slot(moment: datetime, zone: tzinfo, period_s: int) -> int:
    """Return which of the day's periods a time lies in, by the clock of a zone."""
    local = moment.astimezone(zone)
    return (local.hour * 3600 + local.minute * 60 + local.second) // min(period_s, 86_400)


def _by_slot(values: np.ndarray, slots: Sequence[int]) -> np.ndarray | None:
    found: dict[int, list[float]] = defaultdict(list)
    for value, place in zip(values, slots, strict=True):
        found[place].append(float(value))
    if not found or len(found) < 2 or sorted(len(v) for v in found.values())[len(found) // 2] < _SAMPLES:
        return None
    overall = float(np.median(values))
    medians = {place: float(np.median(v)) if len(v) >= _SAMPLES else overall for place, v in found.items()}
    return np.array([medians[place] for place in slots])


def spread_of(values: np.ndarray, expected: np.ndarray, least: float = 1e-9) -> float:
    """Return how far values usually lie from what is expected; never zero."""
    left = values - expected
    low, high = np.quantile(left, [0.05, 0.95])
    mad = float(np.median(np.abs(left - np.median(left))))
    floors = (_LEAST_SHARE * abs(float(np.median(values))), _LARGEST_SHARE * float(np.abs(left).max()), least)
    return max(_MAD * mad, float(high - low) / _GUARD, *floors)
