"""What scanning lines gives: the distinct shapes, how many lines of each, since when, how often, which lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import ne

import numpy as np
from numpy.typing import NDArray

from fa2.core.ports import Gaps
from fa2.logs.scans.line_numbers import LineNumbers
from fa2.logs.scans.scan_options import ScanOptions

NO_TIME = np.iinfo(np.int64).min
"""Stands for no time among microseconds."""
MAX_BUCKETS = 64
SAMPLES = 3
SAMPLE_CHARS = 4000
"""How much of a line is kept as a sample."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Buckets:
    """How many lines of a shape fall into an interval of time; only where there are any."""

    step_s: int
    """Length of an interval: a power of two, the least with which all times lie within MAX_BUCKETS intervals."""
    shapes: Ints
    """Index of the shape."""
    intervals: Ints
    """Interval n lasts from n · step_s seconds after 1970 (UTC), so that it is the same whatever else was read."""
    counts: Ints


@dataclass(frozen=True)
class Samples:
    """Lines of shapes, by shape and then by place."""

    shapes: Ints
    """Index of the shape."""
    places: Ints
    """Earlier lines have lower ones."""
    lines: Sequence[str | bytes]

    def text(self, index: int) -> str:
        """Return the first SAMPLE_CHARS characters of a line."""
        line = self.lines[index]
        return (line if isinstance(line, str) else line.decode("utf-8", "replace"))[:SAMPLE_CHARS]


@dataclass(frozen=True)
class Scan:
    """Distinct shapes of some lines. The same for any number of threads; but for samples, for any order of lines."""

    shapes: list[str]
    """Sorted by code points."""
    counts: Ints
    """Lines of each shape."""
    first_us: Ints
    """Microseconds since 1970 in UTC; NO_TIME where lines have no times."""
    last_us: Ints
    levels: Ints
    """For each shape a set of levels as bits, see `headers`; 0 where lines have none."""
    buckets: Buckets
    samples: Samples
    """For each shape its first lines, at most SAMPLES, by place; there is a bound on all of them together."""
    lines: int
    """Lines read."""
    matched: int
    """Lines that filter and window left; the counts sum up to this, less what `gaps` tells."""
    untimed: int
    """Matched lines without a time."""
    numbers: LineNumbers | None
    """The shape of each line, if asked for."""
    gaps: tuple[Gaps, ...] = ()
    """One for each file."""
    options: ScanOptions = field(default_factory=ScanOptions)
    """How the lines were read."""


@dataclass
class Tally:
    """What one worker found; `combine` makes a Scan of several. Shapes are in any order, and may be there twice."""

    shapes: list[str]
    counts: Ints
    first_us: Ints
    last_us: Ints
    levels: Ints
    runs: tuple[Ints, Ints, Ints]
    """Shape, second (or the start of a longer interval), count."""
    samples: Samples
    lines: int = 0
    matched: int = 0
    untimed: int = 0
    beyond: int = 0
    """Matched lines of shapes that there was no room for."""


def combine(tallies: Sequence[Tally], numbers: LineNumbers | None, gaps: tuple[Gaps, ...]) -> Scan:
    """Return one scan of what workers found. `numbers` holds each worker's own shape numbers until now."""
    shapes, maps = _united([tally.shapes for tally in tallies])
    counts, levels = np.zeros(len(shapes), np.int64), np.zeros(len(shapes), np.int64)
    last = np.full(len(shapes), NO_TIME, np.int64)
    first = np.full(len(shapes), np.iinfo(np.int64).max, np.int64)
    for tally, at in zip(tallies, maps):
        np.add.at(counts, at, tally.counts)
        np.bitwise_or.at(levels, at, tally.levels)
        np.maximum.at(last, at, tally.last_us)
        np.minimum.at(first, at, np.where(tally.first_us == NO_TIME, np.iinfo(np.int64).max, tally.first_us))
    first[last == NO_TIME] = NO_TIME
    beyond = sum(tally.beyond for tally in tallies)
    if beyond and gaps:
        gaps[0].add("lines_beyond_shapes", beyond)
    if numbers is not None:
        numbers.settle(maps)
    return Scan(
        shapes=shapes,
        counts=counts,
        first_us=first,
        last_us=last,
        levels=levels,
        buckets=_buckets([(at[tally.runs[0]], *tally.runs[1:]) for tally, at in zip(tallies, maps)]),
        samples=_first_samples(tallies, maps),
        lines=sum(tally.lines for tally in tallies),
        matched=sum(tally.matched for tally in tallies),
        untimed=sum(tally.untimed for tally in tallies),
        numbers=numbers,
        gaps=gaps,
    )


def _united(parts: Sequence[list[str]]) -> tuple[list[str], list[Ints]]:
    """Return the distinct texts of all parts, sorted, and for each part where its texts are among them."""
    texts = [text for part in parts for text in part]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    ordered = [texts[i] for i in order]
    fresh = np.fromiter(map(ne, ordered, [None, *ordered]), np.bool_, len(ordered))
    index = np.empty(len(texts), np.int64)
    index[order] = np.cumsum(fresh) - 1
    maps = np.split(index, np.cumsum([len(part) for part in parts])[:-1])
    return list(compress(ordered, fresh.tolist())), maps


def step_for(first_s: int, last_s: int) -> int:
    """Return the length of intervals in seconds: the least power of two that needs at most MAX_BUCKETS of them."""
    step = 1
    while last_s // step - first_s // step >= MAX_BUCKETS:
        step *= 2
    return step


def summed(keys: Sequence[Ints], counts: Ints) -> tuple[list[Ints], Ints]:
    """Return each distinct combination of keys once, sorted by the first key, then the next, with summed counts."""
    if not counts.size:
        return list(keys), counts
    order = np.lexsort(tuple(reversed(keys)))
    ordered = [key[order] for key in keys]
    fresh = np.ones(counts.size, bool)
    fresh[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in ordered])
    begins = np.flatnonzero(fresh)
    return [key[begins] for key in ordered], np.add.reduceat(counts[order], begins)


def _buckets(runs: Sequence[tuple[Ints, Ints, Ints]]) -> Buckets:
    shapes, seconds, counts = (
        (np.concatenate(column) for column in zip(*runs)) if runs else (np.zeros(0, np.int64),) * 3
    )
    if not counts.size:
        return Buckets(1, shapes, seconds, counts)
    step = step_for(int(seconds.min()), int(seconds.max()))
    (shapes, intervals), counts = summed((shapes, seconds // step), counts)
    return Buckets(step, shapes, intervals, counts)


def _first_samples(tallies: Sequence[Tally], maps: Sequence[Ints]) -> Samples:
    shapes = np.concatenate([at[tally.samples.shapes] for tally, at in zip(tallies, maps)])
    places = np.concatenate([tally.samples.places for tally in tallies])
    lines = [line for tally in tallies for line in tally.samples.lines]
    order = np.lexsort((places, shapes))
    ordered = shapes[order]
    order = order[np.append(np.ones(SAMPLES, bool), ordered[SAMPLES:] != ordered[:-SAMPLES])[: order.size]]
    return Samples(shapes[order], places[order], [lines[i] for i in order.tolist()])
