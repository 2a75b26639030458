"""Times as people write them: ISO 8601, clocks with or without a date and a zone, 3時12分."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

_HOURS = {
    "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "JST": 9.0, "KST": 9.0, "SGT": 8.0, "IST": 5.5, "CET": 1.0, "CEST": 2.0, "BST": 1.0,
    "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0,
    "AEST": 10.0, "AEDT": 11.0, "日本時間": 9.0, "協定世界時": 0.0,
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = "|".join(f"{m}[a-z]{{0,6}}" for m in _MONTHS)
_DATE = (
    r"(?:(?P<y§>\d{4})[-/](?P<m§>\d{1,2})[-/](?P<d§>\d{1,2})"
    r"|(?:(?P<jy§>\d{4})年\s?)?(?P<jm§>\d{1,2})月\s?(?P<jd§>\d{1,2})日"
    rf"|(?P<ed§>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<em§>{_NAMES})\.?(?:,?\s(?P<ey§>\d{{4}}))?"
    rf"|(?P<am§>{_NAMES})\.?\s(?P<ad§>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<ay§>\d{{4}}))?)"
)
"""§ stands for a number, since names of groups must differ."""
_ZONE = (
    r"(?P<zone>Z(?![A-Za-z])|(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d{2})?(?![\d.:])|\+\d{1,2}(?::?\d{2})?(?![\d.:])|"
    r"(?<=:\d\d:\d\d)-\d{2}:?\d{2}(?![\d.:])|日本時間|協定世界時|"
    r"(?:UTC|GMT|JST|KST|SGT|IST|CEST|CET|BST|EST|EDT|CST|CDT|MST|MDT|PST|PDT|AEST|AEDT)(?![A-Za-z]))"
)
_CLOCK = (
    r"(?P<half>午前|午後)?\s?(?:(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d{1,9})?)?(?!\d|:\d)\s?(?P<ampm>[ap]\.?m\b\.?)?"
    r"|(?P<jh>\d{1,2})時(?!間)(?:\s?(?P<jmin>\d{1,2})分(?!間)(?:\s?(?P<js>\d{1,2})秒(?!間))?)?)"
)
_MOMENT = re.compile(
    rf"(?=[\d午日jfmasond\s])(?<![\d.,:A-Za-z_])(?:(?:{_DATE.replace('§', '1')})(?:T|,?\s(?:at\s)?|\sの?|の)?)?(?P<before>日本時間\s?の?\s?)?{_CLOCK}(?:\s?\(?{_ZONE}\)?)?"
    rf"|(?=[\djfmasond])(?<![\d.,:A-Za-z_])(?:{_DATE.replace('§', '2')})(?![\d:])",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?:about|around|approximately|roughly|circa|shortly (?:after|before)|~|約|およそ)\s?$", re.I)
_ABOUT_AFTER = re.compile(r"\s?(?:頃|ごろ|前後|過ぎ|すぎ|台)")
_ON = re.compile(r",?\s?(?:on\s)?(?:the\s)?")
_RANGE = re.compile(r"\s?(?:-|~|to|and|until|through|から|→)\s?")
_LOOSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Moment:
    """A time in a statement."""

    start: int
    end: int
    day: date | None
    """As written; the year may be missing (1)."""
    has_year: bool
    seconds: float | None
    """Of the day, as written; null for a date alone."""
    step: float
    """Seconds of the last place written: 1, 60, 3600, or parts of a second."""
    offset: timedelta
    zoned: bool
    loose: bool
    """Said to be about."""

    def is_at(self, moment: datetime) -> bool:
        """Tell whether an aware time is the one that was written, cut or rounded to the places that were written."""
        try:
            local = moment.astimezone(UTC) + self.offset
            return any(self._same(local + shift) for shift in self._shifts())
        except OverflowError:
            return False

    def _shifts(self) -> tuple[timedelta, ...]:
        half = timedelta(seconds=self.step / 2 if self.seconds is not None else 0)  # a day is not rounded
        return (timedelta(), half, _LOOSE, -_LOOSE) if self.loose else (timedelta(), half)

    def _same(self, local: datetime) -> bool:
        if self.day is not None and (local.month, local.day) != (self.day.month, self.day.day):
            return False
        if self.day is not None and self.has_year and local.year != self.day.year:
            return False
        if self.seconds is None:
            return True
        past = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6 - self.seconds
        if self.loose:
            return -1e-6 <= past < max(self.step, 2 * _LOOSE.total_seconds()) or abs(past) < self.step
        return -1e-6 <= past < self.step


def moments(text: str) -> list[Moment]:
    """Return the times of a plain text (see plain_text) in order. A time without a zone is in UTC.

    In "from 04:02 to 04:05 JST" the zone is that of both.
    """
    found = [m for m in (_read(text, match) for match in _MOMENT.finditer(text)) if m is not None]
    for n in range(len(found) - 1):  # 04:02 JST on 21 November
        first, second = found[n], found[n + 1]
        if first.zoned and second.seconds is None and _ON.fullmatch(text[first.end : second.start]):
            found[n + 1] = replace(second, offset=first.offset)
    for n in range(len(found) - 2, -1, -1):
        first, second = found[n], found[n + 1]
        if second.zoned and not first.zoned and _RANGE.fullmatch(text[first.end : second.start]):
            found[n] = replace(first, offset=second.offset, zoned=True)
    return found


def _read(text: str, found: re.Match[str]) -> Moment | None:
    try:
        day, has_year = _day(found)
        seconds, step = _seconds(found)
    except ValueError:
        return None
    if day is None and seconds is None:
        return None
    before, after = text[max(0, found.start() - 16) : found.start()], text[found.end() : found.end() + 4]
    loose = bool(_ABOUT.search(before) or _ABOUT_AFTER.match(after))
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    zone = found["zone"] or found["before"]
    offset = _offset(zone)
    return Moment(
        start, found.start() + len(found[0].rstrip()), day, has_year, seconds, step, offset, bool(zone), loose
    )


def _day(found: re.Match[str]) -> tuple[date | None, bool]:
    for n in (1, 2):
        for year, month, at in (
            (f"y{n}", f"m{n}", f"d{n}"),
            (f"jy{n}", f"jm{n}", f"jd{n}"),
            (f"ey{n}", f"em{n}", f"ed{n}"),
            (f"ay{n}", f"am{n}", f"ad{n}"),
        ):
            if found[at]:
                number = int(found[month]) if found[month].isdigit() else _MONTHS.index(found[month][:3].lower()) + 1
                return date(int(found[year] or 4), number, int(found[at])), bool(found[year])
    return None, False


def _seconds(found: re.Match[str]) -> tuple[float | None, float]:
    hour = found["h"] or found["jh"]
    if hour is None:
        return None, 86400.0
    minute, second, part = found["min"] or found["jmin"], found["s"] or found["js"], found["f"] or ""
    hours = int(hour)
    half = (found["half"] or found["ampm"] or "").lower()
    if half:
        hours = hours % 12 + (12 if half[0] in "p" or half == "午後" else 0)
    if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError(found[0])
    total = (hours % 24) * 3600 + int(minute or 0) * 60 + int(second or 0) + float(part or 0)
    step = 10.0 ** -(len(part) - 1) if len(part) > 1 else 1.0 if second else 60.0 if minute else 3600.0
    return total, step


def _offset(zone: str | None) -> timedelta:
    if not zone:
        return timedelta()
    zone = zone.strip(" の").upper()
    if zone in _HOURS:
        return timedelta(hours=_HOURS[zone])
    signed = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if signed is None:
        return timedelta()
    size = timedelta(hours=int(signed[2]), minutes=int(signed[3] or 0))
    return size if signed[1] == "+" else -size
