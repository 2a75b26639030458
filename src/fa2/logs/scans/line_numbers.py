"""A number for each line, in input order: kept in memory while they are few, in a temporary file from then on."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = 1 << 22
"""Lines whose numbers are kept in memory; 16 MiB."""

Numbers = NDArray[np.int32]
_NONE = -1
"""The number of a line that has none: it was filtered out, or its shape had no room."""


@dataclass
class _Part:
    """The numbers of a block."""

    worker: int
    size: int
    held: Numbers | None
    place: int = 0
    """Where they stand in the file, counted in numbers."""


class LineNumbers:
    """Shape numbers of lines. Workers add theirs block by block, each in its own numbering, in any order.

    Once settled, reading gives common numbers in input order. The file has no name, and goes with the process.
    """

    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._held = 0
        self._written = 0
        self._maps: list[Numbers] = []

    def __len__(self) -> int:
        return sum(part.size for part in self._parts.values())

    def add(self, worker: int, block: int, numbers: Numbers) -> None:
        """Keep the numbers of a block's lines; -1 for a line without one."""
        with self._lock:
            part = _Part(worker, numbers.size, numbers)
            self._parts[block] = part
            self._held += numbers.size
            if self._held > IN_MEMORY:
                for held in self._parts.values():
                    self._spill(held)
                self._held = 0

    def settle(self, maps: Sequence[NDArray[np.int64]]) -> None:
        """Say, for each worker, which common number each of its own stands for."""
        self._maps = [np.append(at, _NONE).astype(np.int32) for at in maps]

    def pieces(self, to: NDArray[np.int64] | None = None) -> Iterator[Numbers]:
        """Yield the numbers of all lines in input order, a block at a time; -1 for lines without one.

        to: what is to stand for each common number instead.
        """
        maps = self._maps if to is None else [np.append(to, _NONE).astype(np.int32)[at] for at in self._maps]
        for block in sorted(self._parts):
            part = self._parts[block]
            yield maps[part.worker][self._read(part)]

    def array(self, to: NDArray[np.int64] | None = None) -> Numbers:
        """Return `pieces` as one array; it lies in a temporary file when there are many lines."""
        size = len(self)
        if size <= IN_MEMORY:
            return np.concatenate([np.zeros(0, np.int32), *self.pieces(to)])
        with tempfile.TemporaryFile(prefix="fa2-") as file:
            for piece in self.pieces(to):
                piece.tofile(file)
            file.flush()
            return np.memmap(file, np.int32, "r", shape=(size,))

    def __del__(self) -> None:
        if self._file:
            self._file.close()

    def _spill(self, part: _Part) -> None:
        if part.held is None:
            return
        self._file = self._file or tempfile.TemporaryFile(prefix="fa2-")  # noqa: SIM115  # open while this lives
        self._file.seek(0, 2)
        part.held.tofile(self._file)
        part.place, part.held = self._written, None
        self._written += part.size

    def _read(self, part: _Part) -> Numbers:
        if part.held is not None:
            return part.held
        assert self._file is not None  # noqa: S101  # what is not held was written
        self._file.seek(part.place * 4)
        return np.fromfile(self._file, np.int32, part.size)
