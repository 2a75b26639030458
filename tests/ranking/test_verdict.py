"""The verdict: incident, no incident or inconclusive, and how sure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import minute
from fa2.core.messages import LANGUAGES, catalogue
from fa2.core.observations import Observation
from fa2.core.ranked import Ranking
from fa2.core.windows import TimeWindow
from fa2.ranking.verdict import rank
from seen import graph, seen

WINDOW = TimeWindow(minute(0), minute(10))
ALL = ("logs", "metrics", "spans", "changes")


def ranked(
    found: Sequence[Observation], *calls: str, tables: Sequence[str] = ALL, has_baseline: bool = True
) -> Ranking:
    ranking = rank(found, graph(*calls), WINDOW, tables=tables, has_baseline=has_baseline)
    reasons = [*ranking.reasons, *ranking.severity.reasons, *ranking.confidence.reasons, ranking.security.reason]
    for language in LANGUAGES:
        assert all(catalogue(language).render(reason) for reason in [*reasons, *(c.reason for c in ranking.changes)])
    return ranking


def impact(strength: float, **shares: float) -> Observation:
    return seen("impact", None, strength, role="symptom", values=dict(shares))


def test_strong_evidence_is_an_incident() -> None:
    ranking = ranked([seen("span_error", "web", 0.9)])
    assert (ranking.verdict, ranking.suspects[0].service) == ("incident", "web")


def test_nothing_unusual_is_no_incident_and_blames_nobody() -> None:
    ranking = ranked([seen("log_pattern", "web", 0.1), impact(0.1)])
    assert (ranking.verdict, ranking.suspects, ranking.severity.level) == ("no_incident", (), "low")
    assert ranked([]).verdict == "no_incident"


def test_weak_evidence_is_inconclusive_and_names_whom_it_speaks_against() -> None:
    ranking = ranked([seen("log_pattern", "web", 0.5)])
    assert (ranking.verdict, ranking.suspects[0].service) == ("inconclusive", "web")
    assert ranking.reasons[0].key == "ranking.verdict.weak"


def test_harm_to_users_that_nothing_explains_is_inconclusive() -> None:
    ranking = ranked([impact(0.95, failed_share=0.5)])
    assert (ranking.verdict, ranking.suspects) == ("inconclusive", ())
    assert ranking.severity.level == "high"


def test_without_telemetry_nothing_can_be_said() -> None:
    ranking = ranked([], tables=["changes", "documents"])
    assert (ranking.verdict, ranking.reasons[0].key) == ("inconclusive", "ranking.verdict.silent")
    assert ranked([], tables=["log_counts"]).verdict == "no_incident"


def test_trouble_that_no_service_is_known_for_is_inconclusive() -> None:
    assert ranked([seen("log_pattern", None, 0.9)]).verdict == "inconclusive"


def test_without_a_normal_period_quiet_cannot_be_told_from_broken() -> None:
    assert ranked([], has_baseline=False).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("shares", "level"),
    [
        ({"failed_share": 0.5}, "high"),
        ({"failed_share": 0.05}, "medium"),
        ({"failed_share": 0.001}, "low"),
        ({"failed_share": 0.0, "slow_share": 0.9}, "high"),
        ({"failed_share": 0.0, "slow_share": 0.05}, "low"),
        ({}, "low"),
    ],
)
def test_severity_is_what_users_met(shares: dict[str, float], level: str) -> None:
    assert ranked([seen("span_error", "web", 0.9), impact(0.9, **shares)]).severity.level == level


def test_severity_is_that_of_the_worst_entry() -> None:
    calm, hit = impact(0.0, failed_share=0.0), impact(0.9, failed_share=0.45)
    assert ranked([seen("span_error", "web", 0.9), calm, hit]).severity.level == "high"
    assert ranked([seen("span_error", "web", 0.9), hit, calm]).severity.level == "high"


def test_severity_is_unknown_where_nobody_measured_what_users_met() -> None:
    assert ranked([seen("span_error", "web", 0.9)]).severity.level == "unknown"


STRONG = [seen("span_error", "web", 0.9), seen("log_pattern", "web", 0.9), seen("metric_shift", "web", 0.9)]


def test_confidence_is_high_where_several_signals_agree_and_none_decides_alone() -> None:
    ranking = ranked(STRONG)
    assert (ranking.confidence.level, ranking.suspects[0].rests_on) == ("high", ())


def test_confidence_falls_without_a_baseline() -> None:
    ranking = ranked(STRONG, has_baseline=False)
    assert ranking.confidence.level == "medium"
    assert ranking.confidence.reasons[0].key == "ranking.confidence.no_baseline"


def test_confidence_falls_when_another_is_almost_as_suspicious() -> None:
    rival = [seen(o.kind, "orders", o.strength) for o in STRONG]
    ranking = ranked([*STRONG, *rival])
    assert ranking.confidence.level != "high"
    assert "ranking.confidence.close" in {r.key for r in ranking.confidence.reasons}


def test_confidence_falls_when_one_signal_speaks_alone() -> None:
    ranking = ranked([seen("span_error", "web", 0.9)])
    assert ranking.suspects[0].rests_on == ("spans",)
    assert ranking.confidence.level == "low"


def test_a_suspect_that_another_takes_the_place_of_without_a_table_rests_on_it() -> None:
    found = [seen("span_error", "web", 0.95), seen("metric_shift", "web", 0.5), seen("log_pattern", "orders", 0.9)]
    assert ranked(found).suspects[0].service == "web"
    assert ranked(found).suspects[0].rests_on == ("spans",)
    firm = [*found, seen("log_pattern", "web", 0.9, number=1)]
    assert ranked(firm).suspects[0].rests_on == ()


def test_a_suspect_that_a_change_put_first_rests_on_the_changes() -> None:
    found = [
        seen("log_pattern", "web", 0.9, onset=minute(1)),
        seen("log_pattern", "api", 0.92, onset=minute(1)),
        seen("change", "web", 0.9, role="context", onset=minute(0), values={}, key="observations.change.made"),
    ]
    assert ranked(found[:2]).suspects[0].service == "api"
    assert ranked(found).suspects[0].service == "web"
    assert "changes" in ranked(found).suspects[0].rests_on


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["span_error", "log_pattern", "metric_shift"]), st.sampled_from("abc"), st.floats(0, 1)
        ),
        max_size=8,
    )
)
def test_a_verdict_fits_its_suspects_whatever_was_seen(drawn: list[tuple[str, str, float]]) -> None:
    ranking = ranked(
        [seen(kind, service, strength, number=n) for n, (kind, service, strength) in enumerate(drawn)], "a>b>c"
    )
    assert ranking.reasons
    several = ranking.suspects and len({o.kind for o in ranking.suspects[0].speaking if o.strength >= 0.1}) > 1
    sure = 0.45 if several else 0.6
    match ranking.verdict:
        case "incident":
            assert ranking.suspects[0].score >= sure
        case "inconclusive":
            assert 0.25 <= ranking.suspects[0].score < sure
        case "no_incident":
            assert ranking.suspects == ()
    assert all(not s.rests_on for s in ranking.suspects[1:])


def test_one_kind_of_evidence_alone_has_to_be_stronger_than_two() -> None:
    alone = ranked([seen("log_pattern", "a", 0.75, number=1)], "a>b")
    both = ranked([seen("log_pattern", "a", 0.75, number=1), seen("metric_shift", "a", 0.2, number=2)], "a>b")
    assert alone.verdict == "inconclusive"
    assert both.verdict == "incident"


def test_two_that_look_alike_are_not_chosen_between_where_nobody_knows_who_calls_whom() -> None:
    alike = [seen("log_pattern", "web", 1.0), seen("log_pattern", "payments", 1.0)]
    ranking = ranked(alike)
    assert (ranking.verdict, ranking.reasons[0].key) == ("inconclusive", "ranking.verdict.tied")
    assert {ranking.reasons[0].values["service"], ranking.reasons[0].values["other"]} == {"web", "payments"}
    assert ranked(alike, "web>payments").verdict == "incident"
    assert ranked([*alike, seen("metric_shift", "payments", 0.9)]).verdict == "incident"
