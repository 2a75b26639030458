"""Recalls incidents of the past that look alike: a weighted likeness, and what people said of their causes."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fa2.core.fingerprints import as_written, suspicion
from fa2.core.messages import LANGUAGES, messages
from fa2.core.past import Fingerprint, KeptReport, Trait
from fa2.core.report import PastIncident, Report

ALIKE = 0.3
"""From here on an incident is recalled: with docs/past.md's data no unlike one reaches it but 1 in 50."""
_UNSEEN = 5
"""As if so many kinds of incident had been kept that have none of the traits: few reports say little about what is rare."""
_KNOWN = 0.1
"""What it is worth, in the order of those recalled, that a person knows the cause, or says that nobody does."""
_SHARED = 8
"""How many traits are named that both have."""
_TELLING = 0.15
"""Traits that weigh less, such as lines of the usual, are not named."""
_SHOWN = frozenset("suspect pattern error silence metric time resource change alarm finding".split())


@dataclass(frozen=True)
class _Candidate:
    past: KeptReport
    fingerprint: Fingerprint
    likeness: float

    @property
    def order(self) -> tuple[float, float, str]:
        """The most alike first; known causes go before unknown ones, then the latest."""
        return -self.likeness - _worth(self.past), -self.past.window.start.timestamp(), self.past.id


def alike(report: Report, fingerprint: Fingerprint, kept: Iterable[KeptReport], at_most: int) -> list[PastIncident]:
    """Return the incidents of the past that look like that of a report, the best lead first.

    What overlaps the report's window is the same incident and no past. Reports that found no incident count for
    what is usual, but are recalled only where a person said that there was one.
    """
    if report.verdict == "no_incident" or at_most <= 0:
        return []
    now = report.window.window
    past = [(one, corrected(one)) for one in kept if not one.window.window.overlaps(now)]
    rarity = rarity_among(past)
    found = (
        _Candidate(one, print_, likeness(fingerprint, print_, rarity))
        for one, print_ in past
        if one.verdict != "no_incident" or _known_cause(one)
    )
    best = sorted((c for c in found if c.likeness >= ALIKE), key=lambda c: c.order)
    written = as_written(report)
    return [_told(c, _shared(fingerprint, c.fingerprint, rarity, written)) for c in _once(best)[:at_most]]


def likeness(one: Fingerprint, other: Fingerprint, rarity: Callable[[Trait], float]) -> float:
    """Return how alike two incidents are, 0 to 1: what both have, of what either has, by weight and rarity."""
    both = sum(min(w, other.traits[t]) * rarity(t) for t, w in one.traits.items() if t in other.traits)
    either = sum(
        max(one.traits.get(t, 0.0), other.traits.get(t, 0.0)) * rarity(t) for t in one.traits.keys() | other.traits
    )
    return min(1.0, both / either) if either else 0.0


def rarity_among(past: Iterable[tuple[KeptReport, Fingerprint]]) -> Callable[[Trait], float]:
    """Return how telling a trait is, above 0 and up to 1 for one never seen: the fewer causes it came with, the more.

    Causes are counted and not reports, so that an incident which comes again and again stays recognisable.
    """
    causes: dict[tuple[str | None, str | None], set[Trait]] = defaultdict(set)
    for one, print_ in past:
        nothing = one.verdict == "no_incident"
        causes[(None, None) if nothing else (print_.service, print_.mechanism)].update(print_.traits)
    seen: dict[Trait, int] = defaultdict(int)
    for traits in causes.values():
        for trait in traits:
            seen[trait] += 1
    most = math.log(len(causes) + _UNSEEN + 1)
    return lambda trait: 1 - math.log(seen.get(trait, 0) + 1) / most


def corrected(one: KeptReport) -> Fingerprint:
    """Return the fingerprint of a report; where a person called its cause wrong, with theirs in its place."""
    print_, said = one.fingerprint, one.said
    if said is None or said.verdict != "wrong":
        return print_
    traits = {trait: w for trait, w in print_.traits.items() if not _of_cause(trait, said.service, said.mechanism)}
    services = _named({trait.service for trait in print_.traits if trait.service}, said.cause)
    mechanism = next(iter(_named_mechanisms(said.cause)), None)
    for service in services:
        traits.update(suspicion(service, mechanism, 1.0))
    if (print_.service, print_.mechanism) != (said.service, said.mechanism):  # it was investigated anew since
        return replace(print_, traits=traits)
    return Fingerprint(traits, services[0] if services else None, mechanism)


def _of_cause(trait: Trait, service: str | None, mechanism: str | None) -> bool:
    if trait.kind == "mechanism":
        return trait.text == mechanism
    return trait.kind in ("suspect", "cause", "resource") and trait.service == service


def _named(names: Iterable[str], text: str) -> list[str]:
    """Return the names that stand in a text, in their order there."""
    found = {name: _whole(name).search(text) for name in names}
    places = {name: match.start() for name, match in found.items() if match}
    return sorted(places, key=lambda name: (places[name], -len(name), name))


def _whole(name: str) -> re.Pattern[str]:
    """Return what finds a name where it is not part of a longer one; Japanese may follow at once."""
    return re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(name)}(?![A-Za-z0-9_-])", re.I)


def _named_mechanisms(text: str) -> list[str]:
    words = mechanism_words()
    return [words[word] for word in _named(words, text)]


def mechanism_words() -> Mapping[str, str]:
    """Return the mechanisms by what they are called: their words in every language, and their own names."""
    start = "words.mechanism."
    called: dict[str, str] = {}
    for language in LANGUAGES:
        for key, word in messages(language, "words").items():
            if key.startswith(start) and not key.endswith(".unknown"):
                name = key.removeprefix(start)
                called |= {word.lower(): name, name: name, name.replace("_", " "): name}
    return called


def _known_cause(one: KeptReport) -> bool:
    return one.said is not None and (one.said.verdict == "right" or bool(one.said.cause))


def _worth(one: KeptReport) -> float:
    return _KNOWN if _known_cause(one) else -_KNOWN if one.said else 0.0


def _once(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the best of those that tell of the same time, one each."""
    told: list[_Candidate] = []
    for candidate in candidates:
        window = candidate.past.window.window
        if not any(window.overlaps(other.past.window.window) for other in told):
            told.append(candidate)
    return told


def _told(candidate: _Candidate, shared: list[str]) -> PastIncident:
    past, said = candidate.past, candidate.past.said
    return PastIncident(
        id=past.id,
        title=past.title,
        time=past.window.start,
        likeness=round(candidate.likeness, 3),
        shared=shared,
        service=said.service if said else past.fingerprint.service,
        mechanism=said.mechanism if said else past.fingerprint.mechanism,
        feedback=said.verdict if said else None,
        cause=said.cause if said else "",
    )


def _shared(
    one: Fingerprint, other: Fingerprint, rarity: Callable[[Trait], float], written: Mapping[Trait, str]
) -> list[str]:
    """Return what both have, the most telling first, without language: `payments: read timed out`."""
    weights = {t: min(w, other.traits[t]) for t, w in one.traits.items() if t in other.traits and t.kind in _SHOWN}
    telling = [t for t, weight in weights.items() if weight >= _TELLING]
    telling.sort(key=lambda t: (-weights[t] * rarity(t), t))
    told = (": ".join(part for part in (t.service, written.get(t) or _plain(t)) if part) for t in telling)
    return list(dict.fromkeys(told))[:_SHARED]


def _plain(trait: Trait) -> str:
    """Return what a trait is about; of a metric its name, without which way it went."""
    return trait.text.partition(" ")[2] if trait.kind == "metric" else trait.text
