"""A report against what was true: ties count against us, and the model's own list counts where it has one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluated import INCIDENT, QUIET, analysis, report
from fa2.core.evaluation import Truth
from fa2.evaluation.scoring import rank, scored


def test_a_tie_gives_the_cause_the_last_place_among_its_equals() -> None:
    suspects = report({"a": 0.9, "payments": 0.5, "b": 0.5, "c": 0.1}).suspects
    assert rank(suspects, INCIDENT) == 3
    assert rank(suspects, Truth(verdict="incident", service="elsewhere")) is None


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([0.1, 0.5, 0.9]), min_size=1), st.sampled_from("abcdef")
)
def test_the_place_is_that_of_counting_who_scores_as_much(suspects: dict[str, float], cause: str) -> None:
    place = rank(report(suspects).suspects, Truth(verdict="incident", service=cause))
    if cause not in suspects:
        assert place is None
    else:
        assert place == 1 + sum(score >= suspects[cause] for name, score in suspects.items() if name != cause)


def test_other_names_of_the_cause_are_as_right() -> None:
    truth = Truth(verdict="incident", service="payments", also=["ledger"])
    assert rank(report({"ledger": 0.9, "payments": 0.2}).suspects, truth) == 1


def test_the_models_list_counts_where_it_has_one_and_the_rules_place_is_kept() -> None:
    found = scored(
        report({"payments": 0.9, "cart": 0.2}, model=analysis(["cart", "payments"])),
        INCIDENT,
        case="c",
        arm="agent",
        repeat=2,
    )
    assert (found.rank, found.ranked_by, found.rules_rank, found.differs) == (2, "model", 1, True)
    assert (found.kept, found.struck, found.input_tokens, found.usd, found.run) == (3, 1, 1000, 0.02, "run-1")
    assert found.key == ("c", "agent", 2)


def test_a_model_without_a_list_leaves_the_rules_one() -> None:
    found = scored(report({"payments": 0.9}, model=analysis([], kept=0)), INCIDENT, case="c", arm="single", repeat=1)
    assert (found.rank, found.ranked_by, found.differs, found.ending) == (1, "rules", None, "nothing")


def test_a_quiet_case_has_no_place() -> None:
    found = scored(report({"payments": 0.9}, verdict="inconclusive"), QUIET, case="q", arm="rules", repeat=1)
    assert (found.rank, found.verdict) == (None, "inconclusive")
