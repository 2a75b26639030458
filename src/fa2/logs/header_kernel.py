"""Reads headers from blocks of bytes, compiled: what `Header.read` gives, for millions of lines a second.

A program is one row a part: op, a, b, c and whether a value is read from it. A row is matched without going
back; where optional parts are taken or left, the row is tried again from the start of the line, in the order in
which a regular expression would.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from fa2.logs import header_parts as hp
from fa2.logs.header_dates import DAY_US, EPOCH_END, EPOCH_FIRST, FIRST_YEAR, LAST_YEAR, YEARS_BACK
from fa2.logs.header_levels import LETTER_CODES, MASK, MIX, PRIORITY_CODES, WORD_CODES, WORD_TABLE

NO_TIME = np.iinfo(np.int64).min
"""Stands for the time of a line without one; numpy's NaT."""

_MONTHS = np.array([(ord(m[0]) << 16) | (ord(m[1]) << 8) | ord(m[2]) for m in hp.MONTHS], np.int64)
_WEEKDAYS = np.array([(ord(m[0]) << 16) | (ord(m[1]) << 8) | ord(m[2]) for m in hp.WEEKDAYS], np.int64)
_ZONE_NAMES = np.array([sum(ord(c) << 8 * i for i, c in enumerate(z)) for z in hp.ZONES], np.int64)
_ZONE_MINUTES = np.array(list(hp.ZONES.values()), np.int64)
_NO_ZONE = 1 << 20
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], np.int64)
_jit = nb.njit(cache=True, nogil=True)

# Where the numbers of a time are kept while a line is read; the first seven are the roles of header_parts.
_US, _ZONE_AT, _HALF_AT, _EPOCH_US, _LEVEL_AT, _SEEN = 7, 8, 9, 10, 11, 12
_FIELDS = 13


@_jit
def _is_space(byte: int) -> bool:
    return byte == 32 or byte == 9


@_jit
def _is_word(byte: int) -> bool:
    return not (byte == 32 or byte == 9 or byte == 13 or byte == 10)


@_jit
def _word_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and _is_word(buffer[at]):
        at += 1
    return at


@_jit
def _gap_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and _is_space(buffer[at]):
        at += 1
    return at


@_jit
def _three(buffer: NDArray[np.uint8], at: int) -> int:
    return (np.int64(buffer[at]) << 16) | (np.int64(buffer[at + 1]) << 8) | np.int64(buffer[at + 2])


@_jit
def _level_of(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return the level code of a word; 0 for none."""
    length = end - at
    if length < 3 or length > 13:
        return 0
    key = np.int64(0)
    for i in range(at, end):
        key = (key * MIX + np.int64(buffer[i] | 32)) & MASK
    for i in range(WORD_TABLE.size):
        if WORD_TABLE[i] == key:
            return WORD_CODES[i]
    return 0


@_jit
def _letters_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and 97 <= (buffer[at] | 32) <= 122:
        at += 1
    return at


@_jit
def _digits_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and 48 <= buffer[at] <= 57:
        at += 1
    return at


@_jit
def _number(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    value = np.int64(0)
    for i in range(at, end):
        value = value * 10 + np.int64(buffer[i] - 48)
    return value


@_jit
def _bracket_end(buffer: NDArray[np.uint8], at: int, end: int, opening: int, closing: int) -> int:
    """Return where a text in brackets ends; -1 when it does not, or brackets are two deep in it."""
    depth = 0
    while at < end:
        byte = buffer[at]
        at += 1
        if byte == opening:
            depth += 1
            if depth > 2:
                return -1
        elif byte == closing:
            depth -= 1
            if depth == 0:
                return at
        elif byte == 13 or byte == 10:
            return -1
        if depth == 0:
            return -1
    return -1


@_jit
def _logger(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where a logger with its colon ends, spaces behind it not counted; -1 when there is none."""
    stop = _word_end(buffer, at, end)
    if stop > at and stop + 1 < end and buffer[stop] == 32 and buffer[stop + 1] == 40:
        close = stop + 2
        while close < end and buffer[close] not in (40, 41, 13, 10):
            close += 1
        closed = close + 1 < end and buffer[close] == 41 and buffer[close + 1] == 58
        if closed and (close + 2 == end or _is_space(buffer[close + 2])):
            return close + 2
    if stop - at >= 2 and buffer[stop - 1] == 58 and (stop == end or _is_space(buffer[stop])):
        return stop
    return -1


@_jit
def _zone(buffer: NDArray[np.uint8], at: int, end: int, fields: NDArray[np.int64], keep: bool) -> int:
    """Return where a zone ends and keep its minutes east of UTC; -1 when there is none."""
    if at >= end:
        return -1
    byte = buffer[at]
    minutes = np.int64(0)
    stop = -1
    if byte == 43 or byte == 45:
        stop = at + 3
        if _digits_end(buffer, at + 1, min(end, stop)) != stop:
            return -1
        minutes = _number(buffer, at + 1, stop) * 60
        more = stop + 1 if stop < end and buffer[stop] == 58 else stop
        if more + 2 <= end and _digits_end(buffer, more, more + 2) == more + 2:
            minutes += _number(buffer, more, more + 2)
            stop = more + 2
        minutes = -minutes if byte == 45 else minutes
    else:
        stop = _letters_end(buffer, at, end)
        if stop - at == 1 and (byte | 32) == 122:
            minutes = 0
        elif 3 <= stop - at <= 4:
            key = np.int64(0)
            for i in range(at, stop):
                key |= np.int64(buffer[i]) << (8 * (i - at))
            minutes = np.int64(_NO_ZONE)
            for i in range(_ZONE_NAMES.size):
                if _ZONE_NAMES[i] == key:
                    minutes = _ZONE_MINUTES[i]
            if minutes == _NO_ZONE:
                return -1
        else:
            return -1
    if keep:
        fields[_ZONE_AT] = minutes
    return stop


@_jit
def _structured(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    if at < end and buffer[at] == 45:
        return at + 1
    stop = -1
    while at < end and buffer[at] == 91:
        while at < end and buffer[at] not in (93, 13, 10):
            at += 1
        if at >= end or buffer[at] != 93:
            return stop
        at += 1
        stop = at
    return stop


@_jit
def _time_part(buffer: NDArray[np.uint8], at: int, end: int, part: NDArray[np.int32], fields: NDArray[np.int64]) -> int:
    """Return where a part of a time ends and keep its value; -1 when it is not there."""
    op, keep = part[0], part[4] != 0
    if op == hp.NUMBER:
        stop = _digits_end(buffer, at, min(end, at + part[3]))
        if stop - at < part[2]:
            return -1
        if keep:
            fields[part[1]] = _number(buffer, at, stop)
        return stop
    if op == hp.FRACTION:
        stop = _digits_end(buffer, at, min(end, at + 9))
        if stop == at:
            return -1
        if keep:
            us = np.int64(0)
            for i in range(at, at + 6):
                us = us * 10 + (np.int64(buffer[i] - 48) if i < stop else 0)
            fields[_US] = us
        return stop
    if op == hp.MONTH or op == hp.WEEKDAY:
        if at + 3 > end:
            return -1
        names = _MONTHS if op == hp.MONTH else _WEEKDAYS
        key = _three(buffer, at)
        for i in range(names.size):
            if names[i] == key:
                if keep and op == hp.MONTH:
                    fields[hp.MONTH_NUMBER] = i + 1
                return at + 3
        return -1
    if op == hp.HALF:
        if at + 2 > end or (buffer[at + 1] | 32) != 109 or (buffer[at] | 32) not in (97, 112):
            return -1
        if keep:
            fields[_HALF_AT] = 1 if (buffer[at] | 32) == 97 else 2
        return at + 2
    if op == hp.ZONE:
        return _zone(buffer, at, end, fields, keep)
    stop = at + part[1]
    if _digits_end(buffer, at, min(end, stop)) != stop:
        return -1
    if keep:
        seconds = _number(buffer, at, at + 10)
        us = _number(buffer, at + 10, min(stop, at + 16))
        for _ in range(max(at + 16 - stop, 0)):
            us *= 10
        fields[_EPOCH_US] = seconds * 1_000_000 + us
    return stop


@_jit
def _part(buffer: NDArray[np.uint8], at: int, end: int, part: NDArray[np.int32], fields: NDArray[np.int64]) -> int:
    """Return where a part ends; -1 when it is not there."""
    op = part[0]
    if op == hp.LIT:
        return at + 1 if at < end and buffer[at] == part[1] else -1
    if op == hp.GAP or op == hp.GAP_END or op == hp.ANY_GAP:
        stop = _gap_end(buffer, at, end)
        return stop if stop > at or op == hp.ANY_GAP or (op == hp.GAP_END and at == end) else -1
    if op == hp.WORD:
        stop = _word_end(buffer, at, end)
        return stop if stop > at else -1
    if op == hp.NOT:
        stop = at
        while stop < end and _is_word(buffer[stop]) and buffer[stop] != part[1]:
            stop += 1
        return stop if stop > at else -1
    if op == hp.UNTIL:
        while at < end and buffer[at] != part[1] and buffer[at] != 13 and buffer[at] != 10:
            at += 1
        return at
    if op == hp.BRACKET:
        return _bracket_end(buffer, at, end, part[1], part[2])
    if op == hp.LOGGER:
        stop = _logger(buffer, at, end)
        if stop < 0:
            return -1
        if part[4] and fields[_LEVEL_AT] == 0:
            fields[_LEVEL_AT] = _level_of(buffer, at, stop - 1)
        return _gap_end(buffer, stop, end)
    if op == hp.LEVEL:
        stop = _letters_end(buffer, at, end)
        code = _level_of(buffer, at, stop)
        if code == 0:
            return -1
        if part[4]:
            fields[_LEVEL_AT] = code
        return stop
    if op == hp.LETTER:
        if at >= end or not 65 <= buffer[at] <= 90:
            return -1
        if part[4]:
            fields[_LEVEL_AT] = LETTER_CODES[buffer[at]]
        return at + 1
    if op == hp.SEPARATOR:
        stop = at
        while stop < min(end, at + 3) and buffer[stop] in (45, 42, 35, 46, 124, 58, 61, 62, 126, 43):
            stop += 1
        return stop if stop > at else -1
    if op == hp.PRIORITY:
        stop = _digits_end(buffer, at + 1, min(end, at + 4))
        if at >= end or buffer[at] != 60 or stop == at + 1 or stop >= end or buffer[stop] != 62:
            return -1
        if part[4]:
            fields[_LEVEL_AT] = PRIORITY_CODES[_number(buffer, at + 1, stop) % 8]
        return stop + 1
    if op == hp.STRUCTURED:
        return _structured(buffer, at, end)
    return _time_part(buffer, at, end, part, fields)


@_jit
def _clear(fields: NDArray[np.int64]) -> None:
    fields[:] = 0
    fields[hp.YEAR] = -1
    fields[hp.SHORT_YEAR] = -1
    fields[hp.DAY] = -1
    fields[_ZONE_AT] = _NO_ZONE
    fields[_EPOCH_US] = -1


@_jit
def _match(
    buffer: NDArray[np.uint8], start: int, end: int, program: NDArray[np.int32], mask: int, fields: NDArray[np.int64]
) -> int:
    """Return where the header ends when the optional parts whose bit is set in the mask are left out; -1 for none."""
    at, i, bit = start, 0, 1
    _clear(fields)
    while i < program.shape[0]:
        if program[i, 0] == hp.OPTIONAL:
            i += 1 + (program[i, 1] if mask & bit else 0)
            bit <<= 1
            continue
        at = _part(buffer, at, end, program[i], fields)
        if at < 0:
            return -1
        i += 1
    return at


@_jit
def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970 of a day of the Gregorian calendar; NO_TIME when there is no such day."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not FIRST_YEAR <= year < LAST_YEAR or not 1 <= month <= 12 or day < 1:
        return NO_TIME
    if day > _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (1 if leap and month == 2 else 0):
        return NO_TIME
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    return days + _DAYS_BEFORE[month - 1] + (1 if leap and month > 2 else 0) + day - 1


@_jit
def _utc(days: int, clock_us: int, minutes: int, starts: NDArray[np.int64], offsets: NDArray[np.int64]) -> int:
    if days == NO_TIME:
        return NO_TIME
    local = days * DAY_US + clock_us
    if minutes != _NO_ZONE:
        return local - minutes * 60_000_000
    at = starts.size - 1
    while starts[at] > local:
        at -= 1
    return local - offsets[at]


@_jit
def _time(
    fields: NDArray[np.int64], dating: NDArray[np.int64], starts: NDArray[np.int64], offsets: NDArray[np.int64]
) -> int:
    """Return the time in microseconds UTC; NO_TIME when there is no such time. dating: limit, latest year, day."""
    if fields[_EPOCH_US] >= 0:
        us = fields[_EPOCH_US] + fields[_US]
        return us if EPOCH_FIRST <= us < EPOCH_END else NO_TIME
    hour, minute, second = fields[hp.HOUR], fields[hp.MINUTE], fields[hp.SECOND]
    if fields[_HALF_AT]:
        hour = hour % 12 + (12 if fields[_HALF_AT] == 2 else 0)
    minutes = fields[_ZONE_AT]
    if hour > 23 or minute > 59 or second > 60 or (minutes != _NO_ZONE and abs(minutes) >= 1440):
        return NO_TIME
    seconds = hour * 3600 + minute * 60 + min(second, 59)
    clock_us = seconds * 1_000_000
    after = fields[_US] + (1_000_000 if second == 60 else 0)
    month, day, year = fields[hp.MONTH_NUMBER], fields[hp.DAY], fields[hp.YEAR]
    if fields[hp.SHORT_YEAR] >= 0:
        year = fields[hp.SHORT_YEAR] + (2000 if fields[hp.SHORT_YEAR] < 70 else 1900)
    if day < 0:
        us = _utc(dating[2], clock_us, minutes, starts, offsets)
        return us + after if us != NO_TIME else NO_TIME
    if year >= 0:
        us = _utc(_days(year, month, day), clock_us, minutes, starts, offsets)
        return us + after if us != NO_TIME else NO_TIME
    if dating[0] != NO_TIME:
        whole = 1_000_000 if second == 60 else 0
        for back in range(YEARS_BACK + 1):
            us = _utc(_days(dating[1] + 1 - back, month, day), clock_us, minutes, starts, offsets)
            if us != NO_TIME and us + whole <= dating[0]:
                return us + after
    return NO_TIME


@_jit
def read_head(
    buffer: NDArray[np.uint8],
    start: int,
    end: int,
    program: NDArray[np.int32],
    dating: NDArray[np.int64],
    starts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    fields: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Return where a line's message starts, its time in microseconds UTC or NO_TIME, its level code.

    A line without the header starts where it starts, has no time and level 0. fields: 13 numbers of room.
    """
    groups = 0
    for i in range(program.shape[0]):
        groups += program[i, 0] == hp.OPTIONAL
    for choice in range(1 << groups):
        mask = 0
        for bit in range(groups):
            if choice >> (groups - 1 - bit) & 1:
                mask |= 1 << bit
        at = _match(buffer, start, end, program, mask, fields)
        if at >= 0:
            return at, _time(fields, dating, starts, offsets), fields[_LEVEL_AT]
    return start, NO_TIME, 0


@_jit
def read_heads(
    buffer: NDArray[np.uint8],
    line_starts: NDArray[np.int64],
    line_ends: NDArray[np.int64],
    program: NDArray[np.int32],
    dating: NDArray[np.int64],
    starts: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Return for each line of a block what `read_head` gives."""
    count = line_starts.size
    messages = np.empty(count, np.int64)
    times = np.empty(count, np.int64)
    levels = np.empty(count, np.int8)
    fields = np.empty(_FIELDS, np.int64)
    for i in range(count):
        messages[i], times[i], levels[i] = read_head(
            buffer, line_starts[i], line_ends[i], program, dating, starts, offsets, fields
        )
    return messages, times, levels
