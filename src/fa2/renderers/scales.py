"""From values and times to places on a drawing, and the ticks between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_STEPS_S = (
    *(1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400),
    *(172800, 604800, 1209600, 2592000, 7776000, 31536000),
)


@dataclass(frozen=True)
class TimeScale:
    """Times between start and end onto pixels between left and right."""

    start: datetime
    end: datetime
    left: float
    right: float
    zone: tzinfo = UTC
    """In which ticks are round."""

    def at(self, moment: datetime) -> float:
        """Return the place of a time, kept within the drawing."""
        length = (self.end - self.start).total_seconds() or 1.0
        share = (moment - self.start).total_seconds() / length
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def ticks(self, most: int) -> list[tuple[datetime, str]]:
        """Return at most `most` round times with short labels: a day where the day starts."""
        length = (self.end - self.start).total_seconds()
        step = next((s for s in _STEPS_S if length / s <= most), _STEPS_S[-1])
        offset = (self.start.astimezone(self.zone).utcoffset() or timedelta()).total_seconds()
        first = math.ceil((self.start.timestamp() + offset) / step) * step - offset
        moments = [
            datetime.fromtimestamp(first + n * step, self.zone)
            for n in range(min(most, int((self.end.timestamp() - first) // step) + 1))
        ]
        return [(moment, _tick_label(moment, step)) for moment in moments]


def _tick_label(moment: datetime, step: int) -> str:
    if step >= 86400:
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M:%S}" if step < 60 else f"{moment:%H:%M}"


@dataclass(frozen=True)
class ValueScale:
    """Values between low and high onto pixels between bottom and top."""

    low: float
    high: float
    bottom: float
    top: float

    @classmethod
    def around(cls, values: Sequence[float], bottom: float, top: float) -> ValueScale:
        """Return a scale that holds all values between round ends; from zero unless far from it."""
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if low >= 0 and low < 0.6 * high:
            low = 0.0
        if high <= low:
            low, high = (low - 1, low + 1) if low else (0.0, 1.0)
        step = round_step((high - low) / 3)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, bottom, top)

    def at(self, value: float) -> float:
        """Return the place of a value, kept within the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom + min(1.0, max(0.0, share)) * (self.top - self.bottom)

    def ticks(self) -> list[float]:
        """Return two to seven round values."""
        step = round_step((self.high - self.low) / 3)
        ticks = self._multiples(step)
        return ticks if len(ticks) > 1 else self._multiples(step / 2)

    def _multiples(self, step: float) -> list[float]:
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]


def round_step(rough: float) -> float:
    """Return the next of 1, 2, 2.5, 5 times a power of ten that is not below `rough`."""
    if not rough > 0 or math.isinf(rough):
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next((n * power for n in (1, 2, 2.5, 5) if n * power >= rough * 0.999), 10 * power)


def short_number(value: float) -> str:
    """Return a number for an axis: 1.5k, 20M, 0.25."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def thinned(
    times: Sequence[datetime], values: Sequence[float | None], most: int
) -> list[tuple[datetime, float | None]]:
    """Return the points of a series, of a long one the lowest and highest of each stretch.

    A missing or infinite value stays as a gap (None).
    """
    points = [(t, _finite(v)) for t, v in zip(times, values, strict=False)]
    if len(points) <= most:
        return points
    size = math.ceil(len(points) / (most // 2))
    kept: list[tuple[datetime, float | None]] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        measured = [(v, t) for t, v in stretch if v is not None]
        if not measured:
            kept.append(stretch[0])
            continue
        ends = sorted({min(measured)[::-1], max(measured)[::-1]})
        kept.extend(ends)
    return kept


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def padded(start: datetime, end: datetime, share: float) -> tuple[datetime, datetime]:
    """Return the range widened by a share of its length on both sides."""
    margin = timedelta(seconds=max(1.0, (end - start).total_seconds() * share))
    return start - margin, end + margin
