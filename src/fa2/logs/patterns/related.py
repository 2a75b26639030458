"""Patterns that often come near another one: within some lines where lines are numbered, else at the same times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fa2.logs.patterns.mining import Mined

MOST = 5
"""So many related patterns at most for each."""
NEAR_LINES = (3, 20)
"""How many lines before and after a line are near it: first very near, then less so, where many threads write."""
LEAST_TIMES = 3
"""Patterns have to come together so often, or in so many intervals."""
LEAST_LIFT = 2.0
"""And so many times as often as by chance."""
LEAST_CORRELATION = 0.5
_WINDOWS = 50_000
"""Places that are looked at in all; the cost is bounded by this, not by the number of lines."""
_WINDOWS_EACH = 200
_FALSE_ALARMS = 0.01
"""How many patterns may be called related to one by chance."""
_ROWS = 512

Related = list[tuple[int, ...]]
"""For each pattern the indices of its related ones, the nearest first."""


def with_related(mined: Mined) -> Mined:
    """Return what was mined, its patterns with the ids of related ones.

    By lines where the pattern of each line is known, else by the intervals of histograms.
    """
    count = len(mined.patterns)
    if mined.assignment.size:
        related = related_by_lines(mined.assignment, count)
    else:
        related = related_by_intervals([pattern.histogram for pattern in mined.patterns])
    ids = [pattern.id for pattern in mined.patterns]
    patterns = (replace(p, related=tuple(ids[at] for at in near)) for p, near in zip(mined.patterns, related))
    return replace(mined, patterns=tuple(patterns))


def related_by_lines(assignment: NDArray[np.int32], count: int) -> Related:
    """Return for each pattern those that stand near it far more often than by chance, the nearest first.

    assignment: the index of each line's pattern, -1 for none. Looks at up to 200 lines of each pattern, spread evenly.
    Method: of the lines looked at, the share with the other pattern near, against the chance of that if lines were
    shuffled; binomial likelihood ratio, Bonferroni for the number of patterns. Ranked by the geometric mean of
    that share from both sides (Ochiai's coefficient). What is very near goes before what is less so.
    """
    totals = np.bincount(assignment[assignment >= 0], minlength=count)
    places = _places(assignment, totals, count)
    near: list[list[int]] = [[] for _ in range(count)]
    for distance in NEAR_LINES:
        for one, other in zip(*_near(assignment, totals, *places, distance)):
            if len(near[one]) < MOST and other not in near[one]:
                near[one].append(other)
    return [tuple(found) for found in near]


def _near(
    assignment: NDArray[np.int32],
    totals: NDArray[np.int64],
    lines: NDArray[np.int64],
    owners: NDArray[np.int64],
    distance: int,
) -> tuple[list[int], list[int]]:
    """Return pairs of a pattern and one that is related to it, the closest of each pattern first."""
    count = totals.size
    looked = np.bincount(owners, minlength=count)
    pairs, times = _together(assignment, lines, owners, (count, distance))
    one, other = pairs // count, pairs % count
    chance = 1.0 - (1.0 - totals[other] / max(assignment.size, 1)) ** (2 * distance)
    share = times / looked[one]
    kept = np.flatnonzero((times >= LEAST_TIMES) & (share >= LEAST_LIFT * chance))
    clear = _binomial_nats(share[kept], chance[kept]) * looked[one[kept]] > math.log(max(count, 2) / _FALSE_ALARMS)
    kept = kept[clear]
    back = other[kept] * count + one[kept]
    at = np.minimum(np.searchsorted(pairs, back), max(pairs.size - 1, 0))
    closeness = np.round(np.sqrt(share[kept] * np.where(pairs[at] == back, share[at], 0.0)), 6)
    order = np.lexsort((other[kept], -closeness, one[kept]))
    return one[kept][order].tolist(), other[kept][order].tolist()


def _places(
    assignment: NDArray[np.int32], totals: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return lines to be looked at, and the pattern of each: some of each pattern, spread evenly."""
    order = np.argsort(assignment, kind="stable")[assignment.size - int(totals.sum()) :]
    each = min(_WINDOWS_EACH, max(_WINDOWS // max(count, 1), LEAST_TIMES))
    taken = np.minimum(totals, each)
    owners = np.repeat(np.arange(count), taken)
    rank = np.arange(owners.size) - np.repeat(np.cumsum(taken) - taken, taken)
    begins = np.cumsum(totals) - totals
    return order[begins[owners] + rank * totals[owners] // np.maximum(taken[owners], 1)], owners


def _together(
    assignment: NDArray[np.int32], lines: NDArray[np.int64], owners: NDArray[np.int64], bounds: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of patterns, as owner · count + other, sorted, and near how many of the owner's lines the other is.

    bounds: the number of patterns, and how far is near.
    """
    count, distance = bounds
    found = []
    windows = np.arange(lines.size)
    for step in (*range(-distance, 0), *range(1, distance + 1)):
        at = lines + step
        others = assignment[np.clip(at, 0, assignment.size - 1)].astype(np.int64)
        real = (at >= 0) & (at < assignment.size) & (others >= 0) & (others != owners)
        found.append(windows[real] * count + others[real])
    once = np.unique(np.concatenate(found))
    return np.unique(owners[once // count] * count + once % count, return_counts=True)


def _binomial_nats(share: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for one trial how much likelier a share makes itself than its chance does."""
    miss = np.clip(1.0 - share, 1e-12, 1.0)
    nats: NDArray[np.float64] = share * np.log(share / np.clip(chance, 1e-12, 1.0)) + miss * np.log(
        miss / np.clip(1.0 - chance, 1e-12, 1.0)
    )
    return nats


def related_by_intervals(histograms: Sequence[Sequence[int]]) -> Related:
    """Return for each pattern those whose counts per interval go up and down with its own.

    Method: Pearson's correlation of the roots of counts, which evens out the variance of Poisson counts; Fisher's z,
    Bonferroni for the number of patterns. Patterns in fewer than LEAST_TIMES intervals have none.
    """
    count = len(histograms)
    width = max((len(histogram) for histogram in histograms), default=0)
    none: Related = [()] * count
    if width < 2 * LEAST_TIMES:
        return none
    table = np.zeros((count, width), np.float32)
    for at, histogram in enumerate(histograms):
        table[at, : len(histogram)] = histogram
    usable = np.flatnonzero((table > 0).sum(axis=1) >= LEAST_TIMES)
    rows = np.sqrt(table[usable])
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(lengths > 0, lengths, 1)
    bound = max(LEAST_CORRELATION, math.tanh(math.sqrt(2 * math.log(count / _FALSE_ALARMS) / (width - 3))))
    for start in range(0, usable.size, _ROWS):
        for at, line in enumerate(rows[start : start + _ROWS] @ rows.T, start):
            others = np.flatnonzero(line >= bound)
            best = sorted((-round(float(line[other]), 4), int(usable[other])) for other in others if other != at)
            none[usable[at]] = tuple(other for _, other in best[:MOST])
    return none
