"""Which changes may have caused the incident, and why the others were cleared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fa2.core.graph import CallGraph
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.ranked import JudgedChange, RankedSuspect

_LAG_SCALE = timedelta(minutes=20)
"""The lag after which a change counts half."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_GRACE = timedelta(seconds=90)
"""How long after the onset a change may be dated and still be its cause: clocks and buckets differ."""


def judge_changes(
    observations: Sequence[Observation], suspects: Sequence[RankedSuspect], onset: datetime | None, graph: CallGraph
) -> list[JudgedChange]:
    """Return all changes with a score of 0 to 1 and the reason, the most related first.

    Score is strength (unusual for the actor, able to break things) times nearness in time before the
    onset times nearness in the call graph to a suspect.
    """
    judged = [_judge(o, suspects, onset, graph) for o in observations if o.kind == "change"]
    return sorted(judged, key=lambda j: (-j.score, j.observation.onset or _NEVER, j.observation.evidence[0].id))


def _judge(
    change: Observation, suspects: Sequence[RankedSuspect], onset: datetime | None, graph: CallGraph
) -> JudgedChange:
    if change.strength <= 0:
        failed = change.statement.key.endswith(".failed")
        return JudgedChange(change, 0.0, Statement("ranking.change.failed" if failed else "ranking.change.read"))
    if onset is None or change.onset is None:
        return JudgedChange(change, 0.0, Statement("ranking.change.no_onset"))
    lag = onset - change.onset
    if lag < -_GRACE:
        return JudgedChange(change, 0.0, Statement("ranking.change.after", {"lag": -lag.total_seconds()}))
    if change.service is None:
        return JudgedChange(change, 0.0, Statement("ranking.change.unplaced"))
    near, suspect = _nearness(change.service, suspects, graph)
    values = {"lag": max(lag.total_seconds(), 0.0), "suspect": suspect, "service": change.service}
    recent = 1.0 / (1.0 + max(lag, timedelta()) / _LAG_SCALE)
    score = round(math.sqrt(near * recent) * change.strength, 6)
    if near >= 0.3 and score >= 0.3:
        return JudgedChange(change, score, Statement("ranking.change.related", values))
    score = min(score, 0.29)
    if near < 0.3:
        return JudgedChange(change, score, Statement("ranking.change.far", values))
    if recent < 0.3:
        return JudgedChange(change, score, Statement("ranking.change.old", values))
    return JudgedChange(change, score, Statement("ranking.change.routine", values))


def _nearness(service: str, suspects: Sequence[RankedSuspect], graph: CallGraph) -> tuple[float, str | None]:
    """Return how close a changed service is to a suspect, and to which: 1 the same, less per call away."""
    best: tuple[float, str | None] = (0.05, None)
    for place, suspect in enumerate(suspects[:3]):
        down = graph.downstream(suspect.service).get(service)
        up = graph.upstream(suspect.service).get(service)
        away = min((steps for steps in (down, None if up is None else 2 * up) if steps is not None), default=None)
        if away is not None and (near := 0.8**away * 0.85**place) > best[0]:
            best = (near, suspect.service)
    return best
