"""The store keeps all of a step or nothing, for several processes at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fa2.core.anomalies import Anomaly, AnomalyToken, Sample, Suppression
from fa2.core.anomaly_json import anomaly_json, anomaly_of
from fa2.core.detectors import Checkpoint, DetectorDefinition, DetectorRecord, DetectorStatus, FilePosition
from fa2.core.errors import UnusableInput
from fa2.core.messages import Statement
from fa2.stores.detector_store import DetectorStore

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEFINITION = DetectorDefinition("web", ("/var/log/web",), "ERROR", 10, 30, 7, "Asia/Tokyo")
POSITION = FilePosition("/var/log/web/a.log", "text", 120, "ab" * 32, 100, 120)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DetectorStore]:
    with DetectorStore(tmp_path / "deep" / "s.sqlite3") as store:
        yield store


def anomaly(record: DetectorRecord, n: int = 1, **changes: object) -> Anomaly:
    made = Anomaly(
        id=f"{n:08d}-0000-0000-0000-000000000000",
        detector=record.id,
        kind="new_pattern",
        pattern_id="P0123456789",
        pattern="ERROR disk <*> 失敗 \x1b[31m",
        regex="^x$",
        severity="ERROR",
        priority="HIGH",
        first_seen=NOW,
        last_seen=NOW + timedelta(minutes=5),
        active=True,
        description=Statement("detectors.kind.new_pattern", {"observed": 3, "minutes": 5}),
        observed=3,
        histogram={1793619600: 3},
        samples=(Sample(NOW, "ERROR disk 1 失敗"), Sample(None, "old")),
        tokens=(AnomalyToken(1, "Token-1", (("1", 2), ("2", 1))),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_was_kept_comes_back(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    status = DetectorStatus("ANALYZING", first_line=NOW, trained_until=NOW, evaluated_until=NOW, lines=7, advice=("x",))
    parts = {("pattern", "P1"): b"\x00one", ("days", "P1/3"): b"two"}
    done = store.commit(made, Checkpoint(status, parts, {POSITION.path: POSITION}), [anomaly(made)], [])
    assert store.detector("web") == store.detector(made.id) == done
    assert (done.definition, done.status) == (DEFINITION, status)
    assert store.parts(done) == parts
    assert store.positions(done) == {POSITION.path: POSITION}
    assert store.anomalies(NOW, done) == [anomaly(made)]
    done = store.commit(done, Checkpoint(status, {("pattern", "P1"): None}), [], [anomaly(made).id])
    assert store.parts(done) == {("days", "P1/3"): b"two"}
    assert store.anomalies(NOW) == []


def test_anomalies_as_json_come_back(store: DetectorStore) -> None:
    made = anomaly(store.create(DEFINITION, NOW), suppressed_until=NOW, state="suppressed")
    assert anomaly_of(anomaly_json(made)) == made


def test_a_step_that_fails_leaves_nothing(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    parts: dict[tuple[str, str], bytes | None] = {("pattern", "P1"): b"one", ("pattern", "P2"): "no bytes"}  # type: ignore[dict-item]
    with pytest.raises(sqlite3.IntegrityError):
        store.commit(made, Checkpoint(DetectorStatus("TRAINING"), parts, {POSITION.path: POSITION}), [], [])
    assert store.detector("web") == made
    assert store.parts(made) == {}
    assert store.positions(made) == {}


def test_of_two_who_work_on_a_detector_the_second_gives_up(store: DetectorStore, tmp_path: Path) -> None:
    made = store.create(DEFINITION, NOW)
    with DetectorStore(tmp_path / "deep" / "s.sqlite3") as other:
        other.commit(other.detector("web"), Checkpoint(DetectorStatus("TRAINING"), {("a", "b"): b"1"}), [], [])
    with pytest.raises(UnusableInput, match="Another process works on detector web"):
        store.commit(made, Checkpoint(DetectorStatus("FAILED"), {("a", "b"): b"2"}), [], [])
    assert store.parts(made) == {("a", "b"): b"1"}


def test_readers_read_while_another_writes(store: DetectorStore, tmp_path: Path) -> None:
    made = store.create(DEFINITION, NOW)
    with DetectorStore(tmp_path / "deep" / "s.sqlite3") as other, other._transaction():
        other._db.execute("DELETE FROM detectors")
        assert store.detectors() == [made]


def test_what_users_decide_outlives_what_the_detector_writes(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    made = store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made)], [])
    store.suppress(anomaly(made), NOW, NOW + timedelta(hours=2))
    store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made, observed=9)], [])
    (hidden,) = store.anomalies(NOW)
    assert (hidden.state, hidden.observed, hidden.suppressed_until) == ("suppressed", 9, NOW + timedelta(hours=2))
    (shown,) = store.anomalies(NOW + timedelta(hours=2))
    assert (shown.state, shown.suppressed_until) == ("active", None)
    store.unsuppress(hidden)
    assert store.anomalies(NOW)[0].state == "active"


def test_a_pattern_is_suppressed_for_what_is_yet_to_come(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    store.suppress_pattern(Suppression(made.id, "P0123456789", NOW, None))
    store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made), anomaly(made, 2, pattern_id="P2")], [])
    states = {a.pattern_id: (a.state, a.pattern_suppressed) for a in store.anomalies(NOW + timedelta(days=999))}
    assert states == {"P0123456789": ("suppressed", True), "P2": ("active", False)}


def test_what_was_accepted_is_numbered_for_the_detector(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made), anomaly(made, 2)], [])
    store.accept(anomaly(made))
    store.accept(anomaly(made, 2))
    (first, accepted, id), (second, _, _) = store.accepted(made)
    assert (id, accepted.kind, accepted.pattern_id, accepted.observed) == (
        anomaly(made).id,
        "new_pattern",
        "P0123456789",
        3,
    )
    assert [number for number, _, _ in store.accepted(made, first)] == [second]
    assert {a.state for a in store.anomalies(NOW)} == {"baseline"}


def test_what_is_past_its_visibility_is_purged(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    old = anomaly(made, 2, first_seen=NOW - timedelta(days=40), last_seen=NOW - timedelta(days=31))
    made = store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made), old], [])
    assert store.purge(made, NOW) == 1
    assert [a.id for a in store.anomalies(NOW)] == [anomaly(made).id]


def test_a_deleted_detector_leaves_nothing(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    made = store.commit(
        made, Checkpoint(DetectorStatus(), {("a", "b"): b"1"}, {POSITION.path: POSITION}), [anomaly(made)], []
    )
    store.delete(made)
    assert store.detectors() == store.anomalies(NOW) == []
    assert store._db.execute("SELECT count(*) FROM parts").fetchone() == (0,)
    with pytest.raises(UnusableInput, match="There is no detector web"):
        store.detector("web")


def test_an_anomaly_is_named_by_the_beginning_of_its_id(store: DetectorStore) -> None:
    made = store.create(DEFINITION, NOW)
    store.commit(made, Checkpoint(DetectorStatus(), {}), [anomaly(made, 11), anomaly(made, 12)], [])
    assert store.anomaly("00000011", NOW).id == anomaly(made, 11).id
    for id, problem in (("0000001", "Several anomalies"), ("7", "no anomaly 7"), ("", "no anomaly")):
        with pytest.raises(UnusableInput, match=problem):
            store.anomaly(id, NOW)


def test_a_name_is_given_once(store: DetectorStore) -> None:
    store.create(DEFINITION, NOW)
    with pytest.raises(UnusableInput, match="a detector web already"):
        store.create(DEFINITION, NOW + timedelta(seconds=1))


def test_other_files_and_later_versions_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no database " * 100)
    with pytest.raises(UnusableInput, match="cannot be used as the store"):
        DetectorStore(text)
    later = tmp_path / "later"
    with sqlite3.connect(later) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UnusableInput, match=r"later version of fa2 \(schema 99\)"):
        DetectorStore(later)
