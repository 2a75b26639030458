"""What to do: now, against a repeat, and what would settle what is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fa2.core.messages import Value, catalogue
from fa2.core.ranked import JudgedChange, Ranking
from fa2.core.report import Action

_SIGNALS = ("logs", "spans", "metrics", "changes")
_MAX_SUSPECTS = 2


def actions(ranking: Ranking, tables: Sequence[str], change_claims: Mapping[str, str]) -> list[Action]:
    """Return the actions for a ranking, the most urgent first.

    change_claims: the claim of each change by its evidence id. A sure incident gets what to do now and
    against a repeat; whatever is open gets what would settle it, down to the signals not collected.
    """
    told: list[Action] = []
    if ranking.verdict == "incident":
        told += [_revert(change, change_claims) for change in ranking.changes[:2] if change.related]
        told += _of_mechanism(ranking, "now", 1) + _of_mechanism(ranking, "prevent", 1)
    if ranking.verdict != "no_incident":
        told += _of_mechanism(ranking, "settle", _MAX_SUSPECTS)
    if ranking.verdict == "inconclusive" or ranking.confidence.level == "low":
        there = {"logs" if table == "log_counts" else table for table in tables}
        told += [_collect(table) for table in _SIGNALS if table not in there]
    return told


def _of_mechanism(ranking: Ranking, kind: str, count: int) -> list[Action]:
    found = []
    for suspect in ranking.suspects[:count]:
        key = f"actions.{suspect.mechanism or 'unknown'}.{kind}"
        if not catalogue("en").has(key):
            key = f"actions.unknown.{kind}"
        values: dict[str, Value] = {"service": suspect.service, "resource": suspect.resource}
        found.append(Action(key=key, values=values, kind=kind))  # type: ignore[arg-type]  # a Literal
    return found


def _revert(change: JudgedChange, claims: Mapping[str, str]) -> Action:
    values = change.observation.statement.values
    claim = claims.get(change.observation.evidence[0].id)
    return Action(
        key="narration.revert" if values["actor"] else "narration.revert_recorded",
        values={name: values[name] for name in ("action", "resource", "actor", "time")},
        kind="now",
        claims=[claim] if claim else [],
    )


def _collect(table: str) -> Action:
    return Action(key=f"narration.collect.{table}", kind="settle")
