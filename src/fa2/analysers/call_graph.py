"""The call graph of a bundle: its edges table, and what its spans show."""

from __future__ import annotations

from fa2.core.graph import CallGraph, Edge
from fa2.core.telemetry import Telemetry


def call_graph(telemetry: Telemetry) -> CallGraph:
    """Return who calls whom, by the edges table and by spans whose parent is of another service."""
    found: dict[tuple[str, str], int] = {}
    if telemetry.has("edges"):
        found.update((pair, 0) for pair in telemetry.rows("SELECT DISTINCT caller, callee FROM edges"))
    if telemetry.has("spans"):
        rows = telemetry.rows(
            f"""SELECT p.service, c.service, count(DISTINCT c.trace_id) FILTER (
                {telemetry.in_window("c.start")} AND p.status IN ('error', 'fault', 'throttle'))
            FROM spans AS c JOIN spans AS p ON p.trace_id = c.trace_id AND p.span_id = c.parent_id
            WHERE p.service <> c.service GROUP BY ALL"""
        )
        found.update(((caller, callee), failed) for caller, callee, failed in rows)
    return CallGraph(tuple(Edge(a, b, found[a, b]) for a, b in sorted(found) if a != b))
