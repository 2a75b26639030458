"""Is it a security incident: yes, no or unclear."""

from __future__ import annotations

import pytest

from bundles import minute
from fa2.core.observations import Observation
from fa2.core.ranked import SecurityAnswer
from fa2.core.windows import TimeWindow
from fa2.ranking.security import judge_security
from fa2.ranking.suspects import rank_suspects
from fa2.ranking.verdict import rank
from seen import graph, seen

WINDOW = TimeWindow(minute(0), minute(10))


def finding(at: float, service: str | None = "web", strength: float = 0.9, number: int = 0) -> Observation:
    return seen("finding", service, strength, role="context", onset=minute(at), number=number)


def answer(*found: Observation, collected: bool = True, mechanism: str = "crash") -> SecurityAnswer:
    suspects = rank_suspects([seen("span_error", "web", 0.9, mechanisms={mechanism: 1.0})], graph())
    return judge_security(found, suspects, WINDOW, collected=collected)


def test_a_severe_finding_on_a_suspect_in_the_window_says_yes() -> None:
    it = answer(finding(2), finding(3, "other", number=1))
    assert it.answer == "yes"
    assert [o.service for o in it.findings] == ["web"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (finding(2, "other"), "unclear"),
        (finding(2, None), "unclear"),
        (finding(2, strength=0.3), "no"),
        (finding(-120), "no"),
        (finding(-59), "yes"),
        (finding(10), "no"),
    ],
)
def test_a_finding_elsewhere_before_after_or_minor_does_not_say_yes(found: Observation, expected: str) -> None:
    assert answer(found).answer == expected


def test_no_finding_says_no_only_where_findings_were_looked_at() -> None:
    assert answer().answer == "no"
    it = answer(collected=False)
    assert (it.answer, it.reason.key) == ("unclear", "ranking.security.not_collected")


def test_evidence_of_a_breach_on_the_first_suspect_says_yes_by_itself() -> None:
    assert answer(mechanism="security", collected=False).answer == "yes"


def test_a_trace_of_a_breach_in_a_quiet_window_does_not_say_yes() -> None:
    found = [seen("log_pattern", "web", 0.1, mechanisms={"security": 1.0})]
    ranking = rank(found, graph(), WINDOW, tables=["logs", "findings"], has_baseline=True)
    assert (ranking.verdict, ranking.security.answer) == ("no_incident", "no")
