"""Keeps detectors, what they learned and what they found, in one SQLite file that several processes may use.

Writers take turns (WAL, `BEGIN IMMEDIATE`); readers never wait. What a detector learned, how far it read its files
and what it found are written in one transaction, so that a process that is killed leaves all of it or nothing.
See docs/decisions/0007-detectors-in-sqlite.md.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from fa2.core.anomalies import AcceptedAnomaly, Anomaly, Suppression
from fa2.core.anomaly_json import anomaly_json, anomaly_of
from fa2.core.detectors import Checkpoint, DetectorDefinition, DetectorRecord, DetectorStatus, FilePosition
from fa2.core.errors import UnusableInput
from fa2.core.windows import iso

_MIGRATIONS = (
    """
    CREATE TABLE detectors (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, status TEXT NOT NULL,
        created TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE parts (
        detector TEXT NOT NULL REFERENCES detectors ON DELETE CASCADE, kind TEXT NOT NULL, key TEXT NOT NULL,
        body BLOB NOT NULL, PRIMARY KEY (detector, kind, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE positions (
        detector TEXT NOT NULL REFERENCES detectors ON DELETE CASCADE, path TEXT NOT NULL, position TEXT NOT NULL,
        PRIMARY KEY (detector, path)) STRICT, WITHOUT ROWID;
    CREATE TABLE anomalies (
        id TEXT PRIMARY KEY, detector TEXT NOT NULL REFERENCES detectors ON DELETE CASCADE, pattern_id TEXT NOT NULL,
        first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, body TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'active', suppressed_at TEXT, suppressed_until TEXT) STRICT;
    CREATE INDEX anomalies_of_detector ON anomalies (detector, last_seen);
    CREATE TABLE suppressions (
        detector TEXT NOT NULL REFERENCES detectors ON DELETE CASCADE, pattern_id TEXT NOT NULL, since TEXT NOT NULL,
        until TEXT, PRIMARY KEY (detector, pattern_id)) STRICT, WITHOUT ROWID;
    CREATE TABLE accepted (
        number INTEGER PRIMARY KEY AUTOINCREMENT, detector TEXT NOT NULL REFERENCES detectors ON DELETE CASCADE,
        anomaly TEXT NOT NULL, accepted TEXT NOT NULL) STRICT;
    """,
)
"""One script for each version of the schema; a script is never changed once it was released."""
_WAIT_S = 30.0
_MOMENTS = ("learns_until", "trained_until", "first_line", "evaluated_until")


class DetectorStore:
    """One store file. Raises UnusableInput when it is none, or of a later version."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._migrate()
        except (sqlite3.DatabaseError, OSError) as error:
            raise UnusableInput("detectors.error.store", path=str(path), problem=str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _migrate(self) -> None:
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(_MIGRATIONS):
                raise UnusableInput("detectors.error.newer_store", path=str(self._path), version=version)
            for script in _MIGRATIONS[version:]:
                for statement in script.split(";"):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version={len(_MIGRATIONS)}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:  # commits at the end, rolls back when there is none
            yield

    # -- detectors -----------------------------------------------------------------------------------------------

    def create(self, definition: DetectorDefinition, now: datetime) -> DetectorRecord:
        """Keep a new detector. Raises UnusableInput when the name is taken."""
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"fa2:detector:{definition.name}:{iso(now)}"))
        record = DetectorRecord(id, definition, DetectorStatus(), now)
        try:
            with self._transaction():
                self._db.execute(
                    "INSERT INTO detectors (id, name, definition, status, created) VALUES (?, ?, ?, ?, ?)",
                    (id, definition.name, json.dumps(asdict(definition)), _status_text(record.status), iso(now)),
                )
        except sqlite3.IntegrityError as error:
            raise UnusableInput("detectors.error.name_taken", name=definition.name) from error
        return record

    def detectors(self) -> list[DetectorRecord]:
        """Return all detectors by name."""
        rows = self._db.execute("SELECT id, definition, status, created, generation FROM detectors ORDER BY name")
        return [_record(*row) for row in rows]

    def detector(self, name: str) -> DetectorRecord:
        """Return the detector of a name or id. Raises UnusableInput when there is none."""
        row = self._db.execute(
            "SELECT id, definition, status, created, generation FROM detectors WHERE ? IN (name, id)", (name,)
        ).fetchone()
        if row is None:
            known = ", ".join(record.definition.name for record in self.detectors()) or "–"
            raise UnusableInput("detectors.error.no_detector", name=name[:120], known=known)
        return _record(*row)

    def set_state(self, record: DetectorRecord, status: DetectorStatus) -> None:
        """Change how a detector is, from outside of its work."""
        with self._transaction():
            self._db.execute(
                "UPDATE detectors SET status = ?, generation = generation + 1 WHERE id = ?",
                (_status_text(status), record.id),
            )

    def delete(self, record: DetectorRecord) -> None:
        """Forget a detector with all that it learned and found."""
        with self._transaction():
            self._db.execute("DELETE FROM detectors WHERE id = ?", (record.id,))

    # -- work ----------------------------------------------------------------------------------------------------

    def parts(self, record: DetectorRecord) -> dict[tuple[str, str], bytes]:
        """Return a detector's memory."""
        rows = self._db.execute("SELECT kind, key, body FROM parts WHERE detector = ?", (record.id,))
        return {(kind, key): body for kind, key, body in rows}

    def positions(self, record: DetectorRecord) -> dict[str, FilePosition]:
        """Return how far each file has been read, by path."""
        rows = self._db.execute("SELECT path, position FROM positions WHERE detector = ?", (record.id,))
        return {path: FilePosition(**json.loads(position)) for path, position in rows}

    def commit(
        self, record: DetectorRecord, checkpoint: Checkpoint, anomalies: Iterable[Anomaly], withdrawn: Iterable[str]
    ) -> DetectorRecord:
        """Write what some lines changed, all of it or nothing; return the record as it is now.

        Raises UnusableInput when another process worked on the detector since it was read.
        """
        with self._transaction():
            done = self._db.execute(
                "UPDATE detectors SET status = ?, generation = generation + 1 WHERE id = ? AND generation = ?",
                (_status_text(checkpoint.status), record.id, record.generation),
            )
            if done.rowcount != 1:
                raise UnusableInput("detectors.error.company", name=record.definition.name)
            for (kind, key), body in checkpoint.parts.items():
                if body is None:
                    self._db.execute(
                        "DELETE FROM parts WHERE detector = ? AND kind = ? AND key = ?", (record.id, kind, key)
                    )
                else:
                    self._db.execute("REPLACE INTO parts VALUES (?, ?, ?, ?)", (record.id, kind, key, body))
            for path, position in checkpoint.positions.items():
                self._db.execute(
                    "REPLACE INTO positions VALUES (?, ?, ?)", (record.id, path, json.dumps(asdict(position)))
                )
            for id in withdrawn:
                self._db.execute("DELETE FROM anomalies WHERE id = ?", (id,))
            self._put(anomalies)
        return replace(record, status=checkpoint.status, generation=record.generation + 1)

    def _put(self, anomalies: Iterable[Anomaly]) -> None:
        """Write anomalies; what users decided on them stays."""
        for anomaly in anomalies:
            self._db.execute(
                """INSERT INTO anomalies (id, detector, pattern_id, first_seen, last_seen, body, state)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET pattern_id = excluded.pattern_id,
                    first_seen = excluded.first_seen, last_seen = excluded.last_seen, body = excluded.body,
                    state = CASE excluded.state WHEN 'baseline' THEN 'baseline' ELSE state END""",
                (
                    anomaly.id,
                    anomaly.detector,
                    anomaly.pattern_id,
                    iso(anomaly.first_seen),
                    iso(anomaly.last_seen),
                    json.dumps(anomaly_json(anomaly), ensure_ascii=False),
                    anomaly.state,
                ),
            )

    # -- anomalies -----------------------------------------------------------------------------------------------

    def anomalies(self, now: datetime, record: DetectorRecord | None = None) -> list[Anomaly]:
        """Return the anomalies of one detector or all as they are at a moment, the latest first."""
        rows = self._db.execute(
            """SELECT a.body, a.state, a.suppressed_at, a.suppressed_until, s.since, s.until
            FROM anomalies AS a LEFT JOIN suppressions AS s USING (detector, pattern_id)
            WHERE ?1 IS NULL OR a.detector = ?1 ORDER BY a.last_seen DESC, a.first_seen DESC, a.id""",
            (record.id if record else None,),
        )
        return [_decided(*row).seen_at(now) for row in rows]

    def anomaly(self, id: str, now: datetime) -> Anomaly:
        """Return an anomaly by its id or the beginning of it. Raises UnusableInput when it is none, or not one."""
        found = [a for a in self.anomalies(now) if a.id.startswith(id)] if id else []
        if len(found) != 1:
            raise UnusableInput(
                "detectors.error.no_anomaly" if not found else "detectors.error.many_anomalies", id=id[:80]
            )
        return found[0]

    def suppress(self, anomaly: Anomaly, now: datetime, until: datetime | None) -> None:
        """Hide an anomaly until a moment; null for ever."""
        self._decide(anomaly, "suppressed", iso(now), iso(until) if until else None)

    def unsuppress(self, anomaly: Anomaly) -> None:
        """Show an anomaly again, and its pattern."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM suppressions WHERE detector = ? AND pattern_id = ?", (anomaly.detector, anomaly.pattern_id)
            )
        self._decide(anomaly, "active", None, None)

    def _decide(self, anomaly: Anomaly, state: str, since: str | None, until: str | None) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE anomalies SET state = ?, suppressed_at = ?, suppressed_until = ? WHERE id = ?",
                (state, since, until, anomaly.id),
            )

    def suppress_pattern(self, suppression: Suppression) -> None:
        """Hide all anomalies of a pattern, those to come too."""
        until = iso(suppression.until) if suppression.until else None
        with self._transaction():
            self._db.execute(
                "REPLACE INTO suppressions VALUES (?, ?, ?, ?)",
                (suppression.detector, suppression.pattern_id, iso(suppression.since), until),
            )

    def accept(self, anomaly: Anomaly) -> None:
        """Take an anomaly for normal; the detector learns of it when it works next."""
        accepted = AcceptedAnomaly(
            anomaly.pattern_id,
            anomaly.kind,
            anomaly.token,
            anomaly.value,
            anomaly.priority,
            anomaly.observed,
            anomaly.expected,
        )
        with self._transaction():
            self._db.execute("UPDATE anomalies SET state = 'baseline' WHERE id = ?", (anomaly.id,))
            self._db.execute(
                "INSERT INTO accepted (detector, anomaly, accepted) VALUES (?, ?, ?)",
                (anomaly.detector, anomaly.id, json.dumps(asdict(accepted))),
            )

    def accepted(self, record: DetectorRecord, after: int = 0) -> list[tuple[int, AcceptedAnomaly, str]]:
        """Return what was taken for normal since number `after`: number, what, and the anomaly's id."""
        rows = self._db.execute(
            "SELECT number, accepted, anomaly FROM accepted WHERE detector = ? AND number > ? ORDER BY number",
            (record.id, after),
        )
        return [(number, AcceptedAnomaly(**json.loads(accepted)), id) for number, accepted, id in rows]

    def purge(self, record: DetectorRecord, now: datetime) -> int:
        """Forget anomalies that ended longer ago than they are visible; return how many."""
        limit = iso(now - timedelta(days=record.definition.visibility_days))
        with self._transaction():
            done = self._db.execute("DELETE FROM anomalies WHERE detector = ? AND last_seen < ?", (record.id, limit))
        return done.rowcount


def _status_text(status: DetectorStatus) -> str:
    data = asdict(status)
    for name in _MOMENTS:
        data[name] = iso(data[name]) if data[name] else None
    return json.dumps(data)


def _record(id: str, definition: str, status: str, created: str, generation: int) -> DetectorRecord:
    asked = json.loads(definition)
    asked["paths"] = tuple(asked["paths"])
    told = json.loads(status)
    for name in _MOMENTS:
        told[name] = datetime.fromisoformat(told[name]) if told[name] else None
    told["advice"] = tuple(told["advice"])
    made = datetime.fromisoformat(created)
    return DetectorRecord(id, DetectorDefinition(**asked), DetectorStatus(**told), made, generation)


def _decided(
    body: str, state: str, at: str | None, until: str | None, pattern_since: str | None, pattern_until: str | None
) -> Anomaly:
    """Return an anomaly with what users decided on it and on its pattern."""
    anomaly = anomaly_of(json.loads(body))
    if state == "active" and pattern_since is not None:
        return replace(
            anomaly,
            state="suppressed",
            suppressed_at=datetime.fromisoformat(pattern_since),
            suppressed_until=_time(pattern_until),
            pattern_suppressed=True,
        )
    return replace(anomaly, state=state, suppressed_at=_time(at), suppressed_until=_time(until))  # type: ignore[arg-type]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def sources_of(records: Sequence[DetectorRecord]) -> dict[str, str]:
    """Return the names of detectors by id."""
    return {record.id: record.definition.name for record in records}
