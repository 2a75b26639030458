"""Reads the content of one log file with one source, for tests of the log sources."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from fa2.core.ports import FileHead, Gaps, LocalSource

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class MemoryFile:
    """A LocalFile whose content is given; last written at the end of 2026-11-20."""

    name: str
    content: bytes
    path: Path = Path("/nonexistent")

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.content)

    @property
    def head(self) -> FileHead:
        return FileHead(self.name, self.content[: 64 << 10], len(self.content))


@dataclass
class Read:
    """What a source made of a file."""

    rows: list[dict[str, object]]
    gaps: Gaps = field(default_factory=Gaps)

    def column(self, name: str) -> list[object]:
        return [row[name] for row in self.rows]

    @property
    def messages(self) -> list[str]:
        return [str(row["message"]) for row in self.rows]

    @property
    def times(self) -> list[str]:
        return [iso(row["timestamp"]) for row in self.rows]


def iso(us: object) -> str:
    assert isinstance(us, int)
    return (EPOCH + timedelta(microseconds=us)).isoformat().replace("+00:00", "Z")


def read(source: LocalSource, content: bytes | str, name: str = "orders.log", path: Path | None = None) -> Read:
    """Return all rows, by dict, that a source reads from content."""
    data = content.encode() if isinstance(content, str) else content
    file = MemoryFile(name, data, path or Path("/nonexistent"))
    found = Read([])
    for batch in source.read(file, found.gaps):
        assert batch.table == "logs"
        lengths = {len(values) for values in batch.columns.values()}
        assert len(lengths) == 1
        for values in zip(*batch.columns.values(), strict=True):
            row = dict.fromkeys(("level", "service", "stream", "trace_id", "span_id"))
            found.rows.append(row | dict(zip(batch.columns, values, strict=True)))
    return found


def surety(source: LocalSource, content: bytes | str, name: str = "orders.log") -> float:
    """Return how surely a source takes a file of this content."""
    data = content.encode() if isinstance(content, str) else content
    return source.recognise(MemoryFile(name, data).head)


def written(path: Path, content: bytes | str, moment: datetime) -> Path:
    """Write a file that was last written at a moment."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path
