"""Windows are half-open and in UTC, and mean the same in Python and in SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.windows import (
    TimeWindow,
    iso,
    optional_time,
    parse_time,
    sql_literal,
    sql_within,
    total_seconds,
    without,
)

THREE = datetime(2026, 11, 20, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=_ZONES)
WINDOWS = st.tuples(TIMES, TIMES).filter(lambda ends: ends[0] < ends[1]).map(lambda ends: TimeWindow(*ends))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T03:00:00Z", THREE),
        ("2026-11-20T03:00Z", THREE),
        ("2026-11-20 03:00:00", THREE),
        ("2026-11-20T12:00:00+09:00", THREE),
        (" 2026-11-20T03:00:00.000001Z ", THREE + timedelta(microseconds=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_with_or_without_a_zone(text: str, moment: datetime) -> None:
    read = parse_time(text)
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "03:00", "0001-01-01T00:00:00+14:00", "x" * 5000])
def test_what_is_no_time_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UnusableInput, match="ISO 8601, for example 2026-11-20T03:00:00Z") as caught:
        parse_time(text)
    assert text[:80] in str(caught.value)
    assert len(str(caught.value)) < 250


@given(TIMES)
def test_a_time_written_is_the_time_read(moment: datetime) -> None:
    text = iso(moment)
    assert text.endswith("Z")
    assert parse_time(text) == moment


def test_evidence_may_hold_a_time_or_none() -> None:
    assert optional_time("2026-11-20T03:00:00Z") == THREE
    assert optional_time(None) is None
    assert optional_time(7) is None


def test_a_window_holds_its_start_and_not_its_end() -> None:
    window = TimeWindow(THREE, THREE + HOUR)
    assert THREE in window
    assert THREE + HOUR - timedelta(microseconds=1) in window
    assert THREE + HOUR not in window
    assert THREE - timedelta(microseconds=1) not in window


@given(WINDOWS)
def test_a_window_written_is_the_window_read(window: TimeWindow) -> None:
    assert TimeWindow.parse(str(window)) == window


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-20T03:00:00Z", "START/END"),
        ("2026-11-20T03:00:00Z/", "not a time"),
        ("a/b", "not a time"),
        ("2026-11-20T03:00:00Z/2026-11-20T03:00:00Z", "empty or ends before it starts"),
        ("2026-11-20T04:00:00Z/2026-11-20T03:00:00Z", "Give the earlier time first"),
    ],
)
def test_what_is_no_window_is_told_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        TimeWindow.parse(text)


def test_a_window_of_times_without_zone_is_a_bug_of_ours() -> None:
    naive = datetime(2026, 11, 20)
    with pytest.raises(ValueError, match="aware"):
        TimeWindow(naive, naive + HOUR)


def test_windows_that_only_touch_do_not_overlap() -> None:
    first, second = TimeWindow(THREE, THREE + HOUR), TimeWindow(THREE + HOUR, THREE + 2 * HOUR)
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(TimeWindow(THREE + HOUR - timedelta(microseconds=1), THREE + 2 * HOUR))


@given(WINDOWS, WINDOWS)
def test_windows_overlap_when_they_share_the_later_start(one: TimeWindow, other: TimeWindow) -> None:
    later = max(one.start, other.start)
    assert one.overlaps(other) == (later in one and later in other)


def test_lengths_add_up() -> None:
    windows = [TimeWindow(THREE, THREE + HOUR), TimeWindow(THREE, THREE + HOUR / 2)]
    assert total_seconds(windows) == 5400
    assert total_seconds([]) == 0


@pytest.fixture(scope="module")
def sql() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    return connection


@given(moments=st.lists(TIMES, min_size=1, max_size=5), windows=st.lists(WINDOWS, max_size=3))
def test_sql_and_python_agree_on_what_is_within(
    sql: duckdb.DuckDBPyConnection, moments: list[datetime], windows: list[TimeWindow]
) -> None:
    edges = [edge for window in windows for edge in (window.start, window.end)]
    for moment in [*moments, *edges]:
        predicate = sql_within("t", windows)
        found = sql.execute(f"SELECT {predicate} FROM (SELECT {sql_literal(moment)} AS t)").fetchone()
        assert found == (any(moment in window for window in windows),)


@given(TIMES)
def test_a_literal_is_the_time_itself(sql: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert sql.execute(f"SELECT epoch_us({sql_literal(moment)})").fetchone() == (micros,)


@given(st.lists(WINDOWS, max_size=5), WINDOWS, TIMES)
def test_what_is_left_without_a_window_covers_each_other_moment_once(
    windows: list[TimeWindow], taken: TimeWindow, moment: datetime
) -> None:
    left = without(windows, taken)
    wanted = moment not in taken and any(moment in window for window in windows)
    assert sum(moment in window for window in left) == wanted
    assert left == sorted(left)


def test_windows_that_touch_stay_two() -> None:
    day = TimeWindow(THREE, THREE + 4 * HOUR)
    parts = [TimeWindow(THREE, THREE + HOUR), TimeWindow(THREE + 3 * HOUR, THREE + 4 * HOUR)]
    assert without([day], TimeWindow(THREE + HOUR, THREE + 3 * HOUR)) == parts
    touching = [TimeWindow(THREE, THREE + HOUR), TimeWindow(THREE + HOUR, THREE + 2 * HOUR)]
    assert without(touching, TimeWindow(THREE - HOUR, THREE)) == touching
