"""How surprising a count is against a baseline."""

from __future__ import annotations

import math


def expected_count(baseline: int, window_share: float) -> float:
    """Return the count that the baseline's rate gives for a window of `window_share` its length."""
    return baseline * window_share


def surprise(observed: float, expected: float) -> float:
    """Return how much more likely the observed count makes its own rate than the expected one, in nats.

    Positive for more than expected, negative for less. Half a line is added to the expectation, so that
    one unseen line is no proof of anything. Method: log-likelihood ratio of two Poisson rates (Dunning
    1993 uses the same for words); bursts are not independent, so callers saturate it.
    """
    floor = expected + 0.5
    if observed <= 0:
        return -expected
    part = (observed - floor) / floor
    near = abs(part) < 1e-4  # where the difference of two large numbers would be lost
    ratio = floor * (part**2 / 2 - part**3 / 6 if near else (1 + part) * math.log1p(part) - part)
    return ratio if observed > floor else -ratio


def strength(nats: float, scale: float = 6.0) -> float:
    """Return a surprise as 0 to 1: 0.63 at `scale`, 0.95 at three times that; 0 for a negative one."""
    return 1.0 - math.exp(-max(nats, 0.0) / scale)
