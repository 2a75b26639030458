"""The narrator without a model: a complete report from the analysis and the ranking, by rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import fa2
from fa2.core.analysis import Analysis
from fa2.core.coverage import CoverageEntry, Problem
from fa2.core.incident import Span
from fa2.core.messages import Language, Value, catalogue
from fa2.core.observations import Observation
from fa2.core.ranked import RankedSuspect, Ranking, Rating
from fa2.core.report import (
    ChangeVerdict,
    DocumentReference,
    FoundDocuments,
    PatternRow,
    Rated,
    Report,
    Said,
    Security,
    Suspect,
    TimelineEntry,
)
from fa2.core.tables import TABLES
from fa2.narrators.actions import actions
from fa2.narrators.claims import ClaimBook, evidence_ids, said
from fa2.narrators.how_to_get import BundlePlace
from fa2.narrators.service_map import failing_path, service_map

_KINDS = {
    "log_pattern": "log",
    "log_silence": "log",
    "metric_shift": "metric",
    "metric_silence": "metric",
    "metric_arrival": "metric",
    "request_excess": "metric",
    "change": "change",
    "finding": "finding",
}


def narrate(
    analysis: Analysis, ranking: Ranking, *, language: Language, named: str, place: BundlePlace | None = None
) -> Report:
    """Return the report.

    named: the bundle or folder as the user named it. place: where its bundle is found, if not as a
    folder of that name.
    """
    incident = analysis.incident
    book = ClaimBook(incident, place or BundlePlace(named))
    impact = [o for o in analysis.observations if o.kind == "impact"]
    book.cite_all(impact)
    entry = incident.alarm.service if incident.alarm else None
    paths = {s.service: failing_path(analysis.graph, s.service, entry) for s in ranking.suspects}
    suspects = [_suspect(s, book, paths[s.service]) for s in ranking.suspects]
    change_claims = {c.observation.evidence[0].id: book.cite(c.observation) for c in ranking.changes}
    security = Security(
        answer=ranking.security.answer,
        reason=said(ranking.security.reason),
        claims=book.cite_all(ranking.security.findings),
    )
    book.cite_all(analysis.observations)
    documents = _documents(analysis, book)
    return Report(
        version=fa2.__version__,
        language=language,
        incident=incident.id,
        title=incident.title,
        question=incident.question,
        input=named,
        alarm=incident.alarm,
        window=incident.window,
        baseline=[Span.of(w) for w in incident.baselines],
        verdict=ranking.verdict,
        headline=_headline(ranking),
        verdict_reasons=[said(reason) for reason in ranking.reasons],
        severity=_rated(ranking.severity),
        confidence=_rated(ranking.confidence),
        suspects=suspects,
        claims=book.claims,
        evidence=book.evidence,
        timeline=_timeline(analysis, ranking, book),
        changes=_judged(ranking, change_claims),
        security=security,
        actions=actions(ranking, analysis.tables, change_claims),
        documents=documents,
        patterns=_patterns(analysis, book),
        chart_range=Span.of(analysis.exhibits.chart_range),
        charts=[chart.model_copy(update={"claim": book.of_evidence(chart.id)}) for chart in analysis.exhibits.charts],
        service_map=service_map(
            analysis.graph,
            paths[suspects[0].service] if suspects else (),
            [s.service for s in suspects[:3]],
            _claims_by_service(book, analysis.observations),
        ),
        coverage=[*analysis.coverage, *_not_collected(analysis)],
    )


def _headline(ranking: Ranking) -> Said:
    if ranking.verdict == "no_incident":
        return Said(key="narration.headline.no_incident")
    if not ranking.suspects:
        return Said(key="narration.headline.unknown")
    first = ranking.suspects[0]
    values: dict[str, Value] = {
        "service": first.service,
        "resource": first.resource,
        "mechanism": f"mechanism.{first.mechanism}" if first.mechanism else None,
    }
    parts: list[str] = [ranking.verdict]
    if first.mechanism:
        parts.append("mechanism")
        if first.resource:
            parts.append("resource")
    return Said(key="narration.headline." + "_".join(parts), values=values)


def _rated(rating: Rating) -> Rated:
    return Rated(level=rating.level, reasons=[said(reason) for reason in rating.reasons])


def _suspect(suspect: RankedSuspect, book: ClaimBook, path: list[str]) -> Suspect:
    return Suspect(
        service=suspect.service,
        resource=suspect.resource,
        mechanism=suspect.mechanism,
        score=suspect.score,
        evidence=evidence_ids(suspect.speaking),
        claims=book.cite_all(suspect.speaking),
        against=book.cite_all(suspect.against),
        onset=suspect.onset,
        rests_on=list(suspect.rests_on),
        path=path,
    )


def _timeline(analysis: Analysis, ranking: Ranking, book: ClaimBook) -> list[TimelineEntry]:
    """Return what began when: suspects' evidence, related changes and changes near, findings, the largest shifts, the alarm."""
    speaking = [o for s in ranking.suspects[:3] for o in s.speaking]
    near = [c.observation for c in ranking.changes if c.score >= 0.1]
    others = [o for o in analysis.observations if o.strength >= 0.5 and o.kind in _KINDS and o.kind != "change"]
    told = {book.cite(o): o for o in [*speaking, *near, *others] if o.onset is not None}
    entries = [
        TimelineEntry(time=o.onset, claim=claim, service=o.service, kind=_KINDS.get(o.kind, "trace"))  # type: ignore[arg-type]
        for claim, o in told.items()
        if isinstance(o.onset, datetime)
    ]
    alarm = analysis.incident.alarm
    fired = [o for o in analysis.observations if o.kind == "alarm_metric"]
    if alarm and alarm.timestamp and fired:
        claim = book.cite(fired[0])
        entries.append(TimelineEntry(time=alarm.timestamp, claim=claim, service=alarm.service, kind="alarm"))
    return sorted(entries, key=lambda e: (e.time, int(e.claim[1:])))


def _judged(ranking: Ranking, claims: dict[str, str]) -> list[ChangeVerdict]:
    return [
        ChangeVerdict(
            claim=claims[c.observation.evidence[0].id],
            related=c.related,
            score=c.score,
            reason=said(c.reason),
        )
        for c in ranking.changes
    ]


def _documents(analysis: Analysis, book: ClaimBook) -> FoundDocuments | None:
    """Return the documents that fit, each linked to the claim that tells what stands there."""
    found = analysis.exhibits.documents
    if found is None:
        return None
    fitting = [
        DocumentReference(
            claim=book.cite(document.observation),
            id=str(document.observation.statement.values["document"]),
            title=document.title,
            url=document.url,
            terms=list(document.terms),
        )
        for document in found.fitting
    ]
    return FoundDocuments(searched=found.searched, fitting=fitting)


def _patterns(analysis: Analysis, book: ClaimBook) -> list[PatternRow]:
    """Return the pattern rows, each linked to the claim that tells of it."""
    claims = {
        (c.values["pattern"], c.values["service"], c.values["level"]): c.id
        for c in book.claims
        if "log_pattern" in c.key or "root_cause" in c.key
    }
    return [
        row.model_copy(
            update={
                "claim": claims.get((row.pattern, row.service, row.level))
                or claims.get((row.pattern, row.source, row.level))
            }
        )
        for row in analysis.exhibits.patterns
    ]


def _claims_by_service(book: ClaimBook, observations: Sequence[Observation]) -> dict[str, list[str]]:
    """Return the claims on services that something is wrong with."""
    claims: dict[str, list[str]] = defaultdict(list)
    for o in observations:
        if o.service and o.role != "context" and o.strength >= 0.3:
            claims[o.service].append(book.cite(o))
    return dict(claims)


def _not_collected(analysis: Analysis) -> list[CoverageEntry]:
    """Return an entry for each signal that nobody collected, so that it is not taken for found empty."""
    english = catalogue("en")
    there = {*analysis.tables, *(("logs",) if "log_counts" in analysis.tables else ())}
    missing = [t for t in TABLES if t not in there and t not in ("edges", "log_counts", "documents")]
    return [
        CoverageEntry(
            source=table,
            table=table,
            status="skipped",
            error=Problem(
                code="not_collected",
                message=english.text("coverage.not_collected", table=table),
                remedy=english.text("coverage.not_collected_remedy", table=table),
                values={"table": table},
            ),
        )
        for table in missing
    ]
