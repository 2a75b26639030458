"""What may be spent: reserved as a whole or not at all, and given back."""

from __future__ import annotations

import pytest

from fa2.core.budgets import Budget


def test_what_does_not_fit_is_refused_as_a_whole() -> None:
    budget = Budget(usd=1.0, bytes=100)
    assert budget.take(usd=0.6, bytes=60)
    assert not budget.take(usd=0.1, bytes=60)
    assert not budget.take(usd=0.6, bytes=10)
    assert (budget.usd_left, budget.bytes_left) == (pytest.approx(0.4), 40)


def test_what_was_not_needed_can_be_had_by_others_and_overspending_counts() -> None:
    budget = Budget(usd=1.0, bytes=100)
    assert budget.take(usd=1.0, bytes=100)
    budget.give_back(usd=0.75, bytes=70)
    assert (budget.usd_left, budget.bytes_left) == (pytest.approx(0.75), 70)
    budget.give_back(usd=-0.5, bytes=-90)
    assert (budget.usd_left, budget.bytes_left) == (pytest.approx(0.25), 0)
    budget.give_back(usd=50, bytes=5000)
    assert (budget.usd_left, budget.bytes_left) == (1.0, 100)


def test_without_limits_everything_fits() -> None:
    budget = Budget(usd=None)
    assert budget.take(usd=1e9, bytes=10**18)
    assert (budget.usd_left, budget.bytes_left) == (None, None)
