"""Excess: what users lost at the entry is blamed on the service that added it, from request metrics alone."""

from __future__ import annotations

import math
import random

import pytest

from bundles import Scene, every
from fa2.analysers.request_excess import request_excess
from observing import observed, only

CHAIN = [("web", "orders"), ("orders", "stock"), ("web", "users")]


def chain(
    slow: str | None = None,
    extra: float = 2.0,
    *,
    unit: str | None = "Seconds",
    scale: float = 1.0,
    name: str = "latency",
) -> Scene:
    """Latencies along a chain of calls; from minute 0 on, one service and all that wait for it take longer."""
    noise = random.Random(3)
    waits = {
        "web": {"web", "orders", "stock", "users"},
        "orders": {"orders", "stock"},
        "stock": {"stock"},
        "users": {"users"},
    }
    scene = Scene()
    for caller, callee in CHAIN:
        scene.edge(caller, callee)
    for at in every(1, -60, 10):
        for service, awaited in waits.items():
            value = 0.1 * len(awaited) * noise.uniform(0.95, 1.05) + (extra if at >= 0 and slow in awaited else 0.0)
            scene.metric(at, value * scale, name, service, unit=unit)
            scene.metric(at, 100.0, "requests", service, stat="Sum")
    return scene


@pytest.mark.parametrize("culprit", ["stock", "orders", "web", "users"])
def test_the_service_that_added_the_waiting_is_blamed_and_not_those_that_waited(culprit: str) -> None:
    found = observed(request_excess, chain(culprit))
    assert found[0].service == culprit
    assert found[0].strength > 0.8
    assert all(o.strength < 0.3 for o in found[1:])


def test_latencies_as_usual_are_nothing() -> None:
    assert [o.service for o in observed(request_excess, chain()) if o.strength > 0.3] == []


@pytest.mark.parametrize(
    ("unit", "scale", "name"),
    [
        ("Seconds", 1.0, "latency"),
        ("Milliseconds", 1000.0, "latency"),
        ("Microseconds", 1e6, "latency"),
        (None, 1000.0, "latency_ms"),
    ],
)
def test_waiting_is_told_in_seconds_whatever_the_unit(unit: str | None, scale: float, name: str) -> None:
    found = observed(request_excess, chain("stock", unit=unit, scale=scale, name=name))[0]
    assert found.statement.values["own_excess"] == pytest.approx(100 * 2.0 * 10, rel=0.02)


def test_lost_availability_is_blamed_where_it_began() -> None:
    scene = Scene(alarm={"metric": "availability", "service": "web"})
    for caller, callee in CHAIN:
        scene.edge(caller, callee)
    for at in every(1, -60, 10):
        for service in ("web", "orders", "stock", "users"):
            failing = at >= 0 and service != "users"
            scene.metric(at, 60.0 if failing else 100.0, "availability", service)
            scene.metric(at, 100.0, "requests", service, stat="Sum")
    found = only(observed(request_excess, scene))
    assert (found.service, found.statement.key) == ("stock", "observations.request_excess.availability")
    assert found.statement.values["own_excess"] == 400.0


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_neither_speak_nor_hide_what_does(odd: float) -> None:
    scene = chain("stock")
    for at in every(1, -59.5, 10):
        for service in ("web", "orders", "users"):
            scene.metric(at, odd, "latency", service)
            scene.metric(at, 100.0, "requests", service, stat="Sum")
    assert observed(request_excess, scene)[0].service == "stock"


def test_services_that_call_each_other_do_no_harm() -> None:
    scene = chain("stock")
    scene.edge("stock", "web")
    scene.edge("stock", "stock")
    scene.incident = scene.incident.model_copy(update={"alarm": None})
    observed(request_excess, scene)


def test_without_calls_requests_or_a_baseline_there_is_nothing_to_tell() -> None:
    assert observed(request_excess, Scene()) == observed(request_excess, Scene().has("metrics", "edges")) == []
    for missing in ("edges", "metrics"):
        scene = chain("stock")
        del scene.rows[missing]
        assert observed(request_excess, scene) == []
    scene = chain("stock")
    scene.rows["metrics"] = [row for row in scene.rows["metrics"] if row["name"] != "requests"]
    assert observed(request_excess, scene) == []
    scene = chain("stock")
    scene.incident = scene.incident.model_copy(update={"baseline": []})
    assert observed(request_excess, scene) == []
