"""The series that a report draws: the entry's requests, error lines, and the metrics that shifted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fa2.core.evidence import Query
from fa2.core.observations import Observation
from fa2.core.report import Chart, Said
from fa2.core.span_times import measured
from fa2.core.telemetry import Telemetry
from fa2.core.windows import sql_literal, sql_within
from fa2.logs.bundles.bundle_patterns import BUCKETS, chart_range
from fa2.logs.bundles.line_tables import LineTable, line_tables

_MAX_METRICS = 8
_MAX_POINTS = 400


def charts(telemetry: Telemetry, observations: Iterable[Observation]) -> list[Chart]:
    """Return the charts of a report over the chart range: entry first, then shifted metrics, largest first."""
    shifted = [o for o in observations if o.kind == "metric_shift"][:_MAX_METRICS]
    return [*_entry(telemetry), *_error_lines(telemetry), *(_metric(telemetry, o) for o in shifted)]


def _step(telemetry: Telemetry) -> timedelta:
    return max(chart_range(telemetry).duration / BUCKETS, timedelta(seconds=1))


def _bucketed(telemetry: Telemetry, column: str, table: str, where: str, values: str) -> list[tuple[object, ...]]:
    """Return (start of interval, values…) for each interval of the chart range, empty ones too."""
    shown = chart_range(telemetry)
    step = int(_step(telemetry).total_seconds() * 1e6)
    return telemetry.rows(
        f"""WITH steps AS (SELECT unnest(range({BUCKETS})) AS i),
        found AS (
            SELECT (epoch_us({column}) - epoch_us({sql_literal(shown.start)})) // {step} AS i, {values}
            FROM {table} WHERE {sql_within(column, [shown])} AND {where} GROUP BY 1)
        SELECT make_timestamptz(epoch_us({sql_literal(shown.start)}) + steps.i * {step}), found.* EXCLUDE (i)
        FROM steps LEFT JOIN found USING (i) ORDER BY steps.i"""
    )


def _entry(telemetry: Telemetry) -> list[Chart]:
    if not telemetry.has("spans"):
        return []
    rows = _bucketed(
        telemetry,
        "start",
        "spans",
        "parent_id IS NULL",
        "count(*) AS n, count(*) FILTER (status IN ('error', 'fault', 'throttle')) AS failed, "
        f"quantile_cont(duration_ms, 0.95) FILTER ({measured('duration_ms')}) AS p95",
    )
    if not any(row[1] for row in rows):
        return []
    failed = (
        [_chart("entry_failed", "charts.entry_failed", None, rows, 2, empty=0.0)] if any(r[2] for r in rows) else []
    )
    return [
        *failed,
        _chart("entry_p95", "charts.entry_p95", "ms", rows, 3, empty=None),
        _chart("entry_requests", "charts.entry_requests", None, rows, 1, empty=0.0),
    ]


def _error_lines(telemetry: Telemetry) -> list[Chart]:
    """Return the error lines of all tables that count lines; each counts other sources than the others."""
    counted = [_counted_errors(telemetry, table) for table in line_tables(telemetry)]
    rows: list[tuple[object, ...]] = [
        (same[0][0], _summed([row[1] for row in same])) for same in zip(*counted, strict=True)
    ]
    chart = _chart("error_lines", "charts.error_lines", None, rows, 1, empty=0.0)
    return [chart] if _total(chart) else []


def _summed(values: list[object]) -> float:
    return sum(float(value) for value in values if isinstance(value, int | float))


def _total(chart: Chart) -> float:
    return sum(value or 0.0 for value in chart.values)


def _counted_errors(telemetry: Telemetry, table: LineTable) -> list[tuple[object, ...]]:
    return _bucketed(telemetry, table.moment, table.rows, "level IN ('ERROR', 'FATAL')", f"{table.total}::BIGINT AS n")


def _chart(
    id_: str, key: str, unit: str | None, rows: list[tuple[object, ...]], column: int, *, empty: float | None
) -> Chart:
    return Chart(
        id=id_,
        title=Said(key=key),
        service=None,
        unit=unit,
        times=[_at(row) for row in rows],
        values=[_number(row[column], empty) for row in rows],
    )


def _metric(telemetry: Telemetry, observation: Observation) -> Chart:
    """Return the chart of a shifted series; long series are thinned to their buckets' means."""
    asked = observation.evidence[0]
    query: Query = asked.query
    key = ("service", "resource", "namespace", "name", "dimensions", "stat")
    mine = "".join(f" AND {c} IS NOT DISTINCT FROM ${c}" for c in key)
    shown = chart_range(telemetry)
    rows = telemetry.rows(
        f"""SELECT timestamp, avg(value), min(unit) FROM metrics
        WHERE {sql_within("timestamp", [shown])} AND isfinite(value){mine} GROUP BY timestamp ORDER BY timestamp""",
        {c: query.parameters[c] for c in key},
    )
    thinned = rows[:: len(rows) // _MAX_POINTS + 1]
    low, high = (asked.cell(0, name) for name in ("normal_low", "normal_high"))
    return Chart(
        id=asked.id,
        title=Said(
            key="charts.metric",
            values={c: observation.statement.values[c] for c in ("name", "stat")},
        ),
        service=observation.service,
        resource=observation.resource,
        unit=str(rows[0][2]) if rows and rows[0][2] is not None else None,
        times=[_at(row) for row in thinned],
        values=[_number(row[1], None) for row in thinned],
        onset=observation.onset,
        normal_low=_number(low, None),
        normal_high=_number(high, None),
    )


def _at(row: tuple[object, ...]) -> datetime:
    if not isinstance(row[0], datetime):
        raise TypeError("a chart's rows begin with a time")
    return row[0]


def _number(value: object, empty: float | None) -> float | None:
    return float(f"{value:.9g}") if isinstance(value, int | float) else empty
