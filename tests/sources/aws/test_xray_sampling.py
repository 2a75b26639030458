"""The choice of traces: even, the same again, whatever order they come in."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.sources.aws.xray.sampling import chosen
from fa2.sources.aws.xray.summaries import Outcome, Summary


def summary(n: int, outcome: Outcome = "ok", seconds: float | None = 0.1, root: str = "web") -> Summary:
    return Summary(f"1-6aff9b90-{n:024x}", n * 1_000_000, outcome, seconds, root, "GET /", ())


@given(st.sets(st.integers(0, 10**6), max_size=200), st.integers(1, 50), st.randoms())
def test_as_many_as_wanted_are_chosen_each_once_in_any_order(
    numbers: set[int], wanted: int, chance: random.Random
) -> None:
    population = [summary(n) for n in sorted(numbers)]
    found = chosen(population, wanted)
    assert len({s.id for s in found}) == len(found) == min(wanted, len(population))
    chance.shuffle(population)
    assert {s.id for s in chosen(population, wanted)} == {s.id for s in found}


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_each_stratum_gets_its_share(share: float) -> None:
    failing = int(2000 * share)
    population = [summary(n, "fault" if n < failing else "ok", root="ab"[n % 2]) for n in range(2000)]
    found = chosen(population, 100)
    assert sum(s.outcome == "fault" for s in found) == pytest.approx(100 * share, abs=1)
    assert sum(s.root == "a" for s in found) == pytest.approx(50, abs=1)
    assert sum(s.start_us < 1_000 * 1_000_000 for s in found) == pytest.approx(50, abs=6)


def test_a_rare_outcome_is_chosen_as_often_as_its_share_says() -> None:
    hits = 0
    for case in range(400):
        population = [summary(case * 1000 + n, "fault" if n == 31 else "ok") for n in range(100)]
        hits += any(s.outcome == "fault" for s in chosen(population, 20))
    assert hits / 400 == pytest.approx(0.2, abs=0.06)


def test_traces_without_a_duration_can_be_chosen() -> None:
    assert len(chosen([summary(n, seconds=None) for n in range(10)], 3)) == 3
