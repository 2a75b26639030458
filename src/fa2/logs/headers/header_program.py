"""Turns the parts of a header into what the compiled reader runs.

One row a part: op, a, b, c and whether a value is read from it. Before a run of numbers and literal text stands a row
FAST with rows of what each byte of it must be when all numbers have as many digits as they may: that is read in one go,
and the parts behind it only where it does not fit. Both ways give the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_parts import Part

FAST = hp.OPTIONAL + 1
"""op, rows of bytes, number of bytes, rows of the parts that are read with them."""
DIGIT, FIRST_DIGIT, ANY_DIGIT = 256, 512, 768
"""What a byte must be: less than DIGIT is the byte itself; the others a digit, with the role of its number added."""
_PER_ROW = 4
_LEAST = 6
"""Shorter runs gain nothing."""


def program_of(parts: Sequence[Part]) -> NDArray[np.int32]:
    """Return the program, five numbers a row."""
    rows: list[tuple[int, int, int, int, int]] = []
    at = 0
    while at < len(parts):
        count = _run(parts, at)
        expected = [byte for part in parts[at : at + count] for byte in _bytes(part)]
        if len(expected) >= _LEAST:
            rows += _fast_rows(expected, count)
        taken = 1 + parts[at].a if parts[at].op == hp.OPTIONAL else max(count, 1)
        rows += [(p.op, p.a, p.b, p.c, int(p.value)) for p in parts[at : at + taken]]
        at += taken
    return np.array(rows, np.int32).reshape(-1, 5)


def _run(parts: Sequence[Part], at: int) -> int:
    """Return how many parts from here on are numbers, literal text and gaps; the last is no gap, which may be longer."""
    count = 0
    while at + count < len(parts) and parts[at + count].op in (hp.LIT, hp.NUMBER, hp.GAP):
        count += 1
    while count and parts[at + count - 1].op == hp.GAP:
        count -= 1
    return count


def _bytes(part: Part) -> list[int]:
    if part.op == hp.LIT:
        return [part.a]
    if part.op == hp.GAP:
        return [ord(" ")]
    if not part.value:
        return [ANY_DIGIT] * part.c
    return [FIRST_DIGIT + part.a, *[DIGIT + part.a] * (part.c - 1)]


def _fast_rows(expected: list[int], parts: int) -> list[tuple[int, int, int, int, int]]:
    padded = [*expected, *[0] * (-len(expected) % _PER_ROW)]
    table = [(a, b, c, d, 0) for a, b, c, d in zip(*(padded[start::_PER_ROW] for start in range(_PER_ROW)))]
    return [(FAST, len(table), len(expected), parts, 0), *table]
