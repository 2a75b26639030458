"""Silences: what an operation normally logs and now does not, though it runs."""

from __future__ import annotations

from collections.abc import Iterable

from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.logs.bundles.line_tables import raw_lines
from fa2.logs.comparisons.comparison import strength
from fa2.logs.shapes.dialects import shape_sql

MAX_LINES = 2_000_000
"""Beyond this many lines with a span, only a fixed share of the traces is looked at."""
_MAX_REPORTED = 6
_KEPT_WORDS = 10
"""The first words of a shape tell which statement wrote it, whatever lists follow."""


def log_silences(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield (service, operation, statement) whose lines went missing, the surest first.

    Needs lines that carry the span they were written in. Lines of levels WARN and above do not count:
    that they are missing is good news. Method: of the operation's spans, the share that logged the
    statement in the baseline against the window; the binomial log-likelihood of so many silent spans.
    """
    if not (telemetry.has("logs") and telemetry.has("spans") and telemetry.baselines):
        return
    for service, operation, statement, nats in telemetry.rows(_search_sql(telemetry)):
        yield _observation(telemetry, service, operation, statement, nats)


def _statement_sql() -> str:
    shape = f"replace({shape_sql('l.message')}, '-<*>', '<*>')"  # a sign is no other statement
    return f"array_to_string(string_split({shape}, ' ')[1:{_KEPT_WORDS}], ' ')"


def _joined_sql(telemetry: Telemetry, where: str) -> str:
    """Return SQL for each span with a statement that it logged."""
    return f"""SELECT s.service, s.operation, s.trace_id, s.span_id, s.inside, {_statement_sql()} AS statement
        FROM ran AS s JOIN {raw_lines(telemetry)} AS l ON l.trace_id = s.trace_id AND l.span_id = s.span_id
        WHERE l.service = s.service AND coalesce(l.level, 'INFO') NOT IN ('WARN', 'ERROR', 'FATAL'){where}"""


def _ran_sql(telemetry: Telemetry, where: str) -> str:
    within = f"({telemetry.in_window('start')} OR {telemetry.in_baseline('start')})"
    return f"""SELECT service, operation, trace_id, span_id, start, {telemetry.in_window("start")} AS inside
        FROM spans WHERE {within}{where}"""


def _search_sql(telemetry: Telemetry) -> str:
    lines = telemetry.rows("SELECT count(span_id) FROM logs")[0][0]
    share = max(int(lines) // MAX_LINES, 1)
    sampled = f" AND hash(trace_id) % {share} = 0" if share > 1 else ""
    return f"""WITH ran AS ({_ran_sql(telemetry, sampled)}),
    spoke AS ({_joined_sql(telemetry, "")}),
    runs AS (
        SELECT service, operation, count(*) FILTER (inside) AS w, count(*) FILTER (NOT inside) AS b
        FROM ran GROUP BY ALL),
    spoken AS (
        SELECT service, operation, statement,
            count(DISTINCT (trace_id, span_id)) FILTER (inside) AS w,
            count(DISTINCT (trace_id, span_id)) FILTER (NOT inside) AS b
        FROM spoke GROUP BY ALL),
    compared AS (
        SELECT s.service, s.operation, statement, runs.w - s.w AS silent, runs.w AS ran,
            1 - least(s.b, runs.b - 0.5) / runs.b AS usual_silence, s.w, s.b, runs.b AS ran_b
        FROM spoken AS s JOIN runs USING (service, operation)
        WHERE s.b >= 3 AND s.b > 0.3 * runs.b AND runs.w >= 3),
    scored AS (
        SELECT *, silent * ln((silent / ran) / usual_silence)
            + CASE WHEN w > 0 THEN w * ln((w / ran) / (1 - usual_silence)) ELSE 0 END AS nats
        FROM compared WHERE silent / ran > usual_silence)
    SELECT service, operation, first(statement ORDER BY nats DESC, statement), max(nats) AS nats FROM scored WHERE nats >= 4
    GROUP BY service, operation ORDER BY nats DESC, service, operation LIMIT {_MAX_REPORTED}"""


def _observation(telemetry: Telemetry, service: str, operation: str, statement: str, nats: float) -> Observation:
    query = Query(
        "logs",
        f"""WITH ran AS ({_ran_sql(telemetry, " AND service = $service AND operation IS NOT DISTINCT FROM $operation")}),
        spoke AS (SELECT DISTINCT trace_id, span_id, inside FROM ({_joined_sql(telemetry, " AND l.service = $service")}) WHERE statement = $statement)
        SELECT (SELECT count(*) FROM ran WHERE inside) AS ran_window,
            (SELECT count(*) FROM spoke WHERE inside) AS spoke_window,
            (SELECT count(*) FROM ran WHERE NOT inside) AS ran_baseline,
            (SELECT count(*) FROM spoke WHERE NOT inside) AS spoke_baseline,
            (SELECT min(start) FROM ran ANTI JOIN spoke USING (trace_id, span_id) WHERE ran.inside) AS first_silent""",
        {"service": service, "operation": operation, "statement": statement},
    )
    asked = telemetry.ask(query)
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    return Observation(
        kind="log_silence",
        statement=Statement(
            "observations.log_silence",
            {"service": service, "operation": operation, "statement": statement[:300], **values},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=service,
        strength=strength(nats, scale=10.0),
        mechanisms={"code_error": 0.3},
    )
