"""Impact: what users met at the entry."""

from __future__ import annotations

import math

import pytest

from bundles import Scene, every, minute
from fa2.analysers.entry_impact import entry_impact
from observing import observed, only


def entry(*, failing: bool = False, ms: float = 10.0) -> Scene:
    scene = Scene()
    for at in every(0.25, -60, 10):
        status = "fault" if failing and at >= 0 else "ok"
        top = scene.span(at, ms=ms if at >= 0 else 10.0, status=status, trace_id=f"t{at}")
        scene.span(at, "orders", trace_id=f"t{at}", parent_id=top, status="fault")
    return scene


def test_failed_requests_of_users_are_impact_and_blame_nobody() -> None:
    found = only(observed(entry_impact, entry(failing=True)))
    assert (found.statement.values["failed"], found.statement.values["failed_share"]) == (40, 1.0)
    assert (found.service, found.role) == (None, "symptom")
    assert found.strength > 0.9


def test_slow_requests_of_users_are_impact() -> None:
    found = only(observed(entry_impact, entry(ms=900.0)))
    assert found.statement.values["slow_share"] == 1.0
    assert found.strength > 0.9


def test_requests_as_usual_are_told_without_strength_whatever_fails_beneath() -> None:
    assert only(observed(entry_impact, entry())).strength < 0.1


def test_failures_at_the_rate_of_the_baseline_are_no_impact() -> None:
    scene = Scene()
    for place, at in enumerate(every(0.25, -60, 10)):
        scene.span(at, status="fault" if place % 5 == 0 else "ok")
    assert only(observed(entry_impact, scene)).strength < 0.1


def test_without_a_baseline_the_impact_is_told_alone() -> None:
    scene = Scene(baseline=[])
    for at in every(0.25, 0, 10):
        scene.span(at, status="fault")
    assert only(observed(entry_impact, scene)).statement.key == "observations.impact.requests_alone"


def test_work_from_a_queue_is_no_request_of_a_user() -> None:
    scene = Scene()
    scene.span(1, kind="consumer", status="fault")
    assert observed(entry_impact, scene) == []


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1e9])
def test_requests_with_impossible_durations_count_and_their_durations_do_not(odd: float) -> None:
    scene = entry(failing=True)
    for at in every(0.25, -60, 10):
        scene.span(at, ms=odd, status="fault" if at >= 0 else "ok")
    values = only(observed(entry_impact, scene)).statement.values
    assert (values["failed"], values["p95_ms"], values["usual_p95_ms"]) == (80, 10.0, 10.0)


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(entry_impact, Scene()) == observed(entry_impact, Scene().has("spans")) == []


def test_requests_that_a_load_balancer_logged_count_alike_raw_and_counted() -> None:
    raw, counted = Scene(), Scene()
    for at in every(0.25, -60, 10):
        level = "ERROR" if at >= 5 else "INFO"
        raw.log(at, "GET /", level=level, source="app/shop/1")
    for at in every(1.0, -60, 10):
        told = {"interval_s": 60, "pattern": "GET /", "count": 4, "service": "cart"}
        counted.add("log_counts", bucket=minute(at), source="app/shop/1", level="ERROR" if at >= 5 else "INFO", **told)
    counted.log(5, "GET /", level="ERROR", source="app/shop/1")  # a sample, which is never counted
    first, second = (only(observed(entry_impact, scene)) for scene in (raw, counted))
    assert first.statement == second.statement
    assert (second.statement.values["requests"], second.statement.values["failed"]) == (40, 20)
    assert second.strength == first.strength > 0.9


def test_load_balancers_of_both_tables_are_told_together() -> None:
    scene = Scene()
    scene.log(1, "GET /", level="ERROR", source="app/one/1")
    scene.add(
        "log_counts",
        bucket=minute(1),
        interval_s=60,
        source="app/two/2",
        service="cart",
        pattern="p",
        level="INFO",
        count=9,
    )
    scene.log(1, "no request", level="ERROR", source="app.log")
    values = only(observed(entry_impact, scene)).statement.values
    assert (values["requests"], values["failed"], values["failed_share"]) == (10, 1, 0.1)
