"""Reads the headers of a block's lines with the compiled kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled import kernels
from fa2.logs.headers import head_layout as at
from fa2.logs.headers.json_heads import JsonHeader
from fa2.logs.headers.line_heads import Heads
from fa2.logs.scans.compiled_lines import address
from fa2.logs.scans.results import Ints

_NO_PROGRAM, _NO_STATE = np.zeros((0, 5), np.int32), np.zeros(1, np.int64)


def read_heads(heads: Heads, data: NDArray[np.uint8], starts: Ints, ends: Ints) -> tuple[Ints, Ints, NDArray[np.int8]]:
    """Return where the messages of lines start, their times in microseconds, and their level codes.

    A line without a time has that of the line before it; NO_TIME where there is none.
    """
    header, reader = heads.file.header, heads.file.reader
    program = reader.program if reader else _NO_PROGRAM
    state = reader.state.copy() if reader else _NO_STATE
    messages, times = (np.empty(starts.size, np.int64) for _ in range(2))
    levels = np.empty(starts.size, np.int8)
    job = np.zeros(at.JOB, np.int64)
    job[at.SIZE], job[at.LINES], job[at.ROWS], job[at.STATE_SIZE] = data.size, starts.size, len(program), state.size
    job[at.DATA], job[at.STARTS], job[at.ENDS] = address(data), address(starts), address(ends)
    job[at.PROGRAM], job[at.STATE] = address(program), address(state)
    job[at.MESSAGES], job[at.TIMES], job[at.LEVELS] = address(messages), address(times), address(levels)
    if isinstance(header, JsonHeader):
        paths = [path + ("",) * (2 - len(path)) for path in (header.time_path, header.level_path)]
        keys = [np.frombuffer(key.encode() + b" ", np.uint8) for path in paths for key in path]
        numbers = np.array(header.numbers, np.int8)
        job[at.TIME_KEY : at.LEVEL_NUMBERS : 2] = [address(key) for key in keys]
        job[at.TIME_KEY_SIZE : at.LEVEL_NUMBERS : 2] = [key.size - 1 for key in keys]
        job[at.LEVEL_NUMBERS] = address(numbers)
        kernels.read_json(address(job))
    else:
        kernels.read_headers(address(job))
    kernels.carry_times(address(times), times.size, heads.before_us)
    return messages, times, levels
