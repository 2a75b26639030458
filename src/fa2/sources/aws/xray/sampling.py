"""Which traces of a period are fetched whole: a sample in which each trace had the same chance, spread over strata.

Method: systematic sampling from a list sorted by strata (Madow & Madow 1944), with a start that hangs on the trace
ids alone. Strata get their share, so rates in the sample are those of all traces; see docs/decisions/0014.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from fa2.sources.aws.xray.summaries import OUTCOMES, Summary

_TIME_SLICES = 10


def chosen(population: Sequence[Summary], wanted: int) -> list[Summary]:
    """Return at most `wanted` of the summaries; all where there are no more. The order given does not matter."""
    if len(population) <= wanted:
        return sorted(population, key=lambda summary: summary.id)
    first = min(summary.start_us for summary in population)
    length = max(summary.start_us for summary in population) - first + 1
    ordered = sorted(
        population, key=lambda s: (*_stratum(s), (s.start_us - first) * _TIME_SLICES // length, _chance(s))
    )
    step = len(ordered) / wanted
    start = _chance(min(ordered, key=_chance), salt=b"start") * step
    return [ordered[int(start + n * step)] for n in range(wanted)]


def _stratum(summary: Summary) -> tuple[str, int, str, str, int]:
    """Return root service, outcome, faulting service, entry point, and band of duration: each twice the one before."""
    band = int(math.log2(summary.seconds * 1000)) if summary.seconds and summary.seconds > 0.001 else 0
    return summary.root, OUTCOMES.index(summary.outcome), summary.blamed, summary.entry, band


def _chance(summary: Summary, salt: bytes = b"") -> float:
    """Return a number from 0 to below 1 that hangs on the trace id only."""
    digest = hashlib.blake2b(summary.id.encode(), digest_size=6, salt=salt).digest()
    return int.from_bytes(digest, "big") / 2**48
