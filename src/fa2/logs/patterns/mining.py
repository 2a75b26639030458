"""From lines to patterns: shapes are counted, then merged to templates, and each line gets its pattern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.headers.header_levels import LEVELS
from fa2.logs.patterns.pattern import Pattern
from fa2.logs.patterns.severities import Rule, severity_of
from fa2.logs.scans.blocks import Files, LineSource, Messages
from fa2.logs.scans.results import NO_TIME, SAMPLES, Ints, Scan
from fa2.logs.scans.scanning import ScanOptions, scan
from fa2.logs.templates.merging import Merged, merge

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_NUMBERS = np.zeros(0, np.int32)


@dataclass(frozen=True)
class Mined:
    """The patterns of some lines."""

    patterns: tuple[Pattern, ...]
    """The most frequent first, then by text."""
    assignment: NDArray[np.int32]
    """For each line, in input order, the index of its pattern; -1 for a line that was filtered out or had no room.
    Empty when it was not asked for. Lies in a temporary file when there are many lines."""
    lines: int = 0
    """Lines read."""
    matched: int = 0
    """Lines that filter and window left; ratios are shares of these."""
    untimed: int = 0
    """Matched lines without a time."""
    histogram_start: datetime | None = None
    """UTC, where the first interval of the patterns' histograms begins; null when no line has a time."""
    histogram_step: timedelta = timedelta(0)
    first_seen: datetime | None = None
    """UTC; of the earliest line with a time."""
    last_seen: datetime | None = None
    gaps: tuple[Gaps, ...] = ()
    """What could not be read, one for each file."""
    files: tuple[str, ...] = ()
    """The files' names, as in `gaps`."""
    scan: Scan | None = None
    """What the patterns were made of."""
    pattern_of: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """For each shape of the scan, the index of its pattern."""
    source: LineSource | None = None
    """Gives the lines again."""


def mine(messages: Sequence[str]) -> Mined:
    """Return the patterns of messages, which are taken whole: no headers are looked for.

    The order of messages makes no difference but for samples.
    """
    source = Messages(messages)
    return mined(scan(source, ScanOptions(number_lines=True, bare=True)), source)


def mine_files(
    paths: Sequence[Path],
    *,
    options: ScanOptions | None = None,
    rule: Rule = "anomaly",
    watch: Watcher | None = None,
) -> Mined:
    """Return the patterns of the lines of log files; `-` is standard input.

    Headers that are told are no part of the patterns. `watch` is told of bytes on disk, then of the merge.
    Raises UnusableInput when a file cannot be opened or read.
    """
    source = Files(tuple(paths))
    found = scan(source, options or ScanOptions(), watch)
    if watch:
        watch(Progress("merge", 0, None))
    return mined(found, source, rule)


def mined(found: Scan, source: LineSource | None = None, rule: Rule = "anomaly", merged: Merged | None = None) -> Mined:
    """Return the patterns of a scan; `merged` where its shapes were merged together with others."""
    merged = merged or merge(found.shapes)
    template_of = np.array(merged.template_of, np.int64)
    totals = np.bincount(template_of, found.counts, len(merged.templates)).astype(np.int64)
    order = sorted(np.flatnonzero(totals).tolist(), key=lambda t: (-totals[t], merged.templates[t]))
    rank = np.full(len(merged.templates), -1, np.int64)
    rank[order] = np.arange(len(order))
    pattern_of = rank[template_of]
    facts = _Facts(found, pattern_of, len(order))
    patterns = tuple(facts.pattern(i, merged.templates[t], int(totals[t]), rule) for i, t in enumerate(order))
    return Mined(
        patterns=patterns,
        assignment=found.numbers.array(pattern_of) if found.numbers else _NO_NUMBERS,
        lines=found.lines,
        matched=found.matched,
        untimed=found.untimed,
        histogram_start=facts.start,
        histogram_step=timedelta(seconds=found.buckets.step_s if facts.start else 0),
        first_seen=min((p.first_seen for p in patterns if p.first_seen), default=None),
        last_seen=max((p.last_seen for p in patterns if p.last_seen), default=None),
        gaps=found.gaps,
        files=tuple(source.names) if source else (),
        scan=found,
        pattern_of=pattern_of,
        source=source,
    )


class _Facts:
    """What is known of each pattern's lines beside their number."""

    def __init__(self, found: Scan, pattern_of: Ints, patterns: int) -> None:
        self._matched = found.matched
        self._last = np.full(patterns, NO_TIME, np.int64)
        np.maximum.at(self._last, pattern_of, found.last_us)
        never = np.iinfo(np.int64).max
        self._first = np.full(patterns, never, np.int64)
        np.minimum.at(self._first, pattern_of, np.where(found.first_us == NO_TIME, never, found.first_us))
        self._levels = _usual_levels(found, pattern_of, patterns)
        self._samples: dict[int, list[str]] = defaultdict(list)
        of = pattern_of[found.samples.shapes]
        for at in np.lexsort((found.samples.places, of)).tolist():
            kept = self._samples[int(of[at])]
            if len(kept) < SAMPLES:
                kept.append(found.samples.text(at))
        buckets = found.buckets
        self.start: datetime | None = None
        self._histograms = np.zeros((patterns, 0), np.int64)
        if buckets.counts.size:
            first = int(buckets.intervals.min())
            self.start = _EPOCH + timedelta(seconds=first * buckets.step_s)
            self._histograms = np.zeros((patterns, int(buckets.intervals.max()) - first + 1), np.int64)
            np.add.at(self._histograms, (pattern_of[buckets.shapes], buckets.intervals - first), buckets.counts)

    def pattern(self, index: int, text: str, count: int, rule: Rule) -> Pattern:
        """Return one pattern with its facts."""
        timed = self._last[index] != NO_TIME
        return Pattern(
            text=text,
            count=count,
            ratio=count / self._matched,
            severity=severity_of(f"{LEVELS[self._levels[index]]} {text}", rule),
            first_seen=_moment(self._first[index]) if timed else None,
            last_seen=_moment(self._last[index]) if timed else None,
            histogram=tuple(self._histograms[index].tolist()),
            samples=tuple(self._samples[index]),
        )


def _usual_levels(found: Scan, pattern_of: Ints, patterns: int) -> Ints:
    """Return for each pattern the code of the level that most of its lines have, the milder one of two; 0 for none.

    Of a shape with several levels all lines count for the mildest.
    """
    has = np.flatnonzero(found.levels)
    mildest = np.log2(found.levels[has] & -found.levels[has]).astype(np.int64)
    lines = np.zeros((patterns, len(LEVELS)), np.int64)
    np.add.at(lines, (pattern_of[has], mildest), found.counts[has])
    usual: Ints = lines.argmax(axis=1)
    return usual


def _moment(microseconds: np.int64) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))
