"""Own time: how much longer each operation itself took than normal, the time of its callees taken off."""

from __future__ import annotations

from collections.abc import Iterable

from fa2.analysers.durations import measured
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time
from fa2.logs.comparisons.comparison import strength

_MAX_REPORTED = 8
_LEAST_SHARE = 0.03
"""Operations whose excess is less than this share of all excess, or of all time spent, are not told."""


def own_time_sql(telemetry: Telemetry, where: str = "") -> str:
    """Return SQL for the own time of each span in window and baseline.

    where: a condition on r that holds for spans of $service only, which spares the work for all others.
    Columns: trace_id, service, resource, operation, kind, inside, start, duration_ms, own_ms.
    Taken off is the time in which a child ran, and in which a later sibling that called another service
    ran: asynchronous frameworks record the call beside the span that waits for it, not beneath. Siblings
    that called are put aside first: DuckDB would otherwise join all siblings of a trace with each other.
    """
    within = f"({telemetry.in_window('start')} OR {telemetry.in_baseline('start')})"
    owned = " AND p.service = $service" if where else ""
    covered = (
        "greatest(0, least(epoch_us({p}.start) + {p}.duration_ms * 1000, epoch_us({c}.start) + {c}.duration_ms * 1000)"
        " - greatest(epoch_us({p}.start), epoch_us({c}.start))) / 1000"
    )
    return f"""WITH ran AS (
        SELECT trace_id, span_id, parent_id, service, resource, operation, kind, start, duration_ms,
            {telemetry.in_window("start")} AS inside FROM spans
        WHERE {within} AND {measured("duration_ms")}),
    beneath AS (
        SELECT p.trace_id, p.span_id, sum({covered.format(p="p", c="c")}) AS ms, bool_or(c.service <> p.service) AS remote
        FROM ran AS p JOIN ran AS c ON c.trace_id = p.trace_id AND c.parent_id = p.span_id
        WHERE c.kind IS DISTINCT FROM 'consumer' AND c.span_id <> p.span_id{owned} GROUP BY ALL),
    calling AS MATERIALIZED (
        SELECT c.* FROM ran AS c JOIN beneath AS b USING (trace_id, span_id) WHERE b.remote AND c.parent_id IS NOT NULL),
    beside AS (
        SELECT p.trace_id, p.span_id, max({covered.format(p="p", c="c")}) AS ms
        FROM ran AS p JOIN calling AS c
            ON c.trace_id = p.trace_id AND c.parent_id = p.parent_id AND c.service = p.service AND c.span_id <> p.span_id
        WHERE c.start >= p.start GROUP BY ALL)
    SELECT r.trace_id, r.service, r.resource, r.operation, r.kind, r.inside, r.start, r.duration_ms,
        greatest(r.duration_ms - coalesce(n.ms, 0) - coalesce(s.ms, 0), 0) AS own_ms, coalesce(n.remote, false) AS calls
    FROM ran AS r LEFT JOIN beneath AS n USING (trace_id, span_id) LEFT JOIN beside AS s USING (trace_id, span_id)
    {where}"""


def onset_sql(table: str, abnormal: str, tie: str, *, time: str = "start", ahead: int = 19) -> str:
    """Return SQL for `begun`: the first abnormal row of `table` after which abnormal ones are common.

    Common is at least about half as many, among it and the `ahead` rows that follow, as in the whole window: a few
    rows are abnormal at any time. Needs the columns `time`, the boolean `abnormal`, and `tie` to order
    rows of one time.
    """
    return f"""begun AS (
        SELECT min({time}) FILTER ({abnormal} AND ahead >= (usual_share + 0.05) / 2) AS onset FROM (
            SELECT {time}, {abnormal}, avg({abnormal}::INTEGER) OVER () AS usual_share, avg({abnormal}::INTEGER) OVER (
                ORDER BY {time}, {tie} ROWS BETWEEN CURRENT ROW AND {ahead} FOLLOWING) AS ahead FROM {table}))"""


def span_times(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield (service, operation) whose own time grew, by total excess over the normal median.

    Strength is the share of all excess times how many of the spans are slower than the baseline's 95th
    percentile; the two together are what a user waits for and what is not chance. Spans that call another
    service are left to call_gaps, as their own time holds the network.
    """
    if not (telemetry.has("spans") and telemetry.baselines):
        return
    found = telemetry.rows(_search_sql(telemetry))
    total = sum(row[3] for row in found)
    for service, operation, kind, excess, slow, spent in found[:_MAX_REPORTED]:
        if excess >= _LEAST_SHARE * max(total, spent):
            certainty = strength(excess / total * 10, 2.5) * min(slow * 1.2, 1.0)
            yield _observation(telemetry, (service, operation, kind), certainty)


def _search_sql(telemetry: Telemetry) -> str:
    return f"""WITH own AS ({own_time_sql(telemetry)}),
    normal AS (
        SELECT service, operation, kind, median(own_ms) AS usual, quantile_cont(own_ms, 0.95) AS high, count(*) AS n
        FROM own WHERE NOT inside AND NOT calls GROUP BY ALL),
    compared AS (
        SELECT service, operation, kind, sum(own_ms - usual) AS excess,
            avg((own_ms > high * 1.1 + 0.5)::INTEGER) AS slow, count(*) AS n
        FROM own JOIN normal USING (service, operation, kind) WHERE inside AND NOT calls AND normal.n >= 3 GROUP BY ALL)
    SELECT service, operation, kind, excess, slow, (SELECT sum(own_ms) FROM own WHERE inside) AS spent
    FROM compared
    WHERE excess > 0 AND n >= 3 AND slow >= 0.2 ORDER BY excess DESC, service, operation, kind"""


def _observation(telemetry: Telemetry, key: tuple[str, str | None, str | None], certainty: float) -> Observation:
    service, operation, kind = key
    mine = (
        "WHERE r.service = $service AND r.operation IS NOT DISTINCT FROM $operation "
        "AND r.kind IS NOT DISTINCT FROM $kind"
    )
    query = Query(
        "spans",
        f"""WITH own AS ({own_time_sql(telemetry, mine)}),
        normal AS (SELECT median(own_ms) AS usual, quantile_cont(own_ms, 0.95) AS high FROM own WHERE NOT inside),
        slowed AS (SELECT start, own_ms, own_ms > high * 1.1 + 0.5 AS slow FROM own, normal WHERE inside),
        {onset_sql("slowed", "slow", "own_ms")}
        SELECT count(*) FILTER (inside) AS spans, median(own_ms) FILTER (inside) AS own_ms, any_value(usual) AS usual_ms,
            sum(own_ms - usual) FILTER (inside) / 1000 AS excess_s,
            avg((own_ms > high * 1.1 + 0.5)::INTEGER) FILTER (inside) AS slow_share,
            (SELECT onset FROM begun) AS onset,
            CASE WHEN count(DISTINCT resource) = 1 THEN min(resource) END AS resource
        FROM own, normal""",
        {"service": service, "operation": operation, "kind": kind},
    )
    asked = telemetry.ask(query)
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    named = values.pop("resource")
    resource = None if named is None else str(named)
    remote = kind == "client"
    return Observation(
        kind="span_time",
        statement=Statement(
            "observations.span_time.remote" if remote and resource else "observations.span_time.own",
            {"service": service, "operation": operation, "resource": resource, **values},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=service,
        resource=resource,
        strength=certainty,
        mechanisms={"dependency_slow": 0.8} if remote else {"cpu_saturation": 0.2, "lock_contention": 0.1},
        onset=optional_time(values["onset"]),
    )
