"""Gaps between a caller's span and its callee's: the network or a queue, not the code."""

from __future__ import annotations

import math

import pytest

from bundles import Scene, every, minute
from fa2.analysers.call_gaps import call_gaps
from observing import observed, only


def calls(gap_ms: float = 1.0, ms: float = 10.0) -> Scene:
    scene = Scene()
    for at in every(0.5, -60, 10):
        later = at >= 1
        scene.call(at, "web", "orders", gap_ms=gap_ms if later else 1.0, ms=ms if later else 10.0)
        scene.call(at, "web", "users")
    return scene


def test_a_gap_that_widened_is_blamed_on_the_callee() -> None:
    found = observed(call_gaps, calls(gap_ms=400.0))
    assert found[0].service == "orders"
    assert found[0].mechanisms == {"network": 0.8}
    assert found[0].onset == minute(1)
    assert found[0].statement.values["gap_ms"] == 400.0
    assert found[0].strength > 0.4


def test_a_slow_callee_makes_no_gap() -> None:
    assert observed(call_gaps, calls(ms=900.0)) == []


def test_gaps_as_usual_are_nothing() -> None:
    assert observed(call_gaps, calls()) == []


def test_wide_gaps_on_all_sides_of_a_service_blame_that_service() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        wide = 300.0 if at >= 0 else 1.0
        scene.call(at, "web", "hub", gap_ms=wide)
        scene.call(at, "api", "hub", gap_ms=wide)
        scene.call(at, "hub", "leaf", gap_ms=wide)
        scene.call(at, "web", "users")
    assert [o.service for o in observed(call_gaps, scene)] == ["hub"]


def test_a_message_that_waited_for_its_consumer_is_no_gap() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        top = scene.span(at, "web", 900.0 if at > 0 else 11.0, trace_id=f"t{at}", kind="producer")
        scene.span(at, "worker", 10.0, trace_id=f"t{at}", parent_id=top, kind="consumer")
    assert observed(call_gaps, scene) == []


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1e6])
def test_impossible_durations_neither_speak_nor_hide_what_does(odd: float) -> None:
    scene = calls(gap_ms=400.0)
    for at in every(0.5, -60, 10):
        scene.call(at, "x", "y", ms=odd if at >= 0 else 10.0)
    assert only(observed(call_gaps, scene)).service == "orders"


def test_services_that_call_each_other_and_spans_in_a_circle_do_no_harm() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        wide = 300.0 if at >= 0 else 1.0
        scene.call(at, "a", "b", gap_ms=wide)
        scene.call(at, "b", "a")
        scene.span(at, "c", trace_id=f"c{at}", span_id="1", parent_id="2")
        scene.span(at, "d", trace_id=f"c{at}", span_id="2", parent_id="1")
    assert observed(call_gaps, scene)[0].service == "b"


def test_without_a_baseline_or_spans_there_is_nothing_to_tell() -> None:
    scene = Scene(baseline=[])
    scene.call(1, "web", "orders", gap_ms=900)
    assert observed(call_gaps, scene) == []
    assert observed(call_gaps, Scene()) == observed(call_gaps, Scene().has("spans")) == []
