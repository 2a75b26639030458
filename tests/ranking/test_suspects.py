"""Suspects: cause told from symptom by the direction of calls, independent signals added up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import minute
from fa2.core.observations import Observation
from fa2.ranking.suspects import MAX_SUSPECTS, WEIGHTS, rank_suspects
from seen import graph, seen

KINDS = st.sampled_from([kind for kind in WEIGHTS if kind != "change"])
SERVICES = st.sampled_from(["web", "orders", "stock", "users"])


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    drawn = draw(st.lists(st.tuples(KINDS, SERVICES, st.floats(0, 1)), max_size=12))
    return [seen(kind, service, strength, number=place) for place, (kind, service, strength) in enumerate(drawn)]


def names(found: list[Observation], *calls: str) -> list[str]:
    return [s.service for s in rank_suspects(found, graph(*calls))]


@pytest.mark.parametrize("kind", ["span_error", "log_pattern", "log_silence"])
def test_the_deepest_culprit_wins_over_louder_callers(kind: str) -> None:
    found = [seen(kind, "web", 1.0), seen(kind, "orders", 0.95), seen(kind, "stock", 0.8)]
    assert names(found, "web>orders>stock")[0] == "stock"


def test_a_caller_that_passes_errors_on_is_not_innocent_without_a_call_between() -> None:
    found = [seen("span_error", "web", 1.0), seen("span_error", "stock", 0.8)]
    assert names(found, "web>orders") == ["web", "stock"]


def test_what_speaks_for_a_service_itself_is_not_explained_by_its_callees() -> None:
    found = [seen("metric_shift", "web", 1.0), seen("log_pattern", "stock", 0.5)]
    assert names(found, "web>stock")[0] == "web"


def test_services_that_call_each_other_do_not_explain_each_other() -> None:
    found = [seen("span_error", "a", 0.9), seen("span_error", "b", 0.8)]
    suspects = rank_suspects(found, graph("a>b>a"))
    assert [s.service for s in suspects] == ["a", "b"]
    assert all(not s.against for s in suspects)


def test_a_stronger_cause_beneath_stands_against_its_caller() -> None:
    found = [seen("span_error", "web", 0.9), seen("span_error", "stock", 0.9)]
    suspects = {s.service: s for s in rank_suspects(found, graph("web>stock"))}
    assert [o.service for o in suspects["web"].against] == ["stock"]
    assert suspects["stock"].against == ()


def test_independent_kinds_add_up_and_one_kind_does_not_pile_up() -> None:
    one = rank_suspects([seen("log_pattern", "web", 0.8)], graph())[0].score
    many = rank_suspects([seen("log_pattern", "web", 0.8, number=n) for n in range(20)], graph())[0].score
    two = rank_suspects([seen("log_pattern", "web", 0.8), seen("metric_shift", "web", 0.8)], graph())[0].score
    assert many == one
    assert two > one + 0.2


def test_only_causes_of_a_known_service_make_suspects() -> None:
    found = [
        seen("log_pattern", None, 1.0),
        seen("metric_shift", "web", 1.0, role="symptom"),
        seen("change", "web", 1.0, role="context"),
        seen("log_pattern", "calm", 0.0),
    ]
    assert names(found) == []


@given(observations(), st.randoms())
def test_the_order_of_observations_says_nothing(found: list[Observation], chance: random.Random) -> None:
    calls = graph("web>orders>stock", "web>users", "stock>orders")
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert rank_suspects(found, calls) == rank_suspects(shuffled, calls)


@given(observations())
def test_scores_are_shares_best_first_and_ties_in_the_order_of_names(found: list[Observation]) -> None:
    suspects = rank_suspects(found, graph("web>orders>stock", "web>users"))
    assert all(0 < s.score <= 1 for s in suspects)
    assert [(-s.score, s.service) for s in suspects] == sorted((-s.score, s.service) for s in suspects)
    assert all(o.service == s.service for s in suspects for o in s.speaking)


@given(observations(), KINDS)
def test_more_evidence_never_clears_a_service_that_nothing_explains(found: list[Observation], kind: str) -> None:
    def score(of: list[Observation]) -> float:
        return next((s.score for s in rank_suspects(of, graph()) if s.service == "web"), 0.0)

    assert score([*found, seen(kind, "web", 1.0, number=99)]) >= score(found)


def test_no_more_suspects_than_a_person_reads() -> None:
    found = [seen("log_pattern", f"s{n:02}", 0.9) for n in range(30)]
    assert names(found) == [f"s{n:02}" for n in range(MAX_SUSPECTS)]


def test_a_mechanism_needs_most_of_the_evidence_and_a_change_tells_it_best() -> None:
    found = [
        seen("log_pattern", "web", 0.9, mechanisms={"throttling": 1.0}),
        seen("span_error", "web", 0.9, mechanisms={"throttling": 0.9, "timeout": 0.5}),
        seen("metric_shift", "web", 0.9, mechanisms={"cpu_saturation": 1.0}),
    ]
    assert rank_suspects(found, graph())[0].mechanism == "throttling"
    changed = seen("change", "web", 0.5, mechanisms={"bad_config": 0.9}, resource="web-env")
    suspect = rank_suspects([*found, changed], graph())[0]
    assert (suspect.mechanism, suspect.resource) == ("bad_config", "web-env")
    assert rank_suspects([seen("log_pattern", "web", 0.9)], graph())[0].mechanism is None


def test_a_timeout_on_a_call_to_something_named_is_a_slow_dependency() -> None:
    here = seen("span_error", "web", 0.9, mechanisms={"timeout": 1.0})
    there = seen("span_error", "web", 0.9, mechanisms={"timeout": 1.0}, resource="db")
    assert rank_suspects([here], graph())[0].mechanism == "timeout"
    assert rank_suspects([there], graph())[0].mechanism == "dependency_slow"


def test_the_onset_is_the_earliest_of_what_is_strong() -> None:
    found = [
        seen("log_pattern", "web", 0.9, onset=minute(3)),
        seen("span_error", "web", 0.8, onset=minute(2)),
        seen("metric_shift", "web", 0.1, onset=minute(-9)),
        seen("span_time", "web", 0.8),
    ]
    assert rank_suspects(found, graph())[0].onset == minute(2)
