"""A report's fingerprint: suspects, patterns, metrics, errors and changes, told without what differs each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import nlargest

from fa2.core.past import Fingerprint, Trait
from fa2.core.report import Claim, Report, Suspect

MOST_TRAITS = 80
"""The heaviest are kept."""
_SUSPECTS = 3
_WORDS = 12
"""How many words of a message count: what comes late in a message is values more often than text."""
_LENGTH = 160
_READ = 1_000
"""How many characters of a text are looked at."""

_LEVELS = {"FATAL": 1.5, "CRITICAL": 1.5, "ERROR": 1.5, "WARN": 0.7, "WARNING": 0.7}
_OTHER_LEVEL = 0.05
"""Lines of the usual come and go with the traffic."""
_CLAIMS: dict[str, tuple[str, float]] = {
    "span_error": ("error", 1.5),
    "root_cause": ("error", 1.5),
    "metric_shift": ("metric", 0.7),
    "metric_silence": ("metric", 0.7),
    "metric_arrival": ("metric", 0.7),
    "request_excess": ("excess", 1.0),
    "call_gap": ("gap", 1.0),
    "span_time": ("time", 1.0),
    "log_silence": ("silence", 0.3),
    "finding": ("finding", 0.7),
    "change": ("change", 1.0),
}
"""The kind and weight of a trait by what a claim tells; patterns are taken from the table of patterns."""
_NAMED_BY = {
    "error": ("error", "pattern", "status"),
    "metric": ("name",),
    "excess": ("metric",),
    "time": ("operation",),
    "silence": ("statement",),
    "finding": ("title",),
    "change": ("action",),
}
"""Which values of a claim say what it was, the first that is there."""
_SENTENCES = frozenset({"error", "silence", "finding"})
_MESSAGES = _SENTENCES | {"pattern"}

_VARIABLE = re.compile(r"<[^<>]{0,40}>")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_POD = re.compile(r"(-[a-z0-9]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$")
_IDS = re.compile(r"\b(?=[0-9a-f-]*[0-9])[0-9a-f]{8,}(-[0-9a-f]{4,12})*\b|\b\d{4,}\b", re.I)


def fingerprint(report: Report) -> Fingerprint:
    """Return what the incident of a report is recognised by; the same in every language of the report."""
    weights: dict[Trait, float] = {}
    for trait, weight in (*_suspected(report.suspects[:_SUSPECTS]), *_claimed(report), *_logged(report)):
        weights[trait] = max(weight, weights.get(trait, 0.0))
    told = {trait: round(weight, 4) for trait, weight in weights.items() if round(weight, 4) > 0}
    heaviest = nlargest(MOST_TRAITS, told, key=lambda trait: (told[trait], trait))
    first = report.suspects[0] if report.suspects else None
    return Fingerprint(
        traits={trait: told[trait] for trait in sorted(heaviest)},
        service=first.service if first else None,
        mechanism=first.mechanism if first else None,
    )


def as_written(report: Report) -> dict[Trait, str]:
    """Return the messages behind a report's traits as they are written there, variables and all."""
    claims = {trait: _named(claim, trait.kind) for claim in report.claims if (trait := _trait(claim))}
    rows = {Trait("pattern", row.service or "", steady_words(row.pattern)): row.pattern for row in report.patterns}
    return {trait: text[:_LENGTH] for trait, text in {**claims, **rows}.items() if trait.kind in _MESSAGES}


def steady_words(text: str) -> str:
    """Return the first words of a message in small letters, without variables, numbers and signs."""
    plain = _VARIABLE.sub(" ", text[:_READ].lower())
    return " ".join(_LETTERS.findall(plain)[:_WORDS])[:_LENGTH]


def steady_name(name: str) -> str:
    """Return the name of a resource without what its next instance has otherwise: pod suffixes, ids, long numbers."""
    return _IDS.sub("*", _POD.sub("", name[:_READ]))[:_LENGTH]


def suspicion(service: str, mechanism: str | None, weight: float) -> Iterator[tuple[Trait, float]]:
    """Yield the traits of a cause: who, who with what mechanism, and the mechanism alone."""
    yield Trait("suspect", service, ""), 3 * weight
    if mechanism:
        yield Trait("cause", service, mechanism), 3 * weight
        yield Trait("mechanism", "", mechanism), weight


def _suspected(suspects: list[Suspect]) -> Iterator[tuple[Trait, float]]:
    for place, suspect in enumerate(suspects):
        weight = suspect.score if place == 0 else suspect.score / 2
        yield from suspicion(suspect.service, suspect.mechanism, weight)
        if suspect.resource:
            yield Trait("resource", suspect.service, steady_name(suspect.resource)), weight


def _claimed(report: Report) -> Iterator[tuple[Trait, float]]:
    speaking = _speaking(report)
    unrelated = {change.claim for change in report.changes if not change.related}
    for claim in report.claims:
        if (trait := _trait(claim)) and claim.id not in unrelated:
            yield trait, _CLAIMS[_told(claim)][1] * (2 if claim.id in speaking else 1)
    if report.alarm and report.alarm.name:
        yield Trait("alarm", "", steady_name(report.alarm.name)), 0.5


def _trait(claim: Claim) -> Trait | None:
    if _told(claim) not in _CLAIMS:
        return None
    kind, _ = _CLAIMS[_told(claim)]
    named = _named(claim, kind)
    text = steady_words(named) if kind in _SENTENCES else steady_name(named)
    if kind == "metric":
        text = f"{claim.key.rpartition('.')[2].partition('_')[0]} {text}"
    return Trait(kind, "" if kind == "change" else claim.service or "", text)


def _named(claim: Claim, kind: str) -> str:
    return next((str(claim.values[name]) for name in _NAMED_BY.get(kind, ()) if claim.values.get(name)), "")


def _told(claim: Claim) -> str:
    """Return what kind of observation a claim tells: `metric_shift` of `observations.metric_shift.rose`."""
    return claim.key.removeprefix("observations.").partition(".")[0]


def _logged(report: Report) -> Iterator[tuple[Trait, float]]:
    speaking = _speaking(report)
    for row in report.patterns:
        words = steady_words(row.pattern)
        if row.change == "steady" or not words:
            continue
        weight = _LEVELS.get((row.level or "").upper(), _OTHER_LEVEL) * (2 if row.claim in speaking else 1)
        yield Trait("pattern", row.service or "", words), weight if row.change in ("new", "surged") else weight / 3


def _speaking(report: Report) -> frozenset[str]:
    """Return the claims that speak for the first suspect; they tell twice as much."""
    return frozenset(report.suspects[0].claims if report.suspects else ())
