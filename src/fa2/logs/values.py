"""Which values stood in the varying places of patterns, and how often: read from the lines a second time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.blocks import LineSource, Pool
from fa2.logs.line_heads import HeadFinder, read_plainly
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
    for line, message, index in _lines(mined, mined.source, watch):
        regex = regexes[index] if index >= 0 else None
        match = (regex.match(first_of(message)) or regex.match(first_of(line))) if regex else None
        if match:
            for counter, value in zip(counters[index], match.groups()):
                counter[value] += 1
    return tuple(tuple(_place(counter) for counter in places) for places in counters)


def _lines(mined: Mined, source: LineSource, watch: Watcher | None) -> Iterator[tuple[str, str, int]]:
    """Yield each line, its message and the index of its pattern, -1 for none: as numbered, else by its shape."""
    pattern_of = dict(zip(mined.scan.shapes, mined.pattern_of.tolist())) if mined.scan else {}
    finder = HeadFinder(tuple(source.names), UTC)
    at = 0
    for block in source.blocks([Gaps() for _ in source.names], Pool()):
        heads = finder.heads_of(block)
        lines = block.texts()
        messages = read_plainly(lines, heads)[0]
        if mined.assignment.size:
            yield from zip(lines, messages, mined.assignment[at : at + len(lines)].tolist())
        else:
            yield from ((line, m, pattern_of.get(shape_of(m), -1)) for line, m in zip(lines, messages))
        at += len(lines)
        if watch:
            watch(Progress("values", at, mined.lines))


def first_of(line: str) -> str:
    """Return the first line of a message."""
    return line.partition("\n")[0].partition("\r")[0]


def _place(counter: Counter[str]) -> PlaceValues:
    top = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return PlaceValues(tuple(TokenValue(value, count) for value, count in top), len(counter), True)
