"""service_graph: who calls whom, how often, how slow and with how many failures, against normal times."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement, Value
from fa2.core.span_times import measured
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import ANSWER, Listing, cut, listed, need, nothing
from fa2.investigator.asking.names import known_service
from fa2.investigator.asking.times import INCIDENT, Times, times
from fa2.investigator.desk import Arguments, Desk, Found
from fa2.investigator.tools.operations import sampled

_ROWS = 20


class ServiceGraphArguments(Arguments):
    """What service_graph takes."""

    service: OptionalText = None
    window: str = INCIDENT
    limit: int = _ROWS


@dataclass(frozen=True)
class ServiceGraph:
    """The tool."""

    name: str = "service_graph"
    arguments: type[Arguments] = ServiceGraphArguments
    tables: tuple[str, ...] = ("spans", "edges")

    def __call__(self, desk: Desk, arguments: ServiceGraphArguments, /) -> Found:
        """Return the calls that spans show, the most failed first, and the edges that only the edges table knows."""
        need(desk, *self.tables)
        where = times(desk.telemetry, arguments.window)
        parameters: dict[str, Value] = {}
        if arguments.service:
            parameters["service"] = known_service(desk.telemetry, arguments.service, "spans", "edges")
        limit = rows(arguments.limit)
        asked_for = [t for t in self.tables if desk.telemetry.has(t)]
        parts = [_listing(desk, table, where, limit, parameters) for table in asked_for]
        shown = [listed(desk, part, characters=ANSWER // len(parts)) for part in parts]
        told = tuple(evidence for evidence, _ in shown if evidence.rows)
        notes: tuple[Statement, ...] = sampled(desk) if "spans" in asked_for else ()
        if not told:
            return _nothing(desk, shown[0][0], where)
        return Found(told, sum(left for _, left in shown), (*where.notes, *notes))


def _nothing(desk: Desk, shown: Evidence, where: Times) -> Found:
    looked = (
        f"SELECT 1 FROM spans WHERE {where.within('start')}" if desk.telemetry.has("spans") else "SELECT 1 FROM edges"
    )
    return nothing(desk, shown, where, looked)


def _listing(desk: Desk, table: str, where: Times, limit: int, parameters: dict[str, Value]) -> Listing:
    mine = " WHERE caller = $service OR callee = $service" if parameters else ""
    if table == "spans":
        order = "failed DESC, calls DESC, expected_calls DESC, caller, callee"
        return Listing("spans", f"{_calls(desk, where)}{mine}", order, limit, parameters)
    seen = (
        f"WHERE (caller, callee) NOT IN (SELECT (caller, callee) FROM ({_calls(desk, where)}))"
        if desk.telemetry.has("spans")
        else ""
    )
    sql = f"""SELECT * FROM (
        SELECT DISTINCT {cut("caller", "caller")}, {cut("callee", "callee")}, {cut("kind", "kind", 40)} FROM edges {seen}){mine}"""
    return Listing("edges", sql, "caller, callee, kind", limit, parameters)


def _calls(desk: Desk, where: Times) -> str:
    """Return SQL for the calls of each caller to each callee: a service, or a resource that writes no spans itself."""
    inside, normal = where.within("start"), desk.telemetry.in_baseline("start")
    share = f"{where.share_of(desk.telemetry.baselines)!r}::DOUBLE"
    return f"""SELECT * FROM (WITH ran AS (
            SELECT *, {inside} AS inside, {normal} AS normal FROM spans WHERE ({inside} OR {normal}) AND {measured("duration_ms")}),
        made AS (
            SELECT p.service AS caller, c.service AS callee, c.duration_ms, c.inside, c.normal,
                coalesce(c.status IN ('error', 'fault', 'throttle') OR p.status IN ('error', 'fault', 'throttle') AND p.kind = 'client',
                    false) AS failed
            FROM ran AS c JOIN ran AS p ON p.trace_id = c.trace_id AND p.span_id = c.parent_id WHERE p.service <> c.service
            UNION ALL
            SELECT service, resource, duration_ms, inside, normal, coalesce(status IN ('error', 'fault', 'throttle'), false)
            FROM ran AS p WHERE kind IN ('client', 'producer') AND resource <> service AND NOT EXISTS (
                SELECT 1 FROM ran AS c WHERE c.trace_id = p.trace_id AND c.parent_id = p.span_id AND c.service <> p.service))
        SELECT {cut("caller", "caller")}, {cut("callee", "callee")}, count(*) FILTER (inside) AS calls,
            count(*) FILTER (inside AND failed) AS failed, median(duration_ms) FILTER (inside) AS median_ms,
            quantile_cont(duration_ms, 0.95) FILTER (inside) AS p95_ms, count(*) FILTER (normal) * {share} AS expected_calls,
            count(*) FILTER (normal AND failed) * {share} AS expected_failed, median(duration_ms) FILTER (normal) AS usual_median_ms,
            quantile_cont(duration_ms, 0.95) FILTER (normal) AS usual_p95_ms
        FROM made GROUP BY caller, callee)"""


tool = ServiceGraph()
