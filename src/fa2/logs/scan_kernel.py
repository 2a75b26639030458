"""Counts the shapes of lines in a hash table, compiled.

The table grows outside: the kernel stops before a line that there might be no room for, and says what is short.
An entry is eight integers, one line of the processor's cache; shapes stand in an arena, HALF zeros behind each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiling import compiled
from fa2.logs.machine_words import HALF, VECTOR, clear_half, copy_half, put_word, same_half, signed, word_at
from fa2.logs.scans import NO_TIME, SAMPLE_CHARS, SAMPLES
from fa2.logs.shape_kernel import MASK_BYTES, MAX_BYTES, Places, Words, hash_of, write_shape

HASH, TEXT, COUNT, FIRST, LAST, LEVELS, INTERVAL, RUN = range(8)
"""What an entry holds. TEXT: place in the arena, and length in the lowest 16 bits. INTERVAL: where, in seconds, the
interval of the last line with a time begins. RUN: how many lines of that interval are not among the runs yet."""

DONE, TABLE_FULL, ARENA_FULL, RUNS_FULL = range(4)
"""Why the kernel stopped."""

ENTRIES, ARENA, RUNS, KEPT, KEPT_BYTES, BEYOND, MATCHED, UNTIMED, MAX_ENTRIES, STEP, NEXT = range(11)
"""Numbers that live from call to call. STEP: length of an interval in seconds, as a power of two; NEXT: the line to go
on with."""
STATE_SIZE = NEXT + 1

ROW_BYTES = 64
SIZE_BITS = 16
SIZE = (1 << SIZE_BITS) - 1
_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_NUMBER = np.uint64(0xFFFF_FFFF)
_EMPTY = np.uint64(0)

Ints = NDArray[np.int64]


@compiled
def scan_lines(
    address: int,
    lines: tuple[Places, Places, Places],
    told: tuple[Ints, NDArray[np.int8], NDArray[np.bool_]],
    table: tuple[Words, Ints, NDArray[np.uint8], Ints, Ints, NDArray[np.uint8]],
    state: Ints,
    seed: np.uint64,
    place: int,
    numbers: NDArray[np.int32],
) -> int:
    """Count lines from NEXT on until they end or something is short, and return which.

    address: of the bytes that `lines` (starts, starts of messages, ends) count in.
    told: times, levels, whether wanted; one a line, or empty. table: slots, entries, arena, runs, kept samples, their bytes.
    place: of line 0. numbers: gets the entry of each line, -1 for none; or empty.
    """
    starts, messages, ends = lines
    times, levels, wanted = told
    slots, entries, arena, runs, kept, kept_bytes = table
    scratch = np.empty(MAX_BYTES + VECTOR, np.uint8)
    mask_bytes = np.empty(3 * MASK_BYTES, np.uint8)
    shape, texts = signed(scratch.ctypes.data), signed(arena.ctypes.data)
    masks, full = signed(mask_bytes.ctypes.data), entries.shape[0]
    slot_words, last_slot, rows = signed(slots.ctypes.data), slots.size - 1, signed(entries.ctypes.data)
    for line in range(state[NEXT], starts.size):
        state[NEXT] = line
        if wanted.size and not wanted[line]:
            if numbers.size:
                numbers[line] = -1
            continue
        open_ = state[ENTRIES] < state[MAX_ENTRIES]
        if open_ and state[ENTRIES] == full:
            return TABLE_FULL
        if open_ and state[ARENA] + MAX_BYTES + HALF > arena.size:
            return ARENA_FULL
        if state[RUNS] == runs.shape[0]:
            return RUNS_FULL
        size = write_shape(address + messages[line], ends[line] - messages[line], shape, masks)
        hashed = hash_of(shape, size, seed)
        slot = _find(slot_words, last_slot, rows, texts, (shape, size), hashed)
        number = signed(word_at(slot) & _NUMBER) - 1
        if number < 0 and open_:
            number = state[ENTRIES]
            state[ENTRIES] += 1
            put_word(slot, (hashed & _TAG) | np.uint64(number + 1))
            _enter(entries[number], texts + state[ARENA], state[ARENA], shape, size, hashed)
            state[ARENA] += (size + HALF - 1) // HALF * HALF + HALF
        state[MATCHED] += 1
        if numbers.size:
            numbers[line] = number
        if number < 0:
            state[BEYOND] += 1
        time = times[line] if times.size else NO_TIME
        if time == NO_TIME:
            state[UNTIMED] += 1
        if number < 0:
            continue
        entry = entries[number]
        entry[COUNT] += 1
        if entry[COUNT] <= SAMPLES:
            _keep(
                kept,
                kept_bytes,
                state,
                (number, place + line, entry[COUNT]),
                address + starts[line],
                ends[line] - starts[line],
            )
        if levels.size and levels[line]:
            entry[LEVELS] |= 1 << levels[line]
        if time != NO_TIME:
            _note_time(entry, number, time, runs, state)
    state[NEXT] = starts.size
    return DONE


@compiled
def _find(slots: int, last: int, rows: int, texts: int, shape: tuple[int, int], hashed: np.uint64) -> int:
    """Return the address of the slot that has a shape, or of the empty one where it belongs."""
    text, size = shape
    at = signed(hashed) & last
    while True:
        slot = slots + 8 * at
        found = word_at(slot)
        if found == _EMPTY:
            return slot
        if (found ^ hashed) & _TAG == _EMPTY:
            where = signed(word_at(rows + ROW_BYTES * (signed(found & _NUMBER) - 1) + 8 * TEXT))
            if where & SIZE == size:
                there, i = texts + (where >> SIZE_BITS), 0
                while i < size and same_half(there + i, text + i):
                    i += HALF
                if i >= size:
                    return slot
        at = (at + 1) & last


@compiled
def _enter(entry: Ints, there: int, place: int, shape: int, size: int, hashed: np.uint64) -> None:
    """Fill in a new entry, and put its shape into the arena."""
    for i in range(0, size, HALF):
        copy_half(there + i, shape + i)
    clear_half(there + size)
    entry[:] = 0
    entry[HASH], entry[TEXT] = signed(hashed), place << SIZE_BITS | size
    entry[FIRST], entry[LAST] = NO_TIME, NO_TIME


@compiled
def _keep(
    kept: Ints, kept_bytes: NDArray[np.uint8], state: Ints, row: tuple[int, int, int], line: int, size: int
) -> None:
    """Keep a line as a sample while there is room; once half is used, only the first of each shape."""
    used, size = state[KEPT_BYTES], min(size, 4 * SAMPLE_CHARS)
    number, place, count = row
    if (
        state[KEPT] == kept.shape[0]
        or used + size + HALF > kept_bytes.size
        or (2 * used > kept_bytes.size and count > 1)
    ):
        return
    to = signed(kept_bytes.ctypes.data) + used
    for i in range(0, size, HALF):
        copy_half(to + i, line + i)
    at = state[KEPT]
    kept[at, 0], kept[at, 1], kept[at, 2], kept[at, 3] = number, place, used, size
    state[KEPT] = at + 1
    state[KEPT_BYTES] = used + size


@compiled
def _note_time(entry: Ints, number: int, time: int, runs: Ints, state: Ints) -> None:
    """Widen an entry's time, and count the line in its interval."""
    if entry[LAST] < time:
        entry[LAST] = time
    if entry[FIRST] == NO_TIME or time < entry[FIRST]:
        entry[FIRST] = time
    interval = time // 1_000_000 >> state[STEP] << state[STEP]
    if interval != entry[INTERVAL] and entry[RUN]:
        at = state[RUNS]
        runs[at, 0], runs[at, 1], runs[at, 2] = number, entry[INTERVAL], entry[RUN]
        state[RUNS] = at + 1
        entry[RUN] = 0
    entry[INTERVAL] = interval
    entry[RUN] += 1


@compiled
def fill_slots(slots: Words, entries: Ints, count: int) -> None:
    """Put entries into empty slots."""
    last = np.uint64(slots.size - 1)
    for number in range(count):
        hashed = np.uint64(entries[number, HASH])
        at = hashed & last
        while slots[at] != _EMPTY:
            at = (at + np.uint64(1)) & last
        slots[at] = (hashed & _TAG) | np.uint64(number + 1)


@compiled
def carry_times(times: Ints, before: int) -> int:
    """Give lines without a time the one of the line before, the first ones `before`; return the last."""
    for i in range(times.size):
        if times[i] == NO_TIME:
            times[i] = before
        else:
            before = times[i]
    return before
