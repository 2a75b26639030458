"""What the kernels that read headers are given: addresses and sizes."""

from __future__ import annotations

DATA, SIZE, STARTS, ENDS, LINES, PROGRAM, ROWS, STATE, STATE_SIZE, MESSAGES, TIMES, LEVELS = range(12)
"""STARTS, ENDS, MESSAGES and TIMES have eight bytes a line, LEVELS one; PROGRAM (ROWS may be 0) and STATE are as in
`headers.HeaderReader`."""
TIME_KEY, TIME_KEY_SIZE, TIME_INNER, TIME_INNER_SIZE, LEVEL_KEY, LEVEL_KEY_SIZE, LEVEL_INNER, LEVEL_INNER_SIZE = range(
    12, 20
)
"""The keys of JSON lines, and those within the objects that they lead to; of size 0 for none."""
LEVEL_NUMBERS = 20
"""A hundred level codes, of one byte each."""
JOB = 21
