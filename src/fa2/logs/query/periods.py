"""Units of time as bin() and others take them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit: of microseconds, or of months where its length varies."""

    name: str
    """Its shortest spelling, which a query is printed with."""
    microseconds: int = 0
    months: int = 0
    spellings: tuple[str, ...] = ()


_SECOND = 1_000_000
UNITS = (
    Unit("ms", 1000, spellings=("msec", "millisecond")),
    Unit("s", _SECOND, spellings=("sec", "second")),
    Unit("m", 60 * _SECOND, spellings=("min", "minute")),
    Unit("h", 3600 * _SECOND, spellings=("hr", "hour")),
    Unit("d", 86400 * _SECOND, spellings=("day",)),
    Unit("w", 7 * 86400 * _SECOND, spellings=("week",)),
    Unit("mo", months=1, spellings=("mon", "month")),
    Unit("q", months=3, spellings=("qtr", "quarter")),
    Unit("y", months=12, spellings=("yr", "year")),
)


def unit_of(spelling: str) -> Unit | None:
    """Return the unit that is spelled so, also in the plural and in any case; null when none is."""
    folded = spelling.casefold()
    for unit in UNITS:
        names = (unit.name, *unit.spellings)
        if folded in names or (len(folded) > 2 and folded.removesuffix("s") in names):
            return unit
    return None
