"""Observations for tests of ranking and narrators, made without a bundle."""

from __future__ import annotations

import itertools
from datetime import datetime

from fa2.core.evidence import Evidence, Query
from fa2.core.graph import CallGraph, Edge
from fa2.core.messages import Statement, Value
from fa2.core.observations import Observation, Role
from fa2.core.telemetry import evidence_id

TABLES = {
    "log_pattern": "logs",
    "log_silence": "logs",
    "span_error": "spans",
    "span_time": "spans",
    "call_gap": "spans",
    "impact": "spans",
    "metric_shift": "metrics",
    "metric_silence": "metrics",
    "metric_arrival": "metrics",
    "request_excess": "metrics",
    "change": "changes",
    "finding": "findings",
}


def seen(
    kind: str,
    service: str | None,
    strength: float,
    *,
    number: int = 0,
    role: Role = "cause",
    onset: datetime | None = None,
    mechanisms: dict[str, float] | None = None,
    resource: str | None = None,
    key: str | None = None,
    values: dict[str, Value] | None = None,
) -> Observation:
    """Return an observation of a kind; `number` tells several of one kind and service apart."""
    query = Query(TABLES[kind], f"SELECT {number} AS {kind}, $service", {"service": service})
    return Observation(
        kind=kind,
        statement=Statement(key or f"observations.{kind}", values or {}),
        evidence=(Evidence(evidence_id(query), query, (kind, "service"), ((number, service),)),),
        service=service,
        resource=resource,
        strength=strength,
        role=role,
        onset=onset,
        mechanisms=mechanisms or {},
    )


def graph(*calls: str) -> CallGraph:
    """Return the call graph of chains such as "web>orders>stock"."""
    pairs: set[tuple[str, str]] = set()
    for chain in calls:
        names = chain.split(">")
        pairs |= set(itertools.pairwise(names))
    return CallGraph(tuple(Edge(*pair) for pair in sorted(pairs)))
