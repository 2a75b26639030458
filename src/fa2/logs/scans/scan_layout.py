"""What the kernels that count shapes and Python share: where which number stands."""

from __future__ import annotations

# An entry of the table: one line of the processor's cache.
HASH, TEXT, COUNT, FIRST, LAST, LEVELS, INTERVAL, RUN = range(8)
"""TEXT: place in the arena, and length in the lowest 16 bits. INTERVAL: where, in seconds, the interval of the last line
with a time begins. RUN: how many lines of that interval are not among the runs yet."""
ENTRY = 8
SIZE_BITS = 16
SIZE = (1 << SIZE_BITS) - 1

# A run: so many lines of a shape within an interval. A kept line: its shape and place, where its text is, how long.
RUN_WIDTH, KEPT_WIDTH = 3, 4

# Why scan_lines stopped.
DONE, TABLE_FULL, ARENA_FULL, RUNS_FULL = range(4)

# What scan_lines is given: addresses (0 for what is not there) and numbers ...
DATA, STARTS, MESSAGES, ENDS, LINES, TIMES, LEVEL_CODES, WANTED, NUMBERS, SEED, LINE_PLACE = range(11)
SLOTS, SLOT_COUNT, ENTRIES, ENTRY_ROOM, ARENA, ARENA_ROOM, RUNS, RUN_ROOM = range(11, 19)
KEPT, KEPT_ROOM, KEPT_TEXTS, KEPT_TEXT_ROOM, SHAPE, MASKS, MAX_ENTRIES, STEP = range(19, 27)
"""STEP: length of an interval in seconds, as a power of two."""
# ... and what it changes.
NEXT, ENTRIES_USED, ARENA_USED, RUNS_USED, KEPT_USED, KEPT_TEXT_USED, BEYOND, MATCHED, UNTIMED = range(27, 36)
"""NEXT: the line to go on with."""
JOB = 36
