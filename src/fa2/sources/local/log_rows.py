"""Gathers log messages into rows of the table logs, joining lines that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fa2.core.ports import Gaps, Rows

T = TypeVar("T")

MESSAGE_LINES = 1000
MESSAGE_CHARS = 256 << 10
"""A message that grows past these goes on in another row of the same time; nothing is lost."""


@dataclass
class LogRows:
    """Rows of one file, in its order. The last message stays open for lines that go on with it."""

    source: str
    gaps: Gaps
    times: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    levels: list[str | None] = field(default_factory=list)
    trace_ids: list[str | None] = field(default_factory=list)
    span_ids: list[str | None] = field(default_factory=list)
    services: list[str | None] = field(default_factory=list)
    streams: list[str | None] = field(default_factory=list)
    _more: list[str] = field(default_factory=list)
    _more_chars: int = 0
    _full: bool = False

    def add(
        self,
        us: int,
        message: str,
        level: str | None,
        ids: tuple[str | None, str | None],
        service: str | None,
        stream: str | None = None,
    ) -> None:
        """Begin a message."""
        if self._more:
            self._join()
        self._full = False
        self.times.append(us)
        self.messages.append(message)
        self.levels.append(level)
        self.trace_ids.append(ids[0])
        self.span_ids.append(ids[1])
        self.services.append(service)
        self.streams.append(stream)

    def go_on(self, line: str) -> None:
        """Add a line to the message begun last."""
        if self._full:
            self.gaps.add("note_long_messages_split", 1, self.messages[-1])
            self.repeat(line, self.levels[-1])
            return
        self._more.append(line)
        self._more_chars += len(line) + 1
        if len(self._more) >= MESSAGE_LINES or self._more_chars >= MESSAGE_CHARS:
            self._join()
            self._full = True

    def repeat(self, message: str, level: str | None) -> None:
        """Begin a message at the time and place of the one before."""
        ids = self.trace_ids[-1], self.span_ids[-1]
        self.add(self.times[-1], message, level, ids, self.services[-1], self.streams[-1])

    def __len__(self) -> int:
        return len(self.times)

    def take(self, *, last: bool = False) -> Rows | None:
        """Return the finished rows and forget them; the open message too where it is the last."""
        self._join()
        n = len(self.times) if last else len(self.times) - 1
        if n <= 0:
            return None
        columns: dict[str, Sequence[object]] = {
            "timestamp": self._cut(self.times, n),
            "source": [self.source] * n,
            "stream": self._cut(self.streams, n),
            "service": self._cut(self.services, n),
            "level": self._cut(self.levels, n),
            "message": self._cut(self.messages, n),
            "trace_id": self._cut(self.trace_ids, n),
            "span_id": self._cut(self.span_ids, n),
        }
        return Rows("logs", columns)

    @staticmethod
    def _cut(column: list[T], n: int) -> list[T]:
        head, column[:] = column[:n], column[n:]
        return head

    def _join(self) -> None:
        if self._more:
            while self._more and not self._more[-1].strip():
                self._more.pop()
            self.messages[-1] = "\n".join([self.messages[-1], *self._more])
            self._more, self._more_chars = [], 0
