"""Whether rates changed: exact for few lines, calm when nothing changed, careful with bursts."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.comparisons.rate_tests import adjusted, dispersions, rate_change_log_p, rate_nats

COUNTS = st.integers(0, 10**8)
SHARES = st.floats(0.01, 0.99)


def _exact(now: int, before: int, share: float) -> float:
    """The conditional binomial test, written out."""
    total = now + before
    chances = [math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]
    tail = sum(chances[now:]) if now > total * share else sum(chances[: now + 1])
    return min(1.0, 2 * tail)


@given(st.integers(0, 60), st.integers(0, 60), SHARES)
def test_few_lines_are_tested_exactly(now: int, before: int, share: float) -> None:
    assert math.exp(rate_change_log_p(now, before, share)) == pytest.approx(
        _exact(now, before, share), rel=1e-6, abs=1e-12
    )


@given(COUNTS, COUNTS, SHARES, st.floats(1, 1e4))
def test_any_counts_give_a_probability(now: int, before: int, share: float, dispersion: float) -> None:
    log_p = rate_change_log_p(now, before, share, dispersion)
    assert log_p <= 0
    assert math.isfinite(log_p)


@given(st.integers(0, 5000), st.integers(0, 5000), SHARES, st.floats(1, 100))
def test_bursts_make_a_change_less_sure(now: int, before: int, share: float, dispersion: float) -> None:
    assert rate_change_log_p(now, before, share, dispersion) >= rate_change_log_p(now, before, share) - 1e-6


def test_the_exact_and_the_normal_law_meet() -> None:
    small, large = rate_change_log_p(10_400, 9_590, 0.5), rate_change_log_p(10_420, 9_600, 0.5)
    assert small == pytest.approx(large, rel=0.05)
    assert math.exp(rate_change_log_p(10**6 + 1960, 10**6 - 1960 + 0, 0.5)) == pytest.approx(0.0056, rel=0.05)


def test_nats_are_those_of_the_likelihood_ratio() -> None:
    assert rate_nats(10, 0, 0.5) == pytest.approx(10 * math.log(2))
    assert rate_nats(5, 5, 0.5) == 0


def test_adjusted_probabilities_are_benjamini_and_hochbergs() -> None:
    p = [0.01, 0.04, 0.03, 0.005, 0.9]
    assert adjusted([math.log(x) for x in p]) == pytest.approx([0.025, 0.05, 0.05, 0.025, 0.9])
    assert adjusted([]) == []


def test_hardly_anything_is_found_where_nothing_changed() -> None:
    draw = random.Random(7)
    rates = [10 ** draw.uniform(0, 4) for _ in range(400)]
    counts = [[int(max(0, draw.gauss(rate, rate**0.5))) for rate in rates] for _ in range(2)]
    found = adjusted([rate_change_log_p(now, before, 0.5) for now, before in zip(*counts)])
    assert sum(q < 0.05 for q in found) <= 4


def test_burstiness_is_told_by_the_intervals_and_by_the_other_patterns_where_lines_are_few() -> None:
    even, bursts = [10] * 40, [0, 0, 0, 200] * 10
    few = [0] * 39 + [1]
    told = dispersions([even, bursts, bursts, few, []])
    assert told[0] < told[3]
    assert told[1] == pytest.approx(151, rel=0.1)
    assert told[3] == told[4] == pytest.approx(153, rel=0.1)
    assert dispersions([[1, 2], []]) == [1.0, 1.0]
