"""operations: how each operation of the services did against normal times: its own time, its failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fa2.core.messages import Statement, Value
from fa2.core.span_times import own_time_sql
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import Listing, cut, found, need
from fa2.investigator.asking.names import known_service
from fa2.investigator.asking.times import Times, times
from fa2.investigator.desk import Arguments, Desk, Found

_ROWS = 12


class OperationsArguments(Arguments):
    """What operations takes."""

    service: OptionalText = None
    sort: Literal["slower", "failing"] = "slower"
    limit: int = _ROWS


@dataclass(frozen=True)
class Operations:
    """The tool."""

    name: str = "operations"
    arguments: type[Arguments] = OperationsArguments
    tables: tuple[str, ...] = ("spans",)

    def __call__(self, desk: Desk, arguments: OperationsArguments, /) -> Found:
        """Return a row for each service, operation and callee; `slower`: those with the most time lost first."""
        need(desk, *self.tables)
        telemetry, parameters, mine = desk.telemetry, dict[str, Value](), ""
        if arguments.service:
            mine = "WHERE r.service = $service"
            parameters["service"] = known_service(telemetry, arguments.service, "spans")
        lost, failing = "lost_s DESC NULLS LAST", "failed - coalesce(expected_failed, 0) DESC"
        first = [lost, failing] if arguments.sort == "slower" else [failing, lost]
        order = ", ".join([*first, "service", "operation", "kind", "calls", "spans"])
        listing = Listing("spans", _sql(desk, mine), order, rows(arguments.limit), parameters)
        where = times(telemetry, None)
        answer = found(desk, listing, where, f"SELECT 1 FROM spans WHERE {where.within('start')}")
        return Found(answer.evidence, answer.left_out, (*answer.notes, *sampled(desk)))


def sampled(desk: Desk) -> tuple[Statement, ...]:
    """Return the note that spans are a sample, where they are."""
    rows = desk.telemetry.rows("SELECT 1 FROM spans WHERE weight IS NOT NULL LIMIT 1")
    return (Statement("tools.note.sampled_spans"),) if rows else ()


def _sql(desk: Desk, mine: str) -> str:
    telemetry = desk.telemetry
    owned = " WHERE service = $service" if mine else ""
    known = Times((telemetry.window, *telemetry.baselines)).within("start")
    share = f"{telemetry.window_share!r}::DOUBLE"
    return f"""WITH own AS ({own_time_sql(telemetry, mine)}),
        named AS (
            SELECT *, CASE WHEN kind IN ('client', 'producer') THEN resource END AS called FROM own),
        normal AS (
            SELECT service, operation, kind, called, median(own_ms) AS usual, quantile_cont(duration_ms, 0.95) AS high
            FROM named WHERE NOT inside GROUP BY ALL),
        timed AS (
            SELECT n.service, n.operation, n.kind, n.called, count(*) AS spans, median(own_ms) AS own_ms,
                any_value(usual) AS usual_own_ms, quantile_cont(duration_ms, 0.95) AS p95_ms, any_value(high) AS usual_p95_ms,
                sum(own_ms - usual) / 1000 AS lost_s
            FROM named AS n LEFT JOIN normal AS u ON n.service = u.service AND n.operation IS NOT DISTINCT FROM u.operation
                AND n.kind IS NOT DISTINCT FROM u.kind AND n.called IS NOT DISTINCT FROM u.called
            WHERE inside GROUP BY ALL),
        counted AS (
            SELECT service, operation, kind, CASE WHEN kind IN ('client', 'producer') THEN resource END AS called,
                count(*) FILTER (NOT inside) * {share} AS expected_spans,
                count(*) FILTER (inside AND failed) AS failed, count(*) FILTER (NOT inside AND failed) * {share} AS expected_failed,
                min(start) FILTER (inside AND failed) AS first_failed, mode(error ORDER BY error) FILTER (inside AND failed) AS error
            FROM (SELECT *, {telemetry.in_window("start")} AS inside,
                coalesce(status IN ('error', 'fault', 'throttle'), false) AS failed FROM spans WHERE {known})
            {owned} GROUP BY ALL)
        SELECT {cut("c.service", "service")}, {cut("c.operation", "operation", 100)}, c.kind AS kind, {cut("c.called", "calls", 100)},
            coalesce(spans, 0) AS spans, expected_spans, own_ms, usual_own_ms, p95_ms, usual_p95_ms, lost_s, failed,
            expected_failed, first_failed, {cut("error", "error", 120)}
        FROM counted AS c LEFT JOIN timed AS t ON c.service = t.service AND c.operation IS NOT DISTINCT FROM t.operation
            AND c.kind IS NOT DISTINCT FROM t.kind AND c.called IS NOT DISTINCT FROM t.called"""


tool = Operations()
