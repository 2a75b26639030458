"""The verdict: incident, no_incident or inconclusive, with severity, confidence and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fa2.core.graph import CallGraph
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.ranked import JudgedChange, RankedSuspect, Ranking, Rating
from fa2.core.report import Level, Verdict
from fa2.core.tables import MEASURED, TABLES
from fa2.core.windows import TimeWindow
from fa2.ranking.changes import judge_changes
from fa2.ranking.security import judge_security
from fa2.ranking.suspects import WEIGHTS, rank_suspects

_SURE = 0.45
"""A first suspect of this score makes an incident."""
_SURE_ALONE = 0.6
"""The same for one with a single kind of evidence."""
_NOTHING = 0.25
"""Below this score nothing is suspicious."""
_CLOSE = 0.8
"""A second suspect with this share of the first one's score makes the choice unsure."""
_ALIKE = 0.95
"""A second suspect with this share of the first one's score cannot be told from it by the score."""


def rank(
    observations: Sequence[Observation],
    graph: CallGraph,
    window: TimeWindow,
    *,
    tables: Sequence[str],
    has_baseline: bool,
) -> Ranking:
    """Return suspects, changes, security, verdict, severity and confidence.

    tables: those collected, in the order of bundle-format.md, without measurements that have none in the
    window. has_baseline: whether anything was measured there. Each signal is taken away in turn and the rest
    ranked again; a signal without which another service is first stands in the suspect's `rests_on`.
    """
    suspects = rank_suspects(observations, graph)
    onset = suspects[0].onset if suspects else None
    changes = judge_changes(observations, suspects, onset, graph)
    suspects = _with_changes(observations, suspects, changes, graph)
    if suspects:
        suspects[0] = replace(suspects[0], rests_on=_rests_on(observations, suspects[0], changes, graph))
    verdict, reasons = _tied(suspects, graph) or _verdict(suspects, observations, tables, has_baseline)
    blamed = tuple(suspects) if verdict != "no_incident" else ()
    return Ranking(
        verdict=verdict,
        reasons=reasons,
        suspects=blamed,
        changes=tuple(changes),
        security=judge_security(observations, blamed, window, collected="findings" in tables),
        severity=_severity(verdict, observations),
        confidence=_confidence(verdict, suspects, tables, has_baseline),
    )


def _with_changes(
    observations: Sequence[Observation],
    suspects: Sequence[RankedSuspect],
    changes: Sequence[JudgedChange],
    graph: CallGraph,
) -> list[RankedSuspect]:
    """Rank again with the related changes as evidence against the services that they changed."""
    related = [
        replace(change.observation, role="cause", strength=change.score)
        for change in changes
        if change.related and change.observation.service
    ]
    if not related:
        return list(suspects)
    others = [o for o in observations if o.kind != "change"]
    return rank_suspects([*others, *related], graph)


def _rests_on(
    observations: Sequence[Observation],
    first: RankedSuspect,
    changes: Sequence[JudgedChange],
    graph: CallGraph,
) -> tuple[str, ...]:
    speaking = {o.signal for o in first.speaking}
    needed = []
    for signal in sorted(speaking, key=list(TABLES).index):
        left = [o for o in observations if o.signal != signal]
        again = _with_changes(left, rank_suspects(left, graph), [c for c in changes if signal != "changes"], graph)
        if not again or again[0].service != first.service:
            needed.append(signal)
    return tuple(needed)


def _tied(suspects: Sequence[RankedSuspect], graph: CallGraph) -> tuple[Verdict, tuple[Statement, ...]] | None:
    """Return that the first two cannot be told apart: alike by one kind of evidence, and nobody knows who calls whom.

    One of them may only pass on what the other did, and blaming it costs whoever follows an hour.
    """
    if graph.edges or len(suspects) < 2 or _several(suspects[0]):
        return None
    first, second = suspects[:2]
    if first.score < _NOTHING or second.score < _ALIKE * first.score:
        return None
    return "inconclusive", (Statement("ranking.verdict.tied", {"service": first.service, "other": second.service}),)


def _verdict(
    suspects: Sequence[RankedSuspect],
    observations: Sequence[Observation],
    tables: Sequence[str],
    has_baseline: bool,
) -> tuple[Verdict, tuple[Statement, ...]]:
    top = suspects[0] if suspects else None
    if top and top.score >= (_SURE if _several(top) else _SURE_ALONE):
        return "incident", (Statement("ranking.verdict.incident", {"service": top.service, "n": len(top.speaking)}),)
    if not MEASURED.keys() & set(tables):
        return "inconclusive", (Statement("ranking.verdict.silent"),)
    impact = max((o.strength for o in observations if o.kind == "impact"), default=0.0)
    if top and top.score >= _NOTHING:
        return "inconclusive", (Statement("ranking.verdict.weak", {"service": top.service}),)
    if impact >= 0.9:
        return "inconclusive", (Statement("ranking.verdict.unexplained"),)
    if any(o.role == "cause" and o.service is None and o.strength >= _SURE for o in observations):
        return "inconclusive", (Statement("ranking.verdict.unplaced"),)
    if not has_baseline:
        return "inconclusive", (Statement("ranking.verdict.no_baseline"),)
    return "no_incident", (Statement("ranking.verdict.quiet"),)


def _several(suspect: RankedSuspect) -> bool:
    return len({o.kind for o in suspect.speaking if o.strength >= 0.1}) > 1


def _severity(verdict: Verdict, observations: Sequence[Observation]) -> Rating:
    """Rate by the share of requests that failed or were slow at the entry, where it was measured; the worst entry counts."""
    if verdict == "no_incident":
        return Rating("low", (Statement("ranking.severity.none"),))
    measured = [_harm(o) for o in observations if o.kind == "impact"]
    if not measured:
        return Rating("unknown", (Statement("ranking.severity.unmeasured"),))
    worst, key, share = max(measured)
    level: Level = "high" if worst >= 0.2 else "medium" if worst >= 0.03 else "low"
    return Rating(level, (Statement(f"ranking.severity.{key}", {"share": round(share, 6)}),))


def _harm(impact: Observation) -> tuple[float, str, float]:
    """Return how bad an entry was, by failed or by slow requests, and the share of these; slow ones count half."""
    slow = max(float(impact.statement.values.get("slow_share") or 0.0) - 0.05, 0.0)
    share = float(impact.statement.values.get("failed_share") or 0.0)
    return max((_above_normal(impact), "failed", share), (slow * 0.5, "slow", slow + 0.05))


def _above_normal(impact: Observation) -> float:
    """Return the share of failed requests beyond that of the baseline."""
    values = impact.statement.values
    usual = float(values.get("usual_failed") or 0) / max(float(values.get("usual_requests") or 0), 1.0)
    return max(float(values.get("failed_share") or 0.0) - usual, 0.0)


def _confidence(
    verdict: Verdict, suspects: Sequence[RankedSuspect], tables: Sequence[str], has_baseline: bool
) -> Rating:
    reasons: list[Statement] = []
    if not has_baseline:
        reasons.append(Statement("ranking.confidence.no_baseline"))
    if verdict == "no_incident" or not suspects:
        telling = len(MEASURED.keys() & set(tables))
        reasons.append(Statement("ranking.confidence.nothing", {"tables": telling}))
        doubts = (not has_baseline) + (telling < 2) + (verdict == "inconclusive")
        return Rating(_level(doubts), tuple(reasons))
    first = suspects[0]
    telling_tables = {o.signal for o in first.speaking if o.strength * WEIGHTS.get(o.kind, 0.5) >= 0.15}
    reasons.append(
        Statement("ranking.confidence.signals", {"n": len(first.speaking), "tables": ", ".join(sorted(telling_tables))})
    )
    doubts = (not has_baseline) + (len(telling_tables) < 2) + (first.score < 0.6) + (verdict == "inconclusive")
    if len(suspects) > 1 and suspects[1].score >= _CLOSE * first.score:
        reasons.append(Statement("ranking.confidence.close", {"service": suspects[1].service}))
        doubts += 1
    if first.rests_on:
        reasons.append(Statement("ranking.confidence.rests_on", {"tables": ", ".join(first.rests_on)}))
        doubts += 1
    return Rating(_level(doubts), tuple(reasons))


def _level(doubts: int) -> Level:
    return "high" if doubts == 0 else "medium" if doubts == 1 else "low"
