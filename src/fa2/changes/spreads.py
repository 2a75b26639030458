"""What counts of a month are usual for a key, from the months before it, and which are not.

Method: counts are put on a scale on which they vary alike whatever their size (Anscombe 1948, for the negative
binomial), how much a key varies is drawn towards how much its peers do (moderated t, Smyth 2004), and the month is
judged by the prediction interval of the t distribution. A variance is never taken to be below Poisson's. The level
is shared out among the keys (Bonferroni), so that the interval shown is the one that decides. Where we depart: the
smallest change that matters is part of the interval.

Median and MAD were the alternative: with three to twelve months, and counts of which most are 0 or 1, the MAD is
mostly 0, and with it every second change an alarm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_MONTHS = 3
"""Fewer months do not tell how far they spread."""
LEVEL = 0.05
"""How likely a month like those before raises an alarm for any of the keys judged together."""
LEAST_FACTOR, LEAST_EXCESS = 1.5, 5.0
"""What is nearer to the expected count than both is within the range: sure perhaps, but of no matter."""
_MOST_PEERS = 24.0
"""The most degrees of freedom that the peers' spread is worth."""
_LEAST_VARIANCE = 0.02
"""For keys whose counts happen to be all the same."""
_POISSON = 0.25
"""The variance of a Poisson count on the scale."""
_INFORMATIVE = 5.0
_OFFSET = 0.375
_WIDEST = 4.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Usual:
    """What would be usual for a key this month."""

    low: float
    high: float
    """Counts from `low` to `high`, both included, are usual."""
    expected: float

    def judged(self, count: int) -> str:
        """Return `more`, `fewer` or `usual`."""
        return "more" if count > self.high else "fewer" if count < self.low else "usual"


def usual_ranges(before: Sequence[Sequence[float | None]], tests: int | None = None) -> list[Usual | None]:
    """Return for each key what is usual, or null where fewer than three months are known.

    before: for each key its counts in the months before, scaled to the length of the month judged; null for months
    in which the key was not recorded yet. tests: how many keys are judged, where more than these; see LEVEL.
    """
    known = [np.array([n for n in counts if n is not None], float) for counts in before]
    usable = [counts for counts in known if len(counts) >= LEAST_MONTHS]
    size = _overdispersion(usable)
    peers, weight = _peers(usable, size)
    level = LEVEL / max(1, tests if tests is not None else len(usable))
    return [_range(c, size, (peers, weight), level) if len(c) >= LEAST_MONTHS else None for c in known]


def _range(counts: Floats, size: float, peers: tuple[float, float], level: float) -> Usual:
    scaled, months = _scaled(counts, size), len(counts)
    own, (theirs, weight) = float(scaled.var(ddof=1)), peers
    variance = max(_POISSON, (weight * theirs + (months - 1) * own) / (weight + months - 1))
    reach = t_bound(level, int(weight) + months - 1) * math.sqrt(variance * (1 + 1 / months))
    middle = float(scaled.mean())
    expected = max(0.0, _counts(middle, size))
    low = _counts(middle - reach, size) if middle > reach else 0.0
    return Usual(
        low=max(0.0, math.floor(min(low, expected / LEAST_FACTOR, expected - LEAST_EXCESS))),
        high=math.ceil(max(_counts(middle + reach, size), expected * LEAST_FACTOR, expected + LEAST_EXCESS)),
        expected=expected,
    )


def _overdispersion(known: Sequence[Floats]) -> float:
    """Return how much counts vary beyond Poisson's law, as a square of their size: the median of the busier keys."""
    found = [(c.var(ddof=1) - c.mean()) / c.mean() ** 2 for c in known if c.mean() >= _INFORMATIVE]
    return float(min(max(np.median(found), 0.0), _WIDEST)) if found else 0.0


def _peers(known: Sequence[Floats], size: float) -> tuple[float, float]:
    """Return the mean variance of the keys on the scale, and the degrees of freedom that it is worth.

    The more alike the keys are in how much they vary, the more it is worth: as far as their variances differ no more
    than chance makes them differ, the most. Method: the moments of their logarithms (Smyth 2004, section 6.2).
    """
    busy = [_scaled(counts, size) for counts in known if counts.mean() >= 1]
    if len(busy) < 2:
        return _POISSON, 0.0
    freedom = np.array([len(counts) - 1 for counts in busy], float)
    variances = np.array([max(float(counts.var(ddof=1)), _LEAST_VARIANCE) for counts in busy])
    mean = float((variances * freedom).sum() / freedom.sum())
    beyond = float(np.log(variances).var(ddof=1)) - float(np.mean([_trigamma(f / 2) for f in freedom]))
    worth = _MOST_PEERS if beyond <= 0 else 2 * (1 / beyond + 0.5)
    return max(_POISSON, mean), min(worth, _MOST_PEERS, float(freedom.sum()) / 2)


def _trigamma(x: float) -> float:
    """Return the trigamma function: the variance of the logarithm of a gamma variable of shape `x`."""
    total = 0.0
    while x < 6:
        total += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    return total + 1 / x + square / 2 + square / x * (1 / 6 - square * (1 / 30 - square / 42))


def _scaled(counts: Floats, size: float) -> Floats:
    shifted = counts + _OFFSET
    return np.sqrt(shifted) if size < 1e-6 else np.arcsinh(np.sqrt(size * shifted)) / math.sqrt(size)


def _counts(scaled: float, size: float) -> float:
    root = scaled if size < 1e-6 else math.sinh(min(scaled * math.sqrt(size), 300.0)) / math.sqrt(size)
    return root * root - _OFFSET


def t_bound(level: float, freedom: int) -> float:
    """Return what a t-distributed value exceeds, on either side, with probability `level`."""
    low, high = 0.0, 1.0
    while _t_tails(high, freedom) > level and high < 1e12:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_tails(middle, freedom) > level else (low, middle)
    return high


def _t_tails(t: float, freedom: int) -> float:
    """Return the chance of a value beyond ±t. The finite sums of Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(1 + odd, freedom - 2, 2):
        term *= k / (k + 1) * cosine**2
        total += term
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return max(0.0, 1.0 - inside)
