"""Reads the headers of a block's lines, compiled: what `header_kernel.read_heads` gives, on addresses."""

from __future__ import annotations

from fa2.logs.compiled.compiling import part
from fa2.logs.compiled.machine_words import bytes_view, ints_view, number_at, numbers_view, put_byte, put_number
from fa2.logs.headers import head_layout as at
from fa2.logs.headers.header_kernel import read_head


@part
def read_headers(job: int) -> int:
    """Put down for each line where its message starts, its time, NO_TIME for none, and its level code. Return 0."""
    starts, ends = number_at(job + 8 * at.STARTS), number_at(job + 8 * at.ENDS)
    messages, times, levels = (
        number_at(job + 8 * at.MESSAGES),
        number_at(job + 8 * at.TIMES),
        number_at(job + 8 * at.LEVELS),
    )
    buffer = bytes_view(number_at(job + 8 * at.DATA), number_at(job + 8 * at.SIZE))
    program = ints_view(number_at(job + 8 * at.PROGRAM), number_at(job + 8 * at.ROWS), 5)
    state = numbers_view(number_at(job + 8 * at.STATE), number_at(job + 8 * at.STATE_SIZE))
    for line in range(number_at(job + 8 * at.LINES)):
        start, end = number_at(starts + 8 * line), number_at(ends + 8 * line)
        message, time, level = read_head(buffer, start, end, program, state)
        put_number(messages + 8 * line, message)
        put_number(times + 8 * line, time)
        put_byte(levels + line, level)
    return 0
