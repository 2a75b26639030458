"""Scans lines for their shapes: little input in plain Python, more with compiled kernels on all processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain

import numpy as np

from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.compiled import kernels
from fa2.logs.headers.line_heads import HeadFinder, Heads, read_plainly
from fa2.logs.scans.blocks import Block, LineSource, Pool
from fa2.logs.scans.line_numbers import LineNumbers
from fa2.logs.scans.plain_scan import PlainScanner, Told
from fa2.logs.scans.results import NO_TIME, Scan, Tally, combine
from fa2.logs.scans.scan_options import ScanOptions

__all__ = ["ScanOptions", "scan"]

WORTH_LOADING = 1 << 20
"""Bytes from which on loading compiled kernels pays: plain Python reads some 10 MB a second, and loading takes 0.1 s."""
WORTH_COMPILING = 64 << 20
"""Bytes from which on compiling them first pays; that takes some 3 s, and 6 s more for logs with headers, once."""


def scan(source: LineSource, options: ScanOptions | None = None, watch: Watcher | None = None) -> Scan:
    """Return the distinct shapes of lines. Reads them once.

    Raises UnusableInput when a file cannot be opened or read.
    """
    options = options or ScanOptions()
    gaps = tuple(Gaps() for _ in source.names)
    pool = Pool()
    numbers = LineNumbers() if options.number_lines else None
    blocks = _watched(source.blocks(gaps, pool), source.total_bytes, watch)
    enough = WORTH_LOADING if kernels.scan_lines.is_compiled else WORTH_COMPILING
    first, size = [], 0
    for block in blocks:
        first.append(block)
        size += block.data.size
        if size >= enough:
            break
    finder = HeadFinder(tuple(source.names), options.zone)
    feed = _Feed(chain(first, blocks), None if options.bare else finder)
    plainly = size < enough
    tallies = [_scan_plainly(feed, options, numbers)] if plainly else _scan_compiled(feed, options, numbers, pool)
    return replace(combine(tallies, numbers, gaps), options=options)


class _Feed:
    """Hands blocks out to workers, in order, one at a time, with how their lines begin."""

    def __init__(self, blocks: Iterator[Block], finder: HeadFinder | None) -> None:
        self._blocks = blocks
        self._finder = finder
        self._lock = threading.Lock()
        self._stopped = False

    def __iter__(self) -> Iterator[tuple[Block, Heads | None]]:
        """Yield blocks until there are no more, for whichever worker asks. Raises what reading raises."""
        while True:
            with self._lock:
                block = None if self._stopped else next(self._blocks, None)
                if block is None:
                    return
                heads = self._finder.heads_of(block) if self._finder else None
            yield block, heads

    def stop(self) -> None:
        """Let no worker have another block."""
        self._stopped = True


def _scan_plainly(feed: _Feed, options: ScanOptions, numbers: LineNumbers | None) -> Tally:
    worker, choice = PlainScanner(options.max_shapes), options.choice
    for block, heads in feed:
        lines = block.texts()
        messages, times, levels = read_plainly(lines, heads) if heads else (lines, [], [])
        wanted = None
        if choice:
            wanted = choice.of(block, np.array(times or [NO_TIME] * len(lines), np.int64)).tolist()
        found = worker.add(block.number << 32, lines, Told(messages, times, levels, wanted, block.lead))
        if numbers is not None:
            numbers.add(0, block.number, np.array(found, np.int32))
    return worker.tally()


def _scan_compiled(feed: _Feed, options: ScanOptions, numbers: LineNumbers | None, pool: Pool) -> list[Tally]:
    from fa2.logs.scans.compiled_scan import CompiledScanner

    def work(number: int) -> Tally:
        """Count blocks until there are no more; whatever stops one worker stops the feed of all."""
        worker = CompiledScanner(options.max_shapes)
        with ExitStack() as unless_done:
            unless_done.callback(feed.stop)
            for block, heads in feed:
                found = worker.add(block, heads, options.choice, number=numbers is not None)
                if numbers is not None:
                    numbers.add(number, block.number, found)
                pool.give_back(block)
            unless_done.pop_all()
        return worker.tally()

    count = options.threads or _processors()
    if count == 1:
        return [work(0)]
    with ThreadPoolExecutor(count, thread_name_prefix="fa2-scan") as workers:
        return list(workers.map(work, range(count)))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _watched(blocks: Iterator[Block], total: int | None, watch: Watcher | None) -> Iterator[Block]:
    """Yield blocks and tell how far reading has come."""
    before, file, latest = 0, 0, 0
    for block in blocks:
        if block.file != file:
            before, file = before + latest, block.file
        latest = block.packed_bytes
        yield block
        if watch:
            watch(Progress("scan", before + latest, total))
