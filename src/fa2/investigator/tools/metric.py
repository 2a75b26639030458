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
from fa2.investigator.desk import Arguments, Desk, Fetched, Found, ToolRefused

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
        fetched = _fetched(desk, arguments) if arguments.fetch else None
        need(desk, "fetched_metrics" if fetched else "metrics")
        among = _Among("metrics", "true", {}) if fetched is None else _of(fetched)
        wanted = _wanted(desk, arguments, among)
        sql = f"""SELECT {", ".join(cut(c, c) if c != "period_s" else c for c in KEY)}, points, mean, median, p95, lowest, highest,
                first_deviation, usual_points, usual_mean, usual_median, usual_p95, moved
            FROM ({moved_sql(desk.telemetry, wanted.where, where.within("timestamp"), table=wanted.table)})"""
        order = f"abs(moved) DESC NULLS LAST, points DESC, {', '.join(KEY)}, mean"
        shown, left = listed(desk, Listing(wanted.table, sql, order, _SERIES, wanted.parameters))
        if not shown.rows:
            raise ToolRefused("tools.refused.no_series", names=", ".join(nearest(arguments.name, _names(desk, among))))
        notes = [*where.notes, *(fetched.notes if fetched else ())]
        if left:
            notes.append(Statement("tools.note.more_series", {"n": left}))
        first = {column: shown.cell(0, column) for column in KEY}
        points = _points(desk, first, _shown_range(desk, arguments.window, where), among)
        return Found((shown, points), left, tuple(notes))


@dataclass(frozen=True)
class _Among:
    """Rows of a table of metrics: those of a condition."""

    table: str
    where: str
    parameters: dict[str, Value]


def _of(fetched: Fetched) -> _Among:
    return _Among("fetched_metrics", "fetch_id = $fetch", {"fetch": fetched.fetch})


def _wanted(desk: Desk, arguments: MetricArguments, among: _Among) -> _Among:
    """Return the rows of the series that are meant. Raises ToolRefused for names that are not there."""
    parameters = {**among.parameters, "name": known(arguments.name, _names(desk, among))}
    conditions = [among.where, sql_within("timestamp", [hull(desk.telemetry)]), "name = $name"]
    if arguments.service:
        parameters["service"] = known_service(desk.telemetry, arguments.service, among.table)
        conditions.append("service = $service")
    for column in ("resource", "namespace", "stat"):
        if text := getattr(arguments, column):
            parameters[column] = text
            told = "concat_ws(' ', resource, dimensions)" if column == "resource" else column
            conditions.append(f"contains(lower({told}), lower(${column}))")
    return _Among(among.table, " AND ".join(conditions), parameters)


def _names(desk: Desk, among: _Among) -> list[str]:
    sql = f"SELECT DISTINCT name FROM {among.table} WHERE {among.where} ORDER BY name"
    return [name for (name,) in desk.telemetry.rows(sql, among.parameters)]


def _shown_range(desk: Desk, written: str, where: Times) -> TimeWindow:
    """Return what points are shown of: around the incident, or just the times asked for."""
    whole = hull(desk.telemetry)
    if written != INCIDENT:
        return TimeWindow(where.windows[0].start, where.windows[-1].end)
    window = desk.telemetry.window
    around = _AROUND * window.duration
    return TimeWindow(max(whole.start, window.start - around), min(whole.end, window.end + around))


def _points(desk: Desk, series: dict[str, Value], shown: TimeWindow, among: _Among) -> Evidence:
    """Return at most _POINTS values of a series, several of its points as one where it has more."""
    period = max(1, int(str(series["period_s"])))
    step = -(-int(shown.duration.total_seconds()) // (_POINTS - 1))
    step = period * max(1, -(-step // period))
    together = "sum" if series["stat"] in _ADDED_UP else "avg"
    same = " AND ".join(f"substr({c}::VARCHAR, 1, 240) IS NOT DISTINCT FROM ${c}::VARCHAR" for c in KEY)
    sql = f"""SELECT time_bucket(to_seconds({step}), timestamp, CAST($origin AS TIMESTAMPTZ)) AS time, {step} AS step_s,
            {together}(value) AS value, count(*) AS points
        FROM {among.table} WHERE {among.where} AND {sql_within("timestamp", [shown])} AND isfinite(value) AND {same}
        GROUP BY ALL ORDER BY time LIMIT {_POINTS + 1}"""
    return asked(desk, among.table, sql, {**series, **among.parameters, "origin": shown.start.isoformat()})


def _fetched(desk: Desk, arguments: MetricArguments) -> Fetched:
    if desk.further is None:
        raise ToolRefused("tools.refused.not_live")
    if not arguments.namespace:
        raise ToolRefused("tools.refused.no_namespace")
    return desk.further.metric(arguments.namespace, arguments.name, arguments.stat or "Average")


tool = Metric()
