"""Blocks of whole lines, from files or from messages in memory: what the scanner eats.

A line of a file ends at \\n or at the end of the file; a \\r before that is not part of it. A message is one line,
newlines and all. Lines that are longer than a block are cut to its length; what follows is read past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.logs.scans.streams import Stream

BLOCK_BYTES = 1 << 22
"""How much is read at once; also the length at which a line is cut."""
ROOM = 64
"""How many bytes may be read, by kernels, behind the data of a block."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass
class Block:
    """Some whole lines, in input order."""

    number: int
    """From 0, through all files."""
    file: int
    """Index of the file it comes from."""
    data: Bytes
    """The lines, newlines between them; for messages without any. ROOM bytes behind it may be read."""
    starts: Places | None = None
    """Where messages start in `data`; null for lines, which are told by their newlines."""
    ends: Places | None = None
    packed_bytes: int = 0
    """How far the file had been read on disk."""
    lead: int = 0
    """Bytes before each message that tell its time and are no part of it; samples go without."""

    def texts(self) -> list[str]:
        """Return the lines as text, bytes that are no UTF-8 as U+FFFD."""
        if self.starts is None or self.ends is None:
            text = self.data.tobytes().decode("utf-8", "replace")
            return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
        whole = self.data.tobytes()
        bounds = zip(self.starts.tolist(), self.ends.tolist())
        return [whole[start:end].decode("utf-8", "replace") for start, end in bounds]


class LineSource(Protocol):
    """Gives the same lines each time it is asked."""

    @property
    def names(self) -> Sequence[str]:
        """What the files are called; Block.file counts in these."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether the lines can be had more than once."""
        ...

    @property
    def total_bytes(self) -> int | None:
        """Bytes on disk, as far as they are known."""
        ...

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        """Yield all lines. Counts in `gaps`, one for each file, what could not be read."""
        ...


class Pool:
    """Buffers that are used again, since fresh memory costs as much as reading into it."""

    def __init__(self, size: int = BLOCK_BYTES) -> None:
        self.size = size
        self._free: list[Bytes] = []

    def take(self) -> Bytes:
        """Return a buffer of `size` bytes, and ROOM behind them."""
        return self._free.pop() if self._free else np.zeros(self.size + ROOM, np.uint8)

    def give_back(self, block: Block) -> None:
        """Let the buffer of a block that nobody looks at any more be used again."""
        whole = block.data.base
        if isinstance(whole, np.ndarray) and whole.size == self.size + ROOM and len(self._free) < 8:
            self._free.append(whole)


@dataclass(frozen=True)
class Files:
    """Lines of files, one file after the other. `-` is standard input, which can be read once."""

    paths: tuple[Path, ...]

    @property
    def names(self) -> Sequence[str]:
        """The paths as given."""
        return [str(path) for path in self.paths]

    @property
    def repeatable(self) -> bool:
        """Not when standard input or a pipe is among the files."""
        return all(path.is_file() for path in self.paths)

    @property
    def total_bytes(self) -> int | None:
        """Bytes on disk; null when standard input is among the files."""
        if any(str(path) == "-" for path in self.paths):
            return None
        return sum(path.stat().st_size for path in self.paths if path.is_file())

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        """Yield all lines. Raises UnusableInput when a file cannot be opened or read."""
        number = 0
        for index, path in enumerate(self.paths):
            try:
                stream = Stream(None if str(path) == "-" else path, gaps[index])
                try:
                    for data in _whole_lines(stream, pool):
                        yield Block(number, index, data, packed_bytes=stream.packed_bytes)
                        number += 1
                finally:
                    stream.close()
            except OSError as error:
                raise UnusableInput("errors.system", path=str(path), problem=error.strerror or str(error)) from error


@dataclass(frozen=True)
class Messages:
    """Messages in memory."""

    texts: Sequence[str]

    @property
    def names(self) -> Sequence[str]:
        """One name, since there are no files."""
        return ["messages"]

    @property
    def repeatable(self) -> bool:
        """Always."""
        return True

    @property
    def total_bytes(self) -> int | None:
        """Nothing is read from disk."""
        return None

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        """Yield all messages, each a line whatever is in it."""
        begin, size, number = 0, 0, 0
        for index, text in enumerate(self.texts):
            size += len(text)
            if size >= pool.size:
                yield _message_block(number, self.texts[begin : index + 1])
                begin, size, number = index + 1, 0, number + 1
        if begin < len(self.texts):
            yield _message_block(number, self.texts[begin:])


def _message_block(number: int, texts: Sequence[str]) -> Block:
    encoded = [text.encode("utf-8", "replace") for text in texts]
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    data = np.frombuffer(b"".join([*encoded, bytes(ROOM)]), np.uint8)
    return Block(number, 0, data[: ends[-1]], starts, ends)


def _whole_lines(stream: Stream, pool: Pool) -> Iterator[Bytes]:
    """Yield the stream in pieces that end with a newline, except where the file or a cut line ends."""
    left = np.empty(0, np.uint8)
    while True:
        buffer = pool.take()
        held = left.size
        buffer[:held] = left
        size = held + stream.readinto(buffer.data[held : pool.size])
        if size == held:
            if held:
                yield buffer[:held]
            return
        end = _after_last_newline(buffer, size)
        if end:
            left = buffer[end:size].copy()
            yield buffer[:end]
        elif size < pool.size:
            left = buffer[:size].copy()
        else:
            yield buffer[:size]
            left = _past_newline(stream, pool)


def _after_last_newline(buffer: Bytes, size: int) -> int:
    """Return the place after the last newline, 0 for none."""
    window, end = 4096, size
    while end > 0:
        start = max(0, end - window)
        found = buffer[start:end].tobytes().rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end, window = start, window * 4
    return 0


def _past_newline(stream: Stream, pool: Pool) -> Bytes:
    """Read on to the end of a line, and return what was read behind it."""
    buffer = np.empty(pool.size, np.uint8)
    while size := stream.readinto(buffer.data):
        found = buffer[:size].tobytes().find(b"\n")
        if found >= 0:
            return buffer[found + 1 : size].copy()
    return np.empty(0, np.uint8)
