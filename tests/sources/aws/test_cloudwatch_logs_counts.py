"""Which times are fetched together, and which log groups whole: over any counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from asking import BASELINE, WINDOW
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.windows import TimeWindow
from fa2.sources.aws.cloudwatch_logs.choice import Scope
from fa2.sources.aws.cloudwatch_logs.counts import Counts, bin_for, divide, onset, slices
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup

MINUTE = timedelta(minutes=1)
OVER_TIME = st.dictionaries(st.integers(0, 29), st.integers(1, 500), max_size=30).map(
    lambda found: {WINDOW.start + MINUTE * n: lines for n, lines in sorted(found.items())}
)


@given(OVER_TIME, st.integers(1, 6), st.integers(1, 400))
def test_slices_hold_every_line_once_and_no_more_than_an_answer_where_that_can_be_told(
    over_time: dict[datetime, int], pieces: int, rows: int
) -> None:
    found = slices(over_time, WINDOW, 60, pieces=pieces, rows=rows)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(WINDOW.start <= s.start < s.end <= WINDOW.end for s in found)
    for start, lines in over_time.items():
        covered = sum(max((min(s.end, start + MINUTE) - max(s.start, start)).total_seconds(), 0) for s in found)
        assert covered == 60
        assert lines
    for slice in found:
        whole = {start: n for start, n in over_time.items() if slice.start <= start and start + MINUTE <= slice.end}
        assert len(whole) <= 1 or sum(whole.values()) <= rows


def test_the_longest_gaps_are_left_out() -> None:
    over_time = {WINDOW.start + MINUTE * n: 5 for n in (0, 1, 3, 20)}
    found = slices(over_time, WINDOW, 60, pieces=2)
    edges = [((s.start - WINDOW.start) // MINUTE, (s.end - WINDOW.start) // MINUTE) for s in found]
    assert edges == [(0, 4), (20, 21)]


GROUPS = tuple(LogGroup(f"/g/{n}", f"arn:g{n}") for n in range(5))
SCOPE = Scope(GROUPS, WINDOW, (BASELINE,))


def counted(lines: list[tuple[int, int]]) -> Counts:
    """Return counts with so many lines, and so many of trouble, of each log group in the window; none normally."""
    counts = Counts(reached={group.name for group in GROUPS})
    for group, (n, troubled) in zip(GROUPS, lines):
        counts.bins[group.name, WINDOW] = {WINDOW.start: (n, min(n, troubled))} if n else {}
        counts.bins[group.name, BASELINE] = {}
        counts.bin_s[WINDOW] = counts.bin_s[BASELINE] = 60
    return counts


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), min_size=5, max_size=5))
def test_no_more_lines_travel_than_allowed_and_no_log_group_with_lines_is_forgotten(
    lines: list[tuple[int, int]],
) -> None:
    counts = counted(lines)
    found = divide(counts, SCOPE, max_rows=1000)
    fetched = sum(counts.total(g, (WINDOW,)) or 0 for g in found.whole)
    fetched += sum(counts.total(g, (WINDOW,), troubled=True) or 0 for g in found.exact)
    assert fetched <= 1000
    treated = [*found.whole, *found.exact, *found.counted]
    assert sorted(g.name for g in treated) == [g.name for g, (n, _) in zip(GROUPS, lines) if n]


def test_a_log_group_that_could_not_be_counted_is_counted_by_pattern() -> None:
    counts = counted([(10, 0), (10, 0), (0, 0), (0, 0), (0, 0)])
    del counts.bins["/g/1", BASELINE]
    found = divide(counts, SCOPE, max_rows=1000)
    assert (found.whole, found.counted) == (GROUPS[:1], GROUPS[1:2])
    counts.reached.remove("/g/1")
    assert divide(counts, SCOPE, max_rows=1000).counted == ()


def test_an_onset_is_the_first_interval_with_more_trouble_than_usual() -> None:
    counts = Counts(bin_s={WINDOW: 60, BASELINE: 60})
    counts.bins["/g/0", BASELINE] = {BASELINE.start + MINUTE * n: (50, 2) for n in range(120)}
    trouble = [2, 1, 3, 2, 30, 40]
    counts.bins["/g/0", WINDOW] = {WINDOW.start + MINUTE * n: (50, lines) for n, lines in enumerate(trouble)}
    assert onset(counts, GROUPS[0], SCOPE) == WINDOW.start + 4 * MINUTE


@given(st.integers(1, 14 * 24 * 60), st.integers(1, 50))
def test_counts_of_a_time_fit_into_one_answer(minutes: int, groups: int) -> None:
    period = TimeWindow(WINDOW.end - MINUTE * minutes, WINDOW.end)
    assert (minutes * 60 / bin_for(period, groups) + 2) * groups <= 10_000
