"""What CloudWatch Logs Insights' `pattern` and `diff` give, as our patterns and as rows of log_counts.

AWS documents @pattern, @ratio, @sampleCount and @severityLabel. Real rows also have @tokens, @logSamples,
@visualization, @relatedPattern, @PatternId and @regexString, whose form is known from programs that read them; each
of these may be missing or of another form, which costs what it says and is counted, never the pattern.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fa2.core.ports import Gaps, Rows
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_fields import Fields, Histogram, TokenField
from fa2.logs.patterns.pattern import VARIABLE, Pattern, Token, TokenValue, pattern_id
from fa2.logs.patterns.severities import severity_of
from fa2.logs.patterns.tokens import LABELS, name_tokens
from fa2.logs.shapes.definition import shape_of

MAX_INTERVALS = 4096
"""How many intervals a histogram has at most; times that make more of them are put together."""
SEVERITIES = frozenset({"FATAL", "ERROR", "WARN", "INFO", "NONE"})
_TOKEN = re.compile(r"<(\*|[A-Z][A-Za-z]*-[0-9]+)>")
"""A varying place: <*>, or since 2025 a kind and a running number."""
_KINDS = {label.lower(): kind for kind, label in LABELS.items()} | {"ipaddress": "ip"}

ResultRow = Sequence[Mapping[str, str]]
"""One row of GetQueryResults: a list of {"field", "value"}."""


@dataclass(frozen=True)
class CloudWatchPatterns:
    """The patterns that a query found."""

    patterns: tuple[Pattern, ...]
    """The most frequent first, then by text. Texts are CloudWatch's, each varying place <*>; ids are ours."""
    counts: Rows
    """Rows of log_counts, by pattern and interval. Their patterns are shapes, so that they merge with lines counted
    elsewhere; one interval, the whole window, where it is not told when lines came."""
    histogram_start: datetime | None
    """UTC, where the first interval of the patterns' histograms begins; null when none has one."""
    histogram_step: timedelta


@dataclass(frozen=True)
class PatternDifference:
    """How a pattern's count stands against the earlier period's, as `diff` tells it."""

    text: str
    count: int
    """Events in the period asked for."""
    difference: int | None
    """Events more than in the earlier period, or less when negative; null when it is not told."""
    description: str
    """CloudWatch's words for it, in English; empty when there are none."""
    severity: str

    @property
    def id(self) -> str:
        """Our id of the pattern."""
        return pattern_id(self.text)


def read_patterns(results: Iterable[ResultRow], window: TimeWindow, source: str, gaps: Gaps) -> CloudWatchPatterns:
    """Return the patterns in the results of a query with `pattern`.

    window: what the query asked for. source: the log group, for log_counts.
    Counts in `gaps`: cloudwatch_row (no pattern or no count: left out), cloudwatch_tokens, cloudwatch_samples,
    cloudwatch_histogram (cannot be read), cloudwatch_no_histogram (not there) and cloudwatch_histogram_sum (events
    that it has more or less than the pattern).
    """
    rows = [row for row in (Fields.of(found, gaps) for found in results) if row]
    histograms = {n: found for n, row in enumerate(rows) if (found := row.histogram(gaps))}
    ids = {row.id: pattern_id(_text(row)) for row in rows if row.id}
    starts = [time for h in histograms.values() for time in h.counts]
    interval_s = min((h.step_s for h in histograms.values() if h.step_s), default=int(window.duration.total_seconds()))
    first, last = min(starts, default=0), max(starts, default=0)
    shared = _Shared(ids, max(interval_s, (last - first) // MAX_INTERVALS + 1), first, last)
    patterns = [_pattern(row, histograms.get(n), shared, gaps) for n, row in enumerate(rows)]
    return CloudWatchPatterns(
        patterns=tuple(sorted(patterns, key=lambda p: (-p.count, p.text))),
        counts=_counts(rows, histograms, window, source, interval_s),
        histogram_start=_moment(shared.first) if starts else None,
        histogram_step=timedelta(seconds=shared.step_s if starts else 0),
    )


def read_differences(results: Iterable[ResultRow], gaps: Gaps) -> tuple[PatternDifference, ...]:
    """Return the patterns in the results of a query with `diff`, the greatest difference first.

    AWS does not document the names of its fields; those known are read. Counts in `gaps` what `read_patterns` counts
    of rows, and cloudwatch_difference, where the difference is missing.
    """
    found = []
    for row in filter(None, (Fields.of(result, gaps) for result in results)):
        difference = row.difference()
        if difference is None:
            gaps.add("cloudwatch_difference", 1, row.pattern)
        text = _text(row)
        found.append(PatternDifference(text, row.count, difference, row.description(), _severity(row, text)))
    return tuple(sorted(found, key=lambda d: (-abs(d.difference or 0), -d.count, d.text)))


@dataclass(frozen=True)
class _Shared:
    """What all patterns of a result share."""

    ids: Mapping[str, str]
    """Our ids by CloudWatch's."""
    step_s: int
    first: int
    """Seconds since 1970."""
    last: int


def _pattern(row: Fields, histogram: Histogram | None, shared: _Shared, gaps: Gaps) -> Pattern:
    text = _text(row)
    if histogram and (off := abs(sum(histogram.counts.values()) - row.count)):
        gaps.add("cloudwatch_histogram_sum", off, row.pattern)
    if not histogram:
        gaps.add("cloudwatch_no_histogram", 1, row.pattern)
    seen = sorted(time for time, n in (histogram.counts if histogram else {}).items() if n)
    return Pattern(
        text=text,
        count=row.count,
        ratio=row.ratio,
        severity=_severity(row, text),
        first_seen=_moment(seen[0]) if seen else None,
        last_seen=_moment(seen[-1]) if seen else None,
        histogram=_bars(histogram, shared) if histogram else (),
        samples=row.samples(gaps),
        tokens=_tokens(row, text, gaps),
        related=tuple(
            sorted({shared.ids[other] for other in row.related() if other in shared.ids} - {pattern_id(text)})
        ),
    )


def _text(row: Fields) -> str:
    """Return the pattern with <*> for each varying place. Where tokens have names, nothing else is one."""
    named = {token.name for token in row.token_fields() if token.name}
    return _TOKEN.sub(lambda t: VARIABLE if t[1] == "*" or not named or t[1] in named else t[0], row.pattern)


def _severity(row: Fields, text: str) -> str:
    return row.severity if row.severity in SEVERITIES else severity_of(text, "console")


def _tokens(row: Fields, text: str, gaps: Gaps) -> tuple[Token, ...]:
    """Return a token for each <*>; without values, and named by us, where CloudWatch tells of another number."""
    told = row.token_fields(gaps)
    places = text.count(VARIABLE)
    if len(told) != places:
        if row.has_tokens and told:
            gaps.add("cloudwatch_tokens", 1, row.pattern)
        told = [TokenField(name, ()) for name in _names(row.pattern, places)]
    ours = name_tokens(text, [[value for value, _ in token.values] for token in told])
    return tuple(
        Token(
            kind=_KINDS.get(token.name.rpartition("-")[0].lower(), own.kind) if token.name else own.kind,
            name=token.name or own.name,
            values=tuple(TokenValue(value, n) for value, n in token.values),
            distinct=len(token.values),
            exact=False,
        )
        for token, own in zip(told, ours)
    )


def _names(pattern: str, places: int) -> list[str]:
    names = ["" if name == "*" else name for name in _TOKEN.findall(pattern)]
    return names if len(names) == places else [""] * places


def _bars(histogram: Histogram, shared: _Shared) -> tuple[int, ...]:
    bars = [0] * ((shared.last - shared.first) // shared.step_s + 1)
    for time, n in histogram.counts.items():
        bars[(time - shared.first) // shared.step_s] += n
    return tuple(bars)


def _counts(
    rows: Sequence[Fields], histograms: Mapping[int, Histogram], window: TimeWindow, source: str, interval_s: int
) -> Rows:
    columns: dict[str, list[object]] = {
        name: [] for name in ("bucket", "interval_s", "source", "pattern", "count", "sample")
    }
    whole = Histogram({int(window.start.timestamp()): 0}, 0)
    for number, row in enumerate(rows):
        found = histograms.get(number)
        length = max(interval_s if found else int(window.duration.total_seconds()), 1)
        samples = row.samples(Gaps())
        for time, n in sorted((found or whole).counts.items()):
            if count := n if found else row.count:
                start, seconds = _within(time, length, window)
                values = (_moment(start), seconds, source, shape_of(_text(row).replace(VARIABLE, "00")), count)
                for name, value in zip(columns, (*values, samples[0] if samples else None)):
                    columns[name].append(value)
    return Rows("log_counts", columns)


def _within(start: int, length: int, window: TimeWindow) -> tuple[int, int]:
    """Return an interval cut to the window, so that its middle lies there; whole seconds, one at least."""
    first, last = int(window.start.timestamp()), -int(-window.end.timestamp() // 1)
    begin = min(max(start, first), last - 1)
    return begin, max(min(start + length, last) - begin, 1)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
