"""The ways in which logs write times, and how each becomes microseconds since 1970 in UTC.

Every format is a pattern of three groups: the time down to the second, its fraction, and what follows
(a zone, a year, AM or PM). Lines of the same second share the first and third, so they are worked out
once. Seconds of 60 count as the next minute's first.

What a time leaves out is filled in from Dates and noted: the zone (`note_no_zone`), the year
(`note_year_inferred`: the latest that is not after the file's own date), the day (`note_date_from_name`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_DAY_US = 86_400_000_000
_SCALE = (0, 100_000, 10_000, 1_000, 100, 10, 1)
_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT"), 0),
    **{"JST": 540, "KST": 540, "CET": 60, "CEST": 120, "EST": -300, "EDT": -240, "CST": -360},
    **{"CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420},
}
"""Minutes east of UTC, for names with one meaning (RFC 822's, and Japan's, Korea's, Central Europe's)."""

_FRACTION = r"(?:[.,:](\d{1,9}))?"
_NAMED = r"(?:UTC|GMT|JST|KST|CES?T|[ECMP][SD]T)\b"
_ZONE = rf"(\s?(?:[Zz](?![A-Za-z])|[+-]\d{{2}}:?\d{{2}}(?!\d)|{_NAMED})|[+-]\d{{2}}(?![\d:-]))?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}"


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


Resolve = Callable[[str, str, Dates], int | None]


@dataclass(frozen=True)
class TimeFormat:
    """One way to write a time."""

    name: str
    pattern: str
    """Three groups: down to the second, fraction, the rest."""
    resolve: Resolve
    """From the first and third group to microseconds."""
    weak: bool = False
    """Could be another number: taken only where most lines have it in the same place."""
    prefix: str = ""
    """What may stand before it on a line, where that is not a fixed number of words."""


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


def zone_of(text: str) -> tzinfo | None:
    """Return the zone that a text such as Z, +09:00, +0900 or JST names; null for none or an unknown one."""
    text = text.strip().upper()
    if not text:
        return None
    minutes = _ZONES.get(text)
    if minutes is None and text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:4])
        minutes = None if minutes > 18 * 60 else -minutes if text[0] == "-" else minutes
    return None if minutes is None else timezone(timedelta(minutes=minutes)) if minutes else UTC


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _month(text: str) -> int:
    found = re.search(_MONTH, text)
    return _MONTHS[found[0].lower()] if found else 0


def _half(clock: list[int], rest: str) -> list[int]:
    """Return a clock on 24 hours where AM or PM follows it."""
    half = rest.strip().upper()
    return [clock[0] % 12 + 12 * (half == "PM"), *clock[1:]] if half in ("AM", "PM") else clock


def _ymd(whole: str, rest: str, dates: Dates) -> int | None:
    return dates.micros(*_numbers(whole)[:6], zone=zone_of(rest))  # type: ignore[arg-type] # 5 or 6


def _digits(whole: str, rest: str, dates: Dates) -> int | None:
    digits = re.sub(r"\D", "", whole)
    if len(digits) == 11:
        digits = digits[:6] + "0" + digits[6:]
    if len(digits) == 12:
        digits = "20" + digits
    parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, 14, 2))]
    return dates.micros(*parts, zone=zone_of(rest))  # type: ignore[arg-type] # always six


def _day_month(whole: str, rest: str, dates: Dates) -> int | None:
    day, year, *clock = _numbers(whole)
    return dates.micros(year, _month(whole), day, *clock, zone=zone_of(rest))


def _asctime(whole: str, rest: str, dates: Dates) -> int | None:
    day, *clock = _numbers(whole)
    zone, _, year = rest.strip().rpartition(" ")
    return dates.micros(int(year), _month(whole), day, *clock, zone=zone_of(zone))


def _month_day(whole: str, rest: str, dates: Dates) -> int | None:
    numbers = _numbers(whole)
    clock = _half(numbers[-3:], rest)
    if len(numbers) == 5:
        return dates.micros(numbers[1], _month(whole), numbers[0], *clock, zone=None)
    return dates.micros_in_year(_month(whole), numbers[0], *clock)


def _dmy(whole: str, rest: str, dates: Dates) -> int | None:
    day, month, year, *clock = _numbers(whole)
    return dates.micros(year, month, day, *_half(clock, rest), zone=zone_of(rest))


def _mdy(whole: str, rest: str, dates: Dates) -> int | None:
    month, day, year, *clock = _numbers(whole)
    return dates.micros(year, month, day, *_half(clock, rest), zone=zone_of(rest))


def _klog(whole: str, rest: str, dates: Dates) -> int | None:
    month, day = int(whole[:2]), int(whole[2:4])
    return dates.micros_in_year(month, day, *_numbers(whole[4:]))


def _epoch(whole: str, rest: str, dates: Dates) -> int | None:
    us = int(whole) * 10**6 // {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}[len(whole)]
    return us if _EPOCH_FIRST <= us < _EPOCH_END else None


def _clock(whole: str, rest: str, dates: Dates) -> int | None:
    day = dates.day
    if day is None:
        return None
    dates.notes.add("note_date_from_name")
    return dates.micros(day.year, day.month, day.day, *_numbers(whole), zone=zone_of(rest))


_EPOCH_FIRST, _EPOCH_END = 631_152_000_000_000, 4_102_444_800_000_000
"""1990 to 2100: other numbers of as many digits are no times."""

_DMY = (
    r"(?<![\d/.-])(\d{1,2}(?:/\d{1,2}/|-\d{1,2}-|\.\d{1,2}\.)\d{4},?[ T]\d{1,2}:\d{2}(?::\d{2})?)"
    + _FRACTION
    + rf"(\s?[AaPp][Mm]\b|\s?(?:[+-]\d{{4}}|Z|{_NAMED}))?"
)

FORMATS: tuple[TimeFormat, ...] = (
    TimeFormat(
        "iso",
        r"(?<![\d/.-])(\d{4}(?:-\d{1,2}-|/\d{1,2}/|\.\d{1,2}\.)\d{1,2}[T \t_:]\s?\d{1,2}:\d{2}(?::\d{2}(?!\d))?)"
        rf"{_FRACTION}{_ZONE}",
        _ymd,
    ),
    TimeFormat("dashed", r"(?<![\d-])(\d{4}-\d{2}-\d{2}[- T]\d{2}[.-]\d{2}[.-]\d{2})(?:\.(\d{1,9}))?()", _ymd),
    TimeFormat(
        "japanese",
        r"(\d{4}年\s?\d{1,2}月\s?\d{1,2}日(?:\s?[((].[))])?\s*\d{1,2}[時::]\s?\d{1,2}(?:[分::](?:\s?\d{1,2}秒?)?)?)"
        rf"{_FRACTION}{_ZONE}",
        _ymd,
    ),
    TimeFormat(
        "clf", rf"\[(\d{{1,2}}/{_MONTH}/\d{{4}}:{_CLOCK}){_FRACTION}(\s[+-]\d{{4}})?\]", _day_month,
        prefix=r"[^\[\n]{0,300}",
    ),
    TimeFormat(
        "day_month",
        rf"(?<!\d)((?:{_WEEKDAY},? )?\d{{1,2}}[- /]{_MONTH}[- /]\d{{4}}[ :T]{_CLOCK}){_FRACTION}{_ZONE}",
        _day_month,
    ),
    TimeFormat(
        "asctime",
        rf"((?:{_WEEKDAY}) {_MONTH} {{1,2}}\d{{1,2}} {_CLOCK}){_FRACTION}((?: [A-Z]{{3,4}}| [+-]\d{{4}})? \d{{4}})(?!\d)",
        _asctime,
    ),
    TimeFormat(
        "month_day",
        rf"(?<![A-Za-z])({_MONTH} {{1,2}}\d{{1,2}}(?:,? \d{{4}})?,? {_CLOCK}){_FRACTION}(\s[AP]M\b)?",
        _month_day,
    ),
    TimeFormat("dmy", _DMY, _dmy),
    TimeFormat("mdy", _DMY, _mdy),
    TimeFormat("klog", r"(?<=[IWEF])([01]\d[0-3]\d \d{2}:\d{2}:\d{2})\.(\d{6})()", _klog),
    TimeFormat(
        "compact",
        rf"(?<![\w.-])((?:19|20)\d{{6}}[T _-]?\d{{2}}:?\d{{2}}:?\d{{2}})(?!\d){_FRACTION}{_ZONE}",
        _digits,
        weak=True,
    ),
    TimeFormat("short", r"(?<![\w.-])(\d{6} {1,2}\d{1,2}:?\d{2}:?\d{2})(?![\d:])()()", _digits, weak=True),
    TimeFormat(
        "epoch", r"(?<![\w.-])(\d{19}|\d{16}|\d{13}|\d{10})(?:\.(\d{1,9}))?()(?![\w.-])", _epoch, weak=True
    ),
    TimeFormat("clock", rf"(?<![\d:.T-])(\d{{2}}:\d{{2}}:\d{{2}})(?![\d:]){_FRACTION}{_ZONE}", _clock, weak=True),
)
"""The formats that are known, the more telling ones first."""


def micros_of_number(number: float) -> int | None:
    """Return an epoch in seconds, milliseconds, microseconds or nanoseconds as microseconds.

    The unit is told by size, for times from 1990 to 2100; null for numbers outside of that.
    """
    if number != number or not 0 < number < 1e20:
        return None
    for unit in (1_000_000, 1_000, 1):
        us = round(number * unit)
        if _EPOCH_FIRST <= us < _EPOCH_END:
            return us
    us = int(number) // 1000
    return us if _EPOCH_FIRST <= us < _EPOCH_END else None


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
