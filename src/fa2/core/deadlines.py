"""Deadlines: the one time by which side-by-side work must be done, and which also ends when somebody stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fa2.core.errors import Fa2Error


class DeadlinePassed(Fa2Error):
    """The time for collecting is over, or somebody stopped it."""


class Deadline:
    """Ends after some seconds, or when it is stopped; shared by threads."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds
        self._stopped = threading.Event()

    @property
    def remaining_s(self) -> float:
        """Seconds that are left; 0 when it has passed or was stopped."""
        return 0.0 if self._stopped.is_set() else max(0.0, self._end - self._clock())

    @property
    def passed(self) -> bool:
        """Tell whether it is over."""
        return self.remaining_s <= 0

    def check(self) -> None:
        """Raise DeadlinePassed when it is over."""
        if self.passed:
            raise DeadlinePassed("coverage.aws_deadline", seconds=self.seconds)

    def wait(self, seconds: float) -> None:
        """Wait that long, but not beyond the deadline. Raises DeadlinePassed when it is over, then or before."""
        self._stopped.wait(min(seconds, self.remaining_s))
        self.check()

    def stop(self) -> None:
        """End it now; those who wait wake up."""
        self._stopped.set()
