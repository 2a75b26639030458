"""What the name of a column tells: whether its values are of normal times, in which unit, and what they measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fa2.grounding.quantities import Unit
from fa2.grounding.words import vocabulary

Role = Literal["usual", "now", "any"]

_USUAL = ("usual", "baseline", "expected", "normal", "before", "previous", "prior", "reference", "then")
_NOW = ("window", "now", "after", "current", "incident")
_PLAIN = frozenset({"done_before", "actor_before"})
"""Counts of what somebody did before; nothing of now stands beside them."""
_UNITS: dict[str, tuple[Unit, float]] = {
    "ns": ("time", 1e-9), "us": ("time", 1e-6), "ms": ("time", 1e-3), "s": ("time", 1.0), "sec": ("time", 1.0),
    "seconds": ("time", 1.0), "minutes": ("time", 60.0), "share": ("share", 1.0), "ratio": ("share", 1.0),
    "percent": ("share", 0.01), "pct": ("share", 0.01), "bytes": ("bytes", 1.0), "kb": ("bytes", 1e3),
    "mb": ("bytes", 1e6), "size": ("ratio", 1.0), "factor": ("ratio", 1.0), "times": ("ratio", 1.0),
}  # fmt: skip
_STATED: dict[str, tuple[Unit, float]] = {
    "seconds": ("time", 1.0), "milliseconds": ("time", 1e-3), "microseconds": ("time", 1e-6), "percent": ("share", 0.01),
    "bytes": ("bytes", 1.0), "kilobytes": ("bytes", 1e3), "megabytes": ("bytes", 1e6), "gigabytes": ("bytes", 1e9),
    "count": ("count", 1.0),
}  # fmt: skip
_PERCENTILE = re.compile(r"p\d{1,2}(?:\d*)")


@dataclass(frozen=True)
class Column:
    """One column of a piece of evidence."""

    name: str
    role: Role
    base: str
    """What is left of the name without the words of its role."""
    unit: Unit
    """none: nobody said."""
    size: float
    """What a value is multiplied with to get to the unit's base."""
    traits: frozenset[str]
    """Names of traits of the vocabulary, and percentiles such as p95."""

    @property
    def needs(self) -> frozenset[str]:
        """The traits whose words have to stand beside a number of this column."""
        known = vocabulary().traits
        return frozenset(t for t in self.traits if t in known and known[t].needs)

    @property
    def whole(self) -> bool:
        """Whether it counts all, of which others count a part."""
        known = [t for name in self.traits if (t := vocabulary().traits.get(name))]
        return any(t.whole for t in known) and not any(t.needs and not t.whole for t in known)


@cache
def columns(names: tuple[str, ...]) -> tuple[Column, ...]:
    """Return what the names of all columns of a piece of evidence tell.

    A column without a word for its role is of now where one of normal times stands beside it.
    """
    read = [_column(name) for name in names]
    usual = [c for c in read if c.role == "usual"]
    return tuple(
        Column(c.name, "now", c.base, c.unit, c.size, c.traits)
        if c.role == "any" and any(_pairs(c, other) for other in usual) and c.name not in _PLAIN
        else c
        for c in read
    )


def _pairs(now: Column, usual: Column) -> bool:
    """Tell whether a column of normal times is the counterpart of another.

    One that is only called usual is that of what was measured, not of what was counted beside it.
    """
    if usual.name in _BORDERS:
        return False
    if now.base == usual.base:
        return True
    if usual.base == "":
        statistics = {name for name, trait in vocabulary().traits.items() if trait.group == "statistic"}
        return now.unit == "none" and now.traits <= statistics
    return now.base.endswith("_" + usual.base)


def counterparts(known: Sequence[Column]) -> list[tuple[int, int]]:
    """Return the places of (now, usual) columns that are to be compared; `expected` goes before a raw baseline."""
    found: list[tuple[int, int]] = []
    for place, column in enumerate(known):
        if column.role != "now":
            continue
        others = [n for n, c in enumerate(known) if c.role == "usual" and _pairs(column, c)]
        near = [n for n in others if known[n].base == column.base] or others
        near.sort(key=lambda n: "expected" not in known[n].name)
        if near:
            found.append((place, near[0]))
    return found


_BORDERS = frozenset({"normal_low", "normal_high"})


def stated_unit(text: str) -> tuple[Unit, float] | None:
    """Return the unit that a cell of a column `unit` states, as CloudWatch writes it; null for others."""
    return _STATED.get(text.strip().lower())


def _column(name: str) -> Column:
    words = re.findall(r"[a-z]+\d*|\d+", name.lower())
    role: Role = "any"
    left = words
    if name not in _PLAIN:
        for known, as_role in ((_USUAL, "usual"), (_NOW, "now")):
            for edge in (0, -1):
                if words and words[edge] in known:
                    role = "usual" if as_role == "usual" else "now"
                    left = words[1:] if edge == 0 else words[:-1]
                    break
            if role != "any":
                break
    unit, size = _unit(name, words)
    found = {vocabulary().by_part[w] for w in words if w in vocabulary().by_part}
    found |= {w for w in words if _PERCENTILE.fullmatch(w)}
    return Column(name, role, "_".join(left), unit, size, frozenset(found))


def _unit(name: str, words: Sequence[str]) -> tuple[Unit, float]:
    if words and words[-1] in _UNITS:
        return _UNITS[words[-1]]
    if set(words) & vocabulary().counts and "excess" not in words:
        return "count", 1.0
    return "none", 1.0
