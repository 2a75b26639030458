"""A series as one line of block characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(
    times: Sequence[datetime], values: Sequence[float], ends: tuple[datetime, datetime], *, period_s: int, cells: int
) -> list[tuple[str, int | None]]:
    """Return (character, the point that it shows) for each cell between two times; a blank and null where none is.

    Of several points in a cell the one furthest from the middle of all is shown, so that no peak is lost.
    """
    start, length = ends[0], (ends[1] - ends[0]).total_seconds()
    middle = sorted(values)[len(values) // 2] if values else 0.0
    shown: list[int | None] = [None] * cells
    for n, (moment, value) in enumerate(zip(times, values, strict=True)):
        left = (moment - start).total_seconds() / length * cells
        right = math.ceil(left + period_s / length * cells - 1e-9)
        for cell in range(max(0, math.floor(left)), min(cells, max(right, math.floor(left) + 1))):
            held = shown[cell]
            if held is None or abs(value - middle) > abs(values[held] - middle):
                shown[cell] = n
    low, high = min(values, default=0.0), max(values, default=0.0)
    low = min(low, 0.0) if low < 0.6 * high else low
    return [(" ", None) if n is None else (_block(values[n], low, high), n) for n in shown]


def _block(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5 if value else 0.0
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]
