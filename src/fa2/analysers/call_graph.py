"""The call graph of a bundle: its edges table, and what its spans show."""

from __future__ import annotations

from fa2.core.graph import CallGraph, Edge
from fa2.core.telemetry import Telemetry


def call_graph(telemetry: Telemetry) -> CallGraph:
    """Return who calls whom, by the edges table and by spans whose parent is of another service."""
    found: set[tuple[str, str]] = set()
    if telemetry.has("edges"):
        found.update(telemetry.rows("SELECT DISTINCT caller, callee FROM edges"))
    if telemetry.has("spans"):
        found.update(
            telemetry.rows(
                """SELECT DISTINCT p.service, c.service FROM spans AS c
                JOIN spans AS p ON p.trace_id = c.trace_id AND p.span_id = c.parent_id
                WHERE p.service <> c.service"""
            )
        )
    return CallGraph(tuple(Edge(a, b) for a, b in sorted(found) if a != b))
