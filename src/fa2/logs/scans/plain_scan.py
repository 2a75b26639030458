"""Scans lines in plain Python: for little input, where compiling or even loading the kernels would cost more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fa2.logs.scans.results import NO_TIME, SAMPLE_CHARS, SAMPLES, Ints, Samples, Tally
from fa2.logs.shapes.definition import shape_of


@dataclass(frozen=True)
class Told:
    """What is known of lines, one entry a line."""

    messages: Sequence[str]
    """Lines without their headers."""
    times: Sequence[int] = ()
    """Microseconds since 1970, NO_TIME for none; empty when no line has one."""
    levels: Sequence[int] = ()
    """Codes of `header_levels`, or empty."""
    wanted: Sequence[bool] | None = None
    """False for lines that are to be left out."""
    lead: int = 0
    """As in Block."""


class PlainScanner:
    """Counts the shapes of lines given to it; the kernels in `scanner` give the same."""

    def __init__(self, max_shapes: int) -> None:
        self._max_shapes = max_shapes
        self._numbers: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._counts: list[int] = []
        self._first: list[int] = []
        self._last: list[int] = []
        self._levels: list[int] = []
        self._runs: Counter[tuple[int, int]] = Counter()
        self._samples: list[tuple[int, int, str]] = []
        self._lines = self._matched = self._untimed = self._beyond = 0

    def add(self, place: int, lines: Sequence[str], told: Told) -> list[int]:
        """Count lines and return the number of each one's shape; -1 for what was not wanted or had no room.

        place: of the first line; the next ones follow.
        """
        self._lines += len(lines)
        numbers = [-1] * len(lines)
        for i, line in enumerate(lines):
            if told.wanted is None or told.wanted[i]:
                time = told.times[i] if told.times else NO_TIME
                numbers[i] = self._count(told.messages[i], time, told.levels[i] if told.levels else 0)
                if numbers[i] >= 0 and self._counts[numbers[i]] <= SAMPLES:
                    self._samples.append((numbers[i], place + i, line[told.lead : told.lead + SAMPLE_CHARS]))
        return numbers

    def _count(self, message: str, time: int, level: int) -> int:
        number = self._number(message)
        self._matched += 1
        self._untimed += time == NO_TIME
        if number < 0:
            self._beyond += 1
            return number
        self._counts[number] += 1
        if level:
            self._levels[number] |= 1 << level
        if time != NO_TIME:
            self._runs[number, time // 1_000_000] += 1
            self._last[number] = max(self._last[number], time)
            first = self._first[number]
            self._first[number] = time if first == NO_TIME else min(first, time)
        return number

    def tally(self) -> Tally:
        """Return what was counted."""
        runs = np.array([(n, s, c) for (n, s), c in self._runs.items()], np.int64).reshape(-1, 3)
        return Tally(
            shapes=list(self._numbers),
            counts=_ints(self._counts),
            first_us=_ints(self._first),
            last_us=_ints(self._last),
            levels=_ints(self._levels),
            runs=(runs[:, 0], runs[:, 1], runs[:, 2]),
            samples=Samples(
                _ints([number for number, _, _ in self._samples]),
                _ints([place for _, place, _ in self._samples]),
                [line for _, _, line in self._samples],
            ),
            lines=self._lines,
            matched=self._matched,
            untimed=self._untimed,
            beyond=self._beyond,
        )

    def _number(self, message: str) -> int:
        known = self._known.get(message)
        if known is not None:
            return known
        shape = shape_of(message)
        number = self._numbers.get(shape, -1)
        if number < 0 and len(self._numbers) < self._max_shapes:
            number = len(self._numbers)
            self._numbers[shape] = number
            self._counts.append(0)
            self._first.append(NO_TIME)
            self._last.append(NO_TIME)
            self._levels.append(0)
        if len(self._known) < 1 << 16:
            self._known[message] = number
        return number


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
