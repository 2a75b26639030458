"""Errors, faults and throttles per (service, operation): those that began there, not those passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fa2.analysers import mechanism_rules
from fa2.analysers.known_services import tracing_services
from fa2.analysers.sampled_spans import span_shares
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time
from fa2.logs.comparisons.comparison import expected_count, strength, surprise

_MAX_REPORTED = 8
_WEIGHTS = {"fault": 1.0, "throttle": 1.0, "error": 0.7}


@dataclass(frozen=True)
class _Group:
    service: str
    operation: str | None
    status: str
    resource: str | None
    answered: bool
    """Whether the callee wrote a span."""
    error: str | None
    window: int
    baseline: int


def own_errors_sql(telemetry: Telemetry, where: str = "") -> str:
    """Return SQL for the spans whose error began with them: none of their children failed.

    Columns: service, operation, status, resource (what a client called), answered (whether another
    service wrote a span for the call), error, trace_id, start, inside.
    """
    within = f"({telemetry.in_window('s.start')} OR {telemetry.in_baseline('s.start')})"
    return f"""SELECT s.service, s.operation, s.status, CASE WHEN s.kind IN ('client', 'producer') THEN s.resource END
            AS resource, EXISTS (
                SELECT 1 FROM spans AS c WHERE c.trace_id = s.trace_id AND c.parent_id = s.span_id
                AND c.service <> s.service) AS answered, s.error, s.trace_id, s.start, {telemetry.in_window("s.start")} AS inside
        FROM spans AS s
        WHERE s.status IN ('error', 'fault', 'throttle') AND {within} AND NOT EXISTS (
            SELECT 1 FROM spans AS c WHERE c.trace_id = s.trace_id AND c.parent_id = s.span_id AND c.span_id <> s.span_id
            AND c.status IN ('error', 'fault', 'throttle')){where}"""


def span_errors(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield (service, operation, status) whose own errors rose, the most surprising first.

    A failed call to something that writes no spans itself (a table, a queue, an outside API) is told with
    that as the resource, and blamed on the service that owns the call. A call to a known service that
    wrote no span for it never arrived, and is blamed on the service called.
    """
    if not telemetry.has("spans"):
        return
    shares = telemetry.derived(span_shares)
    groups = [_Group(*row) for row in telemetry.rows(_search_sql(telemetry))]
    scored = [
        (
            surprise(g.window, expected_count(g.baseline, shares.get(g.service, telemetry.window_share)))
            * _WEIGHTS[g.status],
            g,
        )
        for g in groups
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1].service, pair[1].operation or "", pair[1].status))
    for nats, group in scored[:_MAX_REPORTED]:
        if nats >= 2.0:
            certainty = strength(nats, 5.0) * _WEIGHTS[group.status]
            lost = not group.answered and group.resource in telemetry.derived(tracing_services)
            yield _observation(telemetry, group, certainty, lost=lost)


def _search_sql(telemetry: Telemetry) -> str:
    return f"""SELECT service, operation, status, resource, answered, min(error) FILTER (inside) AS error,
        count(DISTINCT trace_id) FILTER (inside) AS w, count(DISTINCT trace_id) FILTER (NOT inside) AS b
    FROM ({own_errors_sql(telemetry)}) GROUP BY service, operation, status, resource, answered HAVING w > 0"""


def _observation(telemetry: Telemetry, group: _Group, certainty: float, *, lost: bool) -> Observation:
    share = telemetry.derived(span_shares).get(group.service, telemetry.window_share)
    mine = " AND s.service = $service AND s.operation IS NOT DISTINCT FROM $operation AND s.status = $status"
    query = Query(
        "spans",
        f"""WITH failed AS ({own_errors_sql(telemetry, mine)})
        SELECT count(DISTINCT trace_id) FILTER (inside) AS window,
            count(DISTINCT trace_id) FILTER (NOT inside) AS baseline,
            count(DISTINCT trace_id) FILTER (NOT inside) * {share!r}::DOUBLE AS expected,
            min(start) FILTER (inside) AS onset, min(error) FILTER (inside) AS error
        FROM failed WHERE resource IS NOT DISTINCT FROM $resource AND answered = $answered""",
        {
            "service": group.service,
            "operation": group.operation,
            "status": group.status,
            "resource": group.resource,
            "answered": group.answered,
        },
    )
    asked = telemetry.ask(query)
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    error = str(values.pop("error") or "")
    mechanisms = dict(mechanism_rules.in_text(f"{error} {group.operation or ''}"))
    if group.status == "throttle":
        mechanisms["throttling"] = 1.0
    if lost:
        mechanisms = _why_unreached(mechanisms)
    return Observation(
        kind="span_error",
        statement=Statement(
            f"observations.span_error.{'lost' if lost else 'remote' if group.resource else 'own'}",
            {
                "service": group.service,
                "operation": group.operation,
                "status": group.status,
                "resource": group.resource,
                "error": error[:300] or None,
                **values,
            },
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=group.resource if lost else group.service,
        resource=None if lost else group.resource,
        strength=certainty,
        mechanisms=mechanisms,
        onset=optional_time(values["onset"]),
    )


def _why_unreached(seen: Mapping[str, float]) -> dict[str, float]:
    """Return why a service was not reached, from how its caller failed: refused means that nobody listened."""
    if "dns" in seen or "certificate" in seen:
        return {name: seen[name] for name in ("dns", "certificate") if name in seen}
    return {"crash": 0.8} if "dependency_down" in seen else {"crash": 0.3, "network": 0.3}
