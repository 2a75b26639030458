"""Series of metrics against their own normal, as SQL."""

from __future__ import annotations

from fa2.core.telemetry import Telemetry

KEY = ("service", "resource", "namespace", "name", "dimensions", "stat", "unit", "period_s")
"""What one series is told by."""


def moved_sql(telemetry: Telemetry, where: str, inside: str | None = None, *, table: str = "metrics") -> str:
    """Return SQL for each series that has points: KEY, points, statistics, and how far it moved.

    Columns: points, mean, median, p95, lowest, highest, first_deviation (the first point that lies at least four
    spreads from the usual median), then usual_points, usual_mean, usual_median, usual_p95, and `moved`: the
    median's distance in spreads, signed. A spread is the largest of the scaled MAD, a third of the range of the
    middle 90 %, two per cent of the median, and one of the new median. Null without a baseline.
    where: a condition on rows of metrics, trusted. inside: the predicate for the times looked at; else the window. table: metrics
    or fetched_metrics.
    """
    key = ", ".join(KEY)
    inside = inside or telemetry.in_window()
    return f"""SELECT *, (median - usual_median) / greatest(spread, 0.01 * abs(median)) AS moved FROM (
        SELECT {key}, count(*) FILTER (inside) AS points, avg(value) FILTER (inside) AS mean,
            median(value) FILTER (inside) AS median, quantile_cont(value, 0.95) FILTER (inside) AS p95,
            min(value) FILTER (inside) AS lowest, max(value) FILTER (inside) AS highest,
            min(timestamp) FILTER (inside AND abs(value - usual) >= 4 * usual_spread) AS first_deviation,
            count(*) FILTER (normal) AS usual_points, avg(value) FILTER (normal) AS usual_mean,
            any_value(usual) AS usual_median, quantile_cont(value, 0.95) FILTER (normal) AS usual_p95,
            any_value(usual_spread) AS spread
        FROM (
            SELECT *, greatest(1.4826 * mad(value) FILTER (normal) OVER series, 0.02 * abs(usual), 1e-9, (
                quantile_cont(value, 0.95) FILTER (normal) OVER series
                    - quantile_cont(value, 0.05) FILTER (normal) OVER series) / 3.3) AS usual_spread
            FROM (
                SELECT *, median(value) FILTER (normal) OVER (PARTITION BY {key}) AS usual FROM (
                    SELECT *, {inside} AS inside, {telemetry.in_baseline()} AS normal FROM {table}
                    WHERE isfinite(value) AND {where}))
            WINDOW series AS (PARTITION BY {key}))
        GROUP BY {key})"""
