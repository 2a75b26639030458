"""Gaps: time that passes between a caller's span and its callee's, in the network or a queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fa2.analysers.span_times import onset_sql
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.span_times import measured
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time

_MAX_REPORTED = 4
_LEAST_SHARE = 0.1
_CALLER_PART = 0.8
"""A gap speaks for the callee a little more than for the caller: its queue is part of it."""


def gap_sql(telemetry: Telemetry, where: str = "") -> str:
    """Return SQL for the gap of each call between services: caller, callee, inside, start, gap_ms."""
    within = f"({telemetry.in_window('c.start')} OR {telemetry.in_baseline('c.start')})"
    return f"""SELECT p.service AS caller, c.service AS callee, c.start, {telemetry.in_window("c.start")} AS inside,
            p.duration_ms - c.duration_ms AS gap_ms
        FROM spans AS c JOIN spans AS p ON p.trace_id = c.trace_id AND p.span_id = c.parent_id
        WHERE p.service <> c.service AND c.kind IS DISTINCT FROM 'consumer' AND {within}
        AND {measured("p.duration_ms", "c.duration_ms")}{where}"""


def call_gaps(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield services around whose calls the gap grew, the largest share of all growth first.

    A delay in one service's network widens the gaps on all its sides, so a service is blamed by the sum
    over its callers and callees; of the two ends of a single wide gap the callee comes first. What one
    service explains is taken away before the next is blamed.
    """
    if not (telemetry.has("spans") and telemetry.baselines):
        return
    edges = [_Edge(*row) for row in telemetry.rows(_search_sql(telemetry))]
    total = sum(edge.excess for edge in edges)
    for _ in range(_MAX_REPORTED):
        blamed = _blame(edges)
        if blamed is None or blamed.excess < _LEAST_SHARE * total:
            return
        yield _observation(telemetry, blamed.service, min(blamed.excess / total, 1.0) * min(blamed.slow * 1.1, 1.0))
        edges = [edge for edge in edges if blamed.service not in (edge.caller, edge.callee)]


@dataclass(frozen=True)
class _Edge:
    caller: str
    callee: str
    excess: float
    """Milliseconds over the normal median, all calls together."""
    slow: float
    """Share of the calls with a wide gap."""


@dataclass(frozen=True)
class _Blamed:
    service: str
    excess: float
    slow: float


def _blame(edges: Sequence[_Edge]) -> _Blamed | None:
    """Return the service that explains most of the edges' excess."""
    excess: dict[str, float] = defaultdict(float)
    slow: dict[str, float] = defaultdict(float)
    for edge in edges:
        for service, part in ((edge.callee, 1.0), (edge.caller, _CALLER_PART)):
            excess[service] += part * edge.excess
            slow[service] = max(slow[service], edge.slow)
    most = max(sorted(excess), key=lambda s: excess[s], default=None)
    return None if most is None else _Blamed(most, excess[most], slow[most])


def _search_sql(telemetry: Telemetry) -> str:
    return f"""WITH gaps AS ({gap_sql(telemetry)}),
    normal AS (
        SELECT caller, callee, median(gap_ms) AS usual, quantile_cont(gap_ms, 0.95) AS high
        FROM gaps WHERE NOT inside GROUP BY ALL)
    SELECT caller, callee, sum(gap_ms - usual) AS excess, avg((gap_ms > high * 1.1 + 5)::INTEGER) AS slow
    FROM gaps JOIN normal USING (caller, callee) WHERE inside GROUP BY caller, callee
    HAVING excess > 0 AND slow >= 0.3 ORDER BY excess DESC, caller, callee"""


def _observation(telemetry: Telemetry, service: str, strength: float) -> Observation:
    query = Query(
        "spans",
        f"""WITH gaps AS ({gap_sql(telemetry, " AND (p.service = $service OR c.service = $service)")}),
        normal AS (
            SELECT caller, callee, median(gap_ms) AS usual, quantile_cont(gap_ms, 0.95) AS high
            FROM gaps WHERE NOT inside GROUP BY ALL),
        compared AS (
            SELECT *, gap_ms > high * 1.1 + 5 AS wide FROM gaps JOIN normal USING (caller, callee) WHERE inside),
        {onset_sql("compared", "wide", "gap_ms")}
        SELECT count(*) AS calls, count(*) FILTER (wide) AS wide_calls, median(gap_ms) FILTER (wide) AS gap_ms,
            median(usual) FILTER (wide) AS usual_ms, (SELECT onset FROM begun) AS onset FROM compared""",
        {"service": service},
    )
    asked = telemetry.ask(query)
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    return Observation(
        kind="call_gap",
        statement=Statement("observations.call_gap", {"service": service, **values}),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=service,
        strength=strength,
        mechanisms={"network": 0.8},
        onset=optional_time(values["onset"]),
    )
