"""The ways in which headers write times, as parts.

A form is written as in strftime, with: %m %d %H of one or two digits, %N %D %h of two; %e a day behind spaces;
%f a fraction with its mark, %z a zone, %p AM or PM, all three where a file's lines have them; %L a letter for a level;
%1 %2 %3 %4 an epoch in seconds, milli-, micro- and nanoseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_parts import Part

_PARTS: Final[dict[str, list[Part]]] = {
    "Y": [hp.number(hp.YEAR, 4, 4)],
    "y": [hp.number(hp.SHORT_YEAR)],
    "m": [hp.number(hp.MONTH_NUMBER, 1, 2)],
    "N": [hp.number(hp.MONTH_NUMBER)],
    "d": [hp.number(hp.DAY, 1, 2)],
    "D": [hp.number(hp.DAY)],
    "e": [hp.GAP_PART, hp.number(hp.DAY, 1, 2)],
    "H": [hp.number(hp.HOUR, 1, 2)],
    "h": [hp.number(hp.HOUR)],
    "M": [hp.number(hp.MINUTE, 1, 2)],
    "S": [hp.number(hp.SECOND, 1, 2)],
    "i": [hp.number(hp.MINUTE)],
    "s": [hp.number(hp.SECOND)],
    "b": [hp.MONTH_PART],
    "a": [hp.WEEKDAY_PART],
    "L": [hp.LETTER_PART],
    "1": [hp.epoch(10)],
    "2": [hp.epoch(13)],
    "3": [hp.epoch(16)],
    "4": [hp.epoch(19)],
}
_PLACES = re.compile(r"%(.)|([^%])")
_FRACTION = r"(?P<f>[.,:][0-9]{1,9})?"
_ZONE = rf"(?P<z>[ \t]{{0,2}}(?:[Zz]|{'|'.join(hp.ZONES)}|[+-][0-9]{{2}}:?[0-9]{{2}})(?![0-9A-Za-z])|[+-][0-9]{{2}}(?![0-9:]))?"
_HALF = r"(?P<p>[ \t]?[AaPp][Mm](?![A-Za-z]))?"
_EXTRAS = {"f": _FRACTION, "z": _ZONE, "p": _HALF}


@dataclass(frozen=True)
class Extras:
    """What of a time's optional pieces the lines of a file have: null for never, else how often and in which form."""

    fraction: str = ""
    """Its mark; empty when there is none."""
    zone_gap: int = -1
    """Spaces before the zone, of which more count as one; -1 for no zone."""
    zone_always: bool = True
    half: bool = False
    half_gap: bool = True


@dataclass(frozen=True)
class TimeForm:
    """One way to write a time."""

    text: str
    weak: bool = False
    """Could be other numbers: taken only in one place on nearly all lines, and where the values make sense as times."""

    @property
    def search(self) -> re.Pattern[str]:
        """Matches it where it starts; groups f, z and p are what follows the second, _Y and so on the numbers."""
        return _search(self.text)

    @property
    def has_year(self) -> bool:
        """Whether it tells the year."""
        return any(mark in self.text for mark in ("%Y", "%y", "%1", "%2", "%3", "%4"))

    @property
    def has_date(self) -> bool:
        """Whether it tells the day."""
        return self.has_year or "%b" in self.text or "%m" in self.text or "%N" in self.text

    def parts(self, extras: Extras) -> list[Part]:
        """Return its parts, for lines whose times have these extras."""
        parts: list[Part] = []
        for found in _PLACES.finditer(self.text):
            mark, char = found.groups()
            if mark == "f":
                fraction = [*hp.literal(extras.fraction), hp.FRACTION_PART]
                parts += hp.optional(fraction) if extras.fraction else []
            elif mark == "z":
                parts += _zone(extras)
            elif mark == "p":
                parts += [*([hp.GAP_PART] if extras.half_gap else []), hp.HALF_PART] if extras.half else []
            elif mark:
                parts += _PARTS[mark]
            else:
                parts += [hp.GAP_PART] if char == " " else hp.literal(char)
        return parts


def _zone(extras: Extras) -> list[Part]:
    if extras.zone_gap < 0:
        return []
    zone = [*([hp.GAP_PART] if extras.zone_gap else []), hp.ZONE_PART]
    return zone if extras.zone_always else hp.optional(zone)


@cache
def _search(text: str) -> re.Pattern[str]:
    out = []
    for found in _PLACES.finditer(text):
        mark, char = found.groups()
        if mark in _EXTRAS:
            out.append(_EXTRAS[mark])
        elif mark:
            *before, part = _PARTS[mark]
            out.append(f"{hp.regex_of(before)}(?P<_{mark}>{part.regex})")
        else:
            out.append("[ \\t]+" if char == " " else hp.escaped(char))
    return re.compile("".join(out) + r"(?![0-9])")


_CLOCK = "%H:%M:%S%f"
_DATES = [f"%Y{mark}%m{mark}%d" for mark in "-/."]
_NAMED = ["%d/%b/%Y", "%d-%b-%Y", "%d %b %Y", "%d %b, %Y"]

FORMS: Final[tuple[TimeForm, ...]] = (
    *(TimeForm(f"{date}{gap}{_CLOCK}%z") for date in _DATES for gap in "T _:-"),
    *(TimeForm(f"{date} %H.%M.%S%f%z") for date in _DATES),
    TimeForm("%Y-%m-%d-%H.%M.%S%f"),
    *(TimeForm(f"{date}{gap}%H:%i%z") for date in _DATES for gap in "T "),
    *(TimeForm(f"{date}{gap}{_CLOCK}%z") for date in _NAMED for gap in ": T"),
    *(TimeForm(f"%a, {date} {_CLOCK}%z") for date in _NAMED),
    *(TimeForm(f"%a {date} {_CLOCK}%z") for date in _NAMED),
    TimeForm(f"%a %b%e {_CLOCK}%z %Y"),
    TimeForm(f"%b%e, %Y {_CLOCK}%p%z"),
    TimeForm(f"%b%e %Y {_CLOCK}%z"),
    TimeForm(f"%b%e {_CLOCK}"),
    *(TimeForm(f"%d{mark}%m{mark}%Y{gap}{_CLOCK}%p%z") for mark in "/-." for gap in (" ", ", ", ":")),
    *(TimeForm(f"%m{mark}%d{mark}%Y{gap}{_CLOCK}%p%z") for mark in "/-" for gap in (" ", ", ", ":")),
    *(TimeForm(f"%y{mark}%m{mark}%d {_CLOCK}%z") for mark in "/-"),
    TimeForm(f"%d/%m/%y {_CLOCK}%p%z"),
    TimeForm(f"%m/%d/%y {_CLOCK}%p%z"),
    *(TimeForm(f"%Y%N%D{gap}{_CLOCK}%z") for gap in "- T_"),
    *(TimeForm(f"%Y%N%D{gap}%h%i%s%f%z", weak=gap != "T") for gap in ("T", "Z", " ", "-", "_", "")),
    TimeForm(f"%y%N%D {_CLOCK}", weak=True),
    TimeForm("%y%N%D %h%i%s", weak=True),
    *(TimeForm(f"%N{mark}%D {_CLOCK}%z", weak=True) for mark in "-./"),
    TimeForm("%L%N%D %H:%i:%s%f"),
    *(TimeForm(f"%{digits}%f", weak=True) for digits in "1234"),
    TimeForm(f"{_CLOCK}%z", weak=True),
)
"""The forms that are known, the more telling ones first."""


def extras_of(form: TimeForm, matches: Sequence[re.Match[str]]) -> Extras:
    """Return which optional pieces some times of a form have, and how they are written."""
    fractions, zones, halves = (_group(form, matches, name) for name in "fzp")
    marks = Counter(text[0] for text in fractions)
    zone = len(zones) >= 0.5 * len(matches)
    return Extras(
        fraction=marks.most_common(1)[0][0] if len(fractions) >= 0.02 * len(matches) else "",
        zone_gap=-1 if not zone else int(sum(text[0] in " \t" for text in zones) * 2 > len(zones)),
        zone_always=len(zones) == len(matches),
        half=len(halves) >= 0.5 * len(matches),
        half_gap=sum(text[0] in " \t" for text in halves) * 2 > len(halves),
    )


def _group(form: TimeForm, matches: Sequence[re.Match[str]], name: str) -> list[str]:
    return [text for match in matches if (text := match[name])] if f"%{name}" in form.text else []
