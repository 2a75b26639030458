"""Scans lines for their shapes: little input in plain Python, more with compiled kernels on all processors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.blocks import Block, LineSource, Pool
from fa2.logs.line_numbers import LineNumbers
from fa2.logs.plain_scan import PlainScanner
from fa2.logs.scans import Scan, combine

MAX_SHAPES = 4_000_000
"""How many distinct shapes are kept; lines of others are counted as a gap."""


@dataclass(frozen=True)
class ScanOptions:
    """What is wanted of a scan."""

    number_lines: bool = False
    """Whether the shape of each line is kept."""
    threads: int | None = None
    """How many at once; null for as many as there are processors."""
    max_shapes: int = MAX_SHAPES


def scan(source: LineSource, options: ScanOptions = ScanOptions(), watch: Watcher | None = None) -> Scan:
    """Return the distinct shapes of lines. Reads them once.

    Raises UnusableInput when a file cannot be opened or read.
    """
    gaps = tuple(Gaps() for _ in source.names)
    pool = Pool()
    numbers = LineNumbers() if options.number_lines else None
    worker = PlainScanner(options.max_shapes)
    for block in _watched(source.blocks(gaps, pool), source.total_bytes, watch):
        texts = block.texts()
        found = worker.add(block.number << 32, texts, texts, (), ())
        if numbers is not None:
            numbers.add(0, block.number, np.array(found, np.int32))
        pool.give_back(block)
    return combine([worker.tally()], numbers, gaps)


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
