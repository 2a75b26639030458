"""What spans took: which durations are measurements, and how long each span itself worked."""

from __future__ import annotations

from fa2.core.telemetry import Telemetry

_LONGEST_MS = 1e11
"""Three years."""


def measured(*columns: str) -> str:
    """Return the SQL predicate that holds when all these durations are numbers, not negative, not absurd.

    isfinite cannot be left out: Parquet's statistics know no NaN, so DuckDB drops a comparison of the
    range that they make look needless.
    """
    return "(" + " AND ".join(f"isfinite({c}) AND {c} BETWEEN 0 AND {_LONGEST_MS:.0f}" for c in columns) + ")"


def own_time_sql(telemetry: Telemetry, where: str = "") -> str:
    """Return SQL for the own time of each span in window and baseline.

    where: a condition on r that holds for spans of $service only, which spares the work for all others.
    Columns: trace_id, service, resource, operation, kind, inside, start, duration_ms, own_ms.
    Taken off is the time in which a child ran, and in which a later sibling that called another service
    ran: asynchronous frameworks record the call beside the span that waits for it, not beneath. Siblings
    that called are put aside first: DuckDB would otherwise join all siblings of a trace with each other.
    """
    within = f"({telemetry.in_window('start')} OR {telemetry.in_baseline('start')})"
    owned = " AND p.service = $service" if where else ""
    covered = (
        "greatest(0, least(epoch_us({p}.start) + {p}.duration_ms * 1000, epoch_us({c}.start) + {c}.duration_ms * 1000)"
        " - greatest(epoch_us({p}.start), epoch_us({c}.start))) / 1000"
    )
    return f"""WITH ran AS (
        SELECT trace_id, span_id, parent_id, service, resource, operation, kind, start, duration_ms,
            {telemetry.in_window("start")} AS inside FROM spans
        WHERE {within} AND {measured("duration_ms")}),
    beneath AS (
        SELECT p.trace_id, p.span_id, sum({covered.format(p="p", c="c")}) AS ms, bool_or(c.service <> p.service) AS remote
        FROM ran AS p JOIN ran AS c ON c.trace_id = p.trace_id AND c.parent_id = p.span_id
        WHERE c.kind IS DISTINCT FROM 'consumer' AND c.span_id <> p.span_id{owned} GROUP BY ALL),
    calling AS MATERIALIZED (
        SELECT c.* FROM ran AS c JOIN beneath AS b USING (trace_id, span_id) WHERE b.remote AND c.parent_id IS NOT NULL),
    beside AS (
        SELECT p.trace_id, p.span_id, max({covered.format(p="p", c="c")}) AS ms
        FROM ran AS p JOIN calling AS c
            ON c.trace_id = p.trace_id AND c.parent_id = p.parent_id AND c.service = p.service AND c.span_id <> p.span_id
        WHERE c.start >= p.start GROUP BY ALL)
    SELECT r.trace_id, r.service, r.resource, r.operation, r.kind, r.inside, r.start, r.duration_ms,
        greatest(r.duration_ms - coalesce(n.ms, 0) - coalesce(s.ms, 0), 0) AS own_ms, coalesce(n.remote, false) AS calls
    FROM ran AS r LEFT JOIN beneath AS n USING (trace_id, span_id) LEFT JOIN beside AS s USING (trace_id, span_id)
    {where}"""
