"""What the kernels that read headers are given: addresses and sizes."""

from __future__ import annotations

DATA, SIZE, STARTS, ENDS, LINES, PROGRAM, ROWS, STATE, STATE_SIZE, MESSAGES, TIMES, LEVELS = range(12)
"""STARTS, ENDS, MESSAGES and TIMES have eight bytes a line, LEVELS one; PROGRAM (ROWS may be 0) and STATE are as in
`headers.HeaderReader`."""
TIME_KEY, TIME_KEY_SIZE, LEVEL_KEY, LEVEL_KEY_SIZE = range(12, 16)
"""The keys of JSON lines; of size 0 for none."""
JOB = 16
