"""The series that a report draws."""

from __future__ import annotations

import math

from bundles import Scene, every, minute
from fa2.analysers.charts import charts
from fa2.analysers.metric_shifts import metric_shifts
from fa2.core.report import Chart


def drawn(scene: Scene) -> dict[str, Chart]:
    with scene.telemetry() as telemetry:
        return {chart.title.key: chart for chart in charts(telemetry, list(metric_shifts(telemetry)))}


def busy() -> Scene:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.span(at, ms=10.0, status="fault" if at >= 0 else "ok")
        scene.metric(at, 95.0 if at >= 0 else 20.0 + at % 2)
        scene.log(at, "boom" if at >= 0 else "fine", level="ERROR" if at >= 0 else "INFO")
    return scene


def test_requests_failures_error_lines_and_shifted_metrics_are_drawn() -> None:
    found = drawn(busy())
    assert set(found) == {
        "charts.entry_failed", "charts.entry_p95", "charts.entry_requests", "charts.error_lines", "charts.metric"
    }  # fmt: skip
    assert sum(v or 0 for v in found["charts.entry_failed"].values) == 20
    assert sum(v or 0 for v in found["charts.error_lines"].values) == 20
    metric = found["charts.metric"]
    assert (metric.onset, metric.values[-1]) == (minute(0), 95.0)
    assert metric.normal_high is not None
    assert metric.normal_high < 95


def test_a_chart_covers_window_and_baseline_near_it() -> None:
    chart = drawn(busy())["charts.entry_requests"]
    assert len(chart.times) == len(chart.values) == 60
    assert chart.times[0] == minute(-50)
    assert chart.times == sorted(chart.times)


def test_error_lines_are_drawn_from_counts_where_no_lines_travelled() -> None:
    scene = Scene()
    scene.counted(2, "boom", 700, level="ERROR")
    scene.counted(2, "fine", 100, level="INFO")
    assert sum(v or 0 for v in drawn(scene)["charts.error_lines"].values) == 700
    scene.log(2, "boom", level="ERROR")
    assert sum(v or 0 for v in drawn(scene)["charts.error_lines"].values) == 700


def test_impossible_values_are_not_drawn() -> None:
    scene = busy()
    for at in every(1, -60, 10):
        for odd in (math.nan, math.inf):
            scene.span(at, ms=odd)
            scene.metric(at, odd)
    for chart in drawn(scene).values():
        assert all(value is None or math.isfinite(value) for value in chart.values)


def test_nothing_is_drawn_where_nothing_was_collected_or_found() -> None:
    assert drawn(Scene()) == drawn(Scene().has("logs", "spans", "metrics", "log_counts")) == {}
