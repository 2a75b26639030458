"""Own time: how much longer each operation itself took than normal, the time of its callees taken off."""

from __future__ import annotations

from collections.abc import Iterable

from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.span_times import own_time_sql
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time
from fa2.logs.comparisons.comparison import strength

_MAX_REPORTED = 8
_LEAST_SHARE = 0.03
"""Operations whose excess is less than this share of all excess, or of all time spent, are not told."""


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
