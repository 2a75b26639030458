"""Own time: the operation that itself became slow is told, and not those that waited for it."""

from __future__ import annotations

import math

import pytest

from bundles import Scene, every, minute
from fa2.analysers.span_times import span_times
from observing import observed, only


def nested(ms: float, *, caller_ms: float = 12.0) -> Scene:
    """A caller whose span contains its callee's; the callee takes `ms` from minute 1 on."""
    scene = Scene()
    for at in every(0.5, -60, 10):
        inner = ms if at >= 1 else 10.0
        top = scene.span(at, "web", inner + caller_ms, trace_id=f"t{at}")
        scene.span(at, "orders", inner, trace_id=f"t{at}", parent_id=top, operation="serve")
    return scene


def test_the_operation_that_became_slow_is_told_and_not_the_one_that_waited_for_it() -> None:
    found = only(observed(span_times, nested(500.0)))
    assert (found.service, found.onset) == ("orders", minute(1))
    assert found.statement.values["usual_ms"] == 10.0
    assert found.strength > 0.6


def test_times_as_usual_are_nothing() -> None:
    assert observed(span_times, nested(10.0)) == []


def test_an_operation_that_always_varies_is_nothing() -> None:
    scene = Scene()
    for place, at in enumerate(every(0.2, -60, 10)):
        scene.span(at, ms=10.0 * (1 + place % 7))
    assert observed(span_times, scene) == []


def test_faster_than_usual_is_nothing() -> None:
    assert observed(span_times, nested(1.0)) == []


def test_waiting_for_what_writes_no_spans_names_it() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.span(at, "web", 900.0 if at >= 0 else 5.0, kind="client", operation="GetItem", resource="table/orders")
    found = only(observed(span_times, scene))
    assert found.statement.key == "observations.span_time.remote"
    assert (found.service, found.resource) == ("web", "table/orders")
    assert max(found.mechanisms) == "dependency_slow"


def test_calls_running_side_by_side_do_not_hide_their_callers_own_time() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        top = scene.span(at, "web", 1000.0 if at >= 0 else 20.0, trace_id=f"t{at}")
        for _ in range(3):
            scene.span(at, "orders", 10.0, trace_id=f"t{at}", parent_id=top)
    assert [o.service for o in observed(span_times, scene)] == []  # a caller's gaps are call_gaps' to tell
    for row in scene.rows["spans"]:
        row["service"] = "web"
    assert "web" in {o.service for o in observed(span_times, scene)}


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, -5000.0, 1e300])
def test_impossible_durations_neither_speak_nor_hide_what_does(odd: float) -> None:
    scene = nested(500.0)
    for at in every(0.5, -60, 10):
        scene.span(at, "broken", odd)
        scene.span(at, "broken", 10.0)
    assert [o.service for o in observed(span_times, scene)] == ["orders"]


def test_new_operations_and_no_baseline_have_nothing_to_be_compared_with() -> None:
    scene = Scene()
    for at in every(0.5, 0, 10):
        scene.span(at, ms=5000.0)
    assert observed(span_times, scene) == []
    scene = Scene(baseline=[])
    for at in every(0.5, -60, 10):
        scene.span(at, ms=5000.0 if at > 0 else 1)
    assert observed(span_times, scene) == []


def test_cycles_and_missing_parents_do_no_harm() -> None:
    scene = nested(500.0)
    for at in every(1, -60, 10):
        scene.span(at, "a", trace_id=f"c{at}", span_id="1", parent_id="2")
        scene.span(at, "b", trace_id=f"c{at}", span_id="2", parent_id="1")
        scene.span(at, "c", trace_id=f"c{at}", span_id="3", parent_id="3")
        scene.span(at, "d", trace_id=f"c{at}", span_id="4", parent_id="gone")
    assert [o.service for o in observed(span_times, scene)] == ["orders"]


def test_a_span_that_is_its_own_parent_still_has_its_own_time() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.span(at, ms=500.0 if at >= 0 else 10.0, span_id="1", parent_id="1")
    assert only(observed(span_times, scene)).statement.values["own_ms"] == 500.0


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(span_times, Scene()) == observed(span_times, Scene().has("spans")) == []
