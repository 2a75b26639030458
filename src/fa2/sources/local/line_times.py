"""Finds where on a file's lines the times stand and how they are written, by looking at some of them.

A header is a format of timestamps.py after a fixed number of words (`- 1117838570 2005.06.03 ...` has an
epoch after one word). The lines of a file mostly share one header; logs that several programs wrote
have a few.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from fa2.sources.local.file_dates import Dates
from fa2.sources.local.time_formats import FORMATS, TimeFormat
from fa2.sources.local.timestamps import TimeReader

_LOOK = 300
_MOST_WORDS = 12
_COLOUR = r"(?:\x1b\[[\d;]*m)*"
_LEAD = (
    rf"{_COLOUR}(?:<\d{{1,3}}>(?:1 )?)?{_COLOUR}[\[(\"'<|{{*#]{{0,3}}{_COLOUR}"
    r"(?:[A-Za-z@][\w.@-]{0,19}[\"']?[=:]\s?[\"']?)?[IWEF]?"
)
_ANY_DAY = datetime(2090, 1, 1, tzinfo=UTC)
"""Stands in for a file's own date while formats are only being told apart."""
_LEAD_ONLY = re.compile(_LEAD)
_SEARCHES = tuple((form, re.compile(form.pattern)) for form in FORMATS)
_GROUP = re.compile(r"(?<![\\\[])\((?!\?)")
_STRONG = re.compile(
    "|".join((form.prefix or _LEAD) + _GROUP.sub("(?:", form.pattern) for form in FORMATS if not form.weak)
)


@dataclass
class Header:
    """How the lines of a file start: the words before the time, and the time."""

    match: re.Pattern[str]
    """To be matched at the start of a line; its three groups are those of the format."""
    times: TimeReader
    words: int = 0
    """How many words stand before the time."""

    def micros(self, line: str) -> tuple[int, int] | None:
        """Return the time of a line and where it ends on the line; null for a line without one."""
        found = self.match.match(line)
        us = self.times.micros(found) if found else None
        return None if us is None or found is None else (us, found.end())


@dataclass(frozen=True)
class _Candidate:
    form: TimeFormat
    words: int
    lines: tuple[int, ...]
    micros: tuple[int, ...]

    @property
    def rising(self) -> bool:
        """Whether the times mostly do not go back, as a column of times would not."""
        steps = [later >= earlier for earlier, later in pairwise(self.micros)]
        return sum(steps) >= 0.9 * len(steps)


def find_headers(lines: Sequence[str], dates: Dates) -> list[Header]:
    """Return the headers of a file's lines, the commonest first; at most four, none if there are no times."""
    left = [line[:_LOOK] for line in lines if line.strip()]
    total = len(left)
    headers: list[Header] = []
    while left and len(headers) < 4:
        best = _best(_candidates(left), len(left), dates, first=not headers)
        if best is None or (headers and best.words and len(best.lines) < 0.1 * total):
            break
        headers.append(_header(best.form, best.words, dates))
        taken = set(best.lines)
        left = [line for at, line in enumerate(left) if at not in taken and not line[0].isspace()]
    return headers


def header_of_line(line: str, dates: Dates) -> Header | None:
    """Return a header for a line that none of the file's headers fits, when it surely starts with a time."""
    if not _STRONG.match(line):
        return None
    best = _best(_candidates([line[:_LOOK]]), 1, dates, first=False)
    return _header(best.form, best.words, dates) if best and not best.words else None


def _header(form: TimeFormat, words: int, dates: Dates) -> Header:
    before = form.prefix or (rf"\S+(?:\s+\S+){{{words - 1}}}\s+" if words else "") + _LEAD
    return Header(re.compile(before + form.pattern), TimeReader(form, dates), words)


def _candidates(lines: Sequence[str]) -> list[_Candidate]:
    """Return every format in every place where it occurs, with the lines that have it there."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    guess = Dates(latest=_ANY_DAY, day=_ANY_DAY)
    readers = [TimeReader(form, guess) for form in FORMATS]
    for at, line in enumerate(lines):
        for kind, (form, search) in enumerate(_SEARCHES):
            match = search.search(line)
            words = _words_before(line, match.start(), form) if match else None
            us = readers[kind].micros(match) if match and words is not None else None
            if us is not None and words is not None:
                found.setdefault((kind, words), []).append((at, us))
    return [
        _Candidate(FORMATS[kind], words, tuple(at for at, _ in hits), tuple(us for _, us in hits))
        for (kind, words), hits in found.items()
    ]


def _words_before(line: str, start: int, form: TimeFormat) -> int | None:
    if form.prefix:
        return 0
    before = line[:start]
    words = before.split()
    glued = words[-1] if words and not before[-1].isspace() else ""
    count = len(words) - bool(glued)
    if count > _MOST_WORDS or (before and not count and before[0].isspace()):
        return None
    return count if _LEAD_ONLY.fullmatch(glued) else None


def _best(candidates: list[_Candidate], total: int, dates: Dates, *, first: bool) -> _Candidate | None:
    """Return the header of most lines; of those that nearly as many lines have, the leftmost."""
    usable = [c for c in candidates if _usable(c, total, dates, first=first)]
    if not usable:
        return None
    most = max(len(c.lines) for c in usable)
    common = [c for c in usable if len(c.lines) >= 0.8 * most]
    strong = [c for c in common if not c.form.weak]
    left = min(common, key=_place)
    if left.form.weak and strong and not left.rising:
        left = min(strong, key=_place)
    if left.form.name == "dmy":
        return _ordered(left, common, dates)
    return left


def _usable(candidate: _Candidate, total: int, dates: Dates, *, first: bool) -> bool:
    if candidate.form.name == "clock" and dates.day is None:
        return False
    if candidate.form.name in ("month_day", "klog") and dates.latest is None:
        return False
    if candidate.form.weak:
        return first and len(candidate.lines) >= 0.5 * total
    return candidate.words == 0 or len(candidate.lines) >= 0.3 * total


def _place(candidate: _Candidate) -> tuple[int, int, int]:
    return candidate.words, -len(candidate.lines), FORMATS.index(candidate.form)


def _ordered(day_first: _Candidate, common: list[_Candidate], dates: Dates) -> _Candidate:
    """Return which of 1/2 is the day: the way that fits more lines; the day where both fit all."""
    other = [c for c in common if c.form.name == "mdy" and c.words == day_first.words]
    if not other or len(other[0].lines) < len(day_first.lines):
        return day_first
    if len(other[0].lines) == len(day_first.lines):
        dates.notes.add("note_day_before_month")
        return day_first
    return other[0]
