"""What a file says of its dates beside its lines: the day in its name, and when it was last written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_ANY_DAY = datetime(2090, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


@dataclass
class Dates:
    """What a file says beside its lines: its zone, its year, its day; and what had to be filled in."""

    zone: tzinfo = UTC
    """For times without a zone."""
    latest: datetime | None = None
    """Times without a year are not after this: the day in the file's name, or when it was last written."""
    day: datetime | None = None
    """For times without a day."""
    notes: set[str] = field(default_factory=set)
    """Codes of coverage.toml for what was filled in."""

    def micros(self, year: int, month: int, day: int, *clock: int, zone: tzinfo | None) -> int | None:
        """Return the time as microseconds; null when there is no such time."""
        hour, minute, second = (*clock, 0)[:3]
        try:
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone or self.zone)
            us = (moment - _EPOCH) // _US
        except (ValueError, OverflowError):
            return None
        if zone is None and "note_year_inferred" not in self.notes:
            self.notes.add("note_no_zone")
        return us + 1_000_000 if second == 60 else us if second < 60 else None

    def micros_in_year(self, month: int, day: int, *clock: int) -> int | None:
        """Return a time without a year, in the latest year that does not lie in the future."""
        if self.latest is None:
            return None
        limit = (self.latest + timedelta(days=1) - _EPOCH) // _US
        self.notes.add("note_year_inferred")
        self.notes.discard("note_no_zone")
        for year in range(self.latest.year + 1, self.latest.year - 8, -1):
            us = self.micros(year, month, day, *clock, zone=None)
            if us is not None and us <= limit:
                return us
        return None


def dates_of(name: str, path: Path | None, zone: tzinfo, *, guess: bool = False) -> Dates:
    """Return what is known of a file's dates, for times that lack a zone, a year or a day.

    The day in the file's name is surer than the day on which it was last written. With `guess` any day
    will do, for telling formats apart.
    """
    found = _DAY.search(name.rpartition("/")[2]) or _DAY.search(name)
    day = _day(found, zone) if found else None
    if guess:
        day = day or _ANY_DAY
    return Dates(zone, day + timedelta(days=1) if day else _written(path), day)


def _day(found: re.Match[str], zone: tzinfo) -> datetime | None:
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone)
    except ValueError:
        return None


def _written(path: Path | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path else None
    except (OSError, OverflowError, ValueError):
        return None
