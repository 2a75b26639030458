"""Which values stood in the varying places of patterns, and how often: read from the lines a second time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps, Watcher
from fa2.logs.blocks import Pool
from fa2.logs.mining import Mined
from fa2.logs.patterns import VARIABLE, TokenValue
from fa2.logs.shapes import shape_of

TOP = 10
"""How many values of a place are told, as in CloudWatch."""


@dataclass(frozen=True)
class PlaceValues:
    """The values of one <*> of a pattern."""

    values: tuple[TokenValue, ...]
    """The most frequent ones, at most TOP, most frequent first, then by text."""
    distinct: int
    """How many different ones; an estimate when `exact` is false."""
    exact: bool


def token_values(
    mined: Mined, which: Collection[int] | None = None, watch: Watcher | None = None
) -> tuple[tuple[PlaceValues, ...], ...]:
    """Return for each pattern, for each <*> of its text, in order, the values of its lines.

    which: indexes of the patterns wanted, null for all; the others get nothing.
    The lines are read again. Raises UnusableInput when they cannot be: standard input can be read once.
    """
    wanted = set(range(len(mined.patterns)) if which is None else which)
    counters = [
        [Counter[str]() for _ in range(p.text.count(VARIABLE) if i in wanted else 0)]
        for i, p in enumerate(mined.patterns)
    ]
    if mined.source is None or mined.scan is None or not mined.source.repeatable:
        raise UnusableInput("errors.read_once")
    regexes = [re.compile(p.regex, re.S) if i in wanted else None for i, p in enumerate(mined.patterns)]
    pattern_of = dict(zip(mined.scan.shapes, mined.pattern_of.tolist()))
    for block in mined.source.blocks([Gaps() for _ in mined.source.names], Pool()):
        for line in block.texts():
            index = pattern_of.get(shape_of(line), -1)
            regex = regexes[index] if index >= 0 else None
            match = regex.match(first_of(line)) if regex else None
            for counter, value in zip(counters[index], match.groups() if match else ()):
                counter[value] += 1
    return tuple(tuple(_place(counter) for counter in places) for places in counters)


def first_of(line: str) -> str:
    """Return the first line of a message."""
    return line.partition("\n")[0].partition("\r")[0]


def _place(counter: Counter[str]) -> PlaceValues:
    top = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return PlaceValues(tuple(TokenValue(value, count) for value, count in top), len(counter), True)
