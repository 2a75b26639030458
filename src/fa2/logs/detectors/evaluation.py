"""What is unusual in an interval: all tests together, and which of them may raise an alarm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from fa2.logs.detectors.baseline import Baseline, PatternLines
from fa2.logs.detectors.book import REST
from fa2.logs.detectors.count_tests import CountTests
from fa2.logs.detectors.intervals import Interval
from fa2.logs.detectors.signals import Signal
from fa2.logs.detectors.surprise import alarming
from fa2.logs.detectors.token_tests import TokenTests
from fa2.logs.detectors.tracking import Tracker

_CONTINUES = 4.0
"""Surprise in nats from which on what is going on goes on; to begin, it takes more."""
_RUNNING = 3
"""Intervals whose values are looked at together."""
_MANY_NEW = 1.0
"""New patterns a day, lately, beyond which one without severity must come three times to be told."""


class Judged(NamedTuple):
    """What an interval gave."""

    signals: list[Signal]
    lines: Mapping[str, PatternLines]


class Evaluation:
    """All tests of one detector."""

    def __init__(self, baseline: Baseline, counts: CountTests, tracker: Tracker, late: int) -> None:
        """late: for how many intervals after its end an interval may still get lines."""
        self._baseline = baseline
        self._counts = counts
        self._tracker = tracker
        self._late = late
        self._step = baseline.step_us
        self._lines: dict[int, Mapping[str, PatternLines]] = {}
        """Lines by pattern of the last intervals; made anew where shapes were learned."""
        self.training_end = -1
        """Last interval of training."""
        self.novel: list[int] = []
        """Intervals in which patterns were new, the last ones."""

    def signals(
        self, interval: Interval, open_intervals: Mapping[int, Interval], new: Collection[str], *, complete: bool
    ) -> Judged:
        """Return what is unusual in an interval, and its lines by pattern.

        open_intervals: by index, those before it that are at hand; new: ids of patterns seen for the first time.
        complete: whether all lines are there.
        """
        index = interval.index
        lines = self._baseline.by_pattern(interval)
        self._lines = {i: kept for i, kept in self._lines.items() if index - _RUNNING < i < index} if not new else {}
        self._lines[index] = lines
        for before in range(index - _RUNNING + 1, index):
            if before not in self._lines and before in open_intervals and before > self.training_end:
                self._lines[before] = self._baseline.by_pattern(open_intervals[before])
        return Judged(self._weighed(index, lines, new, complete=complete), lines)

    def _weighed(
        self, index: int, lines: Mapping[str, PatternLines], new: Collection[str], *, complete: bool
    ) -> list[Signal]:
        found = self._counts.candidates(index, complete=complete, first=self.training_end + 1)
        fresh = {key[1] for key in self._tracker.open if key[0] == "new_pattern"}
        weighed = [s for s in found.signals if s.pattern not in fresh]
        tests, certain = found.tests, self._new_patterns(index, lines, new)
        for id, values in lines.items():
            if id == REST or id in fresh or id in new or id not in self._baseline.values:
                continue
            tests += 3 * len(values.tokens)
            for signal in self._of_tokens(index, id, values):
                (certain if signal.kind == "new_value" else weighed).append(signal)
            weighed += self._of_running(index, id, values)
        if found.volume:
            certain.append(found.volume)
        threshold = alarming([s.nats for s in weighed], tests, self._baseline.history.per_day)
        certain += [s for s in weighed if s.nats >= threshold or self._goes_on(s)]
        return certain

    def _goes_on(self, signal: Signal) -> bool:
        known = self._tracker.open.get(signal.key)
        return known is not None and known.anomaly.active and signal.nats >= _CONTINUES

    def _new_patterns(self, index: int, lines: Mapping[str, PatternLines], new: Collection[str]) -> list[Signal]:
        signals = self._tracker.recurs(lines)
        known = {s.pattern for s in signals}
        fresh = sorted({*new, *self._waiting(index)} - known - {REST})
        week = 7 * self._baseline.history.per_day
        self.novel = [i for i in self.novel if i > index - week]
        self.novel += [index] * len(set(new) - known)
        span = min(index - self.training_end, week) / self._baseline.history.per_day
        many = len(self.novel) > 2 + _MANY_NEW * span
        for id in fresh:
            total = sum(self._baseline.book.patterns[id].shapes.values())
            signal = self._tracker.new_pattern(id, lines[id].lines if id in lines else total)
            if not many or signal.severity != "NONE" or total >= 3:
                signals.append(signal)
        return signals

    def _waiting(self, index: int) -> list[str]:
        """Return patterns first seen within LATE that were not told: for late lines, and for three of a kind."""
        first = (index - self._late) * self._step
        told = {key[1] for key in self._tracker.open if key[0] == "new_pattern"} | {
            key[1] for key in self._tracker.accepted if key[0] == "new_pattern"
        }
        return [
            id
            for id, p in self._baseline.book.patterns.items()
            if p.first_us >= max(first, (self.training_end + 1) * self._step) and id not in told
        ]

    def _of_running(self, index: int, id: str, now: PatternLines) -> list[Signal]:
        """Return what is unusual about the values of some intervals running, and still in the last one."""
        known = self._baseline.values[id]
        if not any(values.is_status or not values.many for values in known):
            return []
        before = [self._lines.get(i, {}).get(id) for i in range(index - _RUNNING + 1, index)]
        summed = PatternLines(tokens=[dict(counts) for counts in now.tokens])
        for lines in before:
            for mine, others in zip(summed.tokens, lines.tokens if lines else ()):
                for value, n in others.items():
                    mine[value] = mine.get(value, 0) + n
        usual = sum(
            float(self._counts.opinions(i)[0].high[self._baseline.row_of[id]]) for i in range(index - 2, index + 1)
        )
        tests = TokenTests(id, self._baseline.book.patterns[id].severity, usual, 1)
        return [s for s in tests.running(summed, known, _RUNNING) if _still(s, now)]

    def _of_tokens(self, index: int, id: str, lines: PatternLines) -> list[Signal]:
        opinion = self._counts.opinions(index)[0]
        usual = float(opinion.high[self._baseline.row_of[id]])
        severity = self._baseline.book.patterns[id].severity
        tests = TokenTests(id, severity, usual, max(3_600_000_000 // self._step, 1))
        return tests.signals(index, lines, self._baseline.values[id])


def _still(signal: Signal, lines: PatternLines) -> bool:
    """Tell whether the value of a signal occurs in some lines."""
    counts = lines.tokens[signal.token - 1]
    if signal.kind == "http_errors":
        return any(value[:1] == signal.value[0] for value in counts)
    return signal.value in counts
