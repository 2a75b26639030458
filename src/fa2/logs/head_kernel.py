"""Reads the headers of a block's lines, compiled: what `header_kernel.read_heads` gives, on addresses."""

from __future__ import annotations

from fa2.logs.compiling import compiled
from fa2.logs.header_kernel import read_head
from fa2.logs.machine_words import bytes_view, ints_view, number_at, numbers_view, put_byte, put_number

DATA, SIZE, STARTS, ENDS, LINES, PROGRAM, ROWS, STATE, STATE_SIZE, MESSAGES, TIMES, LEVELS = range(12)
"""What `read_headers` is given: addresses and sizes. STARTS, ENDS, MESSAGES and TIMES have eight bytes a line, LEVELS one;
PROGRAM and STATE are as in `headers.HeaderReader`."""
JOB = 12


@compiled
def read_headers(job: int) -> int:
    """Put down for each line where its message starts, its time, NO_TIME for none, and its level code. Return 0."""
    starts, ends = number_at(job + 8 * STARTS), number_at(job + 8 * ENDS)
    messages, times, levels = number_at(job + 8 * MESSAGES), number_at(job + 8 * TIMES), number_at(job + 8 * LEVELS)
    buffer = bytes_view(number_at(job + 8 * DATA), number_at(job + 8 * SIZE))
    program = ints_view(number_at(job + 8 * PROGRAM), number_at(job + 8 * ROWS), 5)
    state = numbers_view(number_at(job + 8 * STATE), number_at(job + 8 * STATE_SIZE))
    for line in range(number_at(job + 8 * LINES)):
        start, end = number_at(starts + 8 * line), number_at(ends + 8 * line)
        message, time, level = read_head(buffer, start, end, program, state)
        put_number(messages + 8 * line, message)
        put_number(times + 8 * line, time)
        put_byte(levels + line, level)
    return 0
