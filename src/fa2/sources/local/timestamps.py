"""Turns times as logs write them into microseconds since 1970 in UTC, quickly where many are alike."""

from __future__ import annotations

import re

from fa2.sources.local.file_dates import Dates
from fa2.sources.local.time_formats import EPOCH_END, EPOCH_FIRST, FORMATS, TimeFormat

_DAY_US = 86_400_000_000
_SCALE = (0, 100_000, 10_000, 1_000, 100, 10, 1)


class TimeReader:
    """Turns matches of one format into microseconds."""

    def __init__(self, form: TimeFormat, dates: Dates) -> None:
        self.form = form
        self._dates = dates
        self._known: dict[tuple[str, str], int | None] = {}
        self._last: int | None = None

    def micros(self, match: re.Match[str]) -> int | None:
        """Return the time of a match of the format's pattern; null when there is no such time."""
        whole, fraction, rest = match.groups("")
        key = (whole, rest)
        try:
            us = self._known[key]
        except KeyError:
            us = self._resolve(key)
        if us is None:
            return None
        if fraction:
            n = len(fraction)
            us += int(fraction) * _SCALE[n] if n < 7 else int(fraction[:6])
        return us if self.form.name != "clock" else self._on_its_day(us)

    def _resolve(self, key: tuple[str, str]) -> int | None:
        us = self.form.resolve(*key, self._dates)
        if len(self._known) > 4096:
            self._known.clear()
        self._known[key] = us
        return us

    def _on_its_day(self, us: int) -> int:
        """Return a time of day after midnight when it jumps back by more than half a day."""
        if self._last is not None:
            us += (self._last - us + _DAY_US // 2) // _DAY_US * _DAY_US if us < self._last else 0
        self._last = max(us, self._last or us)
        return us


def micros_of_number(number: float) -> int | None:
    """Return an epoch in seconds, milliseconds, microseconds or nanoseconds as microseconds.

    The unit is told by size, for times from 1990 to 2100; null for numbers outside of that.
    """
    if not 0 < number < 1e20:
        return None
    for unit in (1_000_000, 1_000, 1):
        us = round(number * unit)
        if EPOCH_FIRST <= us < EPOCH_END:
            return us
    us = int(number) // 1000
    return us if EPOCH_FIRST <= us < EPOCH_END else None


_WHOLE = tuple(
    (form, re.compile(form.pattern)) for form in FORMATS if form.name not in ("clock", "short", "mdy", "klog")
)


class ValueTimes:
    """Turns the values of a time field into microseconds; the way that fitted last is tried first."""

    def __init__(self, dates: Dates) -> None:
        self._dates = dates
        self._ways = [(pattern, TimeReader(form, dates)) for form, pattern in _WHOLE]

    def micros(self, value: object) -> int | None:
        """Return the time that a text, a number or an object of seconds and nanoseconds is; else null."""
        if isinstance(value, str):
            return self._of_text(value.strip())
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return micros_of_number(value)
        if isinstance(value, dict):
            seconds = value.get("epochSecond", value.get("seconds"))
            nanos = value.get("nanoOfSecond", value.get("nanos", 0))
            if isinstance(seconds, int) and isinstance(nanos, int):
                return micros_of_number(seconds * 10**9 + nanos)
        return None

    def _of_text(self, text: str) -> int | None:
        for at, (pattern, reader) in enumerate(self._ways):
            found = pattern.fullmatch(text)
            us = reader.micros(found) if found else None
            if us is not None:
                if at:
                    self._ways.insert(0, self._ways.pop(at))
                return us
        return None
