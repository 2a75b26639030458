"""Which lines of a log are wanted: those of a window of time, those that a test holds for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fa2.core.windows import TimeWindow
from fa2.logs.headers.header_dates import EPOCH, US
from fa2.logs.scans.blocks import Block


@dataclass(frozen=True)
class Choice:
    """Lines that are wanted."""

    window: TimeWindow | None = None
    """Lines of other times, and without a time, are not."""
    keep: Callable[[str], bool] | None = None
    """Told each line, header included; what it returns false for is not."""

    def of(self, block: Block, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each line of a block whether it is wanted. times: microseconds since 1970, one a line."""
        wanted = np.ones(times.size, np.bool_)
        if self.window:
            wanted &= (times >= (self.window.start - EPOCH) // US) & (times < (self.window.end - EPOCH) // US)
        if self.keep:
            keep = self.keep
            wanted &= np.fromiter((keep(text) for text in block.texts()), np.bool_, times.size)
        return wanted
