"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.messages import catalogue
from fa2.core.windows import iso
from fa2.grounding.moments import moments
from fa2.grounding.plain_text import plain

AT = datetime(2026, 11, 20, 19, 2, 7, 496086, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 19:02:07 UTC",
        "2026-11-20T19:02:07.496Z",
        "19:02",
        "19:02:07",
        "7:02 pm",
        "04:02 JST",
        "04:02:07 +09:00",
        "日本時間 4時2分",
        "19時2分7秒",
        "１９時２分",
        "11月20日 19時2分ごろ",
        "20 November 2026, 19:02",
        "Nov 21, 04:02 JST",
        "around 19:00",
        "2026年11月20日",
    ],
)
def test_a_time_is_the_one_that_is_written(text: str) -> None:
    (read,) = moments(plain(text).text)
    assert read.is_at(AT)


@pytest.mark.parametrize(
    "text",
    [
        "19:03:00",
        "19:01",
        "04:02 UTC",
        "19:02 JST",
        "2026-11-21 19:02",
        "20時2分",
        "7:02 am",
        "around 18:40",
        "11月21日",
    ],
)
def test_another_time_is_not(text: str) -> None:
    (read,) = moments(plain(text).text)
    assert not read.is_at(AT)


def test_a_zone_at_the_end_of_a_range_is_that_of_both() -> None:
    first, second = moments("from 04:02 to 04:05 JST")
    assert first.is_at(AT)
    assert second.is_at(AT + timedelta(minutes=3))


@pytest.mark.parametrize("text", ["3分", "25:99", "3 minutes", "12:3", "1:2:3:4"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert not moments(text)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)))
def test_what_fa2_writes_of_a_time_is_that_time(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    for unit in ("time", "clock"):
        (read,) = moments(catalogue("en").format_field(iso(aware), unit))
        assert read.is_at(aware)
