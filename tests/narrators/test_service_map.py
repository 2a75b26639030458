"""The service map: the failing path, the suspects, what claims speak of, and their neighbours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fa2.narrators.service_map import MAX_NODES, failing_path, service_map
from seen import graph

CALLS = graph("web>orders>stock", "web>users", "batch>stock")


def test_the_path_begins_where_the_alarm_is_and_follows_calls() -> None:
    assert failing_path(CALLS, "stock", "web") == ["web", "orders", "stock"]


def test_without_an_alarm_the_path_begins_at_the_nearest_entry() -> None:
    assert failing_path(CALLS, "stock", None) == ["batch", "stock"]
    assert failing_path(CALLS, "stock", "users") == ["batch", "stock"]


def test_a_service_that_nobody_is_known_to_call_is_its_own_path() -> None:
    assert failing_path(CALLS, "lonely", "web") == ["lonely"]
    assert failing_path(graph(), "lonely", None) == ["lonely"]


def test_circles_end() -> None:
    assert failing_path(graph("a>b>a"), "b", "a") == ["a", "b"]


def test_suspect_affected_and_normal_services_are_told_apart_and_the_path_is_marked() -> None:
    drawn = service_map(CALLS, ["web", "orders", "stock"], ["stock", "users"], {"users": ["C1"]})
    assert {n.service: n.state for n in drawn.nodes} == {
        "web": "affected",
        "orders": "affected",
        "stock": "suspect",
        "users": "affected",
        "batch": "normal",
    }
    assert {(e.caller, e.callee) for e in drawn.edges if e.failing} == {("web", "orders"), ("orders", "stock")}
    assert next(n.claims for n in drawn.nodes if n.service == "users") == ["C1"]


@given(st.integers(0, 80))
def test_what_does_not_fit_is_counted_and_never_the_path(n: int) -> None:
    calls = graph("web>zz", *(f"s{i}>t{i}" for i in range(n)))
    drawn = service_map(calls, ["web", "zz"], ["zz"], {})
    shown = {node.service for node in drawn.nodes}
    assert {"web", "zz"} <= shown
    assert len(shown) <= MAX_NODES
    assert len(shown) + drawn.hidden == len(calls.services)
    assert all({e.caller, e.callee} <= shown for e in drawn.edges)
