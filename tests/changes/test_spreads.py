"""What is usual: few false alarms on quiet months, real excesses found, nothing said from too few months."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.changes.spreads import LEVEL, t_bound, usual_ranges


@pytest.mark.parametrize(
    ("level", "freedom", "bound"),
    [(0.05, 1, 12.706), (0.05, 2, 4.303), (0.05, 3, 3.182), (0.05, 10, 2.228), (0.01, 7, 3.499), (0.001, 5, 6.869)],
)
def test_bounds_of_the_t_distribution_are_those_of_the_tables(level: float, freedom: int, bound: float) -> None:
    assert t_bound(level, freedom) == pytest.approx(bound, abs=0.001)


def quiet(keys: int, months: int, variation: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return counts of some months, and of one more that is no different; means differ by thousands between keys."""
    draw = np.random.default_rng(seed)
    mean = np.exp(draw.normal(2, 2, keys))[:, None]
    shape = draw.gamma(1 / variation**2, variation**2, (keys, months + 1)) if variation else 1.0
    counts = draw.poisson(mean * shape)
    return counts[:, :-1], counts[:, -1]


@pytest.mark.parametrize("variation", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("months", [3, 6, 12])
def test_quiet_months_hardly_ever_raise_an_alarm(months: int, variation: float) -> None:
    alarmed, reports = 0, 60
    for seed in range(reports):
        before, now = quiet(25, months, variation, seed)
        ranges = usual_ranges(before.tolist())
        alarmed += any(r is not None and r.judged(int(n)) != "usual" for r, n in zip(ranges, now))
    assert alarmed / reports <= 2 * LEVEL


def test_ten_times_as_many_is_found_among_keys_that_vary_by_a_third() -> None:
    found, tried = 0, 0
    for seed in range(40):
        before, now = quiet(25, 6, 0.3, seed)
        ranges = usual_ranges(before.tolist())
        for row, usual, count in zip(before, ranges, now):
            if row.mean() > 20 and usual:
                tried += 1
                found += usual.judged(int(count) * 10) == "more"
    assert tried > 100
    assert found / tried > 0.9


def test_two_months_tell_no_spread_and_three_do() -> None:
    few, enough = usual_ranges([[5, None, 6], [5, 6, 7]])
    assert few is None
    assert enough is not None
    assert enough.low <= 6 <= enough.high


def test_twelve_quiet_months_make_a_burst_unusual_but_not_a_single_change() -> None:
    (usual,) = usual_ranges([[0] * 12])
    assert usual is not None
    assert (usual.judged(1), usual.judged(30)) == ("usual", "more")


@given(st.lists(st.lists(st.integers(0, 10**7), min_size=3, max_size=12), min_size=1, max_size=20))
def test_what_is_expected_lies_within_the_range(counts: list[list[int]]) -> None:
    for usual in usual_ranges(counts):
        assert usual is not None
        assert 0 <= usual.low <= usual.expected <= usual.high < float("inf")
