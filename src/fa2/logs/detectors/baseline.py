"""What a detector has learned: patterns, how often they occur, which values their tokens have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

import numpy as np

from fa2.logs.detectors.book import REST, Joined, PatternBook
from fa2.logs.detectors.history import History
from fa2.logs.detectors.intervals import OVERFLOW, Interval, ShapeCounts
from fa2.logs.detectors.masking import Place, places
from fa2.logs.detectors.signals import VOLUME
from fa2.logs.detectors.values import Values
from fa2.logs.patterns.pattern import VARIABLE

MAX_TOKENS = 12
"""Tokens of a pattern whose values are looked at."""


@dataclass
class PatternLines:
    """The lines of one pattern within an interval."""

    lines: int = 0
    tokens: list[dict[str, int]] = field(default_factory=list)
    """For each token, lines by value; tokens of shapes that the text does not match are left out."""
    shapes: list[ShapeCounts] = field(default_factory=list)


class Baseline:
    """All that is normal."""

    def __init__(self, frequency_min: int, zone: tzinfo) -> None:
        self.step_us = frequency_min * 60_000_000
        self._zone = zone
        self.book = PatternBook()
        self.history = History(frequency_min, self.weekday)
        self.history.add_row(-1)
        self.row_of: dict[str, int] = {VOLUME: 0}
        self.values: dict[str, list[Values]] = {}
        self.fresh: set[str] = set()
        """Ids of patterns whose part in the store is out of date."""
        self.gone: set[str] = set()
        self.days: set[tuple[str, int]] = set()
        """Ids and days whose counts in the store are out of date."""

    def weekday(self, index: int) -> int:
        """Return the weekday of an interval in the detector's zone, Monday 0."""
        return datetime.fromtimestamp(index * self.step_us / 1e6, UTC).astimezone(self._zone).weekday()

    def learn_shapes(self, interval: Interval) -> list[str]:
        """Give patterns to shapes that are new; return the ids of new patterns, sorted."""
        before = set(self.book.patterns)
        new = {
            shape: (counts.lines, counts.first_us)
            for shape, counts in interval.shapes.items()
            if shape != OVERFLOW and self.book.known(shape) is None
        }
        if new:
            self.fresh |= {id for shape in new if (id := self.book.known(shape))}
            self.joined(self.book.learn(new))
        for shape in new:
            self.fresh.add(self.pattern_of(shape))
        return sorted(set(self.book.patterns) - before)

    def consolidate(self) -> None:
        """Merge all shapes anew."""
        self.joined(self.book.consolidate())

    def joined(self, joined: list[Joined]) -> None:
        """Bring counts and values of patterns together that turned out to be one."""
        for join in joined:
            kept = self.row(join.kept)
            for id in join.gone:
                if id in self.row_of:
                    self.history.join(kept, self.row_of.pop(id))
                self.gone.add(id)
                self.fresh.discard(id)
            self._join_values(join)
            self.fresh.add(join.kept)
            self.days |= {(join.kept, day) for day in self.kept_days()}

    def kept_days(self) -> range:
        """Return the days, since 1970 in UTC, that the history covers."""
        per_day = self.history.per_day
        return range(max(self.history.start, 0) // per_day, max(self.history.last, 0) // per_day + 1)

    def _join_values(self, join: Joined) -> None:
        text = self.book.patterns[join.kept].text
        old = {id: self.values.pop(id, []) for id in (join.kept, *join.gone)}
        since = [tokens[0].since for tokens in old.values() if tokens]
        if not since:
            return
        new = [Values(min(since)) for _ in range(min(text.count(VARIABLE), MAX_TOKENS))]
        for id, tokens in sorted(old.items()):
            lines = float(sum(self.book.patterns[join.kept].shapes.values())) if not tokens else tokens[0].lines
            for token, place in zip(new, places(text, join.old_texts[id]) or ()):
                if 0 <= place.mask < len(tokens) and place.before == place.after == "":
                    token.join(tokens[place.mask])
                elif place.mask < 0 and VARIABLE not in place.before and tokens:
                    token.fold({place.before: round(lines)}, tokens[0].since)
        self.values[join.kept] = new

    def row(self, id: str) -> int:
        """Return the row of a pattern in the history, which is made where it is new."""
        if id not in self.row_of:
            first = self.book.patterns[id].first_us // self.step_us
            self.row_of[id] = self.history.add_row(first)
        return self.row_of[id]

    def pattern_of(self, shape: str) -> str:
        """Return the id of a known shape's pattern."""
        return self.book.known(shape) or REST

    def by_pattern(self, interval: Interval) -> dict[str, PatternLines]:
        """Return the lines of an interval by pattern; all shapes but the overflow must be known."""
        found: dict[str, PatternLines] = {}
        for shape, counts in interval.items():
            id = self.book.known(shape)
            if id is None:
                continue
            lines = found.setdefault(id, PatternLines())
            lines.lines += counts.lines
            lines.shapes.append(counts)
            where = self.book.places(shape)
            if where and len(where) <= 2 * MAX_TOKENS:
                _add_values(lines, where[:MAX_TOKENS], counts)
        return found

    def count(self, interval: Interval) -> None:
        """Count the lines of an interval that are not counted yet; all shapes but the overflow must be known."""
        day, index = interval.index // self.history.per_day, interval.index
        for shape, counts in interval.items():
            new, counts.counted = counts.lines - counts.counted, counts.lines
            if not new:
                continue
            id = self.book.known(shape)
            ids = [VOLUME, id] if id else [VOLUME]
            for each in ids if self.history.holds(index) else ():
                self.history.add(self.row(each), index, new)
                self.days.add((each, day))
            if id:
                self.book.patterns[id].shapes[shape] += new
                self.fresh.add(id)

    def fold(self, interval: Interval) -> None:
        """Learn the values of an interval that nothing will be added to, but for those that were unusual."""
        for id, lines in self.by_pattern(interval).items():
            if id == REST:
                continue
            tokens = self.values.setdefault(id, [])
            while len(tokens) < len(lines.tokens):
                tokens.append(Values(interval.index))
            for position, (token, counts) in enumerate(zip(tokens, lines.tokens), 1):
                if (id, -position) in interval.unusual:
                    token.expect(counts, interval.index)
                if (id, position) not in interval.unusual:
                    token.fold(counts, interval.index)
            self.fresh.add(id)

    def fade(self) -> None:
        """Let a day pass for the values."""
        for id, tokens in self.values.items():
            for token in tokens:
                token.fade()
            self.fresh.add(id)

    def mask(self, id: str, index: int) -> None:
        """Leave an interval of a pattern out of what is normal."""
        if self.history.holds(index) and id in self.row_of:
            self.history.masked[self.row_of[id], index % self.history.columns] = True
            self.days.add((id, index // self.history.per_day))

    def unmask(self, id: str, first: int, last: int) -> None:
        """Take intervals of a pattern for normal after all."""
        for index in range(first, last + 1):
            if self.history.holds(index) and id in self.row_of:
                self.history.masked[self.row_of[id], index % self.history.columns] = False
                self.days.add((id, index // self.history.per_day))

    def ids(self) -> list[str]:
        """Return the id of each row of the history; empty for rows that are gone."""
        ids = [""] * self.history.rows
        for id, row in self.row_of.items():
            ids[row] = id
        return ids


def _add_values(lines: PatternLines, where: tuple[Place, ...], counts: ShapeCounts) -> None:
    while len(lines.tokens) < len(where):
        lines.tokens.append({})
    for token, place in zip(lines.tokens, where):
        if place.mask < 0:
            token[place.before] = token.get(place.before, 0) + counts.lines
            continue
        for value, n in counts.values[place.mask].items() if place.mask < len(counts.values) else ():
            text = place.value(value) if value else ""
            token[text] = token.get(text, 0) + n


class Dispersion:
    """How much counts of each row vary beyond chance: (variance - mean) / mean², learned as they come.

    Method of moments, where each deviation counts at most as five times what is usual, and twenty imaginary
    intervals of 0.05 go before the first; halves its memory in about a week.
    """

    PRIOR, WEIGHT = 0.05, 20.0

    def __init__(self) -> None:
        self.excess = np.zeros(16)
        self.squares = np.zeros(16)
        self.seen = np.zeros(16)

    def fit(self, rows: int) -> None:
        """Have room for some rows."""
        if rows > len(self.excess):
            more = (0, max(rows, 2 * len(self.excess)) - len(self.excess))
            self.excess, self.squares = np.pad(self.excess, more), np.pad(self.squares, more)
            self.seen = np.pad(self.seen, more)

    def of(self, rows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the dispersion of each row."""
        self.fit(rows)
        raw = np.maximum(self.excess[:rows], 0) / np.maximum(self.squares[:rows], 1e-12)
        seen = self.seen[:rows]
        known = np.where(self.squares[:rows] > 0, raw, self.PRIOR)
        return np.maximum((seen * known + self.WEIGHT * self.PRIOR) / (seen + self.WEIGHT), 0.005)

    def learn(
        self,
        counts: np.ndarray[tuple[int], np.dtype[np.float64]],
        expected: np.ndarray[tuple[int], np.dtype[np.float64]],
        usable: np.ndarray[tuple[int], np.dtype[np.bool_]],
        evaluations_a_day: int,
    ) -> None:
        """Take in an interval in which nothing unusual happened to the rows that are usable."""
        rows = len(counts)
        spread = np.sqrt(expected + self.of(rows) * expected**2)
        off = np.minimum(np.abs(counts - expected), 5 * spread + 5)
        keep = 0.5 ** (1 / (7 * evaluations_a_day))
        for store, new in ((self.excess, off**2 - expected), (self.squares, expected**2), (self.seen, np.ones(rows))):
            store[:rows] = np.where(usable, store[:rows] * keep + new, store[:rows])
