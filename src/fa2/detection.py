"""Runs a detector: lines of its files, by time, through the filter into the engine; what comes out is kept.

What was read and what it led to are kept in one transaction, so that a run that is killed is as if it had stopped
at its last one. The clock is passed in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from fa2.core.anomalies import Anomaly
from fa2.core.detectors import (
    Checkpoint,
    DetectorKeeper,
    DetectorRecord,
    FilePosition,
    Followed,
)
from fa2.logs.detectors.engine import Engine, learn_until
from fa2.logs.detectors.filters import LineFilter, parse_filter

COMMIT_EVENTS = 50_000
"""Events after which what was learned is kept, at the latest."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_LIVE = timedelta(minutes=15)
"""Logs whose last line is not older than this are being written: their silence means something."""

Tell = Callable[[Anomaly], None]


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...

    def wait(self, seconds: float, /) -> bool:
        """Wait; return False when there is no use in going on."""
        ...


class Reader(Protocol):
    """Gives what is new in a detector's files."""

    def __call__(self, positions: dict[str, FilePosition], *, all_there: bool) -> Sequence[Iterator[Followed]]: ...


@dataclass
class Run:
    """One detector at work."""

    record: DetectorRecord
    keeper: DetectorKeeper
    read: Reader
    now: datetime
    tell: Tell
    """Is told of each anomaly that begins, grows more severe or ends, unless a user suppressed it."""

    def __post_init__(self) -> None:
        definition = self.record.definition
        self._filter: LineFilter = parse_filter(definition.filter)
        self._positions = self.keeper.positions(self.record)
        self._unkept: dict[str, FilePosition] = {}
        parts = self.keeper.parts(self.record)
        self._engine = Engine(self.record, None if parts else self._training_end())
        self._engine.restore(parts)
        self._newest = self.record.status.evaluated_until
        self._told: dict[str, tuple[bool, str | None]] = {
            a.id: (a.active, a.priority) for a in self.keeper.anomalies(self.now, self.record)
        }
        self._live = False

    def to_the_end(self, until: datetime | None = None, *, all_there: bool = True) -> DetectorRecord:
        """Work in what is new, up to a moment where one is given, and evaluate; return the record as it is then."""
        self._hear_users()
        limit = _micros(until) if until else None
        streams = self.read(dict(self._positions), all_there=all_there)
        for taken, followed in enumerate(heapq.merge(*streams, key=_time_of), 1):
            if limit is not None and followed.event.us >= limit:
                break
            self._take(followed)
            if taken % COMMIT_EVENTS == 0:
                self._commit()
        self._finish(limit, all_there=all_there)
        return self._commit()

    def watch(self, clock: Clock, seconds: float, *, until_idle: bool = False) -> DetectorRecord:
        """Work in what is new again and again until the clock says that there is no use in going on.

        until_idle: end when nothing new has come at two looks in a row.
        """
        idle = False
        while True:
            before = self._seen()
            self.now = clock.now()
            self.to_the_end(all_there=idle)
            was_idle, idle = idle, self._seen() == before
            if until_idle and was_idle and idle:
                return self.record
            if not clock.wait(seconds):
                return self.record

    def _seen(self) -> int:
        engine = self._engine
        return engine.lines + engine.filtered + engine.future

    def _take(self, followed: Followed) -> None:
        event, engine = followed.event, self._engine
        self._unkept[followed.position.path] = self._positions[followed.position.path] = followed.position
        if event.us > _micros(self.now + _AHEAD):
            engine.future += 1
            return
        time = _EPOCH + timedelta(microseconds=event.us)
        if self._newest is None or time > self._newest:
            step = self.record.definition.frequency_min * 60
            if self._newest is None or time.timestamp() // step > self._newest.timestamp() // step:
                engine.advance(event.us)
            self._newest = time
            self._live |= time > self.now - _LIVE
        if self._filter(event.line):
            engine.add(event)
        else:
            engine.filtered += 1

    def _finish(self, limit: int | None, *, all_there: bool) -> None:
        """Evaluate what can be: up to the limit, the clock where logs are being written, or the last line."""
        if self._newest is None:
            return
        newest = _micros(self._newest)
        if limit is not None:
            self._engine.advance(max(limit + _GRACE_US, newest))
        elif self._live:
            self._engine.advance(max(_micros(self.now), newest))
        elif all_there:
            self._engine.finish(newest)
        else:
            self._engine.advance(newest)

    def _commit(self) -> DetectorRecord:
        engine = self._engine
        checkpoint = Checkpoint(engine.status, engine.parts(), dict(self._unkept))
        changed = dict(engine.tracker.changed)
        self.record = self.keeper.commit(self.record, checkpoint, changed.values(), set(engine.tracker.withdrawn))
        self._unkept.clear()
        engine.tracker.changed.clear()
        engine.tracker.withdrawn.clear()
        self._tell(set(changed))
        self._hear_users()
        return self.record

    def _tell(self, ids: set[str]) -> None:
        if not ids:
            return
        found = [a for a in self.keeper.anomalies(self.now, self.record) if a.id in ids and a.state == "active"]
        for anomaly in sorted(found, key=lambda a: (a.first_seen, a.id)):
            state = (anomaly.active, anomaly.priority)
            if self._told.get(anomaly.id) != state:
                self._told[anomaly.id] = state
                self.tell(anomaly)

    def _hear_users(self) -> None:
        accepted = self.keeper.accepted(self.record, 0)
        if accepted:
            known = {a.id: a for a in self.keeper.anomalies(self.now, self.record)}
            self._engine.accept(accepted, known)

    def _training_end(self) -> datetime | None:
        """Return when training ends, for a detector that starts; reads all times once unless they do not matter."""
        definition = self.record.definition
        first = last = None
        for stream in self.read({}, all_there=True):
            for followed in stream:
                us = followed.event.us
                first = us if first is None or us < first else first
                last = us if last is None or us > last else last
                if definition.baseline_days is not None:
                    break
        if first is None or last is None:
            return None
        begin, end = (_EPOCH + timedelta(microseconds=us) for us in (first, last))
        return learn_until(begin, min(end, self.now), definition.baseline_days, definition.frequency_min)


_GRACE_US = 5_000_000


def _time_of(followed: Followed) -> int:
    return followed.event.us


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
