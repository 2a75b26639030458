"""What the lines of one interval add up to: counts by shape, values in each place, a few lines as samples.

Nothing here depends on the order in which lines come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from fa2.core.detectors import LogEvent
from fa2.logs.detectors.masking import masked

MAX_VALUES_KEPT = 2000
"""How many different values of a place are counted in one interval; the rest are counted together."""
MAX_SHAPES = 20_000
"""How many shapes one interval keeps apart; further ones are counted together, under OVERFLOW."""
OVERFLOW = "\x00"
_SAMPLES = 3
_SAMPLE_CHARS = 4096


@dataclass
class ShapeCounts:
    """The lines of one shape within an interval."""

    lines: int = 0
    counted: int = 0
    """How many of them stand in the history already."""
    first_us: int = 0
    last_us: int = 0
    values: list[dict[str, int]] = field(default_factory=list)
    """For each <*>, how many lines had each value; "" for those beyond MAX_VALUES_KEPT."""
    samples: list[tuple[int, str, str]] = field(default_factory=list)
    """The first lines by time, then text: microseconds, line, source."""

    def add(self, event: LogEvent, values: tuple[str, ...]) -> None:
        """Count one line."""
        us = event.us
        if not self.lines:
            self.first_us = self.last_us = us
            self.values = [{} for _ in values]
        elif us < self.first_us:
            self.first_us = us
        elif us > self.last_us:
            self.last_us = us
        self.lines += 1
        for counter, value in zip(self.values, values):
            if value in counter:
                counter[value] += 1
            elif len(counter) < MAX_VALUES_KEPT:
                counter[value] = 1
            else:
                counter[""] = counter.get("", 0) + 1
        samples = self.samples
        if len(samples) < _SAMPLES or us <= samples[-1][0]:
            samples.append((us, event.line[:_SAMPLE_CHARS], event.source))
            samples.sort()
            del samples[_SAMPLES:]

    def json(self) -> list[object]:
        """Return what `of` reads back."""
        return [self.lines, self.counted, self.first_us, self.last_us, self.values, self.samples]

    @classmethod
    def of(cls, data: list[object]) -> ShapeCounts:
        """Read what `json` returned."""
        lines, counted, first, last, values, samples = data
        kept = [(int(us), str(line), str(source)) for us, line, source in samples]  # type: ignore[attr-defined]
        return cls(lines, counted, first, last, values, kept)  # type: ignore[arg-type]  # written by `json`


@dataclass
class Interval:
    """The lines of one interval by shape."""

    index: int
    """Intervals since 1970."""
    shapes: dict[str, ShapeCounts] = field(default_factory=dict)
    unusual: set[tuple[str, int]] = field(default_factory=set)
    """Patterns and positions of tokens whose values were unusual, and are not to be learned; with the position
    negative, tokens with values that were told as new."""

    def add(self, event: LogEvent) -> None:
        """Count one line."""
        shape, values = masked(event.text)
        counts = self.shapes.get(shape)
        if counts is None:
            if len(self.shapes) >= MAX_SHAPES:
                shape, values = OVERFLOW, ()
                counts = self.shapes.get(shape)
            if counts is None:
                counts = self.shapes[shape] = ShapeCounts()
        counts.add(event, values)

    @property
    def lines(self) -> int:
        """How many lines."""
        return sum(counts.lines for counts in self.shapes.values())

    def items(self) -> Iterator[tuple[str, ShapeCounts]]:
        """Yield shapes in their own order, not that of the lines."""
        yield from sorted(self.shapes.items())

    def packed(self) -> bytes:
        """Return the interval for the store."""
        return orjson.dumps(
            [self.index, {shape: counts.json() for shape, counts in self.shapes.items()}, sorted(self.unusual)]
        )

    @classmethod
    def of(cls, data: bytes) -> Interval:
        """Read what `packed` returned."""
        index, shapes, unusual = orjson.loads(data)
        known = {shape: ShapeCounts.of(counts) for shape, counts in shapes.items()}
        return cls(index, known, {(pattern, position) for pattern, position in unusual})
