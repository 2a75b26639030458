"""Reads the lines of two periods, or of two inputs, and compares their patterns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

import numpy as np

from fa2.core.errors import UnusableInput
from fa2.core.ports import Progress, Watcher
from fa2.core.windows import TimeWindow, iso
from fa2.logs.comparisons.comparing import Compared, compare_scans
from fa2.logs.comparisons.periods import Periods, periods
from fa2.logs.patterns.severities import Rule
from fa2.logs.scans.blocks import LineSource
from fa2.logs.scans.results import NO_TIME, Scan
from fa2.logs.scans.scanning import ScanOptions, scan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """How lines are read."""

    options: ScanOptions = field(default_factory=ScanOptions)
    """Its window, if any, is the period in question."""
    rule: Rule = "anomaly"
    watch: Watcher | None = None


def compare_with_lines(now: LineSource, before: LineSource, reading: Reading | None = None) -> Compared:
    """Return how the patterns of some lines differ from those of other lines, which stand for normal.

    Rates count an hour where both have times, else against the number of lines. Raises UnusableInput when there is
    nothing to compare with, or a file cannot be read.
    """
    reading = reading or Reading()
    then = scan(before, replace(reading.options, window=None, number_lines=False), reading.watch)
    if not then.matched:
        raise UnusableInput("patterns.error.nothing_in_file", path=", ".join(before.names))
    return _compared(scan(now, reading.options, reading.watch), then, reading, now, None)


def compare_with_period(lines: LineSource, asked: str, reading: Reading | None = None) -> tuple[Compared, Periods]:
    """Return how the patterns of one period of some lines differ from those of an earlier one, and both periods.

    asked: see `periods.earlier`; the period in question is the window of the options, or the end of the lines.
    Reads the lines twice, once more when there is no window. Raises UnusableInput when the lines have no times, the
    period is none, or there are no lines in it.
    """
    reading = reading or Reading()
    window = reading.options.window
    if window and not _is_open(window):
        both = periods(asked, window, window.start, window.end)
    else:
        first, last = _bounds(lines, reading)
        both = periods(asked, window and _closed(window, last), first, last)
    then = scan(lines, replace(reading.options, window=both.before, number_lines=False), reading.watch)
    if not then.matched:
        raise UnusableInput("patterns.error.nothing_before", start=iso(both.before.start), end=iso(both.before.end))
    found = scan(lines, replace(reading.options, window=both.now), reading.watch)
    return _compared(found, then, reading, lines, (both.now, both.before)), both


def _is_open(window: TimeWindow) -> bool:
    """Return whether a window was given but one end."""
    return window.start.year == MINYEAR or window.end.year == MAXYEAR


def _closed(window: TimeWindow, last: datetime) -> TimeWindow | None:
    """Return an open window up to the last line in it; null for one without a start, which has no length."""
    if window.start.year == MINYEAR:
        return None
    return TimeWindow(window.start, last + timedelta(microseconds=1))


def _compared(
    found: Scan,
    then: Scan,
    reading: Reading,
    source: LineSource,
    windows: tuple[TimeWindow, TimeWindow] | None,
) -> Compared:
    if reading.watch:
        reading.watch(Progress("merge", 0, None))
    return compare_scans(found, then, windows=windows, source=source, rule=reading.rule)


def _bounds(lines: LineSource, reading: Reading) -> tuple[datetime, datetime]:
    """Return the times of the first and the last line."""
    found = scan(lines, replace(reading.options, number_lines=False), reading.watch)
    timed = found.last_us != NO_TIME
    if not np.any(timed):
        raise UnusableInput("patterns.error.no_times")
    first, last = int(found.first_us[timed].min()), int(found.last_us[timed].max())
    return _EPOCH + timedelta(microseconds=first), _EPOCH + timedelta(microseconds=last)
