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
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo

from fa2.sources.local.file_dates import Dates

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT"), 0),
    **dict.fromkeys(("JST", "KST"), 540),
    **dict.fromkeys(("EDT",), -240),
    **dict.fromkeys(("EST", "CDT"), -300),
    **dict.fromkeys(("CST", "MDT"), -360),
    **dict.fromkeys(("MST", "PDT"), -420),
    **dict.fromkeys(("PST",), -480),
    **dict.fromkeys(("CET",), 60),
    **dict.fromkeys(("CEST",), 120),
}
"""Minutes east of UTC, for names that mean one zone: RFC 822's, and Japan's, Korea's, Central Europe's."""

_FRACTION = r"(?:[.,:](\d{1,9}))?"
_NAMED = r"(?:UTC|GMT|JST|KST|CES?T|[ECMP][SD]T)\b"
_ZONE = rf"(\s?(?:[Zz](?![A-Za-z])|[+-]\d{{2}}:?\d{{2}}(?!\d)|{_NAMED})|[+-]\d{{2}}(?![\d:-]))?"
_MONTH = rf"(?:{'|'.join(_MONTH_NAMES)})"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}"


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
    return _MONTH_NAMES.index(found[0]) + 1 if found else 0


def _half(clock: list[int], rest: str) -> list[int]:
    """Return a clock on 24 hours where AM or PM follows it."""
    half = rest.strip().upper()
    return [clock[0] % 12 + 12 * (half == "PM"), *clock[1:]] if half in ("AM", "PM") else clock


def _ymd(whole: str, rest: str, dates: Dates) -> int | None:
    return dates.micros(*_numbers(whole)[:6], zone=zone_of(rest))


def _digits(whole: str, rest: str, dates: Dates) -> int | None:
    digits = re.sub(r"\D", "", whole)
    if len(digits) == 11:
        digits = digits[:6] + "0" + digits[6:]
    if len(digits) == 12:
        digits = "20" + digits
    parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, 14, 2))]
    return dates.micros(*parts, zone=zone_of(rest))


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
    return us if EPOCH_FIRST <= us < EPOCH_END else None


def _clock(whole: str, rest: str, dates: Dates) -> int | None:
    day = dates.day
    if day is None:
        return None
    dates.notes.add("note_date_from_name")
    return dates.micros(day.year, day.month, day.day, *_numbers(whole), zone=zone_of(rest))


EPOCH_FIRST, EPOCH_END = 631_152_000_000_000, 4_102_444_800_000_000
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
    TimeFormat(
        "dashed",
        r"(?<![\d-])(\d{4}-\d{2}-\d{2}[- T]\d{2}[.-]\d{2}[.-]\d{2})(?:\.(\d{1,9}))?()",
        _ymd,
    ),
    TimeFormat(
        "japanese",
        r"(\d{4}年\s?\d{1,2}月\s?\d{1,2}日(?:\s?[((].[))])?\s*\d{1,2}[時::]\s?\d{1,2}(?:[分::](?:\s?\d{1,2}秒?)?)?)"
        rf"{_FRACTION}{_ZONE}",
        _ymd,
    ),
    TimeFormat(
        "clf",
        rf"\[(\d{{1,2}}/{_MONTH}/\d{{4}}:{_CLOCK}){_FRACTION}(\s[+-]\d{{4}})?\]",
        _day_month,
        prefix=r"[^\[\n]{0,300}",
    ),
    TimeFormat(
        "day_month",
        rf"(?<!\d)((?:{_WEEKDAY},? )?\d{{1,2}}[- /]{_MONTH}[- /]\d{{4}}[ :T]{_CLOCK}){_FRACTION}{_ZONE}",
        _day_month,
    ),
    TimeFormat(
        "asctime",
        rf"({_WEEKDAY} {_MONTH} {{1,2}}\d{{1,2}} {_CLOCK}){_FRACTION}"
        r"((?: [A-Z]{3,4}| [+-]\d{4})? \d{4})(?!\d)",
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
        "epoch",
        r"(?<![\w.-])(\d{19}|\d{16}|\d{13}|\d{10})(?:\.(\d{1,9}))?()(?![\w.-])",
        _epoch,
        weak=True,
    ),
    TimeFormat(
        "clock",
        rf"(?<![\d:.T-])(\d{{2}}:\d{{2}}:\d{{2}})(?![\d:]){_FRACTION}{_ZONE}",
        _clock,
        weak=True,
    ),
)
"""The formats that are known, the more telling ones first."""
