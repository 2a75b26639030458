"""Which two periods are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow
from fa2.logs.comparisons.periods import NAMES, earlier, periods

WINDOW = TimeWindow.parse("2026-11-21T03:00Z/2026-11-21T03:30Z")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("previous", "2026-11-21T02:30Z/2026-11-21T03:00Z"),
        ("day", "2026-11-20T03:00Z/2026-11-20T03:30Z"),
        ("week", "2026-11-14T03:00Z/2026-11-14T03:30Z"),
        ("month", "2026-10-21T03:00Z/2026-10-21T03:30Z"),
        ("2026-11-01/2026-11-08", "2026-11-01T00:00Z/2026-11-08T00:00Z"),
    ],
)
def test_a_period_is_as_long_and_so_much_earlier(asked: str, expected: str) -> None:
    assert earlier(WINDOW, asked) == TimeWindow.parse(expected)


def test_a_month_before_a_longer_month_is_its_last_day() -> None:
    assert earlier(TimeWindow.parse("2026-03-31/2026-04-01"), "month").start == datetime(2026, 2, 28, tzinfo=UTC)
    assert earlier(TimeWindow.parse("2026-01-05/2026-01-06"), "month").start == datetime(2025, 12, 5, tzinfo=UTC)


TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(TIMES, st.timedeltas(timedelta(seconds=2), timedelta(days=900)), st.sampled_from(NAMES))
def test_periods_never_overlap_and_the_later_one_ends_with_the_logs(
    first: datetime, length: timedelta, asked: str
) -> None:
    both = periods(asked, None, first, first + length)
    assert first + length in both.now
    assert not both.now.overlaps(both.before)


def test_without_a_window_the_end_of_the_logs_is_compared() -> None:
    first, last = WINDOW.start, WINDOW.end
    assert periods("previous", None, first, last).now.start == first + timedelta(minutes=15, microseconds=0.5)
    long = periods("day", None, first - timedelta(days=9), last)
    assert long.now.duration == long.before.duration == timedelta(days=1)
    given = periods("2026-11-21T03:00Z/2026-11-21T03:10Z", None, first, last)
    assert given.now == TimeWindow(first + timedelta(minutes=10), last + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("yesterday", "patterns.error.period"),
        ("2026-11-22/2026-11-21", "errors.window_order"),
        ("2026-11-22/x", "errors.time"),
        ("2026-11-20/2026-11-30", "errors.window_order"),
    ],
)
def test_what_is_no_period_is_refused(asked: str, code: str) -> None:
    with pytest.raises(UnusableInput) as refused:
        periods(asked, None, WINDOW.start, WINDOW.end)
    assert refused.value.key == code
