"""Claims: observations as numbered statements of a report, with their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fa2.core.evidence import Evidence
from fa2.core.incident import Incident
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.report import CellRef, Claim, EvidenceRecord, Said, Section
from fa2.narrators.how_to_get import BundlePlace, how_to_get

_SECTIONS: dict[str, Section] = {
    "log_pattern": "log",
    "log_silence": "log",
    "span_error": "trace",
    "span_time": "trace",
    "call_gap": "trace",
    "metric_shift": "metric",
    "metric_silence": "metric",
    "metric_arrival": "metric",
    "request_excess": "metric",
    "change": "change",
    "finding": "security",
    "instruction_like_text": "security",
    "impact": "impact",
    "alarm_metric": "impact",
    "document": "document",
}


def said(statement: Statement) -> Said:
    """Return a statement in the form that a report holds."""
    return Said(key=statement.key, values=dict(statement.values))


class ClaimBook:
    """Numbers claims and gathers the evidence that they cite. One observation makes one claim."""

    def __init__(self, incident: Incident, place: BundlePlace) -> None:
        self._incident = incident
        self._place = place
        self._claims: dict[str, Claim] = {}
        self._evidence: dict[str, EvidenceRecord] = {}

    @property
    def claims(self) -> list[Claim]:
        """All claims, in the order of their numbers."""
        return list(self._claims.values())

    @property
    def evidence(self) -> list[EvidenceRecord]:
        """All evidence cited, in the order of first citing."""
        return list(self._evidence.values())

    def cite(self, observation: Observation) -> str:
        """Return the id of the claim for an observation, making it when it is new."""
        key = observation.evidence[0].id + observation.statement.key
        if key not in self._claims:
            for evidence in observation.evidence:
                self._evidence.setdefault(evidence.id, evidence_record(evidence, self._incident, self._place))
            self._claims[key] = _claim(f"C{len(self._claims) + 1}", observation)
        return self._claims[key].id

    def cite_all(self, observations: Iterable[Observation]) -> list[str]:
        """Return the ids of the claims for observations."""
        return [self.cite(observation) for observation in observations]

    def of_evidence(self, evidence_id: str) -> str | None:
        """Return the first claim that cites a piece of evidence."""
        return next((c.id for c in self._claims.values() if evidence_id in c.evidence), None)


def evidence_record(evidence: Evidence, incident: Incident, place: BundlePlace) -> EvidenceRecord:
    """Return evidence in the form that a report holds, with the commands by which a person gets it."""
    query = evidence.query
    return EvidenceRecord(
        id=evidence.id,
        table=query.table,
        sql=query.sql,
        parameters=dict(query.parameters),
        columns=list(evidence.columns),
        rows=[list(row) for row in evidence.rows],
        how_to_get=how_to_get(evidence, incident, place),
    )


def evidence_ids(observations: Sequence[Observation]) -> list[str]:
    """Return the ids of all evidence of some observations, each once, in order."""
    return list(dict.fromkeys(e.id for o in observations for e in o.evidence))


def _claim(id_: str, observation: Observation) -> Claim:
    return Claim(
        id=id_,
        key=observation.statement.key,
        values=dict(observation.statement.values),
        section=_SECTIONS.get(observation.kind, "note"),
        service=observation.service,
        evidence=[e.id for e in observation.evidence],
        cells={
            name: CellRef(evidence=cell.evidence, row=cell.row, column=cell.column)
            for name, cell in sorted(observation.cells.items())
        },
    )
