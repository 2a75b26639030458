"""metric: one metric's values over time, and its statistics against normal times."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement, Value
from fa2.core.windows import TimeWindow, sql_within
from fa2.investigator.asking.arguments import OptionalText, Text
from fa2.investigator.asking.bundle import Listing, asked, cut, listed, need
from fa2.investigator.asking.names import known, known_service, nearest
from fa2.investigator.asking.series import KEY, moved_sql
from fa2.investigator.asking.times import INCIDENT, Times, hull, times
from fa2.investigator.desk import Arguments, Desk, Found, ToolRefused

_SERIES = 8
"""Series that statistics are shown of."""
_POINTS = 30
_AROUND = 3
"""How many lengths of the window are shown before and after it."""
_ADDED_UP = ("Sum", "SampleCount")


class MetricArguments(Arguments):
    """What metric takes."""

    name: Text
    service: OptionalText = None
    resource: OptionalText = None
    namespace: OptionalText = None
    stat: OptionalText = None
    window: str = INCIDENT
    fetch: bool = False


@dataclass(frozen=True)
class Metric:
    """The tool."""

    name: str = "metric"
    arguments: type[Arguments] = MetricArguments
    tables: tuple[str, ...] = ("metrics",)

    def __call__(self, desk: Desk, arguments: MetricArguments, /) -> Found:
        """Return the statistics of the series that fit, those first that moved furthest, and points of the first."""
        where = times(desk.telemetry, arguments.window)
        notes = [*where.notes, *_fetched(desk, arguments, where)]
        need(desk, *self.tables)
        conditions, parameters = _conditions(desk, arguments)
        sql = f"""SELECT {", ".join(cut(c, c) if c != "period_s" else c for c in KEY)}, points, mean, median, p95, lowest, highest,
                first_deviation, usual_points, usual_mean, usual_median, usual_p95, moved
            FROM ({moved_sql(desk.telemetry, conditions, where.within("timestamp"))})"""
        order = f"abs(moved) DESC NULLS LAST, points DESC, {', '.join(KEY)}, mean"
        shown, left = listed(desk, Listing("metrics", sql, order, _SERIES, parameters))
        if not shown.rows:
            raise ToolRefused("tools.refused.no_series", names=", ".join(_names(desk, arguments.name)))
        if left:
            notes.append(Statement("tools.note.more_series", {"n": left}))
        first = {column: shown.cell(0, column) for column in KEY}
        return Found((shown, _points(desk, first, _shown_range(desk, arguments.window, where))), left, tuple(notes))


def _conditions(desk: Desk, arguments: MetricArguments) -> tuple[str, dict[str, Value]]:
    parameters: dict[str, Value] = {"name": _known_name(desk, arguments.name)}
    conditions = [sql_within("timestamp", [hull(desk.telemetry)]), "name = $name"]
    if arguments.service:
        parameters["service"] = known_service(desk.telemetry, arguments.service, "metrics")
        conditions.append("service = $service")
    for column in ("resource", "namespace", "stat"):
        if text := getattr(arguments, column):
            parameters[column] = text
            told = "concat_ws(' ', resource, dimensions)" if column == "resource" else column
            conditions.append(f"contains(lower({told}), lower(${column}))")
    return " AND ".join(conditions), parameters


def _known_name(desk: Desk, asked_for: str) -> str:
    return known(asked_for, _all_names(desk))


def _all_names(desk: Desk) -> list[str]:
    return [name for (name,) in desk.telemetry.rows("SELECT DISTINCT name FROM metrics ORDER BY name")]


def _names(desk: Desk, asked_for: str) -> list[str]:
    return nearest(asked_for, _all_names(desk))


def _shown_range(desk: Desk, written: str, where: Times) -> TimeWindow:
    """Return what points are shown of: around the incident, or just the times asked for."""
    whole = hull(desk.telemetry)
    if written != INCIDENT:
        return TimeWindow(where.windows[0].start, where.windows[-1].end)
    window = desk.telemetry.window
    around = _AROUND * window.duration
    return TimeWindow(max(whole.start, window.start - around), min(whole.end, window.end + around))


def _points(desk: Desk, series: dict[str, Value], shown: TimeWindow) -> Evidence:
    """Return at most _POINTS values of a series, several of its points as one where it has more."""
    period = max(1, int(str(series["period_s"])))
    step = -(-int(shown.duration.total_seconds()) // (_POINTS - 1))
    step = period * max(1, -(-step // period))
    together = "sum" if series["stat"] in _ADDED_UP else "avg"
    same = " AND ".join(f"substr({c}::VARCHAR, 1, 240) IS NOT DISTINCT FROM ${c}::VARCHAR" for c in KEY)
    sql = f"""SELECT time_bucket(to_seconds({step}), timestamp, CAST($origin AS TIMESTAMPTZ)) AS time, {step} AS step_s,
            {together}(value) AS value, count(*) AS points
        FROM metrics WHERE {sql_within("timestamp", [shown])} AND isfinite(value) AND {same}
        GROUP BY ALL ORDER BY time LIMIT {_POINTS + 1}"""
    return asked(desk, "metrics", sql, {**series, "origin": shown.start.isoformat()})


def _fetched(desk: Desk, arguments: MetricArguments, where: Times) -> list[Statement]:
    if not arguments.fetch:
        return []
    if desk.further is None:
        raise ToolRefused("tools.refused.not_live")
    if not arguments.namespace:
        raise ToolRefused("tools.refused.no_namespace")
    stat = arguments.stat or "Average"
    notes = [desk.further.metric(arguments.namespace, arguments.name, stat, window) for window in where.windows]
    return [note for some in notes for note in some]


tool = Metric()
