"""AWS Config's deliveries on disk: which are read, what of them, and that nothing of what is broken goes unsaid."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config_deliveries import ACCOUNT, REGION, deliver, item
from fa2.changes.config_table import COLUMNS, PARTITION_KEYS
from fa2.changes.local_sql import duckdb_sql
from fa2.core.errors import RefusedQuery, UnusableInput
from fa2.core.months import Month
from fa2.core.ports import Gaps
from fa2.sources.local import config_unpacking
from fa2.sources.local.config_engine import ConfigEngine, config_engine
from fa2.sources.local.config_files import Delivery, config_files, delivery_of
from fa2.sources.local.config_items import cleaned, documented
from fa2.sources.local.config_loading import LoadedItems

NOVEMBER = (Month(2024, 11),)
Row = tuple[object, ...]


def read(*paths: Path, ask: str = "") -> tuple[list[Row], LoadedItems]:
    """Return resource id and time of each item that the table has, sorted, and what came of loading."""
    sql = ask or (
        "SELECT ci[1], ci[2] FROM lake.awsconfig CROSS JOIN UNNEST(transform(configurationitems, "
        "i -> ARRAY[i.resourceid, i.configurationitemcapturetime])) AS t (ci)"
    )
    with config_engine(config_files(paths, NOVEMBER, 2), ("lake", "awsconfig"), duckdb_sql) as engine:
        return sorted(engine.rows(sql, ()), key=str), engine.loaded


def codes(loaded: LoadedItems) -> Counter[str]:
    return Counter(entry.error.code for entry in loaded.coverage if entry.error)


def test_folders_and_names_as_in_s3_tell_the_delivery() -> None:
    folder = f"/x/prefix/AWSLogs/{ACCOUNT}/Config/us-east-1/2024/3/7"
    wanted = Delivery(ACCOUNT, "us-east-1", date(2024, 3, 7), "ConfigHistory")
    assert delivery_of(f"{folder}/ConfigHistory/any.json.gz") == wanted
    name = f"{ACCOUNT}_Config_us-east-1_ConfigHistory_AWS::EC2::VPC_20240307T001109Z_20240307T060000Z_1.json.gz"
    assert delivery_of(f"/downloads/{name}") == wanted
    snapshot = f"{ACCOUNT}_Config_us-east-1_ConfigSnapshot_20240307T001109Z_5d1f0b3a.json.gz"
    found = delivery_of(f"/downloads/{snapshot}")
    assert found is not None
    assert found.kind == "ConfigSnapshot"
    assert delivery_of(f"{folder}/OversizedChangeNotification/x.json.gz") is None
    assert delivery_of("/x/AWSLogs/1/Config/a/2024/3/7/ConfigHistory/x") is None
    assert delivery_of(f"/AWSLogs/{ACCOUNT}/Config/us-east-1/2024/13/40/ConfigHistory/x") is None


def test_only_history_of_the_month_and_two_days_after_is_read_and_the_rest_is_counted(tmp_path: Path) -> None:
    for day, resource in (("2024-10-31", "a"), ("2024-11-01", "b"), ("2024-12-02", "c"), ("2024-12-03", "d")):
        deliver(tmp_path, day, [item("2024-11-01T00:00:00.000Z", resource)])
    deliver(tmp_path, "2024-11-01", [item("2024-11-01T00:00:00.000Z", "snap")], sort="ConfigSnapshot")
    (tmp_path / f"AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile").write_text("")
    files = config_files([tmp_path], NOVEMBER, 2)
    assert files.delivered == {
        ("2024-10", "ConfigHistory"): 1,
        ("2024-11", "ConfigHistory"): 1,
        ("2024-12", "ConfigHistory"): 2,
        ("2024-11", "ConfigSnapshot"): 1,
    }
    rows, loaded = read(tmp_path)
    assert [row[0] for row in rows] == ["b", "c"]
    assert loaded.coverage == []


def test_the_table_has_the_columns_of_the_glue_table_and_where_each_row_lies(tmp_path: Path) -> None:
    path = deliver(tmp_path, "2024-11-07", [item("2024-11-06T23:00:00.000Z")])
    for folder in (tmp_path, tmp_path / "nothing"):
        folder.mkdir(exist_ok=True)
        rows, _ = read(folder, ask="SELECT column_name FROM (DESCRIBE lake.awsconfig)")
        assert {row[0] for row in rows} == {*(name for name, _ in COLUMNS), *PARTITION_KEYS, "$path"}
    rows, _ = read(tmp_path, ask='SELECT account_id, region, year, month, day, "$path" FROM lake.awsconfig')
    lies = path.relative_to(tmp_path).as_posix()
    assert rows == [(ACCOUNT, REGION, "2024", "11", "7", lies)]
    rows, _ = read(
        tmp_path,
        ask="SELECT configurationitems[1].tags['Team'], configurationitems[1].configurationStateId FROM lake.awsconfig",
    )
    assert rows == [("payments", 1730934000000)]


def test_a_file_copied_out_of_its_folder_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "history.json").write_bytes(
        orjson.dumps({"fileVersion": "1.0", "configurationItems": [item("2024-11-06T23:00:00.000Z")]})
    )
    snapshot = {"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": [item("2024-11-07T00:00:00.000Z")]}
    (tmp_path / "snapshot.json").write_bytes(orjson.dumps(snapshot))
    rows, loaded = read(tmp_path)
    assert [row[1] for row in rows] == ["2024-11-06T23:00:00.000Z"]
    assert (loaded.snapshot_items, loaded.undelivered) == (1, {"2024-11": 1})


def test_items_as_the_command_line_names_their_fields_are_read_too(tmp_path: Path) -> None:
    plain = item("2024-11-06T23:00:00.000Z")
    for s3, api in (("awsAccountId", "accountId"), ("ARN", "arn"), ("configurationItemVersion", "version")):
        plain[api] = plain.pop(s3)
    plain["configurationStateId"] = str(plain["configurationStateId"])
    plain["configurationItemCaptureTime"] = "2024-11-07T08:00:00+09:00"
    deliver(tmp_path, "2024-11-07", [plain])
    ask = "SELECT configurationitems[1].awsAccountId, configurationitems[1].configurationItemCaptureTime, configurationitems[1].configurationStateId FROM lake.awsconfig"
    assert read(tmp_path, ask=ask)[0] == [(ACCOUNT, "2024-11-06T23:00:00.000Z", 1730934000000)]


def test_what_is_broken_is_said_and_the_sound_rest_is_read(tmp_path: Path) -> None:
    good = item("2024-11-06T23:00:00.000Z", "good")
    sound = deliver(tmp_path, "2024-11-01", [good] * 40, name="sound").read_bytes()

    def beside(name: str, data: bytes) -> None:
        deliver(tmp_path, "2024-11-02", [], name=name).write_bytes(data)

    beside("cut", sound[: len(sound) // 2])
    beside("garbage", b"\x1f\x8b\x08" + b"\xff" * 50)
    beside("html", b"<html>not found</html>")
    beside("empty", b"")
    beside("no_items", gzip.compress(b'{"fileVersion": "1.0"}'))
    beside("null_items", gzip.compress(b'{"configurationItems": null}'))
    beside("odd", gzip.compress(orjson.dumps({"configurationItems": [None, 7, "x", {**good, "resourceId": "odd"}]})))
    untimed = {**good, "resourceId": "late", "configurationItemCaptureTime": "yesterday"}
    beside("untimed", gzip.compress(orjson.dumps({"configurationItems": [untimed]})))
    rows, loaded = read(tmp_path)
    assert Counter(row[0] for row in rows)["good"] >= 40
    assert ("late", None) in rows
    assert any(row[0] == "odd" for row in rows)
    found = codes(loaded)
    assert found["config_item"] == 1  # one entry, of three items
    assert found["config_item_untimed"] == 1
    assert found["truncated_packing"] == 1
    assert found["empty_file"] == 1
    assert found["config_no_items"] + found["json_cut_off"] + found["damaged_packing"] >= 4
    three = next(e.error for e in loaded.coverage if e.error and e.error.code == "config_item")
    assert three.values["n"] == 3


def test_giant_and_odd_names_are_taken_as_they_are(tmp_path: Path) -> None:
    names = ["x" * 300_000, "\x1b[31m", "<script>alert(1)</script>", "a\u202eb", "日本語", "'; DROP TABLE x; --"]
    deliver(tmp_path, "2024-11-07", [item("2024-11-06T23:00:00.000Z", name) for name in names])
    assert {row[0] for row in read(tmp_path)[0]} == set(names)


def test_a_file_too_large_to_be_held_is_read_item_by_item_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, "2024-11-07", [item(f"2024-11-06T23:00:{n % 60:02}.000Z", f"r-{n}") for n in range(2500)])
    whole = read(tmp_path)[0]
    monkeypatch.setattr(config_unpacking, "WHOLE", 1000)
    assert read(tmp_path)[0] == whole
    assert len(whole) == 2500


def test_a_bomb_is_left_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fa2.sources.local import unpacking

    monkeypatch.setattr(unpacking.Limits, "__init__", _small_limits)
    monkeypatch.setattr(config_unpacking, "WHOLE", 1000)
    deliver(tmp_path, "2024-11-07", []).write_bytes(gzip.compress(b'{"configurationItems": [' + b" " * 5_000_000))
    _, loaded = read(tmp_path)
    assert codes(loaded) == {"too_large_unpacked": 1}


def _small_limits(limits: object, **_: int) -> None:
    for name, value in {"ratio": 10, "free_bytes": 100_000, "total_bytes": 1 << 30, "layers": 3}.items():
        object.__setattr__(limits, name, value)


def test_the_same_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = deliver(tmp_path, "2024-11-07", [item("2024-11-06T23:00:00.000Z")])
    assert len(read(tmp_path, path)[0]) == 1


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput):
        config_files([tmp_path / "none"], NOVEMBER, 2)


def test_a_statement_that_fails_is_an_error_of_ours(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-11-07", [item("2024-11-06T23:00:00.000Z")])
    with pytest.raises(RefusedQuery):
        read(tmp_path, ask="SELECT nonsense FROM lake.awsconfig")
    assert ConfigEngine.__doc__


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
odd_items = st.lists(
    st.dictionaries(st.sampled_from([*item("2024-11-01T00:00:00.000Z"), "accountId"]), json_values, max_size=8)
    | json_values,
    max_size=5,
)


@settings(max_examples=60)
@given(odd_items)
def test_no_items_break_the_reader_and_both_ways_agree(items: list[object]) -> None:
    gaps = Gaps()
    slow = cleaned(items, gaps)  # type: ignore[arg-type]  # any JSON
    assert len(slow) + gaps.counts["config_item"] == len(items)
    fast = documented(items)  # type: ignore[arg-type]  # any JSON
    if fast is not None and len(fast):
        assert fast.to_pylist() == slow.to_pylist()
