"""When a detector does not fit the logs that it watches, and what fits better."""

from __future__ import annotations

from fa2.logs.detectors.baseline import Baseline
from fa2.logs.detectors.book import REST

MANY_PATTERNS = 300
"""CloudWatch's users found detectors to work well up to about this many."""


def advice_for(baseline: Baseline) -> tuple[str, ...]:
    """Return the codes of detectors.advice.* that hold for what was learned."""
    patterns = baseline.book.patterns
    found = []
    if len(patterns) > MANY_PATTERNS:
        found.append("many_patterns")
    if REST in patterns:
        found.append("too_many_patterns")
    return tuple(found)
