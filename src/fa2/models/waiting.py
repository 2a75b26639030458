"""Waiting for asynchronous work until a deadline and no longer, whatever the work does."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from fa2.core.deadlines import Deadline

_Result = TypeVar("_Result")
_LOOK_S = 0.1
"""How often it is looked whether somebody stopped the deadline."""


class Abandoned(Exception):
    """The deadline passed before the work was done; it was told to stop and is not waited for."""


def wait_for(
    work: Callable[[Callable[[str], None]], Coroutine[Any, Any, _Result]],
    deadline: Deadline,
    hear: Callable[[str], None],
) -> _Result:
    """Return what `work` gives, or raise what it raises; Abandoned at the deadline.

    work: is given a function to say pieces of text with, and runs in a thread and an event loop of its own.
    hear: is called with the pieces in the caller's thread, and no more once this returned.
    """
    said: queue.SimpleQueue[str | Future[_Result]] = queue.SimpleQueue()
    thread = _Thread(work, said)
    thread.start()
    try:
        while True:
            with suppress(queue.Empty):
                thing = said.get(timeout=min(_LOOK_S, deadline.remaining_s) or 0.001)
                if isinstance(thing, Future):
                    return thing.result()
                hear(thing)
            if deadline.passed:
                raise Abandoned
    finally:
        thread.abandon()


class _Thread(threading.Thread):
    """Runs the work. Nobody waits for it, not even Python at its end: it and the threads it makes are daemons."""

    def __init__(
        self,
        work: Callable[[Callable[[str], None]], Coroutine[Any, Any, _Result]],
        said: queue.SimpleQueue[str | Future[_Result]],
    ) -> None:
        super().__init__(daemon=True, name="fa2 model")
        self._work = work
        self._said = said
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_default_executor(_Unjoined())
        self._task = self._loop.create_task(self._told())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        with suppress(Exception):
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _told(self) -> None:
        outcome: Future[Any] = Future()
        try:
            outcome.set_result(await self._work(self._said.put))
        except asyncio.CancelledError:
            outcome.set_exception(Abandoned())
        except Exception as error:
            outcome.set_exception(error)
        self._said.put(outcome)

    def abandon(self) -> None:
        """Tell the work to stop, if it is still at it."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())


class _Unjoined(ThreadPoolExecutor):
    """Runs each call in a daemon of its own: Python waits for those of ThreadPoolExecutor at its end, and a name that
    is being looked up can take minutes."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def call() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                with suppress(Exception):
                    future.set_exception(error)

        threading.Thread(target=call, daemon=True, name="fa2 lookup").start()
        return future
