"""Counts the shapes of lines in a hash table, compiled.

The table grows outside: the kernel stops before a line that there might be no room for, and says what is short.
Shapes stand in an arena, HALF zeros behind each. Where which number stands is said in `scan_layout`.
"""

from __future__ import annotations

import numpy as np

from fa2.logs.compiled.compiling import part
from fa2.logs.compiled.machine_words import (
    HALF,
    byte_at,
    clear_half,
    copy_half,
    number_at,
    put_int,
    put_number,
    put_word,
    same_half,
    signed,
    word_at,
)
from fa2.logs.scans import scan_layout as at
from fa2.logs.scans.results import NO_TIME, SAMPLE_CHARS, SAMPLES
from fa2.logs.shapes.shape_kernel import MAX_BYTES, hash_of, write_shape

_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_NUMBER = np.uint64(0xFFFF_FFFF)
_EMPTY = np.uint64(0)
_ENTRY_BYTES = 8 * at.ENTRY
_SIZE, _SIZE_BITS = at.SIZE, at.SIZE_BITS
_ARENA_NEED, _TEXT_NEED = MAX_BYTES + HALF, 4 * SAMPLE_CHARS


@part
def scan_lines(job: int) -> int:
    """Count lines from NEXT on until they end or something is short, and return which.

    job: address of JOB numbers. TIMES (microseconds), LEVEL_CODES (bytes), WANTED (bytes) and NUMBERS (which gets, in
    four bytes, the entry of each line, -1 for none) have one a line, or are not there.
    """
    data, starts, messages, ends = _of(job, at.DATA), _of(job, at.STARTS), _of(job, at.MESSAGES), _of(job, at.ENDS)
    times, levels, wanted = _of(job, at.TIMES), _of(job, at.LEVEL_CODES), _of(job, at.WANTED)
    numbers, place, seed = _of(job, at.NUMBERS), _of(job, at.LINE_PLACE), word_at(job + 8 * at.SEED)
    slots, last_slot, entries = _of(job, at.SLOTS), _of(job, at.SLOT_COUNT) - 1, _of(job, at.ENTRIES)
    arena, shape, masks = _of(job, at.ARENA), _of(job, at.SHAPE), _of(job, at.MASKS)
    room, most = _of(job, at.ENTRY_ROOM), _of(job, at.MAX_ENTRIES)
    arena_end, runs_end = _of(job, at.ARENA_ROOM) - _ARENA_NEED, _of(job, at.RUN_ROOM)
    used, arena_used = _of(job, at.ENTRIES_USED), _of(job, at.ARENA_USED)
    matched, untimed, beyond = _of(job, at.MATCHED), _of(job, at.UNTIMED), _of(job, at.BEYOND)
    line, lines, stopped = _of(job, at.NEXT), _of(job, at.LINES), at.DONE
    while line < lines:
        if wanted and not byte_at(wanted + line):
            if numbers:
                put_int(numbers + 4 * line, -1)
            line += 1
            continue
        if used < most:
            if used == room:
                stopped = at.TABLE_FULL
                break
            if arena_used > arena_end:
                stopped = at.ARENA_FULL
                break
        if _of(job, at.RUNS_USED) == runs_end:
            stopped = at.RUNS_FULL
            break
        message = number_at(messages + 8 * line)
        size = write_shape(data + message, number_at(ends + 8 * line) - message, shape, masks)
        hashed = hash_of(shape, size, seed)
        slot = _find(slots, last_slot, entries, arena, shape, size, hashed)
        number = signed(word_at(slot) & _NUMBER) - 1
        if number < 0 and used < most:
            number = used
            used += 1
            put_word(slot, (hashed & _TAG) | np.uint64(number + 1))
            _enter(entries + _ENTRY_BYTES * number, arena, arena_used, shape, size, hashed)
            arena_used += (size + HALF - 1) // HALF * HALF + HALF
        time = number_at(times + 8 * line) if times else NO_TIME
        matched += 1
        untimed += time == NO_TIME
        if numbers:
            put_int(numbers + 4 * line, number)
        if number >= 0:
            entry = entries + _ENTRY_BYTES * number
            count = _of(entry, at.COUNT) + 1
            put_number(entry + 8 * at.COUNT, count)
            if count <= SAMPLES:
                start = number_at(starts + 8 * line)
                _keep(job, number, place + line, count, data + start, number_at(ends + 8 * line) - start)
            if levels and byte_at(levels + line):
                put_number(entry + 8 * at.LEVELS, _of(entry, at.LEVELS) | 1 << byte_at(levels + line))
            if time != NO_TIME:
                _note_time(job, entry, number, time)
        else:
            beyond += 1
        line += 1
    put_number(job + 8 * at.NEXT, line)
    put_number(job + 8 * at.ENTRIES_USED, used)
    put_number(job + 8 * at.ARENA_USED, arena_used)
    put_number(job + 8 * at.MATCHED, matched)
    put_number(job + 8 * at.UNTIMED, untimed)
    put_number(job + 8 * at.BEYOND, beyond)
    return stopped


@part
def fill_slots(slots: int, slot_count: int, entries: int, count: int) -> int:
    """Put entries into empty slots, and return how many."""
    for number in range(count):
        hashed = word_at(entries + _ENTRY_BYTES * number + 8 * at.HASH)
        slot = signed(hashed) & (slot_count - 1)
        while word_at(slots + 8 * slot) != _EMPTY:
            slot = (slot + 1) & (slot_count - 1)
        put_word(slots + 8 * slot, (hashed & _TAG) | np.uint64(number + 1))
    return count


@part
def carry_times(times: int, count: int, before: int) -> int:
    """Give lines without a time the one of the line before, the first ones `before`; return the last."""
    for line in range(count):
        time = number_at(times + 8 * line)
        if time == NO_TIME:
            put_number(times + 8 * line, before)
        else:
            before = time
    return before


@part
def _of(numbers: int, index: int) -> int:
    return number_at(numbers + 8 * index)


@part
def _find(slots: int, last: int, entries: int, arena: int, shape: int, size: int, hashed: np.uint64) -> int:
    """Return the address of the slot that has a shape, or of the empty one where it belongs."""
    slot = signed(hashed) & last
    while True:
        found = word_at(slots + 8 * slot)
        if found == _EMPTY:
            break
        if (found ^ hashed) & _TAG == _EMPTY:
            text = _of(entries + _ENTRY_BYTES * (signed(found & _NUMBER) - 1), at.TEXT)
            if text & _SIZE == size:
                there, i = arena + (text >> _SIZE_BITS), 0
                while i < size and same_half(there + i, shape + i):
                    i += HALF
                if i >= size:
                    break
        slot = (slot + 1) & last
    return slots + 8 * slot


@part
def _enter(entry: int, arena: int, place: int, shape: int, size: int, hashed: np.uint64) -> None:
    """Fill in a new entry, and put its shape into the arena."""
    for i in range(0, size, HALF):
        copy_half(arena + place + i, shape + i)
    clear_half(arena + place + size)
    clear_half(entry)
    clear_half(entry + HALF)
    put_word(entry + 8 * at.HASH, hashed)
    put_number(entry + 8 * at.TEXT, place << _SIZE_BITS | size)
    put_number(entry + 8 * at.FIRST, NO_TIME)
    put_number(entry + 8 * at.LAST, NO_TIME)


@part
def _keep(job: int, number: int, place: int, count: int, line: int, size: int) -> None:
    """Keep a line as a sample while there is room; once half is used, only the first of each shape."""
    kept, used, room = _of(job, at.KEPT_USED), _of(job, at.KEPT_TEXT_USED), _of(job, at.KEPT_TEXT_ROOM)
    size = min(size, _TEXT_NEED)
    if kept == _of(job, at.KEPT_ROOM) or used + size + HALF > room or (2 * used > room and count > 1):
        return
    to = _of(job, at.KEPT_TEXTS) + used
    for i in range(0, size, HALF):
        copy_half(to + i, line + i)
    row = _of(job, at.KEPT) + 8 * at.KEPT_WIDTH * kept
    put_number(row, number)
    put_number(row + 8, place)
    put_number(row + 16, used)
    put_number(row + 24, size)
    put_number(job + 8 * at.KEPT_USED, kept + 1)
    put_number(job + 8 * at.KEPT_TEXT_USED, used + size)


@part
def _note_time(job: int, entry: int, number: int, time: int) -> None:
    """Widen an entry's time, and count the line in its interval."""
    first, step = _of(entry, at.FIRST), _of(job, at.STEP)
    if _of(entry, at.LAST) < time:
        put_number(entry + 8 * at.LAST, time)
    if first == NO_TIME or time < first:
        put_number(entry + 8 * at.FIRST, time)
    interval, run = time // 1_000_000 >> step << step, _of(entry, at.RUN)
    if run and interval != _of(entry, at.INTERVAL):
        used = _of(job, at.RUNS_USED)
        row = _of(job, at.RUNS) + 8 * at.RUN_WIDTH * used
        put_number(row, number)
        put_number(row + 8, _of(entry, at.INTERVAL))
        put_number(row + 16, run)
        put_number(job + 8 * at.RUNS_USED, used + 1)
        run = 0
    put_number(entry + 8 * at.INTERVAL, interval)
    put_number(entry + 8 * at.RUN, run + 1)
