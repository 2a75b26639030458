"""What is usual, what is not, and the figures of a series."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.insight import Points, Stretch
from fa2.core.windows import TimeWindow
from fa2.insights.figures import figures_of, rhythm_of
from fa2.insights.unusual import unusual
from fa2.insights.usual import Usual, usual

TOKYO = ZoneInfo("Asia/Tokyo")
END = datetime(2026, 11, 20, 3, tzinfo=UTC)
_RANDOM = random.Random(3)


def hourly(value: Callable[[datetime], float], days: int, *, step: int = 3600) -> tuple[Points, TimeWindow]:
    window = TimeWindow(END - timedelta(days=days), END)
    times = [window.start + timedelta(seconds=n * step) for n in range(days * 86_400 // step)]
    return Points(tuple(times), tuple(value(t) for t in times)), window


def noisy(level: float) -> float:
    return level * (1 + _RANDOM.uniform(-0.05, 0.05))


def daily(moment: datetime) -> float:
    """A load that peaks at 14 o'clock in Tokyo."""
    hour = moment.astimezone(TOKYO).hour
    return noisy(100 + 80 * math.cos((hour - 14) / 24 * 2 * math.pi))


def seen(points: Points, window: TimeWindow, stat: str = "Average", step: int = 3600) -> tuple[Usual, list[Stretch]]:
    normal = usual(points, stat, zone=TOKYO, period_s=step)
    return normal, unusual(points, normal, window, step)


def test_a_peak_of_every_day_is_usual_and_the_same_value_at_night_is_not() -> None:
    night = END - timedelta(hours=8)  # 04:00 in Tokyo

    def value(moment: datetime) -> float:
        return 175.0 if moment == night else daily(moment)

    points, window = hourly(value, 7)
    normal, (found,) = seen(points, window)
    assert normal.by_hour
    assert (found.start, found.end, found.kind) == (night, night + timedelta(hours=1), "high")
    assert found.expected == pytest.approx(30, abs=10)


def test_without_days_enough_the_median_is_what_is_usual() -> None:
    points, window = hourly(daily, 2)
    normal, found = seen(points, window)
    assert (normal.by_hour, found) == (False, [])


def test_the_hour_is_that_of_the_askers_clock_also_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    def value(moment: datetime) -> float:
        return 100.0 if moment.astimezone(berlin).hour == 9 else 10.0

    window = TimeWindow(
        datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)
    )  # winter time on the 25th
    times = tuple(window.start + timedelta(hours=n) for n in range(240))
    points = Points(times, tuple(value(t) for t in times))
    assert not unusual(points, usual(points, "Average", zone=berlin, period_s=3600), window, 3600)
    assert usual(points, "Average", zone=berlin, period_s=3600).spread < usual(points, "Average", zone=UTC, period_s=3600).spread  # fmt: skip


def test_neighbours_are_one_stretch_and_what_goes_on_is_told() -> None:
    points, window = hourly(lambda t: 500.0 if t >= END - timedelta(hours=3) else noisy(100), 5)
    _, (found,) = seen(points, window)
    assert (found.start, found.end, found.lasts, found.value) == (END - timedelta(hours=3), END, True, 500.0)


def test_missing_points_of_a_regular_series_are_told_and_those_of_an_irregular_one_are_not() -> None:
    points, window = hourly(lambda _: 5.0, 3)
    kept = [(t, v) for t, v in zip(points.times, points.values, strict=True) if t < END - timedelta(hours=6)]
    _, (found,) = seen(Points(*map(tuple, zip(*kept, strict=True))), window)
    assert (found.kind, found.start, found.end, found.size, found.lasts) == ("missing", END - timedelta(hours=6), END, 6.0, True)  # fmt: skip
    rare = [(t, v) for n, (t, v) in enumerate(zip(points.times, points.values, strict=True)) if n % 7 in (0, 1)]
    assert not seen(Points(*map(tuple, zip(*rare, strict=True))), window)[1]


def test_one_event_more_is_never_unusual_and_many_are() -> None:
    points, window = hourly(lambda t: 1.0 if t.hour == 7 and t.day == 18 else 0.0, 5)
    assert not seen(points, window, "Sum")[1]
    points, window = hourly(lambda t: 30.0 if t.hour == 7 and t.day == 18 else 0.0, 5)
    (found,) = seen(points, window, "Sum")[1]
    assert (found.value, found.expected) == (30.0, 0.0)


def test_a_level_that_drops_by_one_where_it_never_moves_is_unusual() -> None:
    points, window = hourly(lambda t: 1.0 if t >= END - timedelta(hours=2) else 2.0, 5)
    assert [s.kind for s in seen(points, window, "Minimum")[1]] == ["low"]


def test_a_few_points_tell_nothing_unusual() -> None:
    points = Points((END - timedelta(hours=2), END - timedelta(hours=1)), (1.0, 900.0))
    assert seen(points, TimeWindow(END - timedelta(days=1), END))[1] == []


def test_figures_compare_the_last_day_with_what_was_before() -> None:
    points, window = hourly(lambda t: 30.0 if t >= END - timedelta(days=1) else 10.0, 7)
    figures = figures_of(points, window, usual(points, "Average", zone=UTC, period_s=3600))
    assert (figures.recent, figures.earlier, figures.change, figures.recent_s) == (30.0, 10.0, 2.0, 86_400)
    assert (figures.latest, figures.lowest, figures.highest, figures.points) == (30.0, 10.0, 30.0, 168)
    assert figures.average == pytest.approx((30 * 24 + 10 * 144) / 168)
    assert figures.moved > 1.5


def test_what_was_zero_before_has_no_share() -> None:
    points, window = hourly(lambda t: 5.0 if t >= END - timedelta(days=1) else 0.0, 7)
    figures = figures_of(points, window, usual(points, "Average", zone=UTC, period_s=3600))
    assert (figures.earlier, figures.change) == (0.0, None)


def test_rhythms_of_days_and_weeks_are_told() -> None:
    def value(moment: datetime) -> float:
        return daily(moment) * (0.4 if moment.astimezone(TOKYO).weekday() >= 5 else 1.0)

    points, _ = hourly(value, 14)
    day, week = rhythm_of(points, usual(points, "Average", zone=TOKYO, period_s=3600), TOKYO)
    assert (day.key, day.values["high_at"], day.values["low_at"]) == ("insight.rhythm.daily", "14:00", "02:00")
    assert week.key == "insight.rhythm.weekend_low"
    assert float(week.values["share"] or 0) == pytest.approx(0.6, abs=0.1)
    flat, _ = hourly(lambda _: noisy(5), 14)
    assert rhythm_of(flat, usual(flat, "Average", zone=TOKYO, period_s=3600), TOKYO) == []


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


@given(st.lists(st.tuples(st.integers(0, 400), NUMBERS), min_size=1, max_size=60, unique_by=lambda p: p[0]))
def test_any_points_have_figures_and_stretches_within_the_window(raw: list[tuple[int, float]]) -> None:
    window = TimeWindow(END - timedelta(hours=401), END)
    ordered = sorted(raw)
    points = Points(tuple(window.start + timedelta(hours=h) for h, _ in ordered), tuple(v for _, v in ordered))
    normal, found = seen(points, window)
    figures = figures_of(points, window, normal)
    slack = 1e-6 + 1e-9 * abs(figures.average)
    assert figures.lowest - slack <= figures.average <= figures.highest + slack
    assert normal.spread > 0
    assert all(window.start <= s.start < s.end <= window.end + timedelta(hours=1) and s.size >= 3 for s in found)
    assert rhythm_of(points, normal, TOKYO) is not None
