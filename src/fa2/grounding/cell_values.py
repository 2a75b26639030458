"""Whether a number of a statement is a cell's, in the same unit or another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.grounding.cells import Cell
from fa2.grounding.columns import Role
from fa2.grounding.quantities import Quantity

_SIZES = (1.0, 1e-3)


def equals(q: Quantity, cell: Cell) -> bool:
    """Tell whether a number is what a cell holds, rounded to the digits written."""
    return any(q.fits(value) for value in _readings(q, cell))


def sizes_read(q: Quantity, cell: Cell) -> frozenset[float]:
    """Return what one of a cell's unit may be in seconds, of the units in which it is a time that is told.

    All where the evidence states its unit; empty where no time is told.
    """
    if q.unit != "time":
        return frozenset()
    if cell.unit != "none":
        return frozenset(_SIZES)
    return frozenset(size for size in _SIZES if q.fits(cell.value * size))


def role_fits(said: Role, is_: Role) -> bool:
    """Tell whether what is said to be of a time may be what is of another; any fits both."""
    return said == is_ or "any" in (said, is_)


def _readings(q: Quantity, cell: Cell) -> Iterator[float]:
    """Yield what a cell is in the unit of a number; nothing where it cannot be."""
    value = cell.value
    match q.unit:
        case "none" | "count":
            if (
                cell.unit in ("none", "count")
                or (q.unit == "none" and cell.unit in ("time", "bytes"))
                or cell.unit == "ratio"
            ):
                yield value
            elif cell.unit == "bytes":
                yield value * cell.size
        case "time":
            if cell.unit == "time":
                yield value * cell.size
            elif cell.unit == "none":
                # Nobody said what it is in: seconds or milliseconds is taken from the statement.
                yield from (value * size for size in _SIZES)
        case "share":
            if cell.unit == "share":
                yield value * cell.size
            elif cell.unit == "none":
                yield value / 100
                if 0 <= value <= 1 and re.search(r"rate|ratio|share", cell.column.name):
                    yield value
        case "bytes":
            if cell.unit in ("bytes", "none"):
                yield value * cell.size
        case "ratio":
            if cell.unit == "ratio":
                yield value
