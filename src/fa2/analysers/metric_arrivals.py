"""Metric arrivals: what is counted only when it happens, and was counted in the window and never in normal times.

Many of CloudWatch's counters have no points while there is nothing to count: throttled requests, 5xx answers. Without a
normal to compare with, metric_shifts cannot tell them.
"""

from __future__ import annotations

from collections.abc import Iterable

from fa2.analysers import mechanism_rules
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.metric_kinds import metric_kind
from fa2.core.observations import Observation, Role
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time
from fa2.logs.comparisons.comparison import strength

_MAX_REPORTED = 6
_KEY = ("service", "resource", "namespace", "name", "dimensions", "stat")
_WEIGHTS = {"errors": 1.0, "saturation": 0.9, "availability": 0.8, "latency": 0.5, "requests": 0.4, "other": 0.3}


def metric_arrivals(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield the counters that began in the window, the most telling first.

    Only sums, only of namespaces that were measured in normal times too: otherwise nothing says that there was nothing
    to count. Role and mechanisms as for a metric that rose.
    """
    if not telemetry.has("metrics") or not telemetry.baselines:
        return
    found = [dict(zip((*_KEY, "total"), row, strict=True)) for row in telemetry.rows(_search_sql(telemetry))]
    found.sort(key=lambda series: -_WEIGHTS[metric_kind(series["name"])] * strength(series["total"], 10.0))
    for series in found[:_MAX_REPORTED]:
        total = float(series.pop("total"))
        yield _observation(telemetry, series, total)


def _search_sql(telemetry: Telemetry) -> str:
    return f"""SELECT {", ".join(_KEY)}, sum(value) FILTER ({telemetry.in_window()}) AS total
        FROM metrics WHERE stat IN ('Sum', 'SampleCount') AND isfinite(value)
            AND namespace IN (SELECT namespace FROM metrics WHERE {telemetry.in_baseline()})
        GROUP BY {", ".join(_KEY)}
        HAVING count(*) FILTER (NOT {telemetry.in_window()} AND value <> 0) = 0
            AND count(*) FILTER ({telemetry.in_baseline()}) = 0 AND total > 0
        ORDER BY total DESC, {", ".join(_KEY)}"""


def _observation(telemetry: Telemetry, series: dict[str, str | None], total: float) -> Observation:
    mine = " AND ".join(f"{column} IS NOT DISTINCT FROM ${column}" for column in _KEY)
    asked = telemetry.ask(
        Query(
            "metrics",
            f"""SELECT sum(value) AS total, count(*) AS points, min(timestamp) FILTER (value > 0) AS onset,
                max(timestamp) FILTER (value > 0) AS latest
            FROM metrics WHERE {telemetry.in_window()} AND isfinite(value) AND {mine}""",
            dict(series),
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    name, service = str(series["name"]), series["service"]
    kind, mechanisms = metric_kind(name), mechanism_rules.of_metric(name, "up")
    own = kind == "saturation" and bool(mechanisms) and service is not None
    role: Role = "cause" if own else "symptom"
    named = {"service": service or series["namespace"], "name": name, "stat": series["stat"]}
    return Observation(
        kind="metric_arrival",
        statement=Statement("observations.metric_arrival", {**named, **values}),
        evidence=(asked,),
        cells={key: Cell(asked.id, 0, key) for key in values},
        service=service,
        resource=series["resource"],
        strength=_WEIGHTS[kind] * strength(total, 10.0),
        role=role,
        onset=optional_time(values["onset"]),
        mechanisms=mechanisms,
    )
