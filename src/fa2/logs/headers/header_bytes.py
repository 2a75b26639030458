"""Reads pieces of headers from bytes, compiled: words, brackets, loggers, levels, zones.

Each function returns where its piece ends; -1 when it is not there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled.compiling import part as _jit
from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_levels import MASK, MIX, WORD_CODES, WORD_TABLE

NO_ZONE = 1 << 20
"""Stands for the minutes east of UTC of a time without a zone."""

SEPARATORS = np.array([chr(byte) in "-*#.|:=>~+" for byte in range(256)])
_ZONE_NAMES = np.array([sum(ord(c) << 8 * i for i, c in enumerate(z)) for z in hp.ZONES], np.int64)
_ZONE_MINUTES = np.array(list(hp.ZONES.values()), np.int64)


@_jit
def is_space(byte: int) -> bool:
    return byte == 32 or byte == 9


@_jit
def is_word(byte: int) -> bool:
    return byte > 32 or not (byte == 32 or byte == 9 or byte == 13 or byte == 10)


@_jit
def word_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and is_word(buffer[at]):
        at += 1
    return at


@_jit
def gap_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and is_space(buffer[at]):
        at += 1
    return at


@_jit
def level_of(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return the level code of a word; 0 for none."""
    length = end - at
    if length < 3 or length > 13:
        return 0
    key = np.int64(0)
    for i in range(at, end):
        key = (key * MIX + np.int64(buffer[i] | 32)) & MASK
    for i in range(WORD_TABLE.size):
        if WORD_TABLE[i] == key:
            return int(WORD_CODES[i])
    return 0


@_jit
def letters_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and 97 <= (buffer[at] | 32) <= 122:
        at += 1
    return at


@_jit
def digits_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and 48 <= buffer[at] <= 57:
        at += 1
    return at


@_jit
def number(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    value = np.int64(0)
    for i in range(at, end):
        value = value * 10 + np.int64(buffer[i] - 48)
    return int(value)


@_jit
def bracket_end(buffer: NDArray[np.uint8], at: int, end: int, opening: int, closing: int) -> int:
    """Return where a text in brackets ends; -1 when it does not, or brackets are two deep in it."""
    if at >= end or buffer[at] != opening:
        return -1
    depth = 1
    at += 1
    while at < end:
        byte = buffer[at]
        at += 1
        if byte == closing:
            depth -= 1
            if depth == 0:
                return at
        elif byte == opening:
            depth += 1
            if depth > 2:
                return -1
        elif byte < 14 and (byte == 13 or byte == 10):
            return -1
    return -1


@_jit
def logger(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where a logger with its colon ends, spaces behind it not counted; -1 when there is none."""
    stop = word_end(buffer, at, end)
    if stop > at and stop + 1 < end and buffer[stop] == 32 and buffer[stop + 1] == 40:
        close = stop + 2
        while close < end and buffer[close] not in (40, 41, 13, 10):
            close += 1
        closed = close + 1 < end and buffer[close] == 41 and buffer[close + 1] == 58
        if closed and (close + 2 == end or is_space(buffer[close + 2])):
            return close + 2
    if stop - at >= 2 and buffer[stop - 1] == 58 and (stop == end or is_space(buffer[stop])):
        return stop
    return -1


@_jit
def zone(buffer: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return where a zone ends, and its minutes east of UTC; NO_ZONE when there is none."""
    if at >= end:
        return -1, NO_ZONE
    byte = buffer[at]
    if byte == 43 or byte == 45:
        stop = at + 3
        if digits_end(buffer, at + 1, min(end, stop)) != stop:
            return -1, NO_ZONE
        minutes = number(buffer, at + 1, stop) * 60
        more = stop + 1 if stop < end and buffer[stop] == 58 else stop
        if more + 2 <= end and digits_end(buffer, more, more + 2) == more + 2:
            minutes += number(buffer, more, more + 2)
            stop = more + 2
        return stop, -minutes if byte == 45 else minutes
    stop = letters_end(buffer, at, end)
    if stop - at == 1 and (byte | 32) == 122:
        return stop, 0
    if 3 <= stop - at <= 4:
        key = np.int64(0)
        for i in range(at, stop):
            key |= np.int64(buffer[i]) << (8 * (i - at))
        for i in range(_ZONE_NAMES.size):
            if _ZONE_NAMES[i] == key:
                return stop, _ZONE_MINUTES[i]
    return -1, NO_ZONE


@_jit
def name_of_three(buffer: NDArray[np.uint8], at: int, end: int, names: NDArray[np.int64]) -> int:
    """Return which of some names of three letters stands here, counted from 0; -1 for none."""
    if at + 3 <= end:
        key = (np.int64(buffer[at]) << 16) | (np.int64(buffer[at + 1]) << 8) | np.int64(buffer[at + 2])
        for i in range(names.size):
            if names[i] == key:
                return i
    return -1


@_jit
def separator_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    stop = at
    while stop < min(end, at + 3) and SEPARATORS[buffer[stop]]:
        stop += 1
    return stop if stop > at else -1


@_jit
def priority_end(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where syslog's priority, such as <134>, ends; -1 when there is none."""
    if at >= end or buffer[at] != 60:
        return -1
    stop = digits_end(buffer, at + 1, min(end, at + 4))
    return stop + 1 if stop > at + 1 and stop < end and buffer[stop] == 62 else -1


@_jit
def structured(buffer: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where syslog's structured data, a - or [elements], ends; -1 when there is none."""
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
