"""What stands where in a report: the order and grouping that all renderers share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fa2.core.report import (
    Action,
    ChangeVerdict,
    Chart,
    Claim,
    DocumentReference,
    PatternRow,
    Report,
    Section,
    Suspect,
    TimelineEntry,
)
from fa2.renderers.coverage_outline import CoverageRow, coverage_rows, sources_in_full
from fa2.renderers.model_outline import ModelOutline

OBSERVED: tuple[Section, ...] = ("change", "metric", "log", "trace", "cause", "note")
"""Sections of claims that are listed as observations, in this order."""


@dataclass(frozen=True)
class LogReference:
    """A log that the report speaks of."""

    source: str
    services: tuple[str, ...]
    patterns: int
    window_lines: int


@dataclass(frozen=True)
class Dated:
    """An event of the timeline with its claim."""

    entry: TimelineEntry
    text: str
    claim: Claim | None

    @property
    def unnamed_service(self) -> str | None:
        """The service, where the text does not name it already."""
        service = self.entry.service
        return service if service and service not in self.text else None


@dataclass(frozen=True)
class Outline:
    """A report whose statements have their text, read by section."""

    report: Report

    @cached_property
    def _claims(self) -> dict[str, Claim]:
        return {claim.id: claim for claim in self.report.claims}

    @cached_property
    def model(self) -> ModelOutline:
        """What a model added."""
        return ModelOutline(self.report)

    def claims(self, ids: Iterable[str]) -> list[Claim]:
        """Return the claims of these ids, in their order; unknown ids are left out."""
        return [self._claims[i] for i in dict.fromkeys(ids) if i in self._claims]

    def section(self, section: Section) -> list[Claim]:
        """Return the claims of one section, in the report's order."""
        return [claim for claim in self.report.claims if claim.section == section]

    def observed(self) -> list[tuple[Section, list[Claim]]]:
        """Return by section what was observed beyond suspects and judged changes."""
        shown = {i for s in self.report.suspects for i in (*s.claims, *s.against)}
        shown |= {change.claim for change in self.report.changes}
        groups = [
            (section, [claim for claim in self.section(section) if claim.id not in shown]) for section in OBSERVED
        ]
        return [(section, claims) for section, claims in groups if claims]

    def changes(self) -> list[tuple[ChangeVerdict, Claim]]:
        """Return the changes that were judged, with the claims that tell them."""
        return [(change, self._claims[change.claim]) for change in self.report.changes if change.claim in self._claims]

    def security(self) -> list[Claim]:
        """Return the claims on security: those that the answer names, then the others."""
        named = self.claims(self.report.security.claims)
        return named + [claim for claim in self.section("security") if claim not in named]

    def documents(self) -> list[tuple[DocumentReference, Claim]]:
        """Return the documents that fit, with the claims that tell what stands there."""
        found = self.report.documents.fitting if self.report.documents else []
        return [(document, self._claims[document.claim]) for document in found if document.claim in self._claims]

    def actions(self, kind: str) -> list[Action]:
        """Return the actions of one kind."""
        return [action for action in self.report.actions if action.kind == kind]

    def first_steps(self) -> tuple[str, list[Action]]:
        """Return what the first screen tells to do: now, or else what would settle it."""
        now = self.actions("now")
        settle = self.actions("settle")
        return ("now", now) if now or not settle else ("settle", settle)

    def timeline(self) -> list[Dated]:
        """Return the events in the order of time; of one moment, as the report has them."""
        events = []
        for entry in sorted(self.report.timeline, key=lambda entry: entry.time):
            claim = self._claims.get(entry.claim)
            events.append(Dated(entry, claim.text if claim else entry.claim, claim))
        return events

    def logs(self) -> list[LogReference]:
        """Return the logs whose patterns are shown, most lines in the window first."""
        groups: dict[str, list[PatternRow]] = {}
        for row in self.report.patterns:
            groups.setdefault(row.source or row.service or "–", []).append(row)
        logs = [
            LogReference(
                source,
                tuple(sorted({row.service for row in rows if row.service})),
                len(rows),
                sum(row.window_count for row in rows),
            )
            for source, rows in groups.items()
        ]
        return sorted(logs, key=lambda log: (-log.window_lines, log.source))

    def coverage(self) -> list[CoverageRow]:
        """Return all coverage by source, what has gaps first and each gap for itself."""
        return coverage_rows(self.report.coverage)

    def in_full(self) -> tuple[int, int]:
        """Return how many sources were read with no gap, and how many there are."""
        return sources_in_full(self.report.coverage)


def score_bar_share(suspect: Suspect) -> float:
    """Return the score kept within 0 and 1."""
    return min(1.0, max(0.0, suspect.score)) if suspect.score == suspect.score else 0.0


def in_window(chart: Chart, report: Report) -> list[float]:
    """Return a chart's values within the window."""
    return [
        value
        for time, value in zip(chart.times, chart.values, strict=False)
        if value is not None and value == value and report.window.start <= time < report.window.end
    ]
