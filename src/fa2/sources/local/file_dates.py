"""What a file says of its dates beside its lines: the day in its name, and when it was last written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from fa2.sources.local.timestamps import Dates

_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_ANY_DAY = datetime(2090, 1, 1, tzinfo=UTC)


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
