"""trace: the spans of one trace as a tree."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Value
from fa2.core.span_times import measured
from fa2.core.windows import sql_within
from fa2.investigator.asking.arguments import Text, rows
from fa2.investigator.asking.bundle import ANSWER, asked, count, cut, need
from fa2.investigator.asking.times import hull
from fa2.investigator.desk import Arguments, Desk, Found, ToolRefused

_ROWS = 40
_MOST_ROWS = 60
_DEEPEST = 40


class TraceArguments(Arguments):
    """What trace takes."""

    trace_id: Text
    limit: int = _ROWS


@dataclass(frozen=True)
class Trace:
    """The tool."""

    name: str = "trace"
    arguments: type[Arguments] = TraceArguments
    tables: tuple[str, ...] = ("spans",)

    def __call__(self, desk: Desk, arguments: TraceArguments, /) -> Found:
        """Return the spans, a caller before what it called; of many those that failed or lasted longest."""
        need(desk, *self.tables)
        within = sql_within("start", [hull(desk.telemetry)])
        parameters: dict[str, Value] = {"trace": arguments.trace_id}
        total = count(desk, f"SELECT DISTINCT span_id FROM spans WHERE trace_id = $trace AND {within}", parameters)
        if not total:
            raise ToolRefused("tools.refused.no_trace", trace=arguments.trace_id[:80])
        limit = rows(arguments.limit, _MOST_ROWS)
        shown = asked(desk, "spans", _sql(within, limit), parameters)
        while len(shown.rows) > 1 and _size(shown) > ANSWER:
            limit = max(1, len(shown.rows) * 3 // 4)
            shown = asked(desk, "spans", _sql(within, limit), parameters)
        return Found((shown,), total - len(shown.rows))


def _size(shown: Evidence) -> int:
    return sum(len(str(value)) + 1 for row in shown.rows for value in row)


def _sql(within: str, limit: int) -> str:
    """Return SQL for the tree. Each id counts once and no deeper than _DEEPEST, so no loop and no doubles."""
    failed = "status IN ('error', 'fault', 'throttle')"
    lasted = f"CASE WHEN {measured('duration_ms')} THEN duration_ms END"
    return f"""WITH RECURSIVE spans_of AS (
            SELECT *, {lasted} AS ms, row_number() OVER (ORDER BY start, span_id) AS number FROM (
                SELECT * FROM spans WHERE trace_id = $trace AND {within}
                QUALIFY row_number() OVER (PARTITION BY span_id ORDER BY start, service, duration_ms DESC) = 1)),
        tree AS (
            SELECT s.span_id, 0 AS depth, [s.number] AS path FROM spans_of AS s
            WHERE s.parent_id IS NULL OR s.parent_id = s.span_id OR s.parent_id NOT IN (SELECT span_id FROM spans_of)
            UNION ALL
            SELECT s.span_id, t.depth + 1, list_append(t.path, s.number) FROM tree AS t JOIN spans_of AS s
                ON s.parent_id = t.span_id AND s.span_id <> t.span_id WHERE t.depth < {_DEEPEST}),
        kept AS (
            SELECT s.*, coalesce(t.depth, 0) AS depth, coalesce(t.path, [s.number]) AS path
            FROM spans_of AS s LEFT JOIN tree AS t USING (span_id)
            ORDER BY {failed} DESC NULLS LAST, ms DESC NULLS LAST, number LIMIT {limit:d})
        SELECT depth, {cut("service", "service")}, {cut("operation", "operation", 100)}, kind, {cut("resource", "resource", 100)},
            (epoch_us(start) - (SELECT min(epoch_us(start)) FROM spans_of)) / 1000 AS after_ms, ms AS duration_ms, status,
            http_status, {cut("error", "error", 200)}
        FROM kept ORDER BY path"""


tool = Trace()
