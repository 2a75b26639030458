"""The steps of `fa2 patterns`: lines chosen, mined, their values counted, put into a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fa2.apps.cli.pattern_inputs import Input
from fa2.core.pattern_report import PatternReport, Period
from fa2.core.ports import Gaps, Progress, Watcher
from fa2.logs.patterns.mining import Mined, mined
from fa2.logs.patterns.pattern_filters import line_filter
from fa2.logs.patterns.pattern_reports import Asked, Comparison, gap_of, report_of
from fa2.logs.patterns.related import with_related
from fa2.logs.patterns.values import PlaceValues, token_values
from fa2.logs.scans.assignments import write_assignments
from fa2.logs.scans.blocks import LineSource, Pool
from fa2.logs.scans.results import SAMPLE_CHARS, SAMPLES
from fa2.logs.scans.scanning import ScanOptions, scan


@dataclass(frozen=True)
class Against:
    """What patterns are compared with."""

    asked: str
    """As typed."""
    lines: LineSource | None = None
    """Other lines; null for an earlier period of the same ones."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of each pattern."""

    details: bool
    """The values of its tokens, and related patterns: the lines are read a second time for these."""
    samples: int
    """How many of its lines."""
    assignments: Path | None = None
    """A file for the pattern of each line."""


class PatternWork:
    """The patterns of some input, as they were asked for."""

    def __init__(self, given: Input, asked: Asked, options: ScanOptions, watch: Watcher) -> None:
        """options: of window, zone and headers. Raises UnusableInput when the filter means nothing."""
        self._given = given
        self._asked = asked
        self._watch = watch
        self._comparison: Comparison | None = None
        self._values: Mapping[int, Sequence[PlaceValues]] = {}
        self._options = replace(options, keep=line_filter(asked.filter) if asked.filter else None)

    def mine(self, want: Wanted, against: Against | None = None) -> None:
        """Read all lines, find their patterns, and compare them.

        Raises UnusableInput when there is nothing to compare with, or the assignments cannot be written.
        """
        numbered = want.assignments is not None or want.samples > SAMPLES or want.details
        options = replace(self._options, number_lines=numbered)
        found = self._compared(options, against) if against else self._mined_alone(options)
        self._mined = self._with_samples(found, want.samples)
        if want.assignments:
            write_assignments(self._mined, want.assignments)
        if want.details:
            self._mined = with_related(self._mined)
            self._values = dict(enumerate(token_values(self._mined, watch=self._watch)))

    def report(self) -> PatternReport:
        """Return the report of what was mined."""
        gaps = [gap_of(*unread) for unread in self._given.unread]
        return report_of(self._mined, self._asked, values=self._values, gaps=gaps, comparison=self._comparison)

    def _mined_alone(self, options: ScanOptions) -> Mined:
        found = scan(self._given.lines, options, self._watch)
        self._watch(Progress("merge", 0, None))
        return mined(found, self._given.lines, self._asked.rule)

    def _compared(self, options: ScanOptions, against: Against) -> Mined:
        from fa2.logs.comparisons.comparing_lines import Reading, compare_with_lines, compare_with_period
        from fa2.logs.comparisons.pattern_changes import comparison_of

        reading = Reading(options, self._asked.rule, self._watch)
        if against.lines:
            compared = compare_with_lines(self._given.lines, against.lines, reading)
            self._comparison = comparison_of(compared, against.asked)
        else:
            compared, periods = compare_with_period(self._given.lines, against.asked, reading)
            self._comparison = comparison_of(compared, against.asked, periods.before)
            self._asked = replace(self._asked, period=Period(periods.now.start, periods.now.end))
        return compared.now

    def _with_samples(self, found: Mined, most: int) -> Mined:
        """Return the patterns with at most so many samples each; reads the lines again for more than were kept."""
        if most <= SAMPLES:
            return replace(found, patterns=tuple(replace(p, samples=p.samples[:most]) for p in found.patterns))
        samples: list[list[str]] = [[] for _ in found.patterns]
        at = 0
        for block in self._given.lines.blocks([Gaps() for _ in self._given.lines.names], Pool()):
            texts = block.texts()
            for text, index in zip(texts, found.assignment[at : at + len(texts)].tolist()):
                if index >= 0 and len(samples[index]) < most:
                    samples[index].append(text[:SAMPLE_CHARS])
            at += len(texts)
        return replace(
            found, patterns=tuple(replace(p, samples=tuple(kept)) for p, kept in zip(found.patterns, samples))
        )
