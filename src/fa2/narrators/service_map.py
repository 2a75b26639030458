"""The part of the call graph that an incident touches, with the failing path."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from fa2.core.graph import CallGraph
from fa2.core.report import MapEdge, MapNode, ServiceMap

MAX_NODES = 30


def failing_path(graph: CallGraph, suspect: str, entry: str | None) -> list[str]:
    """Return the chain of calls from where users enter to the suspect; the suspect alone if none is known.

    Starts at `entry` where that reaches the suspect, else at the nearest service that nobody calls.
    """
    if entry and (path := graph.failing_path(entry, suspect)):
        return list(path)
    paths = [path for start in graph.entries() if (path := graph.failing_path(start, suspect))]
    nearest = min(paths, key=_length_then_names, default=(suspect,))
    return list(nearest)


def _length_then_names(path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(path), path


def service_map(
    graph: CallGraph, path: Sequence[str], suspects: Sequence[str], claims: Mapping[str, Sequence[str]]
) -> ServiceMap:
    """Return the path, the suspects, the services that claims speak of, and their neighbours.

    claims: ids of claims by service. At most MAX_NODES; the rest is counted in `hidden`.
    """
    touched = [s for s in (*path, *suspects, *sorted(claims)) if s]
    beside = [n for s in (*path, *suspects) for n in (*graph.callers(s), *graph.callees(s))]
    chosen = list(dict.fromkeys([*touched, *beside, *graph.services]))[:MAX_NODES]
    shown = set(chosen)
    failing = set(itertools.pairwise(path))
    return ServiceMap(
        nodes=[_node(s, path, suspects, claims) for s in sorted(shown)],
        edges=[
            MapEdge(caller=e.caller, callee=e.callee, failing=(e.caller, e.callee) in failing)
            for e in graph.edges
            if e.caller in shown and e.callee in shown
        ],
        hidden=len(set(graph.services) - shown),
    )


def _node(service: str, path: Sequence[str], suspects: Sequence[str], claims: Mapping[str, Sequence[str]]) -> MapNode:
    state = "suspect" if service in suspects[:1] else "affected" if service in claims or service in path else "normal"
    return MapNode(service=service, state=state, claims=list(claims.get(service, ())))  # type: ignore[arg-type]  # a Literal
