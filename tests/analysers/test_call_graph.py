"""Who calls whom, and which service a name means."""

from __future__ import annotations

from bundles import Scene
from fa2.analysers.call_graph import call_graph
from fa2.analysers.known_services import known_services, service_in


def edges(scene: Scene) -> list[tuple[str, str]]:
    with scene.telemetry() as telemetry:
        return [(e.caller, e.callee) for e in call_graph(telemetry).edges]


def test_calls_come_from_the_edges_and_from_spans_of_two_services() -> None:
    scene = Scene()
    scene.edge("a", "b")
    scene.edge("a", "b")
    scene.call(1, "b", "c")
    assert edges(scene) == [("a", "b"), ("b", "c")]


def test_a_service_does_not_call_itself_and_circles_do_no_harm() -> None:
    scene = Scene()
    scene.edge("a", "a")
    scene.edge("a", "b")
    scene.edge("b", "a")
    scene.span(1, "c", trace_id="t", span_id="1", parent_id="1")
    scene.span(1, "d", trace_id="t", span_id="2", parent_id="missing")
    assert edges(scene) == [("a", "b"), ("b", "a")]


def test_spans_of_different_traces_are_not_joined() -> None:
    scene = Scene()
    scene.span(1, "a", trace_id="t1", span_id="1")
    scene.span(1, "b", trace_id="t2", span_id="2", parent_id="1")
    assert edges(scene) == []


def test_without_calls_there_is_an_empty_graph() -> None:
    assert edges(Scene()) == edges(Scene().has("edges", "spans")) == []


def test_services_are_known_from_every_signal() -> None:
    scene = Scene()
    scene.log(1, "x", "a")
    scene.log(1, "x", None)
    scene.counted(1, "x", 1, "b")
    scene.metric(1, 1.0, service="c")
    scene.span(1, "d")
    scene.edge("e", "f")
    with scene.telemetry() as telemetry:
        assert known_services(telemetry) == ("a", "b", "c", "d", "e", "f")


def test_a_name_means_a_service_only_as_whole_words_and_the_first_and_longest_of_them() -> None:
    services = ("api", "orders", "orders-api", "--")
    assert service_in("arn:aws:lambda:eu-west-1:1:function:orders-api", services) == "orders-api"
    assert service_in("reorders", services) is None
    assert service_in("/ecs/api/orders", services) == "api"
    assert service_in("", services) is None
    assert service_in("ORDERS.web", services) == "orders"
