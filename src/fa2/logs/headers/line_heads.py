"""Finds the header of each file's lines while they are read, and the time that lines without one go by.

A line without a header, such as one of a stack trace, belongs to the time of the line before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path

from fa2.logs.headers.header import Dating, Head, Header, HeaderReader, detect
from fa2.logs.headers.header_levels import LEVELS
from fa2.logs.headers.json_heads import JsonHeader
from fa2.logs.headers.json_keys import detect_json
from fa2.logs.scans.blocks import Block
from fa2.logs.scans.results import NO_TIME

_SAMPLE = 400
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class FileHead:
    """How the lines of a file begin."""

    header: Header | JsonHeader | None
    """Null when they have none in common."""
    dating: Dating

    def read(self, line: str) -> Head:
        """Return what the header of a line says."""
        if self.header is None:
            return Head(0, None, None)
        if isinstance(self.header, JsonHeader):
            return Head(0, *self.header.read(line, self.dating))
        return self.header.read(line, self.dating)

    @cached_property
    def reader(self) -> HeaderReader | None:
        """What the compiled kernel needs to read the header, or the times of JSON lines; null for no times."""
        header = self.header.times if isinstance(self.header, JsonHeader) else self.header
        return header.reader(self.dating) if header else None


@dataclass(frozen=True)
class Heads:
    """How the lines of a block begin."""

    file: FileHead
    before_us: int
    """The time of the last line before the block, NO_TIME for none."""


class HeadFinder:
    """Tells of each block how its lines begin. Blocks have to come in order."""

    def __init__(self, names: tuple[str, ...], zone: tzinfo) -> None:
        self._names = names
        self._zone = zone
        self._at = -1
        self._next: Heads | None = None

    def heads_of(self, block: Block) -> Heads:
        """Return how the lines of a block begin: as its file's first block has it."""
        heads = self._next
        if block.file != self._at or heads is None:
            self._at = block.file
            sample = [line for line in sample_lines(block) if line.strip()]
            header = detect_json(sample) or detect(sample)
            heads = Heads(FileHead(header, _dating(self._names[block.file], self._zone)), NO_TIME)
        self._next = Heads(heads.file, _last_time(block, heads))
        return heads


def read_plainly(lines: list[str], heads: Heads) -> tuple[list[str], list[int], list[int]]:
    """Return the messages, times in microseconds and level codes of lines; NO_TIME before the first time."""
    file, time = heads.file, heads.before_us
    if file.header is None:
        return lines, [], []
    messages, times, levels = [], [], []
    for line in lines:
        head = file.read(line)
        time = time if head.time_us is None else head.time_us
        messages.append(line[head.message_start :])
        times.append(time)
        levels.append(LEVELS.index(head.level or ""))
    return messages, times, levels


def sample_lines(block: Block) -> list[str]:
    """Return some hundred lines from all over a block."""
    if block.starts is not None and block.ends is not None:
        step = max(block.starts.size // _SAMPLE, 1)
        bounds = zip(block.starts[::step].tolist(), block.ends[::step].tolist())
        return [block.data[start:end].tobytes().decode("utf-8", "replace") for start, end in bounds]
    if block.data.size < 1 << 18:
        return block.texts()
    pieces = (block.data[at : at + (1 << 12)] for at in range(0, block.data.size, block.data.size // 64))
    return [line for piece in pieces for line in _text(piece.tobytes()).split("\n")[1:-1]]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _last_time(block: Block, heads: Heads) -> int:
    """Return the time of the last line of a block that has one, else that of the lines before."""
    if heads.file.header is None:
        return NO_TIME
    for line in _backwards(block):
        time = heads.file.read(line).time_us
        if time is not None:
            return time
    return heads.before_us


def _backwards(block: Block) -> Iterator[str]:
    """Yield the lines of a block, the last first."""
    if block.starts is not None and block.ends is not None:
        for start, end in zip(block.starts[::-1].tolist(), block.ends[::-1].tolist()):
            yield block.data[start:end].tobytes().decode("utf-8", "replace")
        return
    end, window, held = block.data.size, 1 << 14, b""
    while end > 0:
        start = max(0, end - window)
        lines = (block.data[start:end].tobytes() + held).split(b"\n")
        end, window, held = start, window * 2, lines[0]
        for line in reversed(lines[1:]):
            yield line.decode("utf-8", "replace").removesuffix("\r")
    yield held.decode("utf-8", "replace").removesuffix("\r")


def _dating(name: str, zone: tzinfo) -> Dating:
    """Return what a file's name and date say about times that lack a year or a day."""
    path = Path(name)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None
    found = _DAY.search(path.name)
    try:
        day = date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        day = None
    return Dating(zone, written, day)
