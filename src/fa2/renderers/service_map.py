"""The service map as SVG: callers left, callees right, the failing path in bold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from fa2.core.report import MapEdge, MapNode, ServiceMap
from fa2.renderers.layers import Layout, Point, layout
from fa2.renderers.markup import Html, element, join
from fa2.renderers.wording import Wording, one_line

_LINE, _PAD, _CHARACTER, _WIDE = 15, 8, 6.7, 8.6
_BROAD = "mwMW@%"
_COLUMN_GAP, _ROW_GAP, _MARGIN = 48, 16, 6
_LEAST_SCALE = 0.75
"""A map wider than the page shrinks this far; beyond, it scrolls."""
_LABEL_CELLS, _LABEL_LINES = 24, 3
_SYMBOL = {"suspect": "●", "affected": "▲", "normal": "", "unknown": "?"}


@dataclass(frozen=True)
class _Box:
    """A node with its label in lines."""

    node: MapNode
    lines: list[str]
    notes: Sequence[str]

    @property
    def width(self) -> float:
        return max(72.0, *(_breadth(line) + 2 * _PAD for line in [*self.lines, *self.notes]))

    @property
    def height(self) -> float:
        return (len(self.lines) + len(self.notes)) * _LINE + 2 * _PAD - 2


@dataclass(frozen=True)
class Drawing:
    """A map as an SVG element, and its size."""

    svg: Html
    width: float
    height: float


def service_map(
    graph: ServiceMap, wording: Wording, places: Mapping[str, str], notes: Mapping[str, Sequence[str]]
) -> Drawing:
    """Return the map. A node with claims links to the place (address in the page) of its first.

    notes: what stands beneath the name of a service; its state where it is not among them.
    """
    boxes = {node.service: _box(node, wording, notes.get(node.service)) for node in graph.nodes}
    failing = [(e.caller, e.callee) for e in graph.edges if e.failing]
    arrows = failing + [(e.caller, e.callee) for e in graph.edges if not e.failing]
    placed = layout({name: box.height for name, box in boxes.items()}, arrows, _ROW_GAP)
    columns = _columns(placed, boxes)
    width = columns[-1][0] + columns[-1][1] + _MARGIN if columns else 0
    height = placed.height + 2 * _MARGIN
    path = " → ".join(_path(failing)) or "–"
    drawn = element(
        "svg",
        element("title", wording("text.map_summary", path=path)),
        element("defs", _arrow_head("head"), _arrow_head("head-failing")),
        *_edges(graph.edges, placed, boxes, columns),
        *_boxes(boxes, placed, columns, places),
        class_="map",
        style=f"min-width:{width * _LEAST_SCALE:.0f}px",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
    )
    return Drawing(drawn, width, height)


def state_note(state: str, wording: Wording) -> str:
    """Return a service's state with its sign; nothing for a normal one."""
    return "" if state == "normal" else f"{_SYMBOL[state]} {wording(f'state.{state}')}"


def _box(node: MapNode, wording: Wording, notes: Sequence[str] | None) -> _Box:
    if notes is None:
        note = state_note(node.state, wording)
        notes = [note] if note else []
    return _Box(node, label_lines(one_line(node.service)), notes)


def _breadth(line: str) -> float:
    """Return about how wide a line is in bold, in pixels: fonts differ, so with something to spare."""
    return sum(_WIDE if c in _BROAD or c.isupper() else _CHARACTER * cell_len(c) for c in line)


def label_lines(name: str) -> list[str]:
    """Return a name in at most three lines, broken at its separators; … where it goes on."""
    lines = [""]
    for part in re.findall(r"[^-_:./@ ]*[-_:./@ ]*", name):
        for piece in _pieces(part):
            if cell_len(lines[-1]) + cell_len(piece) > _LABEL_CELLS and lines[-1]:
                lines.append("")
            lines[-1] += piece
    lines = [line.strip() for line in lines if line.strip()] or ["–"]
    if len(lines) > _LABEL_LINES:
        lines = [*lines[: _LABEL_LINES - 1], lines[_LABEL_LINES - 1][: _LABEL_CELLS - 1] + "…"]
    return lines


def _pieces(part: str) -> list[str]:
    size = _LABEL_CELLS if part.isascii() else _LABEL_CELLS // 2
    return [part[n : n + size] for n in range(0, len(part), size)]


def _columns(placed: Layout, boxes: Mapping[str, _Box]) -> list[tuple[float, float]]:
    """Return left edge and width of each layer."""
    columns: list[tuple[float, float]] = []
    x = float(_MARGIN)
    for layer in placed.layers:
        width = max((boxes[p].width for p in layer if isinstance(p, str)), default=0.0)
        columns.append((x, width))
        x += width + _COLUMN_GAP
    return columns


def _path(failing: list[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(service for edge in failing for service in edge))


def _arrow_head(name: str) -> Html:
    return element(
        "marker",
        element("path", d="M0 0L8 4L0 8z", class_=name),
        id=f"map-{name}",
        viewBox="0 0 8 8",
        refX=7,
        refY=4,
        markerWidth=8,
        markerHeight=8,
        markerUnits="userSpaceOnUse",
        orient="auto",
    )


def _edges(
    edges: list[MapEdge],
    placed: Layout,
    boxes: Mapping[str, _Box],
    columns: list[tuple[float, float]],
) -> list[Html]:
    layer_of = {p: n for n, layer in enumerate(placed.layers) for p in layer}
    drawn = []
    for edge in sorted(edges, key=lambda e: e.failing):
        route = placed.routes.get((edge.caller, edge.callee))
        if route:
            drawn.append(
                element(
                    "path",
                    element("title", f"{edge.caller} → {edge.callee}"),
                    class_="edge failing" if edge.failing else "edge",
                    d=_curve(route, layer_of, placed, boxes, columns),
                    marker_end=f"url(#map-{'head-failing' if edge.failing else 'head'})",
                )
            )
    return drawn


def _curve(
    route: list[Point],
    layer_of: Mapping[Point, int],
    placed: Layout,
    boxes: Mapping[str, _Box],
    columns: list[tuple[float, float]],
) -> str:
    rightwards = layer_of[route[-1]] > layer_of[route[0]]
    stops: list[tuple[float, float]] = []
    for n, point in enumerate(route):
        left, width = columns[layer_of[point]]
        y = placed.middles[point] + _MARGIN
        if isinstance(point, str):
            own = boxes[point].width
            near, far = left + (width - own) / 2, left + (width + own) / 2
            leaves = n == 0
            stops.append((far if leaves == rightwards else near, y))
        else:
            ends = (left, left + width) if rightwards else (left + width, left)
            stops.extend((x, y) for x in ends)
    path = f"M{stops[0][0]:.1f} {stops[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(stops):
        middle = (x1 + x2) / 2
        path += f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return path


def _boxes(
    boxes: Mapping[str, _Box],
    placed: Layout,
    columns: list[tuple[float, float]],
    places: Mapping[str, str],
) -> list[Html]:
    drawn = []
    for (left, width), layer in zip(columns, placed.layers, strict=True):
        for point in layer:
            if isinstance(point, str):
                box = boxes[point]
                x = left + (width - box.width) / 2
                y = placed.middles[point] + _MARGIN - box.height / 2
                drawn.append(_linked(box.node, _drawn_box(box, x, y), places))
    return drawn


def _drawn_box(box: _Box, x: float, y: float) -> Html:
    middle = x + box.width / 2
    lines = [element("text", line, x=middle, y=y + _PAD + 11 + n * _LINE) for n, line in enumerate(box.lines)]
    for n, note in enumerate(box.notes, len(box.lines)):
        lines.append(element("text", note, class_="note", x=middle, y=y + _PAD + 11 + n * _LINE))
    return element(
        "g",
        element("title", box.node.service),
        element("rect", x=x, y=y, width=box.width, height=box.height, rx=4),
        join(lines),
        class_=f"node {box.node.state}",
    )


def _linked(node: MapNode, drawing: Html, places: Mapping[str, str]) -> Html:
    claim = next((c for c in node.claims if c in places), None)
    if claim is None:
        return drawing
    return element("a", drawing, href=places[claim], data_claim=claim)
