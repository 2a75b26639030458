"""Keeps past reports in one SQLite file of a folder, which several processes may use at once.

Writers take turns (WAL, `BEGIN IMMEDIATE`), readers do not wait. Reports hold lines of logs, so file and folder are
the user's alone, and what is forgotten is overwritten.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from fa2.core.past import MOST_FEEDBACK, Feedback, KeptReport, NoPastReport, PastFailed, Shelf
from fa2.core.report import Report
from fa2.core.windows import iso
from fa2.stores.past_records import Row, kept_report, packed_report, row_of, unpacked_report

MOST_REPORTS = 2_000
MOST_BYTES = 1 << 30
"""Of compressed reports; the oldest go first, those of which somebody said something last."""
_WAIT_S = 5.0

_MIGRATIONS = (
    """
    CREATE TABLE reports (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL, kept_at TEXT NOT NULL,
        verdict TEXT NOT NULL, fingerprint BLOB NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE feedback (
        number INTEGER PRIMARY KEY AUTOINCREMENT, report TEXT NOT NULL REFERENCES reports ON DELETE CASCADE,
        said TEXT NOT NULL) STRICT;
    CREATE INDEX feedback_of_report ON feedback (report);
    """,
)
"""One script for each version of the schema; a script is never changed once it was released."""

_COLUMNS = ("id", "title", "start", "end", "kept_at", "verdict", "fingerprint")
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)

_PROBLEMS = {
    sqlite3.SQLITE_BUSY: "past_busy",
    sqlite3.SQLITE_LOCKED: "past_busy",
    sqlite3.SQLITE_READONLY: "past_read_only",
    sqlite3.SQLITE_PERM: "past_read_only",
    sqlite3.SQLITE_CANTOPEN: "past_read_only",
    sqlite3.SQLITE_FULL: "past_full",
    sqlite3.SQLITE_CORRUPT: "past_corrupt",
    sqlite3.SQLITE_NOTADB: "past_corrupt",
}
"""Our message for SQLite's primary error codes."""


class PastInFolder:
    """The reports of one folder. The file is made when the first report is kept; nothing is made by looking."""

    def __init__(self, folder: Path, *, days: int = 400, most: int = MOST_REPORTS) -> None:
        self._path = folder / "reports.sqlite3"
        self._days = days
        self._most = most

    def keep(self, report: Report, at: datetime, /) -> str:
        """Keep a report; the oldest of too many go. Raises PastFailed."""
        row, since = row_of(report, at), iso(at - timedelta(self._days))
        times = {name: iso(getattr(row, name)) for name in ("start", "end", "kept_at")}
        with self._changing(made=True) as db:
            db.execute(_KEEP, {**row.model_dump(), **times, "body": packed_report(report)})
            db.execute(_TRIM, {"id": row.id, "most": self._most, "bytes": MOST_BYTES, "since": since})
        return row.id

    def kept(self) -> Shelf:
        """Return all that is kept. Raises PastFailed."""
        if not self._there():
            return Shelf()
        with self._open() as db:
            rows = db.execute(f"SELECT {_NAMES} FROM reports").fetchall()
            judged = db.execute("SELECT report, said FROM feedback ORDER BY number").fetchall()
        said: dict[str, list[str]] = {}
        for report, text in judged:
            said.setdefault(report, []).append(text)
        read = [_read(dict(zip(_COLUMNS, row, strict=True)), said.get(row[0], ())) for row in rows]
        reports = tuple(one for one in read if one is not None)
        return Shelf(reports, len(read) - len(reports))

    def report(self, id: str, /) -> Report:
        """Return a kept report. Raises NoPastReport, PastFailed."""
        self._must_exist(id)
        with self._open() as db:
            found = db.execute("SELECT body FROM reports WHERE id = ?", (id,)).fetchone()
        if found is None:
            raise NoPastReport("errors.past.unknown", id=id[:80])
        return unpacked_report(found[0], id)

    def judge(self, id: str, feedback: Feedback, /) -> None:
        """Add what a person said; of very much the first is let go. Raises NoPastReport, PastFailed."""
        self._must_exist(id)
        with self._changing() as db:
            self._must_hold(db, id)
            db.execute("INSERT INTO feedback (report, said) VALUES (?, ?)", (id, feedback.model_dump_json()))
            db.execute(
                """DELETE FROM feedback WHERE report = ?1 AND number NOT IN (
                SELECT number FROM feedback WHERE report = ?1 ORDER BY number DESC LIMIT ?2)""",
                (id, MOST_FEEDBACK),
            )

    def forget(self, id: str, /) -> None:
        """Delete a report, and overwrite where it lay. Raises NoPastReport, PastFailed."""
        self._must_exist(id)
        with self._changing() as db:
            self._must_hold(db, id)
            db.execute("DELETE FROM reports WHERE id = ?", (id,))
        with self._open() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _there(self) -> bool:
        try:
            return self._path.exists()
        except OSError as error:
            raise self._failed(error) from error

    def _must_exist(self, id: str) -> None:
        if not self._there():
            raise NoPastReport("errors.past.unknown", id=id[:80])

    @staticmethod
    def _must_hold(db: sqlite3.Connection, id: str) -> None:
        if db.execute("SELECT 1 FROM reports WHERE id = ?", (id,)).fetchone() is None:
            raise NoPastReport("errors.past.unknown", id=id[:80])

    @contextmanager
    def _changing(self, *, made: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file, which is made where it may be, for one transaction."""
        with self._open(made=made) as db:
            db.execute("BEGIN IMMEDIATE")
            with db:  # commits at the end, rolls back when there is none
                yield db
            db.execute("PRAGMA incremental_vacuum")

    @contextmanager
    def _open(self, *, made: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file and turn what SQLite and the system say into PastFailed."""
        db: sqlite3.Connection | None = None
        try:
            if made:
                self._make()
            db = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            self._prepare(db)
            yield db
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error
        finally:
            if db is not None:
                db.close()

    def _make(self) -> None:
        """Make folder and file for the user alone; what SQLite puts beside the file has the same permissions."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        if self._path.stat().st_mode & 0o077 and os.name == "posix":
            self._path.chmod(0o600)

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise PastFailed("coverage.past_newer", path=str(self._path), version=version)
        if version == 0:
            db.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only of use before there are tables
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("PRAGMA secure_delete=ON")
        if version < len(_MIGRATIONS):
            self._migrate(db)

    def _migrate(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        with db:
            version = db.execute("PRAGMA user_version").fetchone()[0]  # another process may have been quicker
            for script in _MIGRATIONS[version:]:
                for statement in script.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version={len(_MIGRATIONS)}")

    def _failed(self, error: sqlite3.Error | OSError) -> PastFailed:
        path = str(self._path)
        if isinstance(error, OSError):
            code = "past_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "past_read_only"
            return PastFailed(f"coverage.{code}", path=path, problem=error.strerror or str(error))
        code = _PROBLEMS.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF, "past_failed")
        return PastFailed(f"coverage.{code}", path=path, problem=str(error)[:200])


_KEEP = """
    INSERT INTO reports (id, title, start, "end", kept_at, verdict, fingerprint, body)
    VALUES ($id, $title, $start, $end, $kept_at, $verdict, $fingerprint, $body)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, kept_at = excluded.kept_at, verdict = excluded.verdict,
        fingerprint = excluded.fingerprint, body = excluded.body
"""
_TRIM = """
    DELETE FROM reports WHERE id IN (
        SELECT id FROM (
            SELECT id, kept_at, judged, row_number() OVER best AS number, sum(size) OVER best AS bytes
            FROM (
                SELECT id, kept_at, length(body) AS size, id IN (SELECT report FROM feedback) AS judged FROM reports)
            WINDOW best AS (ORDER BY judged DESC, kept_at DESC, id ROWS UNBOUNDED PRECEDING))
        WHERE number > $most OR bytes > $bytes OR (kept_at < $since AND NOT judged)) AND id <> $id
"""


def _read(row: Mapping[str, object], said: Sequence[str]) -> KeptReport | None:
    """Return a kept report from its columns; null where it cannot be read back."""
    try:
        return kept_report(Row.model_validate(row), [Feedback.model_validate_json(text) for text in said])
    except ValueError:  # pydantic's too
        return None
