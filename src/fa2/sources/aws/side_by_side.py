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

    At most `at_most` threads. They are daemons: one that hangs in a call holds up nothing but its item.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[R | None, BaseException | None]] = queue.SimpleQueue()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1

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

    for number in range(min(at_most, count)):
        threading.Thread(target=run, name=f"fa2-work-{number}", daemon=True).start()
    for _ in range(count):
        result, error = done.get()
        if error is not None:
            raise error
        yield result  # type: ignore[misc]  # there is no error, so there is a result
