"""Times in every format come back as the moment that was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.sources.local.file_dates import Dates
from fa2.sources.local.time_formats import FORMATS, zone_of
from fa2.sources.local.timestamps import TimeReader, ValueTimes, micros_of_number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)).map(lambda m: m.replace(tzinfo=UTC))
"""Naive moments would be taken for local ones."""
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WAYS = {
    "iso": "%Y-%m-%dT%H:%M:%S.%f%z",
    "japanese": "%Y年%m月%d日 %H時%M分%S秒.%f%z",
    "clf": "[%d/%b/%Y:%H:%M:%S.%f %z]",
    "day_month": "%a, %d %b %Y %H:%M:%S.%f %z",
    "asctime": "%a %b %d %H:%M:%S.%f %z %Y",
    "dmy": "%d/%m/%Y %H:%M:%S.%f %z",
    "mdy": "%m/%d/%Y %H:%M:%S.%f %z",
    "compact": "%Y%m%dT%H%M%S.%f%z",
}
WAYS_IN_UTC = {
    "iso": "%Y/%m/%d %H:%M:%S,%f",
    "dashed": "%Y-%m-%d-%H.%M.%S.%f",
    "month_day": "%b %d %Y %H:%M:%S.%f",
    "epoch": "%s.%f",
}


def micros(form: str, text: str, dates: Dates | None = None) -> int | None:
    found = next(f for f in FORMATS if f.name == form)
    match = re.search(found.pattern, text)
    return TimeReader(found, dates or Dates()).micros(match) if match else None


def us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("form", WAYS)
@given(moment=MOMENTS, zone=ZONES)
def test_a_time_with_a_zone_comes_back(form: str, moment: datetime, zone: timezone) -> None:
    assert micros(form, moment.astimezone(zone).strftime(WAYS[form])) == us(moment)


@pytest.mark.parametrize("form", WAYS_IN_UTC)
@given(moment=MOMENTS)
def test_a_time_without_a_zone_is_utc(form: str, moment: datetime) -> None:
    seconds = us(moment) // 10**6
    if form == "epoch" and seconds < 10**9:
        return
    written = moment.strftime(WAYS_IN_UTC[form].replace("%s", str(seconds)))
    assert micros(form, written) == us(moment)


@given(moment=MOMENTS, last=st.timedeltas(timedelta(0), timedelta(days=300)))
def test_a_time_without_a_year_lies_in_the_year_before_the_file(moment: datetime, last: timedelta) -> None:
    if (moment.month, moment.day) == (2, 29):
        return
    dates = Dates(latest=moment + last)
    whole = moment.replace(microsecond=0)
    assert micros("month_day", whole.strftime("%b %d %H:%M:%S"), dates) == us(whole)
    assert micros("klog", whole.strftime("I%m%d %H:%M:%S.000000"), dates) == us(whole)


@given(MOMENTS)
def test_epochs_of_every_unit_are_told_by_size(moment: datetime) -> None:
    micro = us(moment)
    assert micros_of_number(micro) == micro
    assert micros_of_number(micro // 1000) == micro // 1000 * 1000
    assert micros_of_number(micro // 10**6) == micro // 10**6 * 10**6
    assert micros_of_number(micro * 1000) == micro


@pytest.mark.parametrize("number", [0, -1, 7, 1e30, float("nan"), float("inf"), 10**25, 99_999_999])
def test_other_numbers_are_no_times(number: float) -> None:
    assert micros_of_number(number) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Z", 0),
        ("+09:00", 540),
        ("+0900", 540),
        ("-0330", -210),
        ("+09", 540),
        ("JST", 540),
        (" UTC", 0),
    ],
)
def test_zones_are_read(text: str, minutes: int) -> None:
    zone = zone_of(text)
    assert zone is not None
    assert zone.utcoffset(None) == timedelta(minutes=minutes)


def test_unknown_zones_are_none() -> None:
    assert zone_of("") is None
    assert zone_of("XYZ") is None


@pytest.mark.parametrize("text", ["2026-13-01T00:00:00Z", "2026-02-30 10:00:00", "2026-11-20 25:00:00", "x", ""])
def test_impossible_times_are_none(text: str) -> None:
    assert ValueTimes(Dates()).micros(text) is None


def test_a_leap_second_is_the_next_minute() -> None:
    assert micros("iso", "2016-12-31T23:59:60Z") == us(datetime(2017, 1, 1, tzinfo=UTC))


@given(st.text(max_size=40) | st.integers() | st.floats() | st.none() | st.booleans())
def test_any_value_is_a_time_or_none(value: object) -> None:
    found = ValueTimes(Dates()).micros(value)
    assert found is None or isinstance(found, int)
