"""Lines counted by pattern where they lie, for the table log_counts, and which of the patterns stand out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fa2.core.ports import Gaps, Rows
from fa2.core.windows import TimeWindow, total_seconds
from fa2.logs.comparisons.comparison import expected_count, surprise
from fa2.logs.engines.cloudwatch_line_queries import Lines, patterns_query, phrases_query
from fa2.logs.engines.cloudwatch_patterns import ResultRow, read_patterns
from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.templates.merging import merge
from fa2.sources.aws.asking import Look
from fa2.sources.aws.cloudwatch_logs.counts import bin_for
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsAnswer, InsightsQuery
from fa2.sources.local.cloudwatch_patterns import pattern_counts
from fa2.sources.local.json_values import Json, at, items, micros, text, whole
from fa2.sources.local.service_names import service_of

_SURPRISE = 3.0
_FRAGMENT = 8
"""The least length of a text that is worth looking for."""


@dataclass(frozen=True)
class Standout:
    """A pattern of which the window holds more than normal times lead one to expect."""

    group: str
    fragments: tuple[str, ...]
    """Texts that stand in each of its lines; the longest first."""
    first: TimeWindow
    """The first interval that holds any."""
    nats: float


@dataclass
class PatternTotals:
    """How often each pattern of a log group came in each of the times."""

    counts: dict[tuple[str, str], dict[TimeWindow, int]] = field(default_factory=lambda: defaultdict(dict))
    """By log group and shape."""
    first: dict[tuple[str, str], TimeWindow] = field(default_factory=dict)
    """The first interval within the window."""

    def add(self, rows: Rows, group: str, period: TimeWindow, *, inside: bool) -> None:
        """Take in rows of log_counts."""
        columns = (rows.columns[name] for name in ("pattern", "count", "bucket", "interval_s"))
        for shape, n, bucket, length in zip(*columns, strict=True):
            key = (group, str(shape))
            self.counts[key][period] = self.counts[key].get(period, 0) + int(str(n))
            if inside and isinstance(bucket, datetime):
                interval = TimeWindow(bucket, bucket + timedelta(seconds=int(str(length))))
                self.first[key] = min(self.first.get(key, interval), interval)

    def standouts(self, window: TimeWindow, baselines: Sequence[TimeWindow]) -> list[Standout]:
        """Return the patterns of the window that are new or came more often, the most surprising first."""
        normal = total_seconds(baselines)
        if not normal:
            return []
        share = window.duration.total_seconds() / normal
        merged = self._merged()
        found = []
        for (group, template), shapes in merged.items():
            keys = [(group, shape) for shape in shapes]
            inside = sum(self.counts[key].get(window, 0) for key in keys)
            usual = sum(n for key in keys for time, n in self.counts[key].items() if time != window)
            nats = surprise(inside, expected_count(usual, share))
            firsts = [self.first[key] for key in keys if key in self.first]
            fragments = _fragments(template)
            if nats >= _SURPRISE and firsts and fragments:
                found.append(Standout(group, fragments, min(firsts), nats))
        return sorted(found, key=lambda s: (-s.nats, s.group, s.fragments))

    def _merged(self) -> dict[tuple[str, str], list[str]]:
        """Return the shapes of each template of a log group: what a pattern leaves open in one time, and not in another."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for group in sorted({group for group, _ in self.counts}):
            shapes = sorted(shape for name, shape in self.counts if name == group)
            merged = merge(shapes)
            for shape, template in zip(shapes, merged.template_of, strict=True):
                found[group, merged.templates[template]].append(shape)
        return found


def count_patterns(
    insights: Insights, look: Look, asked: Sequence[tuple[LogGroup, Lines]], period: TimeWindow
) -> list[tuple[str, Rows]]:
    """Count the lines of log groups by pattern, each log group for itself; return rows of log_counts by log group.

    Log groups of the class Infrequent Access, which know no patterns, are counted by the first words of their lines.
    """
    queries = []
    for group, lines in asked:
        bin_s = bin_for(period, 20)
        query = phrases_query(period, lines, bin_s) if group.infrequent else patterns_query(period, lines)
        queries.append(InsightsQuery(query, (group,), period))
    found = []
    for answer in insights.answers(look, queries):
        group = answer.query.groups[0]
        if answer.full:
            look.truncated()
            look.gaps.add("logs_many_patterns", 1, group.name)
        rows = _phrases(answer, bin_for(period, 20)) if group.infrequent else _patterns(answer, look.gaps)
        look.add(rows)
        found.append((group.name, rows))
    return found


def counted_marks(sources: Sequence[str], period: TimeWindow) -> Rows:
    """Return a row of log_counts without any line for each source: lines of a source that stands there are counted
    there, and its raw lines are samples, also where counting fails.
    """
    n = len(sources)
    return Rows(
        "log_counts",
        {
            "bucket": [period.start] * n,
            "interval_s": [max(int(period.duration.total_seconds()), 1)] * n,
            "source": list(sources),
            "pattern": [""] * n,
            "count": [0] * n,
        },
    )


def _patterns(answer: InsightsAnswer, gaps: Gaps) -> Rows:
    group, told = answer.query.groups[0], Gaps()
    found = read_patterns([_result(row) for row in answer.rows], answer.query.window, group.name, told)
    # Each time is asked for itself, so patterns that do not tell their times are compared all the same.
    for code in ("cloudwatch_no_histogram", "cloudwatch_histogram_sum"):
        told.counts.pop(code, None)
    for code, n in told.counts.items():
        gaps.add(code, n, told.examples.get(code, ""))
    return pattern_counts(found, group.name)


def _result(row: Json) -> ResultRow:
    return [
        {key: value for key in ("field", "value") if (value := text(at(field, key))) is not None}
        for field in items(row)
    ]


def _phrases(answer: InsightsAnswer, bin_s: int) -> Rows:
    group, window = answer.query.groups[0], answer.query.window
    columns: dict[str, list[object]] = {
        name: [] for name in ("bucket", "interval_s", "source", "service", "pattern", "count")
    }
    for row in answer.rows:
        said = {text(at(field, "field")): at(field, "value") for field in items(row)}
        us, n = micros(said.get("bucket")), whole(said.get("lines"))
        if us is None or not n:
            continue
        start = max(datetime.fromtimestamp(us / 1e6, UTC), window.start)
        end = min(datetime.fromtimestamp(us / 1e6 + bin_s, UTC), window.end)
        phrase = (text(said.get("phrase")) or "").strip()
        values = (start, max(int((end - start).total_seconds()), 1), group.name, service_of(group.name))
        for name, value in zip(columns, (*values, f"{phrase} {VARIABLE}".strip(), n), strict=True):
            columns[name].append(value)
    return Rows("log_counts", columns)


def _fragments(template: str) -> tuple[str, ...]:
    """Return up to three texts that stand in each line of a template, if any is long enough to tell."""
    parts = [part.strip() for part in template.split(VARIABLE)]
    clean = [part[:200] for part in parts if len(part) >= _FRAGMENT and part.isprintable()]
    return tuple(sorted(clean, key=lambda part: (-len(part), part))[:3])
