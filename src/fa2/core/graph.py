"""The call graph: which service calls which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Edge:
    """Caller calls callee."""

    caller: str
    callee: str
    failed: int = 0
    """Traces in the window in which the callee's side of such a call failed."""


@dataclass(frozen=True)
class CallGraph:
    """All known edges, sorted."""

    edges: tuple[Edge, ...]

    @cached_property
    def _callees(self) -> dict[str, tuple[str, ...]]:
        return _grouped((e.caller, e.callee) for e in self.edges)

    @cached_property
    def _callers(self) -> dict[str, tuple[str, ...]]:
        return _grouped((e.callee, e.caller) for e in self.edges)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """All services in the graph, sorted."""
        return tuple(sorted(self._callees.keys() | self._callers.keys()))

    def callees(self, service: str) -> tuple[str, ...]:
        """Return the services that `service` calls itself, sorted."""
        return self._callees.get(service, ())

    def callers(self, service: str) -> tuple[str, ...]:
        """Return the services that call `service` themselves, sorted."""
        return self._callers.get(service, ())

    def downstream(self, service: str) -> dict[str, int]:
        """Return every service that `service` reaches, with the number of calls in between; itself at 0."""
        return _reach(service, self._callees)

    def upstream(self, service: str) -> dict[str, int]:
        """Return every service that reaches `service`, with the number of calls in between; itself at 0."""
        return _reach(service, self._callers)

    def path(self, start: str, end: str) -> tuple[str, ...]:
        """Return a shortest chain of calls from start to end, both included; empty where there is none."""
        previous: dict[str, str] = {}
        frontier = [start]
        seen = {start}
        while frontier and end not in seen:
            reached = []
            for service in frontier:
                for callee in self.callees(service):
                    if callee not in seen:
                        seen.add(callee)
                        previous[callee] = service
                        reached.append(callee)
            frontier = reached
        if end not in seen:
            return ()
        chain = [end]
        while chain[-1] != start:
            chain.append(previous[chain[-1]])
        return tuple(reversed(chain))

    def failing_path(self, start: str, end: str) -> tuple[str, ...]:
        """Return the path whose least failing call failed most; a shortest one where no call failed."""
        for least in sorted({edge.failed for edge in self.edges}, reverse=True):
            failing = CallGraph(tuple(edge for edge in self.edges if edge.failed >= least))
            if path := failing.path(start, end):
                return path
        return (start,) if start == end else ()

    def entries(self) -> tuple[str, ...]:
        """Return the services that nobody calls, sorted; all where each is called."""
        return tuple(s for s in self.services if not self.callers(s)) or self.services


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, set[str]] = {}
    for key, value in pairs:
        if key != value:
            groups.setdefault(key, set()).add(value)
    return {key: tuple(sorted(values)) for key, values in groups.items()}


def _reach(start: str, step: dict[str, tuple[str, ...]]) -> dict[str, int]:
    distance = {start: 0}
    frontier = [start]
    while frontier:
        following = []
        for service in frontier:
            for other in step.get(service, ()):
                if other not in distance:
                    distance[other] = distance[service] + 1
                    following.append(other)
        frontier = following
    return distance
