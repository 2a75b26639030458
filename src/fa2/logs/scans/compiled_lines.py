"""Finds the lines of blocks with the compiled kernel, and hands arrays to kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled import kernels
from fa2.logs.scans.blocks import ROOM, Block
from fa2.logs.scans.results import Ints


class LineFinder:
    """Finds lines; one for each thread."""

    def __init__(self) -> None:
        self._starts = self._ends = np.empty(0, np.int64)

    def lines_of(self, block: Block, data: NDArray[np.uint8]) -> tuple[Ints, Ints]:
        """Return where the lines of a block start and end; good until the next block's are asked for.

        data: the block's, with room behind it.
        """
        if block.starts is not None and block.ends is not None:
            return np.ascontiguousarray(block.starts, np.int64), np.ascontiguousarray(block.ends, np.int64)
        if self._starts.size <= data.size:
            self._starts, self._ends = (np.empty(data.size + 1, np.int64) for _ in range(2))
        count = kernels.find_lines(address(data), data.size, address(self._starts), address(self._ends))
        return self._starts[:count], self._ends[:count]


def address(array: NDArray[Any]) -> int:
    """Return where the numbers of an array stand. It must be contiguous, and outlive the use of the address."""
    return int(array.ctypes.data)


def with_room(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the same bytes where ROOM bytes may be read behind them."""
    whole = data.base
    if isinstance(whole, np.ndarray) and address(whole) + whole.nbytes >= address(data) + data.size + ROOM:
        return data
    return np.concatenate([data, np.zeros(ROOM, np.uint8)])[: data.size]
