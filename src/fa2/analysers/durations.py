"""Which durations of spans are measurements: clocks that ran back and broken exporters write others."""

from __future__ import annotations

_LONGEST_MS = 1e11
"""Three years."""


def measured(*columns: str) -> str:
    """Return the SQL predicate that holds when all these durations are numbers, not negative, not absurd.

    isfinite cannot be left out: Parquet's statistics know no NaN, so DuckDB drops a comparison of the
    range that they make look needless.
    """
    return "(" + " AND ".join(f"isfinite({c}) AND {c} BETWEEN 0 AND {_LONGEST_MS:.0f}" for c in columns) + ")"
