"""What looks alike is recalled, what does not is not, and what people said is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.fingerprints import fingerprint
from fa2.core.past import Fingerprint, KeptReport, NoPastReport, Trait, chosen
from fa2.core.recall import alike, corrected, likeness, rarity_among
from fa2.core.report import PastIncident, Report
from pasts import kept, metric_claim, report, said

traits = st.builds(
    Trait, st.sampled_from(["pattern", "metric", "suspect"]), st.sampled_from("abc"), st.sampled_from("xyz")
)
fingerprints = st.builds(
    Fingerprint,
    st.dictionaries(traits, st.floats(0.01, 10), min_size=1, max_size=8),
    st.sampled_from(["a", "b", None]),
    st.sampled_from(["throttling", None]),
)
stores = st.lists(st.tuples(st.just(kept(report())), fingerprints), max_size=6)


def recalled(now: Report, *past: KeptReport, at_most: int = 3) -> list[PastIncident]:
    return alike(now, fingerprint(now), past, at_most)


def other(day: int = 2) -> Report:
    patterns = (("ERROR", "no route to host ledger"), ("ERROR", "giving up on ledger"))
    return report(day, "ledger", mechanism="network", patterns=patterns)


@given(fingerprints, fingerprints, stores)
def test_likeness_is_symmetric_bounded_and_whole_with_itself(
    one: Fingerprint, two: Fingerprint, store: list[tuple[KeptReport, Fingerprint]]
) -> None:
    rarity = rarity_among(store)
    assert likeness(one, two, rarity) == pytest.approx(likeness(two, one, rarity))
    assert 0.0 <= likeness(one, two, rarity) <= 1.0
    assert likeness(one, one, rarity) == pytest.approx(1.0)


@given(stores, st.randoms(use_true_random=False))
def test_the_order_in_the_store_changes_nothing(store: list[tuple[KeptReport, Fingerprint]], random: object) -> None:
    mixed = list(store)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, two = rarity_among(store), rarity_among(mixed)
    for _, print_ in store:
        assert all(one(trait) == two(trait) for trait in print_.traits)


@given(stores, traits)
def test_every_trait_tells_something_and_none_more_than_one_never_seen(
    store: list[tuple[KeptReport, Fingerprint]], trait: Trait
) -> None:
    rarity = rarity_among(store)
    assert 0.0 < rarity(trait) <= rarity(Trait("pattern", "nobody", "ever")) == 1.0


def test_the_same_trouble_is_recalled_with_what_both_have() -> None:
    first = report(1, claims=[metric_claim(1, "payments", "ThrottledRequests")])
    now = report(9, claims=[metric_claim(1, "payments", "ThrottledRequests")])
    (told,) = recalled(now, kept(first), kept(other()))
    assert told.id == kept(first).id
    assert told.likeness == pytest.approx(1.0)
    assert (told.service, told.mechanism, told.feedback, told.cause) == ("payments", "throttling", None, "")
    assert told.time == first.window.start
    assert "payments: rate exceeded for <*> after <*> attempts" in told.shared
    assert "payments: ThrottledRequests" in told.shared


def test_what_is_unlike_is_not_recalled() -> None:
    assert recalled(report(9), kept(other())) == []
    assert recalled(report(9)) == []


def test_the_same_mechanism_elsewhere_is_unlike() -> None:
    elsewhere = report(1, "search", patterns=(("ERROR", "shard is not available"),))
    assert recalled(report(9), kept(elsewhere)) == []


def test_what_overlaps_in_time_is_the_incident_itself_and_no_past() -> None:
    again = report(9, incident="under another name")
    assert recalled(report(9), kept(again)) == []


def test_an_incident_of_which_several_reports_tell_is_recalled_once() -> None:
    again = report(1, incident="under another name")
    assert len(recalled(report(9), kept(report(1)), kept(again))) == 1


def test_no_incident_is_neither_recalled_nor_looks_for_its_past() -> None:
    patterns = (("ERROR", "rate exceeded for <*> after <*> attempts"),)
    quiet = report(1, None, patterns=patterns)
    assert recalled(report(9), kept(quiet)) == []
    assert recalled(report(9, None, patterns=patterns), kept(report(1))) == []


def test_at_most_so_many_are_told_and_none_for_nought() -> None:
    past = [kept(report(day)) for day in range(1, 8)]
    assert len(recalled(report(9), *past, at_most=2)) == 2
    assert recalled(report(9), *past, at_most=0) == []


def test_trouble_that_comes_again_and_again_stays_recognisable() -> None:
    noise = (("ERROR", "rate exceeded for <*> after <*> attempts"), ("WARN", "retry queue is long"))
    past = [kept(report(day)) for day in range(1, 20)]
    (told, *_) = recalled(report(28, patterns=noise), *past)
    (alone,) = recalled(report(28, patterns=noise), past[0])
    assert told.likeness == pytest.approx(alone.likeness)


def test_what_every_kind_of_incident_shows_tells_less_than_what_one_shows() -> None:
    everywhere = ("ERROR", "upstream answered late")
    past = [
        kept(
            report(day, f"service{letter}", mechanism="timeout", patterns=(everywhere, ("ERROR", f"failed {letter}x")))
        )
        for day, letter in enumerate("abcdefgh", 1)
    ]
    rarity = rarity_among([(one, one.fingerprint) for one in past])
    common = Trait("mechanism", "", "timeout")
    assert rarity(common) < 0.3 < rarity(Trait("pattern", "servicea", "failed ax"))


def test_a_cause_that_was_called_right_is_told_so_and_goes_first() -> None:
    plain, confirmed = kept(report(5)), kept(report(1), said("right", "the nightly import"))
    first, second = recalled(report(9), plain, confirmed)
    assert (first.id, first.feedback, first.cause) == (confirmed.id, "right", "the nightly import")
    assert (second.id, second.feedback) == (plain.id, None)


def test_a_wrong_cause_no_longer_speaks_for_likeness_but_the_right_one_does() -> None:
    claims = [metric_claim(7, "ledger", "Connections")]
    then = kept(report(1, claims=claims), said("wrong", "ledger had exhausted connections"))
    mended = corrected(then)
    assert Trait("suspect", "payments", "") not in mended.traits
    assert Trait("cause", "ledger", "connections_exhausted") in mended.traits
    assert (mended.service, mended.mechanism) == ("ledger", "connections_exhausted")
    now = report(9, "ledger", mechanism="connections_exhausted", patterns=(), claims=claims)
    assert recalled(now, kept(report(1, claims=claims))) == []
    (told,) = recalled(now, then)
    assert (told.feedback, told.service) == ("wrong", "payments")
    assert told.cause == "ledger had exhausted connections"


def test_a_cause_in_japanese_names_its_service_and_mechanism() -> None:
    claims = [metric_claim(7, "ledger", "Connections")]
    mended = corrected(kept(report(1, claims=claims), said("wrong", "ledgerの接続の枯渇が原因でした")))
    assert (mended.service, mended.mechanism) == ("ledger", "connections_exhausted")
    assert Trait("cause", "ledger", "connections_exhausted") in mended.traits


def test_a_part_of_a_longer_name_names_nobody() -> None:
    claims = [metric_claim(7, "web", "Connections")]
    mended = corrected(kept(report(1, claims=claims), said("wrong", "the webhook sender of web-admin")))
    assert mended.service is None


def test_a_wrong_cause_without_a_better_one_goes_last() -> None:
    claims = [metric_claim(n, "payments", f"Metric{letter}") for n, letter in enumerate("abcdef", 2)]
    wrong, plain = kept(report(5, claims=claims), said("wrong")), kept(report(1, claims=claims))
    told = recalled(report(9, claims=claims), wrong, plain)
    assert [(one.id, one.feedback) for one in told] == [(plain.id, None), (wrong.id, "wrong")]


def test_what_was_said_last_counts() -> None:
    then = kept(report(1), said("wrong", "no idea"), said("right", "the import after all"))
    (told,) = recalled(report(9), then)
    assert (told.feedback, told.cause) == ("right", "the import after all")


def test_a_report_that_found_nothing_is_recalled_where_a_person_knew_better() -> None:
    quiet = report(1, None, claims=[metric_claim(1, "payments", "Errors"), metric_claim(2, "payments", "Latency")])
    now = report(
        9,
        mechanism=None,
        patterns=(),
        claims=[metric_claim(n, "payments", m) for n, m in ((1, "Errors"), (2, "Latency"))],
    )
    assert recalled(now, kept(quiet)) == []
    (told,) = recalled(now, kept(quiet, said("wrong", "payments was down", None, None)))
    assert told.cause == "payments was down"


@pytest.mark.parametrize("id", ["", "R", "nothing"])
def test_an_id_must_name_one_report(id: str) -> None:
    with pytest.raises(NoPastReport):
        chosen([kept(report(1)), kept(report(2))], id)


def test_the_beginning_of_an_id_is_enough() -> None:
    one, two = kept(report(1)), kept(report(2))
    assert chosen([one, two], one.id[:6]) is one
    assert chosen([one, two], two.id) is two
