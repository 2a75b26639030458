"""The grounds that statements stand on: the evidence of a report, what is known by name, and the times of the incident."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.names import NameIndex


class Grounds:
    """Made once for a report; checking a statement then costs about half a millisecond. Evidence may be added later."""

    def __init__(
        self,
        evidence: Iterable[EvidenceRecord],
        *,
        names: Collection[str],
        window: TimeWindow,
        baselines: Sequence[TimeWindow] = (),
        claims: Collection[str] = (),
    ) -> None:
        """Take what there is.

        names: of services, resources, metrics, actors, actions; a statement may say one only where its evidence does.
        claims: ids of the report's claims, which a statement may mention.
        """
        self.names = NameIndex(names)
        self.window = window
        self.baselines = tuple(baselines)
        self.claims = frozenset(claims)
        self._exhibits: dict[str, Exhibit] = {}
        self.add(evidence)

    def add(self, evidence: Iterable[EvidenceRecord]) -> None:
        """Add evidence, such as what a tool found; what is there already stays as it is."""
        for record in evidence:
            if record.id not in self._exhibits:
                self._exhibits[record.id] = Exhibit(record, self.window, self.baselines)

    def exhibit(self, id_: str) -> Exhibit | None:
        """Return a piece of evidence by its id; null where there is none."""
        return self._exhibits.get(id_)

    @property
    def exhibits(self) -> list[Exhibit]:
        """All of it."""
        return list(self._exhibits.values())

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """Start and end of the window and of the normal times, which any statement may mention."""
        return tuple(m for w in (self.window, *self.baselines) for m in (w.start, w.end))
