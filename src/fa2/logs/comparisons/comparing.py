"""Compares the patterns of two periods: new, gone, more and less, what matters first.

Two questions are kept apart. Whether a rate changed at all is a test (`rate_tests`): exact for few lines, burstiness
of the period before allowed for, adjusted for the number of patterns. What comes first is the product of how sure the
change is, how large, and how grave the pattern; all three saturate, so that neither a pattern of a million lines nor one
of a million times as many lines drowns a rare error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from fa2.core.windows import TimeWindow
from fa2.logs.comparisons.comparison import strength
from fa2.logs.comparisons.rate_tests import adjusted, dispersions, rate_change_log_p
from fa2.logs.patterns.mining import Mined, mined
from fa2.logs.patterns.pattern import Pattern
from fa2.logs.patterns.severities import Rule
from fa2.logs.scans.blocks import LineSource
from fa2.logs.scans.results import Scan
from fa2.logs.templates.merging import Merged, merge

Kind = Literal["new", "more", "gone", "less", "same"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which equals are ranked."""
_SEVERITIES = ("FATAL", "ERROR", "WARN", "INFO", "NONE")

SURE: Final = 0.95
"""Significance from which on a rate is said to have changed."""
LEAST_RATIO: Final = 1.2
"""A rate that changed by less is called the same, however sure it is."""
WEIGHTS: Final = {"FATAL": 1.0, "ERROR": 1.0, "WARN": 0.8, "INFO": 0.6, "NONE": 0.6}
"""What a change towards more weighs, by severity."""
LESS_WEIGHTS: Final = {"FATAL": 0.3, "ERROR": 0.3, "WARN": 0.35, "INFO": 0.5, "NONE": 0.5}
"""What a change towards less weighs: errors that stopped are good news, ordinary lines that stopped are not.

Patterns without a letter, such as blank lines, weigh nothing either way.
"""
_NOVEL = 0.63
"""How sure a new pattern of any count is for the ranking, when by all rights there should be none."""
_SCALE = 6.0
"""Nats at which a change is 63 % sure for the ranking, and 95 % at three times that; as in `comparison`."""


@dataclass(frozen=True)
class Basis:
    """What counts of two periods are put in relation to."""

    now: float
    before: float
    unit: Literal["hours", "lines"]
    """Rates are lines an hour, or shares of all lines where lines have no times."""

    @property
    def share(self) -> float:
        """What part of both periods is now's."""
        return self.now / (self.now + self.before)


@dataclass(frozen=True)
class Change:
    """A pattern in two periods."""

    pattern: Pattern
    """As it is now; as it was, with count and ratio 0, when it is gone."""
    kind: Kind
    """`new` by count alone; the others by SURE and LEAST_RATIO: that a rare pattern stays away for once means nothing."""
    now: int
    before: int
    rate_now: float
    """Lines an hour, or share of lines; see Basis."""
    rate_before: float
    expected: float
    """Lines now if the rate were the same as before."""
    ratio: float | None
    """Rate now over rate before; null when it was 0."""
    significance: float
    """0 to 1: one less the share of false alarms among all patterns whose change is as clear."""
    score: float
    """0 to 1: what it is ranked by."""


@dataclass(frozen=True)
class Compared:
    """Two periods mined together."""

    now: Mined
    before: Mined
    basis: Basis
    changes: tuple[Change, ...]
    """All patterns, what matters most first."""


def compare_scans(
    now: Scan,
    before: Scan,
    *,
    windows: tuple[TimeWindow, TimeWindow] | None = None,
    source: LineSource | None = None,
    rule: Rule = "anomaly",
) -> Compared:
    """Return how the patterns of two scans differ. They are merged together, so that templates are the same.

    windows: the periods of now and before, if known; else they are as long as their lines' times tell, and where
    lines have no times, their lines are what is counted against. source: gives the lines of now again.
    """
    both = sorted({*now.shapes, *before.shapes})
    merged = merge(both)
    mined_now, mined_before = (mined(scan, source, rule, _part(merged, both, scan)) for scan in (now, before))
    basis = basis_of(mined_now, mined_before, windows)
    return Compared(mined_now, mined_before, basis, tuple(compare(mined_now, mined_before, basis)))


def _part(merged: Merged, shapes: list[str], scan: Scan) -> Merged:
    index = dict(zip(shapes, merged.template_of))
    return Merged(merged.templates, tuple(index[shape] for shape in scan.shapes))


def basis_of(now: Mined, before: Mined, windows: tuple[TimeWindow, TimeWindow] | None) -> Basis:
    """Return what counts are put in relation to: hours where nearly all lines of both periods have times, else lines."""
    if windows:
        hours = [window.duration.total_seconds() / 3600 for window in windows]
        return Basis(hours[0], hours[1], "hours")
    spans = [_span_hours(period) for period in (now, before)]
    if spans[0] and spans[1]:
        return Basis(spans[0], spans[1], "hours")
    return Basis(max(now.matched, 1), max(before.matched, 1), "lines")


def _span_hours(period: Mined) -> float:
    if period.first_seen is None or period.last_seen is None or period.untimed > 0.1 * period.matched:
        return 0.0
    return (period.last_seen - period.first_seen).total_seconds() / 3600


def compare(now: Mined, before: Mined, basis: Basis) -> list[Change]:
    """Return the changes of all patterns of two periods that were mined together, what matters most first.

    Equals are in the order of KINDS, then of severity, then by where they first occur, then by text.
    """
    was = {pattern.text: pattern for pattern in before.patterns}
    known = {pattern.text for pattern in now.patterns}
    gone = [replace(p, count=0, ratio=0.0, histogram=()) for p in before.patterns if p.text not in known]
    patterns = [*now.patterns, *gone]
    counts = [(p.count, was[p.text].count if p.text in was else 0) for p in patterns]
    spread = dispersions([was[p.text].histogram if p.text in was else () for p in patterns])
    log_p = [rate_change_log_p(n, b, basis.share, spread[at]) for at, (n, b) in enumerate(counts)]
    false_news = _false_news(now, before, sum(not b for _, b in counts))
    sure = [
        _Sureness(1.0 - false, strength(-log_p[at], _SCALE)).or_novel(0.0 if counts[at][1] else 1.0 - false_news)
        for at, false in enumerate(adjusted(log_p))
    ]
    changes = [_change(pattern, *counts[at], basis, sure[at]) for at, pattern in enumerate(patterns)]
    places = [*_first_places(now), *_first_places(before)[[p.text not in known for p in before.patterns]]]
    order = sorted(range(len(changes)), key=lambda at: (*_rank(changes[at]), places[at], changes[at].pattern.text))
    return [changes[at] for at in order]


class _Sureness(NamedTuple):
    """How sure a change is."""

    significance: float
    for_ranking: float

    def or_novel(self, novelty: float) -> _Sureness:
        """Return the same with what being new says besides."""
        doubt = (1.0 - self.for_ranking) * (1.0 - _NOVEL * novelty)
        return _Sureness(max(self.significance, novelty), 1.0 - doubt)


def _false_news(now: Mined, before: Mined, found: int) -> float:
    """Return what share of the new patterns would be new if nothing had changed, 0 to 1.

    A pattern of one line may be new and matter, which counts cannot tell; but where the period before had few patterns
    of one line, hardly any are to be expected. Method: Good & Turing's estimate of the chance that the next line is of
    a kind not seen yet, the kinds seen once over all lines (Good 1953), with half a kind added.
    """
    once = sum(pattern.count == 1 for pattern in before.patterns)
    return min(1.0, (once + 0.5) * now.matched / max(before.matched, 1) / max(found, 1))


def _change(pattern: Pattern, now: int, before: int, basis: Basis, sure: _Sureness) -> Change:
    expected = before * basis.now / basis.before
    more = now > expected
    weight = (WEIGHTS if more else LESS_WEIGHTS)[pattern.severity] if any(map(str.isalpha, pattern.text)) else 0.0
    return Change(
        pattern=pattern,
        kind=_kind(now, before, expected, sure.significance),
        now=now,
        before=before,
        rate_now=now / basis.now,
        rate_before=before / basis.before,
        expected=expected,
        ratio=now / expected if before else None,
        significance=sure.significance,
        score=sure.for_ranking * effect(now, expected) * weight,
    )


def _kind(now: int, before: int, expected: float, significance: float) -> Kind:
    if not before:
        return "new"
    if significance < SURE or 1 / LEAST_RATIO < now / expected < LEAST_RATIO:
        return "same"
    return "gone" if not now else "more" if now > expected else "less"


def effect(now: float, expected: float) -> float:
    """Return how large a change is, 0 to 1: a half for twice as many, 0.8 for 16 times; the same for as many fewer.

    Half a line is added on both sides, so that a single line is never infinitely many.
    """
    doublings = abs(math.log2((now + 0.5) / (expected + 0.5)))
    return doublings / (1.0 + doublings)


def _rank(change: Change) -> tuple[float, int, int]:
    """Return what is sorted by; scores that differ by less than a hundredth are as good as equal."""
    return -round(change.score, 2), KINDS.index(change.kind), _SEVERITIES.index(change.pattern.severity)


def _first_places(period: Mined) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return where each pattern first occurs, in the order of lines."""
    places = np.full(len(period.patterns), np.iinfo(np.int64).max, np.int64)
    if period.scan is not None:
        samples = period.scan.samples
        np.minimum.at(places, period.pattern_of[samples.shapes], samples.places)
    return places
