"""Impact: what users met at the entry, in failed and slow requests, as far as it was measured."""

from __future__ import annotations

from collections.abc import Iterable

from fa2.analysers.load_balancers import FROM_LOAD_BALANCER
from fa2.core.evidence import Cell, Query
from fa2.core.incident import Alarm
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.span_times import measured
from fa2.core.telemetry import Telemetry
from fa2.logs.bundles.line_tables import COUNTED, line_tables
from fa2.logs.comparisons.comparison import expected_count, strength, surprise


def entry_impact(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield the share of failed and the time of all root requests, against the baseline.

    Root spans are what entered from outside. Strength says how surely the window is worse than normal; it
    blames nobody, but tells whether there is an incident at all.
    """
    if telemetry.has("spans"):
        yield from _of_spans(telemetry)
    if telemetry.has("logs") or telemetry.has("log_counts"):
        yield from _of_load_balancers(telemetry)
    if telemetry.has("metrics") and telemetry.incident.alarm:
        yield from _of_alarm(telemetry, telemetry.incident.alarm)


def _of_spans(telemetry: Telemetry) -> Iterable[Observation]:
    asked = telemetry.ask(
        Query(
            "spans",
            f"""WITH roots AS (
                SELECT status, CASE WHEN {measured("duration_ms")} THEN duration_ms END AS duration_ms,
                    {telemetry.in_window("start")} AS inside FROM spans
                WHERE parent_id IS NULL AND coalesce(kind, 'server') IN ('server', 'internal', 'client')
                AND ({telemetry.in_window("start")} OR {telemetry.in_baseline("start")})),
            normal AS (SELECT quantile_cont(duration_ms, 0.95) AS high FROM roots WHERE NOT inside)
            SELECT count(*) FILTER (inside) AS requests, count(*) FILTER (NOT inside) AS usual_requests,
                count(*) FILTER (inside AND status IN ('error', 'fault', 'throttle')) AS failed,
                count(*) FILTER (NOT inside AND status IN ('error', 'fault', 'throttle')) AS usual_failed,
                count(*) FILTER (inside AND status IN ('error', 'fault', 'throttle')) / nullif(count(*) FILTER (inside), 0)
                    AS failed_share,
                median(duration_ms) FILTER (inside) AS median_ms, median(duration_ms) FILTER (NOT inside) AS usual_median_ms,
                quantile_cont(duration_ms, 0.95) FILTER (inside) AS p95_ms, any_value(normal.high) AS usual_p95_ms,
                avg((duration_ms > normal.high)::INTEGER) FILTER (inside) AS slow_share
            FROM roots, normal""",
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    requests, failed = int(values["requests"] or 0), int(values["failed"] or 0)
    if not requests:
        return
    usual = int(values["usual_requests"] or 0)
    expected = expected_count(int(values["usual_failed"] or 0), requests / usual) if usual else 0.0
    slow = max(float(values["slow_share"] or 0.0) - 0.05, 0.0) * requests
    nats = max(surprise(failed, expected), surprise(slow, 0.05 * requests) if usual else 0.0)
    yield Observation(
        kind="impact",
        statement=Statement("observations.impact.requests" if usual else "observations.impact.requests_alone", values),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        strength=strength(nats, 4.0),
        role="symptom",
    )


def _of_load_balancers(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield the share of requests that a load balancer answered with 5xx, from its access logs, raw or counted."""
    tables = line_tables(telemetry)
    requests_sql = " UNION ALL ".join(
        f"""SELECT {table.moment} AS moment, level, {"count" if table.name == COUNTED.name else "1"} AS n
            FROM {table.rows} WHERE {FROM_LOAD_BALANCER}"""
        for table in tables
    )
    inside, normal = telemetry.in_window("moment"), telemetry.in_baseline("moment")
    asked = telemetry.ask(
        Query(
            tables[-1].name,
            f"""SELECT coalesce(sum(n) FILTER ({inside}), 0)::BIGINT AS requests,
                coalesce(sum(n) FILTER ({normal}), 0)::BIGINT AS usual_requests,
                coalesce(sum(n) FILTER ({inside} AND level = 'ERROR'), 0)::BIGINT AS failed,
                coalesce(sum(n) FILTER ({normal} AND level = 'ERROR'), 0)::BIGINT AS usual_failed,
                coalesce(sum(n) FILTER ({inside} AND level = 'ERROR'), 0)::BIGINT
                    / nullif(sum(n) FILTER ({inside}), 0) AS failed_share
            FROM ({requests_sql})""",
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    requests, usual = int(values["requests"] or 0), int(values["usual_requests"] or 0)
    if not requests:
        return
    failed = int(values["failed"] or 0)
    expected = expected_count(int(values["usual_failed"] or 0), requests / usual) if usual else 0.0
    yield Observation(
        kind="impact",
        statement=Statement("observations.impact.load_balancer", values),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        strength=strength(surprise(failed, expected), 4.0),
        role="symptom",
    )


def _of_alarm(telemetry: Telemetry, alarm: Alarm) -> Iterable[Observation]:
    """Yield how far the alarm's own metric moved; no strength, as the alarm said so already."""
    asked = telemetry.ask(
        Query(
            "metrics",
            f"""SELECT median(value) FILTER ({telemetry.in_window()}) AS value,
                median(value) FILTER ({telemetry.in_baseline()}) AS usual,
                min(value) FILTER ({telemetry.in_window()}) AS lowest,
                max(value) FILTER ({telemetry.in_window()}) AS highest
            FROM metrics WHERE service IS NOT DISTINCT FROM $service AND name = $metric AND stat = $stat
            AND isfinite(value)""",
            {"service": alarm.service, "metric": alarm.metric, "stat": alarm.stat or "Average"},
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    if values["value"] is None:
        return
    named = {"service": alarm.service, "metric": alarm.metric, "stat": alarm.stat or "Average"}
    yield Observation(
        kind="alarm_metric",
        statement=Statement("observations.impact.alarm", {**named, **values}),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=alarm.service,
        role="symptom",
    )
