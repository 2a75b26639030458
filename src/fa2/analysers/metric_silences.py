"""Metric silences: what reported regularly and fell silent within the window, while others went on.

Series that are silent throughout the window are told by metric_shifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement, Value
from fa2.core.observations import Observation, Role
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time, sql_literal
from fa2.logs.comparisons.comparison import strength

_MAX_REPORTED = 6
_FEWEST = 8
"""Points that a series needs for its rhythm to be known."""
_MISSED = 4
"""How many points in a row have to be missing, at least; the newest may merely be late."""
_PATIENCE = 1.5
"""A silence is longer than the longest pause before it by this much."""
_LATE_MIN = 10
"""Minutes that one namespace may lag behind the others in reporting."""
_FIRST = ("name", "stat", "last", "every_s", "silent_s", "missed")
"""What is told of the one series that stands for all."""
_KEY = "service, resource, namespace, name, dimensions, stat"


def metric_silences(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield each service and resource of which series fell silent, the surest first; one observation for all of them.

    A series is silent when it misses points that other series of its namespace still have, more of them than in any
    pause before. Where everything that a service reports fell silent, that speaks for the service being down;
    otherwise it blames nobody, as instances come and go.
    """
    if not telemetry.has("metrics"):
        return
    for service, resource, space, missed in telemetry.rows(_search_sql(telemetry)):
        yield _observation(telemetry, {"service": service, "resource": resource, "space": space}, missed)


def _ended_sql(telemetry: Telemetry) -> str:
    """Return SQL for all series that report in the window: when each was heard last, its rhythm, what it missed."""
    window = telemetry.window
    before = [b for b in telemetry.baselines if b.end <= window.start and window.start - b.end <= b.duration]
    start = before[-1].start if before else window.start
    pause = (window.start - before[-1].end).total_seconds() if before else 0.0
    across = (
        f"timestamp >= {sql_literal(window.start)} AND earlier < {sql_literal(before[-1].end if before else start)}"
    )
    return f"""WITH heard AS (
        SELECT {_KEY}, timestamp, lag(timestamp) OVER (PARTITION BY {_KEY} ORDER BY timestamp) AS earlier
        FROM metrics WHERE timestamp >= {sql_literal(start)} AND timestamp < {sql_literal(window.end)}),
    paused AS (
        SELECT *, epoch(timestamp - earlier) - CASE WHEN {across} THEN {pause} ELSE 0 END AS gap FROM heard),
    series AS (
        SELECT {_KEY}, count(*) AS points, max(timestamp) AS last, median(gap) AS every_s, max(gap) AS longest
        FROM paused GROUP BY {_KEY} HAVING max(timestamp) >= {sql_literal(window.start)}),
    compared AS (
        SELECT *, CASE WHEN service IS NULL THEN namespace END AS space, greatest(max(last) OVER (PARTITION BY namespace),
            max(last) OVER () - INTERVAL {_LATE_MIN} MINUTE) AS until FROM series),
    judged AS (
        SELECT *, epoch(until - last) AS silent_s, epoch(until - last) / greatest(every_s, 1) AS missed,
            points >= {_FEWEST}
                AND epoch(until - last) >= greatest({_MISSED} * every_s, {_PATIENCE} * longest, 1) AS silent
        FROM compared),
    placed AS (
        SELECT *, row_number() OVER (PARTITION BY service, resource, space
            ORDER BY silent DESC, missed DESC, name, stat, namespace, dimensions) AS place FROM judged),
    named AS (
        SELECT service, resource, space, count(*) AS series, count(*) FILTER (silent) AS ended,
            {", ".join(f"any_value({c}) FILTER (place = 1) AS {c}" for c in _FIRST)},
            sum(count(*)) OVER (PARTITION BY service)
                = sum(count(*) FILTER (silent)) OVER (PARTITION BY service) AS all_of_it
        FROM placed GROUP BY service, resource, space)"""


def _search_sql(telemetry: Telemetry) -> str:
    return f"""{_ended_sql(telemetry)}
    SELECT service, resource, space, missed FROM named WHERE ended > 0
    ORDER BY all_of_it DESC, ended / series DESC, missed DESC, service, resource, space LIMIT {_MAX_REPORTED}"""


def _observation(telemetry: Telemetry, of: Mapping[str, str | None], missed: float) -> Observation:
    mine = " AND ".join(f"{column} IS NOT DISTINCT FROM ${column}" for column in of)
    asked = telemetry.ask(
        Query(
            "metrics",
            f"""{_ended_sql(telemetry)}
            SELECT name, stat, last, every_s, silent_s, ended, series, all_of_it,
                last + to_seconds(every_s) AS onset FROM named WHERE {mine}""",
            dict(of),
        )
    )
    values: dict[str, Value] = dict(zip(asked.columns, asked.rows[0], strict=True))
    down = bool(values["all_of_it"]) and of["service"] is not None
    which = "nameless" if of["space"] else "all" if down else "instance" if of["resource"] else "some"
    named = {"all": ("service",), "some": ("service",), "instance": ("service", "resource"), "nameless": ("space",)}
    role: Role = "cause" if down else "symptom"
    onset = optional_time(values.pop("onset"))
    values = {key: value for key, value in values.items() if key != "all_of_it"}
    return Observation(
        kind="metric_silence",
        statement=Statement(
            f"observations.metric_silence.{which}",
            {**{key: of[key] for key in named[which]}, **values},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=of["service"],
        resource=of["resource"],
        strength=strength(missed, 10.0),
        role=role,
        onset=onset,
        mechanisms={"crash": 0.5} if down else {},
    )
