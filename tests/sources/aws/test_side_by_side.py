"""Work side by side: results as they come, and errors that lose nothing."""

from __future__ import annotations

import threading

import pytest

from fa2.sources.aws.side_by_side import each


def test_all_items_are_worked_on_by_no_more_threads_than_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2, timeout=5)

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1
        return item * item

    assert sorted(each(work, range(6), at_most=2)) == [0, 1, 4, 9, 16, 25]
    assert most == 2


def test_an_error_is_raised_only_when_what_was_begun_has_ended_and_nothing_new_begins() -> None:
    begun, ended = [], []
    failed = threading.Event()

    def work(item: str) -> None:
        begun.append(item)
        if item == "fails":
            failed.set()
            raise KeyError(item)
        failed.wait(5)
        threading.Event().wait(0.05)
        ended.append(item)

    with pytest.raises(KeyError):
        list(each(work, ["slow", "fails", *("late",) * 50], at_most=2))
    assert "slow" in ended
    assert len(begun) == len(ended) + 1 < 10


def test_no_items_are_no_work() -> None:
    assert list(each(str, [], at_most=3)) == []
