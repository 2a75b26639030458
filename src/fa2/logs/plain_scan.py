"""Scans lines in plain Python: for little input, where compiling or even loading the kernels would cost more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fa2.logs.scans import NO_TIME, SAMPLE_BYTES, SAMPLES, Ints, Sample, Tally
from fa2.logs.shapes import shape_of


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
        self._samples: list[Sample] = []
        self._lines = self._matched = self._untimed = self._beyond = 0

    def add(
        self, place: int, lines: Sequence[str], messages: Sequence[str], times: Sequence[int], levels: Sequence[int]
    ) -> list[int]:
        """Count lines and return the number of each one's shape, -1 where there was no room for it.

        place: of the first line; the next ones follow.
        messages: the lines without their headers.
        times: microseconds since 1970, NO_TIME for none; empty when no line has one. levels: codes, or empty.
        """
        self._lines += len(lines)
        self._matched += len(lines)
        numbers = [self._number(message) for message in messages]
        self._untimed += len(lines) - len(times)
        for i, number in enumerate(numbers):
            if number < 0:
                self._beyond += 1
                continue
            self._counts[number] += 1
            if self._counts[number] <= SAMPLES:
                self._samples.append(Sample(number, place + i, cut_sample(lines[i])))
        for number, time in zip(numbers, times):
            self._time(number, time)
        for number, level in zip(numbers, levels):
            if number >= 0 and level:
                self._levels[number] |= 1 << level
        return numbers

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
            samples=self._samples,
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

    def _time(self, number: int, time: int) -> None:
        if time == NO_TIME:
            self._untimed += 1
        elif number >= 0:
            self._runs[number, time // 1_000_000] += 1
            self._last[number] = max(self._last[number], time)
            first = self._first[number]
            self._first[number] = time if first == NO_TIME else min(first, time)


def cut_sample(line: str) -> str:
    """Return as much of a line as is kept as a sample: the whole characters in its first SAMPLE_BYTES bytes."""
    if len(line) * 4 <= SAMPLE_BYTES:
        return line
    return line.encode("utf-8", "replace")[:SAMPLE_BYTES].decode("utf-8", "ignore")


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
