"""Values of a pattern's tokens that are unusual: new ones, surges of one, numbers out of range, HTTP errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fa2.logs.detectors.baseline import PatternLines
from fa2.logs.detectors.signals import Signal
from fa2.logs.detectors.surprise import nats_of
from fa2.logs.detectors.values import Values, number_of, top_of

_SET = 30
"""A set of values is small up to here."""
_SET_LINES = 200
_SET_SEEN = 3
"""Each value of a fixed set has been seen this often; values that come once in a while make it open."""
_SET_HOURS = 12
_SURGE, _SURGE_LINES = 3.0, 10
_TOP_SURGE, _TOP_LINES = 3.0, 5
_RANGE_LINES = 100
_OUTSIDE = 3
_HIGH_SHARE, _HIGH_LINES = 0.3, 8
_SERVER_SHARE, _CLIENT_SHARE = 0.02, 0.1
_SPREAD = 0.3
"""Shares of errors vary by this, as variance over squared mean, beyond what chance gives."""


class TokenTests:
    """Tests the tokens of one pattern in an interval."""

    def __init__(self, pattern: str, severity: str, usual_lines: float, intervals_an_hour: int) -> None:
        """usual_lines: how many lines the pattern should have in the interval."""
        self._pattern = pattern
        self._severity = severity
        self._usual = usual_lines
        self._hour = intervals_an_hour

    def signals(self, index: int, lines: PatternLines, known: list[Values]) -> list[Signal]:
        """Return what is unusual about the tokens' values in one interval; surprises are not weighed yet."""
        found: list[Signal] = []
        for position, (counts, values) in enumerate(zip(lines.tokens, known), 1):
            if values.is_status:
                found += self._status(position, counts, values)
            else:
                found += self._new(position, counts, values, index)
                found += self._range(position, counts, values)
            found += self._surge(position, counts, values)
        return found

    def running(self, lines: PatternLines, known: list[Values], intervals: int) -> list[Signal]:
        """Return which values have surged, and which errors have become frequent, over some intervals."""
        found: list[Signal] = []
        for position, (counts, values) in enumerate(zip(lines.tokens, known), 1):
            test = self._status if values.is_status else self._surge
            found += test(position, counts, values) if not values.many else []
        return [replace(signal, intervals=intervals) for signal in found]

    def _new(self, position: int, counts: Mapping[str, int], values: Values, index: int) -> list[Signal]:
        if not has_fixed_set(values, index, self._hour):
            return []
        new = sorted((-n, value) for value, n in counts.items() if value and value not in values.seen)
        if not new:
            return []
        n, value = new[0]
        return [Signal("new_value", self._pattern, -n, 0.0, 0.0, self._severity, position, value)]

    def _surge(self, position: int, counts: Mapping[str, int], values: Values) -> list[Signal]:
        n = sum(counts.values())
        top = top_of(counts)
        if top is None or values.lines < _RANGE_LINES:
            return []
        if values.many:
            return self._top_surge(position, *top, n, values)
        found = []
        for value, count in sorted(counts.items()):
            seen = values.seen.get(value)
            if seen is None or values.is_status:
                continue
            expected = seen.count / values.lines * max(n, self._usual)
            if count >= _SURGE * expected and count - expected >= _SURGE_LINES:
                surprise = nats_of(count, max(expected, 0.02), values.spread + 1 / (seen.count + 0.5))
                signal = Signal(
                    "value_surge", self._pattern, count, expected, surprise, self._severity, position, value
                )
                found.append(signal)
        return found

    def _top_surge(self, position: int, value: str, count: int, n: int, values: Values) -> list[Signal]:
        if values.tops < 20 or (values.counts_up and values.top_most <= 1):
            return []
        mean = values.top_sum / values.tops
        expected = mean * max(1.0, (n - count) / max(self._usual, 1.0))
        spread = max(values.top_squares / values.tops - mean**2 - mean, 0.0) / mean**2
        if count < _TOP_SURGE * expected or count - expected < _TOP_LINES or count <= 1.5 * values.top_most:
            return []
        surprise = nats_of(count, expected, max(spread, 0.02) + 1 / (values.tops + 0.5))
        return [Signal("value_surge", self._pattern, count, expected, surprise, self._severity, position, value)]

    def _range(self, position: int, counts: Mapping[str, int], values: Values) -> list[Signal]:
        if values.numeric < 0.95 or values.lines < _RANGE_LINES or values.counts_up or len(values.numbers) < 5:
            return []
        if not values.many and len(values.seen) <= 10:
            return []
        high, middle = values.quantile(0.99), values.quantile(0.5)
        fence = 1.5 * max(values.largest, high + 3 * (high - middle))
        numbers = [(x, count) for value, count in counts.items() if (x := number_of(value)) is not None]
        outside = [(x, count) for x, count in numbers if x > fence]
        far = sum(count for _, count in outside)
        largest = max((x for x, _ in numbers), default=0.0)
        if far >= _OUTSIDE or (far and largest > 3 * fence and values.lines >= 5 * _RANGE_LINES):
            return [self._out(position, largest, fence / 1.5, 40.0)]
        above = sum(count for x, count in numbers if x > high)
        n = sum(count for _, count in numbers)
        if above >= _HIGH_LINES and above >= _HIGH_SHARE * n:
            return [self._out(position, largest, high, nats_of(above, 0.01 * n, 1.0))]
        return []

    def _out(self, position: int, largest: float, usual: float, surprise: float) -> Signal:
        value = f"{largest:g}"
        return Signal("number_range", self._pattern, largest, usual, surprise, self._severity, position, value)

    def _status(self, position: int, counts: Mapping[str, int], values: Values) -> list[Signal]:
        n = sum(counts.values())
        for kind, severity, least, share in (("5", "ERROR", 5, _SERVER_SHARE), ("4", "WARN", 20, _CLIENT_SHARE)):
            now = sum(count for value, count in counts.items() if value[:1] == kind)
            usual = sum(seen.count for value, seen in values.seen.items() if value[0] == kind)
            expected = usual / values.lines * n
            if now >= least and now >= _SURGE * expected and (now - expected) >= share * n:
                surprise = nats_of(now, max(expected, 0.02), _SPREAD + 1 / (usual + 0.5))
                value = f"{kind}xx"
                return [Signal("http_errors", self._pattern, now, expected, surprise, severity, position, value)]
        return []


def has_fixed_set(values: Values, index: int, intervals_an_hour: int) -> bool:
    """Tell whether a token had few values, each often, and none that was new of late."""
    if values.many or not values.seen or len(values.seen) > _SET or values.lines < _SET_LINES:
        return False
    if any(seen.count < _SET_SEEN for seen in values.seen.values()):
        return False
    if any((number_of(value) or 0) > 999 for value in values.seen):
        return False  # process ids and their like: few at a time, and new ones after each restart
    age = index - values.since
    return index - values.newest >= min(_SET_HOURS * intervals_an_hour, age / 2)
