"""Intervals against published values and by their properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.evaluation.intervals import mean, share


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    ids=str,
)
def test_wilson_is_that_of_newcombes_table(right: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = share([1.0] * right + [0.0] * (n - right))
    assert found is not None
    assert (found.value, found.cases) == (pytest.approx(right / n), n)
    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_share_lies_within_its_interval_within_0_and_1(values: list[float]) -> None:
    found = share(values)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_nothing_has_no_figure() -> None:
    assert share([]) is None
    assert mean([]) is None


def test_a_mean_has_an_interval_that_is_the_same_for_the_same_seed() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 10.0]
    found = mean(values, seed=7)
    assert found == mean(values, seed=7) != mean(values, seed=8)
    assert found is not None
    assert found.value == 4.0
    assert found.low is not None
    assert found.high is not None
    assert 1.0 <= found.low < 4.0 < found.high <= 10.0


def test_the_bootstrap_is_near_the_normal_interval_for_many_cases() -> None:
    values = [float(n % 10) for n in range(400)]
    found = mean(values)
    assert found is not None
    half = 1.96 * (8.25 / 400) ** 0.5
    assert found.low == pytest.approx(4.5 - half, abs=0.03)
    assert found.high == pytest.approx(4.5 + half, abs=0.03)


def test_values_that_are_all_the_same_have_no_ends() -> None:
    found = mean([2.0, 2.0])
    assert found is not None
    assert (found.value, found.low, found.high) == (2.0, None, None)
