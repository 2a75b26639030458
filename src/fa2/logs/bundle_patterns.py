"""The shape of a log line: its first line with every word that holds a digit put as <*>.

One definition, in SQL, so that it has the same meaning wherever the logs lie. Patterns are shapes
whose runs of variables are collapsed; that is done on the distinct shapes, which are far fewer than lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fa2.core.messages import Value
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, sql_literal, sql_within
from fa2.logs.line_tables import RAW, LineTable, line_tables

MAX_CHARS = 1000
"""How much of a line's first line shapes it."""
MAX_GROUPS = 50_000
"""How many (pattern, service, level) are kept; beyond, the rarest are dropped and counted."""
BUCKETS = 60
"""How many intervals histograms have."""

_WORD = "[0-9A-Za-z_.+@%-]*[0-9][0-9A-Za-z_.+@%-]*"
_SPACE = " \t\n\f\r"
"""What RE2 takes for space. Python's own idea of it is wider, and the two must agree."""
_RUN = re.compile(rf"<\*>(?:[{_SPACE},;:./|-]*<\*>)+")
_RUN_SQL = r"<\*>(?:[\s,;:./|-]*<\*>)*"
_LINES_SQL = "CASE WHEN level IN ('FATAL', 'CRITICAL', 'ERROR') THEN 100 WHEN level LIKE 'WARN%' THEN 10 ELSE 1 END"
"""What a line weighs when not all patterns can be kept: a few errors tell more than many lines of the usual."""


def shape_sql(column: str = "message") -> str:
    """Return the DuckDB expression for the shape of a line."""
    return f"regexp_replace(left(split_part({column}, chr(10), 1), {MAX_CHARS}), '{_WORD}', '<*>', 'g')"


def pattern_of(shape: str) -> str:
    """Return the pattern of a shape: runs of variables become one, space at the ends goes."""
    return _RUN.sub("<*>", shape).strip(_SPACE)


def pattern_sql(shape: str) -> str:
    """Return the DuckDB expression for the pattern of a shape; it gives what `pattern_of` gives."""
    return f"trim(regexp_replace({shape}, '{_RUN.pattern}', '<*>', 'g'), '{_SPACE}')"


def cut_pattern(pattern: str, length: int = 300) -> str:
    """Return a pattern for reading, cut before `length` with a … and never within a variable."""
    if len(pattern) <= length:
        return pattern
    cut = pattern[:length]
    return cut[: cut.rfind("<")] + "…" if "<" in cut[-3:] else cut + "…"


def pattern_regex(pattern: str) -> str:
    """Return the regular expression (RE2) that matches exactly the shapes of a pattern, whole."""
    literals = [_escape(part) for part in pattern.split("<*>")]
    return r"\s*" + _RUN_SQL.join(literals) + r"\s*"


def pattern_id(pattern: str) -> str:
    """Return the id of a pattern, the same on any day and machine."""
    return "P" + hashlib.sha256(pattern.encode()).hexdigest()[:10]


def _escape(text: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", text)


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
    pattern that both tables count is taken from the one that holds more of its lines: the other is a sample.
    """
    best: dict[tuple[str, str | None, str | None], PatternCount] = {}
    lines = dropped = 0
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


def _count_in(telemetry: Telemetry, table: LineTable) -> PatternCounts:
    """Return the patterns of one table."""
    counted = f"patterns_of_{table.name}"
    telemetry.execute(f"CREATE OR REPLACE TEMP TABLE {counted} AS {_counted_sql(telemetry, table)}")
    telemetry.execute(
        f"""CREATE OR REPLACE TEMP TABLE kept AS
        SELECT pattern, service, level, min(source) FILTER (inside OR normal) AS source,
            min(source) FILTER (inside OR normal) = max(last_source) FILTER (inside OR normal) AS alone, coalesce(sum(n) FILTER (inside), 0)::BIGINT AS w,
            coalesce(sum(n) FILTER (normal), 0)::BIGINT AS b, min(first_seen) FILTER (inside) AS first_seen
        FROM {counted} GROUP BY pattern, service, level HAVING w + b > 0
        ORDER BY (w + b) * {_LINES_SQL} DESC, pattern, service, level LIMIT {MAX_GROUPS}"""
    )
    rows = telemetry.rows(
        f"""SELECT k.pattern, k.service, k.source, k.alone, k.level, k.w, k.b, k.first_seen,
            list({{'i': c.bucket, 'n': c.n}}) FILTER (c.bucket BETWEEN 0 AND {BUCKETS - 1})
        FROM kept AS k JOIN {counted} AS c ON c.pattern = k.pattern
            AND c.service IS NOT DISTINCT FROM k.service AND c.level IS NOT DISTINCT FROM k.level
        GROUP BY ALL"""
    )
    total = telemetry.rows(f"SELECT coalesce(sum(n), 0)::BIGINT FROM {counted} WHERE inside OR normal")[0][0]
    patterns = tuple(_count(row, table) for row in rows)
    return PatternCounts(patterns, total, total - sum(p.window + p.baseline for p in patterns))


def _counted_sql(telemetry: Telemetry, table: LineTable) -> str:
    """Return SQL for the lines of each pattern by service, level and interval of the chart range."""
    shown, moment = chart_range(telemetry), table.moment
    step_us = max(-(int(shown.duration.total_seconds() * 1e6) // -BUCKETS), 1)
    inside, normal = telemetry.in_window(moment), telemetry.in_baseline(moment)
    return f"""SELECT {pattern_sql("shape")} AS pattern, service, level, bucket, inside, normal,
            min(source) AS source, max(source) AS last_source, sum(n)::BIGINT AS n, min(first_seen) AS first_seen
        FROM (
            SELECT {shape_sql(table.text)} AS shape, service, source, level,
                (epoch_us({moment}) - epoch_us({sql_literal(shown.start)})) // {step_us} AS bucket,
                {inside} AS inside, {normal} AS normal, {table.total}::BIGINT AS n, min({table.time}) AS first_seen
            FROM {table.name} WHERE {inside} OR {normal} OR {sql_within(moment, [shown])}
            GROUP BY ALL)
        GROUP BY ALL"""


def _count(row: tuple[Any, ...], table: LineTable) -> PatternCount:
    pattern, service, source, alone, level, window, baseline, first_seen, buckets = row
    histogram = [0] * BUCKETS
    for bucket in buckets or ():
        histogram[bucket["i"]] += bucket["n"]
    return PatternCount(pattern, service, source, level, window, baseline, first_seen, tuple(histogram), table, alone)


def first_line(telemetry: Telemetry, count: PatternCount) -> str:
    """Return the first line of a pattern within the window, whole; empty when there is none."""
    return first_lines(telemetry, [count])[count]


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
                f"""SELECT {table.time} AS at, service, level, {pattern_sql(shape_sql(table.text))} AS pattern,
                    min({table.sample}) FROM {table.name}
                WHERE {table.time} IN ({", ".join(map(sql_literal, times))}) GROUP BY ALL"""
            )
            found.update({(table, *key): line or "" for *key, line in rows})
    return {c: found.get((c.table, c.first_seen, c.service, c.level, c.pattern), "") for c in wanted}


def mine_sql(table: LineTable) -> str:
    """Return the predicate for the rows of one pattern of a service and level; see `mine`."""
    return (
        "service IS NOT DISTINCT FROM $service AND level IS NOT DISTINCT FROM $level "
        f"AND regexp_full_match({shape_sql(table.text)}, $regex)"
    )


def mine(count: PatternCount) -> dict[str, Value]:
    """Return the parameters of `mine_sql` for a pattern."""
    return {"service": count.service, "level": count.level, "regex": pattern_regex(count.pattern)}
