"""Samples of log groups that have too many lines to be fetched whole: around onsets, of each pattern that stands out,
and evenly over the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import lines_query
from fa2.sources.aws.cloudwatch_logs.choice import Scope
from fa2.sources.aws.cloudwatch_logs.counts import Counts, onset
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup, batches
from fa2.sources.aws.cloudwatch_logs.patterns import Standout
from fa2.sources.aws.cloudwatch_logs.queries import InsightsQuery

MAX_PATTERNS = 12
"""How many patterns that stand out are sampled; the most surprising first."""
MAX_ONSETS = 12
"""Around how many onsets lines are fetched; the earliest first."""
AROUND_ONSET = 200
"""About how many lines are fetched on either side of an onset."""
TROUBLED = 1000
"""How many of the first lines of trouble are fetched from the onset on, where all of them would be too many."""
_STRATA = 6
_A_STRATUM = 30
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Sampled:
    """The log groups that are sampled, with what is known of them."""

    groups: tuple[LogGroup, ...]
    counts: Counts
    onsets: dict[str, datetime]
    """By the log group's name, where the first line of trouble beyond the usual is known to the second."""
    standouts: Sequence[Standout]
    flooded: frozenset[str]
    """Names of the log groups whose lines of trouble are too many to be fetched."""


def sample_queries(sampled: Sampled, scope: Scope, *, rows_per_pattern: int) -> Iterator[InsightsQuery]:
    """Yield queries for the samples; each reads a few seconds or one interval. Their number does not grow with that of
    the log groups, but for every fifty of them.
    """
    groups = {group.name: group for group in sampled.groups}
    starts = {g.name: sampled.onsets.get(g.name) or onset(sampled.counts, g, scope) for g in sampled.groups}
    known = sorted((start, name) for name, start in starts.items() if start is not None)
    for start, name in known[:MAX_ONSETS]:
        yield from _around_onset(sampled, groups[name], start, scope)
    for batch in batches(sampled.groups):
        yield from _strata(sampled.counts, batch, scope)
    for standout in sampled.standouts[:MAX_PATTERNS]:
        if rows_per_pattern and standout.group in groups:
            within = _clipped(standout.first, scope.window)
            text = lines_query(within, containing=standout.fragments, limit=rows_per_pattern)
            yield InsightsQuery(text, (groups[standout.group],), within)


def _around_onset(sampled: Sampled, group: LogGroup, start: datetime, scope: Scope) -> Iterator[InsightsQuery]:
    reach = timedelta(seconds=max(AROUND_ONSET / max(_rate(sampled.counts, [group], scope, start), 0.01), 1.0))
    reach = min(reach, timedelta(minutes=5))
    around = _clipped(TimeWindow(start - reach, start + reach + _SECOND), scope.window)
    yield InsightsQuery(lines_query(around, limit=4 * AROUND_ONSET), (group,), around)
    if group.name in sampled.flooded:
        after = _clipped(TimeWindow(start, scope.window.end), scope.window)
        bin_s = sampled.counts.bin_s.get(scope.window, 60)
        after = TimeWindow(after.start, min(after.end, after.start + timedelta(seconds=bin_s)))
        yield InsightsQuery(lines_query(after, "troubled", limit=TROUBLED), (group,), after)


def _strata(counts: Counts, groups: tuple[LogGroup, ...], scope: Scope) -> Iterator[InsightsQuery]:
    """Yield queries for a few lines from the middle of each equal part of the window."""
    part = scope.window.duration / _STRATA
    for n in range(_STRATA):
        middle = scope.window.start + part * n + part / 2
        rate = _rate(counts, groups, scope, middle)
        rows = _A_STRATUM * len(groups)
        seconds = timedelta(seconds=min(max(rows / max(rate, 0.01), 1.0), 60.0))
        within = _clipped(TimeWindow(middle, middle + min(seconds, part)), scope.window)
        yield InsightsQuery(lines_query(within, limit=rows), groups, within)


def _rate(counts: Counts, groups: Sequence[LogGroup], scope: Scope, moment: datetime) -> float:
    """Return the lines in a second around a moment of the window."""
    bin_s = counts.bin_s.get(scope.window, 60)
    over_time = counts.over_time(groups, scope.window)
    n = next((n for start, n in over_time.items() if start <= moment < start + timedelta(seconds=bin_s)), 0)
    return n / bin_s


def _clipped(window: TimeWindow, to: TimeWindow) -> TimeWindow:
    """Return the part of a time that lies in another; the other's first second where there is none."""
    start = max(window.start, to.start)
    end = min(window.end, to.end)
    return TimeWindow(start, end) if start < end else TimeWindow(to.start, min(to.start + _SECOND, to.end))
