"""A folder of documents with an index that is kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from fa2.core.errors import UnusableInput
from fa2.core.incident import Alarm, Incident, Span
from fa2.core.ports import Gaps
from fa2.documents.searching import search
from fa2.documents.terms import query
from fa2.sources.documents import folder as folder_module
from fa2.sources.documents.folder import opened_folder
from fa2.sources.documents.fts_index import SectionIndex

CORPUS = Path(__file__).parents[2] / "documents" / "corpus"


@pytest.fixture
def runbooks(tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "pool.md").write_text("# Payments\n\n## Connection pool\n\nRaise maximumPoolSize.\n")
    (folder / "kagi.md").write_text("# 鍵の更新\n\nKMS の鍵を更新する。\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "documents.db"


def found(folder: Path, index: Path | None, text: str, gaps: Gaps | None = None) -> list[str]:
    with opened_folder(folder, index, gaps or Gaps()) as documents:
        return [hit.part.id for hit in documents.search(query([(text, 1.0)]))]


def incident(**more: object) -> Incident:
    window = Span.model_validate({"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T04:00:00Z"})
    return Incident.model_validate({"format": "fa2.bundle/1", "id": "i", "window": window, **more})


def test_sections_are_found_in_both_languages(runbooks: Path, index: Path) -> None:
    assert found(runbooks, index, "maximumPoolSize") == ["pool.md#L5"]
    assert found(runbooks, index, "鍵を更新したい") == ["kagi.md#L3"]
    assert found(runbooks, index, "coffee machine") == []


def test_an_index_in_a_file_finds_what_a_search_in_memory_finds(tmp_path: Path) -> None:
    with opened_folder(CORPUS, tmp_path / "i.db", Gaps()) as documents:
        parts = documents._index.parts()
        for text in ("payments connection pool", "証明書の期限", "ORA-00060", "名前解決 queue batch"):
            asked = query([(text, 1.0)])
            there = documents.search(asked)
            assert there
            assert there == search(parts, asked)


def test_what_changed_is_read_again_and_nothing_else(
    runbooks: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    cut = folder_module.titled
    monkeypatch.setattr(folder_module, "titled", lambda file, text: read.append(file) or cut(file, text))
    assert found(runbooks, index, "deadlock") == []
    assert sorted(read) == ["kagi.md", "pool.md"]
    (runbooks / "pool.md").write_text("# Deadlocks\n\nTell the owner of the deadlock.\n")
    (runbooks / "kagi.md").unlink()
    (runbooks / "new.txt").write_text("Another note on a deadlock")
    assert sorted(found(runbooks, index, "deadlock")) == ["new.txt#L1", "pool.md#L3"]
    assert sorted(read[2:]) == ["new.txt", "pool.md"]
    assert found(runbooks, index, "鍵") == []


def test_a_file_that_was_only_touched_keeps_its_sections(
    runbooks: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(runbooks, index, "pool")
    os.utime(runbooks / "pool.md", ns=(1, 1))
    monkeypatch.setattr(SectionIndex, "put", lambda *_: pytest.fail("indexed again"))
    assert found(runbooks, index, "connection pool") == ["pool.md#L5"]


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be taken for one" * 40])
def test_a_broken_index_is_made_anew(runbooks: Path, index: Path, content: bytes) -> None:
    index.parent.mkdir()
    index.write_bytes(content)
    assert found(runbooks, index, "connection pool") == ["pool.md#L5"]
    assert index.read_bytes().startswith(b"SQLite format 3\0")


def test_an_index_of_another_version_or_folder_is_made_anew(runbooks: Path, index: Path, tmp_path: Path) -> None:
    found(runbooks, index, "pool")
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE made SET version = 0")
    connection.close()
    assert found(runbooks, index, "connection pool") == ["pool.md#L5"]
    other = tmp_path / "other"
    shutil.copytree(runbooks, other)
    (other / "pool.md").unlink()
    assert found(other, index, "connection pool") == []


def test_an_index_that_cannot_be_written_or_is_in_use_does_not_stop_the_search(
    runbooks: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.documents.fts_index._WAIT_S", 0.0)
    (tmp_path / "file").write_text("")
    assert found(runbooks, tmp_path / "file" / "i.db", "connection pool") == ["pool.md#L5"]
    with SectionIndex.opened(index, "someone"):
        assert found(runbooks, index, "connection pool") == ["pool.md#L5"]


def test_without_full_text_search_the_remedy_is_told(runbooks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Without(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            if "USING fts5" in sql:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(sql, *rest)  # type: ignore[arg-type]

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Without))
    with pytest.raises(UnusableInput, match="no full-text search"):
        found(runbooks, None, "pool")
    with pytest.raises(UnusableInput):
        found(runbooks, runbooks / "i.db", "pool")


def test_what_cannot_be_read_is_counted_each_time(runbooks: Path, index: Path) -> None:
    (runbooks / "empty.md").write_text(" \n")
    (runbooks / "picture.md").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\xff\xfe" * 9)
    (runbooks / "latin.md").write_bytes("# Café\n\nna\xefve caf\xe9\n".encode("latin-1"))
    (runbooks / "huge.md").write_bytes(b"# Huge\n\n" + b"filler of the huge file. " * 420_000)
    (runbooks / "link.md").symlink_to(runbooks / "pool.md")
    (runbooks / "image.png").write_bytes(b"\x89PNG")
    for _ in range(2):
        gaps = Gaps()
        assert found(runbooks, index, "connection pool", gaps) == ["pool.md#L5"]
        assert dict(gaps.counts) == {
            "document_empty": 1,
            "document_not_text": 2,
            "document_cut": 1,
            "document_unreadable": 1,
        }
        assert gaps.examples["document_cut"] == "huge.md"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932", "euc_jp"])
def test_documents_in_the_encodings_of_japanese_are_read(runbooks: Path, encoding: str) -> None:
    text = "# 決済\r\n\r\n接続プールの上限をあげてから、カード会社に連絡する。\r\n"
    (runbooks / "kessai.md").write_bytes(text.encode(encoding))
    gaps = Gaps()
    assert found(runbooks, None, "カード会社", gaps) == ["kessai.md#L3"]
    assert not gaps.counts


@pytest.mark.parametrize(
    "text",
    [
        '"pool" OR title:x', "pool NEAR(a b)", "pool*", "(pool", "pool AND", "NOT pool", '"', "pool'; DROP TABLE files; --",
        "{title} : pool", "^pool", "pool -connection", "\0pool", "%_pool", "pool " * 5000,
    ],
)  # fmt: skip
def test_no_text_is_read_as_a_query(runbooks: Path, index: Path, text: str) -> None:
    found(runbooks, index, text)
    assert found(runbooks, index, "connection pool") == ["pool.md#L5"]


def test_few_sections_are_all_collected_whatever_the_alarm(runbooks: Path) -> None:
    with opened_folder(runbooks, None, Gaps()) as documents:
        (rows,) = documents.rows(incident(alarm=Alarm(name="nothing-of-this")))
    assert dict(rows.columns) == {
        "id": ["kagi.md#L3", "pool.md#L5"],
        "title": ["鍵の更新", "Payments > Connection pool"],
        "text": ["KMS の鍵を更新する。", "Raise maximumPoolSize."],
        "url": [None, None],
    }


def test_of_many_sections_the_fitting_are_collected(runbooks: Path) -> None:
    for n in range(250):
        (runbooks / f"note{n:03}.md").write_text(f"# Note\n\nNothing of interest, number {n}.\n")
    with opened_folder(runbooks, None, Gaps()) as documents:
        (rows,) = documents.rows(incident(alarm=Alarm(name="payments-connections", service="payments")))
        assert rows.columns["id"] == ["pool.md#L5"]
        assert list(documents.rows(incident(question="the museum's opening hours"))) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="nowhere"):
        found(tmp_path / "nowhere", None, "pool")
