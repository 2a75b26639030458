"""Scans blocks with the compiled kernels: some ten million lines a second and processor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled import kernels
from fa2.logs.headers.compiled_heads import read_heads
from fa2.logs.headers.line_heads import Heads
from fa2.logs.patterns.choices import Choice
from fa2.logs.scans import scan_layout as at
from fa2.logs.scans.blocks import Block
from fa2.logs.scans.compiled_lines import LineFinder, address, with_room
from fa2.logs.scans.results import NO_TIME, Ints, Samples, Tally, step_for, summed

_SEED = int.from_bytes(os.urandom(7))
"""Differs from process to process, so that nobody can write lines that all fall into one slot. Shows in no result."""
_KEPT_BYTES = 32 << 20
_KEPT = 1 << 19
_ARENA_BYTES = 1 << 30
"""Bounds of memory: samples, their number, the text of all shapes."""
_AT_ONCE = 1 << 14
_SCRATCH_BYTES = 1 << 14
"""More than a shape and its masks need."""


class CompiledScanner:
    """Counts the shapes of lines given to it. For one thread; many may be at work at once."""

    def __init__(self, max_shapes: int) -> None:
        self._slots = np.zeros(1 << 13, np.uint64)
        self._entries = np.zeros((1 << 12, at.ENTRY), np.int64)
        self._arena = np.empty(1 << 20, np.uint8)
        self._runs = np.empty((1 << 16, at.RUN_WIDTH), np.int64)
        self._kept = np.empty((_KEPT, at.KEPT_WIDTH), np.int64)
        self._kept_texts = np.empty(_KEPT_BYTES, np.uint8)
        self._shape, self._masks = (np.empty(_SCRATCH_BYTES, np.uint8) for _ in range(2))
        self._job = np.zeros(at.JOB, np.int64)
        self._job[at.MAX_ENTRIES] = max_shapes
        self._job[at.SEED] = _SEED
        self._finder = LineFinder()
        self._lines = 0

    def add(
        self, block: Block, heads: Heads | None = None, choice: Choice | None = None, *, number: bool = False
    ) -> NDArray[np.int32]:
        """Count the lines of a block, and return the number of each one's shape if asked to; -1 for none."""
        data = with_room(block.data)
        starts, ends = self._finder.lines_of(block, data)
        told: dict[int, NDArray[Any]] = {at.DATA: data, at.MESSAGES: starts, at.ENDS: ends}
        told[at.STARTS] = starts + block.lead if block.lead else starts
        times = np.full(starts.size if choice else 0, NO_TIME)
        if heads and heads.file.header:
            told[at.MESSAGES], times, told[at.LEVEL_CODES] = read_heads(heads, data, starts, ends)
            told[at.TIMES] = times
        if choice:
            told[at.WANTED] = choice.of(block, times)
        numbers = np.empty(starts.size if number else 0, np.int32)
        told[at.NUMBERS] = numbers
        self._lines += starts.size
        self._run(told, starts.size, block.number << 32)
        return numbers

    def tally(self) -> Tally:
        """Return what was counted, in memory of its own."""
        self._flush_runs()
        entries = self._entries[: self._job[at.ENTRIES_USED]]
        kept = self._kept[: self._job[at.KEPT_USED]]
        runs = self._runs[: self._job[at.RUNS_USED]]
        return Tally(
            shapes=self._shapes(entries),
            counts=entries[:, at.COUNT].copy(),
            first_us=entries[:, at.FIRST].copy(),
            last_us=entries[:, at.LAST].copy(),
            levels=entries[:, at.LEVELS].copy(),
            runs=(runs[:, 0].copy(), runs[:, 1].copy(), runs[:, 2].copy()),
            samples=Samples(kept[:, 0].copy(), kept[:, 1].copy(), self._samples(kept)),
            lines=self._lines,
            matched=int(self._job[at.MATCHED]),
            untimed=int(self._job[at.UNTIMED]),
            beyond=int(self._job[at.BEYOND]),
        )

    def _run(self, told: Mapping[int, NDArray[Any]], lines: int, place: int) -> None:
        """Count lines; widens what is short."""
        job = self._job
        job[at.TIMES : at.NUMBERS + 1] = 0
        for index, array in told.items():
            job[index] = address(array) if array.size else 0
        job[at.LINES], job[at.LINE_PLACE], job[at.NEXT] = lines, place, 0
        short = at.TABLE_FULL
        while short != at.DONE:
            self._point()
            short = kernels.scan_lines(address(job))
            if short == at.TABLE_FULL:
                self._widen_table()
            elif short == at.ARENA_FULL:
                self._widen_arena()
            elif short == at.RUNS_FULL:
                self._sum_runs()

    def _point(self) -> None:
        """Tell the kernel where the arrays are, and how large."""
        job = self._job
        job[at.SLOTS], job[at.SLOT_COUNT] = address(self._slots), self._slots.size
        job[at.ENTRIES], job[at.ENTRY_ROOM] = address(self._entries), len(self._entries)
        job[at.ARENA], job[at.ARENA_ROOM] = address(self._arena), self._arena.size
        job[at.RUNS], job[at.RUN_ROOM] = address(self._runs), len(self._runs)
        job[at.KEPT], job[at.KEPT_ROOM] = address(self._kept), len(self._kept)
        job[at.KEPT_TEXTS], job[at.KEPT_TEXT_ROOM] = address(self._kept_texts), self._kept_texts.size
        job[at.SHAPE], job[at.MASKS] = address(self._shape), address(self._masks)

    def _widen_table(self) -> None:
        size = len(self._entries)
        self._entries.resize((2 * size, at.ENTRY), refcheck=False)
        self._slots = np.zeros(4 * size, np.uint64)
        kernels.fill_slots(address(self._slots), self._slots.size, address(self._entries), size)

    def _widen_arena(self) -> None:
        """Double the arena; where that would be beyond its bound, no new shapes are taken from here on."""
        if self._arena.size >= _ARENA_BYTES:
            self._job[at.MAX_ENTRIES] = self._job[at.ENTRIES_USED]
        else:
            self._arena.resize(2 * self._arena.size, refcheck=False)

    def _flush_runs(self) -> None:
        """Put the runs that entries still hold to the others."""
        entries = self._entries[: self._job[at.ENTRIES_USED]]
        still = np.flatnonzero(entries[:, at.RUN])
        more = np.stack([still, entries[still, at.INTERVAL], entries[still, at.RUN]], axis=1)
        entries[:, at.RUN] = 0
        self._set_runs(np.concatenate([self._runs[: self._job[at.RUNS_USED]], more]))

    def _sum_runs(self) -> None:
        """Make intervals as long as the times seen call for, and runs of one interval one; keep half the room free."""
        self._flush_runs()
        runs = self._runs[: self._job[at.RUNS_USED]]
        step = step_for(int(runs[:, 1].min()), int(runs[:, 1].max()))
        self._job[at.STEP] = step.bit_length() - 1
        (shapes, seconds), counts = summed((runs[:, 0], runs[:, 1] // step * step), runs[:, 2])
        self._set_runs(np.stack([shapes, seconds, counts], axis=1))

    def _set_runs(self, runs: Ints) -> None:
        room = max(len(self._runs), 1 << (2 * len(runs)).bit_length())
        self._runs = np.empty((room, at.RUN_WIDTH), np.int64)
        self._runs[: len(runs)] = runs
        self._job[at.RUNS_USED] = len(runs)

    def _shapes(self, entries: Ints) -> list[str]:
        """Return the texts of entries; by pieces, since fresh memory costs time."""
        places, sizes = entries[:, at.TEXT] >> at.SIZE_BITS, entries[:, at.TEXT] & at.SIZE
        shapes: list[str] = []
        for start in range(0, len(entries), _AT_ONCE):
            begins, lengths = places[start : start + _AT_ONCE], sizes[start : start + _AT_ONCE]
            texts = self._arena[begins[0] : begins[-1] + lengths[-1]].tobytes()
            bounds = zip((begins - begins[0]).tolist(), (begins - begins[0] + lengths).tolist())
            if texts.isascii():
                letters = texts.decode("ascii")
                shapes += [letters[begin:end] for begin, end in bounds]
            else:
                shapes += [texts[begin:end].decode("utf-8", "replace") for begin, end in bounds]
        return shapes

    def _samples(self, kept: Ints) -> list[str | bytes]:
        texts = self._kept_texts[: self._job[at.KEPT_TEXT_USED]].tobytes()
        return [texts[place : place + size] for place, size in kept[:, 2:].tolist()]
