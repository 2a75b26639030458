"""The dollars of all investigations stay within the bound, however many run side by side."""

from __future__ import annotations

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from fa2.evaluation.spending import Purse


@given(st.lists(st.none() | st.floats(0, 1), max_size=30), st.floats(0, 10))
def test_what_is_spent_never_exceeds_the_bound(costs: list[float | None], bound: float) -> None:
    purse = Purse(bound, most_each=1.0)
    for cost in costs:
        if not purse.take():
            assert purse.spent > bound - 1 - 1e-9
            break
        purse.settle(cost)
    assert purse.spent <= bound + 1e-9


@settings(max_examples=20)
@given(st.integers(1, 6), st.floats(0.5, 5))
def test_side_by_side_the_bound_holds_and_nobody_waits_for_ever(threads: int, bound: float) -> None:
    purse = Purse(bound, most_each=1.0)
    made: list[bool] = []

    def work() -> None:
        while purse.take():
            made.append(True)
            purse.settle(0.3)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert not any(worker.is_alive() for worker in workers)
    assert purse.spent <= bound + 1e-9
    assert purse.spent > bound - 1 - 1e-9


def test_without_a_bound_nothing_is_counted() -> None:
    purse = Purse(None, most_each=1.0)
    assert all(purse.take() for _ in range(100))
    purse.settle(None)


def test_an_unknown_price_counts_as_the_most_it_may_be_and_what_was_spent_before_counts() -> None:
    purse = Purse(3.0, most_each=1.0, spent=1.0)
    assert purse.take()
    purse.settle(None)
    assert purse.spent == 2.0
    assert purse.take()
    purse.settle(0.5)
    assert not purse.take()
