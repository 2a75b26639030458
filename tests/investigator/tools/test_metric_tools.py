"""find_metrics and metric."""

from __future__ import annotations

import pytest
from desks import on

from bundles import BASELINE, WINDOW, Scene, every
from fa2.investigator.desk import ToolRefused


def busy() -> Scene:
    """Return a scene in which the connections of db rise at minute 4, and nothing else moves."""
    scene = Scene()
    for at in every(1, BASELINE[0], WINDOW[1]):
        connections = 20 + at % 2 if at < 4 else 95
        scene.metric(at, connections, "DatabaseConnections", "db", namespace="AWS/RDS", resource="db-1", stat="Maximum")
        scene.metric(at, 30 + at % 3, "CPUUtilization", "db", namespace="AWS/RDS", resource="db-1")
        scene.metric(at, 10 + at % 3, "CPUUtilization", "web")
        scene.metric(at, 100, "Requests", "web", stat="Sum")
    scene.metric(5, float("nan"), "CPUUtilization", "web")
    return scene


def test_what_moved_furthest_comes_first() -> None:
    with on(busy()) as call:
        first, *others = call.rows("find_metrics")
    assert (first["service"], first["name"], first["median"], first["usual_median"]) == (
        "db",
        "DatabaseConnections",
        95,
        20.5,
    )
    assert float(str(first["moved"])) > 10
    assert len(others) == 3
    assert all(abs(float(str(row["moved"]))) < 2 for row in others)


def test_metrics_are_found_by_text_and_service() -> None:
    with on(busy()) as call:
        assert {row["service"] for row in call.rows("find_metrics", search="cpu")} == {"db", "web"}
        assert [row["name"] for row in call.rows("find_metrics", search="rds", service="DB")] == [
            "DatabaseConnections",
            "CPUUtilization",
        ]
        nothing = call("find_metrics", search="no such metric")
        assert nothing.evidence[1].rows == ((41,),)
        with pytest.raises(ToolRefused) as refused:
            call("find_metrics", service="databases")
        assert "db" in str(refused.value)


def test_a_metric_has_statistics_of_both_times_its_first_deviation_and_few_points() -> None:
    with on(busy()) as call:
        statistics, points = call("metric", name="databaseconnections").evidence
    row = dict(zip(statistics.columns, statistics.rows[0], strict=True))
    assert (row["points"], row["lowest"], row["highest"], row["p95"]) == (10, 20, 95, 95)
    assert (row["usual_points"], row["usual_mean"], row["usual_p95"]) == (60, 20.5, 21)
    assert row["first_deviation"] == "2026-11-20T03:04:00Z"
    assert len(points.rows) <= 31
    values = {str(time): value for time, _, value, _ in points.rows}
    assert values["2026-11-20T03:04:00Z"] == 95
    assert values["2026-11-20T02:58:00Z"] == 20.5


def test_sums_are_added_up_and_averages_are_not() -> None:
    with on(busy()) as call:
        _, points = call("metric", name="Requests", window="baseline").evidence
    assert {(row[1], row[2], row[3]) for row in points.rows} == {(180, 300, 3)}


def test_series_of_one_name_are_told_apart() -> None:
    with on(busy()) as call:
        assert len(call.rows("metric", name="CPUUtilization")) == 2
        assert [row["service"] for row in call.rows("metric", name="CPUUtilization", service="web")] == ["web"]
        assert [row["service"] for row in call.rows("metric", name="CPUUtilization", resource="DB-")] == ["db"]
        with pytest.raises(ToolRefused) as refused:
            call("metric", name="CpuUtilisation")
        assert str(refused.value.values["known"]).startswith("CPUUtilization")
        with pytest.raises(ToolRefused) as none_left:
            call("metric", name="CPUUtilization", stat="p99")
        assert none_left.value.key == "tools.refused.no_series"


def test_a_bundle_without_normal_times_has_statistics_but_no_move() -> None:
    scene = Scene(baseline=())
    scene.series({1: 1.0, 2: 2.0, 3: 9.0})
    with on(scene) as call:
        (row,) = call.rows("metric", name="CPUUtilization")
        with pytest.raises(ToolRefused) as refused:
            call("metric", name="CPUUtilization", window="baseline")
    assert (row["median"], row["usual_median"], row["moved"]) == (2.0, None, None)
    assert refused.value.key == "tools.refused.no_baseline"


def test_fetching_is_refused_where_aws_is_not_at_hand() -> None:
    with on(busy()) as call, pytest.raises(ToolRefused) as refused:
        call("metric", name="CPUUtilization", namespace="AWS/RDS", fetch=True)
    assert refused.value.key == "tools.refused.not_live"
