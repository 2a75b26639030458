"""Work done side by side: threads that never hold up the end of the program."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Iterable[T], *, at_most: int) -> Iterator[R]:
    """Yield what `work` gives for each item as it comes, in no order; the first error raised in it is raised here.

    After an error nothing new is begun, and it is raised once what was begun has ended, so that what others clean up
    and report is not lost. At most `at_most` threads. They are daemons: one that hangs holds up no end of the program.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[R | None, BaseException | None]] = queue.SimpleQueue()
    left = 0
    for item in items:
        waiting.put(item)
        left += 1

    def run() -> None:
        while True:
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((work(item), None))
            except BaseException as error:  # raised again where it is waited for
                done.put((None, error))

    for number in range(min(at_most, left)):
        threading.Thread(target=run, name=f"fa2-work-{number}", daemon=True).start()
    first: BaseException | None = None
    try:
        while left:
            result, error = done.get()
            left -= 1
            if error is not None:
                first = first or error
                left -= _emptied(waiting)
            elif first is None:
                yield result  # type: ignore[misc]  # there is no error, so there is a result
    finally:
        _emptied(waiting)  # who asks no longer wants no more begun
    if first is not None:
        raise first


def _emptied(waiting: queue.SimpleQueue[T]) -> int:
    """Take away what is not begun; return how many there were."""
    count = 0
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return count
        count += 1
