"""The failing path as a small graph: which services it shows, how they call each other, what stands on each.

Mermaid text and picture are both made of it, so they cannot differ. What it shows comes from the report's service map and
suspects; a model may add a short label, which was checked as its claims are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from fa2.core.report import MapEdge, MapNode, Report, ServiceMap, Suspect
from fa2.renderers.model_outline import MARK, ModelOutline
from fa2.renderers.service_map import state_note
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import Wording, one_line

MOST_NODES = 24
_MOST_SUSPECTS = 3
_NOTE_CELLS, _NOTE_LINES = 30, 3
_WORTH = {"suspect": 1, "affected": 2, "unknown": 3, "normal": 4}


@dataclass(frozen=True)
class Diagram:
    """The services to draw, with what stands on them, and the calls between them."""

    graph: ServiceMap
    """The services, most telling first, and the calls, those of the failing path first; `hidden` counts the others."""
    notes: dict[str, list[str]]
    """Lines beneath the name of each service: its place among the suspects or its state, its label."""
    first: str | None
    """The first suspect."""


def failing_path(report: Report) -> Diagram:
    """Return what to draw: the failing path, the suspects and whatever is affected, at most MOST_NODES services.

    Where nothing fails, the services of the map are drawn.
    """
    known = {node.service: node for node in report.service_map.nodes}
    suspects = report.suspects[:_MOST_SUSPECTS]
    nodes = [*known.values(), *(_missing(suspect) for suspect in suspects if suspect.service not in known)]
    failing = [service for e in report.service_map.edges if e.failing for service in (e.caller, e.callee)]
    named = {*failing, *(suspect.service for suspect in suspects)}
    telling = [n for n in nodes if n.service in named or n.state in ("suspect", "affected")] or nodes
    shown = sorted(telling, key=lambda node: _place(node, failing, suspects))[:MOST_NODES]
    hidden = report.service_map.hidden + len(nodes) - len(shown)
    first = suspects[0].service if suspects else None
    shown = [n.model_copy(update={"state": "suspect"}) if n.service == first else n for n in shown]
    graph = ServiceMap(nodes=shown, edges=_edges(report.service_map.edges, shown), hidden=hidden)
    return Diagram(graph, notes_of(report, Wording(report.language)), first)


def notes_of(report: Report, wording: Wording) -> dict[str, list[str]]:
    """Return the lines beneath each service's name on the map: place and mechanism or state, and the model's label."""
    labels = report.model.labels if report.model and ModelOutline(report).stands else {}
    places = {suspect.service: (n, suspect) for n, suspect in reversed(list(enumerate(report.suspects, 1)))}
    services = dict.fromkeys([*(node.service for node in report.service_map.nodes), *places])
    states = {node.service: node.state for node in report.service_map.nodes}
    notes: dict[str, list[str]] = {}
    for service in services:
        rank, suspect = places.get(service, (0, None))
        said = _ranked(rank, suspect, wording) if suspect and rank <= _MOST_SUSPECTS else ""
        note = said or state_note(states.get(service, "suspect"), wording)
        label = one_line(labels.get(service, ""))
        notes[service] = [*_lines(note), *_lines(f"{MARK} {label}" if label else "")]
    return notes


def _ranked(rank: int, suspect: Suspect, wording: Wording) -> str:
    mark = "●" if rank == 1 else "○"
    if not suspect.mechanism:
        return f"{mark} {wording('text.suspect_place', n=rank)}"
    mechanism = one_line(wording.word("mechanism", suspect.mechanism))
    return f"{mark} {wording('text.suspect_why', n=rank, mechanism=mechanism)}"


def _lines(text: str) -> list[str]:
    """Return a remark in at most three lines, broken between words; … where it goes on."""
    places = [0, *breaks(text, _NOTE_CELLS), len(text)]
    lines = [line for a, b in pairwise(places) if (line := text[a:b].strip())]
    return lines if len(lines) <= _NOTE_LINES else [*lines[: _NOTE_LINES - 1], f"{lines[_NOTE_LINES - 1][:-1]}…"]


def _missing(suspect: Suspect) -> MapNode:
    return MapNode(service=suspect.service, state="suspect", claims=suspect.claims)


def _place(node: MapNode, failing: list[str], suspects: list[Suspect]) -> tuple[int, int, str]:
    ranked = [suspect.service for suspect in suspects]
    if node.service in ranked:
        return (0, ranked.index(node.service), "")
    if node.service in failing:
        return (1, failing.index(node.service), "")
    return (1 + _WORTH[node.state], 0, node.service)


def _edges(edges: Iterable[MapEdge], shown: Iterable[MapNode]) -> list[MapEdge]:
    services = {node.service for node in shown}
    kept = {(e.caller, e.callee): e for e in edges if {e.caller, e.callee} <= services}
    return sorted(kept.values(), key=lambda edge: not edge.failing)
