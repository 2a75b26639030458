"""An index of sections in SQLite's full-text search: one file, no server.

SQLite finds candidates by its own BM25; fa2.documents.ranking judges them, with how many sections hold each
word taken from the index. Words are cut by us (fa2.documents.words) and stored with spaces between them,
so that SQLite's tokenizer has nothing to decide and no text of a user or of a log is ever read as a query.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fa2.core.errors import UnusableInput
from fa2.documents.ranking import Counted, Stock
from fa2.documents.searching import FOUND, Hit, Part, best
from fa2.documents.sections import Section
from fa2.documents.terms import Query
from fa2.documents.words import words

VERSION = 1
"""Of what is stored; raise it when words, sections or tables change, and indexes are made anew."""
_CANDIDATES = 200
_WAIT_S = 5.0
_TABLES = """
CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER, modified INTEGER, hash TEXT, url TEXT, gaps TEXT);
CREATE TABLE sections (id INTEGER PRIMARY KEY, file TEXT, path TEXT, text TEXT, start INTEGER, line INTEGER, words INTEGER);
CREATE INDEX sections_by_file ON sections (file);
CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize = 'ascii', detail = 'column');
CREATE VIRTUAL TABLE holding USING fts5vocab(search, 'row');
"""


class _Unfit(sqlite3.DatabaseError):
    """A file that is no index of this version, or of another folder."""


@dataclass(frozen=True)
class IndexedFile:
    """What the index knows of a file."""

    name: str
    size: int
    modified: int
    """Nanoseconds since 1970, as the file system has it."""
    hash: str
    url: str | None
    gaps: tuple[str, ...] = ()
    """Codes of what was lost when it was read."""


class SectionIndex:
    """Sections of documents, and the search in them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, file: Path | None, owner: str) -> Iterator[SectionIndex]:
        """Open the index in a file, made when it is not there; in memory for None.

        owner: whose documents it holds. A file that is broken, of another version or of another owner is
        made anew; where that cannot be done (no right, no room, in use), the index is in memory. What was
        changed is kept when the block ends well. Raises UnusableInput where SQLite has no FTS5.
        """
        connection = _connected(file, owner)
        try:
            yield cls(connection)
            connection.commit()
        finally:
            connection.close()

    def files(self) -> dict[str, IndexedFile]:
        """Return what is indexed, by name."""
        rows = self._connection.execute("SELECT name, size, modified, hash, url, gaps FROM files")
        return {row[0]: IndexedFile(row[0], row[1], row[2], row[3], row[4], tuple(json.loads(row[5]))) for row in rows}

    def put(self, file: IndexedFile, sections: Iterable[Section]) -> None:
        """Have a file with its sections, in place of what the index had of it."""
        self.remove(file.name)
        self.note(file)
        for section in sections:
            titled, written = words(section.title), words(section.text)
            cursor = self._connection.execute(
                "INSERT INTO sections (file, path, text, start, line, words) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    file.name,
                    json.dumps(section.path, ensure_ascii=True),
                    section.text,
                    section.start,
                    section.line,
                    len(titled) + len(written),
                ),
            )
            self._connection.execute(
                "INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)",
                (cursor.lastrowid, " ".join(titled), " ".join(written)),
            )

    def note(self, file: IndexedFile) -> None:
        """Have what is known of a file, its sections left as they are."""
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (file.name, file.size, file.modified, file.hash, file.url, json.dumps(file.gaps)),
        )

    def remove(self, name: str) -> None:
        """Have a file no more."""
        self._connection.execute("DELETE FROM search WHERE rowid IN (SELECT id FROM sections WHERE file = ?)", (name,))
        self._connection.execute("DELETE FROM sections WHERE file = ?", (name,))
        self._connection.execute("DELETE FROM files WHERE name = ?", (name,))

    def parts(self) -> list[Part]:
        """Return all sections, by file and place."""
        return [_part(row) for row in self._connection.execute(f"{_PARTS} ORDER BY s.file, s.start")]

    def count(self) -> int:
        """Return how many sections there are."""
        return int(self._connection.execute("SELECT count(*) FROM sections").fetchone()[0])

    def search(self, query: Query, count: int = FOUND) -> list[Hit]:
        """Return the fitting sections, best first, at most `count` and one of each document.

        Judges the first 200 that SQLite finds.
        """
        asked = " OR ".join(f'"{word}"' for word in query.words)
        if not asked:
            return []
        found = (
            f"SELECT rowid FROM search WHERE search MATCH ? ORDER BY bm25(search, 3.0, 1.0), rowid LIMIT {_CANDIDATES}"
        )
        rows = self._connection.execute(f"{_PARTS} WHERE s.id IN ({found})", (asked,)).fetchall()
        parts = [_part(row) for row in rows]
        counted = [Counted.of(part.section.title, part.section.text) for part in parts]
        return best(zip(parts, counted, strict=True), query, self._stock(query.words), count)

    def _stock(self, asked: Sequence[str]) -> Stock:
        sections, mean = self._connection.execute("SELECT count(*), coalesce(avg(words), 0) FROM sections").fetchone()
        listed = json.dumps(asked)
        sql = "SELECT term, doc FROM holding WHERE term IN (SELECT value FROM json_each(?))"
        return Stock(sections, mean, dict(self._connection.execute(sql, (listed,))))


_PARTS = "SELECT s.file, s.path, s.text, s.start, s.line, f.url FROM sections s JOIN files f ON f.name = s.file"


def _part(row: tuple[str, str, str, int, int, str | None]) -> Part:
    file, path, text, start, line, url = row
    return Part(f"{file}#L{line}", file, Section(tuple(json.loads(path)), text, start, line), url)


def _connected(file: Path | None, owner: str) -> sqlite3.Connection:
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                return _ready(str(file), owner)
            except sqlite3.OperationalError:  # in use, or not ours to write: it may be well
                raise
            except sqlite3.DatabaseError:  # broken, or made by another version or for another folder
                file.unlink()
                return _ready(str(file), owner)
        except (OSError, sqlite3.Error):
            pass  # the index is only a saving of time
    return _ready(":memory:", owner)


def _ready(name: str, owner: str) -> sqlite3.Connection:
    """Return a connection that holds the lock for writing, its tables made when there were none."""
    connection = sqlite3.connect(name, timeout=_WAIT_S, isolation_level=None)
    try:
        _require_search(connection)
        connection.execute("BEGIN IMMEDIATE")
        made = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not made:
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute("CREATE TABLE made AS SELECT ? AS version, ? AS owner", (VERSION, owner))
        elif connection.execute("SELECT version, owner FROM made").fetchall() != [(VERSION, owner)]:
            raise _Unfit(name)
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        if "no such" in str(error):
            raise _Unfit(name) from error
        raise
    except BaseException:
        connection.close()
        raise


def _require_search(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("CREATE VIRTUAL TABLE temp.tried USING fts5(text)")
        connection.execute("DROP TABLE temp.tried")
    except sqlite3.OperationalError as error:
        if "no such module" in str(error):
            raise UnusableInput("errors.documents.no_search", version=sqlite3.sqlite_version) from error
        raise
