"""Reads the headers of a block's lines with the compiled kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs import kernels
from fa2.logs.line_heads import Heads
from fa2.logs.scans import Ints


def read_heads(heads: Heads, data: NDArray[np.uint8], starts: Ints, ends: Ints) -> tuple[Ints, Ints, NDArray[np.int8]]:
    """Return where the messages of lines start, their times in microseconds, and their level codes.

    A line without a time has that of the line before it; NO_TIME where there is none.
    """
    reader = heads.file.reader
    assert reader is not None  # noqa: S101  # callers look
    state = reader.state.copy()
    messages, times = (np.empty(starts.size, np.int64) for _ in range(2))
    levels = np.empty(starts.size, np.int8)
    arrays = (data, starts, ends, reader.program, state, messages, times, levels)
    places = [array.ctypes.data for array in arrays]
    sizes = (data.size, starts.size, len(reader.program), state.size)
    job = np.array([places[0], sizes[0], *places[1:3], sizes[1], places[3], sizes[2], places[4], sizes[3], *places[5:]])
    kernels.read_headers(job.ctypes.data)
    kernels.carry_times(times.ctypes.data, times.size, heads.before_us)
    return messages, times, levels
