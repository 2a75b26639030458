"""Counts the values of tokens with the compiled kernel, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled import kernels
from fa2.logs.headers.compiled_heads import read_heads
from fa2.logs.patterns import value_layout as at
from fa2.logs.scans.compiled_lines import LineFinder, address, with_room
from fa2.logs.scans.results import Ints

if TYPE_CHECKING:
    from fa2.logs.patterns.values import Numbered, ShapePlaces

_ARENA_BYTES = 1 << 28
_SKETCH_SUMS = 1 << 23
"""Sums of all sketches together; 64 MiB."""


class TooMany(Exception):
    """All tokens together have more values than there is room for."""


class Counter:
    """Values of tokens and how often they were seen: at most `most` of a token, and `room` of all."""

    def __init__(self, tokens: int, most: int, room: int, candidates: NDArray[np.uint8] | None = None) -> None:
        """candidates: a byte for each sum of the sketch; values that fall where it is 0 are passed over."""
        self._room = room
        self._finder = LineFinder()
        self.width = _width(tokens)
        self.sketch = np.zeros((max(tokens, 1), self.width), np.int64)
        self._slots = np.zeros(1 << 14, np.uint64)
        self._entries = np.zeros((1 << 13, at.ENTRY), np.int64)
        self._arena = np.empty(1 << 22, np.uint8)
        self._distinct = np.zeros(max(tokens, 1), np.int64)
        self._logs = np.zeros((max(tokens, 1), at.REGISTERS), np.uint8)
        self._candidates = candidates
        self._scratch = np.empty(at.SCRATCH_BYTES, np.uint8)
        self._most = most
        self._job = np.zeros(at.JOB, np.int64)
        self._job[at.MOST], self._job[at.WIDTH] = most, self.width

    def add(self, numbered: Numbered, places: ShapePlaces) -> None:
        """Count the values of the lines of a block. Raises TooMany when there is no room."""
        data = with_room(numbered.block.data)
        starts, ends = self._finder.lines_of(numbered.block, data)
        if starts.size != numbered.numbers.size:
            return
        heads = numbered.heads
        messages = read_heads(heads, data, starts, ends)[0] if heads and heads.file.header else starts
        arrays: tuple[NDArray[Any], ...] = (
            data,
            messages,
            ends,
            numbered.numbers,
            places.begins,
            places.rows,
            places.marks,
        )
        job = self._job
        for index, array in zip(
            (at.DATA, at.MESSAGES, at.ENDS, at.NUMBERS, at.PLACES_FROM, at.PLACES, at.MARKS), arrays
        ):
            job[index] = address(array)
        job[at.LINES], job[at.NEXT] = starts.size, 0
        short = at.TABLE_FULL
        while short != at.DONE:
            self._point()
            short = kernels.count_values(address(job))
            if short == at.TABLE_FULL:
                self._widen_table()
            elif short == at.ARENA_FULL:
                self._widen_arena()

    @property
    def overflowed(self) -> NDArray[np.bool_]:
        """Which tokens have more values than are counted one by one."""
        return self._distinct > self._most

    def counted(self) -> list[dict[bytes, int]]:
        """Return for each token the values that were counted one by one."""
        entries = self._entries[: self._job[at.ENTRIES_USED]]
        texts = self._arena[: self._job[at.ARENA_USED]].tobytes()
        found: list[dict[bytes, int]] = [{} for _ in self._distinct]
        for text, count, token in entries[:, at.TEXT :].tolist():
            place, size = text >> at.SIZE_BITS, text & at.SIZE
            found[token][texts[place : place + size]] = count
        return found

    def estimates(self) -> Ints:
        """Return for each token an estimate of how many different values it has; right to some 2 %.

        Method: HyperLogLog (Flajolet et al. 2007), of the counted values and of those beyond. Tokens that did not
        overflow are better counted.
        """
        entries = self._entries[: self._job[at.ENTRIES_USED]]
        hashes = entries[:, at.HASH].astype(np.uint64)
        bits = at.REGISTERS.bit_length() - 1
        rest = hashes << np.uint64(bits)
        ranks = np.where(rest == 0, 64 - bits + 1, 64 - np.frexp(rest.astype(np.float64))[1] + 1)
        registers = self._logs.copy()
        np.maximum.at(
            registers, (entries[:, at.TOKEN], (hashes >> np.uint64(64 - bits)).astype(np.int64)), ranks.astype(np.uint8)
        )
        return np.rint(_cardinality(registers)).astype(np.int64)

    def _point(self) -> None:
        job = self._job
        job[at.SCRATCH], job[at.SLOTS], job[at.SLOT_COUNT] = (
            address(self._scratch),
            address(self._slots),
            self._slots.size,
        )
        job[at.ENTRIES], job[at.ENTRY_ROOM] = address(self._entries), len(self._entries)
        job[at.ARENA], job[at.ARENA_ROOM] = address(self._arena), self._arena.size
        job[at.DISTINCT], job[at.SKETCH] = address(self._distinct), address(self.sketch)
        job[at.LOGS] = address(self._logs)
        job[at.CANDIDATES] = address(self._candidates) if self._candidates is not None else 0

    def _widen_table(self) -> None:
        size = len(self._entries)
        if size >= self._room:
            raise TooMany
        self._entries.resize((2 * size, at.ENTRY), refcheck=False)
        self._slots = np.zeros(4 * size, np.uint64)
        used = int(self._job[at.ENTRIES_USED])
        kernels.fill_value_slots(address(self._slots), self._slots.size, address(self._entries), used)

    def _widen_arena(self) -> None:
        if self._arena.size >= _ARENA_BYTES:
            raise TooMany
        self._arena.resize(2 * self._arena.size, refcheck=False)


def likely(sketch: Ints, overflowed: NDArray[np.bool_], estimates: Ints, most: int) -> NDArray[np.uint8]:
    """Return which sums the most frequent values of overflowed tokens must be among: the largest ones.

    As many as are likely to hold no more than half of `most` values. Ties go to the first.
    """
    chosen = np.zeros(sketch.shape, np.uint8)
    width = sketch.shape[1]
    for token in np.flatnonzero(overflowed).tolist():
        many = max(16, min(width, most * width // (2 * max(int(estimates[token]), 1))))
        order: Sequence[int] = np.argsort(-sketch[token], kind="stable")[:many].tolist()
        chosen[token, order] = 1
    return chosen


def _width(tokens: int) -> int:
    return 1 << max(4, min(12, (_SKETCH_SUMS // max(tokens, 1)).bit_length() - 1))


def _cardinality(registers: NDArray[np.uint8]) -> NDArray[np.float64]:
    size = registers.shape[1]
    raw = 0.7213 / (1 + 1.079 / size) * size * size / np.exp2(-registers.astype(np.float64)).sum(axis=1)
    empty = (registers == 0).sum(axis=1)
    counted = size * np.log(size / np.maximum(empty, 1))
    found: NDArray[np.float64] = np.where((raw <= 2.5 * size) & (empty > 0), counted, raw)
    return found
