"""Partitions: what of a table has to be read for a window, as projection or names of keys tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_athena import FakeAthena
from fake_glue import FakeGlue
from fake_s3 import FakeS3
from hypothesis import given
from hypothesis import strategies as st
from lake_tables import LakeTable as Made
from loopback import Loopback

from fa2.core.windows import TimeWindow
from fa2.logs.engines.lake_lines import Among, Between
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena import sizes as athena_sizes
from fa2.sources.aws.athena.sizes import catalogue_bytes, file_bytes
from fa2.sources.aws.athena.tables import (
    LakeTable,
    PartitionKey,
    Reach,
    UnnarrowedTable,
    described,
    in_time,
    partitions,
    predicates,
    strftime_of,
)

WINDOW = TimeWindow.parse("2026-11-30T22:00:00Z/2026-11-30T23:30:00Z")


def table(*keys: PartitionKey) -> LakeTable:
    return LakeTable("lake", "t", {"a": "string"}, keys, projected=True, bytes=None)


def test_projected_days_are_a_range_up_to_the_day_in_which_late_files_lie() -> None:
    day = PartitionKey("day", "string", "date", "yyyy/MM/dd")
    assert partitions(table(day), Reach(WINDOW)) == (Between("day", "2026/11/30", "2026/12/01"),)
    hour = PartitionKey("hour", "string", "date", "yyyy-MM-dd'T'HH")
    assert partitions(table(hour), Reach(WINDOW)) == (Between("hour", "2026-11-30T22", "2026-12-01T00"),)
    typed = PartitionKey("dt", "date")
    (found,) = partitions(table(typed), Reach(WINDOW))
    assert found == Between("dt", datetime(2026, 11, 30).date(), datetime(2026, 12, 1).date())


def test_years_months_days_and_hours_are_sets_of_values_as_they_are_written() -> None:
    keys = [PartitionKey(name, "string") for name in ("year", "month", "day", "hour")]
    assert partitions(table(*keys), Reach(WINDOW)) == (
        Among("year", ("2026",)),
        Among("month", ("11", "12")),
        Among("day", ("01", "1", "30")),
        Among("hour", ("00", "0", "22", "23")),
    )
    padded = [PartitionKey("year", "int"), PartitionKey("month", "string", "integer", digits=2)]
    plain = [PartitionKey("day", "string", "integer")]
    assert partitions(table(*padded, *plain), Reach(WINDOW)) == (
        Among("year", (2026,)),
        Among("month", ("11", "12")),
        Among("day", ("1", "30")),
    )


def test_more_than_a_day_has_all_hours() -> None:
    keys = [PartitionKey(name, "int") for name in ("year", "month", "day", "hour")]
    window = TimeWindow(WINDOW.start - timedelta(hours=23), WINDOW.end)
    assert [p.column for p in partitions(table(*keys), Reach(window))] == ["year", "month", "day"]


def test_regions_and_accounts_narrow_where_they_are_known() -> None:
    keys = (PartitionKey("account_id", "string", "enum"), PartitionKey("region", "string", "enum"))
    assert partitions(table(*keys), Reach(WINDOW)) == ()
    reach = Reach(WINDOW, ("eu-west-1", "us-east-1"), ("123456789012",))
    assert partitions(table(*keys), reach) == (
        Among("account_id", ("123456789012",)),
        Among("region", ("eu-west-1", "us-east-1")),
    )
    assert not in_time(partitions(table(*keys), reach))
    assert in_time(partitions(table(PartitionKey("dt", "date")), reach))


def test_what_settings_say_comes_before_what_the_table_says() -> None:
    keys = (PartitionKey("org", "string", "injected"), PartitionKey("dt", "string"))
    reach = Reach(WINDOW, values={"org": "o-1"}, formats={"dt": "yyyyMMdd"})
    assert partitions(table(*keys), reach) == (Among("org", ("o-1",)), Between("dt", "20261130", "20261201"))


def test_a_key_that_needs_a_value_and_has_none_is_told() -> None:
    with pytest.raises(UnnarrowedTable, match="org"):
        partitions(table(PartitionKey("org", "string", "injected")), Reach(WINDOW))


@pytest.mark.parametrize("written", ["dd/MM/yyyy", "yyyy-M-d", "MMM yyyy", "", "yyyy dd", "yyyy%dMM"])
def test_formats_whose_text_is_not_in_the_order_of_time_narrow_nothing(written: str) -> None:
    assert strftime_of(written) is None
    assert partitions(table(PartitionKey("x", "string", "date", written)), Reach(WINDOW)) == ()


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.integers(1, 60 * 24 * 40),
    st.sampled_from(["yyyy", "yyyy/MM", "yyyy/MM/dd", "yyyy-MM-dd-HH", "yyyyMMdd"]),
    st.floats(0, 1),
)
def test_every_moment_of_a_window_is_in_its_partitions(start: datetime, minutes: int, written: str, at: float) -> None:
    window = TimeWindow(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(minutes=minutes))
    moment = window.start + at * window.duration
    clock = [PartitionKey(name, "string") for name in ("year", "month", "day", "hour")]
    key = PartitionKey("k", "string", "date", written)
    pattern = strftime_of(written)
    assert pattern is not None
    (ranged,) = partitions(table(key), Reach(window))
    assert isinstance(ranged, Between)
    assert str(ranged.first) <= moment.strftime(pattern) <= str(ranged.last)
    for found in partitions(table(*clock), Reach(window)):
        assert isinstance(found, Among)
        assert f"{getattr(moment, found.column):02d}" in found.values


def test_conditions_are_bound_and_names_quoted() -> None:
    conditions, parameters = predicates([Between("timestamp", "a", "b"), Among("region", ("c", "d"))])
    assert conditions == ['"timestamp" BETWEEN ? AND ?', '"region" IN (?, ?)']
    assert parameters == ["a", "b", "c", "d"]


@pytest.fixture
def glue(aws: Loopback) -> Any:
    athena = FakeAthena(WINDOW.end)
    aws.serve(athena, FakeGlue(athena))
    athena.table(Made("lake", "days", {"A": "String"}, ("day",)), [("x" * 100, "2026-11-30"), ("y", "2026-11-29")])
    rule = {
        "projection.enabled": "true",
        "projection.Day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
    }
    athena.table(Made("lake", "ruled", {"a": "string"}, ("day",), rule), [])
    athena.table(Made("lake", "plain", {"a": "string"}, (), {"sizeKey": "12345"}), [])
    return aws.client("glue")


def test_the_catalogue_describes_columns_and_rules(glue: Any) -> None:
    found = described(glue, "lake", "ruled")
    assert (found.columns, found.projected) == ({"a": "string"}, True)
    assert found.keys == (PartitionKey("day", "string", "date", "yyyy/MM/dd"),)


def test_sizes_are_those_of_the_partitions_that_are_read(glue: Any) -> None:
    days = described(glue, "lake", "days")
    reach = Reach(WINDOW, formats={"day": "yyyy-MM-dd"})
    narrowed, whole = catalogue_bytes(glue, days, partitions(days, reach)), catalogue_bytes(glue, days, ())
    assert narrowed is not None
    assert whole is not None
    assert 100 < narrowed < whole
    assert catalogue_bytes(glue, described(glue, "lake", "plain"), ()) == 12345
    assert catalogue_bytes(glue, described(glue, "lake", "ruled"), ()) is None


def projected(template: str, *keys: PartitionKey) -> LakeTable:
    return LakeTable("lake", "t", {"a": "string"}, keys, projected=True, bytes=None, template=template)


DAY = PartitionKey("day", "string", "date", "yyyy/MM/dd")


def test_files_beneath_projected_partitions_are_added_up_page_by_page(aws: Loopback) -> None:
    s3 = FakeS3(WINDOW.end)
    for n in range(1500):
        s3.put(f"s3://logs/alb/2026/11/30/{n}.gz", 10)
    s3.put("s3://logs/alb/2026/12/01/x.gz", 7)
    s3.put("s3://logs/alb/2026/12/011/x.gz", 1000)
    s3.put("s3://logs/alb/2026/11/29/x.gz", 1000)
    aws.serve(s3)
    table = projected("s3://logs/alb/${day}", DAY)
    assert file_bytes(aws.client("s3"), table, partitions(table, Reach(WINDOW))) == 15_007
    assert aws.counted()["s3.ListObjectsV2"] == 3


def test_files_of_hours_and_of_each_region_are_found(aws: Loopback) -> None:
    s3 = FakeS3(WINDOW.end)
    for region in ("eu-west-1", "us-east-1"):
        for hour in (21, 22, 23):
            s3.put(f"s3://logs/{region}/2026-11-30-{hour}/x.gz", 10)
    aws.serve(s3)
    hour = PartitionKey("hour", "string", "date", "yyyy-MM-dd-HH")
    region = PartitionKey("region", "string", "enum", values=("eu-west-1", "us-east-1"))
    table = projected("s3://logs/${region}/${hour}/", region, hour)
    assert file_bytes(aws.client("s3"), table, partitions(table, Reach(WINDOW))) == 40
    assert file_bytes(aws.client("s3"), table, partitions(table, Reach(WINDOW, ("eu-west-1",)))) == 20


def test_where_listing_takes_many_calls_or_places_are_not_told_nobody_knows_the_size(
    aws: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(athena_sizes, "MOST_CALLS", 2)
    s3 = FakeS3(WINDOW.end)
    for n in range(2001):
        s3.put(f"s3://logs/alb/2026/11/30/{n}.gz", 10)
    aws.serve(s3)
    client = aws.client("s3")
    month = TimeWindow(WINDOW.start - timedelta(days=30), WINDOW.end)
    table = projected("s3://logs/alb/${day}", DAY)
    assert file_bytes(client, table, partitions(table, Reach(month))) is None
    assert aws.calls == []
    org = PartitionKey("org", "string", "injected")
    other = projected("s3://logs/${org}/${day}", org, DAY)
    assert file_bytes(client, other, [Between("day", "2026/11/30", "2026/11/30")]) is None
    assert file_bytes(client, projected("", DAY), partitions(table, Reach(WINDOW))) is None
    assert aws.calls == []
    assert file_bytes(client, table, [Between("day", "2026/10/30", "2026/10/30")]) is None
    aws.calls.clear()
    assert file_bytes(client, table, partitions(table, Reach(WINDOW))) is None
    assert aws.counted()["s3.ListObjectsV2"] == 2


def test_an_answer_without_a_table_is_an_error(aws: Loopback) -> None:
    class Empty:
        service = "glue"

        def get_table(self, params: object) -> dict[str, object]:
            return {}

    aws.serve(Empty())
    with pytest.raises(MalformedAnswer):
        described(aws.client("glue"), "a", "b")
