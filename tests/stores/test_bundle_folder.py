"""A bundle on disk: its tables, what is refused, and that the same rows give the same bytes."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.incident import Incident
from fa2.core.ports import Rows
from fa2.core.tables import arrow_schema
from fa2.stores import bundle_folder
from fa2.stores.bundle_folder import BundleWriter, zip_bundle
from fa2.stores.record_batches import record_batch

INCIDENT = Incident.model_validate(
    {
        "format": "fa2.bundle/1",
        "id": "i",
        "title": "止まった",
        "window": {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T04:00:00Z"},
    }
)
COVERAGE = [CoverageEntry(source="a.log", table="logs", query="plain_text", status="ok", rows_returned=2)]


def logs(n: int = 2) -> Rows:
    return Rows("logs", {"timestamp": list(range(n)), "source": ["a.log"] * n, "message": ["m"] * n})


def test_a_bundle_has_its_tables_in_the_formats_schema(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b") as writer:
        assert writer.add(logs()) == 2
        assert writer.add(logs()) == 2
        writer.begin("metrics")
        writer.finish(INCIDENT, COVERAGE)
    assert writer.tables == ("logs", "metrics")
    table = pq.read_table(tmp_path / "b" / "logs.parquet")
    assert table.schema.equals(arrow_schema("logs"))
    assert table.num_rows == 4
    assert pq.read_table(tmp_path / "b" / "metrics.parquet").num_rows == 0
    assert Incident.parse((tmp_path / "b" / "incident.json").read_bytes()) == INCIDENT
    assert json.loads((tmp_path / "b" / "coverage.json").read_text())[0]["rows_returned"] == 2


def test_without_a_finish_the_folder_is_no_bundle(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b") as writer:
        writer.add(logs())
    assert not (tmp_path / "b" / "incident.json").exists()


def test_a_bundle_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "logs.parquet").write_bytes(b"mine")
    with pytest.raises(UnusableInput):
        BundleWriter(tmp_path)
    assert (tmp_path / "logs.parquet").read_bytes() == b"mine"


def test_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_folder, "GROUP_ROWS", 10)
    with BundleWriter(tmp_path / "b") as writer:
        for _ in range(5):
            writer.add(logs(7))
    file = pq.ParquetFile(tmp_path / "b" / "logs.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [14, 14, 7]


def test_rows_that_break_the_format_are_left_out() -> None:
    batch = record_batch(
        Rows(
            "logs",
            {
                "timestamp": [0, None, 10**18, 1],
                "source": ["a"] * 4,
                "message": ["m", "m", "m", None],
            },
        )
    )
    assert batch.num_rows == 1


def test_aware_datetimes_and_microseconds_are_the_same() -> None:
    moment = datetime(2026, 11, 20, 3, tzinfo=UTC)
    rows = {"source": ["a"], "message": ["m"]}
    one = record_batch(Rows("logs", {"timestamp": [moment], **rows}))
    two = record_batch(Rows("logs", {"timestamp": [1_795_143_600_000_000], **rows}))
    assert one.equals(two)


@pytest.mark.parametrize(
    "rows",
    [
        Rows("nothing", {}),
        Rows("logs", {"wrong": ["x"]}),
        Rows("logs", {"timestamp": [0], "source": [], "message": ["m"]}),
        Rows("logs", {"timestamp": ["x"], "source": ["a"], "message": ["m"]}),
    ],
)
def test_rows_that_do_not_fit_the_table_are_refused(rows: Rows) -> None:
    with pytest.raises((ValueError, TypeError, pa.ArrowException)):
        record_batch(rows)


@given(st.lists(st.text(st.characters(codec=None), max_size=5), max_size=5))
def test_any_text_is_kept_and_surrogates_become_question_marks(texts: list[str]) -> None:
    n = len(texts)
    batch = record_batch(Rows("logs", {"timestamp": [0] * n, "source": ["a"] * n, "message": texts}))
    assert batch.column("message").to_pylist() == [t.encode("utf-8", "replace").decode() for t in texts]


def test_the_same_rows_give_the_same_zip(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with BundleWriter(tmp_path / name) as writer:
            writer.add(logs(1000))
            writer.finish(INCIDENT, COVERAGE)
        zip_bundle(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["coverage.json", "incident.json", "logs.parquet"]
        assert archive.testzip() is None
        archive.extractall(tmp_path / "three")
    assert (tmp_path / "three" / "logs.parquet").read_bytes() == (tmp_path / "one" / "logs.parquet").read_bytes()


def break_off(folder: Path, error: BaseException) -> None:
    with BundleWriter(folder) as writer:
        writer.add(logs(1000))
        raise error


@pytest.mark.parametrize("error", [ValueError("boom"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_bundle_that_was_broken_off_is_taken_back(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        break_off(tmp_path / "deep" / "b", error)
    assert not (tmp_path / "deep" / "b").exists()
    with BundleWriter(tmp_path / "deep" / "b") as writer:
        writer.finish(INCIDENT, [])
    assert (tmp_path / "deep" / "b" / "incident.json").exists()


def test_what_others_put_into_the_folder_stays_when_a_bundle_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="boom"):
        break_off(tmp_path, ValueError("boom"))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "b"):
        with pytest.raises(UnusableInput, match="cannot be written"):
            BundleWriter(folder)


def test_a_zip_has_its_name_only_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with BundleWriter(tmp_path / "b") as writer:
        writer.add(logs())
        writer.finish(INCIDENT, COVERAGE)

    def full(source: Path, files: object, target: Path) -> None:
        target.write_bytes(b"PK, and half of it")
        assert not (tmp_path / "b.zip").exists()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle_folder, "_zip", full)
    with pytest.raises(UnusableInput, match=r"b\.zip cannot be written: No space left on device"):
        zip_bundle(tmp_path / "b", tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_zip_may_be_written_into_the_bundle_itself(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b") as writer:
        writer.finish(INCIDENT, COVERAGE)
    for _ in range(2):
        zip_bundle(tmp_path / "b", tmp_path / "b" / "b.zip")
        with zipfile.ZipFile(tmp_path / "b" / "b.zip") as archive:
            assert archive.namelist() == ["coverage.json", "incident.json"]
