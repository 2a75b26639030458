"""Figures count cases, not repeats; errors are wrong answers; and who was right is told where model and rules differ."""

from __future__ import annotations

import pytest

from evaluated import INCIDENT, QUIET, outcome
from fa2.core.evaluation import ArmFigures, CaseOutcome, Truth
from fa2.core.report import Said
from fa2.evaluation.figures import figures, groups


def one(outcomes: list[CaseOutcome], arm: str) -> ArmFigures:
    return next(of for of in figures(outcomes) if of.arm == arm)


def test_repeats_of_a_case_are_one_case() -> None:
    many = [outcome("a", "agent", rank=1, repeat=n) for n in range(1, 10)] + [outcome("b", "agent", rank=2)]
    found = one(many, "agent")
    assert found.top1 is not None
    assert (found.top1.value, found.top1.cases, found.investigations) == (0.5, 2, 10)
    few = one([outcome("a", "agent"), outcome("b", "agent", rank=2)], "agent")
    assert few.top1 is not None
    assert (found.top1.low, found.top1.high) == (few.top1.low, few.top1.high)


def test_an_error_counts_as_wrong_and_not_in_means() -> None:
    broken = outcome("b", rank=None, verdict=None, seconds=900.0, error=Said(key="k"))
    found = one([outcome("a"), broken], "rules")
    assert found.errors == 1
    assert found.top1 is not None
    assert found.named is not None
    assert found.seconds is not None
    assert (found.top1.value, found.named.value, found.seconds.value) == (0.5, 0.5, 2.0)


def test_quiet_cases_are_told_apart_by_verdict_and_by_whether_the_model_named_a_cause() -> None:
    quiet = [
        outcome("a", "agent", truth=QUIET, verdict="no_incident", ranked_by="rules", rank=None),
        outcome("b", "agent", truth=QUIET, verdict="inconclusive", ranked_by="rules", rank=None),
        outcome("c", "agent", truth=QUIET, verdict="incident", ranked_by="model", rank=None),
        outcome("d", "agent", truth=QUIET, verdict="no_incident", ranked_by="model", rank=None),
    ]
    found = one(quiet, "agent")
    assert found.quiet_right
    assert found.quiet_open
    assert found.invented
    assert (found.quiet_right.value, found.quiet_open.value, found.invented.value) == (0.5, 0.25, 0.5)
    assert found.top1 is None
    assert (found.incidents, found.quiet) == (0, 4)


def test_the_grounded_share_is_the_mean_of_cases_and_silence_is_counted_apart() -> None:
    made = [
        outcome("a", "agent", kept=3, struck=1),
        outcome("b", "agent", kept=0, struck=40, ending="nothing"),
        outcome("c", "agent", kept=0, struck=0, ending="nothing"),
    ]
    found = one(made, "agent")
    assert found.grounded is not None
    assert (found.grounded.value, found.grounded.cases) == (0.375, 2)
    assert found.without_claims == 2


def test_where_model_and_rules_differ_it_is_told_who_was_right() -> None:
    made = [
        outcome("a", "agent", rank=1, rules_rank=2, differs=True),
        outcome("b", "agent", rank=3, rules_rank=1, differs=True),
        outcome("c", "agent", rank=2, rules_rank=3, differs=True),
        outcome("d", "agent", rank=1, rules_rank=1, differs=True),
        outcome("e", "agent", rank=1, rules_rank=1, differs=False),
        outcome("f", "agent", rank=1, rules_rank=1, differs=None),
    ]
    found = one(made, "agent").disagreement
    assert found is not None
    assert (found.times, found.of, found.model_right, found.rules_right, found.both_right, found.neither_right) == (
        4,
        5,
        1,
        1,
        1,
        1,
    )


def test_the_gain_is_over_the_rules_on_the_same_cases() -> None:
    made = [outcome("a", rank=2), outcome("b"), outcome("c"), outcome("a", "agent"), outcome("b", "agent", rank=5)]
    found = one(made, "agent").gain
    assert found is not None
    assert (found.value, found.cases) == (0.0, 2)
    assert found.low == pytest.approx(-1.0)
    assert one(made, "rules").gain is None


def test_what_models_took_is_told_per_investigation_and_together() -> None:
    made = [outcome("a", "single", usd=0.01), outcome("b", "single", usd=0.03), outcome("c", "single", usd=None)]
    found = one(made, "single")
    assert found.usd
    assert found.tokens
    assert (found.usd.value, found.usd.cases, found.usd_total) == (0.02, 2, pytest.approx(0.04))
    assert found.tokens.value == 1000
    assert one([outcome("a")], "rules").tokens is None


def test_groups_are_those_of_the_labels_and_only_where_there_are_two() -> None:
    def of(kind: str) -> Truth:
        return INCIDENT.model_copy(update={"kind": kind})

    made = [outcome("a", truth=of("cpu")), outcome("b", truth=of("net"), rank=2), outcome("c", truth=of("net"))]
    assert [(g.group, g.cases, g.top1) for g in groups(made)] == [
        ("cpu", 1, {"rules": 1.0}),
        ("net", 2, {"rules": 0.5}),
    ]
    assert groups(made[:1]) == []
