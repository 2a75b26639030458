"""Intervals of 95 % for shares and means, when a case may have been investigated several times.

Repeats of one case are not independent, so the unit is the case: each counts once, with the mean of its repeats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fa2.core.evaluation import Estimate

_Z = 1.959963984540054
"""97.5 % of the normal distribution lie below."""
_RESAMPLES = 4000


def share(values: Sequence[float]) -> Estimate | None:
    """Return the mean of values from 0 to 1, one a case, with Wilson's interval; null for none.

    For values other than 0 and 1 it is wider than need be: nothing between 0 and 1 varies more than a coin of the same mean.
    Method: Wilson 1927, without continuity correction; n is the number of cases.
    """
    n = len(values)
    if not n:
        return None
    p = min(1.0, max(0.0, math.fsum(values) / n))
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(value=p, low=min(low, p), high=max(high, p), cases=n)


def mean(values: Sequence[float], seed: int = 0) -> Estimate | None:
    """Return the mean of values, one a case, with the bootstrap's interval; null for none.

    The ends are null where all values are the same: drawing from them says nothing about others.
    Method: percentile bootstrap over cases (Efron 1979), 4000 draws, seeded.
    """
    if not values:
        return None
    each = np.asarray(values, dtype=float)
    if each.min() == each.max():
        return Estimate(value=float(each[0]), cases=len(each))
    chance = np.random.default_rng(seed)
    means = np.array([each[chance.integers(0, len(each), len(each))].mean() for _ in range(_RESAMPLES)])
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(value=float(each.mean()), low=float(low), high=float(high), cases=len(each))
