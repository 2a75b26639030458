"""A bundle's metrics as a place to ask: for questions without credentials, on what was collected."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from fa2.core.coverage import CoverageEntry
from fa2.core.insight import Points, SeriesName
from fa2.core.messages import Value
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, sql_within
from fa2.insights.commands import aws_command, duckdb_command, literal

_KEY = ("namespace", "name", "dimensions", "stat", "service", "resource")
_PERIODS = (1, 5, 10, 30, 60, 300, 900, 3600, 7200, 10800, 21600, 86400)
_POINTS = 200
"""About how many points of a series are looked at, where nobody says in which steps."""
_BOUND = {column: f"${column}" for column in _KEY}
_TOGETHER = {"Sum": "sum", "SampleCount": "sum", "Minimum": "min", "Maximum": "max"}
"""How finer points become one of a longer period; anything else by the mean."""


class BundleMetrics:
    """The metrics of a bundle, its points put together to the period that is asked for."""

    def __init__(self, telemetry: Telemetry, folder: str, *, parts: bool = False) -> None:
        """folder: where a person finds the bundle. parts: whether its metrics are a folder of parts."""
        self._telemetry = telemetry
        self._folder = folder
        self._parts = parts
        self._stored: dict[SeriesName, str | None] = {}

    def covered(self) -> TimeWindow | None:
        """Return the time that points cover, the last period with its whole length; null where there are none."""
        if not self._telemetry.has("metrics"):
            return None
        first, last = self._telemetry.rows(
            "SELECT min(timestamp), max(timestamp + to_seconds(period_s)) FROM metrics WHERE isfinite(value)"
        )[0]
        return TimeWindow(first, last) if first is not None else None

    def period_of(self, window: TimeWindow) -> int:
        """Return the seconds between points for a window of any length, not finer than they are."""
        finest = self._telemetry.rows("SELECT min(period_s) FROM metrics WHERE isfinite(value)")[0][0] or 60
        least = max(finest, window.duration.total_seconds() / _POINTS)
        return next((p for p in _PERIODS if p >= least), _PERIODS[-1])

    def listed(self) -> Sequence[SeriesName]:
        """Return all series, in the order of their names."""
        if not self._telemetry.has("metrics"):
            return []
        rows = self._telemetry.rows(f"SELECT DISTINCT {', '.join(_KEY)} FROM metrics ORDER BY ALL")
        for namespace, name, dimensions, stat, service, resource in rows:
            series = SeriesName(namespace, name, _pairs(dimensions), stat, service, resource)
            self._stored.setdefault(series, dimensions)
        return list(self._stored)

    def points(self, asked: Sequence[SeriesName], window: TimeWindow, period_s: int) -> Mapping[SeriesName, Points]:
        """Return the points by whole periods. One query for each series."""
        found = {}
        for series in asked:
            sql = _sql(series.stat, window, period_s, _BOUND)
            rows = self._telemetry.rows(sql, self._stated(series))
            if rows:
                found[series] = Points(
                    times=tuple(row[0] for row in rows),
                    values=tuple(float(row[1]) for row in rows),
                    unit=rows[0][2],
                    how_to_get=tuple(self._commands(series, window, period_s)),
                )
        return found

    def coverage(self) -> Sequence[CoverageEntry]:
        """Return what collecting the metrics said."""
        return [entry for entry in self._telemetry.bundle.coverage if entry.table == "metrics"]

    def _stated(self, series: SeriesName) -> dict[str, Value]:
        """Return what a series' rows hold."""
        stored = (series.namespace, series.name, self._stored.get(series), series.stat, series.service, series.resource)
        return dict(zip(_KEY, stored, strict=True))

    def _commands(self, series: SeriesName, window: TimeWindow, period_s: int) -> Sequence[str]:
        written = {column: literal(value) for column, value in self._stated(series).items()}
        sql = _sql(series.stat, window, period_s, written)
        commands = [duckdb_command(sql, self._folder, parts=self._parts)]
        if series.namespace.startswith("AWS/"):
            commands.append(aws_command(series, window, period_s))
        return commands


def _sql(stat: str, window: TimeWindow, period_s: int, stated: Mapping[str, str]) -> str:
    """Return the query for the points of a series; stated: SQL for the value of each column of its key."""
    mine = " AND ".join(f"{column} IS NOT DISTINCT FROM {value}" for column, value in stated.items())
    return f"""SELECT time_bucket(to_seconds(greatest({period_s}, period_s)), timestamp, TIMESTAMPTZ 'epoch') AS time,
            {_TOGETHER.get(stat, "avg")}(value) AS value, any_value(unit) AS unit
        FROM metrics WHERE {sql_within("timestamp", [window])} AND isfinite(value) AND {mine}
        GROUP BY time ORDER BY time"""


def _pairs(text: str | None) -> tuple[tuple[str, str], ...]:
    """Return dimensions as pairs; none where the bundle's text is no JSON object."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return ()
    return tuple(sorted((str(k), str(v)) for k, v in found.items())) if isinstance(found, dict) else ()
