"""Lines from elsewhere than files: a bundle's messages, several sources in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fa2.core.ports import Gaps
from fa2.logs.scans.blocks import ROOM, Block, LineSource, Pool

if TYPE_CHECKING:
    import duckdb

_ROWS = 20_000
_TIME_BYTES = len("2026-11-21T03:12:00.123456Z ")
_TIMED_SQL = "strftime(timestamp, '%Y-%m-%dT%H:%M:%S.%fZ') || ' ' || message"
"""A message with its time in front, where headers are looked for; the message may have a time of its own behind it."""


class BundleMessages:
    """The log messages of a bundle, each a line with its time in front: source by source, in the order of time."""

    repeatable = True
    """They can be had more than once."""
    total_bytes = None
    """Not known."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """connection: with the view `logs`."""
        self._connection = connection
        self.names: Sequence[str] = [
            str(row[0]) for row in connection.execute("SELECT DISTINCT source FROM logs ORDER BY source").fetchall()
        ]
        """The sources: log groups, files."""

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        """Yield all messages, each a line whatever is in it. One reading at a time."""
        number = 0
        for file, source in enumerate(self.names):
            sql = f"SELECT {_TIMED_SQL} FROM logs WHERE source = $1 ORDER BY timestamp, message"
            rows = self._connection.execute(sql, [source])
            while texts := [str(row[0]) for row in rows.fetchmany(_ROWS)]:
                block = _block(number, [text.encode("utf-8", "replace") for text in texts])
                yield replace(block, file=file, lead=_TIME_BYTES)
                number += 1


@dataclass(frozen=True)
class Chained:
    """The lines of several sources, one source after the other."""

    sources: tuple[LineSource, ...]

    @property
    def names(self) -> Sequence[str]:
        """The names of all of them."""
        return [name for source in self.sources for name in source.names]

    @property
    def repeatable(self) -> bool:
        """Whether all of them are."""
        return all(source.repeatable for source in self.sources)

    @property
    def total_bytes(self) -> int | None:
        """Bytes on disk; null when one source does not know."""
        sizes = [source.total_bytes for source in self.sources]
        return sum(size or 0 for size in sizes) if None not in sizes else None

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        """Yield all lines."""
        number = file = 0
        for source in self.sources:
            count = len(source.names)
            for block in source.blocks(gaps[file : file + count], pool):
                yield replace(block, number=number, file=file + block.file)
                number += 1
            file += count


def _block(number: int, lines: Sequence[bytes]) -> Block:
    ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    data = np.frombuffer(b"".join([*lines, bytes(ROOM)]), np.uint8)
    return Block(number, 0, data[: ends[-1]], starts, ends)
