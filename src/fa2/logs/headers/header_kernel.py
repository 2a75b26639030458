"""Reads headers from blocks of bytes, compiled: what `Header.read` gives, for millions of lines a second.

The program is that of `header_program`. It is run without going back; where optional parts are taken or left, it is
run again from the start of the line, in the order in which a regular expression would try.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled.compiling import compiled
from fa2.logs.compiled.compiling import part as _jit
from fa2.logs.headers import header_bytes as hb
from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_bytes import NO_ZONE
from fa2.logs.headers.header_dates import DAY_US, EPOCH_END, EPOCH_FIRST, FIRST_YEAR, LAST_YEAR, YEARS_BACK
from fa2.logs.headers.header_levels import LETTER_CODES, PRIORITY_CODES
from fa2.logs.headers.header_program import ANY_DIGIT, DIGIT, FAST, FIRST_DIGIT

NO_TIME = np.iinfo(np.int64).min
"""Stands for the time of a line without one; numpy's NaT."""

_MONTHS = np.array([(ord(m[0]) << 16) | (ord(m[1]) << 8) | ord(m[2]) for m in hp.MONTHS], np.int64)
_WEEKDAYS = np.array([(ord(m[0]) << 16) | (ord(m[1]) << 8) | ord(m[2]) for m in hp.WEEKDAYS], np.int64)
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], np.int64)

# The state: where the numbers of a time are kept while a line is read; the first seven are the roles of header_parts.
_US, _ZONE_AT, _HALF_AT, _EPOCH_US, _LEVEL_AT = 7, 8, 9, 10, 11
_KNOWN = 12
# Behind them the last day that was worked out (year, short year, month and day, days), and what fills in gaps:
_LIMIT, _LATEST_YEAR, _DAY, _ZONES, _STARTS = 16, 17, 18, 19, 20


@_jit
def _text_part(buffer: NDArray[np.uint8], at: int, end: int, op: int, a: int, b: int) -> int:
    """Return where a part without a value ends; -1 when it is not there."""
    if op == hp.UNTIL:
        while at < end and buffer[at] != a and buffer[at] != 13 and buffer[at] != 10:
            at += 1
        return at
    if op == hp.NOT:
        stop = at
        while stop < end and hb.is_word(buffer[stop]) and buffer[stop] != a:
            stop += 1
        return stop if stop > at else -1
    if op == hp.BRACKET:
        return hb.bracket_end(buffer, at, end, a, b)
    if op == hp.SEPARATOR:
        return hb.separator_end(buffer, at, end)
    if op == hp.WEEKDAY:
        return at + 3 if hb.name_of_three(buffer, at, end, _WEEKDAYS) >= 0 else -1
    return hb.structured(buffer, at, end)


@_jit
def _level_part(buffer: NDArray[np.uint8], at: int, end: int, op: int, level: int) -> tuple[int, int]:
    """Return where a part that may tell a level ends, -1 when it is not there; and the level, known before or now."""
    if op == hp.LEVEL:
        stop = hb.letters_end(buffer, at, end)
        code = hb.level_of(buffer, at, stop)
        return (stop, code) if code else (-1, level)
    if op == hp.LOGGER:
        stop = hb.logger(buffer, at, end)
        if stop < 0:
            return -1, level
        return hb.gap_end(buffer, stop, end), level or hb.level_of(buffer, at, stop - 1)
    if op == hp.LETTER:
        capital = at < end and 65 <= buffer[at] <= 90
        return (at + 1, LETTER_CODES[buffer[at]]) if capital else (-1, level)
    stop = hb.priority_end(buffer, at, end)
    return (stop, PRIORITY_CODES[hb.number(buffer, at + 1, stop - 1) % 8]) if stop >= 0 else (-1, level)


@_jit
def _time_part(
    buffer: NDArray[np.uint8], at: int, end: int, op: int, a: int, keep: int, state: NDArray[np.int64]
) -> int:
    """Return where a part of a time ends and keep its value; -1 when it is not there."""
    role, value = 0, 0
    if op == hp.FRACTION:
        stop = at
        while stop < end and stop < at + 9 and 48 <= buffer[stop] <= 57:
            if stop < at + 6:
                value = value * 10 + (buffer[stop] - 48)
            stop += 1
        if stop == at:
            return -1
        role = _US
        if stop == at + 3:
            value *= 1000
        else:
            for _ in range(stop, at + 6):
                value *= 10
    elif op == hp.MONTH:
        value = hb.name_of_three(buffer, at, end, _MONTHS) + 1
        if value == 0:
            return -1
        role, stop = hp.MONTH_NUMBER, at + 3
    elif op == hp.HALF:
        if at + 2 > end or (buffer[at + 1] | 32) != 109 or ((buffer[at] | 32) != 97 and (buffer[at] | 32) != 112):
            return -1
        role, value, stop = _HALF_AT, 1 if (buffer[at] | 32) == 97 else 2, at + 2
    elif op == hp.ZONE:
        role = _ZONE_AT
        stop, value = hb.zone(buffer, at, end)
        if stop < 0:
            return -1
    else:
        role, stop = _EPOCH_US, at + a
        if hb.digits_end(buffer, at, min(end, stop)) != stop:
            return -1
        value = hb.number(buffer, at, min(stop, at + 16))
        for _ in range(stop, at + 16):
            value *= 10
    if keep:
        state[role] = value
    return stop


@_jit
def _clear(state: NDArray[np.int64]) -> None:
    for i in range(_KNOWN):
        state[i] = 0
    state[hp.YEAR] = -1
    state[hp.SHORT_YEAR] = -1
    state[hp.DAY] = -1
    state[_ZONE_AT] = NO_ZONE
    state[_EPOCH_US] = -1


@_jit
def fits(
    buffer: NDArray[np.uint8], at: int, end: int, program: NDArray[np.int32], row: int, state: NDArray[np.int64]
) -> bool:
    """Whether the bytes from here on are what the rows behind a FAST row say; keeps their numbers."""
    if at + program[row, 2] > end:
        return False
    for j in range(program[row, 2]):
        byte, wanted = np.int64(buffer[at + j]), program[row + 1 + (j >> 2), j & 3]
        if wanted < DIGIT:
            if byte != wanted:
                return False
            continue
        digit = byte - 48
        if digit < 0 or digit > 9:
            return False
        if wanted < FIRST_DIGIT:
            state[wanted - DIGIT] = state[wanted - DIGIT] * 10 + digit
        elif wanted < ANY_DIGIT:
            state[wanted - FIRST_DIGIT] = digit
    return True


@_jit
def _match(
    buffer: NDArray[np.uint8], start: int, end: int, program: NDArray[np.int32], mask: int, state: NDArray[np.int64]
) -> int:
    """Return where the header ends when the optional parts whose bit is set in the mask are left out; -1 for none."""
    at, i, bit, level = start, 0, 1, 0
    _clear(state)
    while i < program.shape[0]:
        op, a, keep = program[i, 0], program[i, 1], program[i, 4]
        if op == hp.LIT:
            if at >= end or buffer[at] != a:
                return -1
            at += 1
        elif op == hp.NUMBER:
            stop = at
            value = 0
            last = min(end, at + program[i, 3])
            while stop < last and 48 <= buffer[stop] <= 57:
                value = value * 10 + (buffer[stop] - 48)
                stop += 1
            if stop - at < program[i, 2]:
                return -1
            if keep:
                state[a] = value
            at = stop
        elif op <= hp.ANY_GAP:
            stop = hb.gap_end(buffer, at, end)
            if stop == at and op != hp.ANY_GAP and not (op == hp.GAP_END and at == end):
                return -1
            at = stop
        elif op == hp.WORD:
            stop = hb.word_end(buffer, at, end)
            if stop == at:
                return -1
            at = stop
        elif op == FAST:
            if fits(buffer, at, end, program, i, state):
                at += program[i, 2]
                i += program[i, 3]
            i += a
        elif op == hp.OPTIONAL:
            if mask & bit:
                i += a
            bit <<= 1
        elif op == hp.LEVEL or op == hp.LOGGER or op == hp.LETTER or op == hp.PRIORITY:
            at, found = _level_part(buffer, at, end, op, level)
            level = found if keep else level
        elif op == hp.FRACTION or op == hp.MONTH or op == hp.HALF or op == hp.ZONE or op == hp.EPOCH:
            at = _time_part(buffer, at, end, op, a, keep, state)
        else:
            at = _text_part(buffer, at, end, op, a, program[i, 2])
        if at < 0:
            return -1
        i += 1
    state[_LEVEL_AT] = level
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
    return int(days + _DAYS_BEFORE[month - 1] + (1 if leap and month > 2 else 0) + day - 1)


@_jit
def _utc(days: int, clock_us: int, minutes: int, state: NDArray[np.int64]) -> int:
    if days == NO_TIME:
        return NO_TIME
    local = days * DAY_US + clock_us
    if minutes != NO_ZONE:
        return local - minutes * 60_000_000
    count = state[_ZONES]
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) >> 1
        if state[_STARTS + middle] <= local:
            low = middle
        else:
            high = middle
    return int(local - state[_STARTS + count + low])


@_jit
def _day_in_year(state: NDArray[np.int64], clock_us: int) -> int:
    """Return the day of a time without a year, in the latest year that is not past the limit."""
    if state[_LIMIT] == NO_TIME:
        return NO_TIME
    for back in range(YEARS_BACK + 1):
        days = _days(state[_LATEST_YEAR] + 1 - back, state[hp.MONTH_NUMBER], state[hp.DAY])
        us = _utc(days, clock_us, state[_ZONE_AT], state)
        if us != NO_TIME and us <= state[_LIMIT]:
            return days
    return NO_TIME


@_jit
def _day_of(state: NDArray[np.int64], clock_us: int) -> int:
    """Return the day that the numbers name, in days since 1970; NO_TIME when there is none. Remembers the last one."""
    year, short, day = state[hp.YEAR], state[hp.SHORT_YEAR], state[hp.MONTH_NUMBER] * 100 + state[hp.DAY]
    if state[hp.DAY] < 0:
        return int(state[_DAY])
    if state[_KNOWN] == year and state[_KNOWN + 1] == short and state[_KNOWN + 2] == day:
        return int(state[_KNOWN + 3])
    if short >= 0:
        days = _days(short + (2000 if short < 70 else 1900), state[hp.MONTH_NUMBER], state[hp.DAY])
    elif year >= 0:
        days = _days(year, state[hp.MONTH_NUMBER], state[hp.DAY])
    else:
        days = _day_in_year(state, clock_us)
        to_limit = state[_LIMIT] // DAY_US - days
        if days == NO_TIME or to_limit < 3 or 362 < to_limit < 370:
            return days
    state[_KNOWN], state[_KNOWN + 1], state[_KNOWN + 2], state[_KNOWN + 3] = year, short, day, days
    return days


@_jit
def _time(state: NDArray[np.int64]) -> int:
    """Return the time in microseconds UTC; NO_TIME when there is no such time."""
    if state[_EPOCH_US] >= 0:
        us = state[_EPOCH_US] + state[_US]
        return us if EPOCH_FIRST <= us < EPOCH_END else NO_TIME
    hour, minute, second, minutes = state[hp.HOUR], state[hp.MINUTE], state[hp.SECOND], state[_ZONE_AT]
    if state[_HALF_AT]:
        hour = hour % 12 + (12 if state[_HALF_AT] == 2 else 0)
    if hour > 23 or minute > 59 or second > 60 or (minutes != NO_ZONE and abs(minutes) >= 1440):
        return NO_TIME
    leap_us = 1_000_000 if second == 60 else 0
    clock_us = (hour * 3600 + minute * 60 + second) * 1_000_000
    us = _utc(_day_of(state, clock_us), clock_us - leap_us, minutes, state)
    return us + leap_us + state[_US] if us != NO_TIME else NO_TIME


@_jit
def _match_again(
    buffer: NDArray[np.uint8], start: int, end: int, program: NDArray[np.int32], state: NDArray[np.int64]
) -> int:
    """Return where the header ends when optional parts are left out, first the last ones; -1 for none."""
    groups = 0
    for i in range(program.shape[0]):
        groups += program[i, 0] == hp.OPTIONAL
    for choice in range(1, 1 << groups):
        mask = 0
        for bit in range(groups):
            if choice >> (groups - 1 - bit) & 1:
                mask |= 1 << bit
        at = _match(buffer, start, end, program, mask, state)
        if at >= 0:
            return at
    return -1


@_jit
def read_head(
    buffer: NDArray[np.uint8], start: int, end: int, program: NDArray[np.int32], state: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Return where a line's message starts, its time in microseconds UTC or NO_TIME, its level code.

    A line without the header starts where it starts, has no time and level 0. state: of HeaderReader, one a thread.
    """
    at = _match(buffer, start, end, program, 0, state)
    if at < 0:
        at = _match_again(buffer, start, end, program, state)
    return (at, _time(state), state[_LEVEL_AT]) if at >= 0 else (start, NO_TIME, 0)


@compiled
def read_heads(
    buffer: NDArray[np.uint8],
    line_starts: NDArray[np.int64],
    line_ends: NDArray[np.int64],
    program: NDArray[np.int32],
    state: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Return for each line of a block what `read_head` gives."""
    count = line_starts.size
    messages = np.empty(count, np.int64)
    times = np.empty(count, np.int64)
    levels = np.empty(count, np.int8)
    for i in range(count):
        messages[i], times[i], levels[i] = read_head(buffer, line_starts[i], line_ends[i], program, state)
    return messages, times, levels
