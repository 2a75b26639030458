"""Calls to what has no spans of its own: which of them belong on the call graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fa2.sources.local.row_batches import Row

_CALLS_KEPT = 200
"""Calls looked at for each caller and remote: the first ones of a file stand for the rest."""
_PARENTS_KEPT = 1_000_000


@dataclass
class RemoteCalls:
    """Gathers client spans and the spans that answered them, within one file.

    Memory is bounded: `_CALLS_KEPT` calls of each edge, and `_PARENTS_KEPT` answered spans.
    """

    _calls: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)
    _answered: set[int] = field(default_factory=set)

    def called(self, span: tuple[str, str], *, caller: str, callee: str, kind: str) -> None:
        """Note a client or producer span, by its trace id and span id, and whom it called."""
        calls = self._calls.setdefault((caller, callee, kind), set())
        if len(calls) < _CALLS_KEPT:
            calls.add(hash(span))

    def answered(self, span: tuple[str, str]) -> None:
        """Note that a server or consumer span names this one as its parent."""
        if len(self._answered) < _PARENTS_KEPT:
            self._answered.add(hash(span))

    def edges(self) -> Iterator[Row]:
        """Yield an `edges` row for each remote that never answered with a span of its own, sorted.

        Where it answered, the spans themselves say who was called, by its own name.
        """
        for (caller, callee, kind), calls in sorted(self._calls.items()):
            if caller != callee and calls.isdisjoint(self._answered):
                yield {"caller": caller, "callee": callee, "kind": kind}
