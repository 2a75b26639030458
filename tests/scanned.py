"""Scans lines that lie in memory, in plain Python and by kernels, and shows all there is to a scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from fa2.core.ports import Gaps
from fa2.logs.scans import scanning
from fa2.logs.scans.blocks import Block, LineSource, Pool
from fa2.logs.scans.results import Scan
from fa2.logs.scans.scanning import ScanOptions, scan

NUMBERED = ScanOptions(number_lines=True, threads=1)


@dataclass(frozen=True)
class Bytes:
    """Lines of a file that lies in memory, in blocks as long as asked for."""

    data: bytes
    block: int = 1 << 16
    names: Sequence[str] = ("bytes",)
    repeatable: bool = True
    total_bytes: int | None = None

    def blocks(self, gaps: Sequence[Gaps], pool: Pool) -> Iterator[Block]:
        at = number = 0
        while at < len(self.data):
            end = self.data.find(b"\n", at + self.block) + 1 or len(self.data)
            yield Block(number, 0, np.frombuffer(self.data[at:end], np.uint8))
            at, number = end, number + 1


def seen(found: Scan) -> tuple[object, ...]:
    """Return all there is to a scan."""
    samples, buckets = found.samples, found.buckets
    return (
        dict(zip(found.shapes, found.counts.tolist())),
        found.shapes == sorted(found.shapes),
        [column.tolist() for column in (found.first_us, found.last_us, found.levels)],
        (buckets.step_s, [column.tolist() for column in (buckets.shapes, buckets.intervals, buckets.counts)]),
        [
            (found.shapes[s], p, samples.text(i))
            for i, (s, p) in enumerate(zip(samples.shapes.tolist(), samples.places.tolist()))
        ],
        (found.lines, found.matched, found.untimed, [dict(gaps.counts) for gaps in found.gaps]),
        found.numbers.array().tolist() if found.numbers else None,
    )


def plainly(source: LineSource, options: ScanOptions = NUMBERED) -> Scan:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "WORTH_LOADING", 1 << 60)
        patch.setattr(scanning, "WORTH_COMPILING", 1 << 60)
        return scan(source, options)


def compiled(source: LineSource, options: ScanOptions = NUMBERED) -> Scan:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "WORTH_LOADING", 0)
        patch.setattr(scanning, "WORTH_COMPILING", 0)
        return scan(source, options)
