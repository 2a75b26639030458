"""How surprising a count is: signs, order and bounds."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.comparisons.comparison import expected_count, strength, surprise

COUNTS = st.integers(0, 10**9)
EXPECTED = st.floats(0, 1e9)


def test_the_baselines_rate_is_put_on_the_windows_length() -> None:
    assert expected_count(60, 1 / 6) == 10


@given(COUNTS, EXPECTED)
def test_more_than_expected_is_positive_and_less_is_negative(observed: int, expected: float) -> None:
    nats = surprise(observed, expected)
    assert math.isfinite(nats)
    assert nats > 0 or observed <= expected + 0.5
    assert nats <= 0 or observed > expected


@given(COUNTS, COUNTS, EXPECTED)
def test_more_lines_are_never_less_surprising(one: int, two: int, expected: float) -> None:
    few, many = sorted((one, two))
    assert surprise(few, expected) <= surprise(many, expected) + 1e-6 * (1 + abs(surprise(many, expected)))


@given(st.integers(1, 10**6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_same_count_is_the_less_surprising_the_more_was_expected(observed: int, one: float, two: float) -> None:
    little, much = sorted((one, two))
    assert surprise(observed, little) >= surprise(observed, much) - 1e-6 * (1 + abs(surprise(observed, much)))


def test_one_line_that_was_never_seen_before_is_no_proof() -> None:
    assert 0 < surprise(1, 0.0) < 1
    assert surprise(30, 0.0) > 50


def test_silence_is_as_surprising_as_what_was_expected() -> None:
    assert surprise(0, 12.0) == -12.0


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_strength_is_a_share_that_never_falls(one: float, two: float) -> None:
    weak, strong = sorted((one, two))
    assert 0 <= strength(weak) <= strength(strong) <= 1


def test_strength_at_its_scale_is_as_documented() -> None:
    assert round(strength(6.0), 2) == 0.63
    assert round(strength(18.0), 2) == 0.95
    assert strength(-5.0) == 0.0
