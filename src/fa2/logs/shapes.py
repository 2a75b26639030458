"""The shape of a log line: its first line with every word that holds a digit put as <*>.

One definition, in SQL, so that it has the same meaning wherever the logs lie. Patterns are shapes
whose runs of variables are collapsed; that is done on the distinct shapes, some thousands at most.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from fa2.core.messages import Value
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, iso, sql_literal, sql_within
from fa2.logs.line_tables import RAW, LineTable, line_tables

MAX_CHARS = 1000
"""How much of a line's first line shapes it."""
MAX_GROUPS = 200_000
"""How many (shape, service, level) are kept; beyond, the rarest are dropped and counted."""
BUCKETS = 60
"""How many intervals histograms have."""

_WORD = "[0-9A-Za-z_.+@%-]*[0-9][0-9A-Za-z_.+@%-]*"
_SPACE = " \t\n\f\r"
"""What RE2 takes for space. Python's own idea of it is wider, and the two must agree."""
_RUN = re.compile(rf"<\*>(?:[{_SPACE},;:./|-]*<\*>)+")
_RUN_SQL = r"<\*>(?:[\s,;:./|-]*<\*>)*"


def shape_sql(column: str = "message") -> str:
    """Return the DuckDB expression for the shape of a line."""
    return f"regexp_replace(split_part({column}, chr(10), 1)[:{MAX_CHARS}], '{_WORD}', '<*>', 'g')"


def pattern_of(shape: str) -> str:
    """Return the pattern of a shape: runs of variables become one, space at the ends goes."""
    return _RUN.sub("<*>", shape).strip(_SPACE)


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
    """A log group or file that it was seen in; the first by name where there are several."""
    level: str | None
    window: int
    baseline: int
    first_seen: datetime | None
    """First line within the window."""
    histogram: tuple[int, ...]
    """Lines per interval of the chart range."""
    table: LineTable = RAW
    """Where it was counted."""
    exact: bool = True
    """False when lines of it may be among those dropped."""

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
    """Lines of shapes beyond MAX_GROUPS."""


def chart_range(telemetry: Telemetry) -> TimeWindow:
    """Return what charts show: window and baselines, cut to five windows' length around the window."""
    window = telemetry.window
    known = [window, *telemetry.baselines]
    start = max(min(w.start for w in known), window.start - 5 * window.duration)
    end = min(max(w.end for w in known), window.end + 5 * window.duration)
    return TimeWindow(start, end)


def count_patterns(telemetry: Telemetry) -> PatternCounts:
    """Return the patterns of all log lines with their counts. Reads each row once, in DuckDB.

    Memory depends on the number of distinct shapes, not of lines. A pattern that both tables count is
    taken from the one that holds more of its lines: the other is a sample of them.
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
    shown, moment, shapes = chart_range(telemetry), table.moment, f"shapes_of_{table.name}"
    step_us = max(-(int(shown.duration.total_seconds() * 1e6) // -BUCKETS), 1)
    inside, normal = telemetry.in_window(moment), telemetry.in_baseline(moment)
    telemetry.execute(
        f"""CREATE OR REPLACE TEMP TABLE {shapes} AS
        SELECT {shape_sql(table.text)} AS shape, service, source, level,
            (epoch_us({moment}) - epoch_us({sql_literal(shown.start)})) // {step_us} AS bucket,
            {inside} AS inside, {normal} AS normal, {table.total}::BIGINT AS n, min({table.time}) AS first_seen
        FROM {table.name}
        WHERE {inside} OR {normal} OR {sql_within(moment, [shown])}
        GROUP BY ALL"""
    )
    rows = telemetry.rows(
        f"""WITH totals AS (
            SELECT shape, service, level, min(source) AS source,
                coalesce(sum(n) FILTER (inside), 0)::BIGINT AS w,
                coalesce(sum(n) FILTER (normal), 0)::BIGINT AS b,
                min(first_seen) FILTER (inside) AS first_seen
            FROM {shapes} GROUP BY shape, service, level),
        buckets AS (
            SELECT shape, service, level, bucket, sum(n)::BIGINT AS n FROM {shapes}
            WHERE bucket BETWEEN 0 AND {BUCKETS - 1} GROUP BY ALL)
        SELECT t.shape, t.service, t.source, t.level, t.w, t.b, t.first_seen,
            coalesce((SELECT list({{'i': bucket, 'n': n}} ORDER BY bucket) FROM buckets AS x
             WHERE x.shape = t.shape AND x.service IS NOT DISTINCT FROM t.service
               AND x.level IS NOT DISTINCT FROM t.level), [])
        FROM totals AS t WHERE t.w + t.b > 0
        ORDER BY t.w + t.b DESC, t.shape, t.service, t.level LIMIT {MAX_GROUPS}"""
    )
    total = telemetry.rows(f"SELECT coalesce(sum(n), 0)::BIGINT FROM {shapes} WHERE inside OR normal")[0][0]
    dropped = total - sum(w + b for _, _, _, _, w, b, _, _ in rows)
    return PatternCounts(_merge(rows, table, exact=not dropped), total, dropped)


def _merge(rows: list[tuple[object, ...]], table: LineTable, *, exact: bool) -> tuple[PatternCount, ...]:
    """Merge shapes that have one pattern, within a service and level."""
    merged: dict[tuple[str, str | None, str | None], list[tuple[object, ...]]] = {}
    for row in rows:
        shape, service, _, level = row[:4]
        key = (pattern_of(str(shape)), _text(service), _text(level))
        merged.setdefault(key, []).append(row)
    return tuple(replace(_count(key, group), table=table, exact=exact) for key, group in merged.items())


def _count(key: tuple[str, str | None, str | None], rows: list[tuple[object, ...]]) -> PatternCount:
    pattern, service, level = key
    histogram = [0] * BUCKETS
    window = baseline = 0
    for _, _, _, _, w, b, _, buckets in rows:
        window += w  # type: ignore[operator]  # rows of DuckDB carry no types
        baseline += b  # type: ignore[operator]
        for bucket in buckets:  # type: ignore[attr-defined]
            histogram[bucket["i"]] += bucket["n"]
    seen = [row[6] for row in rows if isinstance(row[6], datetime)]
    sources = [str(row[2]) for row in rows if row[2] is not None]
    return PatternCount(
        pattern, service, min(sources, default=None), level, window, baseline,
        min(seen, default=None), tuple(histogram),
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def first_line(telemetry: Telemetry, count: PatternCount) -> str:
    """Return the first line of a pattern within the window, whole; empty when there is none."""
    if count.first_seen is None:
        return ""
    table = count.table
    rows = telemetry.rows(
        f"""SELECT min({table.sample}) FROM {table.name}
        WHERE {table.time} = TIMESTAMPTZ '{iso(count.first_seen)}' AND {mine_sql(table)}""",
        mine(count),
    )
    return str(rows[0][0] or "")


def mine_sql(table: LineTable) -> str:
    """Return the predicate for the rows of one pattern of a service and level; see `mine`."""
    return (
        "service IS NOT DISTINCT FROM $service AND level IS NOT DISTINCT FROM $level "
        f"AND regexp_full_match({shape_sql(table.text)}, $regex)"
    )


def mine(count: PatternCount) -> dict[str, Value]:
    """Return the parameters of `mine_sql` for a pattern."""
    return {"service": count.service, "level": count.level, "regex": pattern_regex(count.pattern)}
