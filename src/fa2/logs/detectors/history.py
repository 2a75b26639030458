"""How often each pattern occurred in each interval of the last two weeks, and how often it should now.

Expectation: the mean of the same time of day (half an hour to each side) on earlier days of the same kind, workdays
or weekends, and of any day while there is none; a day counts at most three times the median day. Patterns with a
timetable, whose intervals differ within that hour by more than chance, are expected by the interval itself and its
neighbours. The same weekday of earlier weeks is a second opinion: only what surprises both is told. With less
than a day of history it is the mean of what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

DAYS = 14
_EDGE_MIN = 30
_UNLIKE = 0.3
_BLOCK = 12
_MISSED = 16
"""Lines in the same hours of all days, of which two are looked at at least, that make eight expected ones."""
_FEWEST_INTERVALS = 12
"""Intervals that must have been seen before anything is expected."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Opinion:
    """What one way of looking at the history expects of each row in an interval."""

    high: Floats
    """The most that is usual."""
    low: Floats
    """The least that is usual."""
    doubt: Floats
    """Variance of the expectation itself over its square: few lines, much doubt."""
    known: NDArray[np.bool_]
    """Where there is an opinion at all."""
    alike: bool = True
    """Whether it rests on days of the same kind; workdays say little about a first weekend."""


class History:
    """Counts by row and interval. Row 0 counts all lines; other rows are patterns."""

    def __init__(self, frequency_min: int, weekday: Callable[[int], int]) -> None:
        self.per_day = 24 * 60 // frequency_min
        self.columns = self.per_day * (DAYS + 1)
        self._edge = max(1, min(_EDGE_MIN // frequency_min, 6))
        self._weekday = weekday
        self.counts = np.zeros((16, self.columns), np.int32)
        self.masked = np.zeros((16, self.columns), np.bool_)
        self.since = np.zeros(16, np.int64)
        self.rows = 0
        self._could_miss = (-1, True)
        self.start = self.last = -1
        """First and last interval that was seen; -1 before any."""

    def add_row(self, since: int) -> int:
        """Return a new row whose pattern was first seen in the interval `since`."""
        if self.rows == len(self.counts):
            grow = ((0, self.rows), (0, 0))
            self.counts, self.masked = np.pad(self.counts, grow), np.pad(self.masked, grow)
            self.since = np.pad(self.since, (0, self.rows))
        self.since[self.rows] = since
        self.rows += 1
        return self.rows - 1

    def advance(self, index: int) -> None:
        """Go on to an interval; those between had no lines."""
        if self.last < 0:
            self.start = self.last = index
            return
        for new in range(max(self.last + 1, index - self.columns + 1), index + 1):
            self.counts[:, new % self.columns] = 0
            self.masked[:, new % self.columns] = False
        self.last = max(self.last, index)
        self.start = max(self.start, self.last - self.columns + 1)

    def holds(self, index: int) -> bool:
        """Tell whether an interval is within what is kept."""
        return self.last - self.columns < index <= self.last

    def add(self, row: int, index: int, lines: int) -> None:
        """Count lines of an interval that is kept."""
        self.counts[row, index % self.columns] += lines
        self.since[row] = min(self.since[row], index)
        self.start = min(self.start, index)

    def join(self, kept: int, gone: int) -> None:
        """Add a row to another; the row that is gone stays, empty."""
        self.counts[kept] += self.counts[gone]
        self.masked[kept] &= self.masked[gone]
        self.since[kept] = min(self.since[kept], self.since[gone])
        self.counts[gone] = 0

    def at(self, index: int) -> NDArray[np.int32]:
        """Return the counts of all rows in an interval."""
        return self.counts[: self.rows, index % self.columns]

    def of_row(self, row: int, first: int, last: int) -> list[tuple[int, int]]:
        """Return the intervals from first to last that had lines of a row, with their counts."""
        found = range(max(first, self.last - self.columns + 1, 0), min(last, self.last) + 1)
        return [(i, n) for i in found if (n := int(self.counts[row, i % self.columns]))]

    def could_miss(self, index: int) -> bool:
        """Tell whether any row is so frequent at that time of day that its absence for an hour could be noticed.

        Looked up once for twelve intervals: with fewer than eight lines expected in all of them nothing is missed.
        """
        block = index // _BLOCK
        if self._could_miss[0] != block:
            reach = np.arange((block - 1) * _BLOCK - self._edge, (block + 1) * _BLOCK + self._edge)
            days = np.arange(1, DAYS + 1)[:, None] * self.per_day
            at = (reach[None, :] - days).ravel()
            at = at[(at >= self.start) & (at <= self.last)]
            lines = self.counts[1 : self.rows, at % self.columns].sum(axis=1)
            early = self.last - self.start < self.per_day
            self._could_miss = (block, early or bool((lines >= _MISSED).any()))
        return self._could_miss[1]

    def most_before(self, index: int) -> NDArray[np.int32]:
        """Return the largest count of each row in any interval before one, leaving out unusual ones."""
        kept = np.where(self.masked[: self.rows], 0, self.counts[: self.rows])
        for later in range(index, self.last + 1):
            kept[:, later % self.columns] = 0
        return np.asarray(kept.max(axis=1), np.int32)

    def opinions(self, index: int) -> list[Opinion]:
        """Return what is expected of each row in an interval, the first opinion being the best one."""
        days = [d for d in range(1, DAYS + 1) if index - d * self.per_day + self._edge >= self.start]
        if not days:
            return [self._of_recent(index)]
        same = self._alike(index, days)
        best = self._of_days(index, same) if same else None
        if best is None or not best.known.all():
            best = _filled(best, self._of_days(index, days))
        found = [best]
        weeks = [d for d in days if d % 7 == 0]
        if weeks and len(weeks) < len(days):
            found.append(self._of_days(index, weeks))
        return found

    def _alike(self, index: int, days: list[int]) -> list[int]:
        """Return the days of the same kind, workdays or weekends."""
        today = self._weekday(index) >= 5
        return [d for d in days if (self._weekday(index - d * self.per_day) >= 5) == today]

    def _of_recent(self, index: int) -> Opinion:
        at = np.arange(max(self.start, index - self.per_day), index)
        rows = slice(0, self.rows)
        valid = ~self.masked[rows][:, at % self.columns] & (at >= self.since[rows, None])
        total = (self.counts[rows][:, at % self.columns] * valid).sum(axis=1)
        n = valid.sum(axis=1)
        mean = total / np.maximum(n, 1)
        return Opinion(mean, mean, 1 / (total + 0.5), n >= _FEWEST_INTERVALS)

    def _of_days(self, index: int, days: list[int]) -> Opinion:
        """Return the expectation by the time of day on some earlier days."""
        edge, rows = self._edge, slice(0, self.rows)
        at = index - np.array(days)[:, None] * self.per_day + np.arange(-edge, edge + 1)[None, :]
        seen = (at >= self.start) & (at <= self.last)
        x = self.counts[rows][:, at % self.columns].astype(np.float64)
        valid = seen & ~self.masked[rows][:, at % self.columns] & (at >= self.since[rows, None, None])
        x *= valid
        n = valid.sum(axis=2)
        daily = x.sum(axis=2) / np.maximum(n, 1)
        counted = n > 0
        middle = _medians(daily, counted)
        daily = np.minimum(daily, 3 * middle[:, None] + 3)
        observed = counted.sum(axis=1)
        mean = (daily * counted).sum(axis=1) / np.maximum(observed, 1)
        total = (daily * n).sum(axis=1)
        high, low, lines = mean, mean.copy(), total
        if len(days) >= 4:
            high, low, lines = _timetable(x, valid, mean, total, edge)
        enough = n.sum(axis=1) >= (2 * edge + 1 if len(days) > 2 else edge)
        return Opinion(high, low, 1 / (lines + 0.5), enough)


def _filled(best: Opinion | None, other: Opinion) -> Opinion:
    """Return an opinion with what days of another kind say where it says nothing; that is worth less."""
    doubt = other.doubt + _UNLIKE
    if best is None:
        return replace(other, doubt=doubt, alike=False)
    known = best.known
    return Opinion(
        np.where(known, best.high, other.high),
        np.where(known, best.low, other.low),
        np.where(known, best.doubt, doubt),
        known | other.known,
    )


def _medians(daily: Floats, counted: NDArray[np.bool_]) -> Floats:
    """Return the median of the counted days of each row; 0 for a row without any."""
    ranked = np.sort(np.where(counted, daily, np.inf), axis=1)
    n = counted.sum(axis=1)
    rows = np.arange(len(daily))
    middle = (ranked[rows, np.maximum(n - 1, 0) // 2] + ranked[rows, np.minimum(n // 2, daily.shape[1] - 1)]) / 2
    return np.where(n > 0, middle, 0.0)


def _timetable(
    x: Floats, valid: NDArray[np.bool_], mean: Floats, total: Floats, edge: int
) -> tuple[Floats, Floats, Floats]:
    """Return most, least and lines behind them, by the interval itself where a row keeps a timetable."""
    n = np.maximum(valid.sum(axis=1), 1)
    slots = x.sum(axis=1) / n
    spread = ((x - slots[:, None, :]) ** 2 * valid).sum(axis=1) / np.maximum(n - 1, 1)
    noise = (spread / n).mean(axis=1)
    keeps = (slots.var(axis=1) > 3 * noise + 1e-9) & (valid.sum(axis=(1, 2)) >= 4 * (2 * edge + 1))
    near = slots[:, edge - 1 : edge + 2]
    high = np.where(keeps, near.max(axis=1), mean)
    low = np.where(keeps, near.min(axis=1), mean)
    lines = np.where(keeps, near.max(axis=1) * n.mean(axis=1), total)
    return high, low, lines
