"""Gathers log messages into rows of the table logs, joining lines that belong together."""

from __future__ import annotations

from collections.abc import Sequence

from fa2.core.ports import Gaps, Rows
from fa2.sources.local.identifiers import Ids

MESSAGE_LINES = 1000
MESSAGE_CHARS = 256 << 10
"""A message that grows past these goes on in another row of the same time; nothing is lost."""

_Row = tuple[int, str, str | None, Ids, str | None, str | None]
"""Time, message, level, ids, service, stream."""


class LogRows:
    """Rows of one file, in its order. The last message stays open for lines that go on with it."""

    def __init__(self, source: str, gaps: Gaps) -> None:
        self.gaps = gaps
        self._source = source
        self._rows: list[_Row] = []
        self._more: list[str] = []
        self._more_chars = 0
        self._full = False

    def add(
        self,
        us: int,
        message: str,
        level: str | None,
        ids: Ids,
        service: str | None,
        stream: str | None = None,
    ) -> None:
        """Begin a message."""
        if self._more or self._full:
            self._join()
            self._full = False
        self._rows.append((us, message, level, ids, service, stream))

    def go_on(self, line: str) -> None:
        """Add a line to the message begun last."""
        if self._full:
            if not line.strip():
                return
            self.gaps.add("note_long_messages_split", 1, self._rows[-1][1])
            us, _, level, ids, service, stream = self._rows[-1]
            self.add(us, line, level, ids, service, stream)
            return
        self._more.append(line)
        self._more_chars += len(line) + 1
        if len(self._more) >= MESSAGE_LINES or self._more_chars >= MESSAGE_CHARS:
            self._join()
            self._full = True

    @property
    def last_us(self) -> int:
        """The time of the message begun last."""
        return self._rows[-1][0]

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, *, last: bool = False) -> Rows | None:
        """Return the finished rows and forget them; the open message too where it is the last."""
        self._join()
        n = len(self._rows) if last else len(self._rows) - 1
        if n <= 0:
            return None
        done, self._rows = self._rows[:n], self._rows[n:]
        times, messages, levels, ids, services, streams = zip(*done, strict=True)
        columns: dict[str, Sequence[object]] = {
            "timestamp": times,
            "source": [self._source] * n,
            "stream": streams,
            "service": services,
            "level": levels,
            "message": messages,
            "trace_id": [found[0] for found in ids],
            "span_id": [found[1] for found in ids],
        }
        return Rows("logs", columns)

    def _join(self) -> None:
        if self._more:
            while self._more and not self._more[-1].strip():
                self._more.pop()
            us, message, level, ids, service, stream = self._rows[-1]
            message = "\n".join([message, *self._more])
            self._rows[-1] = (us, message, level, ids, service, stream)
            self._more, self._more_chars = [], 0
