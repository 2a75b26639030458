"""The shape of a line together with the values that its <*> stand for."""

from __future__ import annotations

import re
from typing import NamedTuple

from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.shapes.definition import CLOSE, MAX_CHARS, NAME, OPEN, VALUE

_VALUE = re.compile(VALUE)
_NAME = re.compile(NAME)
_MARKS = str.maketrans({OPEN: " ", CLOSE: " "})
_SPACES = re.compile(r"[ \t\x0b\x0c]+")
_DATES = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")
MAX_VALUES = 24
"""Values of a line beyond these are not looked at; its shape is not concerned."""


class Masked(NamedTuple):
    """A shape and the values of one line."""

    shape: str
    values: tuple[str, ...]


def masked(line: str) -> Masked:
    """Return a line's shape, as `shapes.shape_of` has it with each run of spaces as one, and its values in order."""
    first = line.partition("\n")[0].partition("\r")[0][:MAX_CHARS].translate(_MARKS)
    values: list[str] = []

    def mask(found: re.Match[str]) -> str:
        value = found[0]
        if _NAME.fullmatch(value):
            return value
        if len(values) < MAX_VALUES:
            values.append(value)
        return VARIABLE

    shape = _VALUE.sub(mask, first).strip()
    return Masked(_SPACES.sub(" ", shape) if "  " in shape or "\t" in shape else shape, tuple(values))


def _undated(group: str) -> str:
    """Return words among which months and weekdays are values too."""
    return _SPACES.sub(" ", _DATES.sub(VARIABLE, group)) if VARIABLE in group else group


class Place(NamedTuple):
    """Where a token of a pattern gets its value from in lines of one shape."""

    mask: int
    """Which of the shape's values it is; -1 where the shape has words in its place."""
    before: str
    after: str
    """What stands around the value within the token; with `mask` -1, `before` is the token's value."""

    def value(self, masked_value: str) -> str:
        """Return the token's value for a value of the shape."""
        return self.before if self.mask < 0 else f"{self.before}{masked_value}{self.after}"


def places(template: str, shape: str) -> tuple[Place, ...] | None:
    """Return where each token of a template lies in a shape; null when the shape is not the template's.

    A token that covers several values of a shape is taken as the words that hold it, values as <*>.
    """
    found = spans(template, shape)
    if found is None:
        return None
    result: list[Place] = []
    seen = 0
    for start, end in found:
        taken = shape[start:end]
        parts = taken.split(VARIABLE)
        if len(parts) == 2 and seen < MAX_VALUES:
            result.append(Place(seen, parts[0], parts[1]))
        else:
            result.append(Place(-1, _undated(taken), ""))
        seen += len(parts) - 1
    return tuple(result)
