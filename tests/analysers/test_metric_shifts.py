"""Metric shifts: series that left their own normal, and series that stopped."""

from __future__ import annotations

import math
import random

import pytest

from bundles import Scene, every, minute
from fa2.analysers.metric_shifts import metric_shifts
from observing import observed, only

_RANDOM = random.Random(7)


def steady(level: float, step: float = 1.0, start: float = -60, end: float = 10) -> dict[float, float]:
    return {at: level * (1 + _RANDOM.uniform(-0.02, 0.02)) for at in every(step, start, end)}


def stepped(before: float, after: float, at: float = 1.0) -> dict[float, float]:
    return {m: v * (after / before if m >= at else 1.0) for m, v in steady(before).items()}


def one(values: dict[float, float], name: str = "CPUUtilization", **more: object) -> Scene:
    scene = Scene().has("metrics")
    scene.series(values, name, **more)
    return scene


@pytest.mark.parametrize(
    ("dimensions", "named"),
    [
        ('{"LogGroupName":"/aws/lambda/payments"}', "/aws/lambda/payments"),
        (None, "App"),
        ("{odd", "{odd"),
        ("[1]", "[1]"),
    ],
)
def test_a_series_of_no_service_is_named_by_what_it_has(dimensions: str | None, named: str) -> None:
    scene = one(stepped(20.0, 95.0), "IncomingBytes", service=None, dimensions=dimensions)
    found = only(observed(metric_shifts, scene))
    assert (found.service, found.statement.values["service"]) == (None, named)


def test_a_resource_that_ran_full_speaks_against_its_service_from_its_onset() -> None:
    found = only(observed(metric_shifts, one(stepped(20.0, 95.0), resource="i-1")))
    assert found.statement.key == "observations.metric_shift.rose"
    assert (found.service, found.resource, found.role, found.onset) == ("web", "i-1", "cause", minute(1))
    assert "cpu_saturation" in found.mechanisms
    assert found.strength > 0.8


def test_a_metric_can_fall() -> None:
    found = only(observed(metric_shifts, one(stepped(100.0, 20.0), "RequestCount")))
    assert found.statement.key == "observations.metric_shift.fell"
    assert float(found.statement.values["size"] or 0) > 0  # the words say which way


def test_a_series_that_stays_in_its_range_is_nothing() -> None:
    assert observed(metric_shifts, one(steady(20.0))) == []


def test_a_metric_that_is_noisy_by_nature_is_nothing_even_when_it_peaks() -> None:
    values = {at: 90.0 if place % 7 == 0 else 10.0 + place % 5 for place, at in enumerate(every(1, -60, 10))}
    assert observed(metric_shifts, one(values)) == []
    values.update(dict.fromkeys(every(1, 0, 10), 60.0))
    assert observed(metric_shifts, one(values)) == []


def test_what_callers_share_with_callees_is_a_symptom() -> None:
    scene = Scene()
    for name in ("Latency", "5XXError"):
        scene.series(stepped(20.0, 95.0), name)
    assert {o.role for o in observed(metric_shifts, scene)} == {"symptom"}


def test_a_series_that_stopped_is_told_as_long_as_others_went_on() -> None:
    scene = one(steady(50.0, end=0), "HeapUsed")
    scene.series(steady(5.0), "Threads")
    found = only(observed(metric_shifts, scene))
    assert found.statement.key == "observations.metric_shift.stopped"
    assert (found.statement.values["points"], found.statement.values["value"]) == (0, None)


def test_a_series_that_reports_now_and_then_has_not_stopped() -> None:
    scene = one({-50: 1.0, -30: 1.0, -10: 1.0}, "Restarts")
    scene.series(steady(5.0), "Threads")
    assert observed(metric_shifts, scene) == []


def test_readings_that_several_services_share_are_their_hosts_and_blame_none() -> None:
    scene = Scene()
    values = stepped(20.0, 95.0)
    for service in ("web", "orders", "users"):
        scene.series(values, service=service)
    assert {o.role for o in observed(metric_shifts, scene)} == {"symptom"}
    own = Scene()
    for service in ("web", "orders"):
        own.series(stepped(20.0, 95.0), service=service)
    assert {o.role for o in observed(metric_shifts, own)} == {"cause"}


def test_the_metric_of_the_alarm_leads() -> None:
    scene = Scene(alarm={"metric": "Latency", "service": "web"})
    scene.series(stepped(20.0, 95.0))
    scene.series(stepped(10.0, 13.0), "Latency")
    assert observed(metric_shifts, scene)[0].statement.values["name"] == "Latency"


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_neither_speak_nor_hide_what_does(odd: float) -> None:
    values = stepped(20.0, 95.0)
    scene = one({**values, **{at + 0.5: odd for at in every(1, -60, 10)}})
    scene.series({at: odd if at >= 0 else 1.0 for at in every(1, -60, 10)}, "DiskUsed")
    scene.series(dict.fromkeys(every(1, -60, 10), odd), "HeapUsed")
    told = observed(metric_shifts, scene)
    assert told[0].statement.values["name"] == "CPUUtilization"
    assert all(math.isfinite(v) for o in told for v in o.statement.values.values() if isinstance(v, float))


def test_a_metric_of_no_service_blames_nobody() -> None:
    found = only(observed(metric_shifts, one(stepped(20.0, 95.0), service=None)))
    assert (found.service, found.role) == (None, "symptom")


def test_without_a_baseline_the_points_around_tell_what_is_normal() -> None:
    scene = Scene(baseline=[])
    scene.series(stepped(20.0, 95.0))
    assert only(observed(metric_shifts, scene)).statement.key == "observations.metric_shift.rose"
    scene = Scene(baseline=[])
    scene.series(dict.fromkeys(every(1, 0, 10), 95.0))
    assert observed(metric_shifts, scene) == []


def test_a_constant_series_may_move_a_little() -> None:
    values = {at: 100.0 if at < 0 else 101.0 for at in every(1, -60, 10)}
    assert observed(metric_shifts, one(values)) == []


def test_series_are_told_apart_by_resource_and_dimensions() -> None:
    scene = one(steady(20.0), dimensions='{"Queue": "a"}')
    scene.series(stepped(20.0, 95.0), dimensions='{"Queue": "b"}')
    assert only(observed(metric_shifts, scene)).evidence[0].query.parameters["dimensions"] == '{"Queue": "b"}'


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(metric_shifts, Scene()) == observed(metric_shifts, Scene().has("metrics")) == []
