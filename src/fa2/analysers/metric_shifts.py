"""Metric shifts: series that left their normal range in the window, and series that stopped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fa2.analysers import mechanism_rules
from fa2.analysers.span_times import onset_sql
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.metric_kinds import metric_kind
from fa2.core.observations import Observation, Role
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time
from fa2.logs.comparisons.comparison import strength

MAX_REPORTED = 12
_FEW_POINTS = 8
"""With fewer points than this in the baseline, all points outside the window tell what is normal."""
_LEAST_SIZE = 4.0
_KEY = ("service", "resource", "namespace", "name", "dimensions", "stat")


@dataclass(frozen=True)
class Shift:
    """One series against its own normal."""

    service: str | None
    resource: str | None
    namespace: str
    name: str
    dimensions: str | None
    stat: str
    usual: float
    spread: float
    value: float | None
    """Median in the window; null when the series stopped."""
    points: int
    usual_points: float
    """Points that the baseline's rate gives for the window."""

    @property
    def bearer(self) -> str:
        """What the series is of, for reading: service, resource, or else what its dimensions or namespace say."""
        return self.service or self.resource or _told(self.dimensions) or self.namespace

    @property
    def stopped(self) -> bool:
        """Whether a series that reported regularly was silent."""
        return self.points == 0

    @property
    def readings(self) -> tuple[object, ...]:
        """What another series of the same thing has in common with this one."""
        return self.namespace, self.name, self.stat, self.value, self.usual

    @property
    def size(self) -> float:
        """How many normal spreads the median moved; signed."""
        return 0.0 if self.value is None else (self.value - self.usual) / self.spread


def _told(dimensions: str | None) -> str:
    """Return the values of a bundle's dimensions; what is no JSON object, as it stands."""
    try:
        read = json.loads(dimensions or "{}")
    except ValueError:
        read = dimensions
    return ", ".join(map(str, read.values())) if isinstance(read, dict) else str(read)


def metric_shifts(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield series whose window differs from their normal, largest first; the alarm's own metric leads.

    Size is the move of the median over the series' own spread, the largest of the scaled MAD, a third
    of the 5–95 % range, two per cent of the median, and one per cent of the new median. Latency, errors and
    requests are symptoms, since callers share them with callees; saturation of a resource speaks for its
    service, unless several services report the very same readings: then it is their host's, and blames none.
    """
    if not telemetry.has("metrics"):
        return
    shifts = telemetry.derived(find_shifts)
    sharers = Counter(shift.readings for shift in shifts)
    best: dict[tuple[object, ...], Shift] = {}
    for shift in sorted(shifts, key=lambda s: -_interest(telemetry, s)):
        own = sharers[shift.readings] == 1
        best.setdefault((shift.service, shift.resource, shift.name) if own else shift.readings, shift)
    for shift in list(best.values())[:MAX_REPORTED]:
        yield _observation(telemetry, shift, shared_by=sharers[shift.readings])


def find_shifts(telemetry: Telemetry) -> list[Shift]:
    """Return all series that shifted or stopped, in the order of their names."""
    rows = telemetry.rows(_search_sql(telemetry))
    return [shift for shift in (Shift(*row) for row in rows) if shift.stopped or abs(shift.size) >= _LEAST_SIZE]


def normal_sql(telemetry: Telemetry, where: str = "") -> str:
    """Return SQL for the normal of each series: median `usual`, `spread` and number of points `n`."""
    key = ", ".join(_KEY)
    return f"""SELECT {key}, median(value) FILTER (fits) AS usual, count(*) FILTER (near) AS n,
            greatest(1.4826 * mad(value) FILTER (fits), 0.02 * abs(median(value) FILTER (fits)), 1e-9,
                (quantile_cont(value, 0.95) FILTER (fits) - quantile_cont(value, 0.05) FILTER (fits)) / 3.3) AS spread
        FROM (SELECT *, near OR NOT enough AS fits FROM (
            SELECT {key}, value, {telemetry.in_baseline()} AS near,
                count(*) FILTER ({telemetry.in_baseline()}) OVER (PARTITION BY {key}) >= {_FEW_POINTS} AS enough
            FROM metrics WHERE NOT {telemetry.in_window()} AND isfinite(value){where}))
        GROUP BY {key}"""


def _search_sql(telemetry: Telemetry) -> str:
    key = ", ".join(_KEY)
    same = " AND ".join(f"w.{c} IS NOT DISTINCT FROM b.{c}" for c in _KEY)
    return f"""WITH normal AS ({normal_sql(telemetry)}),
    inside AS (
        SELECT {key}, median(value) AS value, count(*) AS n FROM metrics
        WHERE {telemetry.in_window()} AND isfinite(value) GROUP BY {key}),
    busy AS (SELECT max(n) AS n FROM inside)
    SELECT {", ".join("b." + c for c in _KEY)}, b.usual, greatest(b.spread, 0.01 * abs(w.value)), w.value, coalesce(w.n, 0),
        b.n * {telemetry.window_share}::DOUBLE AS usual_points
    FROM normal AS b LEFT JOIN inside AS w ON {same}, busy
    WHERE b.usual IS NOT NULL AND (
        abs(w.value - b.usual) >= {_LEAST_SIZE} * b.spread
        OR w.n IS NULL AND b.n * {telemetry.window_share} >= greatest(3, 0.8 * busy.n))
    ORDER BY ALL"""


def _interest(telemetry: Telemetry, shift: Shift) -> float:
    alarm = telemetry.incident.alarm
    if alarm and (shift.name, shift.service) == (alarm.metric, alarm.service):
        return 10.0
    weight = {"saturation": 1.0, "errors": 0.9, "availability": 0.9, "latency": 0.7, "requests": 0.5, "other": 0.3}
    return weight[metric_kind(shift.name)] * _certainty(shift)


def _certainty(shift: Shift) -> float:
    if shift.stopped:
        return strength(shift.usual_points, 10.0)
    moved = abs((shift.value or 0.0) - shift.usual) / max(abs(shift.usual), abs(shift.value or 0.0), 1e-9)
    return strength(abs(shift.size) - _LEAST_SIZE, 12.0) * min(moved * 1.5, 1.0)


def _observation(telemetry: Telemetry, shift: Shift, *, shared_by: int) -> Observation:
    asked = telemetry.ask(Query("metrics", _series_sql(telemetry), {c: getattr(shift, c) for c in _KEY}))
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    up = shift.size > 0
    kind = metric_kind(shift.name)
    mechanisms = {} if shift.stopped else mechanism_rules.of_metric(shift.name, "up" if up else "down")
    own = kind == "saturation" and bool(mechanisms) and shift.service is not None and shared_by == 1
    role: Role = "cause" if own else "symptom"
    change = "stopped" if shift.stopped else "rose" if up else "fell"
    if change == "rose" and values["normal_high"] == values["usual"]:
        change = "rose_from_rest"  # there is no spread to compare with
    named = {"service": shift.bearer, "resource": shift.resource, "name": shift.name, "stat": shift.stat}
    return Observation(
        kind="metric_shift",
        statement=Statement(f"observations.metric_shift.{change}", {**named, **values}),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=shift.service,
        resource=shift.resource,
        strength=_certainty(shift),
        role=role,
        onset=optional_time(values["onset"]),
        mechanisms=mechanisms,
    )


def _series_sql(telemetry: Telemetry) -> str:
    mine = "".join(f" AND {c} IS NOT DISTINCT FROM ${c}" for c in _KEY)
    return f"""WITH normal AS (SELECT usual, spread FROM ({normal_sql(telemetry, mine)})),
    inside AS (
        SELECT timestamp, value, abs(value - usual) >= {_LEAST_SIZE} * spread AS beyond FROM metrics, normal
        WHERE {telemetry.in_window()} AND isfinite(value){mine}),
    {onset_sql("inside", "beyond", "value", time="timestamp", ahead=3)}
    SELECT median(inside.value) AS value, any_value(normal.usual) AS usual,
        abs(median(inside.value) - any_value(normal.usual))
            / greatest(any_value(normal.spread), 0.01 * abs(median(inside.value))) AS size,
        count(inside.value) AS points, (SELECT onset FROM begun) AS onset,
        greatest(any_value(normal.usual - 3 * normal.spread), least(min(inside.value), 0)) AS normal_low,
        any_value(normal.usual + CASE WHEN normal.spread > 1e-9 THEN 3 * normal.spread ELSE 0 END) AS normal_high
    FROM normal LEFT JOIN inside ON true"""
