"""How well detectors find what was put into logs, and how often they cry without reason.

python bench/detectors.py [--seeds 3] [--first-seed 1] [--days 6]

Each seed is a service of some forty patterns whose traffic follows the hours of the day and the days of the week,
with jobs by timetable, deploys, bursts of a rare error and slow growth. Two weeks are learned; into most of the days
after them anomalies of each kind are put, with their place and time as truth; the others stay quiet. An anomaly
told within an injection's time, an interval more to each side, on one of its patterns is right; each injection is
found or not; everything else that is told is a false alarm.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fa2.core.anomalies import Anomaly
from fa2.core.detectors import DetectorDefinition, DetectorRecord, DetectorStatus, LogEvent
from fa2.logs.detectors.engine import Engine

START = datetime(2026, 11, 2, tzinfo=UTC)
LEARNED = 14
MINUTE = 60_000_000
RESULTS = Path(__file__).parent / "results"
KINDS = ("new_pattern", "more", "fewer", "stopped", "volume", "new_value", "value_surge", "number_range", "http_errors")
_SENTENCES = tuple(
    line.strip()
    for line in """
    INFO cart {id} priced in {ms} ms
    INFO OrderService - order {id} was placed by user {id}
    DEBUG cache miss for key item:{id}
    INFO [mailer] confirmation for order {id} queued
    WARN stock of item {id} is low ({small} left)
    INFO coupon {id} redeemed
    INFO shipment {id} handed over to carrier
    DEBUG opening connection {small} to db-main
    INFO session {id} expired after {small} minutes of rest
    INFO search: {small} hits in {ms} ms
    INFO image {id} resized
    WARN slow response from tax service, {ms} ms
    INFO refund {id} approved automatically
    DEBUG feature flags reloaded ({small} flags)
    INFO webhook delivered to partner in {ms} ms
    ERROR could not parse address of customer {id}
    INFO recommendation model answered, {small} items
    INFO token for client {id} refreshed
    DEBUG retry {small} of message {id}
    INFO Invoice {id} written to archive
    WARN password of user {id} was wrong
    INFO price list {id} imported, {small} rows
    INFO consumer lag is {small}
    INFO address of customer {id} validated
    DEBUG GC pause of {ms} ms
    INFO lock on cart {id} released after {ms} ms
    INFO scheduler ran {small} tasks
    WARN certificate check skipped for host shop-{id}
    INFO disk at {small} percent
    INFO connections in use: {small}
    INFO metrics flushed, {small} series
    ERROR printer {small} does not answer
    """.strip().split("\n")
)


@dataclass
class Line:
    """One kind of line that the service writes."""

    name: str
    a_minute: float
    """At the busiest minute of a workday; per run for timetables."""
    rhythm: str = "day"
    """`day`, `flat`, `nightly`, `hourly`, `weekly`, `deploy` or `burst`."""


@dataclass(frozen=True)
class Injection:
    """Something unusual that was put in."""

    kind: str
    line: str
    minute: int
    minutes: int
    strength: float
    text: str = ""
    """The pattern's words to recognise it by; empty for the volume."""


@dataclass
class Service:
    """A made-up service and what happens to it."""

    seed: int
    days: int
    chance: random.Random = field(init=False)
    lines: list[Line] = field(init=False)
    injections: list[Injection] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        names = self.chance.sample(_SENTENCES, len(_SENTENCES))
        self.lines = [
            Line("access", 25),
            Line("payment", 6),
            Line("login", 5),
            Line("query", 8),
            Line("queue", 2, "flat"),
            Line("heartbeat", 1, "flat"),
            Line("backup", 30, "nightly"),
            Line("rotate", 3, "hourly"),
            Line("report", 60, "weekly"),
            Line("starting", 25, "deploy"),
            Line("timeout", 12, "burst"),
            *(Line(name, self.chance.lognormvariate(-0.5, 1.3)) for name in names[:24]),
            *(Line(name, self.chance.uniform(0.02, 0.3), "flat") for name in names[24:32]),
        ]
        learned = self.chance.sample(range(8 * 60, LEARNED * 1440, 30), 5)
        self.deploys = [*sorted(learned), (LEARNED + 2) * 1440 + 650]
        self.bursts = sorted(self.chance.sample(range((LEARNED + self.days) * 1440), 14))
        self.injections = list(self._injected())

    def _injected(self) -> Iterator[Injection]:
        """Yield one of each kind on each day that is not quiet, apart from each other; every third day is quiet."""
        frequent = [line for line in self.lines if line.rhythm == "day" and line.a_minute >= 1.5]
        for day in range(LEARNED, LEARNED + self.days):
            if day % 3 == 1:
                continue
            slots = self.chance.sample(range(14), len(KINDS))
            for kind, slot in zip(self.chance.sample(KINDS, len(KINDS)), slots):
                minute = day * 1440 + 7 * 60 + slot * 70 + self.chance.randrange(8)
                yield self._one(kind, minute, frequent)

    def _one(self, kind: str, minute: int, frequent: list[Line]) -> Injection:
        pick, length = self.chance, self.chance.choice((15, 20, 30, 40))
        line = pick.choice(frequent[4:])
        match kind:
            case "new_pattern":
                words = pick.choice(("ERROR lease lost on shard", "WARN certificate expires in", "cache warmed with"))
                return Injection(
                    kind, f"novel{minute}", minute, 5, pick.choice((1, 3, 10)), f"{words} unit{_word(minute)}"
                )
            case "more":
                return Injection(kind, line.name, minute, length, pick.choice((4.0, 6.0, 10.0)), _words(line.name))
            case "fewer":
                return Injection(kind, "payment", minute, 40, 0.15, "payment")
            case "stopped":
                return Injection(kind, line.name, minute, 60, 0.0, _words(line.name))
            case "volume":
                return Injection(kind, "", minute, 30, pick.choice((0.1, 0.0)))
            case "new_value":
                return Injection(kind, "payment", minute, 10, 0.2, "payment")
            case "value_surge":
                return Injection(kind, "login", minute, 5, pick.choice((15, 30, 60)), "login")
            case "number_range":
                return Injection(kind, "query", minute, 15, pick.choice((15.0, 40.0)), "query")
            case _:
                return Injection(kind, "access", minute, 15, pick.choice((0.06, 0.15)), "GET")

    def events(self) -> Iterator[LogEvent]:
        """Yield all lines by time."""
        for minute in range((LEARNED + self.days) * 1440):
            made = [(self.chance.randrange(MINUTE), text) for text in self._minute(minute)]
            for within, text in sorted(made):
                us = int(START.timestamp()) * 1_000_000 + minute * MINUTE + within
                yield LogEvent(us, text, text, "bench")

    def _minute(self, minute: int) -> Iterator[str]:
        now = [i for i in self.injections if i.minute <= minute < i.minute + i.minutes]
        everything = next((i.strength for i in now if i.kind == "volume"), 1.0)
        for line in self.lines:
            own = [i for i in now if i.line == line.name]
            rate = self._rate(line, minute) * everything
            for injection in own:
                rate *= injection.strength if injection.kind in ("more", "fewer", "stopped") else 1
            for _ in range(_poisson(self.chance, rate)):
                yield self._text(line, own)
        for injection in now:
            yield from self._added(injection, minute)

    def _added(self, injection: Injection, minute: int) -> Iterator[str]:
        share = injection.strength / injection.minutes
        n = int(share * (minute - injection.minute + 1)) - int(share * (minute - injection.minute))
        if injection.kind == "new_pattern":
            yield from (f"{injection.text} {self.chance.randrange(10**4)}" for _ in range(n))
        elif injection.kind == "value_surge":
            yield from (f"INFO login of u{7 * injection.minute} from {_address(self.chance)}" for _ in range(n))

    def _rate(self, line: Line, minute: int) -> float:
        hour, day = minute % 1440 / 60, minute // 1440
        weekend = day % 7 >= 5
        match line.rhythm:
            case "flat":
                return line.a_minute
            case "nightly":
                return line.a_minute if minute % 1440 == 180 else 0
            case "hourly":
                return line.a_minute if minute % 60 == 0 else 0
            case "weekly":
                return line.a_minute if minute % (7 * 1440) == 6 * 1440 + 240 else 0
            case "deploy":
                return line.a_minute if minute in self.deploys else 0
            case "burst":
                return line.a_minute if minute in self.bursts else 0.002
        wave = 0.12 + 0.88 * max(0.0, math.sin((hour - 6) / 16 * math.pi)) if 6 <= hour < 22 else 0.12
        return line.a_minute * wave * (0.45 if weekend else 1.0) * 1.01**day

    def _text(self, line: Line, own: list[Injection]) -> str:
        r = self.chance
        kinds = {i.kind: i.strength for i in own}
        match line.name:
            case "access":
                bad = r.random() < kinds.get("http_errors", 0.002)
                status = r.choice(("500", "503")) if bad else r.choices(("200", "304", "404"), (90, 6, 1))[0]
                return f"INFO GET /api/items/{r.randrange(9999)} status={status} ms={r.lognormvariate(3.2, 0.5):.0f}"
            case "payment":
                new = next((i for i in own if i.kind == "new_value" and r.random() < i.strength), None)
                by = f"p1{_word(new.minute)}" if new else r.choices(("p1visa", "p1amex", "p1jcb"), (6, 3, 1))[0]
                return f"INFO payment {r.randrange(10**7)} of {r.lognormvariate(4, 1):.2f} by {by}"
            case "login":
                return f"INFO login of u{r.randrange(3000)} from {_address(r)}"
            case "query":
                return f"DEBUG query took {r.lognormvariate(2.5, 0.6) * kinds.get('number_range', 1):.1f} ms rows={r.randrange(50)}"
            case "queue":
                return f"INFO queue depth {r.randrange(40)}"
            case "heartbeat":
                return f"INFO heartbeat seq={r.randrange(10**6)}"
            case "timeout":
                return f"ERROR upstream timeout after {r.choice((3000, 5000))} ms request=r{r.randrange(10**7)}"
            case "starting":
                return f"INFO starting worker {r.randrange(64)} version 4.{r.randrange(9)}.1"
        return line.name.format(id=r.randrange(10**6), ms=round(r.lognormvariate(2, 0.5)), small=r.randrange(1, 30))


def _words(sentence: str) -> str:
    """Return the longest piece of a sentence that stands between values."""
    return max(re.split(r"{\w+}", sentence), key=len).strip()


def _word(n: int) -> str:
    return "".join(chr(97 + int(d)) for d in str(n))


def _address(r: random.Random) -> str:
    return f"10.{r.randrange(4)}.{r.randrange(256)}.{r.randrange(256)}"


def _poisson(r: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(r.gauss(mean, math.sqrt(mean))))
    limit, n, product = math.exp(-mean), 0, r.random()
    while product > limit:
        n, product = n + 1, product * r.random()
    return n


def told_of(service: Service, frequency_min: int) -> tuple[list[Anomaly], int, float]:
    """Return all that a detector tells of a service, the lines it read and the seconds it took."""
    definition = DetectorDefinition("bench", ("/",), frequency_min=frequency_min)
    id = "00000000-0000-5000-8000-000000000000"
    engine = Engine(DetectorRecord(id, definition, DetectorStatus(), START), START + timedelta(days=LEARNED))
    told: dict[str, Anomaly] = {}
    lines = spent = 0
    newest = 0
    events = list(service.events())
    began = time.process_time()
    for event in events:
        if event.us // (frequency_min * MINUTE) > newest // (frequency_min * MINUTE):
            engine.advance(event.us)
            told |= engine.tracker.changed
            told = {id: a for id, a in told.items() if id not in engine.tracker.withdrawn}
            engine.tracker.withdrawn.clear()
        newest = max(newest, event.us)
        engine.add(event)
        lines += 1
    engine.finish(newest)
    told |= engine.tracker.changed
    spent = time.process_time() - began
    return list(told.values()), lines, spent


def judged(service: Service, told: list[Anomaly], frequency_min: int) -> tuple[dict[str, Counter[str]], list[Anomaly]]:
    """Return for each kind what was put in, found, and named as that kind; and the false alarms."""
    counts = {kind: Counter[str]() for kind in KINDS}
    right: set[str] = set()
    for injection in service.injections:
        begin = START + timedelta(minutes=injection.minute - frequency_min)
        end = START + timedelta(minutes=injection.minute + injection.minutes + 3 * frequency_min)
        hits = [a for a in told if a.first_seen < end and a.last_seen >= begin and _is_on(a, injection)]
        right |= {a.id for a in hits}
        counts[injection.kind]["put in"] += 1
        counts[injection.kind]["found"] += bool(hits)
        if not hits:
            when = START + timedelta(minutes=injection.minute)
            print(f"    missed: {when:%m-%d %H:%M} {injection}", file=sys.stderr)
        family = {"fewer": {"fewer", "stopped"}, "stopped": {"fewer", "stopped"}}.get(injection.kind, {injection.kind})
        counts[injection.kind]["named"] += any(a.kind in family for a in hits)
    for anomaly in told:
        counts[anomaly.kind]["told"] += 1
        counts[anomaly.kind]["right"] += anomaly.id in right
    return counts, [a for a in told if a.id not in right]


def _is_on(anomaly: Anomaly, injection: Injection) -> bool:
    return injection.kind == "volume" or (injection.text.split(" unit")[0] in anomaly.pattern)


def main() -> int:
    """Print the table, write results/detectors.json, and return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", nargs="?", help="not needed: the logs are made here")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--frequency", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one seed, three days")
    parser.add_argument("--repetitions", type=int, help="not needed: the same seed gives the same logs")
    asked = parser.parse_args()
    seeds, days = (1, 3) if asked.quick else (asked.seeds, asked.days)
    total = {kind: Counter[str]() for kind in KINDS}
    false: list[Anomaly] = []
    lines, seconds = 0, 0.0
    for seed in range(asked.first_seed, asked.first_seed + seeds):
        service = Service(seed, days)
        told, n, spent = told_of(service, asked.frequency)
        counts, wrong = judged(service, told, asked.frequency)
        for kind, counted in counts.items():
            total[kind] += counted
        false += wrong
        lines, seconds = lines + n, seconds + spent
    return report(total, false, seeds * days, lines, seconds)


def report(total: dict[str, Counter[str]], false: list[Anomaly], days: int, lines: int, seconds: float) -> int:
    """Print and keep the figures; return 1 when a goal is missed."""
    print(
        f"  {'kind':14} {'put in':>7} {'found':>6} {'recall':>7} {'named':>6} {'told':>6} {'right':>6} {'precision':>10}"
    )
    for kind, c in total.items():
        recall = c["found"] / c["put in"] if c["put in"] else math.nan
        precision = c["right"] / c["told"] if c["told"] else math.nan
        print(
            f"  {kind:14} {c['put in']:7} {c['found']:6} {recall:7.2f} {c['named']:6} {c['told']:6} {c['right']:6} {precision:10.2f}"
        )
    put_in, found = (sum(c[name] for c in total.values()) for name in ("put in", "found"))
    recall, a_day = found / put_in, len(false) / days
    for anomaly in sorted(false, key=lambda a: a.first_seen):
        values = dict(anomaly.description.values)
        print(
            f"    false: {anomaly.first_seen:%m-%d %H:%M} {anomaly.priority} {anomaly.kind} {anomaly.pattern[:60]} {values}"
        )
    print(f"  recall {recall:.3f} (at least 0.9), false alarms a day {a_day:.2f} (below 1)")
    print(f"  {lines:,} lines in {seconds:.1f} s: {lines / seconds:,.0f} lines a second")
    RESULTS.mkdir(exist_ok=True)
    told = {
        "benchmark": "detectors",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "kinds": {kind: dict(c) for kind, c in total.items()},
        "recall": recall,
        "false_alarms_a_day": a_day,
        "lines": lines,
        "lines_a_second": lines / seconds,
    }
    (RESULTS / "detectors.json").write_text(json.dumps(told, indent=1) + "\n")
    return int(recall < 0.9 or a_day >= 1)


if __name__ == "__main__":
    sys.exit(main())
