"""Suspects: observations weighed by kind, the caller's share explained away by its callees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from fa2.core.graph import CallGraph
from fa2.core.observations import Observation
from fa2.core.ranked import RankedSuspect

WEIGHTS: Mapping[str, float] = {
    "request_excess": 0.9,
    "span_error": 0.85,
    "call_gap": 0.8,
    "log_silence": 0.75,
    "log_pattern": 0.7,
    "metric_shift": 0.7,
    "metric_silence": 0.6,
    "metric_arrival": 0.6,
    "span_time": 0.6,
    "change": 0.45,
}
"""How far the strongest observation of each kind alone makes a suspect; unknown kinds count 0.5."""

_PASSED_ON = frozenset({"log_pattern", "log_silence", "span_error"})
"""Kinds that a caller shows too when its callee fails."""
_EXPLAINED = 0.75
"""How much of a caller's passed-on evidence a certain cause beneath it explains."""
_LEAST = 0.05
_CLEAR = 0.22
"""Votes that a mechanism needs to be named; below, it is unknown."""
MAX_SUSPECTS = 10


def rank_suspects(observations: Sequence[Observation], graph: CallGraph) -> list[RankedSuspect]:
    """Return the suspects, best first; ties by name.

    The score of a service is 1 - product over kinds of (1 - weight x strongest), so independent signals
    add up and one kind cannot pile up. Where a callee has evidence of its own, what its caller merely
    passed on counts less, by the callee's score: cause is told from symptom by the direction of calls.
    """
    mine = _by_service(observations)
    alone = {service: _score(group) for service, group in mine.items()}
    suspects = []
    for service, group in mine.items():
        beneath = _strongest_beneath(service, alone, graph)
        explained = _EXPLAINED * alone[beneath] if beneath else 0.0
        score = _score(group, explained)
        if score >= _LEAST:
            against = _top(mine[beneath], 2) if beneath and explained >= 0.3 else ()
            suspects.append(_suspect(service, group, score, against))
    suspects.sort(key=lambda s: (-s.score, s.service))
    return suspects[:MAX_SUSPECTS]


def _by_service(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.service and observation.role == "cause" and observation.strength > 0:
            groups[observation.service].append(observation)
    return dict(sorted(groups.items()))


def _score(group: Iterable[Observation], explained: float = 0.0) -> float:
    strongest: dict[str, float] = {}
    for o in group:
        strongest[o.kind] = max(strongest.get(o.kind, 0.0), o.strength)
    innocent = 1.0
    for kind, strength in strongest.items():
        left = 1.0 - explained if kind in _PASSED_ON else 1.0
        innocent *= 1.0 - WEIGHTS.get(kind, 0.5) * strength * left
    return round(1.0 - innocent, 6)


def _strongest_beneath(service: str, alone: Mapping[str, float], graph: CallGraph) -> str | None:
    """Return the service beneath with the highest score, unless it also calls back up."""
    reached = graph.downstream(service)
    beneath = [s for s in reached if s != service and s in alone and service not in graph.downstream(s)]
    return max(sorted(beneath), key=lambda s: alone[s], default=None)


def _suspect(
    service: str, group: Sequence[Observation], score: float, against: tuple[Observation, ...]
) -> RankedSuspect:
    ordered = _top(group, 12)
    return RankedSuspect(
        service=service,
        resource=_resource(ordered),
        mechanism=_mechanism(ordered),
        score=score,
        speaking=ordered,
        against=against,
        onset=_onset(ordered),
    )


def _top(group: Sequence[Observation], count: int) -> tuple[Observation, ...]:
    return tuple(sorted(group, key=_importance)[:count])


def _importance(o: Observation) -> tuple[float, str, str]:
    return -o.strength * WEIGHTS.get(o.kind, 0.5), o.kind, o.evidence[0].id


def _resource(ordered: Sequence[Observation]) -> str | None:
    """Return what was changed, or else what the strongest evidence names."""
    changed = next((o.resource for o in ordered if o.kind == "change"), None)
    return changed or next((o.resource for o in ordered if o.resource), None)


def _mechanism(ordered: Sequence[Observation]) -> str | None:
    """Return the mechanism that most of the evidence speaks for; null when none clearly does.

    A change that is held to be related tells how it breaks things, whatever the symptoms look like. A
    timeout on a call to something named is a slow dependency: the wait was there, not here.
    """
    changed = next((o for o in ordered if o.kind == "change" and o.mechanisms), None)
    if changed:
        return max(sorted(changed.mechanisms), key=lambda name: changed.mechanisms[name])
    strongest: dict[tuple[str, str], float] = defaultdict(float)
    for o in ordered:
        for name, weight in o.mechanisms.items():
            vote = weight * o.strength * WEIGHTS.get(o.kind, 0.5)
            strongest[name, o.kind] = max(strongest[name, o.kind], vote)
    votes: dict[str, float] = defaultdict(float)
    for (name, _), vote in strongest.items():
        votes[name] += vote
    best = max(sorted(votes), key=lambda name: votes[name], default=None)
    if best is None or votes[best] < _CLEAR:
        return None
    remote = any(o.kind in ("span_error", "span_time") and o.resource for o in ordered)
    return "dependency_slow" if best == "timeout" and remote else best


def _onset(ordered: Sequence[Observation]) -> datetime | None:
    """Return when the strong evidence begins, or else the weaker; a change comes before what it breaks."""
    effects = [o for o in ordered if o.kind != "change"]
    for least in (0.5, 0.3):
        if onsets := [o.onset for o in effects if o.onset and o.strength >= least]:
            return min(onsets)
    return None
