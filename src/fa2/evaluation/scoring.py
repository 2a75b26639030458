"""Holds one report against what was true."""

from __future__ import annotations

from collections.abc import Sequence

from fa2.core.evaluation import Arm, CaseOutcome, Truth
from fa2.core.report import ModelAnalysis, Report, Suspect


def scored(report: Report, truth: Truth, *, case: str, arm: Arm, repeat: int) -> CaseOutcome:
    """Return how a report did; seconds are left to who measured them.

    The model's own suspects count where it named any, otherwise the report's. A tie in score counts against us: the
    cause takes the last place among its equals.
    """
    model = report.model
    named = [suspect.service for suspect in model.ranking] if model else []
    by_rules = rank(report.suspects, truth)
    outcome = CaseOutcome(
        case=case,
        arm=arm,
        repeat=repeat,
        truth=truth,
        verdict=report.verdict,
        rank=_place(named, truth) if named else by_rules,
        ranked_by="model" if named else "rules",
        rules_rank=by_rules,
        differs=named[0] != report.suspects[0].service if named and report.suspects else None,
    )
    return outcome.model_copy(update=_used(model)) if model else outcome


def rank(suspects: Sequence[Suspect], truth: Truth) -> int | None:
    """Return the place of the cause among suspects with scores; null where it is not among them."""
    mine = [suspect.score for suspect in suspects if suspect.service in truth.right]
    return sum(suspect.score >= max(mine) for suspect in suspects) if mine else None


def _place(services: Sequence[str], truth: Truth) -> int | None:
    return next((n for n, service in enumerate(services, 1) if service in truth.right), None)


def _used(model: ModelAnalysis) -> dict[str, object]:
    return {
        "ending": model.outcome,
        "kept": len(model.claims),
        "struck": len(model.struck),
        "input_tokens": model.usage.input_tokens,
        "output_tokens": model.usage.output_tokens,
        "usd": model.usage.usd,
        "run": model.run,
    }
