"""Scans blocks with the compiled kernels: some ten million lines a second and processor."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from fa2.logs import scan_kernel as k
from fa2.logs.blocks import ROOM, Block
from fa2.logs.line_heads import Heads
from fa2.logs.scans import Ints, Samples, Tally, step_for, summed
from fa2.logs.shape_kernel import find_lines

_SEED = np.uint64(int.from_bytes(os.urandom(8)))
"""Differs from process to process, so that nobody can write lines that all fall into one slot. Shows in no result."""
_KEPT_BYTES = 32 << 20
_KEPT = 1 << 19
_ARENA_BYTES = 1 << 30
"""Bounds of memory: samples, their number, the text of all shapes."""
_ALL = np.zeros(0, np.bool_)
_NO_TIMES = np.zeros(0, np.int64)
_NO_LEVELS = np.zeros(0, np.int8)
_NO_NUMBERS = np.zeros(0, np.int32)


class CompiledScanner:
    """Counts the shapes of lines given to it. For one thread; many may be at work at once."""

    def __init__(self, max_shapes: int) -> None:
        self._slots = np.zeros(1 << 13, np.uint64)
        self._entries = np.zeros((1 << 12, 8), np.int64)
        self._arena = np.empty(1 << 20, np.uint8)
        self._runs = np.empty((1 << 16, 3), np.int64)
        self._kept = np.empty((_KEPT, 4), np.int64)
        self._kept_bytes = np.empty(_KEPT_BYTES, np.uint8)
        self._state = np.zeros(k.STATE_SIZE, np.int64)
        self._state[k.MAX_ENTRIES] = max_shapes
        self._starts = self._ends = np.empty(0, np.int64)
        self._lines = 0

    def add(
        self, block: Block, heads: Heads | None = None, window: tuple[int, int] | None = None, *, number: bool = False
    ) -> NDArray[np.int32]:
        """Count the lines of a block, and return the number of each one's shape if asked to; -1 for none.

        window: microseconds since 1970; lines of other times are left out.
        """
        data = _with_room(block.data)
        starts, ends = self._lines_of(block, data)
        messages, times, levels, wanted = starts, _NO_TIMES, _NO_LEVELS, _ALL
        if heads and heads.header:
            messages, times, levels = heads.header.reader(heads.dating).read_block(data, starts, ends)
            k.carry_times(times, heads.before_us)
        if window:
            wanted = (times >= window[0]) & (times < window[1]) if times.size else np.zeros(starts.size, np.bool_)
        numbers = np.empty(starts.size, np.int32) if number else _NO_NUMBERS
        self._lines += starts.size
        self._state[k.NEXT] = 0
        lines, place = (starts, messages, ends), block.number << 32
        short = k.TABLE_FULL
        while short != k.DONE:
            table = (self._slots, self._entries, self._arena, self._runs, self._kept, self._kept_bytes)
            short = k.scan_lines(
                _address(data), lines, (times, levels, wanted), table, self._state, _SEED, place, numbers
            )
            if short == k.TABLE_FULL:
                self._widen_table()
            elif short == k.ARENA_FULL:
                self._widen_arena()
            elif short == k.RUNS_FULL:
                self._sum_runs()
        return numbers

    def _lines_of(self, block: Block, data: NDArray[np.uint8]) -> tuple[Ints, Ints]:
        """Return where the lines of a block start and end; good until the next block's are asked for."""
        if block.starts is not None and block.ends is not None:
            return np.require(block.starts, np.int64, ["C", "W"]), np.require(block.ends, np.int64, ["C", "W"])
        if self._starts.size <= data.size:
            self._starts, self._ends = (np.empty(data.size + 1, np.int64) for _ in range(2))
        count = find_lines(_address(data), data.size, self._starts, self._ends)
        return self._starts[:count], self._ends[:count]

    def tally(self) -> Tally:
        """Return what was counted."""
        self._flush_runs()
        entries = self._entries[: self._state[k.ENTRIES]]
        kept = self._kept[: self._state[k.KEPT]]
        runs = self._runs[: self._state[k.RUNS]]
        return Tally(
            shapes=self._shapes(entries),
            counts=entries[:, k.COUNT],
            first_us=entries[:, k.FIRST],
            last_us=entries[:, k.LAST],
            levels=entries[:, k.LEVELS],
            runs=(runs[:, 0], runs[:, 1], runs[:, 2]),
            samples=Samples(kept[:, 0], kept[:, 1], self._samples(kept)),
            lines=self._lines,
            matched=int(self._state[k.MATCHED]),
            untimed=int(self._state[k.UNTIMED]),
            beyond=int(self._state[k.BEYOND]),
        )

    def _widen_table(self) -> None:
        size = self._entries.shape[0]
        self._entries.resize((2 * size, 8), refcheck=False)
        self._slots = np.zeros(4 * size, np.uint64)
        k.fill_slots(self._slots, self._entries, int(self._state[k.ENTRIES]))

    def _widen_arena(self) -> None:
        """Double the arena; where that would be beyond its bound, no new shapes are taken from here on."""
        if self._arena.size >= _ARENA_BYTES:
            self._state[k.MAX_ENTRIES] = self._state[k.ENTRIES]
        else:
            self._arena.resize(2 * self._arena.size, refcheck=False)

    def _flush_runs(self) -> None:
        """Put the runs that entries still hold to the others."""
        entries = self._entries[: self._state[k.ENTRIES]]
        open_ = np.flatnonzero(entries[:, k.RUN])
        runs = self._runs[: self._state[k.RUNS]]
        more = np.stack([open_, entries[open_, k.INTERVAL], entries[open_, k.RUN]], axis=1)
        entries[:, k.RUN] = 0
        self._set_runs(np.concatenate([runs, more]))

    def _sum_runs(self) -> None:
        """Make intervals as long as the times seen call for, and runs of one interval one; keep half the room free."""
        self._flush_runs()
        runs = self._runs[: self._state[k.RUNS]]
        step = step_for(int(runs[:, 1].min()), int(runs[:, 1].max()))
        self._state[k.STEP] = step.bit_length() - 1
        (shapes, seconds), counts = summed((runs[:, 0], runs[:, 1] // step * step), runs[:, 2])
        self._set_runs(np.stack([shapes, seconds, counts], axis=1))

    def _set_runs(self, runs: Ints) -> None:
        room = max(self._runs.shape[0], 1 << (2 * len(runs)).bit_length())
        self._runs = np.empty((room, 3), np.int64)
        self._runs[: len(runs)] = runs
        self._state[k.RUNS] = len(runs)

    def _shapes(self, entries: Ints) -> list[str]:
        texts = self._arena.tobytes() if entries.size else b""
        found = entries[:, k.TEXT]
        bounds = zip((found >> k.SIZE_BITS).tolist(), (found & k.SIZE).tolist())
        return [texts[place : place + size].decode("utf-8", "replace") for place, size in bounds]

    def _samples(self, kept: Ints) -> list[str | bytes]:
        texts = self._kept_bytes[: self._state[k.KEPT_BYTES]].tobytes()
        return [texts[place : place + size] for place, size in kept[:, 2:].tolist()]


def _address(data: NDArray[np.uint8]) -> int:
    return int(data.ctypes.data)


def _with_room(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the same bytes where ROOM bytes may be read behind them; writable, since kernels tell such arrays apart."""
    whole = data.base
    if (
        data.flags.writeable
        and isinstance(whole, np.ndarray)
        and _address(whole) + whole.nbytes >= _address(data) + data.size + ROOM
    ):
        return data
    return np.concatenate([data, np.zeros(ROOM, np.uint8)])[: data.size]
