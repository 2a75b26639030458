"""Counts the values in the places of lines, compiled. Where which number stands is said in `value_layout`."""

from __future__ import annotations

import numpy as np

from fa2.logs.compiled.compiling import part
from fa2.logs.compiled.machine_words import (
    HALF,
    byte_at,
    clear_half,
    copy_half,
    int_at,
    number_at,
    put_byte,
    put_number,
    put_word,
    same_half,
    signed,
    word_at,
    zeros_above,
)
from fa2.logs.patterns import value_layout as at
from fa2.logs.shapes.definition import MAX_CHARS
from fa2.logs.shapes.shape_kernel import MASK_BYTES, MAX_BYTES, find_values, hash_of

_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_NUMBER = np.uint64(0xFFFF_FFFF)
_EMPTY = np.uint64(0)
_TOKEN_MIX = np.uint64(0x9E3779B97F4A7C15)
_REGISTER_BITS = at.REGISTERS.bit_length() - 1
_ENTRY_BYTES = 8 * at.ENTRY
_MARK = 3
_MASKS_AT = MAX_BYTES + HALF
_SPANS_AT = _MASKS_AT + 3 * MASK_BYTES
_MOVED_AT = _SPANS_AT + 16 * MAX_CHARS
_VALUE_AT = _MOVED_AT + 8 * (MAX_CHARS + 1)


@part
def count_values(job: int) -> int:
    """Count the values of lines from NEXT on until they end or something is short, and return which."""
    data, messages, ends = _of(job, at.DATA), _of(job, at.MESSAGES), _of(job, at.ENDS)
    numbers, begins, places = _of(job, at.NUMBERS), _of(job, at.PLACES_FROM), _of(job, at.PLACES)
    scratch = _of(job, at.SCRATCH)
    spans, moved, value = scratch + _SPANS_AT, scratch + _MOVED_AT, scratch + _VALUE_AT
    line, lines = _of(job, at.NEXT), _of(job, at.LINES)
    while line < lines:
        number = int_at(numbers + 4 * line)
        row = _of(begins, number) if number >= 0 else 0
        last = _of(begins, number + 1) if number >= 0 else 0
        if row == last:
            line += 1
            continue
        put_number(job + 8 * at.NEXT, line)
        short = _shortage(job, last - row)
        if short != at.DONE:
            return short
        message = number_at(messages + 8 * line)
        size = number_at(ends + 8 * line) - message
        count = find_values(data + message, size, scratch, scratch + _MASKS_AT, spans)
        if count == _of(_of(job, at.MARKS), number):
            put_number(moved, 0)
            for i in range(count):
                longer = _of(spans, 2 * i + 1) - _of(spans, 2 * i) - _MARK
                put_number(moved + 8 * (i + 1), _of(moved, i) + longer)
            while row < last:
                place = places + 8 * at.PLACE_WIDTH * row
                start = _of(place, 2) + _of(moved, _of(place, 1))
                end = _of(place, 4) + _of(moved, _of(place, 3))
                if 0 <= start <= end <= size:
                    text = data + message + start
                    _count(job, _of(place, 0), text, _taken(text, end - start), value)
                row += 1
        line += 1
    put_number(job + 8 * at.NEXT, line)
    return at.DONE


@part
def fill_value_slots(slots: int, slot_count: int, entries: int, count: int) -> int:
    """Put entries into empty slots, and return how many."""
    for number in range(count):
        hashed = word_at(entries + _ENTRY_BYTES * number)
        slot = signed(hashed) & (slot_count - 1)
        while word_at(slots + 8 * slot) != _EMPTY:
            slot = (slot + 1) & (slot_count - 1)
        put_word(slots + 8 * slot, (hashed & _TAG) | np.uint64(number + 1))
    return count


@part
def _of(numbers: int, index: int) -> int:
    return number_at(numbers + 8 * index)


@part
def _shortage(job: int, values: int) -> int:
    """Tell whether there might be no room for so many values."""
    if _of(job, at.ENTRIES_USED) + values > _of(job, at.ENTRY_ROOM):
        return at.TABLE_FULL
    if _of(job, at.ARENA_USED) + values * (at.VALUE_BYTES + 2 * HALF) > _of(job, at.ARENA_ROOM):
        return at.ARENA_FULL
    return at.DONE


@part
def _taken(address: int, size: int) -> int:
    """Return how much of a value is looked at: whole characters of its first VALUE_BYTES bytes."""
    if size <= at.VALUE_BYTES:
        return size
    size = at.VALUE_BYTES
    for _ in range(3):
        if byte_at(address + size) & 0xC0 == 0x80:
            size -= 1
    return size


@part
def _count(job: int, token: int, text: int, size: int, value: int) -> None:
    """Count a value of a token. `value` is room for it."""
    for i in range(0, size, HALF):
        copy_half(value + i, text + i)
    clear_half(value + size)
    hashed = hash_of(value, size, np.uint64(token) * _TOKEN_MIX)
    width = _of(job, at.WIDTH)
    where = token * width + (signed(hashed) & (width - 1))
    candidates = _of(job, at.CANDIDATES)
    if candidates:
        if not byte_at(candidates + where):
            return
    else:
        sums = _of(job, at.SKETCH) + 8 * where
        put_number(sums, number_at(sums) + 1)
    slot = _find(job, token, value, size, hashed)
    number = signed(word_at(slot) & _NUMBER) - 1
    entries = _of(job, at.ENTRIES)
    if number >= 0:
        count = entries + _ENTRY_BYTES * number + 8 * at.COUNT
        put_number(count, number_at(count) + 1)
        return
    distinct = _of(job, at.DISTINCT) + 8 * token
    if number_at(distinct) >= _of(job, at.MOST):
        register = _of(job, at.LOGS) + token * at.REGISTERS + signed(hashed >> np.uint64(64 - _REGISTER_BITS))
        rank = min(zeros_above(hashed << np.uint64(_REGISTER_BITS)), 64 - _REGISTER_BITS) + 1
        put_byte(register, max(byte_at(register), rank))
        put_number(distinct, number_at(distinct) + 1)
        return
    put_number(distinct, number_at(distinct) + 1)
    _enter(job, slot, token, value, size, hashed)


@part
def _find(job: int, token: int, value: int, size: int, hashed: np.uint64) -> int:
    """Return the address of the slot that has a value, or of the empty one where it belongs."""
    slots, last = _of(job, at.SLOTS), _of(job, at.SLOT_COUNT) - 1
    entries, arena = _of(job, at.ENTRIES), _of(job, at.ARENA)
    slot = signed(hashed) & last
    while True:
        found = word_at(slots + 8 * slot)
        if found == _EMPTY:
            break
        if (found ^ hashed) & _TAG == _EMPTY:
            entry = entries + _ENTRY_BYTES * (signed(found & _NUMBER) - 1)
            text = _of(entry, at.TEXT)
            if text & at.SIZE == size and _of(entry, at.TOKEN) == token:
                there, i = arena + (text >> at.SIZE_BITS), 0
                while i < size and same_half(there + i, value + i):
                    i += HALF
                if i >= size:
                    break
        slot = (slot + 1) & last
    return slots + 8 * slot


@part
def _enter(job: int, slot: int, token: int, value: int, size: int, hashed: np.uint64) -> None:
    """Make a value an entry."""
    number, place = _of(job, at.ENTRIES_USED), _of(job, at.ARENA_USED)
    put_word(slot, (hashed & _TAG) | np.uint64(number + 1))
    there = _of(job, at.ARENA) + place
    for i in range(0, size, HALF):
        copy_half(there + i, value + i)
    clear_half(there + size)
    entry = _of(job, at.ENTRIES) + _ENTRY_BYTES * number
    put_word(entry, hashed)
    put_number(entry + 8 * at.TEXT, place << at.SIZE_BITS | size)
    put_number(entry + 8 * at.COUNT, 1)
    put_number(entry + 8 * at.TOKEN, token)
    put_number(job + 8 * at.ENTRIES_USED, number + 1)
    put_number(job + 8 * at.ARENA_USED, place + (size + HALF - 1) // HALF * HALF + HALF)
