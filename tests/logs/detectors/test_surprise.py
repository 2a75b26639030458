"""How unlikely counts are, and when that is enough."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.detectors.surprise import alarming, nats_of

means = st.floats(0.1, 200)
dispersions = st.floats(0.01, 2)


def tail(observed: int, mean: float, dispersion: float) -> float:
    """Return the exact negative binomial probability of a count at least as extreme."""
    size = 1 / dispersion
    p = size / (size + mean)

    def probability(y: int) -> float:
        log = math.lgamma(y + size) - math.lgamma(size) - math.lgamma(y + 1) + size * math.log(p) + y * math.log1p(-p)
        return math.exp(log)

    below = sum(probability(y) for y in range(observed + 1))
    return below if observed < mean else 1 - below + probability(observed)


@given(st.integers(0, 400), means, dispersions)
def test_the_bound_never_understates_a_probability(observed: int, mean: float, dispersion: float) -> None:
    assert math.exp(-nats_of(observed, mean, dispersion)) >= tail(observed, mean, dispersion) - 1e-9


def test_what_is_expected_does_not_surprise_and_what_is_far_off_does() -> None:
    assert nats_of(10, 10, 0.05) == 0
    assert nats_of(0, 20, 0.01) > 15
    assert nats_of(100, 10, 0.05) > 30
    assert nats_of(100, 10, 5.0) < 10, "counts that vary wildly may be large"


@given(st.lists(st.floats(0, 60), max_size=20), st.integers(1, 5000))
def test_more_tests_never_raise_more_alarms(surprises: list[float], tests: int) -> None:
    few = alarming(surprises, max(tests, len(surprises)), 288)
    assert alarming(surprises, 2 * max(tests, len(surprises)), 288) >= few


def test_chance_alone_rarely_raises_an_alarm_in_a_day_of_a_thousand_patterns() -> None:
    chance = np.random.default_rng(3)
    alarms = 0
    for _ in range(288):
        counts = chance.negative_binomial(20, 20 / (20 + 10), 1000)
        surprises = [nats_of(int(y), 10, 0.05) for y in counts if y > 25 or y < 2]
        alarms += alarming(surprises, 2000, 288) < math.inf
    assert alarms == 0
