"""From the numbers of a time to microseconds since 1970, with what a header leaves out filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
_SECOND, _WEEK = timedelta(seconds=1), timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1900, 2200
EPOCH_FIRST, EPOCH_END = 631_152_000_000_000, 4_102_444_800_000_000
"""1990 to 2100: other numbers of as many digits are no times."""
YEARS_BACK = 8
"""How far a time without a year is looked for; 29 February needs it."""
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Dating:
    """What fills in the gaps of times."""

    zone: tzinfo = UTC
    """For times without a zone."""
    latest: datetime | None = None
    """Aware. Times without a year are in the latest year that puts them not after a day from this; the time
    at which a file was last written is right. Null: such lines have no time."""
    day: date | None = None
    """For times without a date. Null: such lines have no time."""

    def micros(self, year: int, month: int, day: int, clock: tuple[int, int, int], zone: tzinfo | None) -> int | None:
        """Return a time as microseconds UTC; null when there is no such time. Second 60 is the next minute's first."""
        hour, minute, second = clock
        if not FIRST_YEAR <= year < LAST_YEAR or second > 60:
            return None
        try:
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone or self.zone)
        except ValueError:
            return None
        return (moment - EPOCH) // US + (1_000_000 if second == 60 else 0)

    def micros_in_year(self, month: int, day: int, clock: tuple[int, int, int], zone: tzinfo | None) -> int | None:
        """Return a time without a year as microseconds UTC; null when no year has it."""
        if self.latest is None:
            return None
        for year in range(self.latest_year + 1, self.latest_year - YEARS_BACK, -1):
            us = self.micros(year, month, day, clock, zone)
            if us is not None and us <= self.limit:
                return us
        return None

    @property
    def latest_year(self) -> int:
        """The year in UTC of `latest`; 0 when that is null."""
        return self.latest.astimezone(UTC).year if self.latest else 0

    @property
    def limit(self) -> int:
        """Microseconds after which times without a year do not lie."""
        return (self.latest - EPOCH) // US + DAY_US if self.latest else 0

    def offsets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return from which local times on the zone has which offset, both in microseconds, in order.

        A local time that occurs twice is the first of the two; one that is left out has the offset before.
        """
        at = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
        starts, offsets = [np.iinfo(np.int64).min], [_offset(self.zone, at)]
        while self.zone.utcoffset(None) is None and at.year < LAST_YEAR:
            after = at + _WEEK
            if _offset(self.zone, after) != offsets[-1]:
                change = _change(self.zone, at, after)
                later = _offset(self.zone, change)
                starts.append((change - EPOCH) // US + max(offsets[-1], later))
                offsets.append(later)
            at = after
        return np.array(starts, np.int64), np.array(offsets, np.int64)


def _offset(zone: tzinfo, moment: datetime) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta()) // US


def _change(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """Return the first second within (low, high] with another offset; it changes once in that time."""
    before = _offset(zone, low)
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high
