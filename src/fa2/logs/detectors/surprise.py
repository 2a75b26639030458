"""How unlikely a count is, and which of many unlikely counts may raise an alarm.

Counts are taken as negative binomial: Poisson with a rate that itself varies, by `dispersion` (variance over squared
mean) from interval to interval and by `doubt` because it was learned from few lines. The probability of a count at
least as extreme is bounded by Chernoff's inequality, exp(-D) with D the relative entropy rate: it never
understates, and needs no tables. Many tests: Benjamini and Hochberg (1995), at a rate that lets an interval raise
false alarms as rarely as the budget of a day allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FALSE_ALARMS_A_DAY = 0.2
"""The budget for all counts of a detector together, were the model exact."""


def nats(observed: Floats, expected: Floats, dispersion: Floats) -> Floats:
    """Return -log of the bound on the probability of counts at least as far from the expectation; all same shape."""
    y = np.asarray(observed, np.float64)
    m = np.maximum(expected, 1e-9)
    k = 1 / np.maximum(dispersion, 1e-9)
    logs = y * np.log(np.maximum(y, 1e-300) / m)
    found = np.where(y > 0, logs, 0.0) - (y + k) * np.log1p((y - m) / (m + k))
    return np.maximum(found, 0.0)


def nats_of(observed: float, expected: float, dispersion: float) -> float:
    """Return `nats` of one count."""
    return float(nats(np.array([observed]), np.array([expected]), np.array([dispersion]))[0])


def alarming(surprises: Sequence[float], tests: int, evaluations_a_day: int) -> float:
    """Return the surprise in nats from which on alarms are raised; infinite where none may be.

    surprises: of all tests that are worth a look; tests: how many were made.
    """
    level = FALSE_ALARMS_A_DAY / evaluations_a_day
    threshold = math.inf
    for rank, surprise in enumerate(sorted(surprises, reverse=True), 1):
        if surprise >= math.log(max(tests, 1) / (level * rank)):
            threshold = surprise
    return threshold
