"""A fingerprint holds what an incident will have again, and nothing of its own day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.fingerprints import MOST_TRAITS, fingerprint, steady_name, steady_words
from fa2.core.past import Trait
from pasts import metric_claim, report


def test_suspects_patterns_metrics_and_the_alarm_are_in_it() -> None:
    made = report(claims=[metric_claim(1, "payments", "ThrottledRequests")], alarm={"name": "web-5xx"})
    traits = fingerprint(made).traits
    assert traits[Trait("suspect", "payments", "")] == pytest.approx(2.7)
    assert traits[Trait("cause", "payments", "throttling")] == pytest.approx(2.7)
    assert traits[Trait("metric", "payments", "rose ThrottledRequests")] == pytest.approx(1.4)
    assert traits[Trait("pattern", "payments", "rate exceeded for after attempts")] == pytest.approx(3.0)
    assert Trait("alarm", "", "web-5xx") in traits
    assert (fingerprint(made).service, fingerprint(made).mechanism) == ("payments", "throttling")


def test_the_same_trouble_on_another_day_has_the_same_fingerprint() -> None:
    one = report(1, patterns=(("ERROR", "order <*> refused after 31 ms, request 7f3a"),))
    two = report(9, patterns=(("ERROR", "order <UUID> refused after 4 ms, request 9b01"),))
    assert fingerprint(one) == fingerprint(two)


def test_the_language_of_the_report_changes_nothing() -> None:
    made = report(claims=[metric_claim(1, "payments", "Errors")])
    japanese = made.model_copy(update={"language": "ja", "headline": made.headline.model_copy(update={"text": "障害"})})
    assert fingerprint(japanese) == fingerprint(made)


def test_lines_of_the_usual_weigh_next_to_nothing_beside_errors() -> None:
    made = report(patterns=(("INFO", "order taken by queue"), ("ERROR", "connection refused by ledger")))
    weights = {trait.text: weight for trait, weight in fingerprint(made).traits.items() if trait.kind == "pattern"}
    assert weights["order taken by queue"] * 20 < weights["connection refused by ledger"]


def test_what_did_not_change_and_what_was_cleared_is_not_in_it() -> None:
    change = {"id": "C2", "key": "observations.change.made", "section": "change", "evidence": ["E1"]}
    claims = [{**change, "values": {"action": "s3:PutBucketTagging"}}]
    reason = {"key": "ranking.change.no_onset"}
    cleared = report(claims=claims, changes=[{"claim": "C2", "related": False, "score": 0.0, "reason": reason}])
    related = report(claims=claims, changes=[{"claim": "C2", "related": True, "score": 0.9, "reason": reason}])
    trait = Trait("change", "", "s3:PutBucketTagging")
    assert trait in fingerprint(related).traits
    assert trait not in fingerprint(cleared).traits
    steady = [row.model_copy(update={"change": "steady"}) for row in related.patterns]
    assert not any(t.kind == "pattern" for t in fingerprint(related.model_copy(update={"patterns": steady})).traits)


def test_however_much_a_report_holds_the_heaviest_traits_are_kept() -> None:
    words = ["".join(chr(97 + int(digit)) for digit in f"{n:04}") for n in range(300)]
    made = fingerprint(report(patterns=(("ERROR", "the one that tells"), *(("INFO", f"took {w}") for w in words))))
    assert len(made.traits) == MOST_TRAITS
    assert Trait("pattern", "payments", "the one that tells") in made.traits


@pytest.mark.parametrize(
    ("name", "steady"),
    [
        ("ts-order-service-5b67c48447-mv5hb", "ts-order-service"),
        ("stock", "stock"),
        ("orders-v2", "orders-v2"),
        ("i-0123456789abcdef0", "i-*"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/stock", "arn:aws:dynamodb:us-east-1:*:table/stock"),
        ("dynamodb:UpdateTable", "dynamodb:UpdateTable"),
    ],
)
def test_names_lose_only_what_the_next_instance_has_otherwise(name: str, steady: str) -> None:
    assert steady_name(name) == steady


@given(st.text(max_size=400), st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_and_variables_in_a_message_never_count(text: str, one: int, two: int) -> None:
    assert steady_words(f"{text} {one} <*> end") == steady_words(f"{text} {two} <UUID> end")
