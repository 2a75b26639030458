"""Metric arrivals: counters that have no points while there is nothing to count."""

from __future__ import annotations

from bundles import Scene, every, minute
from fa2.analysers.metric_arrivals import metric_arrivals
from observing import observed, only


def measured() -> Scene:
    """A namespace that is measured all the time."""
    scene = Scene()
    scene.series(dict.fromkeys(every(1, -60, 10), 100.0), "RequestCount", stat="Sum")
    return scene


def test_throttling_that_was_never_counted_before_speaks_for_the_service() -> None:
    scene = measured()
    scene.series({2: 5.0, 3: 40.0}, "WriteThrottleEvents", "orders", stat="Sum")
    found = only(observed(metric_arrivals, scene))
    assert (found.service, found.role, found.onset) == ("orders", "cause", minute(2))
    assert "throttling" in found.mechanisms
    assert (found.statement.values["total"], found.statement.values["points"]) == (45.0, 2)


def test_errors_are_a_symptom() -> None:
    scene = measured()
    scene.series({2: 5.0}, "HTTPCode_Target_5XX_Count", stat="Sum")
    assert only(observed(metric_arrivals, scene)).role == "symptom"


def test_what_was_counted_before_has_not_arrived() -> None:
    for before in ({-30: 1.0}, {-30: 0.0}, {-200: 3.0}):
        scene = measured()
        scene.series({**before, 2: 40.0}, "Throttles", stat="Sum")
        assert observed(metric_arrivals, scene) == []


def test_zeros_and_levels_do_not_arrive() -> None:
    scene = measured()
    scene.series({2: 0.0}, "Throttles", stat="Sum")
    scene.series({2: 7.0}, "QueueDepth", stat="Average")
    assert observed(metric_arrivals, scene) == []


def test_a_namespace_that_nobody_measured_before_tells_nothing() -> None:
    scene = measured()
    scene.series({2: 5.0}, "Throttles", namespace="New", stat="Sum")
    assert observed(metric_arrivals, scene) == []


def test_without_normal_times_nothing_has_arrived() -> None:
    scene = Scene(baseline=())
    scene.series({2: 5.0}, "Throttles", stat="Sum")
    assert observed(metric_arrivals, scene) == []


def test_the_most_telling_come_first_and_few() -> None:
    scene = measured()
    for n in range(9):
        scene.series({2: 90.0}, f"Thing{n}", stat="Sum")
    scene.series({2: 90.0}, "Throttles", stat="Sum")
    found = observed(metric_arrivals, scene)
    assert (len(found), found[0].statement.values["name"]) == (6, "Throttles")
