"""The steps of `fa2 patterns`: lines chosen, mined, their values counted, put into a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fa2.apps.cli.pattern_inputs import Input
from fa2.core.pattern_report import PatternReport
from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.assignments import write_assignments
from fa2.logs.blocks import LineSource, Pool
from fa2.logs.line_sources import FilteredLines
from fa2.logs.mining import Mined, mined
from fa2.logs.pattern_filters import line_filter
from fa2.logs.pattern_reports import Asked, gap_of, report_of
from fa2.logs.scanning import ScanOptions, scan
from fa2.logs.scans import SAMPLES
from fa2.logs.values import PlaceValues, token_values


class PatternWork:
    """The patterns of some input, as they were asked for."""

    def __init__(self, given: Input, asked: Asked, watch: Watcher) -> None:
        """Raises UnusableInput when the filter means nothing."""
        self._given = given
        self._asked = asked
        self._watch = watch
        self._chosen = FilteredLines(given.lines, line_filter(asked.filter)) if asked.filter else None

    @property
    def _lines(self) -> LineSource:
        return self._chosen or self._given.lines

    def mine(self, assignments: Path | None, samples: int) -> None:
        """Read all lines and find their patterns; write the pattern of each line if a file is given for it."""
        options = ScanOptions(number_lines=assignments is not None or samples > SAMPLES)
        found = scan(self._lines, options, self._watch)
        self._watch(Progress("merge", 0, None))
        self._mined = self._with_samples(mined(found, self._lines, self._asked.rule), samples)
        if assignments:
            write_assignments(self._on_all_lines(self._mined), assignments)

    def report(self, *, with_values: bool) -> PatternReport:
        """Return the report, of all patterns with the values of their tokens where they are wanted."""
        values: Mapping[int, Sequence[PlaceValues]] = {}
        if with_values:
            values = dict(enumerate(token_values(self._mined, watch=self._watch)))
        gaps = [gap_of(*unread) for unread in self._given.unread]
        lines = self._chosen.lines if self._chosen else self._mined.lines
        return report_of(replace(self._mined, lines=lines), self._asked, values=values, gaps=gaps)

    def _on_all_lines(self, found: Mined) -> Mined:
        """Return what was mined with the lines that the filter took away among the others, without a pattern."""
        if self._chosen is None:
            return found
        passed = self._chosen.passed()
        assignment = np.full(passed.size, -1, np.int32)
        assignment[passed] = found.assignment
        return replace(found, assignment=assignment)

    def _with_samples(self, found: Mined, most: int) -> Mined:
        """Return the patterns with at most so many samples each; reads the lines again for more than were kept."""
        if most <= SAMPLES:
            return replace(found, patterns=tuple(replace(p, samples=p.samples[:most]) for p in found.patterns))
        samples: list[list[str]] = [[] for _ in found.patterns]
        at = 0
        for block in self._lines.blocks([Gaps() for _ in self._lines.names], Pool()):
            texts = block.texts()
            for text, index in zip(texts, found.assignment[at : at + len(texts)].tolist()):
                if index >= 0 and len(samples[index]) < most:
                    samples[index].append(text)
            at += len(texts)
        return replace(
            found, patterns=tuple(replace(p, samples=tuple(kept)) for p, kept in zip(found.patterns, samples))
        )
