"""What the values of one token of a pattern usually are: which, how many of each, numbers in which range."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_VALUES = 60
"""Values that are told apart; a token with more has no fixed set."""
_BASE = 1.05
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)([A-Za-z%]{0,3})")
_ZERO = -100_000
_TOLD = 30.0
"""As often as this counts a value that was told as new: it is known for some six weeks."""
_FADING = 0.95
"""What is left of a count after a day: half after two weeks."""


@dataclass
class Seen:
    """A value of a token."""

    count: float
    first: int
    last: int
    """Interval in which it was seen last."""


@dataclass
class Values:
    """The values of one token."""

    since: int
    """Interval of the first line."""
    lines: float = 0.0
    seen: dict[str, Seen] = field(default_factory=dict)
    many: bool = False
    """Whether there were more than MAX_VALUES."""
    newest: int = 0
    """Interval in which a value was seen for the first time, the last one."""
    numbers: dict[int, float] = field(default_factory=dict)
    """How many values lie in each range of five percent, by logarithm."""
    rises: float = 0.0
    falls: float = 0.0
    """How often the median number of an interval was above or below that of the one before."""
    median: float | None = None
    tops: float = 0.0
    """Intervals behind `top_sum` and `top_squares`: the lines of each one's most frequent value."""
    top_sum: float = 0.0
    top_squares: float = 0.0
    top_most: int = 0
    excess: float = 0.0
    squares: float = 0.0
    """How much the shares of values vary: see `spread`."""

    def expect(self, values: Iterable[str], index: int) -> None:
        """Take values for part of the set, because they were told as new."""
        for value in sorted(values):
            if value and value not in self.seen and len(self.seen) < MAX_VALUES:
                self.seen[value] = Seen(_TOLD, index, index)

    def fold(self, counts: Mapping[str, int], index: int) -> None:
        """Learn the values of an interval."""
        self._learn_spread(counts)
        for value, n in sorted(counts.items()):
            if value == "":
                self.many = True
            else:
                self._learn(value, n, index)
            self.lines += n
        self._learn_numbers(counts)
        if self.many and (top := top_of(counts)):
            self.tops += 1
            self.top_sum += top[1]
            self.top_squares += top[1] ** 2
            self.top_most = max(self.top_most, top[1])

    def _learn_spread(self, counts: Mapping[str, int]) -> None:
        n = sum(counts.values())
        if self.many or self.lines < MAX_VALUES:
            return
        for value, seen in self.seen.items():
            expected = seen.count / self.lines * n
            self.excess += (counts.get(value, 0) - expected) ** 2 - expected
            self.squares += expected**2

    @property
    def spread(self) -> float:
        """How much counts of values vary beyond chance, as variance over squared mean; 0.3 before much is known."""
        return max((max(self.excess, 0.0) + 0.3) / (self.squares + 1.0), 0.02)

    def _learn(self, value: str, n: int, index: int) -> None:
        seen = self.seen.get(value)
        if seen:
            seen.count += n
            seen.last = max(seen.last, index)
        elif len(self.seen) < MAX_VALUES:
            self.seen[value] = Seen(n, index, index)
            self.newest = max(self.newest, index)
        else:
            self.many = True
            self.newest = max(self.newest, index)

    def _learn_numbers(self, counts: Mapping[str, int]) -> None:
        found = [(x, n) for value, n in counts.items() if (x := number_of(value)) is not None]
        if not found:
            return
        for x, n in found:
            place = _place(x)
            self.numbers[place] = self.numbers.get(place, 0) + n
        median = weighted_median(found)
        if self.median is not None and median != self.median:
            self.rises += median > self.median
            self.falls += median < self.median
        self.median = median

    def fade(self) -> None:
        """Let a day pass: what was learned long ago counts less, and what has faded is forgotten."""
        self.lines *= _FADING
        for seen in self.seen.values():
            seen.count *= _FADING
        self.seen = {value: seen for value, seen in self.seen.items() if seen.count >= 0.3}
        self.numbers = {place: n * _FADING for place, n in self.numbers.items() if n * _FADING >= 0.02}
        for name in ("rises", "falls", "tops", "top_sum", "top_squares", "excess", "squares"):
            setattr(self, name, getattr(self, name) * _FADING)

    def join(self, other: Values) -> None:
        """Take in what was learned of a token that turned out to be the same."""
        for value, seen in sorted(other.seen.items()):
            mine = self.seen.get(value)
            if mine:
                mine.count, mine.first = mine.count + seen.count, min(mine.first, seen.first)
                mine.last = max(mine.last, seen.last)
            elif len(self.seen) < MAX_VALUES:
                self.seen[value] = seen
            else:
                self.many = True
        for place, n in other.numbers.items():
            self.numbers[place] = self.numbers.get(place, 0) + n
        self.since, self.newest = min(self.since, other.since), max(self.newest, other.newest)
        self.many |= other.many
        for name in ("lines", "rises", "falls", "tops", "top_sum", "top_squares", "excess", "squares"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.top_most = max(self.top_most, other.top_most)

    @property
    def numeric(self) -> float:
        """Share of lines whose value is a number."""
        return sum(self.numbers.values()) / self.lines if self.lines else 0.0

    @property
    def counts_up(self) -> bool:
        """Whether it rises or falls all the time, as times, sequence numbers and uptimes do."""
        moves = self.rises + self.falls
        return moves >= 8 and abs(self.rises - self.falls) > 0.6 * moves

    @property
    def is_status(self) -> bool:
        """Whether the values are HTTP status codes: three digits, good ones among them, nothing else."""
        if self.many or self.lines < 50 or not self.seen:
            return False
        codes = all(
            len(value) == 3 and value.isascii() and value.isdigit() and "100" <= value <= "599" for value in self.seen
        )
        good = sum(s.count for value, s in self.seen.items() if value[0] in "23")
        return codes and any(v in self.seen for v in ("200", "201", "204")) and good >= 0.3 * self.lines

    def quantile(self, share: float) -> float:
        """Return the number below which that share of the numbers lies, to five percent."""
        wanted, below = share * sum(self.numbers.values()), 0.0
        for place, n in sorted(self.numbers.items()):
            below += n
            if below >= wanted:
                return _number_at(place)
        return 0.0

    @property
    def largest(self) -> float:
        """The largest number that was seen and not forgotten, to five percent."""
        return _number_at(max(self.numbers)) if self.numbers else 0.0

    def json(self) -> list[object]:
        """Return what `of` reads back."""
        seen = {value: [s.count, s.first, s.last] for value, s in self.seen.items()}
        numbers = [[place, n] for place, n in sorted(self.numbers.items())]
        tops = [self.tops, self.top_sum, self.top_squares, self.top_most, self.excess, self.squares]
        return [
            self.since,
            self.lines,
            seen,
            self.many,
            self.newest,
            numbers,
            self.rises,
            self.falls,
            self.median,
            *tops,
        ]

    @classmethod
    def of(cls, data: list[object]) -> Values:
        """Read what `json` returned."""
        since, lines, seen, many, newest, numbers, *rest = data
        known = {value: Seen(*parts) for value, parts in seen.items()}  # type: ignore[attr-defined]
        return cls(since, lines, known, many, newest, dict(numbers), *rest)  # type: ignore[arg-type,call-overload]


def number_of(value: str) -> float | None:
    """Return the number that a value is, its unit left out; null for none."""
    found = _NUMBER.fullmatch(value)
    return float(found[1]) if found else None


def weighted_median(numbers: list[tuple[float, int]]) -> float:
    """Return the number in the middle, each counted as often as it occurs."""
    half, below = sum(n for _, n in numbers) / 2, 0
    for x, n in sorted(numbers):
        below += n
        if below >= half:
            return x
    return numbers[-1][0]


def top_of(counts: Mapping[str, int]) -> tuple[str, int] | None:
    """Return the most frequent value, the first by text where there are several; null for none."""
    named = [(value, n) for value, n in counts.items() if value]
    return min(named, key=lambda pair: (-pair[1], pair[0])) if named else None


def _place(x: float) -> int:
    return math.floor(math.log(x, _BASE)) if x > 0 else _ZERO


def _number_at(place: int) -> float:
    return 0.0 if place == _ZERO else float(_BASE ** (place + 0.5))
