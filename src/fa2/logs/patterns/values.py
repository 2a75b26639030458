"""Which values stood in the varying places of patterns, and how often: read from the lines a second time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.headers.line_heads import HeadFinder, Heads
from fa2.logs.patterns.mining import Mined
from fa2.logs.patterns.pattern import VARIABLE, TokenValue
from fa2.logs.patterns.plain_values import PlainCounter
from fa2.logs.patterns.token_places import places_in
from fa2.logs.scans.blocks import Block, LineSource, Pool
from fa2.logs.scans.results import Ints, Scan
from fa2.logs.scans.scanning import scan

if TYPE_CHECKING:
    from fa2.logs.patterns.compiled_values import Counter

TOP = 10
"""How many values of a place are told, as in CloudWatch."""
PLAIN_LINES = 20_000
"""Up to so many lines are read in plain Python."""
MOST = 1 << 17
"""How many values of a place are counted one by one; beyond, the most frequent ones are looked for again."""
ROOM = 1 << 22
"""How many values of all places are; with more, MOST is divided by four until there is room."""


@dataclass(frozen=True)
class PlaceValues:
    """The values of one <*> of a pattern."""

    values: tuple[TokenValue, ...]
    """The most frequent ones, at most TOP, most frequent first, then by text."""
    distinct: int
    """How many different ones; an estimate when `exact` is false."""
    exact: bool


@dataclass(frozen=True)
class ShapePlaces:
    """Where the places of all wanted patterns lie in the lines of each shape."""

    tokens: int
    """How many places there are: those of the first pattern, then those of the next."""
    begins: Ints
    """The places of shape n are the rows from begins[n] to begins[n + 1]."""
    rows: Ints
    """Which token, and a `token_places.Place`."""
    marks: Ints
    """How many values the lines of a shape have."""


@dataclass(frozen=True)
class Numbered:
    """A block, the shape of each of its lines, and how they begin."""

    block: Block
    numbers: NDArray[np.int32]
    heads: Heads | None


def token_values(
    mined: Mined, which: Collection[int] | None = None, watch: Watcher | None = None
) -> tuple[tuple[PlaceValues, ...], ...]:
    """Return for each pattern, for each <*> of its text, in order, the values of its lines.

    which: indexes of the patterns wanted, null for all; the others get nothing.
    The lines are read again; where a place has more than MOST values, twice. The first 256 bytes of a value are looked
    at. Raises UnusableInput when the lines cannot be read again, as from standard input.
    """
    if mined.source is None or mined.scan is None or not mined.source.repeatable:
        raise UnusableInput("errors.read_once")
    numbered = mined.scan
    if numbered.numbers is None:
        numbered = scan(mined.source, replace(numbered.options, number_lines=True))
    wanted = set(range(len(mined.patterns)) if which is None else which)
    widths = [p.text.count(VARIABLE) if i in wanted else 0 for i, p in enumerate(mined.patterns)]
    places = _places(mined, widths)
    found = iter(_counted(_Lines(mined.source, numbered, watch), places))
    return tuple(tuple(next(found) for _ in range(width)) for width in widths)


class _Lines:
    """The lines of a scan, to be read again, each with the number of its shape."""

    def __init__(self, source: LineSource, found: Scan, watch: Watcher | None) -> None:
        self._source = source
        self._found = found
        self._watch = watch

    def __len__(self) -> int:
        return self._found.lines

    def __iter__(self) -> Iterator[Numbered]:
        """Yield the blocks as they were read before. Stops where a file is no longer what it was."""
        assert self._found.numbers is not None  # noqa: S101  # asked for
        options, names, pool = self._found.options, tuple(self._source.names), Pool()
        finder = None if options.bare else HeadFinder(names, options.zone)
        blocks = self._source.blocks([Gaps() for _ in names], pool)
        done = 0
        for block, numbers in zip(blocks, self._found.numbers.pieces()):
            yield Numbered(block, numbers, finder.heads_of(block) if finder else None)
            pool.give_back(block)
            done += numbers.size
            if self._watch:
                self._watch(Progress("values", done, len(self)))


def _places(mined: Mined, widths: list[int]) -> ShapePlaces:
    assert mined.scan is not None  # noqa: S101  # looked at before
    firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths, dtype=np.int64)]).tolist()
    rows: list[tuple[int, ...]] = []
    begins = [0]
    for shape, pattern in zip(mined.scan.shapes, mined.pattern_of.tolist()):
        if widths[pattern]:
            for token, place in enumerate(places_in(mined.patterns[pattern].text, shape) or (), firsts[pattern]):
                rows.append((token, *place))
        begins.append(len(rows))
    marks = np.fromiter((shape.count(VARIABLE) for shape in mined.scan.shapes), np.int64, len(mined.scan.shapes))
    return ShapePlaces(firsts[-1], np.array(begins), np.array(rows, np.int64).reshape(-1, 5), marks)


def _counted(lines: _Lines, places: ShapePlaces) -> list[PlaceValues]:
    if len(lines) <= PLAIN_LINES:
        counter = PlainCounter(places)
        for numbered in lines:
            counter.add(numbered)
        return [_place(values, None) for values in counter.counted]
    return _counted_fast(lines, places)


def _counted_fast(lines: _Lines, places: ShapePlaces) -> list[PlaceValues]:
    from fa2.logs.patterns.compiled_values import likely

    counter, most = _all(lines, places)
    estimates, values, over = counter.estimates(), counter.counted(), counter.overflowed
    if over.any():
        again = _again(lines, places, likely(counter.sketch, over, estimates, most))
        values = [found if exceeded else exact for exact, found, exceeded in zip(values, again, over)]
    return [_place(values[token], int(estimates[token]) if over[token] else None) for token in range(places.tokens)]


def _all(lines: _Lines, places: ShapePlaces) -> tuple[Counter, int]:
    """Return the values of all places, and how many of each are counted one by one: the same for any order of lines."""
    from fa2.logs.patterns.compiled_values import Counter, TooMany

    most = MOST
    while True:
        counter = Counter(places.tokens, most, ROOM)
        try:
            _fill(counter, lines, places)
        except TooMany:
            most //= 4
        else:
            return counter, most


def _again(lines: _Lines, places: ShapePlaces, candidates: NDArray[np.uint8]) -> list[dict[bytes, int]]:
    """Return the values among which the most frequent ones must be."""
    from fa2.logs.patterns.compiled_values import Counter

    counter = Counter(places.tokens, MOST, 2 * ROOM, candidates)
    _fill(counter, lines, places)
    return counter.counted()


def _fill(counter: Counter, lines: _Lines, places: ShapePlaces) -> None:
    for numbered in lines:
        counter.add(numbered, places)


def _place(values: dict[bytes, int], estimate: int | None) -> PlaceValues:
    """estimate: of how many there are, where they were not counted."""
    told: dict[str, int] = {}
    for value, count in values.items():
        text = value.decode("utf-8", "replace")
        told[text] = told.get(text, 0) + count
    top = sorted(told.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    distinct = len(told) if estimate is None else estimate
    return PlaceValues(tuple(TokenValue(value, count) for value, count in top), distinct, estimate is None)
