"""Where in time the trouble is, when nobody said: a window and its baseline, found in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from fa2.core.span_times import measured
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, sql_literal
from fa2.logs.bundles.line_tables import COUNTED, RAW, LineTable, line_tables

_BUCKETS = 120
_THRESHOLD = 3.0
"""Robust deviations that a bucket has to exceed to count as trouble."""
_CAP = 12.0
_FEWEST = 0.3
"""The least deviation of a count: one line or span more than usual is hardly above the threshold."""
_LEAST_TROUBLE = 1.0
"""What the excess over the threshold has to add up to; a lone error line stays below."""
_TINY = 1e-9
_ERRORS = "level IN ('ERROR', 'FATAL')"
_FAILED = "status IN ('fault', 'throttle', 'error')"
_SHORTEST = timedelta(minutes=2)
_MAX_BASELINE = 8
"""Lengths of the window that a baseline has at most."""
_TIMES = {RAW.name: RAW.moment, COUNTED.name: COUNTED.moment, "spans": "start", "metrics": "timestamp"}
"""The tables that say when there was anything, with the column that says it."""


@dataclass(frozen=True)
class FoundWindow:
    """A window that was found, or chosen for want of anything better."""

    window: TimeWindow
    baselines: tuple[TimeWindow, ...]
    troubled: bool
    """False when nothing stood out and the window is just the last quarter of the data."""


def data_range(telemetry: Telemetry) -> TimeWindow | None:
    """Return the times that logs, spans and metrics cover together; null when there are none."""
    seen: list[datetime] = []
    for table, column in _TIMES.items():
        if telemetry.has(table):
            row = telemetry.rows(f"SELECT min({column}), max({column}) FROM {table}")[0]
            seen += [moment for moment in row if moment is not None]
    return TimeWindow(min(seen), max(seen) + timedelta(microseconds=1)) if seen else None


def find_window(telemetry: Telemetry, covered: TimeWindow) -> FoundWindow:
    """Return the stretch of `covered` with the most trouble, and the normal time around it.

    Trouble is error lines, failed spans, slow root spans and metrics outside their own normal, each in
    robust deviations per bucket. The stretch is the one with the largest sum above a threshold (Bentley's
    maximum subarray); the baseline is what precedes it, or follows it where little precedes. Data of less
    than _SHORTEST is all window: too little to tell normal from not.
    """
    if covered.duration < _SHORTEST:
        return FoundWindow(covered, (), troubled=False)
    trouble = [0.0] * _BUCKETS
    for series, floor in _series(telemetry, covered):
        for place, deviation in enumerate(_deviations(series, floor)):
            trouble[place] += deviation
    start, end, total = _heaviest([value - _THRESHOLD for value in trouble])
    troubled = total > _LEAST_TROUBLE
    if not troubled:
        start, end = _BUCKETS * 3 // 4, _BUCKETS
    step = covered.duration / _BUCKETS
    window = TimeWindow(covered.start + start * step, covered.end if end == _BUCKETS else covered.start + end * step)
    return FoundWindow(window, tuple(baselines_for(window, covered)), troubled)


def baselines_for(window: TimeWindow, covered: TimeWindow) -> list[TimeWindow]:
    """Return the normal time for a window: before it, or after it where less than half of it precedes."""
    longest = _MAX_BASELINE * window.duration
    before = (max(covered.start, window.start - longest), min(covered.end, window.start))
    after = (max(covered.start, window.end), min(covered.end, window.end + longest))
    for start, end in (before, after):
        if end - start >= window.duration / 2:
            return [TimeWindow(start, end)]
    return [TimeWindow(*before)] if before[0] < before[1] else []


def _series(telemetry: Telemetry, covered: TimeWindow) -> list[tuple[list[float], float]]:
    """Return each series of trouble by bucket, with the least deviation that it has."""
    step = max(int(covered.duration.total_seconds() * 1e6) // _BUCKETS, 1)

    def bucket(column: str) -> str:
        return f"least((epoch_us({column}) - epoch_us({sql_literal(covered.start)})) // {step}, {_BUCKETS - 1}) AS b"

    def errors(table: LineTable) -> tuple[str, float]:
        return f"SELECT {bucket(table.moment)}, {table.lines(_ERRORS)} FROM {table.rows} GROUP BY b", _FEWEST

    queries = {
        **{table.name: [errors(table)] for table in line_tables(telemetry)},
        "spans": [
            (f"SELECT {bucket('start')}, count(*) FILTER ({_FAILED}) FROM spans GROUP BY b", _FEWEST),
            (
                f"""SELECT {bucket("start")}, quantile_cont(duration_ms, 0.9) FROM spans
                WHERE parent_id IS NULL AND {measured("duration_ms")} GROUP BY b""",
                _TINY,
            ),
        ],
        "metrics": [
            (
                f"""WITH normal AS (
                    SELECT service, resource, namespace, name, dimensions, stat, median(value) AS usual,
                        greatest(1.4826 * mad(value), 0.05 * abs(median(value)), 1e-9) AS spread
                    FROM metrics WHERE isfinite(value) GROUP BY ALL HAVING count(*) >= 8)
                SELECT {bucket("m.timestamp")}, avg((abs(m.value - n.usual) > 5 * n.spread)::INTEGER) * 100
                FROM metrics AS m JOIN normal AS n ON m.namespace = n.namespace AND m.name = n.name AND m.stat = n.stat
                    AND m.service IS NOT DISTINCT FROM n.service AND m.resource IS NOT DISTINCT FROM n.resource
                    AND m.dimensions IS NOT DISTINCT FROM n.dimensions WHERE isfinite(m.value) GROUP BY b""",
                _TINY,
            )
        ],
    }
    return [
        (_filled(telemetry.rows(sql)), floor)
        for table, asked in queries.items()
        if telemetry.has(table)
        for sql, floor in asked
    ]


def _filled(rows: Sequence[tuple[object, ...]]) -> list[float]:
    values = [0.0] * _BUCKETS
    for place, value in rows:
        if isinstance(place, int) and 0 <= place < _BUCKETS:
            values[place] = float(value or 0.0)  # type: ignore[arg-type]  # a number of DuckDB
    return values


def _deviations(values: Sequence[float], floor: float) -> list[float]:
    """Return how many robust deviations each value lies above the median, at most _CAP, never negative."""
    middle = median(values)
    spread = max(1.4826 * median(abs(v - middle) for v in values), 0.1 * abs(middle), 0.1 * max(values), floor)
    return [min(max((v - middle) / spread, 0.0), _CAP) for v in values]


def _heaviest(values: Sequence[float]) -> tuple[int, int, float]:
    """Return (start, end, sum) of the run with the largest sum; the earliest among equals."""
    best = (0, 0, 0.0)
    start, running = 0, 0.0
    for place, value in enumerate(values):
        if running <= 0:
            start, running = place, 0.0
        running += value
        if running > best[2]:
            best = (start, place + 1, running)
    return best
