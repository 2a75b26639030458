"""The header that the lines of a log share: time, level, thread, logger; what is behind it is the message.

header = detect(lines)                  # of a sample, from all over the file; None for lines of bare messages
header.read(line, Dating(latest=...))   # one line
header.reader(Dating(...)).read_block(buffer, starts, ends)   # millions of lines
header.regex                            # for regexp_replace in DuckDB, Trino, Spark
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_dates import EPOCH, EPOCH_END, EPOCH_FIRST, Dating
from fa2.logs.headers.header_layouts import Found, find_layout
from fa2.logs.headers.header_levels import LEVELS, PRIORITIES, level_code
from fa2.logs.headers.header_parts import Part
from fa2.logs.headers.header_program import program_of

__all__ = ["LEVELS", "Dating", "Head", "Header", "HeaderReader", "Heads", "detect"]

_NO = np.iinfo(np.int64).min

SAMPLE = 400
"""How many lines are looked at."""


class Head(NamedTuple):
    """What the header of one line says."""

    message_start: int
    """Index of the message's first character; 0 for a line without the header."""
    time_us: int | None
    """Microseconds since 1970, UTC."""
    level: str | None
    """One of LEVELS."""
    logger: str | None = None


class Heads(NamedTuple):
    """What the headers of a block's lines say, one entry a line."""

    message_starts: NDArray[np.int64]
    """Offsets into the buffer; the line's own start where it lacks the header."""
    times_us: NDArray[np.int64]
    """Microseconds since 1970, UTC; the least int64 (numpy's NaT) for no time."""
    levels: NDArray[np.int8]
    """Indices of LEVELS; 0 for none."""


@dataclass(frozen=True)
class Header:
    """The header of a log's lines."""

    parts: tuple[Part, ...]

    @cached_property
    def regex(self) -> str:
        """A regular expression (RE2, Java, Python, Trino) that matches the header: what a message has before it."""
        return "^" + hp.regex_of(self.parts)

    @cached_property
    def has_year(self) -> bool:
        """Whether its times tell the year; if not, `Dating.latest` is needed."""
        return any(
            part.value and (part.op == hp.EPOCH or self._is(part, hp.YEAR, hp.SHORT_YEAR)) for part in self.parts
        )

    @cached_property
    def has_date(self) -> bool:
        """Whether its times tell the day; if not, `Dating.day` is needed."""
        return self.has_year or any(part.value and self._is(part, hp.DAY) for part in self.parts)

    @staticmethod
    def _is(part: Part, *roles: int) -> bool:
        return part.op == hp.NUMBER and part.a in roles

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(hp.regex_of(self.parts, groups=True), re.ASCII)

    @cached_property
    def _values(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.value)

    def read(self, line: str, dating: Dating) -> Head:
        """Return what the header of a line says; nothing for a line without it.

        A line has the header when `regex` matches; a time that does not exist, such as 30 February, is null.
        """
        found = self._pattern.match(line)
        if found is None:
            return Head(0, None, None)
        values = _Values()
        for part, text in zip(self._values, found.groups()):
            if text is not None:
                values.take(part, text)
        return Head(found.end(), values.time_us(dating), LEVELS[values.level] or None, values.logger)

    def reader(self, dating: Dating) -> HeaderReader:
        """Return the compiled reader."""
        return HeaderReader(self, dating)


class HeaderReader:
    """Reads the headers of blocks of bytes. One a thread: it remembers the last day."""

    def __init__(self, header: Header, dating: Dating) -> None:
        self.program: NDArray[np.int32] = program_of(header.parts)
        """The parts, as `header_kernel.read_head` takes them."""
        day = dating.day.toordinal() - EPOCH.toordinal() if dating.day else _NO
        limit = dating.limit if dating.latest else _NO
        starts, offsets = dating.offsets()
        gaps = [limit, dating.latest_year, day, len(starts)]
        self.state: NDArray[np.int64] = np.concatenate([np.full(16, -1), gaps, starts, offsets]).astype(np.int64)
        """What `header_kernel.read_head` takes besides."""

    def read_block(
        self, buffer: NDArray[np.uint8], line_starts: NDArray[np.int64], line_ends: NDArray[np.int64]
    ) -> Heads:
        """Return what the headers of lines say. Lines are without their line ends (\\n, \\r)."""
        from fa2.logs.headers.header_kernel import read_heads

        return Heads(*read_heads(buffer, line_starts, line_ends, self.program, self.state))


class _Values:
    """What was read from the header of one line."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.micros = 0
        self.zone: timezone | None = None
        self.bad_zone = False
        self.half = ""
        self.epoch: int | None = None
        self.level = 0
        self.logger: str | None = None

    def take(self, part: Part, text: str) -> None:
        """Take the text of one part."""
        if part.op == hp.NUMBER:
            self.numbers[part.a] = int(text)
        elif part.op == hp.FRACTION:
            self.micros = int(text[:6].ljust(6, "0"))
        elif part.op == hp.MONTH:
            self.numbers[hp.MONTH_NUMBER] = hp.MONTHS.index(text) + 1
        elif part.op == hp.ZONE:
            self._take_zone(text)
        elif part.op == hp.HALF:
            self.half = text.upper()
        elif part.op == hp.EPOCH:
            self.epoch = int(text[:16].ljust(16, "0"))
        elif part.op == hp.PRIORITY:
            self.level = PRIORITIES[int(text[1:-1]) % 8]
        elif part.op in (hp.LEVEL, hp.LETTER):
            self.level = level_code(text)
        else:
            self.logger = text.rstrip(" \t").removesuffix(":")
            self.level = self.level or (level_code(self.logger) if part.op == hp.LOGGER and len(self.logger) > 1 else 0)

    def _take_zone(self, text: str) -> None:
        minutes = 0 if text in "Zz" else hp.ZONES.get(text)
        if minutes is None:
            digits = text[1:].replace(":", "").ljust(4, "0")
            minutes = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if text[0] == "-" else 1)
        self.bad_zone = abs(minutes) >= 1440
        self.zone = None if self.bad_zone else timezone(timedelta(minutes=minutes))

    def time_us(self, dating: Dating) -> int | None:
        """Return the time in microseconds UTC; null when there is no such time or it lacks year or day."""
        if self.epoch is not None:
            us = self.epoch + self.micros
            return us if EPOCH_FIRST <= us < EPOCH_END else None
        clock = self._clock()
        if clock is None or self.bad_zone:
            return None
        us_or_none = self._whole(clock, dating)
        return None if us_or_none is None else us_or_none + self.micros

    def _clock(self) -> tuple[int, int, int] | None:
        hour, minute, second = (self.numbers.get(role, 0) for role in (hp.HOUR, hp.MINUTE, hp.SECOND))
        hour = hour % 12 + 12 * (self.half == "PM") if self.half else hour
        return (hour, minute, second) if hour < 24 and minute < 60 and second <= 60 else None

    def _whole(self, clock: tuple[int, int, int], dating: Dating) -> int | None:
        month, day = self.numbers.get(hp.MONTH_NUMBER, 0), self.numbers.get(hp.DAY)
        if day is None:
            on = dating.day
            return dating.micros(on.year, on.month, on.day, clock, self.zone) if on else None
        short, year = self.numbers.get(hp.SHORT_YEAR), self.numbers.get(hp.YEAR)
        if short is not None:
            year = short + (2000 if short < 70 else 1900)
        if year is None:
            return dating.micros_in_year(month, day, clock, self.zone)
        return dating.micros(year, month, day, clock, self.zone)


def detect(lines: Sequence[str]) -> Header | None:
    """Return the header that the lines of a sample share; null when there is none, or it has no time.

    Lines should come from all over the file, without line ends. At least 90 % of those that start an entry
    (are not indented, no part of a stack trace) must have it; half is enough for a full date and time with a level
    right behind it at the very start of a line, which is no message. What brackets, ids and the like behind
    the time belong to the header is told by what nearly all lines have in the same place; no system is known by name.
    Costs some 10 to 50 ms; looks at 400 lines.
    """
    step = max(len(lines) / SAMPLE, 1.0)
    sample = [lines[int(at * step)] for at in range(min(len(lines), SAMPLE))]
    found: Found | None = find_layout(sample)
    return Header(tuple(found.parts)) if found else None
