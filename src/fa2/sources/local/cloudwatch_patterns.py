"""Reads the patterns that a query of CloudWatch Logs Insights with `pattern` found, as `aws logs get-query-results` prints them.

The output names neither log group nor period: the file's name is the source, and the times of the patterns' own
histograms are the period. See `fa2.logs.engines.cloudwatch_patterns` for what the fields mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_fields import Fields
from fa2.logs.engines.cloudwatch_patterns import CloudWatchPatterns, ResultRow, read_patterns
from fa2.logs.patterns.pattern import VARIABLE
from fa2.sources.local.json_documents import peek
from fa2.sources.local.json_lines import record_of
from fa2.sources.local.json_records import RecordReader
from fa2.sources.local.json_stream import JsonStream
from fa2.sources.local.json_values import Json, at, items, mapping, text
from fa2.sources.local.service_names import service_of
from fa2.sources.local.severity import level_of_text


class CloudWatchPatternResults:
    """The source for results of queries with `pattern`."""

    name = "cloudwatch_patterns"
    tables: tuple[str, ...] = ("log_counts",)

    def recognise(self, head: FileHead) -> float:
        """Return 0.98, more than other results of queries have, when the first row has a @pattern."""
        first = items(at(mapping(peek(head.head)), "results", 0))
        return 0.98 if any(at(field, "field") == "@pattern" for field in first) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield the counts of all patterns at once; there are at most 10,000 patterns.

        Counts what `read_patterns` counts, and log_query_running. Raises UnusableInput when no pattern tells when
        its events came.
        """
        results: list[ResultRow] = []
        with file.open() as stream:
            for key, value in JsonStream(stream, file.name, gaps).members("results"):
                if key == "results":
                    results.append([_field(field) for field in items(value)])
                elif key == "status" and value not in ("Complete", None):
                    gaps.add("log_query_running", 1, str(value))
        window = _period(results)
        if window is None:
            raise UnusableInput("coverage.cloudwatch_without_times", n=len(results))
        yield pattern_counts(read_patterns(results, window, file.name, gaps), file.name)


source = CloudWatchPatternResults()


def pattern_counts(found: CloudWatchPatterns, source: str) -> Rows:
    """Return rows of log_counts for the patterns of a file or log group, with the level and service that each states."""
    patterns = [str(pattern) for pattern in found.counts.columns["pattern"]]
    records = RecordReader()
    said = {pattern: _said(pattern, records) for pattern in dict.fromkeys(patterns)}
    usual = service_of(source)
    columns: dict[str, Sequence[object]] = {
        **found.counts.columns,
        "service": [said[pattern][1] or usual for pattern in patterns],
        "level": [said[pattern][0] for pattern in patterns],
    }
    return Rows("log_counts", columns)


_OPEN = "99"
"""Stands for what varies where a pattern is read as JSON: a number there, and no level on any scale."""


def _said(pattern: str, records: RecordReader) -> tuple[str | None, str | None]:
    """Return the level and the service that stand in a pattern, be it one of text or of JSON."""
    record = record_of(pattern.replace(VARIABLE, _OPEN))
    if record is None:
        return level_of_text(pattern), None
    described = records.describe(record)
    return described.level, described.service if described.service != _OPEN else None


def _field(field: Json) -> dict[str, str]:
    return {key: value for key in ("field", "value") if (value := text(at(field, key))) is not None}


def _period(results: list[ResultRow]) -> TimeWindow | None:
    """Return the period that all histograms together span; null when there is none."""
    rows = (Fields.of(row, Gaps()) for row in results)
    found = [histogram for row in rows if row and (histogram := row.histogram(Gaps()))]
    if not found:
        return None
    ends = [max(histogram.counts) + max(histogram.step_s, 1) for histogram in found]
    start = min(min(histogram.counts) for histogram in found)
    return TimeWindow(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(max(ends), UTC))
