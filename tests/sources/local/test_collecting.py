"""A folder becomes tables and coverage: every file has its entry, and no file stops the others."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident
from fa2.core.messages import LANGUAGES, catalogue
from fa2.core.ports import FileHead, Gaps, LocalFile, LocalSource, Progress, Rows
from fa2.sources.local import (
    alb_access_logs,
    cloudwatch_events,
    cloudwatch_s3_export,
    collecting,
    json_lines,
    plain_text,
)
from fa2.sources.local.collecting import collect, recorded_incident
from fa2.stores.bundle_folder import BundleWriter

SOURCES: list[LocalSource] = [
    plain_text.source,
    json_lines.source,
    cloudwatch_events.source,
    cloudwatch_s3_export.source,
    alb_access_logs.source,
]
LINE = "2026-11-20T03:00:00Z INFO ready\n"


class Sink:
    """Takes rows in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def begin(self, table: str) -> None:
        self.rows.setdefault(table, 0)

    def add(self, rows: Rows) -> int:
        self.begin(rows.table)
        n = len(next(iter(rows.columns.values())))
        self.rows[rows.table] += n
        return n


class Faulty:
    """A source that yields one row and then fails in some way."""

    name = "faulty"
    tables: tuple[str, ...] = ("metrics",)

    def __init__(self, error: Exception, sure: float = 1.0, rows: int = 1) -> None:
        self.error, self.sure, self.count = error, sure, rows

    def recognise(self, head: FileHead) -> float:
        return self.sure

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        if self.count:
            yield Rows("metrics", {"timestamp": [0], "namespace": ["n"], "name": ["m"]})
        raise self.error


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    root = tmp_path / "logs"
    root.mkdir()
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def collected(path: Path, *more: LocalSource) -> tuple[dict[str, CoverageEntry], Sink]:
    sink = Sink()
    coverage = collect(path, sink, sources=[*SOURCES, *more])
    return {entry.source: entry for entry in coverage}, sink


def code(entry: CoverageEntry) -> str | None:
    return entry.error.code if entry.error else None


def test_every_file_has_an_entry_with_its_reader_rows_and_bytes(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        **{
            "orders.log": LINE * 3,
            "web__app.jsonl": json.dumps({"time": "2026-11-20T03:00:00Z", "msg": "m"}),
            "packed.log.gz": gzip.compress(LINE.encode() * 2),
            "events.json": '{"events": [{"timestamp": 1795143600000, "message": "m"}]}',
        },
    )
    entries, sink = collected(root)
    assert list(entries) == ["events.json", "orders.log", "packed.log.gz", "web/app.jsonl"]
    assert [entry.query for entry in entries.values()] == [
        "cloudwatch_events",
        "plain_text",
        "plain_text",
        "json_lines",
    ]
    assert {entry.status for entry in entries.values()} == {"ok"}
    assert entries["packed.log.gz"].rows_returned == 2
    assert entries["packed.log.gz"].bytes_scanned == 2 * len(LINE)
    assert sink.rows == {"logs": 7}


def test_what_cannot_be_read_is_named_with_a_remedy(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        **{
            "empty.log": b"",
            "image.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
            "logs.zip": b"PK\x03\x04" + bytes(100),
            "no_times.log": "INFO one\nINFO two\n",
            "other.json": '{"name": "x", "version": 1}',
            "good.log": LINE,
        },
    )
    (root / "link.log").symlink_to(root / "good.log")
    os.mkfifo(root / "pipe")
    entries, sink = collected(root)
    assert {name: (entry.status, code(entry)) for name, entry in entries.items()} == {
        "empty.log": ("skipped", "empty_file"),
        "good.log": ("ok", None),
        "image.png": ("skipped", "not_recognised"),
        "link.log": ("skipped", "link"),
        "logs.zip": ("skipped", "other_packing"),
        "no_times.log": ("failed", "no_timestamps"),
        "other.json": ("skipped", "not_recognised"),
        "pipe": ("skipped", "no_plain_file"),
    }
    assert sink.rows == {"logs": 1}
    for entry in entries.values():
        assert entry.error is None or (entry.error.message and entry.error.remedy)


def test_a_source_that_fails_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    root = folder(tmp_path, **{"a.log": LINE, "b.log": LINE})
    for error in (ValueError("boom"), MemoryError(), RecursionError(), KeyError("\ud800")):
        entries, sink = collected(root, Faulty(error))
        assert {entry.status for entry in entries.values()} == {"partial"}
        assert {code(entry) for entry in entries.values()} == {"reader_failed"}
        assert sink.rows == {"metrics": 2}


def test_a_source_that_fails_before_any_row_leaves_no_table(tmp_path: Path) -> None:
    entries, sink = collected(folder(tmp_path, **{"a.log": LINE}), Faulty(ValueError("boom"), rows=0))
    assert entries["a.log"].status == "failed"
    assert sink.rows == {}


def test_a_source_that_cannot_even_look_is_passed_over(tmp_path: Path) -> None:
    class Blind(Faulty):
        def recognise(self, head: FileHead) -> float:
            raise self.error

    entries, _ = collected(folder(tmp_path, **{"a.log": LINE, "b.bin": bytes(99)}), Blind(OSError("x")))
    assert entries["a.log"].status == "ok"
    assert (entries["b.bin"].status, code(entries["b.bin"])) == ("failed", "reader_failed")


def test_a_statement_of_a_source_reaches_coverage_with_its_values(tmp_path: Path) -> None:
    error = UnusableInput("coverage.log_query_without_times", n=7)
    entries, _ = collected(folder(tmp_path, **{"a.log": LINE}), Faulty(error, rows=0))
    problem = entries["a.log"].error
    assert problem is not None
    assert (problem.code, problem.values) == ("log_query_without_times", {"n": 7})
    assert "fields @timestamp" in problem.remedy


def test_a_cut_off_gzip_is_partial_and_keeps_what_came_before(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"2026-11-20T03:00:00Z INFO {n}\n" for n in range(9999)).encode())
    entries, sink = collected(folder(tmp_path, **{"a.log.gz": packed[:-1000], "b.gz": packed[:11]}))
    assert (entries["a.log.gz"].status, code(entries["a.log.gz"])) == (
        "partial",
        "truncated_packing",
    )
    assert 1000 < sink.rows["logs"] < 9999
    assert entries["b.gz"].status in ("failed", "skipped")


def test_losses_come_before_notes_and_each_has_its_entry(tmp_path: Path) -> None:
    root = folder(tmp_path, **{"a.log": b"first\n2026-11-20 03:00:00 caf\xe9\n"})
    coverage = collect(root, Sink(), sources=SOURCES)
    assert [(e.status, code(e), e.rows_returned) for e in coverage] == [
        ("partial", "undecodable_bytes", 2),
        ("ok", "note_lines_before_first_time", None),
        ("ok", "note_no_zone", None),
    ]


def test_hidden_files_and_the_incident_are_left_out(tmp_path: Path) -> None:
    incident = {
        "format": "fa2.bundle/1",
        "id": "i",
        "window": {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T04:00:00Z"},
    }
    root = folder(
        tmp_path,
        **{
            ".DS_Store": b"x",
            ".git__x.log": LINE,
            "incident.json": json.dumps(incident),
            "a.log": LINE,
        },
    )
    entries, _ = collected(root)
    assert list(entries) == ["a.log"]
    found = recorded_incident(root)
    assert found is not None
    assert found.id == "i"
    assert recorded_incident(root / ".git") is None


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.log").write_text(LINE)
    root = folder(tmp_path, **{"a.log": LINE})
    (root / "out").symlink_to(outside)
    (root / "round").symlink_to(root)
    entries, sink = collected(root)
    assert {name: code(entry) for name, entry in entries.items()} == {
        "a.log": None,
        "out": "link",
        "round": "link",
    }
    assert sink.rows == {"logs": 1}


def test_one_file_can_be_given_and_nothing_is_an_error(tmp_path: Path) -> None:
    root = folder(tmp_path, **{"a.log": LINE})
    assert list(collected(root / "a.log")[0]) == ["a.log"]
    with pytest.raises(UnusableInput):
        collected(root / "missing")


def test_progress_rises_to_the_bytes_on_disk(tmp_path: Path) -> None:
    root = folder(tmp_path, **{"a.log": LINE * 50_000, "b.log": LINE})
    told: list[Progress] = []
    collect(root, Sink(), sources=SOURCES, watch=told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert done[-1] == told[-1].total == 50_001 * len(LINE)
    assert told[0].values == {"file": "a.log"}


def test_a_full_disk_is_not_blamed_on_a_source(tmp_path: Path) -> None:
    class Full(Sink):
        def add(self, rows: Rows) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        collect(folder(tmp_path, **{"a.log": LINE}), Full(), sources=SOURCES)


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    root = folder(tmp_path)
    with (root / os.fsdecode(b"caf\xe9.log")).open("w") as file:
        file.write(LINE)
    entries, _ = collected(root)
    assert list(entries) == ["caf\ufffd.log"]


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    root = folder(tmp_path, **{"a.log": LINE * 9, "b.log": "Nov 20 03:00:00 web app: x\n", "c.bin": bytes(9)})
    os.utime(root / "b.log", (0, datetime(2026, 11, 20, tzinfo=UTC).timestamp()))
    window = {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T04:00:00Z"}
    incident = Incident.model_validate({"format": "fa2.bundle/1", "id": "i", "window": window})
    written = []
    for name in ("one", "two"):
        with BundleWriter(tmp_path / name) as writer:
            writer.finish(incident, collect(root, writer, sources=SOURCES))
        written.append({p.name: p.read_bytes() for p in sorted((tmp_path / name).iterdir())})
    assert written[0] == written[1]
    assert set(written[0]) == {"logs.parquet", "incident.json", "coverage.json"}


def test_every_code_of_a_source_has_its_message_and_remedy_in_both_languages() -> None:
    folder = Path(collecting.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    said = re.findall(r'(?:gaps|_gaps)\.add\(\s*"([a-z_0-9]+)"', text)
    said += re.findall(r'"coverage\.([a-z_0-9]+)"', text) + re.findall(r'problem\("([a-z_0-9]+)"', text)
    said += re.findall(r'notes\.add\("([a-z_0-9]+)"', text)
    assert len(set(said)) > 20
    for language in LANGUAGES:
        texts = catalogue(language)
        for word in sorted(set(said)):
            assert texts.has(f"coverage.{word}"), (language, word)
            assert word.startswith("note_") or texts.has(f"coverage.{word}_remedy"), (language, word)
