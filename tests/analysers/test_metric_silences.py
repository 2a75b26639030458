"""Metric silences: series that fall silent within the window, and those that are merely late or irregular."""

from __future__ import annotations

from bundles import Scene, every, minute
from fa2.analysers.metric_silences import metric_silences
from observing import observed, only


def reports(until: float = 10, step: float = 1, start: float = -60) -> dict[float, float]:
    return dict.fromkeys(every(step, start, until), 5.0)


def test_a_service_of_which_everything_fell_silent_is_told_from_its_last_point() -> None:
    scene = Scene()
    scene.series(reports(until=3), "Requests")
    scene.series(reports(until=3), "HeapUsed")
    scene.series(reports(), "Requests", service="other")
    found = only(observed(metric_silences, scene))
    assert (found.statement.key, found.service, found.role) == ("observations.metric_silence.all", "web", "cause")
    assert (found.statement.values["ended"], found.statement.values["series"]) == (2, 2)
    assert found.onset == minute(3)
    assert "crash" in found.mechanisms


def test_series_that_name_no_service_are_told_by_their_namespace() -> None:
    scene = Scene()
    scene.series(reports(until=3), "OrdersPlaced", service=None, namespace="Shop")
    scene.series(reports(), "Bytes", namespace="Shop")
    found = only(observed(metric_silences, scene))
    assert (found.statement.key, found.statement.values["space"]) == ("observations.metric_silence.nameless", "Shop")
    assert (found.statement.values["series"], found.role) == (1, "symptom")


def test_one_instance_of_many_that_fell_silent_blames_nobody() -> None:
    scene = Scene()
    scene.series(reports(until=2), resource="i-1")
    scene.series(reports(), resource="i-2")
    found = only(observed(metric_silences, scene))
    assert (found.resource, found.role, found.mechanisms) == ("i-1", "symptom", {})


def test_a_series_that_pauses_now_and_then_is_not_silent() -> None:
    scene = Scene()
    values = {at: 1.0 for at in reports(until=3) if not -30 < at < -21}
    scene.series(values, "Retries")
    scene.series(reports(), service="other")
    assert observed(metric_silences, scene) == []


def test_the_newest_points_may_be_late() -> None:
    scene = Scene()
    scene.series(reports(until=7), "Requests")
    scene.series(reports(), service="other")
    assert observed(metric_silences, scene) == []


def test_a_namespace_that_reports_later_than_others_is_not_silent() -> None:
    scene = Scene()
    scene.series(reports(until=4), "Bytes", namespace="Slow")
    scene.series(reports(), service="other")
    assert observed(metric_silences, scene) == []


def test_when_all_telemetry_ends_at_once_nothing_is_silent() -> None:
    scene = Scene()
    scene.series(reports(until=3))
    scene.series(reports(until=3), service="other")
    assert observed(metric_silences, scene) == []


def test_what_was_silent_before_the_window_is_left_to_the_shifts() -> None:
    scene = Scene()
    scene.series(reports(until=-5))
    scene.series(reports(), service="other")
    assert observed(metric_silences, scene) == []


def test_times_that_nobody_collected_between_baseline_and_window_are_no_pause() -> None:
    scene = Scene(baseline=[(-60, -20)])
    for service, until in (("web", 3), ("other", 10)):
        scene.series({at: 1.0 for at in reports(until=until) if not -20 <= at < 0}, service=service)
    assert only(observed(metric_silences, scene)).service == "web"


def test_without_a_baseline_the_window_alone_tells() -> None:
    scene = Scene(window=(-60, 10), baseline=())
    scene.series(reports(until=0))
    scene.series(reports(), service="other")
    assert only(observed(metric_silences, scene)).service == "web"
