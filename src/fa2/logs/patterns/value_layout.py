"""What the kernel that counts values and Python share: where which number stands."""

from __future__ import annotations

# An entry: a value of a token.
HASH, TEXT, COUNT, TOKEN = range(4)
"""TEXT: place in the arena, and length in the lowest 16 bits."""
ENTRY = 4
SIZE_BITS = 16
SIZE = (1 << SIZE_BITS) - 1

# A place of a shape's lines: which token it is, and `token_places.Place`.
PLACE_WIDTH = 5

VALUE_BYTES = 256
"""How much of a value is told from others, and kept."""
REGISTERS = 1 << 11
"""HyperLogLog's; the error of an estimate is some 2 %."""

# Why count_values stopped.
DONE, TABLE_FULL, ARENA_FULL = range(3)

# What it is given: addresses (0 for what is not there) and numbers ...
DATA, MESSAGES, ENDS, LINES, NUMBERS, PLACES_FROM, PLACES, MARKS, SCRATCH = range(9)
"""NUMBERS: for each line the number of its shape, four bytes; -1 for none. The places of shape n are the rows from
PLACES_FROM[n] to PLACES_FROM[n + 1]; it has MARKS[n] values."""
SLOTS, SLOT_COUNT, ENTRIES, ENTRY_ROOM, ARENA, ARENA_ROOM = range(9, 15)
DISTINCT, MOST, SKETCH, WIDTH, CANDIDATES, LOGS = range(15, 21)
"""DISTINCT: how many values each token has in the table, at most MOST. SKETCH: WIDTH sums a token, each of the lines
whose value's hash falls there. CANDIDATES: a byte for each sum; only values there are taken, if there are any. LOGS:
HyperLogLog registers of the values beyond MOST, a byte each."""
# ... and what it changes.
NEXT, ENTRIES_USED, ARENA_USED = range(21, 24)
JOB = 24

SCRATCH_BYTES = 1 << 17
