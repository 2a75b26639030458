"""The window is found where the trouble is, when nobody said where."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import Scene, every, minute
from fa2.analysers.incident_window import FoundWindow, baselines_for, data_range, find_window
from fa2.core.windows import TimeWindow

SPAN = 240.0
"""Minutes of data; a bucket is two minutes."""
BUCKET = timedelta(minutes=SPAN / 120)


def found(scene: Scene) -> FoundWindow:
    with scene.telemetry() as telemetry:
        covered = data_range(telemetry)
        assert covered is not None
        return find_window(telemetry, covered)


def calm(*, logs: bool = False, spans: bool = False, metrics: bool = False) -> Scene:
    scene = Scene()
    for place, at in enumerate(every(0.5, 0, SPAN)):
        if logs:
            scene.log(at, "fine", level="ERROR" if place % 40 == 0 else "INFO")
        if spans:
            scene.span(at, ms=10.0 + place % 3)
        if metrics:
            scene.metric(at, 20.0 + place % 3)
    return scene


def troubled(kind: str, start: float, end: float) -> Scene:
    scene = calm(logs=kind == "logs", spans=kind in ("failed", "slow"), metrics=kind == "metrics")
    for at in every(0.1, start, end):
        match kind:
            case "logs":
                scene.log(at, "boom", level="ERROR")
            case "failed":
                scene.span(at, status="fault")
            case "slow":
                scene.span(at, ms=5000.0)
            case "metrics":
                scene.metric(at, 95.0)
            case "counts":
                scene.counted(at, "boom", 50, level="ERROR", interval_s=6)
    if kind == "counts":
        for at in every(0.5, 0, SPAN):
            scene.counted(at, "fine", 50, level="INFO", interval_s=30)
    return scene


@pytest.mark.parametrize("kind", ["logs", "failed", "slow", "metrics", "counts"])
@pytest.mark.parametrize(("start", "end"), [(150.0, 170.0), (20.0, 40.0), (220.0, 240.0)])
def test_a_burst_is_found_within_two_buckets_with_normal_time_beside_it(kind: str, start: float, end: float) -> None:
    it = found(troubled(kind, start, end))
    assert it.troubled
    assert abs(it.window.start - minute(start)) <= 2 * BUCKET
    assert abs(it.window.end - minute(end)) <= 2 * BUCKET
    assert it.baselines
    assert not any(baseline.overlaps(it.window) for baseline in it.baselines)


def test_lone_error_lines_are_no_trouble_and_a_loop_of_them_is() -> None:
    scene = calm(metrics=True)
    scene.log(31, "boom", level="ERROR")
    scene.log(101, "boom", level="FATAL")
    assert not found(scene).troubled
    for at in every(2, 151, 171):
        scene.log(at, "boom", level="FATAL")
    it = found(scene)
    assert it.troubled
    assert abs(it.window.start - minute(151)) <= 2 * BUCKET


@pytest.mark.parametrize(
    "kinds", [{"logs": True}, {"spans": True}, {"metrics": True}, {"logs": True, "spans": True, "metrics": True}]
)
def test_in_quiet_data_the_last_quarter_is_taken_and_said_to_be_untroubled(kinds: dict[str, bool]) -> None:
    it = found(calm(**kinds))
    assert not it.troubled
    assert abs(it.window.start - minute(SPAN * 3 / 4)) <= BUCKET
    assert it.window.end >= minute(SPAN - 0.5)


def test_values_that_are_no_numbers_are_no_trouble() -> None:
    scene = calm(metrics=True, spans=True)
    for at in every(1, 30, 40):
        for odd in (math.nan, math.inf, -math.inf):
            scene.metric(at, odd)
            scene.metric(at, odd, "other")
            scene.span(at, ms=odd)
    assert not found(scene).troubled
    for at in every(0.1, 150, 170):
        scene.metric(at, 95.0)
    it = found(scene)
    assert it.troubled
    assert abs(it.window.start - minute(150)) <= 2 * BUCKET


def test_one_moment_is_a_window_without_normal_time() -> None:
    scene = Scene()
    scene.log(3, "boom", level="ERROR")
    it = found(scene)
    assert (it.window.start, it.baselines, it.troubled) == (minute(3), (), False)


def test_two_moments_far_apart_do_no_harm() -> None:
    scene = Scene()
    scene.log(-60 * 24 * 365 * 40, "fine")
    scene.log(3, "boom", level="ERROR")
    it = found(scene)
    assert minute(3) in it.window


def test_there_is_no_range_without_any_times() -> None:
    for scene in (Scene(), Scene().has("logs", "spans", "metrics", "log_counts")):
        with scene.telemetry() as telemetry:
            assert data_range(telemetry) is None


def test_the_range_covers_all_signals_with_the_last_moment_in_it() -> None:
    scene = Scene()
    scene.log(1, "a")
    scene.span(5)
    scene.metric(3, 1.0)
    scene.counted(6, "a", 1, interval_s=60)
    with scene.telemetry() as telemetry:
        covered = data_range(telemetry)
    assert covered is not None
    assert (covered.start, minute(6.5) in covered) == (minute(1), True)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.sampled_from(["ERROR", None])), min_size=1, max_size=12),
    st.sampled_from([1, 1000, 10**6, 10**9]),
)
def test_the_window_lies_in_the_data_and_the_baseline_beside_it(
    lines: list[tuple[int, str | None]], scale: int
) -> None:
    scene = Scene()
    for at_us, level in lines:
        scene.log(at_us * scale / 10**9 / 60e6 * 1000, "x", level=level)
    with scene.telemetry() as telemetry:
        covered = data_range(telemetry)
        assert covered is not None
        it = find_window(telemetry, covered)
    assert covered.start <= it.window.start < it.window.end <= covered.end
    assert_beside(it.window, it.baselines, covered)


WINDOWS = st.tuples(st.integers(-1000, 1000), st.integers(1, 1000)).map(
    lambda pair: TimeWindow(minute(pair[0]), minute(pair[0] + pair[1]))
)


@given(WINDOWS, WINDOWS)
def test_the_baseline_for_a_window_lies_in_the_data_and_never_in_the_window(
    window: TimeWindow, covered: TimeWindow
) -> None:
    baselines = baselines_for(window, covered)
    assert_beside(window, baselines, covered)
    assert all(b.duration <= 8 * window.duration for b in baselines)


def assert_beside(
    window: TimeWindow, baselines: list[TimeWindow] | tuple[TimeWindow, ...], covered: TimeWindow
) -> None:
    for baseline in baselines:
        assert not baseline.overlaps(window)
        assert covered.start <= baseline.start < baseline.end <= covered.end


def test_normal_time_is_what_precedes_or_what_follows_where_little_precedes() -> None:
    covered = TimeWindow(minute(0), minute(100))
    assert baselines_for(TimeWindow(minute(50), minute(60)), covered) == [TimeWindow(minute(0), minute(50))]
    assert baselines_for(TimeWindow(minute(2), minute(12)), covered) == [TimeWindow(minute(12), minute(92))]
    assert baselines_for(TimeWindow(minute(2), minute(99)), covered) == [TimeWindow(minute(0), minute(2))]
    assert baselines_for(covered, covered) == []
