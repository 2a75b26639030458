"""Made-up logs for tests of detectors, and a detector that reads them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from fa2.core.anomalies import Anomaly
from fa2.core.detectors import DetectorDefinition, DetectorRecord, DetectorStatus, LogEvent
from fa2.logs.detectors.engine import Engine

START = datetime(2026, 11, 2, tzinfo=UTC)
"""A Monday."""
MINUTE = 60_000_000
ID = "3f0c2a52-7a51-5d0e-9e0e-2f6f0f7f0a11"


def at(minute: float) -> int:
    """Return microseconds since 1970 for a minute after START."""
    return int(START.timestamp() * 1e6) + round(minute * MINUTE)


def line(minute: float, text: str) -> LogEvent:
    """Return an event."""
    return LogEvent(at(minute), text, text, "app.log")


def log(
    minutes: int,
    rates: dict[str, float | Callable[[int], float]],
    seed: int = 1,
    values: Callable[[random.Random, int], str] = lambda r, m: str(r.randrange(10**6)),
) -> list[LogEvent]:
    """Return events of some patterns by their lines a minute; `#` in a pattern's text is a value."""
    chance = random.Random(seed)
    found = []
    for minute in range(minutes):
        for text, rate in sorted(rates.items()):
            mean = rate(minute) if callable(rate) else rate
            n = int(mean) + (chance.random() < mean % 1)
            found += [line(minute + chance.random(), text.replace("#", values(chance, minute))) for _ in range(n)]
    return sorted(found)


def engine(learned_min: int, **options: object) -> Engine:
    """Return a detector that learns for some minutes."""
    definition = DetectorDefinition("d", ("/logs",), **options)  # type: ignore[arg-type]
    return Engine(DetectorRecord(ID, definition, DetectorStatus(), START), START + timedelta(minutes=learned_min))


def fed(detector: Engine, events: Iterable[LogEvent], finish: bool = True) -> list[Anomaly]:
    """Let a detector read events as they come, and return what it told, by kind and pattern."""
    newest = 0
    told: dict[str, Anomaly] = {}

    def taken() -> None:
        told.update(detector.tracker.changed)
        for id in detector.tracker.withdrawn:
            told.pop(id, None)
        detector.tracker.changed.clear()
        detector.tracker.withdrawn.clear()

    for event in events:
        if event.us // MINUTE > newest // MINUTE:
            detector.advance(event.us)
            taken()
        newest = max(newest, event.us)
        detector.add(event)
    if finish:
        detector.finish(newest)
    taken()
    return sorted(told.values(), key=lambda a: (a.kind, a.pattern, a.first_seen))


def kinds(anomalies: list[Anomaly]) -> list[tuple[str, str]]:
    """Return kind and pattern of each anomaly."""
    return [(a.kind, a.pattern) for a in anomalies]
