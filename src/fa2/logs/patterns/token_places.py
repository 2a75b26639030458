"""Where the varying places of a pattern lie in the lines of a shape.

A pattern's template is matched once to each shape, not to each line: what a <*> of the pattern takes in
the shape is text and values, and lies in a line where the line's own values put it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import VARIABLE

_MARK = len(VARIABLE)
_BROKEN = "\ufffd"


class Place(NamedTuple):
    """A stretch of the lines of a shape: ends are counted in the shape, and then moved by the values before them."""

    values_before_start: int
    start: int
    values_before_end: int
    end: int


def places_in(template: str, shape: str) -> list[Place] | None:
    """Return where the places of a pattern's template lie in a shape, counted in UTF-8 bytes.

    Null when the pattern does not match it, or cuts through a value; and for a shape of lines with broken bytes.
    """
    found = None if _BROKEN in shape else spans(template, shape)
    if found is None:
        return None
    marks = [mark.start() for mark in re.finditer(re.escape(VARIABLE), shape)]
    if any(mark < at < mark + _MARK for mark in marks for span in found for at in span):
        return None
    return [_place(shape, marks, start, end) for start, end in found]


def _place(shape: str, marks: Sequence[int], start: int, end: int) -> Place:
    return Place(
        sum(mark + _MARK <= start for mark in marks),
        len(shape[:start].encode("utf-8", "replace")),
        sum(mark + _MARK <= end for mark in marks),
        len(shape[:end].encode("utf-8", "replace")),
    )
