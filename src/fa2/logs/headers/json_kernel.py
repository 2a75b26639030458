"""Reads time and level of JSON lines, compiled: what `json_heads.JsonHeader.read` gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled.compiling import part
from fa2.logs.compiled.machine_words import (
    VECTOR,
    byte_at,
    bytes_view,
    ints_view,
    lowest_bit,
    number_at,
    numbers_view,
    put_byte,
    put_number,
    quote_mask,
)
from fa2.logs.headers import head_layout as at
from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_bytes import level_of
from fa2.logs.headers.header_kernel import fits, read_head
from fa2.logs.headers.header_levels import LETTER_CODES
from fa2.logs.headers.header_program import FAST
from fa2.logs.scans.results import NO_TIME

_QUOTE, _COLON, _COMMA, _OPEN, _CLOSE, _ZERO, _NINE = (ord(char) for char in '":,{}09')
_OPEN_ARRAY, _CLOSE_ARRAY, _SPACE, _TAB = (ord(char) for char in "[] \t")
_NONE = np.uint64(0)


@part
def read_json(job: int) -> int:
    """Put down for each line where its message starts, which is the line, its time and its level code. Return 0."""
    starts, ends, data = _of(job, at.STARTS), _of(job, at.ENDS), _of(job, at.DATA)
    messages, times, levels = _of(job, at.MESSAGES), _of(job, at.TIMES), _of(job, at.LEVELS)
    buffer = bytes_view(data, _of(job, at.SIZE))
    program = ints_view(_of(job, at.PROGRAM), _of(job, at.ROWS), 5)
    state = numbers_view(_of(job, at.STATE), _of(job, at.STATE_SIZE))
    size, mark = _whole_seconds(program)
    known, known_at, known_end = NO_TIME, 0, 0
    for line in range(_of(job, at.LINES)):
        start, end = number_at(starts + 8 * line), number_at(ends + 8 * line)
        (time_at, time_end), (level_at, level_end) = _values(data, start, end, job)
        time, level = NO_TIME, 0
        if time_at >= 0 and program.shape[0]:
            later = NO_TIME
            if known != NO_TIME:
                later = _later(data, time_at, time_end, known_at, known_end, size)
            if later != NO_TIME:
                time = known + later
            else:
                _, time, _ = read_head(buffer, time_at, time_end, program, state)
                plain = size and time_end - time_at > size and buffer[time_at + size] == mark
                known = time if plain and fits(buffer, time_at, time_end, program, 0, state) else NO_TIME
                known_at, known_end = time_at, time_end
        if level_end > level_at >= 0:
            level = _level(buffer, level_at, level_end, _of(job, at.LEVEL_NUMBERS))
        put_number(messages + 8 * line, start)
        put_number(times + 8 * line, time)
        put_byte(levels + line, level)
    return 0


@part
def _whole_seconds(program: NDArray[np.int32]) -> tuple[int, int]:
    """Return how long times are up to the mark before their fractions, and the mark; 0 where it is not that simple."""
    if program.shape[0] == 0 or program[0, 0] != FAST:
        return 0, 0
    row = 1 + program[0, 1] + program[0, 3]
    if row < program.shape[0] and program[row, 0] == hp.OPTIONAL:
        row += 1
    if row + 1 < program.shape[0] and program[row, 0] == hp.LIT and program[row + 1, 0] == hp.FRACTION:
        return int(program[0, 2]), int(program[row, 1])
    return 0, 0


@part
def _later(data: int, place: int, end: int, known: int, known_end: int, size: int) -> int:
    """Return how many microseconds a time is later than one that differs in its fraction only; NO_TIME if more does.

    Lines of one second follow each other, so most times need not be read as a whole.
    """
    if end - place <= size:
        return NO_TIME
    for i in range(size + 1):
        if byte_at(data + place + i) != byte_at(data + known + i):
            return NO_TIME
    place, known = place + size + 1, known + size + 1
    stop, known_stop = _digits_end(data, place, end), _digits_end(data, known, known_end)
    if not (0 < stop - place <= 9 and 0 < known_stop - known <= 9) or end - stop != known_end - known_stop:
        return NO_TIME
    for i in range(end - stop):
        if byte_at(data + stop + i) != byte_at(data + known_stop + i):
            return NO_TIME
    return _micros(data, place, stop) - _micros(data, known, known_stop)


@part
def _digits_end(data: int, place: int, end: int) -> int:
    while place < end and _ZERO <= byte_at(data + place) <= _NINE:
        place += 1
    return place


@part
def _micros(data: int, place: int, end: int) -> int:
    micros = 0
    for i in range(6):
        micros *= 10
        if place + i < end:
            micros += byte_at(data + place + i) - _ZERO
    return micros


@part
def _of(numbers: int, index: int) -> int:
    return number_at(numbers + 8 * index)


@part
def _level(buffer: NDArray[np.uint8], start: int, end: int, numbers: int) -> int:
    first, last = int(buffer[start]), int(buffer[end - 1])
    if 1 <= end - start <= 2 and _ZERO <= first <= _NINE and _ZERO <= last <= _NINE:
        number = first - _ZERO if end - start == 1 else 10 * (first - _ZERO) + last - _ZERO
        return byte_at(numbers + number)
    return int(LETTER_CODES[first]) if end - start == 1 else level_of(buffer, start, end)


@part
def _values(data: int, start: int, end: int, job: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where the values of the two keys start and end; -1 for none."""
    time, level = (-1, -1), (-1, -1)
    time_left, level_left = _of(job, at.TIME_KEY_SIZE) > 0, _of(job, at.LEVEL_KEY_SIZE) > 0
    place = _first(data, start, end)
    while (time_left or level_left) and place >= 0:
        key, key_end, value, place = _member(data, place, end)
        if place < 0:
            break
        if time_left and _is(data, key, key_end, _of(job, at.TIME_KEY), _of(job, at.TIME_KEY_SIZE)):
            time, time_left = _within(data, value, place, job + 8 * at.TIME_INNER), False
        if level_left and _is(data, key, key_end, _of(job, at.LEVEL_KEY), _of(job, at.LEVEL_KEY_SIZE)):
            level, level_left = _within(data, value, place, job + 8 * at.LEVEL_INNER), False
        place = _next(data, place, end)
    return time, level


@part
def _within(data: int, value: int, end: int, inner: int) -> tuple[int, int]:
    """Return where a value starts and ends, without its quotes; of an object that of one of its members; -1 for none."""
    if _of(inner, 1) == 0:
        return _bare(data, value, end)
    place = _first(data, value, end) if byte_at(data + value) == _OPEN else -1
    while place >= 0:
        key, key_end, member, place = _member(data, place, end)
        if place < 0:
            break
        if _is(data, key, key_end, _of(inner, 0), _of(inner, 1)):
            return _bare(data, member, place)
        place = _next(data, place, end)
    return -1, -1


@part
def _bare(data: int, value: int, end: int) -> tuple[int, int]:
    """Return where a value starts and ends, without its quotes; -1 for arrays, objects and nothing."""
    if value == end:
        return -1, -1
    first = byte_at(data + value)
    if first in (_OPEN, _OPEN_ARRAY):
        return -1, -1
    return (value + 1, end - 1) if first == _QUOTE else (value, end)


@part
def _first(data: int, start: int, end: int) -> int:
    """Return where the members of an object start; -1 for no object."""
    place = _gap_end(data, start, end)
    return place + 1 if place < end and byte_at(data + place) == _OPEN else -1


@part
def _next(data: int, place: int, end: int) -> int:
    """Return where the next member starts; -1 for none."""
    place = _gap_end(data, place, end)
    return place + 1 if place < end and byte_at(data + place) == _COMMA else -1


@part
def _member(data: int, place: int, end: int) -> tuple[int, int, int, int]:
    """Return where a key starts and ends, without its quotes, and where its value does, with them; -1 if it is broken."""
    key, key_end = _gap_end(data, place, end), -1
    if key < end and byte_at(data + key) == _QUOTE:
        key_end = _string_end(data, key + 1, end)
    place = _gap_end(data, key_end + 1, end) if key_end >= 0 else end
    if place >= end or byte_at(data + place) != _COLON:
        return -1, -1, -1, -1
    value = _gap_end(data, place + 1, end)
    return key + 1, key_end, value, _value_end(data, value, end)


@part
def _value_end(data: int, place: int, end: int) -> int:
    """Return where a value ends; -1 when it does not."""
    first = byte_at(data + place) if place < end else 0
    if first in (_OPEN, _OPEN_ARRAY):
        return _nested_end(data, place, end)
    if first == _QUOTE:
        close = _string_end(data, place + 1, end)
        return close + 1 if close >= 0 else -1
    while place < end and not _ends_scalar(byte_at(data + place)):
        place += 1
    return place


@part
def _ends_scalar(byte: int) -> bool:
    return byte in (_COMMA, _CLOSE, _SPACE, _TAB)


@part
def _gap_end(data: int, place: int, end: int) -> int:
    while place < end and (byte_at(data + place) == _SPACE or byte_at(data + place) == _TAB):
        place += 1
    return place


@part
def _string_end(data: int, place: int, end: int) -> int:
    """Return where the quote stands that ends a string; -1 for none."""
    while place < end:
        mask = quote_mask(data + place)
        if mask == _NONE:
            place += VECTOR
            continue
        place += lowest_bit(mask)
        if place >= end:
            return -1
        if byte_at(data + place) == _QUOTE:
            return place
        place += 2
    return -1


@part
def _nested_end(data: int, place: int, end: int) -> int:
    depth = 0
    while place < end:
        byte = byte_at(data + place)
        if byte == _QUOTE:
            place = _string_end(data, place + 1, end)
            if place < 0:
                return -1
        elif byte in (_OPEN, _OPEN_ARRAY):
            depth += 1
        elif byte in (_CLOSE, _CLOSE_ARRAY):
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return -1


@part
def _is(data: int, start: int, end: int, key: int, size: int) -> bool:
    if end - start != size:
        return False
    for i in range(size):  # noqa: SIM110  # compiled
        if byte_at(data + start + i) != byte_at(key + i):
            return False
    return True
