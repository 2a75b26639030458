"""Tests whether a rate changed between two periods, burstiness and the number of tests taken into account."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_MOST_EXACT = 20_000
"""Up to so many lines the test is exact; beyond, the normal law is as good."""
_PRIOR_LINES = 20.0
"""A pattern's own burstiness counts as much as that of all from so many lines on."""
_LEAST_LINES, _LEAST_INTERVALS = 8, 8
"""What it takes to tell burstiness."""


def rate_nats(now: float, before: float, share: float) -> float:
    """Return how much likelier two Poisson counts are under rates of their own than under one rate, in nats.

    share: of both periods' length, what is now's; above 0 and below 1. Method: half of the G statistic of the
    conditional binomial (Wilks 1938).
    """
    total = now + before
    nats = 0.0
    if now > 0:
        nats += now * math.log(now / (total * share))
    if before > 0:
        nats += before * math.log(before / (total * (1.0 - share)))
    return max(nats, 0.0)


def rate_change_log_p(now: int, before: int, share: float, dispersion: float = 1.0) -> float:
    """Return the natural logarithm of the two-sided probability of so uneven counts if the rate is the same.

    dispersion: how much counts vary more than Poisson's, 1 or above; the counts are worth so many times fewer.
    Method: exact conditional binomial test of two Poisson rates (Przyborowski & Wilenski 1940), of fractional counts
    through the incomplete beta function; beyond some thousand lines the normal law for the root of the G statistic.
    """
    few_now, few_before = now / dispersion, before / dispersion
    total = few_now + few_before
    if total <= 0:
        return 0.0
    more = few_now > total * share
    nats = rate_nats(few_now, few_before, share)
    if total > _MOST_EXACT or nats > 300:
        return _log_normal_tails(math.sqrt(2.0 * nats))
    tail = (
        _beta_share(few_now, few_before + 1.0, share) if more else _beta_share(few_before, few_now + 1.0, 1.0 - share)
    )
    return min(0.0, math.log(2.0 * tail)) if tail > 0 else _log_normal_tails(math.sqrt(2.0 * nats))


def _log_normal_tails(z: float) -> float:
    """Return the logarithm of both tails of the normal law beyond z."""
    tails = math.erfc(z / math.sqrt(2.0))
    if tails > 1e-300:
        return math.log(tails)
    return -z * z / 2.0 - math.log(z) + 0.5 * math.log(2.0 / math.pi)


def _beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b): the chance of `a` or more of a + b - 1 trials.

    Method: continued fraction by Lentz's algorithm (Press et al., Numerical Recipes, 6.4).
    """
    if a <= 0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _beta_share(b, a, 1.0 - x) if b > 0 else 0.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _off_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, 2_000):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _off_zero(1.0 + term * d)
            c = _off_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300


def adjusted(log_p: Sequence[float]) -> list[float]:
    """Return for each test the share of false alarms among all that are as clear, 0 to 1.

    Method: Benjamini & Hochberg 1995.
    """
    count = len(log_p)
    values, least = [1.0] * count, 0.0
    for rank, at in zip(range(count, 0, -1), sorted(range(count), key=lambda at: -log_p[at])):
        least = min(least, log_p[at] + math.log(count / rank))
        values[at] = math.exp(least)
    return values


def dispersions(histograms: Sequence[Sequence[int]]) -> list[float]:
    """Return for each pattern how much its counts per interval vary more than Poisson's do, 1 or above.

    histograms: of the period that stands for normal. What few lines cannot tell is taken from the other patterns:
    their median. First and last interval are not looked at, since they are mostly cut. 1 where nothing is known.
    """
    own = [_dispersion(np.asarray(histogram[1:-1], float)) for histogram in histograms]
    known = sorted(value for value in own if value is not None)
    usual = known[len(known) // 2] if known else 1.0
    return [
        _between(value, usual, sum(histogram)) if value is not None else usual
        for value, histogram in zip(own, histograms)
    ]


def _between(own: float, usual: float, lines: int) -> float:
    weight = lines / (lines + _PRIOR_LINES)
    return math.exp(weight * math.log(own) + (1.0 - weight) * math.log(usual))


def _dispersion(counts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    if counts.size < _LEAST_INTERVALS or counts.sum() < _LEAST_LINES:
        return None
    return max(1.0, float(counts.var(ddof=1) / counts.mean()))
