"""Runs of detectors survive being stopped at any point, and follow the clock that they are given."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fa2 import detection
from fa2.core.anomalies import Anomaly
from fa2.core.detectors import Checkpoint, DetectorDefinition, DetectorRecord, FilePosition, Followed
from fa2.detection import Run
from fa2.sources.local.log_following import events, files_to_read
from fa2.sources.local.plain_text import PlainText
from fa2.stores.detector_store import DetectorStore

START = datetime(2026, 11, 2, tzinfo=UTC)
NOW = START + timedelta(days=30)


def lines(start_min: int, end_min: int) -> str:
    """Return a log in which payments surge from minute 700 to 720 and disks fail at 650."""
    found = []
    for minute in range(start_min, end_min):
        chance = random.Random(minute)
        at = START + timedelta(minutes=minute)
        found += [
            (at + timedelta(seconds=chance.random() * 60), f"INFO order {chance.randrange(10**6)} shipped")
            for _ in range(4)
        ]
        n = 30 if 700 <= minute < 720 else 2
        found += [
            (at + timedelta(seconds=chance.random() * 60), f"INFO payment {chance.randrange(10**6)} taken")
            for _ in range(n)
        ]
        if minute == 650:
            found += [(at + timedelta(seconds=n), f"ERROR disk {n} failed") for n in range(3)]
    return "".join(f"{at:%Y-%m-%dT%H:%M:%S.%f}Z {text}\n" for at, text in sorted(found))


def reader(record: DetectorRecord) -> Callable[..., list[Iterator[Followed]]]:
    def read(positions: dict[str, FilePosition], *, all_there: bool) -> list[Iterator[Followed]]:
        found = files_to_read(record.definition.paths, positions, [PlainText()])
        return [events(file, UTC, all_there=all_there) for file in found]

    return read


def ran(store: DetectorStore, now: datetime = NOW, until: datetime | None = None) -> list[Anomaly]:
    told: list[Anomaly] = []
    record = store.detector("web")
    Run(record, store, reader(record), now, told.append).to_the_end(until)
    return told


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "logs" / "app.log"
    file.parent.mkdir()
    file.write_text(lines(0, 800))
    return file


def made(path: Path, log: Path) -> DetectorStore:
    store = DetectorStore(path)
    store.create(DetectorDefinition("web", (str(log.parent),), baseline_days=1 / 3), NOW)
    return store


def found(store: DetectorStore) -> list[tuple[object, ...]]:
    """Return what makes anomalies the same, whichever detector told them."""
    return [
        (a.kind, a.pattern, a.priority, a.first_seen, a.last_seen, a.active, a.histogram, a.samples, a.observed)
        for a in store.anomalies(NOW)
    ]


def test_one_run_over_an_old_file_finds_what_happened(tmp_path: Path, log: Path) -> None:
    store = made(tmp_path / "s", log)
    told = ran(store)
    assert [(a.kind, a.pattern) for a in told] == [
        ("new_pattern", "ERROR disk <*> failed"),
        ("more", "INFO payment <*> taken"),
    ]
    record = store.detector("web")
    assert (record.status.state, record.status.lines) == ("ANALYZING", log.read_text().count("\n"))
    assert record.status.trained_until == START + timedelta(hours=8, minutes=5)
    assert ran(store) == []


@pytest.mark.parametrize("cuts", [[100], [650], [652, 653, 705], [300, 701, 702, 703, 719, 722, 790]])
def test_many_runs_of_a_growing_file_find_what_one_finds(tmp_path: Path, log: Path, cuts: list[int]) -> None:
    once = made(tmp_path / "once", log)
    ran(once)
    store = made(tmp_path / "often", log)
    log.write_text("")
    for start, end in zip([0, *cuts], [*cuts, 800]):
        with log.open("a") as file:
            file.write(lines(start, end))
        ran(store)
    assert found(store) == found(once)
    assert store.detector("web").status.lines == once.detector("web").status.lines


class Killed(BaseException):
    """The process is gone."""


class Fragile:
    """A store that dies at its n-th commit, before or after it is written."""

    def __init__(self, store: DetectorStore, n: int, when: str) -> None:
        self.store, self.left, self.when = store, n, when

    def commit(
        self, record: DetectorRecord, checkpoint: Checkpoint, anomalies: Iterable[Anomaly], withdrawn: Iterable[str], /
    ) -> DetectorRecord:
        self.left -= 1
        if self.left == 0 and self.when == "before":
            raise Killed
        done = self.store.commit(record, checkpoint, anomalies, withdrawn)
        if self.left == 0:
            raise Killed
        return done

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("n", [1, 3, 6])
def test_a_run_that_dies_at_a_commit_loses_and_doubles_nothing(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, n: int, when: str
) -> None:
    once = made(tmp_path / "once", log)
    ran(once)
    monkeypatch.setattr(detection, "COMMIT_EVENTS", 711)
    store = made(tmp_path / "killed", log)
    record = store.detector("web")
    with pytest.raises(Killed):
        Run(record, Fragile(store, n, when), reader(record), NOW, lambda a: None).to_the_end()  # type: ignore[arg-type]
    assert ran(store) != []
    assert found(store) == found(once)
    assert store.detector("web").status.lines == once.detector("web").status.lines


@pytest.mark.end_to_end
def test_a_process_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, log: Path) -> None:
    once = made(tmp_path / "once", log)
    ran(once)
    store = made(tmp_path / "killed", log)
    program = (
        "import sys; from fa2 import detection; detection.COMMIT_EVENTS = 97; sys.argv[0] = 'fa2'\n"
        "from fa2.apps.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "detector", "run", "web", "--store", str(tmp_path / "killed")]
    for delay in (0.1, 0.3, 0.5):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
        deadline = time.monotonic() + 20
        before = store.detector("web").generation
        while store.detector("web").generation == before and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(delay / 5)
        child.send_signal(signal.SIGKILL)
        child.wait()
    ran(store)
    assert found(store) == found(once)
    assert store.detector("web").status.lines == once.detector("web").status.lines


def test_until_stops_where_it_is_told_and_the_rest_is_read_later(tmp_path: Path, log: Path) -> None:
    store = made(tmp_path / "s", log)
    assert [a.kind for a in ran(store, until=START + timedelta(minutes=690))] == ["new_pattern"]
    record = store.detector("web")
    assert record.status.evaluated_until == START + timedelta(minutes=690)
    assert [a.kind for a in ran(store)] == ["more"]


class Clock:
    """A clock that writes the log as time passes."""

    def __init__(self, log: Path, minutes: Iterable[int]) -> None:
        self.log = log
        self.minutes = iter(minutes)
        self.minute = 800

    def now(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    def wait(self, seconds: float, /) -> bool:
        before = self.minute
        self.minute = next(self.minutes, -1)
        if self.minute > before:
            with self.log.open("a") as file:
                file.write(lines(before, min(self.minute, 900)))
        return self.minute >= 0


def test_watching_tells_of_silence_by_the_clock(tmp_path: Path, log: Path) -> None:
    store = made(tmp_path / "s", log)
    told: list[tuple[str, int]] = []
    record = store.detector("web")
    clock = Clock(log, range(801, 931))
    run = Run(record, store, reader(record), clock.now(), lambda a: told.append((a.kind, clock.minute)))
    run.watch(clock, 1)
    assert told[0] == ("new_pattern", 800)
    later = [(kind, minute) for kind, minute in told if minute > 800]
    assert later
    assert all(kind in ("stopped", "fewer") and 905 <= minute < 930 for kind, minute in later)


def test_lines_from_the_future_are_left_out_and_counted(tmp_path: Path, log: Path) -> None:
    with log.open("a") as file:
        file.write("2099-01-01T00:00:00Z INFO order 1 shipped\n")
    store = made(tmp_path / "s", log)
    ran(store)
    status = store.detector("web").status
    assert status.future == 1
    assert status.evaluated_until is not None
    assert status.evaluated_until < NOW


def test_files_are_read_together_by_time(tmp_path: Path, log: Path) -> None:
    store = made(tmp_path / "s", log)
    whole = log.read_text().splitlines(keepends=True)
    log.write_text("".join(whole[::2]))
    (log.parent / "other.log").write_text("".join(whole[1::2]))
    ran(store)
    assert store.detector("web").status.late == 0
    assert {kind for kind, *_ in found(store)} == {"new_pattern", "more"}


def test_what_is_suppressed_is_not_told(tmp_path: Path, log: Path) -> None:
    from fa2.core.anomalies import Suppression
    from fa2.logs.patterns.pattern import pattern_id

    store = made(tmp_path / "s", log)
    record = store.detector("web")
    store.suppress_pattern(Suppression(record.id, pattern_id("ERROR disk <*> failed"), NOW, None))
    assert [a.kind for a in ran(store)] == ["more"]
    assert {a.state for a in store.anomalies(NOW)} == {"active", "suppressed"}


def test_what_was_accepted_while_nobody_worked_is_heard_of(tmp_path: Path, log: Path) -> None:
    store = made(tmp_path / "s", log)
    (new, _) = ran(store)
    store.accept(store.anomaly(new.id, NOW))
    with log.open("a") as file:
        file.write(lines(800, 860) + f"{START + timedelta(minutes=861):%Y-%m-%dT%H:%M:%S}Z ERROR disk 9 failed\n")
    assert ran(store) == []
