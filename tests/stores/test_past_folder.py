"""Past reports in a folder: kept, judged and forgotten, whatever happens to the file."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fa2.core.fingerprints import fingerprint
from fa2.core.past import MOST_FEEDBACK, NoPastReport, PastFailed, report_id
from fa2.stores.past_folder import PastInFolder
from pasts import NOW, report, said

FILE = "reports.sqlite3"


@pytest.fixture
def past(tmp_path: Path) -> PastInFolder:
    return PastInFolder(tmp_path / "deep" / "past")


def test_what_was_kept_comes_back(past: PastInFolder) -> None:
    made = report(1, patterns=(("ERROR", "失敗 <*> \x1b[31m"),))
    id = past.keep(made, NOW)
    assert past.report(id) == made
    (one,) = past.kept().reports
    assert (one.id, one.title, one.window, one.kept_at) == (id, made.title, made.window, NOW)
    assert (one.verdict, one.fingerprint, one.feedback) == ("incident", fingerprint(made), ())


def test_looking_makes_nothing(past: PastInFolder, tmp_path: Path) -> None:
    assert past.kept().reports == ()
    for act in (past.report, past.forget, lambda id: past.judge(id, said("right"))):
        with pytest.raises(NoPastReport):
            act("R1")
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_the_same_incident_takes_the_place_of_the_first_and_keeps_what_was_said(past: PastInFolder) -> None:
    id = past.keep(report(1), NOW)
    past.judge(id, said("wrong", "the import"))
    later = report(1, "ledger", title="again")
    assert past.keep(later, NOW + timedelta(hours=1)) == id
    (one,) = past.kept().reports
    assert (one.title, one.fingerprint.service) == ("again", "ledger")
    assert one.feedback == (said("wrong", "the import"),)
    assert past.report(id) == later


def test_all_that_was_said_stays_in_order(past: PastInFolder) -> None:
    id = past.keep(report(1), NOW)
    for number in range(MOST_FEEDBACK + 3):
        past.judge(id, said("wrong", f"cause {number}"))
    (one,) = past.kept().reports
    assert [f.cause for f in one.feedback] == [f"cause {n}" for n in range(3, MOST_FEEDBACK + 3)]
    assert one.said == said("wrong", f"cause {MOST_FEEDBACK + 2}")


def test_what_is_forgotten_is_gone_from_the_disk(past: PastInFolder, tmp_path: Path) -> None:
    words = "a-title-that-nobody-may-read-again"
    id, other = past.keep(report(1, title=words), NOW), past.keep(report(2), NOW)
    past.judge(id, said("wrong", f"cause {words}"))
    files = tmp_path / "deep" / "past"
    assert any(words.encode() in file.read_bytes() for file in files.iterdir())
    past.forget(id)
    assert [one.id for one in past.kept().reports] == [other]
    assert all(words.encode() not in file.read_bytes() for file in files.iterdir())
    with pytest.raises(NoPastReport):
        past.report(id)


def test_of_too_many_the_oldest_without_feedback_go_first(tmp_path: Path) -> None:
    past = PastInFolder(tmp_path, most=3)
    ids = [past.keep(report(day), NOW + timedelta(days=day)) for day in range(1, 3)]
    past.judge(ids[0], said("right"))
    ids += [past.keep(report(day), NOW + timedelta(days=day)) for day in range(3, 6)]
    assert {one.id for one in past.kept().reports} == {ids[0], ids[3], ids[4]}


def test_after_so_many_days_reports_go_unless_somebody_judged_them(tmp_path: Path) -> None:
    past = PastInFolder(tmp_path, days=30)
    old, judged = past.keep(report(1), NOW), past.keep(report(2), NOW)
    past.judge(judged, said("right"))
    new = past.keep(report(3), NOW + timedelta(days=31))
    assert {one.id for one in past.kept().reports} == {judged, new}
    assert old not in {one.id for one in past.kept().reports}


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_file_and_folder_are_the_users_alone(past: PastInFolder, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        past.keep(report(1), NOW)
        with past._open() as db:  # while it is open, what SQLite puts beside it is there
            db.execute("SELECT count(*) FROM reports").fetchone()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep" / "past").iterdir()}
    finally:
        os.umask(mask)
    assert set(modes) >= {FILE, f"{FILE}-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "deep" / "past").stat().st_mode) == 0o700


def _overwrite(file: Path) -> None:
    for beside in file.parent.glob(f"{FILE}-*"):
        beside.unlink()
    file.write_bytes(b"this is no database, however long it may be. " * 200)


def _tear(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    body = file.read_bytes()
    file.write_bytes(body[:4096] + b"\xff" * (len(body) - 4096))


def _of_later_version(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


@pytest.mark.parametrize(
    ("harm", "code"), [(_overwrite, "past_corrupt"), (_tear, "past_corrupt"), (_of_later_version, "past_newer")]
)
def test_a_file_that_is_none_is_told_and_left_as_it_is(
    past: PastInFolder, tmp_path: Path, harm: Callable[[Path], None], code: str
) -> None:
    past.keep(report(1), NOW)
    file = tmp_path / "deep" / "past" / FILE
    harm(file)
    before = file.read_bytes()
    for act in (past.kept, lambda: past.keep(report(2), NOW)):
        with pytest.raises(PastFailed) as failed:
            act()
        assert failed.value.key == f"coverage.{code}"
        assert str(file) in str(failed.value)
    assert file.read_bytes()[:100] == before[:100]


def test_a_locked_file_is_told(past: PastInFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past.keep(report(1), NOW)
    monkeypatch.setattr("fa2.stores.past_folder._WAIT_S", 0.01)
    other = sqlite3.connect(tmp_path / "deep" / "past" / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(PastFailed) as failed:
        past.keep(report(2), NOW)
    assert failed.value.key == "coverage.past_busy"
    assert len(past.kept().reports) == 1
    other.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for past in (PastInFolder(tmp_path / "file" / "past"), PastInFolder(Path("/proc/none/past"))):
        with pytest.raises(PastFailed) as failed:
            past.keep(report(1), NOW)
        assert failed.value.key == "coverage.past_read_only"


def test_a_full_disk_is_told_and_what_was_there_stays(past: PastInFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    past.keep(report(1), NOW)
    connect = sqlite3.connect

    def small(*given: object, **more: object) -> sqlite3.Connection:
        db = connect(*given, **more)  # type: ignore[call-overload]
        db.execute("PRAGMA max_page_count=1")  # the least SQLite allows: what there is now
        return db  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", small)
    noise = tuple(("ERROR", os.urandom(150).hex()) for _ in range(200))
    with pytest.raises(PastFailed) as failed:
        past.keep(report(2, patterns=noise), NOW)
    assert failed.value.key == "coverage.past_full"
    assert len(past.kept().reports) == 1


def test_a_row_that_cannot_be_read_back_is_counted(past: PastInFolder, tmp_path: Path) -> None:
    id, broken = past.keep(report(1), NOW), past.keep(report(2), NOW)
    with sqlite3.connect(tmp_path / "deep" / "past" / FILE) as db:
        db.execute("UPDATE reports SET fingerprint = X'7B7D', body = X'00' WHERE id = ?", (broken,))
    db.close()
    shelf = past.kept()
    assert ([one.id for one in shelf.reports], shelf.unreadable) == ([id], 1)
    with pytest.raises(NoPastReport) as failed:
        past.report(broken)
    assert failed.value.key == "errors.past.broken"
    past.forget(broken)
    assert past.kept().unreadable == 0


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from fa2.stores.past_folder import PastInFolder
from pasts import NOW, report, said
past, first = PastInFolder(Path(sys.argv[1])), int(sys.argv[3])
for day in range(first, first + 10):
    past.keep(report(day), NOW)
    shared = past.keep(report(28), NOW)
    past.judge(shared, said("wrong", f"cause {day}"))
"""


def test_two_processes_at_once_lose_nothing(past: PastInFolder, tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[1])
    place = str(tmp_path / "deep" / "past")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, place, tests, str(first)]) for first in (1, 11)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    kept = past.kept().reports
    assert {one.id for one in kept} == {report_id(report(day)) for day in (*range(1, 21), 28)}
    (shared,) = (one for one in kept if one.id == report_id(report(28)))
    assert sorted(f.cause for f in shared.feedback) == sorted(f"cause {day}" for day in range(1, 21))
