"""find_traces, trace, operations and service_graph."""

from __future__ import annotations

import pytest
from desks import on, on_example

from bundles import BASELINE, WINDOW, Scene, every
from fa2.investigator.desk import ToolRefused


def slow() -> Scene:
    """Return a scene in which stock becomes slow behind orders, and fails now and then."""
    scene = Scene()
    for at in every(1, *BASELINE):
        scene.call(at, "orders", "stock", ms=10)
    for at in every(0.5, *WINDOW):
        failed = {"status": "fault", "error": "Timeout waiting for lock"} if at % 2 == 0 else {}
        scene.call(at, "orders", "stock", ms=200 + at, **failed)
    return scene


def test_the_slowest_traces_come_first() -> None:
    with on(slow()) as call:
        found = call("find_traces", limit=3)
        rows = call.rows("find_traces", limit=3)
    assert [row["duration_ms"] for row in rows] == [212.5, 212.0, 211.5]
    assert (rows[0]["service"], rows[0]["spans"], rows[0]["services"]) == ("orders", 3, 2)
    assert found.left_out == 17


def test_failed_traces_come_in_the_order_of_time_with_where_the_failure_began() -> None:
    with on(slow()) as call:
        rows = call.rows("find_traces", show="failed", service="stock")
    assert len(rows) == 5
    assert rows[0]["start"] == "2026-11-20T03:00:00Z"
    assert {(row["failed_in"], row["error"], row["failed_spans"]) for row in rows} == {
        ("stock", "Timeout waiting for lock", 3)
    }


def test_no_failed_trace_is_an_answer_with_the_spans_looked_at() -> None:
    with on(slow()) as call:
        found = call("find_traces", show="failed", window="baseline")
    assert found.evidence[1].rows == ((180,),)
    scene = Scene()
    scene.span(1, status=None)
    with on(scene) as call:
        assert "tools.note.no_status" in [note.key for note in call("find_traces", show="failed").notes]


def test_a_trace_is_shown_as_a_tree() -> None:
    with on(slow()) as call:
        id_ = call.rows("find_traces", limit=1)[0]["trace_id"]
        rows = call.rows("trace", trace_id=id_)
        with pytest.raises(ToolRefused):
            call("trace", trace_id="no-such-trace")
    assert [(row["depth"], row["service"], row["kind"]) for row in rows] == [
        (0, "orders", "server"),
        (1, "orders", "client"),
        (2, "stock", "server"),
    ]


def test_a_trace_whose_parents_run_in_a_circle_or_stand_twice_ends() -> None:
    scene = Scene()
    for twice in range(30):
        for id_, parent in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"), ("e", "missing"), ("f", "e")):
            scene.span(1 + twice / 100, trace_id="t", span_id=id_, parent_id=parent, ms=1)
    with on(scene) as call:
        rows = call.rows("trace", trace_id="t")
    assert len(rows) == 6
    assert sorted(row["depth"] for row in rows) == [0, 0, 0, 0, 0, 1]


def test_of_a_large_trace_the_failed_and_longest_spans_are_kept() -> None:
    scene = Scene()
    top = scene.span(1, trace_id="t", ms=1000)
    for n in range(300):
        scene.span(1, trace_id="t", parent_id=top, ms=1, operation=f"part {n}")
    scene.span(1, "db", trace_id="t", parent_id=top, ms=0.1, status="error", error="deadlock")
    with on(scene) as call:
        found = call("trace", trace_id="t", limit=10)
        rows = call.rows("trace", trace_id="t", limit=10)
    assert len(rows) == 10
    assert found.left_out == 292
    assert rows[0]["duration_ms"] == 1000
    assert "deadlock" in [row["error"] for row in rows]


def test_operations_tell_time_of_their_own_and_failures_against_normal_times() -> None:
    with on(slow()) as call:
        first = call.rows("operations")[0]
        failing = call.rows("operations", sort="failing", service="stock")
    assert (first["service"], first["operation"]) == ("stock", "serve")
    assert (first["spans"], first["expected_spans"]) == (20, 10)
    assert (first["usual_own_ms"], first["failed"], first["expected_failed"]) == (10, 5, 0)
    assert float(str(first["own_ms"])) > 200
    assert [(row["service"], row["error"]) for row in failing] == [("stock", "Timeout waiting for lock")]


def test_callers_and_callees_have_calls_failures_and_durations() -> None:
    scene = slow()
    scene.edge("orders", "stock")
    scene.edge("orders", "mailer")
    with on(scene) as call:
        calls, known = call("service_graph", service="orders").evidence
        (row,) = call.rows("service_graph", service="stock")
        with pytest.raises(ToolRefused):
            call("service_graph", service="stok-service-of-another-shop")
    assert (row["caller"], row["callee"], row["calls"], row["failed"]) == ("orders", "stock", 20, 5)
    assert (row["expected_calls"], row["expected_failed"], row["usual_median_ms"]) == (10, 0, 10)
    assert known.rows == (("orders", "mailer", "call"),)
    assert len(calls.rows) == 1


def test_what_writes_no_spans_is_a_callee_by_its_resource() -> None:
    with on_example("dynamodb-throttling") as call:
        edges = {(row["caller"], row["callee"]): row for row in call.rows("service_graph")}
    assert int(str(edges["inventory", "stock"]["calls"])) > 100


def test_edges_alone_are_told_where_there_are_no_spans() -> None:
    scene = Scene()
    scene.edge("web", "api")
    with on(scene) as call:
        assert call.rows("service_graph") == [{"caller": "web", "callee": "api", "kind": "call"}]


def test_a_sample_of_traces_is_called_one() -> None:
    scene = Scene()
    scene.span(1, weight=20.0)
    with on(scene) as call:
        assert [note.key for note in call("operations").notes] == ["tools.note.sampled_spans"]
