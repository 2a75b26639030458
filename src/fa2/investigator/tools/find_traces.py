"""find_traces: the slowest traces, or those that failed, with where the failure began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fa2.core.messages import Statement, Value
from fa2.core.span_times import measured
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import Listing, cut, found, need
from fa2.investigator.asking.names import known_service
from fa2.investigator.asking.times import INCIDENT, times
from fa2.investigator.desk import Arguments, Desk, Found

_ROWS = 10
FAILED = "status IN ('error', 'fault', 'throttle')"
"""The predicate for spans that did not do what they were asked."""


class FindTracesArguments(Arguments):
    """What find_traces takes."""

    show: Literal["slowest", "failed"] = "slowest"
    service: OptionalText = None
    operation: OptionalText = None
    window: str = INCIDENT
    limit: int = _ROWS


@dataclass(frozen=True)
class FindTraces:
    """The tool."""

    name: str = "find_traces"
    arguments: type[Arguments] = FindTracesArguments
    tables: tuple[str, ...] = ("spans",)

    def __call__(self, desk: Desk, arguments: FindTracesArguments, /) -> Found:
        """Return one row a trace: the slowest first, or the failed ones in the order of time."""
        need(desk, *self.tables)
        where = times(desk.telemetry, arguments.window)
        conditions, parameters = [f"{where.within('start')} AND {measured('duration_ms')}"], dict[str, Value]()
        if arguments.service:
            conditions.append("service = $service")
            parameters["service"] = known_service(desk.telemetry, arguments.service, "spans")
        if arguments.operation:
            conditions.append("contains(lower(operation), lower($operation))")
            parameters["operation"] = arguments.operation
        slowest = arguments.show == "slowest"
        if not slowest:
            conditions.append(FAILED)
        order = "duration_ms DESC, trace_id" if slowest else "start, trace_id"
        sql = _sql(" AND ".join(conditions), "" if slowest else " WHERE failed_spans > 0")
        listing = Listing("spans", sql, order, rows(arguments.limit), parameters)
        answer = found(desk, listing, where, f"SELECT 1 FROM spans WHERE {where.within('start')}")
        if not slowest and not desk.telemetry.rows("SELECT 1 FROM spans WHERE status IS NOT NULL LIMIT 1"):
            return Found(answer.evidence, answer.left_out, (*answer.notes, Statement("tools.note.no_status")))
        return answer


def _sql(conditions: str, failed_only: str) -> str:
    """Return SQL for one row a trace: its span that fits and lasted longest, and what failed in it first."""
    return f"""WITH chosen AS (
            SELECT * FROM spans WHERE {conditions}
            QUALIFY row_number() OVER (PARTITION BY trace_id ORDER BY duration_ms DESC, start, span_id) = 1),
        whole AS (
            SELECT trace_id, count(*) AS spans, count(DISTINCT service) AS services, count(*) FILTER ({FAILED}) AS failed_spans
            FROM spans WHERE trace_id IN (SELECT trace_id FROM chosen) GROUP BY trace_id),
        began AS (
            SELECT trace_id, service AS failed_in, resource AS failed_calling, error FROM spans AS s
            WHERE trace_id IN (SELECT trace_id FROM chosen) AND {FAILED}
            QUALIFY row_number() OVER (PARTITION BY trace_id ORDER BY start + to_microseconds(
                CASE WHEN {measured("duration_ms")} THEN (duration_ms * 1000)::BIGINT ELSE 0 END), start DESC, span_id) = 1)
        SELECT {cut("trace_id", "trace_id")}, start, {cut("service", "service")}, {cut("operation", "operation", 100)},
            duration_ms, status, http_status, spans, services, failed_spans, {cut("failed_in", "failed_in")},
            {cut("failed_calling", "failed_calling", 100)}, {cut("began.error", "error", 160)}
        FROM chosen JOIN whole USING (trace_id) LEFT JOIN began USING (trace_id){failed_only}"""


tool = FindTraces()
