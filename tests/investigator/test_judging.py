"""Judging a conclusion: what stands on evidence stays, what does not is listed apart, and verdicts need claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from conversing import outage_told

from fa2.core.messages import Statement
from fa2.core.report import ModelSuspect
from fa2.investigator.conclusion import Conclusion
from fa2.investigator.hypotheses import StatedHypothesis
from fa2.investigator.judging import Checks, Judge, Kept, agrees

LIE = Statement("grounding.test", {})


def claim_stands(text: str, cited: Sequence[str]) -> Statement | None:
    return None if "true" in text and "E1" in cited else LIE


CHECKS = Checks(
    claim=claim_stands,
    order=lambda text, _: None if "do" in text else LIE,
    guess=lambda text: LIE if "invented" in text else None,
)


def judged(stated: dict[str, StatedHypothesis] | None = None, **written: Any) -> Kept:
    judge = Judge(CHECKS, services=["web", "payments"], mechanisms=["throttling"])
    return judge.judge(Conclusion.model_validate(written), stated or {})


def claim(id: str, text: str, *, section: str = "cause", evidence: Sequence[str] = ("E1",)) -> dict[str, object]:
    return {"id": id, "section": section, "text": text, "evidence": list(evidence)}


def hypothesis(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "H1", "text": "it throttles", "status": status, "speaking": [], "against": [], **more}


def test_a_claim_that_does_not_stand_is_struck_counted_and_told_why() -> None:
    kept = judged(claims=[claim("a", "true"), claim("b", "false"), claim("c", "true", evidence=["E2"])])
    assert [(c.id, c.text) for c in kept.claims] == [("M1", "true")]
    assert [(s.text, s.reason.key) for s in kept.struck] == [("false", LIE.key), ("true", LIE.key)]


def test_what_is_to_be_done_is_held_to_other_rules_than_what_is_the_case() -> None:
    kept = judged(claims=[claim("a", "do", section="action"), claim("b", "do")])
    assert [(c.section, c.text) for c in kept.claims] == [("action", "do")]


def test_a_claim_as_long_as_a_page_is_struck() -> None:
    assert judged(claims=[claim("a", "true " * 1000)]).struck[0].reason.key == "investigator.struck.long"


@pytest.mark.parametrize(
    ("status", "speaking", "against", "ends"),
    [
        ("confirmed", ["a"], [], "confirmed"),
        ("confirmed", ["b"], [], "inconclusive"),
        ("confirmed", [], ["a"], "inconclusive"),
        ("confirmed", ["nowhere"], [], "inconclusive"),
        ("rejected", [], ["a"], "rejected"),
        ("rejected", [], ["b"], "inconclusive"),
        ("rejected", ["a"], [], "inconclusive"),
        ("inconclusive", [], [], "inconclusive"),
    ],
)
def test_a_verdict_on_a_hypothesis_needs_a_claim_that_stands(
    status: str, speaking: list[str], against: list[str], ends: str
) -> None:
    claims = [claim("a", "true"), claim("b", "false")]
    (found,) = judged(claims=claims, hypotheses=[hypothesis(status, speaking=speaking, against=against)]).hypotheses
    assert found.status == ends


def test_a_hypothesis_that_was_stated_and_not_judged_stays_open() -> None:
    stated = {"H1": StatedHypothesis(text="it throttles", service="payments"), "H2": StatedHypothesis(text="a deploy")}
    kept = judged(stated, claims=[claim("a", "true")], hypotheses=[hypothesis("confirmed", speaking=["a"])])
    assert [(h.text, h.status) for h in kept.hypotheses] == [
        ("it throttles", "confirmed"),
        ("a deploy", "inconclusive"),
    ]


def test_a_hypothesis_that_names_what_is_not_there_is_struck() -> None:
    kept = judged(hypotheses=[hypothesis("inconclusive", text="an invented service"), hypothesis("rejected", text=" ")])
    assert kept.hypotheses == []
    assert [s.section for s in kept.struck] == ["hypothesis", "hypothesis"]


def test_what_would_settle_it_is_dropped_when_it_names_what_is_not_there() -> None:
    (found,) = judged(hypotheses=[hypothesis("inconclusive", settles="ask the invented log")]).hypotheses
    assert found.settles == ""


def test_only_services_of_the_data_with_a_claim_that_stands_are_suspects_each_once() -> None:
    kept = judged(
        claims=[claim("a", "true"), claim("b", "false")],
        ranking=[
            {"service": "billing", "claims": ["a"]},
            {"service": "web", "claims": ["b"]},
            {"service": "payments", "claims": ["a"], "mechanism": "sabotage"},
            {"service": "payments", "claims": ["a"]},
            {"service": "web", "claims": ["a"], "mechanism": "throttling"},
        ],
    )
    assert [(s.service, s.mechanism, s.claims) for s in kept.ranking] == [
        ("payments", None, ["M1"]),
        ("web", "throttling", ["M1"]),
    ]


def test_labels_are_short_checked_and_of_services_that_are_there() -> None:
    kept = judged(
        labels=[
            {"service": "web", "label": "times\nout"},
            {"service": "payments", "label": "invented"},
            {"service": "billing", "label": "down"},
            {"service": "payments", "label": "x" * 41},
        ]
    )
    assert kept.labels == {"web": "times out"}


def test_agreement_is_told_only_where_both_name_a_suspect() -> None:
    with outage_told() as (_, report):
        first = report.suspects[0].service
        assert agrees(report, [ModelSuspect(service=first)]) is True
        assert agrees(report, [ModelSuspect(service="web")]) is (first == "web")
        assert agrees(report, []) is None
