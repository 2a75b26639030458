"""Waiting: until the work is done, until the deadline, or until somebody stops it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from fa2.core.deadlines import Deadline
from fa2.models.waiting import Abandoned, wait_for

Say = Callable[[str], None]


def test_pieces_are_heard_in_the_thread_that_waits() -> None:
    heard: list[tuple[str, int]] = []

    async def work(say: Say) -> int:
        say("a")
        say("b")
        return 7

    assert wait_for(work, Deadline(5), lambda text: heard.append((text, threading.get_ident()))) == 7
    assert heard == [("a", threading.get_ident()), ("b", threading.get_ident())]


def test_what_the_work_raises_is_raised() -> None:
    async def work(_: Say) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        wait_for(work, Deadline(5), print)


def test_a_deadline_that_is_stopped_ends_the_waiting_and_tells_the_work() -> None:
    deadline, told = Deadline(600), threading.Event()

    async def work(say: Say) -> None:
        say("go")
        try:
            await asyncio.sleep(600)
        finally:
            told.set()

    with pytest.raises(Abandoned):
        wait_for(work, deadline, lambda _: deadline.stop())
    assert told.wait(5)


def test_work_that_blocks_its_thread_is_left_behind() -> None:
    gate = threading.Event()

    async def work(_: Say) -> None:
        gate.wait(30)

    with pytest.raises(Abandoned):
        wait_for(work, Deadline(0.2), print)
    gate.set()


def test_pieces_without_end_do_not_outlast_the_deadline() -> None:
    async def work(say: Say) -> None:
        while True:
            say("la ")
            await asyncio.sleep(0)

    with pytest.raises(Abandoned):
        wait_for(work, Deadline(0.2), lambda _: None)


def test_an_error_of_who_hears_stops_the_work() -> None:
    told = threading.Event()

    async def work(say: Say) -> None:
        say("go")
        try:
            await asyncio.sleep(600)
        finally:
            told.set()

    def hear(_: str) -> None:
        raise KeyError("ear")

    with pytest.raises(KeyError, match="ear"):
        wait_for(work, Deadline(5), hear)
    assert told.wait(5)
