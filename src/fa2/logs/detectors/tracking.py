"""One anomaly for what goes on: signals of following intervals extend it, and it ends when they stop.

An anomaly is kept apart from what users decide on it (suppression, baselining), which the store holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fa2.core.anomalies import AcceptedAnomaly, Anomaly, AnomalyToken, Sample
from fa2.core.messages import Statement
from fa2.logs.detectors.baseline import Baseline, PatternLines
from fa2.logs.detectors.book import REST
from fa2.logs.detectors.intervals import ShapeCounts
from fa2.logs.detectors.signals import VOLUME, Signal, more_severe
from fa2.logs.patterns.pattern import VARIABLE, template_regex

QUIET = 3
"""Intervals without a signal after which an anomaly is over."""
COUNTED = frozenset({"more", "fewer", "stopped"})
_HARDLY = 0.5
"""Lines expected, below which a ratio to them says nothing."""
_TAKEN_BACK = 64
"""Intervals for which signals may be taken back."""
_SAMPLES = 5
_TOP = 10
_BEFORE = 24
"""Intervals before the first that its histogram shows."""
_MOST_BARS = 600
_MORE_SEVERE = 1.5
"""An accepted anomaly fires again when it is this many times as far from what is expected."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[str, str, int, str]


@dataclass
class Open:
    """An anomaly that may go on, with the interval of its last signal."""

    anomaly: Anomaly
    first: int
    last: int
    recent: set[int] = field(default_factory=set)
    """Intervals with a signal, the last ones: late lines may take signals back."""
    settled: bool = False
    """Whether some interval with a signal is too old for that."""


class Tracker:
    """The anomalies of one detector that go on, or ended so lately that they may go on again."""

    def __init__(self, detector: str, baseline: Baseline, visibility_days: int) -> None:
        self._detector = detector
        self._baseline = baseline
        self._visible = timedelta(days=visibility_days)
        self.open: dict[Key, Open] = {}
        self.changed: dict[str, Anomaly] = {}
        """By id: what the store does not have yet."""
        self.withdrawn: set[str] = set()
        """Ids of anomalies that late lines explained."""
        self.outlived: list[AcceptedAnomaly] = []
        """What went on for so long that it is normal."""
        self.accepted: dict[Key, AcceptedAnomaly] = {}

    def accept(self, accepted: Iterable[AcceptedAnomaly]) -> None:
        """Take anomalies for normal from now on."""
        for one in accepted:
            signal = Signal(one.kind, one.pattern_id, 0, 0, 0, token=one.token, value=one.value)
            self.accepted[signal.key] = one
            self.open.pop(signal.key, None)

    def going_on(self) -> set[str]:
        """Return the patterns whose counts are unusual."""
        return {
            one.anomaly.pattern_id for one in self.open.values() if one.anomaly.kind in COUNTED and one.anomaly.active
        }

    def update(
        self, index: int, signals: Sequence[Signal], lines: Mapping[str, PatternLines], *, unjudged: Container[str] = ()
    ) -> None:
        """Take in the signals of an interval; the same interval may come again with more lines.

        unjudged: patterns of whose counts nothing can be said, so that what goes on goes on.
        """
        keys = set()
        for signal in signals:
            if self._is_accepted(signal):
                continue
            keys.add(signal.key)
            known = self.open.get(signal.key)
            if known is None or (index - known.last > max(QUIET, signal.intervals) and signal.kind != "new_pattern"):
                known = Open(self._new(signal, index, lines), index, index)
            self._extend(known, signal, index, lines)
            self.open[signal.key] = known
        for key, one in list(self.open.items()):
            unsure = one.anomaly.kind in COUNTED and key[1] in unjudged
            if key not in keys and (one.recent or one.settled) and not unsure:
                self._without(key, one, index)

    def _without(self, key: Key, one: Open, index: int) -> None:
        """Note that an anomaly has no signal in an interval."""
        one.recent.discard(index)
        if not one.recent and not one.settled:
            self.withdrawn.add(one.anomaly.id)
            self.changed.pop(one.anomaly.id, None)
            del self.open[key]
            return
        if one.recent:
            one.last = max(one.recent)
        if index - one.last >= QUIET and one.anomaly.active:
            self._keep(one, replace(one.anomaly, active=False))
        if not one.anomaly.active and self._time(index) - one.anomaly.first_seen > self._visible:
            self.open.pop(key, None)

    def expire(self, index: int) -> list[Anomaly]:
        """Take what has gone on for as long as anomalies are visible for normal, and return it."""
        now = self._time(index)
        done = [one for one in self.open.values() if now - one.anomaly.first_seen > self._visible]
        for one in done:
            self.open = {key: other for key, other in self.open.items() if other is not one}
            if one.anomaly.active:
                self._keep(one, replace(one.anomaly, active=False, state="baseline"))
                self.outlived.append(accepted_of(one.anomaly))
                self.accept([self.outlived[-1]])
        return [one.anomaly for one in done]

    def recurs(self, lines: Mapping[str, PatternLines]) -> list[Signal]:
        """Return the signals of new patterns that were told and come again."""
        again = []
        for kind, pattern, _, _ in self.open:
            if kind == "new_pattern" and pattern in lines:
                again.append(self.new_pattern(pattern, lines[pattern].lines))
        return again

    def new_pattern(self, id: str, lines: int) -> Signal:
        """Return the signal for lines of a pattern that is new."""
        return Signal("new_pattern", id, lines, 0.0, 0.0, self._baseline.book.patterns[id].severity)

    def rename(self, gone: str, kept: str) -> None:
        """Bring over the anomalies of a pattern that became part of another."""
        for key, one in list(self.open.items()):
            if key[1] == gone:
                del self.open[key]
                self.open.setdefault((key[0], kept, key[2], key[3]), one)

    def _is_accepted(self, signal: Signal) -> bool:
        known = self.accepted.get(signal.key)
        if known is None:
            return False
        usual = Signal(known.kind, known.pattern_id, known.observed or 0.0, known.expected or 0.0, 0.0)
        graver = more_severe(signal.priority, known.priority) or signal.ratio > _MORE_SEVERE * usual.ratio
        return not graver

    def _new(self, signal: Signal, index: int, lines: Mapping[str, PatternLines]) -> Anomaly:
        name = "|".join((signal.key[0], signal.pattern, str(signal.token), signal.key[3], str(index)))
        text = self._text(signal.pattern)
        shown = min((s.first_us for s in _shapes(signal, lines)), default=index * self._baseline.step_us)
        start = _EPOCH + timedelta(microseconds=shown)
        return Anomaly(
            id=str(uuid.uuid5(uuid.UUID(self._detector), name)),
            detector=self._detector,
            kind=signal.kind,
            pattern_id=signal.pattern,
            pattern=text,
            regex=template_regex(text),
            severity=signal.severity,
            priority=signal.priority,
            first_seen=start,
            last_seen=start,
            active=True,
            description=Statement("detectors.kind.new_pattern"),
            token=signal.token,
            value=signal.value,
            interval_s=self._baseline.step_us // 1_000_000,
            histogram=self._bars(signal.pattern, index - _BEFORE, index),
        )

    def _text(self, pattern: str) -> str:
        return VARIABLE if pattern in (VOLUME, REST) else self._baseline.book.patterns[pattern].text

    def _bars(self, pattern: str, first: int, last: int) -> dict[int, int]:
        row = self._baseline.row_of.get(pattern)
        seconds = self._baseline.step_us // 1_000_000
        found = self._baseline.history.of_row(row, first, last) if row is not None else []
        return {index * seconds: n for index, n in found}

    def _extend(self, one: Open, signal: Signal, index: int, lines: Mapping[str, PatternLines]) -> None:
        shapes = _shapes(signal, lines)
        end = max((s.last_us for s in shapes), default=(index + 1) * self._baseline.step_us)
        begin = min((s.first_us for s in shapes), default=one.anomaly.first_seen.timestamp() * 1e6)
        old = one.anomaly
        worse = signal.nats >= old.deviation or signal.observed >= (old.observed or 0)
        samples = _samples(old.samples, shapes)
        bars = {**old.histogram, **self._bars(signal.pattern, max(one.last, index - _MOST_BARS), index)}
        one.first, one.last = min(one.first, index), max(one.last, index)
        one.recent.add(index)
        old_ones = {i for i in one.recent if i < index - _TAKEN_BACK}
        one.settled |= bool(old_ones)
        one.recent -= old_ones
        new = replace(
            old,
            kind=signal.kind if worse else old.kind,
            priority=signal.priority if more_severe(signal.priority, old.priority) else old.priority,
            first_seen=min(old.first_seen, _EPOCH + timedelta(microseconds=begin)),
            last_seen=max(old.last_seen, _EPOCH + timedelta(microseconds=end)),
            active=True,
            histogram=dict(sorted(bars.items())[-_MOST_BARS:]),
            samples=samples[0],
            source=samples[1] or old.source,
            tokens=_tokens(lines.get(signal.pattern)) if worse or not old.tokens else old.tokens,
            pattern=self._text(signal.pattern),
        )
        if worse:
            new = replace(
                new,
                observed=signal.observed,
                expected=signal.expected,
                deviation=max(signal.nats, old.deviation),
                value=signal.value,
                description=self._said(signal),
            )
        self._keep(one, new)

    def _said(self, signal: Signal) -> Statement:
        rare = signal.kind in ("more", "value_surge") and signal.expected < _HARDLY
        return Statement(
            f"detectors.kind.{signal.kind}{'_from_rest' if rare else ''}",
            {
                "observed": signal.observed,
                "expected": round(signal.expected, 3),
                "ratio": signal.ratio,
                "value": signal.value,
                "token": signal.token,
                "minutes": signal.intervals * (self._baseline.step_us // 60_000_000),
            },
        )

    def _keep(self, one: Open, anomaly: Anomaly) -> None:
        if anomaly != one.anomaly or anomaly.id not in self.changed:
            one.anomaly = anomaly
            self.changed[anomaly.id] = anomaly
            self.withdrawn.discard(anomaly.id)

    def _time(self, index: int) -> datetime:
        return _EPOCH + timedelta(microseconds=(index + 1) * self._baseline.step_us)


def accepted_of(anomaly: Anomaly) -> AcceptedAnomaly:
    """Return what it means to take an anomaly for normal."""
    kind, pattern = anomaly.kind, anomaly.pattern_id
    usual = (anomaly.priority, anomaly.observed, anomaly.expected)
    return AcceptedAnomaly(pattern, kind, anomaly.token, anomaly.value, *usual)


def _shapes(signal: Signal, lines: Mapping[str, PatternLines]) -> list[ShapeCounts]:
    """Return the lines behind a signal; none for what is missing, and all for the volume."""
    if signal.pattern == VOLUME:
        return [shape for each in lines.values() for shape in each.shapes]
    return lines[signal.pattern].shapes if signal.pattern in lines else []


def _samples(old: Sequence[Sample], shapes: Iterable[ShapeCounts]) -> tuple[tuple[Sample, ...], str]:
    """Return the first lines by time, and where the first of them was read."""
    new = sorted(sample for shape in shapes for sample in shape.samples)
    found = {(_EPOCH + timedelta(microseconds=us), line) for us, line, _ in new}
    kept = sorted(found | {(s.time or _EPOCH, s.line) for s in old})[:_SAMPLES]
    return tuple(Sample(*one) for one in kept), new[0][2] if new else ""


def _tokens(lines: PatternLines | None) -> tuple[AnomalyToken, ...]:
    found = []
    for position, counts in enumerate(lines.tokens if lines else (), 1):
        ranked = sorted(((v, n) for v, n in counts.items() if v), key=lambda pair: (-pair[1], pair[0]))
        found.append(AnomalyToken(position, f"Token-{position}", tuple(ranked[:_TOP])))
    return tuple(found)
