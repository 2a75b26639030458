"""What matters most: the severity of a kind of finding, and what its place, spread and age add to it.

Severity counts 0 to 100 as AWS states it. What adds is small beside it, so that a HIGH becomes a CRITICAL by several
reasons at once and never by one: the weights are judgement, and each that counted is told with the item.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fa2.core.findings_report import Said
from fa2.core.messages import Value
from fa2.findings.reading import Finding, one_name

_THREAT, _REACHABLE, _SHARED, _SPREAD, _MOST_SPREAD = 8.0, 8.0, 5.0, 1.5, 8.0
_TODAY, _THIS_WEEK, _OLD = 8.0, 4.0, 4.0
_OLD_DAYS = 30
_RECENT = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Ranked:
    """A score with its reasons, the weightiest first."""

    score: float
    reasons: tuple[Said, ...]


def shared_resources(groups: Sequence[Sequence[Finding]]) -> Mapping[str, int]:
    """Return in how many kinds of findings each resource stands, for those in several."""
    kinds: dict[str, int] = {}
    for group in groups:
        for id in {one_name(resource.id) for finding in group for resource in finding.resources}:
            kinds[id] = kinds.get(id, 0) + 1
    return {id: count for id, count in kinds.items() if count > 1}


def rank(group: Sequence[Finding], shared: Mapping[str, int], as_of: datetime) -> Ranked:
    """Return how much a kind of finding matters."""
    severity = max((finding.severity for finding in group if finding.severity is not None), default=0.0)
    weighed = sorted(_weighed(group, shared, as_of), key=lambda pair: -pair[0])
    return Ranked(round(severity + sum(weight for weight, _ in weighed), 3), tuple(said for _, said in weighed))


def _weighed(group: Sequence[Finding], shared: Mapping[str, int], as_of: datetime) -> list[tuple[float, Said]]:
    found: list[tuple[float, Said]] = []
    threat = group[0].nature == "threat"
    last = max(finding.last_seen for finding in group)
    first = min(finding.first_seen for finding in group)
    resources = {one_name(resource.id) for finding in group for resource in finding.resources}
    if threat:
        found.append((_THREAT, Said("findings_report.reason.threat")))
    if any(finding.has_public_address for finding in group):
        found.append((_REACHABLE, Said("findings_report.reason.public_address")))
    elif any(finding.open for finding in group):
        found.append((_REACHABLE, Said("findings_report.reason.open")))
    if len(resources) > 1:
        spread = min(_MOST_SPREAD, _SPREAD * math.log2(len(resources)))
        found.append((spread, Said("findings_report.reason.spread", {"n": len(resources)})))
    most = max(sorted(resources & shared.keys()), key=lambda id: shared[id], default=None)
    if most is not None:
        values: dict[str, Value] = {"resource": most, "n": shared[most]}
        found.append((_SHARED, Said("findings_report.reason.shared", values)))
    age = (as_of - first).days
    if threat and as_of - last < _WEEK:
        weight, name = (_TODAY, "today") if as_of - last < _RECENT else (_THIS_WEEK, "this_week")
        found.append((weight, Said(f"findings_report.reason.{name}", {"time": last.isoformat()})))
    elif age >= _OLD_DAYS:
        found.append((_OLD, Said("findings_report.reason.old", {"days": age})))
    return found
