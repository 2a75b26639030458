"""Tests of reading fields of JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.sources.local.json_values import Json, at, http_status, json_text, micros, number, whole

AT = 1_795_143_600_000_000


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T03:00:00Z",
        "2026-11-20T12:00:00+09:00",
        "2026-11-20 03:00:00",
        "2026/11/20 03:00:00",
        "2026-11-20 03:00:00.000000000Z",
        "2026-11-20 03:00:00 UTC",
        "1795143600",
        1795143600,
        1795143600.0,
        1795143600000,
        1795143600000000,
        "1795143600000000000",
    ],
)
def test_one_moment_in_many_forms(written: Json) -> None:
    assert micros(written) == AT


@pytest.mark.parametrize("written", ["", "soon", "20 Nov", None, True, [], {}, 0, -5, "2026-13-01"])
def test_what_is_no_time_is_none(written: Json) -> None:
    assert micros(written) is None


@given(
    st.datetimes(min_value=datetime(1975, 1, 1), max_value=datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_iso_time_comes_back_exactly(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert micros(moment.isoformat()) == expected


def test_fields_are_what_they_ought_to_be_or_nothing() -> None:
    assert at({"a": [{"b": 1}]}, "a", 0, "b") == 1
    assert at({"a": 1}, "a", 0, "b") is None
    assert (whole("12"), whole(12.9), whole(10**30), whole(True), whole("x")) == (
        12,
        12,
        None,
        None,
        None,
    )
    assert (number("1e3"), number("inf"), number(False)) == (1000.0, None, None)
    assert (http_status("404"), http_status(0), http_status(99999)) == (404, None, None)
    assert json_text({"b": 1, "a": [2**70]}) is None
    assert json_text({}) is None
