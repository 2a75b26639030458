"""The brief: what a model is told of an incident before it asks, within a number of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fa2.core.bundle import Bundle
from fa2.core.coverage import CoverageEntry
from fa2.core.messages import Catalogue, Statement, Value, catalogue
from fa2.core.report import Claim, Report, Suspect
from fa2.core.windows import iso
from fa2.investigator.material import Quoting, spoken, within

_PLACES = 400
"""Characters of the title, the question and the like."""
_ARCHITECTURE = 1_500
_SUSPECTS = 5
_PATH_EDGES = 20


@dataclass(frozen=True)
class Brief:
    """What is told, and what had no room."""

    text: str
    claims_left_out: int


class Briefing:
    """Writes the brief of one report. All of it but headings is data, and stands in one quoted block."""

    def __init__(self, report: Report, quoting: Quoting, bundle: Bundle) -> None:
        self._report = report
        self._quoting = quoting
        self._architecture = bundle.incident.architecture
        self._tables = bundle.tables
        self._texts: Catalogue = catalogue(report.language)

    def brief(self, *, tokens: int) -> Brief:
        """Return the brief. Suspects and what speaks for them come first; claims are left out when room is short."""
        head = [*self._incident(), *self._ranking(), *self._past(), *self._changes(), *self._coverage()]
        told, left = within(head, tokens)
        ordered = self._ordered()
        lines, _ = within([self.claim(claim) for claim in ordered], left)
        missing = len(ordered) - len(lines)
        more = [self._text("brief.more", n=missing)] if missing else []
        claims = [self._text("brief.claims"), *lines, *more]
        return Brief(self._quoting.block("\n".join([*told, *claims])), missing)

    def claims(self, service: str | None, section: str | None) -> list[str]:
        """Return the claims on a service, of a section, or all of them, as lines."""
        return [
            self.claim(c)
            for c in self._report.claims
            if (service is None or c.service == service) and (section is None or c.section == section)
        ]

    def claim(self, claim: Claim) -> str:
        """Return a claim as a line: its id, the ids of its evidence, what it says."""
        where = f" ({self._quoting.value(claim.service, 80)})" if claim.service else ""
        said = spoken(claim, self._quoting, self._report.language)
        return f"{claim.id} [{' '.join(claim.evidence)}]{where} {said}"

    def _text(self, key: str, /, **values: Value) -> str:
        return self._texts.text(f"investigator.{key}", **values)

    def _value(self, text: str | None, at_most: int = _PLACES) -> str:
        return self._quoting.value(text, at_most) if text else "–"

    def _incident(self) -> Iterator[str]:
        report = self._report
        yield self._text("brief.incident", title=self._value(report.title), question=self._value(report.question))
        if report.alarm:
            alarm = report.alarm
            about = " ".join(filter(None, (alarm.namespace, alarm.metric, alarm.service)))
            fired = iso(alarm.timestamp) if alarm.timestamp else None
            yield self._text("brief.alarm", name=self._value(alarm.name), about=self._value(about), time=fired or "–")
            yield self._value(alarm.reason)
        spans = ", ".join(f"{iso(b.start)}/{iso(b.end)}" for b in report.baseline)
        yield self._text(
            "brief.times", start=iso(report.window.start), end=iso(report.window.end), baseline=spans or "–"
        )
        if self._architecture:
            yield self._text("brief.architecture", text=self._value(self._architecture, _ARCHITECTURE))

    def _ranking(self) -> Iterator[str]:
        report = self._report
        yield self._text("brief.verdict", verdict=report.verdict, confidence=report.confidence.level)
        yield from (spoken(r, self._quoting, report.language) for r in report.verdict_reasons)
        for rank, suspect in enumerate(report.suspects[:_SUSPECTS], 1):
            yield self._suspect(rank, suspect)
        calls = sorted(report.service_map.edges, key=lambda e: not e.failing)[:_PATH_EDGES]
        edges = [f"{e.caller} → {e.callee}{' !' if e.failing else ''}" for e in calls]
        if edges:
            yield self._text("brief.calls", calls=self._value("; ".join(edges), 1_200))

    def _suspect(self, rank: int, suspect: Suspect) -> str:
        return self._text(
            "brief.suspect",
            rank=rank,
            service=self._value(suspect.service),
            resource=self._value(suspect.resource),
            mechanism=suspect.mechanism or "–",
            score=round(suspect.score, 3),
            onset=iso(suspect.onset) if suspect.onset else "–",
            speaking=" ".join(suspect.claims[:12]) or "–",
            against=" ".join(suspect.against[:6]) or "–",
        )

    def _past(self) -> Iterator[str]:
        for past in self._report.past:
            yield self._text(
                "brief.past",
                title=self._value(past.title, 120),
                time=iso(past.time),
                service=self._value(past.service, 120),
                mechanism=past.mechanism or "–",
                said=past.feedback or "–",
                cause=self._value(past.cause, 300),
            )

    def _changes(self) -> Iterator[str]:
        for change in self._report.changes[:8]:
            reason = spoken(change.reason, self._quoting, self._report.language)
            yield self._text("brief.change", claim=change.claim, judgement=change.judgement, reason=reason)

    def _coverage(self) -> Iterator[str]:
        """Tell what was collected, and each kind of gap."""
        yield self._text("brief.tables", tables=", ".join(self._tables) or "–")
        gaps = [e for e in self._report.coverage if e.status in ("failed", "partial")]
        yield from _grouped(gaps, self._quoting, self._texts)

    def _ordered(self) -> Sequence[Claim]:
        """Return the claims, those on the first suspects first, each once."""
        by_id = {claim.id: claim for claim in self._report.claims}
        wanted = [c for s in self._report.suspects[:_SUSPECTS] for c in (*s.claims[:8], *s.against[:3])]
        wanted += [c.claim for c in self._report.changes[:5]]
        wanted += [c.id for c in self._report.claims if c.section in ("impact", "security", "document", "change")]
        return [by_id[id_] for id_ in dict.fromkeys([*wanted, *by_id]) if id_ in by_id]


def _grouped(gaps: Sequence[CoverageEntry], quoting: Quoting, texts: Catalogue) -> Iterator[str]:
    """Tell each kind of gap once, with how often."""
    kinds: dict[tuple[str, str], int] = {}
    said: dict[tuple[str, str], str] = {}
    for gap in gaps:
        code = gap.error.code if gap.error else gap.status
        key = (gap.table or gap.source, code)
        kinds[key] = kinds.get(key, 0) + 1
        if gap.error and texts.has(f"coverage.{code}"):
            try:
                said[key] = texts.render(Statement(f"coverage.{code}", gap.error.values))
            except (LookupError, ValueError, TypeError):
                said[key] = gap.error.message
    for key, n in list(kinds.items())[:12]:
        what = quoting.value(said.get(key, key[1]), 200)
        yield texts.text("investigator.brief.gap", source=quoting.value(key[0], 80), n=n, what=what)
