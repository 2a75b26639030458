"""The patterns of a bundle's log lines, by service and level, in window and baseline.

DuckDB counts shapes, which are far fewer than lines; they are merged to templates as everywhere, and counted again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, sql_literal, sql_within
from fa2.logs.bundles.line_tables import RAW, LineTable, line_baselines, line_tables
from fa2.logs.patterns.pattern import pattern_id
from fa2.logs.shapes.dialects import shape_sql
from fa2.logs.templates.merging import merge

MAX_GROUPS = 50_000
"""How many (pattern, service, level) are kept; beyond, the rarest are dropped and counted."""
MANY_LINES = 300_000
"""From so many lines on it pays to compile."""
BUCKETS = 60
"""How many intervals histograms have."""

_LINES_SQL = "CASE WHEN level IN ('FATAL', 'CRITICAL', 'ERROR') THEN 100 WHEN level LIKE 'WARN%' THEN 10 ELSE 1 END"
"""What a line weighs when not all patterns can be kept: a few errors tell more than many lines of the usual."""


def cut_pattern(pattern: str, length: int = 300) -> str:
    """Return a pattern for reading, cut before `length` with a … and never within a variable."""
    if len(pattern) <= length:
        return pattern
    cut = pattern[:length]
    return cut[: cut.rfind("<")] + "…" if "<" in cut[-3:] else cut + "…"


@dataclass(frozen=True)
class PatternCount:
    """How often a pattern of one service and level occurred."""

    pattern: str
    service: str | None
    source: str | None
    """A log group or file that it was seen in, in window or baseline; the first by name where there are several."""
    level: str | None
    window: int
    baseline: int
    first_seen: datetime | None
    """First line within the window."""
    histogram: tuple[int, ...]
    """Lines per interval of the chart range."""
    table: LineTable = RAW
    """Where it was counted."""
    alone: bool = True
    """Whether `source` is the only one."""

    @property
    def id(self) -> str:
        """The pattern's id."""
        return pattern_id(self.pattern)


@dataclass(frozen=True)
class PatternCounts:
    """All patterns of a bundle's logs in window, baseline and chart range."""

    patterns: tuple[PatternCount, ...]
    """The most frequent in the window first."""
    lines: int
    """Lines in window and baseline."""
    dropped_lines: int
    """Lines of patterns beyond MAX_GROUPS."""


def chart_range(telemetry: Telemetry) -> TimeWindow:
    """Return what charts show: window and baselines, cut to five windows' length around the window."""
    window = telemetry.window
    known = [window, *telemetry.baselines]
    start = max(min(w.start for w in known), window.start - 5 * window.duration)
    end = min(max(w.end for w in known), window.end + 5 * window.duration)
    return TimeWindow(start, end)


def count_patterns(telemetry: Telemetry) -> PatternCounts:
    """Return the patterns of all log lines with their counts. Reads each row once, in DuckDB.

    Memory depends on the number of distinct shapes, not of lines, and beyond DuckDB's limit goes to disk. A
    pattern that both tables count, of different sources, is taken from the one that holds more of its lines.
    """
    best: dict[tuple[str, str | None, str | None], PatternCount] = {}
    lines = dropped = 0
    telemetry.derived(templates)
    for table in line_tables(telemetry):
        counts = _count_in(telemetry, table)
        lines, dropped = lines + counts.lines, dropped + counts.dropped_lines
        for count in counts.patterns:
            other = best.setdefault((count.pattern, count.service, count.level), count)
            if count.window + count.baseline > other.window + other.baseline:
                best[count.pattern, count.service, count.level] = count
    patterns = sorted(best.values(), key=_by_frequency)
    return PatternCounts(tuple(patterns), lines, dropped)


def _by_frequency(p: PatternCount) -> tuple[int, int, str, str, str]:
    return -p.window, -p.baseline, p.pattern, p.service or "", p.level or ""


def templates(telemetry: Telemetry) -> str:
    """Return the name of a temporary table that has the text of its `pattern` for each `shape` of a bundle's log lines.

    Leaves the shapes' counts in a temporary table for each table of lines.
    """
    for table in line_tables(telemetry):
        telemetry.execute(f"CREATE OR REPLACE TEMP TABLE {_shapes_of(table)} AS {_counted_sql(telemetry, table)}")
    union = " UNION ".join(f"SELECT shape FROM {_shapes_of(table)}" for table in line_tables(telemetry))
    shapes = sorted(shape for (shape,) in telemetry.rows(f"SELECT DISTINCT shape FROM ({union})")) if union else []
    merged = merge(shapes)
    telemetry.keep("templates", {"shape": shapes, "pattern": [merged.templates[n] for n in merged.template_of]})
    return "templates"


def _shapes_of(table: LineTable) -> str:
    return f"shapes_of_{table.name}"


def _count_in(telemetry: Telemetry, table: LineTable) -> PatternCounts:
    """Return the patterns of one table."""
    counted = f"(SELECT * FROM {_shapes_of(table)} JOIN templates USING (shape))"
    telemetry.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
        SELECT pattern, service, level, min(source) FILTER (inside OR normal) AS source,
            min(source) FILTER (inside OR normal) = max(last_source) FILTER (inside OR normal) AS alone,
            coalesce(sum(n) FILTER (inside), 0)::BIGINT AS w, coalesce(sum(n) FILTER (normal), 0)::BIGINT AS b,
            min(first_seen) FILTER (inside) AS first_seen
        FROM {counted} GROUP BY pattern, service, level HAVING w + b > 0
        ORDER BY (w + b) * {_LINES_SQL} DESC, pattern, service, level LIMIT {MAX_GROUPS}"""
    )
    rows = telemetry.rows(
        f"""SELECT pattern, service, any_value(source), any_value(alone), level, any_value(w), any_value(b),
            any_value(first_seen), list({{'i': bucket, 'n': n}}) FILTER (bucket BETWEEN 0 AND {BUCKETS - 1})
        FROM (
            SELECT k.*, c.bucket, sum(c.n)::BIGINT AS n
            FROM kept AS k JOIN {counted} AS c ON c.pattern = k.pattern
                AND c.service IS NOT DISTINCT FROM k.service AND c.level IS NOT DISTINCT FROM k.level
            GROUP BY ALL)
        GROUP BY pattern, service, level"""
    )
    total = telemetry.rows(f"SELECT coalesce(sum(n), 0)::BIGINT FROM {_shapes_of(table)} WHERE inside OR normal")[0][0]
    patterns = tuple(_count(row, table) for row in rows)
    return PatternCounts(patterns, total, total - sum(p.window + p.baseline for p in patterns))


def _counted_sql(telemetry: Telemetry, table: LineTable) -> str:
    """Return SQL for the lines of each shape by service, level and interval of the chart range."""
    shown, moment = chart_range(telemetry), table.moment
    step_us = max(-(int(shown.duration.total_seconds() * 1e6) // -BUCKETS), 1)
    inside, normal = telemetry.in_window(moment), sql_within(moment, telemetry.derived(line_baselines))
    return f"""SELECT {_shape(telemetry, table)} AS shape, service, level,
            (epoch_us({moment}) - epoch_us({sql_literal(shown.start)})) // {step_us} AS bucket,
            {inside} AS inside, {normal} AS normal, min(source) AS source, max(source) AS last_source,
            {table.total}::BIGINT AS n, min({table.time}) AS first_seen
        FROM {table.rows} WHERE {inside} OR {normal} OR {sql_within(moment, [shown])}
        GROUP BY ALL"""


def _shape(telemetry: Telemetry, table: LineTable) -> str:
    """Return the expression for the shape of a line: SQL, or for very many lines compiled, which is quicker then."""
    if telemetry.rows(f"SELECT count(*) FROM {table.rows}")[0][0] < MANY_LINES:
        return shape_sql(table.text)
    from fa2.logs.shapes.shape_column_kernel import shape_column

    telemetry.define("compiled_shape", shape_column)
    return f"compiled_shape({table.text})"


def _count(row: tuple[Any, ...], table: LineTable) -> PatternCount:
    pattern, service, source, alone, level, window, baseline, first_seen, buckets = row
    histogram = [0] * BUCKETS
    for bucket in buckets or ():
        histogram[bucket["i"]] += bucket["n"]
    return PatternCount(pattern, service, source, level, window, baseline, first_seen, tuple(histogram), table, alone)


def first_lines(telemetry: Telemetry, counts: Iterable[PatternCount]) -> dict[PatternCount, str]:
    """Return the first line of each pattern within the window, whole; empty when there is none.

    Reads the times of a table once, and of its lines only those of the times wanted.
    """
    found: dict[tuple[object, ...], str] = {}
    wanted = list(counts)
    for table in {count.table for count in wanted}:
        times = sorted({c.first_seen for c in wanted if c.table == table and c.first_seen})
        if times:
            rows = telemetry.rows(
                f"""SELECT moment, service, level, pattern, min(line) FROM (
                    SELECT {table.time} AS moment, service, level, {shape_sql(table.text)} AS shape, {table.sample} AS line
                    FROM {table.rows} WHERE {table.time} IN ({", ".join(map(sql_literal, times))}))
                JOIN templates USING (shape) GROUP BY moment, service, level, pattern"""
            )
            found.update({(table, *key): line or "" for *key, line in rows})
    return {c: found.get((c.table, c.first_seen, c.service, c.level, c.pattern), "") for c in wanted}
