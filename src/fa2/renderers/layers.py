"""A layered layout of a small graph, left to right: layers, order within them, places.

Method: Sugiyama, Tagawa & Toda 1981: cycles are broken by depth-first search, layers are longest
paths, edges over several layers get bends, order follows the mean of the neighbours in sweeps, and
the order with the fewest crossings is kept. Meant for some thirty nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Arrow = tuple[str, str]
Point = str | tuple[str, str, int]
"""A node, or the bend of an edge in a layer."""

_SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Where the nodes stand, in layers from left to right and from 0 downwards within a layer."""

    layers: list[list[Point]]
    middles: dict[Point, float]
    """Vertical middle of each node and bend."""
    routes: dict[Arrow, list[Point]]
    """The points of each edge from caller to callee; leftwards where the edge closes a cycle."""
    height: float


def layout(heights: Mapping[str, float], arrows: Sequence[Arrow], gap: float) -> Layout:
    """Return the layout of nodes of these heights, `gap` apart; edges to unknown nodes go."""
    known = [a for a in dict.fromkeys(arrows) if a[0] in heights and a[1] in heights and a[0] != a[1]]
    back = _closing(list(heights), known)
    forward = list(dict.fromkeys((b, a) if (a, b) in back else (a, b) for a, b in known))
    ranks = _ranks(list(heights), forward)
    layers, chains = _with_bends(ranks, forward)
    layers = _ordered(layers, [pair for chain in chains.values() for pair in pairwise(chain)])
    routes = {(a, b): chains[b, a][::-1] if (a, b) in back else chains[a, b] for a, b in known}
    sizes = {p: heights[p] if isinstance(p, str) else 6.0 for layer in layers for p in layer}
    middles = _placed(layers, chains, sizes, gap)
    height = max((middles[p] + sizes[p] / 2 for p in middles), default=0.0)
    return Layout(layers, middles, routes, height)


def _closing(nodes: Sequence[str], arrows: Sequence[Arrow]) -> set[Arrow]:
    callees = _neighbours(arrows)
    called = {b for _, b in arrows}
    done: set[str] = set()
    closing: set[Arrow] = set()
    for start in sorted(nodes, key=lambda n: n in called):
        stack = [(start, iter(callees.get(start, ())))] if start not in done else []
        active = {start}
        while stack:
            node, following = stack[-1]
            callee = next(following, None)
            if callee is None:
                stack.pop()
                active.discard(node)
                done.add(node)
            elif callee in active:
                closing.add((node, callee))
            elif callee not in done:
                active.add(callee)
                stack.append((callee, iter(callees.get(callee, ()))))
    return closing


def _neighbours(arrows: Iterable[Arrow]) -> dict[str, list[str]]:
    callees: dict[str, list[str]] = {}
    for caller, callee in arrows:
        callees.setdefault(caller, []).append(callee)
    return callees


def _ranks(nodes: Sequence[str], forward: Sequence[Arrow]) -> dict[str, int]:
    rank = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for a, b in forward:
            if rank[b] < rank[a] + 1:
                rank[b] = rank[a] + 1
                moved = True
        if not moved:
            break
    return rank


def _with_bends(
    ranks: Mapping[str, int], forward: Sequence[Arrow]
) -> tuple[list[list[Point]], dict[Arrow, list[Point]]]:
    layers: list[list[Point]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for node, rank in ranks.items():
        layers[rank].append(node)
    chains: dict[Arrow, list[Point]] = {}
    for a, b in forward:
        chain: list[Point] = [a]
        for rank in range(ranks[a] + 1, ranks[b]):
            bend = (a, b, rank)
            layers[rank].append(bend)
            chain.append(bend)
        chains[a, b] = [*chain, b]
    return layers, chains


def _ordered(layers: list[list[Point]], links: Sequence[tuple[Point, Point]]) -> list[list[Point]]:
    before: dict[Point, list[Point]] = {}
    after: dict[Point, list[Point]] = {}
    for a, b in links:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    best, fewest = layers, _crossings(layers, links)
    for sweep in range(_SWEEPS):
        layers = [list(layer) for layer in layers]
        rightwards = sweep % 2 == 0
        near = before if rightwards else after
        for n in range(1, len(layers)) if rightwards else range(len(layers) - 2, -1, -1):
            place = {p: i for i, p in enumerate(layers[n - 1 if rightwards else n + 1])}
            here = {p: i for i, p in enumerate(layers[n])}
            means = {p: _mean([place[q] for q in near.get(p, ())], here[p]) for p in layers[n]}
            layers[n].sort(key=lambda p, means=means: means[p])  # type: ignore[misc]
        crossings = _crossings(layers, links)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else float(otherwise)


def _crossings(layers: Sequence[Sequence[Point]], links: Sequence[tuple[Point, Point]]) -> int:
    place = {p: (n, i) for n, layer in enumerate(layers) for i, p in enumerate(layer)}
    by_layer: dict[int, list[tuple[int, int]]] = {}
    for a, b in links:
        by_layer.setdefault(place[a][0], []).append((place[a][1], place[b][1]))
    return sum(
        (a1 - b1) * (a2 - b2) < 0
        for pairs in by_layer.values()
        for i, (a1, a2) in enumerate(pairs)
        for b1, b2 in pairs[:i]
    )


def _placed(
    layers: Sequence[Sequence[Point]],
    chains: Mapping[Arrow, Sequence[Point]],
    sizes: Mapping[Point, float],
    gap: float,
) -> dict[Point, float]:
    near: dict[Point, list[Point]] = {}
    for chain in chains.values():
        for a, b in pairwise(chain):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    middles: dict[Point, float] = {}
    for layer in layers:
        _spread(layer, dict.fromkeys(layer, 0.0), sizes, gap, middles)
    for sweep in range(10):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = {p: _mean([middles[q] for q in near.get(p, ())], middles[p]) for p in layer}
            _spread(layer, wanted, sizes, gap, middles)
    top = min((middles[p] - sizes[p] / 2 for p in middles), default=0.0)
    return {p: middle - top for p, middle in middles.items()}


def _spread(
    layer: Sequence[Point],
    wanted: Mapping[Point, float],
    sizes: Mapping[Point, float],
    gap: float,
    middles: dict[Point, float],
) -> None:
    """Set the middles of a layer as near to what is wanted as order and gaps allow.

    Points that would overlap form a block, which moves to the mean of what its points want.
    """
    blocks: list[tuple[list[Point], list[float]]] = []
    for point in layer:
        blocks.append(([point], [wanted[point]]))
        while len(blocks) > 1 and _top(blocks[-1], sizes, gap) < _bottom(blocks[-2], sizes, gap) + gap:
            points, places = blocks.pop()
            blocks[-1][0].extend(points)
            blocks[-1][1].extend(places)
    for points, places in blocks:
        y = _top((points, places), sizes, gap)
        for point in points:
            middles[point] = y + sizes[point] / 2
            y += sizes[point] + gap


def _top(block: tuple[list[Point], list[float]], sizes: Mapping[Point, float], gap: float) -> float:
    points, places = block
    offset, total = 0.0, 0.0
    for point, place in zip(points, places, strict=True):
        total += place - offset - sizes[point] / 2
        offset += sizes[point] + gap
    return total / len(points)


def _bottom(block: tuple[list[Point], list[float]], sizes: Mapping[Point, float], gap: float) -> float:
    return _top(block, sizes, gap) + sum(sizes[p] for p in block[0]) + gap * (len(block[0]) - 1)
