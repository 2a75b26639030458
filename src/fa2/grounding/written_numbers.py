"""The numbers within the texts of the evidence, with the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fa2.grounding.columns import Role
from fa2.grounding.quantities import Unit, quantities

_WORD = re.compile(r"[A-Za-z]{3,}")
_LONGEST = 4_000
_AROUND = 40


@dataclass(frozen=True)
class WrittenNumber:
    """A number within a text of the evidence, with the words around it."""

    row: int
    value: float
    unit: Unit
    role: Role
    near: frozenset[str]


def written_numbers(row: int, role: Role, text: str) -> Iterator[WrittenNumber]:
    """Yield the numbers of a text; of "30 → 3" the first is of normal times."""
    for q in quantities(text[:_LONGEST]):
        near = stems(text[max(0, q.start - _AROUND) : q.end + _AROUND])
        side: Role = role if "→" not in text else "usual" if _arrow_follows(text, q.end) else "now"
        yield WrittenNumber(row, q.value, q.unit if q.unit in ("time", "share", "bytes") else "none", side, near)


def stems(text: str) -> frozenset[str]:
    """Return the words of a text without the s of plurals."""
    return frozenset(word.lower().rstrip("s") for word in _WORD.findall(text))


def _arrow_follows(text: str, end: int) -> bool:
    """Tell whether an arrow follows within the same change, which ends at a comma."""
    stop = text.find(", ", end)
    return text.find("→", end, stop if stop >= 0 else len(text)) >= 0
