"""Reading a bundle: what the format allows is read, and what breaks it is told with file, column and remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import Scene
from fa2.core.bundle import Bundle, is_bundle, opened, validate
from fa2.core.errors import BrokenBundle, UnusableInput
from fa2.core.tables import TABLES, arrow_schema

WINDOW = {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T03:10:00Z"}
INCIDENT = {"format": "fa2.bundle/1", "id": "i", "window": WINDOW}
Damage = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with two rows in every table that has times, one in the others."""
    scene = Scene()
    for at in (-5, 5):
        scene.log(at, f"line at {at}", level="INFO")
        scene.metric(at, 1.5)
        scene.span(at, http_status=200)
        scene.counted(at, "pattern", 3)
        scene.change(at)
        scene.finding(at)
    scene.edge("web", "db")
    scene.add("documents", id="d", text="runbook")
    return scene.write(tmp_path / "bundle")


@contextmanager
def refusal() -> Iterator[list[str]]:
    """Give a list to which the refusal of a bundle is added, if it comes to that."""
    told: list[str] = []
    try:
        yield told
    except BrokenBundle as error:
        told.append(str(error))


def table(folder: Path, name: str = "logs") -> pa.Table:
    return pq.read_table(folder / f"{name}.parquet")


def store(folder: Path, column: str, values: pa.Array, name: str = "logs") -> None:
    """Write a table again with one column stored in another way."""
    old = table(folder, name)
    pq.write_table(old.set_column(old.schema.get_field_index(column), column, values), folder / f"{name}.parquet")


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with opened(path) as bundle, bundle.connected() as connection:
        return connection.execute(sql).fetchall()


def test_a_whole_bundle_is_read_and_counted(folder: Path) -> None:
    with opened(folder) as bundle:
        assert bundle.tables == tuple(TABLES)
        assert dict(validate(bundle)) == {**dict.fromkeys(TABLES, 2), "edges": 1, "documents": 1}
        assert bundle.incident.id == "scene"


def test_only_the_incident_is_required(tmp_path: Path) -> None:
    (tmp_path / "incident.json").write_text(json.dumps(INCIDENT))
    assert is_bundle(tmp_path)
    with opened(tmp_path) as bundle:
        assert (bundle.tables, bundle.coverage, validate(bundle)) == ((), (), [])
        assert (bundle.incident.title, bundle.incident.baselines) == ("", [])


def test_a_table_without_rows_is_there_and_a_missing_one_is_not(folder: Path) -> None:
    pq.write_table(arrow_schema("logs").empty_table(), folder / "logs.parquet")
    (folder / "spans.parquet").unlink()
    with opened(folder) as bundle:
        assert dict(validate(bundle))["logs"] == 0
        assert "spans" not in bundle.tables


def test_what_readers_do_not_know_is_ignored(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    (folder / "later.parquet").write_bytes(b"not even parquet")
    (folder / "incident.json").write_text(json.dumps({**INCIDENT, "since_version": 2, "scope": {"teams": []}}))
    pq.write_table(table(folder).append_column("pod_uid", pa.array([1, 2])), folder / "logs.parquet")
    with opened(folder) as bundle:
        assert dict(validate(bundle))["logs"] == 2
        assert "later" not in bundle.tables
    assert "pod_uid" not in str(rows(folder, "DESCRIBE logs"))


def test_optional_columns_that_are_missing_are_null(folder: Path) -> None:
    pq.write_table(table(folder).select(["timestamp", "source", "message"]), folder / "logs.parquet")
    assert rows(folder, "SELECT DISTINCT service, level, trace_id, stream FROM logs") == [(None,) * 4]
    assert {row[0]: row[1] for row in rows(folder, "DESCRIBE logs")}["trace_id"] == "VARCHAR"


@pytest.mark.parametrize(
    "nulls", [pa.nulls(2), pa.nulls(2, pa.int32()), pa.nulls(2, pa.string())], ids=["null", "int32", "string"]
)
def test_a_column_that_is_null_throughout_may_be_stored_as_anything(folder: Path, nulls: pa.Array) -> None:
    store(folder, "level", nulls)
    assert rows(folder, "SELECT DISTINCT level FROM logs WHERE coalesce(level, 'none') = 'none'") == [(None,)]
    with opened(folder) as bundle:
        assert dict(validate(bundle))["logs"] == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_times_of_any_unit_and_zone_are_read_as_utc(folder: Path, unit: str, zone: str | None) -> None:
    seconds = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    stored = pa.array([0, 86400 * seconds], pa.timestamp(unit, tz=zone))
    store(folder, "timestamp", stored)
    assert rows(folder, "SELECT epoch_us(timestamp) FROM logs ORDER BY 1") == [(0,), (86400 * 10**6,)]


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("metrics", "value", pa.array([1, 2], pa.int64())),
        ("metrics", "value", pa.array([1, 2], pa.uint32())),
        ("metrics", "value", pa.array([1, 2], pa.float32())),
        ("metrics", "value", pa.array([Decimal(1), Decimal(2)], pa.decimal128(10, 2))),
        ("metrics", "period_s", pa.array([60, 60], pa.int64())),
        ("log_counts", "count", pa.array([1, 2], pa.int16())),
        ("logs", "message", pa.array(["a", "b"]).dictionary_encode()),
        ("logs", "message", pa.array(["a", "b"], pa.large_string())),
    ],
    ids=lambda part: str(part.type) if isinstance(part, pa.Array) else part,
)
def test_wider_and_narrower_types_are_read_as_the_formats(
    folder: Path, name: str, column: str, values: pa.Array
) -> None:
    store(folder, column, values, name)
    with opened(folder) as bundle:
        assert dict(validate(bundle))[name] == 2
    described = {row[0]: row[1] for row in rows(folder, f"DESCRIBE {name}")}
    assert described[column] in ("DOUBLE", "INTEGER", "BIGINT", "VARCHAR")


@pytest.mark.parametrize("parts", ["logs", "logs.parquet"])
def test_a_table_may_be_a_folder_of_parts(folder: Path, parts: str) -> None:
    whole = table(folder)
    (folder / "logs.parquet").unlink()
    (folder / parts).mkdir()
    pq.write_table(whole, folder / parts / "part-0.parquet")
    pq.write_table(whole.select(["message", "source", "timestamp"]), folder / parts / "part-1.parquet")
    (folder / parts / "_SUCCESS").touch()
    assert rows(folder, "SELECT count(*), count(level) FROM logs") == [(4, 2)]
    assert is_bundle(folder)


def test_an_empty_folder_of_parts_is_a_missing_table(folder: Path) -> None:
    (folder / "logs.parquet").unlink()
    (folder / "logs").mkdir()
    with opened(folder) as bundle:
        assert "logs" not in bundle.tables


@pytest.mark.parametrize(
    "name",
    ["a b", "it's", "$HOME", "障害", "a*b", "a?b", "a [1]", "[!x]", "{a,b}", "back\\slash", 'q"q', "a\nb", "%2e", "~"],
)
def test_a_bundle_is_read_wherever_it_lies(tmp_path: Path, name: str) -> None:
    for other, message in ((name, "mine"), ("a1b", "other"), ("axb", "other")):
        scene = Scene()
        scene.log(5, message)
        scene.write(tmp_path / other)
    assert rows(tmp_path / name, "SELECT message FROM logs") == [("mine",)]


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        (["incident.json", "logs.parquet", "raw.log"], True),
        (["incident.json", "coverage.json"], True),
        (["logs.parquet", "coverage.json", ".DS_Store"], True),
        (["incident.json", "raw.log"], False),
        (["logs.parquet", "raw.log"], False),
        (["raw.log"], False),
        (["coverage.json"], False),
        ([], False),
    ],
    ids=str,
)
def test_a_bundle_is_told_from_a_folder_of_exports(tmp_path: Path, named: list[str], meant: bool) -> None:
    for name in named:
        (tmp_path / name).touch()
    assert is_bundle(tmp_path) is meant


# What breaks the format


def rewritten(**changes: object) -> Damage:
    return lambda folder: (folder / "incident.json").write_text(json.dumps({**INCIDENT, **changes}))


def with_text(name: str, text: str | bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def without_incident(folder: Path) -> None:
    (folder / "incident.json").unlink()


def incident_is_a_folder(folder: Path) -> None:
    (folder / "incident.json").unlink()
    (folder / "incident.json").mkdir()


def without_column(folder: Path) -> None:
    pq.write_table(table(folder, "spans").drop_columns(["duration_ms"]), folder / "spans.parquet")


def truncated(folder: Path) -> None:
    data = (folder / "logs.parquet").read_bytes()
    (folder / "logs.parquet").write_bytes(data[: len(data) // 2])


def typed(column: str, values: pa.Array, name: str = "logs") -> Damage:
    return lambda folder: store(folder, column, values, name)


INCIDENT_WITHOUT_ID = json.dumps({k: v for k, v in INCIDENT.items() if k != "id"})
REVERSED = {"start": WINDOW["end"], "end": WINDOW["start"]}
TOO_LATE = {"start": "9999-12-31T23:00:00-23:00", "end": "9999-12-31T23:30:00-23:00"}

BROKEN: dict[str, tuple[Damage, list[str]]] = {
    "no incident.json": (without_incident, ["no incident.json", "fa2 collect FOLDER"]),
    "a folder for incident.json": (incident_is_a_folder, ["incident.json", "directory"]),
    "incident.json is empty": (with_text("incident.json", ""), ["incident.json", "JSON", "docs/bundle-format.md"]),
    "incident.json is no JSON": (with_text("incident.json", "{"), ["incident.json", "JSON", "docs/bundle-format.md"]),
    "incident.json is no UTF-8": (with_text("incident.json", b'{"id": "\xff"}'), ["incident.json", "unicode"]),
    "incident.json is nested deep": (with_text("incident.json", "[" * 99999), ["incident.json", "recursion"]),
    "incident.json is a list": (with_text("incident.json", "[]"), ["incident.json", "object"]),
    "a field is missing": (with_text("incident.json", INCIDENT_WITHOUT_ID), ["incident.json: id", "required"]),
    "another format": (rewritten(format="fa2.bundle/9"), ["incident.json: format", "fa2.bundle/1"]),
    "a window without end": (rewritten(window={"start": WINDOW["start"]}), ["incident.json: window.end"]),
    "a window that is no time": (rewritten(window={"start": "x", "end": "y"}), ["incident.json: window.start"]),
    "a window reversed": (
        rewritten(window=REVERSED),
        ["incident.json: window", "before it starts", "earlier time first"],
    ),
    "a window beyond the calendar": (rewritten(window=TOO_LATE), ["incident.json: window.start", "years 1 to 9999"]),
    "a baseline reversed": (rewritten(baseline=[WINDOW, REVERSED]), ["incident.json: baseline.1", "before it starts"]),
    "another language": (rewritten(language="fr"), ["incident.json: language"]),
    "a required column missing": (without_column, ["spans.parquet", "column duration_ms", "Write it again"]),
    "a column of text for times": (
        typed("timestamp", pa.array(["x", "y"])),
        ["logs.parquet", "column timestamp", "VARCHAR", "TIMESTAMPTZ", "Write it again"],
    ),
    "numbers for times": (typed("timestamp", pa.array([1, 2])), ["logs.parquet", "column timestamp", "BIGINT"]),
    "bytes for text": (typed("message", pa.array([b"x", b"y"])), ["logs.parquet", "column message", "BLOB"]),
    "lists for text": (typed("level", pa.array([["x"], []])), ["logs.parquet", "column level", "VARCHAR[]"]),
    "text for numbers": (
        typed("value", pa.array(["1", "2"]), "metrics"),
        ["metrics.parquet", "column value", "VARCHAR", "DOUBLE"],
    ),
    "a required column null throughout": (
        typed("message", pa.nulls(2, pa.int32())),
        ["logs.parquet", "column message", "INTEGER"],
    ),
    "a truncated table": (truncated, ["logs.parquet cannot be read as Parquet", "Collect again"]),
    "an empty file": (with_text("logs.parquet", ""), ["logs.parquet cannot be read as Parquet", "Collect again"]),
    "a table that is no Parquet": (with_text("logs.parquet", "a,b\n" * 99), ["logs.parquet cannot be read as Parquet"]),
    "coverage.json is no JSON": (with_text("coverage.json", "x"), ["coverage.json", "JSON", "delete the file"]),
    "coverage.json is no list": (with_text("coverage.json", "{}"), ["coverage.json", "array"]),
    "coverage.json lacks a status": (with_text("coverage.json", '[{"source": "a"}]'), ["coverage.json: 0.status"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_bundle_is_told_with_file_column_and_remedy(folder: Path, kind: str) -> None:
    damage, said = BROKEN[kind]
    damage(folder)
    with pytest.raises(BrokenBundle) as caught, opened(folder) as bundle, bundle.connected():
        pass
    for words in said:
        assert words in str(caught.value)


def test_a_null_in_a_required_column_is_counted(folder: Path) -> None:
    store(folder, "message", pa.array([None, "x"]))
    with opened(folder) as bundle, pytest.raises(BrokenBundle, match="the column message is null in 1 rows"):
        validate(bundle)


def test_a_value_that_does_not_fit_is_told_with_its_column(folder: Path) -> None:
    store(folder, "http_status", pa.array([200, 1 << 40]), "spans")
    with opened(folder) as bundle, pytest.raises(BrokenBundle, match=r"spans\.parquet: the column http_status"):
        validate(bundle)


def test_damage_within_a_table_is_told_when_a_query_comes_upon_it(tmp_path: Path) -> None:
    scene = Scene()
    for n in range(2000):
        scene.log(n / 400, f"{n} {'x' * (n % 97)}")
    file = scene.write(tmp_path / "b") / "logs.parquet"
    data = bytearray(file.read_bytes())
    data[4:200] = bytes(byte ^ 0x5A for byte in data[4:200])
    file.write_bytes(data)
    told = pytest.raises(BrokenBundle, match=r"logs\.parquet: the column timestamp .* Write the file again")
    with told, opened(tmp_path / "b") as bundle, bundle.connected() as connection:
        connection.execute("SELECT sum(epoch_us(timestamp)) FROM logs WHERE message > ''").fetchall()
    with opened(tmp_path / "b") as bundle, pytest.raises(BrokenBundle):
        validate(bundle)


def test_a_wrong_query_of_ours_is_no_broken_bundle(folder: Path) -> None:
    with opened(folder) as bundle, pytest.raises(duckdb.CatalogException), bundle.connected() as connection:
        connection.execute("SELECT * FROM no_such_table")


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="There is nothing at"), opened(tmp_path / "missing"):
        pass


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | st.from_type(dict).map(repr).map(str.encode))
def test_any_bytes_as_incident_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_incident"
    folder.mkdir(exist_ok=True)
    (folder / "incident.json").write_bytes(text)
    with pytest.raises(BrokenBundle, match=r"incident\.json"), opened(folder):
        pass


@settings(derandomize=True)  # a crash of DuckDB's own must not come and go
@given(data=st.data())
def test_any_damage_to_a_table_is_survived(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_damage"
    if not folder.exists():
        scene = Scene()
        scene.log(1, "one")
        scene.log(2, "two")
        scene.write(folder)
        (folder / "whole").write_bytes((folder / "logs.parquet").read_bytes())
    whole = bytearray((folder / "whole").read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    (folder / "logs.parquet").write_bytes(whole[: data.draw(st.integers(1, len(whole)))])
    with refusal() as told, opened(folder) as bundle:
        told.append(f"{validate(bundle)[0][0]}.parquet")
    assert "logs.parquet" in told[0]


# The connection


@pytest.fixture
def locked(folder: Path) -> Bundle:
    with opened(folder) as bundle:
        return bundle


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{folder}/incident.json')",
        "SELECT * FROM read_text('{folder}/../secret')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM 'https://example.com/x.parquet'",
        "COPY logs TO '/tmp/fa2-stolen.csv'",
        "COPY logs TO '{folder}/new.parquet'",
        "EXPORT DATABASE '/tmp/fa2-stolen'",
        "ATTACH '/tmp/fa2-stolen.db'",
        "ATTACH '{folder}/stolen.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET temp_directory = '/tmp'",
        "SET memory_limit = '1TB'",
        "RESET memory_limit",
        "CALL enable_logging(storage = 'file', storage_config = {{'path': '/tmp/fa2-stolen'}})",
    ],
)
def test_the_connection_reaches_nothing_but_the_tables(locked: Bundle, sql: str) -> None:
    (locked.folder.parent / "secret").write_text("secret")
    before = sorted(locked.folder.rglob("*"))
    with pytest.raises(duckdb.Error), locked.connected() as connection:
        connection.execute(sql.format(folder=locked.folder)).fetchall()
    assert sorted(locked.folder.rglob("*")) == before
    assert not list(Path("/tmp").glob("fa2-stolen*"))


def test_a_locked_connection_still_spills_to_disk(tmp_path: Path) -> None:
    (tmp_path / "incident.json").write_text(json.dumps(INCIDENT))
    n = 400_000
    lines = pa.array(
        [f"{(i * 2654435761) % (1 << 32):x} a line that is long enough to need some room" for i in range(n)]
    )
    pq.write_table(
        pa.table({"timestamp": pa.array(range(n), pa.timestamp("us", "UTC")), "source": ["a"] * n, "message": lines}),
        tmp_path / "logs.parquet",
    )
    sort = "SELECT count(*), max(length(m)) FROM (SELECT message AS m FROM logs ORDER BY message, timestamp OFFSET 1)"
    with opened(tmp_path) as bundle:
        with bundle.connected(memory_limit="40MB") as connection:
            spill = connection.execute("SELECT current_setting('temp_directory')").fetchone()
            cursor = connection.execute("CREATE TEMP TABLE sorted AS SELECT * FROM logs ORDER BY message")
            on_disk = connection.execute("SELECT sum(size) FROM duckdb_temporary_files()").fetchone()
            assert connection.execute(sort).fetchone() == (n - 1, 53)
            assert cursor
        assert spill
        assert on_disk
        assert on_disk[0] > 1 << 20
        assert not Path(spill[0]).exists()


def test_times_come_back_in_utc(folder: Path) -> None:
    assert rows(folder, "SELECT min(timestamp)::VARCHAR FROM logs") == [("2026-11-20 02:55:00+00",)]
