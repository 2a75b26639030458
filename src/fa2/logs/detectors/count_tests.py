"""Patterns that occur more often or more rarely than they should: in one interval, or in several running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fa2.core.anomalies import AnomalyKind
from fa2.logs.detectors.baseline import Baseline, Dispersion
from fa2.logs.detectors.history import Opinion
from fa2.logs.detectors.signals import VOLUME, Signal
from fa2.logs.detectors.surprise import nats

SPANS = (1, 3, 6, 12)
"""How many intervals are looked at together, for what is too rare to be missed in one."""
_MORE, _FEWER = 2.0, 0.5
_EXCESS, _LACK = 5.0, 8.0
_DOUBTFUL = 20.0
"""Counts more surprising than this are not learned from, told or not."""
_BURST, _BURST_NATS = 1.5, 12.0
_PART = 0.3
"""Share of the average excess of several intervals that the last of them must have."""
_OFTEN = 5.0
"""Lines per interval from which on a row tells how all of them go."""
_MANY = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Unusual counts of an interval, and how many tests gave them."""

    signals: list[Signal]
    tests: int
    volume: Signal | None = None
    """Set where most patterns moved together; `signals` then leave out what moved that way."""


class CountTests:
    """Tests the counts of all patterns in an interval. Keeps the opinions on the last intervals at hand."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._dispersion = {span: Dispersion() for span in SPANS}
        self._opinions: dict[int, list[Opinion]] = {}

    def opinions(self, index: int) -> list[Opinion]:
        """Return what is expected of each row in an interval."""
        rows = self._baseline.history.rows
        known = self._opinions.get(index)
        if known is None or len(known[0].high) != rows:
            known = self._opinions[index] = self._baseline.history.opinions(index)
            for old in [i for i in self._opinions if i <= index - max(SPANS)]:
                del self._opinions[old]
        return known

    def forget(self) -> None:
        """Form opinions anew: what they rest on was changed."""
        self._opinions.clear()

    def learn(self, index: int, unusual: Sequence[int]) -> None:
        """Learn how counts vary from an interval, but for the rows in which something unusual goes on."""
        if not self.opinions(index)[0].alike:
            return
        for span in SPANS:
            if index - span + 1 < self._baseline.history.start:
                continue
            seen = self._span(index, span)
            usable = seen.known & (np.maximum(seen.up, seen.down) < _DOUBTFUL)
            usable[list(unusual)] = False
            middle = (seen.high + seen.low) / 2
            self._dispersion[span].learn(seen.observed, middle, usable, self._baseline.history.per_day)

    def spread_of(self, row: int) -> list[float]:
        """Return what was learned of how a row varies, for `restore_spread`."""
        found = []
        for dispersion in self._dispersion.values():
            dispersion.fit(row + 1)
            found += [float(dispersion.excess[row]), float(dispersion.squares[row]), float(dispersion.seen[row])]
        return found

    def restore_spread(self, row: int, spread: Sequence[float]) -> None:
        """Take back what `spread_of` returned."""
        for n, dispersion in enumerate(self._dispersion.values()):
            dispersion.fit(row + 1)
            dispersion.excess[row], dispersion.squares[row], dispersion.seen[row] = spread[3 * n : 3 * n + 3]

    def candidates(self, index: int, *, complete: bool, first: int) -> Candidates:
        """Return what is unusual up to an interval.

        complete: whether all of its lines are there; otherwise nothing can be missing yet.
        first: the first interval that may be looked at; those before were for training.
        """
        ids = self._baseline.ids()
        usual = [self._span(index, span) for span in SPANS if index - span + 1 >= first]
        found: dict[str, Signal] = {}
        bursts = None
        more, fewer = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
        for span in usual:
            for up in (True, False) if complete else (True,):
                moved = span.unusual(up=up) & usual[0].same_way(span, up=up)
                if up and moved.any():
                    bursts = self._bursts(index, usual[0].high) if bursts is None else bursts
                    moved &= span.observed > _BURST * bursts
                for row in np.flatnonzero(moved):
                    (more if up else fewer)[row] = True
                    signal = span.signal(int(row), ids[row], up=up)
                    if ids[row] and (ids[row] not in found or signal.nats > found[ids[row]].nats):
                        found[ids[row]] = signal
        volume = self._together(usual[0], more, fewer, found) if usual else None
        left = [s for id, s in found.items() if id != VOLUME]
        if volume is not None:
            up = volume.observed > volume.expected
            left = [s for s in left if (s.kind == "more") != up]
        return Candidates([self._with_severity(s) for s in left], 2 * len(SPANS) * max(len(ids) - 1, 1), volume)

    def _bursts(self, index: int, high: Floats) -> Floats:
        """Return the largest count that each row ever had, where that was a burst: such are usual for the row."""
        most = self._baseline.history.most_before(index).astype(np.float64)
        return np.where(nats(most, np.maximum(high, 0.02), np.full(len(high), 0.3)) > _BURST_NATS, most, 0.0)

    def _together(
        self, now: _Span, more: NDArray[np.bool_], fewer: NDArray[np.bool_], found: dict[str, Signal]
    ) -> Signal | None:
        """Return a signal for all lines where at least half of the frequent patterns went the same way."""
        often = now.known & (now.high >= _OFTEN)
        often[0] = False
        n = int(often.sum())
        for moved, up in ((more, True), (fewer, False)):
            if n >= _MANY and (moved & often).sum() >= 0.5 * n:
                own = found.get(VOLUME) or now.signal(0, VOLUME, up=up)
                return Signal("volume", VOLUME, own.observed, own.expected, max(own.nats, 30.0))
        return None

    def _with_severity(self, signal: Signal) -> Signal:
        severity = self._baseline.book.patterns[signal.pattern].severity
        return replace(signal, severity=severity)

    def _span(self, index: int, span: int) -> _Span:
        rows = self._baseline.history.rows
        dispersion = self._dispersion[span].of(rows)
        observed = np.zeros(rows)
        high, low, doubt, known = np.zeros(rows), np.zeros(rows), np.zeros(rows), np.ones(rows, bool)
        second: tuple[Floats, Floats, Floats] | None = (np.zeros(rows), np.zeros(rows), np.zeros(rows))
        for at in range(index - span + 1, index + 1):
            observed += self._baseline.history.at(at)
            opinions = self.opinions(at)
            best = opinions[0]
            high, low = high + best.high, low + best.low
            doubt, known = np.maximum(doubt, best.doubt), known & best.known
            if len(opinions) < 2 or second is None:
                second = None
                continue
            other = opinions[1]
            use = other.known
            second = (
                second[0] + np.where(use, other.high, best.high),
                second[1] + np.where(use, other.low, best.low),
                np.maximum(second[2], np.where(use, other.doubt, best.doubt)),
            )
        seen = _Span(span, observed, high, low, known, np.zeros(rows), np.zeros(rows))
        seen.up, seen.down = _both(observed, high, low, dispersion + doubt)
        if second is not None:
            up, down = _both(observed, second[0], second[1], dispersion + second[2])
            seen.up, seen.down = np.minimum(seen.up, up), np.minimum(seen.down, down)
            seen.high, seen.low = np.maximum(high, second[0]), np.minimum(low, second[1])
        return seen


def _both(observed: Floats, high: Floats, low: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Return the surprise at more than is usual, and at less; 0 where there is none."""
    up = np.where(observed > high, nats(observed, np.maximum(high, 0.02), dispersion), 0.0)
    down = np.where(observed < low, nats(observed, low, dispersion), 0.0)
    return up, down


@dataclass
class _Span:
    """All rows in some intervals running."""

    intervals: int
    observed: Floats
    high: Floats
    low: Floats
    known: NDArray[np.bool_]
    up: Floats
    down: Floats

    def unusual(self, *, up: bool) -> NDArray[np.bool_]:
        """Return the rows that moved far enough to matter, and further than chance alone would now and then."""
        if up:
            enough = (self.observed >= _MORE * self.high) & (self.observed - self.high >= _EXCESS)
            return self.known & enough & (self.up > 3)
        enough = (self.observed <= _FEWER * self.low) & (self.low - self.observed >= _LACK)
        return self.known & enough & (self.down > 3)

    def same_way(self, whole: _Span, *, up: bool) -> NDArray[np.bool_]:
        """Return the rows in which the last interval has its part in what is unusual about the whole, and it is not over."""
        if up:
            part = _PART * (whole.observed - whole.high) / whole.intervals
            return (self.observed > self.high) & (self.observed - self.high >= part)
        part = _PART * (whole.low - whole.observed) / whole.intervals
        return (self.observed < self.low) & (self.low - self.observed >= part)

    def signal(self, row: int, id: str, *, up: bool) -> Signal:
        """Return the signal of a row."""
        observed = float(self.observed[row])
        if up:
            return Signal("more", id, observed, float(self.high[row]), float(self.up[row]), intervals=self.intervals)
        kind: AnomalyKind = "fewer" if observed else "stopped"
        return Signal(kind, id, observed, float(self.low[row]), float(self.down[row]), intervals=self.intervals)
