"""Raw lines from Logs Insights: all of some times however many there are, each of them once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fa2.core.ports import Gaps, Rows
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import Lines, lines_query
from fa2.logs.engines.cloudwatch_queries import MAX_ROWS
from fa2.logs.shapes.definition import shape_of
from fa2.sources.aws.asking import Look
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsAnswer, InsightsQuery
from fa2.sources.local.cloudwatch_events import EventReading
from fa2.sources.local.json_values import Json, at, items, micros

_SECOND = timedelta(seconds=1)
_MICROS = 1_000_000


def fetch(
    insights: Insights, look: Look, lines: Lines, asked: Iterable[tuple[tuple[LogGroup, ...], TimeWindow]]
) -> Iterator[Rows]:
    """Yield rows of logs for all lines of log groups in times.

    An answer that is full is taken up to its last second, and what follows is asked anew from there: lines come the
    oldest first. Where one second holds more than an answer can, the rest of it is missing, which the look tells.
    """
    queries = [InsightsQuery(_all_of(slice, lines), batch, slice) for batch, slice in asked]
    while queries:
        following: list[InsightsQuery] = []
        for answer in insights.answers(look, queries):
            end, rest = _rest(answer, look)
            if rest is not None:
                following.append(replace(answer.query, text=_all_of(rest, lines), window=rest))
            yield from rows_of(answer.rows, TimeWindow(answer.query.window.start, end), look.gaps)
        queries = following


def rows_of(results: Sequence[Json], within: TimeWindow, gaps: Gaps, *, source: str = "") -> Iterator[Rows]:
    """Yield rows of logs for results that have @timestamp and @message, those of a time.

    source: the log group of those that do not name theirs in @log.
    """
    reading = EventReading(source, gaps, within)
    for result in results:
        reading.take("results", result)
    yield from reading.rows()


def _all_of(slice: TimeWindow, lines: Lines) -> str:
    return lines_query(slice, lines, limit=MAX_ROWS)


def _rest(answer: InsightsAnswer, look: Look) -> tuple[datetime, TimeWindow | None]:
    """Return until when an answer holds all lines, and the time that is to be asked again."""
    window = answer.query.window
    if not answer.full or answer.matched <= len(answer.rows):
        return window.end, None
    times = [us for row in answer.rows[-1:] for field in items(row) if at(field, "field") == "@timestamp"
             if (us := micros(at(field, "value"))) is not None]  # fmt: skip
    last = datetime.fromtimestamp(max(times) // _MICROS, UTC) if times else window.start
    if last > window.start:
        return last, TimeWindow(last, window.end)
    look.truncated()
    look.gaps.add("logs_crowded_second", 1, str(last))
    after = last + _SECOND
    return min(after, window.end), TimeWindow(after, window.end) if after < window.end else None


@dataclass
class CountedLines:
    """Lines counted by us: by shape, second, log group, service and level."""

    _counts: Counter[tuple[int, object, object, object, str]] = field(default_factory=Counter)
    _samples: dict[str, object] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Count rows of logs."""
        names = ("timestamp", "source", "service", "level", "message")
        for us, source, service, level, message in zip(*(rows.columns[name] for name in names), strict=True):
            shape = shape_of(str(message))
            self._counts[int(str(us)) // _MICROS, source, service, level, shape] += 1
            self._samples.setdefault(shape, message)

    def rows(self) -> Rows:
        """Return rows of log_counts, in the order of time."""
        keys = sorted(self._counts, key=lambda key: (key[0], *map(str, key[1:])))
        columns: dict[str, Sequence[object]] = {
            "bucket": [key[0] * _MICROS for key in keys],
            "interval_s": [1] * len(keys),
            "source": [key[1] for key in keys],
            "service": [key[2] for key in keys],
            "level": [key[3] for key in keys],
            "pattern": [key[4] for key in keys],
            "count": [self._counts[key] for key in keys],
            "sample": [self._samples[key[4]] for key in keys],
        }
        return Rows("log_counts", columns)


@dataclass
class Seen:
    """Lines that are in the bundle already, so that no sample repeats them."""

    _known: set[tuple[object, ...]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def new(self, rows: Rows) -> Rows:
        """Return the rows that were not seen before, each once, and remember them."""
        keys = list(zip(*(rows.columns[name] for name in ("timestamp", "source", "stream", "message")), strict=True))
        kept = []
        with self._lock:
            for n, key in enumerate(keys):
                if key not in self._known:
                    self._known.add(key)
                    kept.append(n)
        return Rows(rows.table, {name: [values[n] for n in kept] for name, values in rows.columns.items()})


def without(rows: Rows, sources: frozenset[str]) -> Rows:
    """Return the rows of other sources than these."""
    kept = [n for n, source in enumerate(rows.columns["source"]) if source not in sources]
    return Rows(rows.table, {name: [values[n] for n in kept] for name, values in rows.columns.items()})
