"""How many lines log groups have over time, and which of them are therefore fetched whole.

A log group with few lines is fetched whole, in window and normal times: that is the best evidence. Of the others the
lines of trouble are fetched whole where they are few, and the rest is counted by pattern where it lies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from fa2.core.windows import TimeWindow, total_seconds
from fa2.logs.comparisons.comparison import surprise
from fa2.logs.engines.cloudwatch_line_queries import counts_query
from fa2.logs.engines.cloudwatch_queries import MAX_ROWS
from fa2.sources.aws.cloudwatch_logs.choice import Scope
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup, batches
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsQuery
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.json_values import Json, at, items, micros, text, whole

BINS_S = (60, 300, 900, 3600, 4 * 3600, 24 * 3600)
FULL = MAX_ROWS * 9 // 10
"""How many lines one query is meant to give: below what it can, for lines that come in late."""
_ROWS = MAX_ROWS * 9 // 10
_SURPRISE = 3.0


@dataclass
class Counts:
    """Lines by log group, time and interval."""

    bins: dict[tuple[str, TimeWindow], dict[datetime, tuple[int, int]]] = field(default_factory=dict)
    """By the log group's name: by the start of an interval, all lines and those of trouble. No key where counting
    failed; an empty value where there are none."""
    bin_s: dict[TimeWindow, int] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    """Names of the log groups of which any count came, complete or not."""

    def total(self, group: LogGroup, periods: Sequence[TimeWindow], *, troubled: bool = False) -> int | None:
        """Return the lines of a log group in all the times; null where they were not counted in one of them."""
        told = [self.bins.get((group.name, period)) for period in periods]
        if any(bins is None for bins in told):
            return None
        return sum(n[troubled] for bins in told if bins for n in bins.values())

    def over_time(
        self, groups: Sequence[LogGroup], period: TimeWindow, *, troubled: bool = False
    ) -> dict[datetime, int]:
        """Return the lines of some log groups together, by the start of each interval that has any, in order."""
        found: defaultdict[datetime, int] = defaultdict(int)
        for group in groups:
            for start, n in self.bins.get((group.name, period), {}).items():
                found[start] += n[troubled]
        return {start: n for start, n in sorted(found.items()) if n}


@dataclass(frozen=True)
class Division:
    """How each log group that has lines is treated."""

    whole: tuple[LogGroup, ...]
    """All lines are fetched."""
    exact: tuple[LogGroup, ...]
    """All lines of trouble are fetched, the rest is counted."""
    counted: tuple[LogGroup, ...]
    """All lines are counted."""


def count_lines(insights: Insights, scope: Scope) -> Counts:
    """Count the lines of all log groups over all times, in a look for each; one scan of everything."""
    counts = Counts()

    def run(period: TimeWindow) -> None:
        most = max((len(batch) for batch in batches(scope.groups)), default=1)
        bin_s = bin_for(period, most)
        query = counts_query(period, bin_s)
        with insights.ask.look(query=query, window=period) as look:
            queries = [InsightsQuery(query, batch, period) for batch in batches(scope.groups)]
            for answer in insights.answers(look, queries):
                counts.reached |= {group.name for group in answer.query.groups}
                if answer.full:  # then nobody knows what is missing, and the log groups count as not counted
                    look.truncated()
                    continue
                for group in answer.query.groups:
                    counts.bins[group.name, period] = {}
                for row in answer.rows:
                    _add(counts, period, _fields(row))
        counts.bin_s[period] = bin_s

    for _ in each(run, scope.periods, at_most=len(scope.periods)):
        pass
    return counts


def bin_for(period: TimeWindow, groups: int) -> int:
    """Return the shortest interval, in seconds, with which counts of so many log groups fit into one answer."""
    seconds = period.duration.total_seconds()
    return next((s for s in BINS_S if (seconds / s + 2) * groups <= _ROWS), BINS_S[-1])


def divide(counts: Counts, scope: Scope, *, max_rows: int) -> Division:
    """Return which log groups are fetched whole and which are counted, so that about `max_rows` lines travel.

    Half of them at most are kept for lines of trouble. Log groups without any line are left out, and those of which
    nothing could be counted, as nothing else could be asked of them either.
    """
    lines = {g.name: counts.total(g, scope.periods) for g in scope.groups}
    trouble = {g.name: counts.total(g, scope.periods, troubled=True) for g in scope.groups}
    known = [g for g in scope.groups if lines[g.name]]
    spent, exact = 0, set()
    for group in sorted(known, key=lambda g: trouble[g.name] or 0):
        if spent + (trouble[group.name] or 0) <= max_rows // 2:
            exact.add(group.name)
            spent += trouble[group.name] or 0
    whole_ones = set()
    for group in sorted(known, key=lambda g: lines[g.name] or 0):
        more = (lines[group.name] or 0) - (trouble[group.name] or 0 if group.name in exact else 0)
        if spent + more <= max_rows:
            whole_ones.add(group.name)
            spent += more
    return Division(
        whole=tuple(g for g in known if g.name in whole_ones),
        exact=tuple(g for g in known if g.name in exact - whole_ones),
        counted=tuple(g for g in scope.groups if lines[g.name] != 0 and g.name in counts.reached - exact - whole_ones),
    )


def slices(
    over_time: Mapping[datetime, int], period: TimeWindow, bin_s: int, *, pieces: int = 1, rows: int = FULL
) -> list[TimeWindow]:
    """Return times that together hold all the lines, about `rows` each at most; none where there are none.

    over_time: lines by the start of their interval, in order. An interval with more lines than `rows` is cut into
    equal parts, no shorter than a second. The longest gaps without lines are left out, so that `pieces` remain.
    """
    step = timedelta(seconds=bin_s)
    gaps = sorted(((b - a, b) for a, b in pairwise(over_time) if b - a > step), reverse=True)
    after_gaps = {after for _, after in gaps[: pieces - 1]}
    found: list[TimeWindow] = []
    start: datetime | None = None
    end, total = period.start, 0
    for begin, n in over_time.items():
        if start is not None and (total + n > rows or begin in after_gaps):
            found.append(TimeWindow(start, end))
            start = None
        within = TimeWindow(max(begin, period.start), min(begin + step, period.end))
        if n > rows:
            found += _parts(within, -(-n // rows))
            continue
        if start is None:
            start, total = within.start, 0
        total, end = total + n, within.end
    return [*found, TimeWindow(start, end)] if start is not None else found


def onset(counts: Counts, group: LogGroup, scope: Scope) -> datetime | None:
    """Return the start of the first interval of the window with more lines of trouble than normal times lead one to
    expect; null where there is none.
    """
    normal = counts.total(group, scope.baselines, troubled=True) or 0
    bin_s = counts.bin_s.get(scope.window, BINS_S[0])
    seconds = total_seconds(scope.baselines)
    expected = normal * bin_s / seconds if seconds else 0.0
    over_time = counts.over_time([group], scope.window, troubled=True)
    return next((start for start, n in over_time.items() if surprise(n, expected) >= _SURPRISE or not normal), None)


def _parts(window: TimeWindow, count: int) -> Iterator[TimeWindow]:
    seconds = max(int(window.duration.total_seconds()), 1)
    count = min(count, seconds)
    edges = [window.start + timedelta(seconds=seconds * n // count) for n in range(count)] + [window.end]
    return (TimeWindow(start, end) for start, end in pairwise(edges))


def _fields(row: Json) -> dict[str, Json]:
    return {text(at(field, "field")) or "": at(field, "value") for field in items(row)}


def _add(counts: Counts, period: TimeWindow, said: Mapping[str, Json]) -> None:
    us = micros(said.get("bucket"))
    group = (text(said.get("@log")) or "").partition(":")[2]
    lines, troubled = whole(said.get("lines")), whole(said.get("troubled")) or 0
    bins = counts.bins.get((group, period))
    if us is None or lines is None or bins is None:
        return
    start = datetime.fromtimestamp(us / 1e6, UTC)
    before = bins.get(start, (0, 0))
    bins[start] = (before[0] + lines, before[1] + troubled)
