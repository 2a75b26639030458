"""One detector at work: lines go in, intervals are evaluated, anomalies and changed parts of memory come out.

An interval is evaluated when time has passed its end by GRACE; where the data end within it, it may be evaluated
before, and then nothing can be missing yet. Lines that come later are counted, and an interval that is not older
than LATE is evaluated again: anomalies have ids by cause and interval, so none is told twice. What values tokens
usually have is learned from intervals older than LATE only, so an interval never explains itself.

The engine reads no clock and keeps no file: `checkpoint` gives what has to be kept, `restore` takes it back.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from fa2.core.anomalies import AcceptedAnomaly, Anomaly
from fa2.core.anomaly_json import anomaly_json, anomaly_of
from fa2.core.detectors import LONGEST_BASELINE_DAYS, DetectorRecord, DetectorStatus, LogEvent
from fa2.logs.detectors.advice import advice_for
from fa2.logs.detectors.baseline import Baseline
from fa2.logs.detectors.baseline_parts import day_bytes, pattern_bytes, restore_day, restore_pattern
from fa2.logs.detectors.count_tests import CountTests
from fa2.logs.detectors.evaluation import Evaluation
from fa2.logs.detectors.intervals import Interval
from fa2.logs.detectors.signals import VOLUME
from fa2.logs.detectors.tracking import Open, Tracker

GRACE_US = 5_000_000
LATE_US = 3_600_000_000
"""How long after its end an interval is evaluated again when lines come; at least two intervals."""
FEWEST_LEARNED = 24
_DAY_US = 86_400_000_000
_GAP_US = LONGEST_BASELINE_DAYS * _DAY_US
"""After a silence of this length nothing that was learned holds any more."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Engine:
    """The detector of one record."""

    def __init__(self, record: DetectorRecord, learn_until: datetime | None = None) -> None:
        """learn_until: end of training; null when that is known from before, or not yet."""
        definition = record.definition
        self._record = record
        self._status = record.status
        self.lines, self.late = record.status.lines, record.status.late
        self.filtered, self.future = record.status.filtered, record.status.future
        """Lines that the filter stopped, and lines of days to come, as whoever reads counts them."""
        self._zone = ZoneInfo(definition.zone)
        self._step = definition.frequency_min * 60_000_000
        self.baseline = Baseline(definition.frequency_min, self._zone)
        self._counts = CountTests(self.baseline)
        self.tracker = Tracker(record.id, self.baseline, definition.visibility_days)
        self._late = max(2, LATE_US // self._step)
        self._evaluation = Evaluation(self.baseline, self._counts, self.tracker, self._late)
        self._open: dict[int, Interval] = {}
        self._changed: set[int] = set()
        """Intervals with lines that were not evaluated."""
        self._dirty: set[int] = set()
        """Intervals whose part in the store is out of date."""
        self._done = -1
        """Last interval that was evaluated, -1 for none."""
        self._training_end = -(_micros(learn_until) // -self._step) - 1 if learn_until else -1
        self._learned = 0
        """How many intervals training takes."""
        self._next_merge = 8
        self._forgotten: set[int] = set()
        self._oldest = 0
        """First day whose counts the store has."""
        self._accepted = 0
        """Number of the last decision of a user that was heard of."""

    @property
    def status(self) -> DetectorStatus:
        """How far it is."""
        counted = {"lines": self.lines, "late": self.late, "filtered": self.filtered, "future": self.future}
        return replace(self._status, **counted)  # type: ignore[arg-type]  # all are counts

    # -- lines ---------------------------------------------------------------------------------------------------

    def add(self, event: LogEvent) -> None:
        """Take in a line that passed the filter."""
        index = event.us // self._step
        interval = self._open.get(index)
        if interval is None:
            interval = self._open[index] = Interval(index)
        interval.add(event)
        self._changed.add(index)
        self._dirty.add(index)
        self.lines += 1
        self.late += index <= self._done

    def advance(self, us: int) -> None:
        """Evaluate every interval that has ended when the time is `us`."""
        last = (us - GRACE_US) // self._step - 1
        self._start()
        if self._done < 0:
            return
        self._skip_silence(last)
        late = sorted(i for i in self._changed if i <= self._done)
        for index in late:
            self._again(index)
        for index in range(self._done + 1, last + 1):
            self._settle(index)
        self._told()

    def finish(self, us: int) -> None:
        """Evaluate up to the time `us` where the data end, the interval they end in included."""
        self.advance(us + GRACE_US)
        index = us // self._step
        if self._done >= 0 and index in self._changed and index > max(self._done, self._training_end):
            self._evaluate(index, complete=False)
            self._changed.add(index)
            self._told()

    @property
    def training(self) -> bool:
        """Whether it still learns, and raises no alarms."""
        return self._training_end < 0 or self._done < self._training_end

    def _start(self) -> None:
        if self._done < 0 and self._open:
            first = min(self._open)
            self._done = first - 1
            self.baseline.history.advance(first)
            if self._training_end < 0:
                days = self._record.definition.baseline_days or LONGEST_BASELINE_DAYS
                self._training_end = first + round(days * _DAY_US / self._step) - 1
            self._learned = max(self._training_end - first, 0)
            self._status = replace(self._status, first_line=_moment(first * self._step))
            self._train_until(self._training_end)

    def _train_until(self, index: int) -> None:
        self._training_end = index
        until = _moment((index + 1) * self._step)
        self._status = replace(self._status, learns_until=until, state="TRAINING")

    def _skip_silence(self, last: int) -> None:
        """Learn anew after a silence in which all that was learned expires; of the silence, one day is looked at."""
        for index in sorted({*(i for i in self._changed if self._done < i < last), last}):
            if index - self._done <= _GAP_US // self._step:
                continue
            for silent in range(self._done + 1, self._done + self.baseline.history.per_day):
                self._settle(silent)
            self._done = index - 1
            self.baseline.history.advance(index)
            self.baseline.history.start = index
            self._train_until(index + self._learned)

    def _settle(self, index: int) -> None:
        self._evaluate(index, complete=True)
        self._done = index
        self._close(index)

    def _again(self, index: int) -> None:
        interval = self._open[index]
        self.baseline.learn_shapes(interval)
        self.baseline.count(interval)
        self._changed.discard(index)
        self._dirty.add(index)
        if index <= self._done - self._late:
            self.baseline.fold(interval)
            self._drop(index)
        elif index > self._training_end:
            self._evaluate(index, complete=True, again=True)

    def _close(self, index: int) -> None:
        """Learn what has become too old to be changed; let a day pass where one did."""
        for old in sorted(i for i in self._open if i <= index - self._late):
            if old not in self._changed:
                self.baseline.fold(self._open[old])
                self._drop(old)
        if index % self.baseline.history.per_day == 0:
            self.baseline.fade()
        for expired in self.tracker.expire(index):
            first, final = (_micros(t) // self._step for t in (expired.first_seen, expired.last_seen))
            self.baseline.unmask(expired.pattern_id, first, final)
            self._counts.forget()

    def _drop(self, index: int) -> None:
        del self._open[index]
        self._changed.discard(index)
        self._dirty.discard(index)
        self._forgotten.add(index)

    # -- evaluation ----------------------------------------------------------------------------------------------

    def _evaluate(self, index: int, *, complete: bool, again: bool = False) -> None:
        interval = self._open.get(index) or Interval(index)
        self.baseline.history.advance(index)
        if not interval.shapes and index != self._training_end and self._nothing_to_say(index):
            return
        rows = self.baseline.history.rows
        new = self.baseline.learn_shapes(interval)
        self.baseline.count(interval)
        if self.baseline.history.rows != rows:
            self._counts.forget()
        self._changed.discard(index)
        if index in self._open:
            self._dirty.add(index)
        if index <= self._training_end:
            self._train(index)
            return
        self._evaluation.training_end = self._training_end
        signals, lines = self._evaluation.signals(interval, self._open, new, complete=complete)
        self.tracker.update(index, signals, lines, unjudged=self._unjudged(index))
        told = {s.pattern for s in signals if s.kind in ("more", "fewer", "stopped", "volume")}
        interval.unusual |= {(s.pattern, -s.token if s.kind == "new_value" else s.token) for s in signals if s.token}
        for signal in signals:
            for each in range(index - signal.intervals + 1, index + 1) if signal.pattern in told else ():
                self.baseline.mask(signal.pattern, each)
        if complete and not again:
            self._learn_dispersion(index, told | self.tracker.going_on())

    def _nothing_to_say(self, index: int) -> bool:
        """Tell whether an interval without lines needs no look: nothing goes on, and nothing could be missing."""
        going_on = any(one.anomaly.active for one in self.tracker.open.values())
        return not going_on and not self.baseline.history.could_miss(index)

    def _unjudged(self, index: int) -> set[str]:
        """Return the patterns of whose counts the history says nothing."""
        known = self._counts.opinions(index)[0].known
        return {id for id, row in self.baseline.row_of.items() if not known[row]}

    def _train(self, index: int) -> None:
        passed = index - self.baseline.history.start
        if passed >= self._next_merge or index == self._training_end:
            self._next_merge = max(2 * self._next_merge, 2 * passed)
            self.baseline.consolidate()
            self._counts.forget()
        self._learn_dispersion(index, set())
        if index == self._training_end:
            until = _moment((index + 1) * self._step)
            self._status = replace(self._status, state="ANALYZING", trained_until=until)

    def _learn_dispersion(self, index: int, unusual: set[str]) -> None:
        rows = [self.baseline.row_of[id] for id in unusual if id in self.baseline.row_of]
        self._counts.learn(index, rows)

    # -- memory --------------------------------------------------------------------------------------------------

    def accept(self, accepted: Sequence[tuple[int, AcceptedAnomaly, str]], anomalies: Mapping[str, Anomaly]) -> None:
        """Take what users accepted for normal: numbered, with the id of the anomaly that it was."""
        self.tracker.accept(one for _, one, _ in accepted)
        for number, _, id in accepted:
            if number > self._accepted and id in anomalies:
                one = anomalies[id]
                first, final = _micros(one.first_seen) // self._step, _micros(one.last_seen) // self._step
                self.baseline.unmask(one.pattern_id, first, final)
                self._counts.forget()
            self._accepted = max(self._accepted, number)

    def _told(self) -> None:
        done = _moment((self._done + 1) * self._step) if self._done >= 0 else None
        patterns = len(self.baseline.book.patterns)
        advice = advice_for(self.baseline)
        self._status = replace(self._status, evaluated_until=done, patterns=patterns, advice=advice)

    def parts(self) -> dict[tuple[str, str], bytes | None]:
        """Return the parts of memory that changed since the last time, null for those to be forgotten."""
        base, found = self.baseline, dict[tuple[str, str], bytes | None]()
        for index in sorted(self._forgotten):
            found["interval", str(index)] = None
        for index in sorted(self._dirty):
            found["interval", str(index)] = zlib.compress(self._open[index].packed(), 1)
        for id in sorted(base.gone):
            found["pattern", id] = None
            for day in base.kept_days():
                found["days", f"{id}/{day}"] = None
        for id in sorted(base.fresh & base.book.patterns.keys()):
            found["pattern", id] = pattern_bytes(base, id)
        for id, day in sorted(base.days):
            if id in base.row_of:
                found["days", f"{id}/{day}"] = day_bytes(base, id, day)
        oldest = base.kept_days().start
        for day in range(max(self._oldest, oldest - 1000), oldest):
            found |= {("days", f"{id}/{day}"): None for id in base.row_of}
        self._oldest = oldest
        found["engine", ""] = self._engine_bytes()
        for changed in (self._forgotten, self._dirty, base.gone, base.fresh, base.days):
            changed.clear()
        return found

    def _engine_bytes(self) -> bytes:
        rows = self.baseline.row_of
        spread = {id: self._counts.spread_of(row) for id, row in rows.items()}
        since = {id: int(self.baseline.history.since[row]) for id, row in rows.items()}
        opened = [
            [list(key), one.first, one.last, sorted(one.recent), one.settled, anomaly_json(one.anomaly)]
            for key, one in self.tracker.open.items()
        ]
        told = {
            "done": self._done,
            "training_end": self._training_end,
            "next_merge": self._next_merge,
            "learned": self._learned,
            "oldest": self._oldest,
            "accepted": self._accepted,
            "start": self.baseline.history.start,
            "last": self.baseline.history.last,
            "changed": sorted(self._changed),
            "novel": self._evaluation.novel,
            "outlived": [asdict(one) for one in self.tracker.outlived],
            "spread": spread,
            "since": since,
            "open": opened,
        }
        return zlib.compress(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY), 1)

    def restore(self, parts: Mapping[tuple[str, str], bytes]) -> None:
        """Take back what `parts` gave over time."""
        if ("engine", "") not in parts:
            return
        told = orjson.loads(zlib.decompress(parts["engine", ""]))
        base, history = self.baseline, self.baseline.history
        self._done, self._training_end = told["done"], told["training_end"]
        self._learned, self._oldest = told["learned"], told["oldest"]
        self._next_merge, self._evaluation.novel = told["next_merge"], told["novel"]
        self._accepted = told["accepted"]
        self.tracker.outlived = [AcceptedAnomaly(**one) for one in told["outlived"]]
        self.tracker.accept(self.tracker.outlived)
        history.start, history.last = told["start"], told["last"]
        for (kind, key), body in sorted(parts.items()):
            if kind == "pattern":
                restore_pattern(base, key, body)
            elif kind == "interval":
                interval = Interval.of(zlib.decompress(body))
                self._open[interval.index] = interval
        self._changed = set(told["changed"]) & self._open.keys()
        for id, since in told["since"].items():
            row = 0 if id == VOLUME else base.row(id)
            history.since[row] = since
            self._counts.restore_spread(row, told["spread"][id])
        for (kind, key), body in parts.items():
            if kind == "days":
                restore_day(base, key, body)
        for key, first, last, recent, settled, anomaly in told["open"]:
            one = Open(anomaly_of(anomaly), first, last, set(recent), settled)
            self.tracker.open[key[0], key[1], key[2], key[3]] = one


def learn_until(first: datetime, last: datetime, baseline_days: float | None, frequency_min: int) -> datetime:
    """Return when training ends, for lines from first to last.

    What is asked for; otherwise two weeks, or two thirds of what is there where that is less, but never less than
    FEWEST_LEARNED intervals.
    """
    if baseline_days is not None:
        return first + timedelta(days=baseline_days)
    least = timedelta(minutes=FEWEST_LEARNED * frequency_min)
    return first + min(timedelta(days=LONGEST_BASELINE_DAYS), max(least, (last - first) * 2 / 3))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)
