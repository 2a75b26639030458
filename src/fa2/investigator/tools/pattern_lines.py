"""pattern_lines: one log pattern in full: lines over time, some lines whole, and what stands in its variable places."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement
from fa2.core.windows import sql_within
from fa2.investigator.asking.arguments import OptionalText, Text, rows
from fa2.investigator.asking.bundle import CELL, asked, need
from fa2.investigator.asking.names import known, known_service
from fa2.investigator.asking.times import hull
from fa2.investigator.desk import Arguments, Desk, Found, ToolRefused
from fa2.logs.bundles.bundle_patterns import PatternCount, count_patterns
from fa2.logs.bundles.line_tables import line_baselines
from fa2.logs.bundles.membership import membership
from fa2.logs.patterns.pattern import VARIABLE, template_regex
from fa2.logs.shapes.definition import MAX_CHARS

_LINES = 5
_MOST_LINES = 15
_INTERVALS = 24
_VALUES = 10


class PatternLinesArguments(Arguments):
    """What pattern_lines takes."""

    pattern: Text
    service: OptionalText = None
    place: int | None = None
    limit: int = _LINES


@dataclass(frozen=True)
class PatternLines:
    """The tool."""

    name: str = "pattern_lines"
    arguments: type[Arguments] = PatternLinesArguments
    tables: tuple[str, ...] = ("logs", "log_counts")

    def __call__(self, desk: Desk, arguments: PatternLinesArguments, /) -> Found:
        """Return when its lines came, and some lines; with a place, the values that stood there instead of lines."""
        need(desk, *self.tables)
        count, others = _meant(desk, arguments)
        notes = []
        if others:
            told = ", ".join(f"{o.service or '–'} {o.level or '–'} ({o.window})" for o in others[:5])
            notes.append(Statement("tools.note.other_groups", {"groups": told}))
        second = (
            _lines(desk, count, arguments.limit) if arguments.place is None else _values(desk, count, arguments.place)
        )
        return Found((_over_time(desk, count), second), 0, tuple(notes))


def _meant(desk: Desk, arguments: PatternLinesArguments) -> tuple[PatternCount, list[PatternCount]]:
    """Return the pattern of the most frequent service and level that fits, and the others. Raises ToolRefused."""
    counts = desk.telemetry.derived(count_patterns).patterns
    ids = sorted({count.id for count in counts})
    id_ = known(arguments.pattern, ids)
    found = [count for count in counts if count.id == id_]
    if arguments.service:
        service = known_service(desk.telemetry, arguments.service, "logs", "log_counts")
        found = [count for count in found if count.service == service]
    if not found:
        named = sorted({count.service or "–" for count in counts if count.id == id_})
        raise ToolRefused("tools.refused.pattern_elsewhere", services=", ".join(named[:8]))
    return found[0], found[1:]


def _over_time(desk: Desk, count: PatternCount) -> Evidence:
    """Return lines per interval from the first to the last moment of window and baselines, where there are any."""
    table, whole, lines = count.table, hull(desk.telemetry), membership(desk.telemetry, count)
    step = max(1, -(int(whole.duration.total_seconds()) // -_INTERVALS))
    sql = f"""SELECT time_bucket(to_seconds({step}), {table.time}, CAST($origin AS TIMESTAMPTZ)) AS interval_start,
            {step} AS interval_s, {table.lines("true")} AS lines
        FROM {table.rows} WHERE {sql_within(table.moment, [whole])} AND {lines.sql} GROUP BY ALL ORDER BY interval_start"""
    return asked(desk, table.name, sql, {**lines.parameters, "origin": whole.start.isoformat()})


def _lines(desk: Desk, count: PatternCount, limit: int) -> Evidence:
    """Return lines of the window, or of the baseline where it has none, spread over time."""
    table, telemetry, lines = count.table, desk.telemetry, membership(desk.telemetry, count)
    inside = telemetry.in_window(table.moment)
    normal = sql_within(table.moment, telemetry.derived(line_baselines))
    most = rows(limit, _MOST_LINES)
    sql = f"""SELECT time, source, line FROM (
            SELECT *, row_number() OVER (ORDER BY time, source, line) AS place, count(*) OVER () AS n FROM (
                SELECT {table.time} AS time, source, substr({table.sample}, 1, {CELL}) AS line
                FROM {table.rows} WHERE {inside if count.window else normal} AND {lines.sql}))
        WHERE (place - 1) % greatest(n // {most}, 1) = 0 ORDER BY place LIMIT {most}"""
    return asked(desk, table.name, sql, lines.parameters)


def _values(desk: Desk, count: PatternCount, place: int) -> Evidence:
    """Return the most frequent values of a variable place, with their lines in window and baseline."""
    places = count.pattern.count(VARIABLE)
    if count.table.name != "logs":
        raise ToolRefused("tools.refused.no_values")
    if not 1 <= place <= places:
        raise ToolRefused("tools.refused.no_such_place", place=place, n=places)
    telemetry, lines = desk.telemetry, membership(desk.telemetry, count)
    inside = telemetry.in_window("timestamp")
    normal = sql_within("timestamp", telemetry.derived(line_baselines))
    first = f"substr(split_part(split_part(message, chr(10), 1), chr(13), 1), 1, {MAX_CHARS})"
    sql = f"""SELECT substr(value, 1, {CELL}) AS value, count(*) FILTER (inside) AS window,
            count(*) FILTER (normal) AS baseline, count(*) OVER () AS different_values
        FROM (SELECT regexp_extract({first}, $line, {place:d}) AS value, {inside} AS inside, {normal} AS normal
            FROM {count.table.rows} WHERE ({inside} OR {normal}) AND {lines.sql})
        GROUP BY ALL ORDER BY 2 DESC, 3 DESC, 1 LIMIT {_VALUES}"""
    return asked(desk, "logs", sql, {**lines.parameters, "line": template_regex(count.pattern)})


tool = PatternLines()
