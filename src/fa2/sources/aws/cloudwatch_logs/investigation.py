"""One investigation of CloudWatch Logs: counting first, then what is worth fetching, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from fa2.core.ports import Rows
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import Lines, lines_query, patterns_query, phrases_query
from fa2.sources.aws.asking import Look
from fa2.sources.aws.cloudwatch_logs.choice import Scope
from fa2.sources.aws.cloudwatch_logs.counts import bin_for, count_lines, divide, slices
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup, batches
from fa2.sources.aws.cloudwatch_logs.lines import CountedLines, Seen, fetch, rows_of, without
from fa2.sources.aws.cloudwatch_logs.patterns import PatternTotals, count_patterns, counted_marks
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsQuery
from fa2.sources.aws.cloudwatch_logs.samples import Sampled, sample_queries
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.json_values import Json, at, items, text

_PIECES = 8
"""In how many pieces of time lines of trouble are fetched, so that what lies between is not scanned."""
_SHOWN_ROWS = 5
OWN_QUERY = "Logs Insights"
"""The source of lines that the settings' query gave without telling their log group; samples, as all that it gives."""
_TIMED = {"@timestamp", "@message"}


class Investigation:
    """Asks what a scope allows. Looks that work side by side are each one thread's."""

    def __init__(self, insights: Insights, scope: Scope) -> None:
        self._insights = insights
        self._ask = insights.ask
        self._scope = scope
        self._seen = Seen()
        self._totals = PatternTotals()
        self._onsets: dict[str, datetime] = {}

    def run(self) -> None:
        """Ask everything. Raises DeadlinePassed; what had come until then is kept."""
        self._counts = count_lines(self._insights, self._scope)
        if not self._counts.bins:
            return  # nothing could be counted, and why is told
        self._division = divide(self._counts, self._scope, max_rows=self._ask.settings.max_rows)
        self._mark()
        work = [*self._fetching(), *self._counting()]
        for _ in each(lambda job: job(), work, at_most=max(len(work), 1)):
            pass
        for job in (self._sample, self._own_query):
            job()

    @property
    def _many(self) -> tuple[LogGroup, ...]:
        """The log groups that are not fetched whole."""
        return (*self._division.exact, *self._division.counted)

    def _mark(self) -> None:
        marked = [group.name for group in self._many]
        if self._ask.settings.query:
            marked.append(OWN_QUERY)
        if marked:
            self._ask.sink.add(counted_marks(marked, self._scope.window))

    def _fetching(self) -> Iterator[Callable[[], None]]:
        for period in self._scope.periods:
            wanted: tuple[tuple[Lines, tuple[LogGroup, ...]], ...] = (
                ("all", self._division.whole),
                ("troubled", self._division.exact),
            )
            for lines, groups in wanted:
                asked = list(self._sliced(period, lines, groups))
                if asked:
                    yield partial(self._fetch, period, lines, asked)

    def _counting(self) -> Iterator[Callable[[], None]]:
        asked: list[tuple[LogGroup, Lines]] = [
            *((group, "untroubled") for group in self._division.exact),
            *((group, "all") for group in self._division.counted),
        ]
        for period in self._scope.periods if asked else ():
            yield partial(self._count, period, asked)

    def _sliced(
        self, period: TimeWindow, lines: Lines, groups: Sequence[LogGroup]
    ) -> Iterator[tuple[tuple[LogGroup, ...], TimeWindow]]:
        bin_s = self._counts.bin_s[period]
        for batch in batches(groups):
            over_time = self._counts.over_time(batch, period, troubled=lines == "troubled")
            pieces = _PIECES if lines == "troubled" else 1
            for slice in slices(over_time, period, bin_s, pieces=pieces):
                yield batch, slice

    def _fetch(
        self, period: TimeWindow, lines: Lines, asked: Sequence[tuple[tuple[LogGroup, ...], TimeWindow]]
    ) -> None:
        """Fetch all lines, or all of trouble; those of trouble are counted by us, being of log groups that are counted."""
        counted = CountedLines()
        with self._ask.look(table="logs", query=lines_query(period, lines), window=period) as look:
            for rows in fetch(self._insights, look, lines, asked):
                look.add(rows)
                if lines == "troubled":
                    counted.add(rows)
                    self._note(rows, inside=period == self._scope.window)
            if lines == "troubled":
                look.add(counted.rows())

    def _note(self, rows: Rows, *, inside: bool) -> None:
        """Remember what was fetched of a log group that is sampled, and when its first line of trouble came."""
        self._seen.new(rows)
        if inside:
            for us, source in zip(rows.columns["timestamp"], rows.columns["source"], strict=True):
                moment = datetime.fromtimestamp(int(str(us)) / 1e6, UTC)
                first = self._onsets.get(str(source), moment)
                self._onsets[str(source)] = min(first, moment)

    def _count(self, period: TimeWindow, asked: Sequence[tuple[LogGroup, Lines]]) -> None:
        bin_s = bin_for(period, 20)
        kinds = {lines for _, lines in asked}
        shown = [patterns_query(period, lines) for lines in sorted(kinds)]
        if any(group.infrequent for group, _ in asked):
            shown += [phrases_query(period, lines, bin_s) for lines in sorted(kinds)]
        with self._ask.look(table="log_counts", query="\n".join(shown), window=period) as look:
            for group, rows in count_patterns(self._insights, look, asked, period):
                self._totals.add(rows, group, period, inside=period == self._scope.window)

    def _sample(self) -> None:
        """Fetch samples of the log groups that are counted; they are not counted again."""
        if not self._many:
            return
        scope, division = self._scope, self._division
        usual = {g.name: self._counts.total(g, scope.baselines, troubled=True) or 0 for g in division.exact}
        sampled = Sampled(
            groups=self._many,
            counts=self._counts,
            onsets={name: moment for name, moment in self._onsets.items() if not usual.get(name)},
            standouts=self._totals.standouts(scope.window, scope.baselines),
            flooded=frozenset(group.name for group in division.counted),
        )
        queries = list(sample_queries(sampled, scope, rows_per_pattern=self._ask.settings.rows_per_pattern))
        with self._ask.look(table="logs", query=lines_query(scope.window), window=scope.window) as look:
            look.note("note_logs_sampled", n=len(self._many), example=", ".join(g.name for g in self._many[:5]))
            for answer in self._insights.answers(look, queries):
                self._keep(look, answer.rows)

    def _own_query(self) -> None:
        """Run the query of the settings over the window as it stands."""
        query, scope = self._ask.settings.query, self._scope
        if not query:
            return
        with self._ask.look(table="logs", query=query, window=scope.window) as look:
            asked = [InsightsQuery(query, batch, scope.window) for batch in batches(scope.groups)]
            for answer in self._insights.answers(look, asked):
                lines = [row for row in answer.rows if _fields(row).keys() >= _TIMED]
                others = [row for row in answer.rows if not _fields(row).keys() >= _TIMED]
                groups = answer.query.groups
                self._keep(look, lines, source=groups[0].name if len(groups) == 1 else OWN_QUERY)
                if others:
                    look.gaps.add("note_logs_query_rows", len(others), _shown(others))
                if answer.matched > len(answer.rows) and lines:
                    look.truncated()

    def _keep(self, look: Look, results: Sequence[Json], *, source: str = "") -> None:
        """Add lines that are not there yet: none of log groups that are fetched whole."""
        fetched = frozenset(group.name for group in self._division.whole)
        for rows in rows_of(results, self._scope.window, look.gaps, source=source):
            look.add(self._seen.new(without(rows, fetched)))


def _fields(row: Json) -> dict[str, Any]:
    return {text(at(field, "field")) or "": at(field, "value") for field in items(row)}


def _shown(rows: Sequence[Json]) -> str:
    told = [{name: value for name, value in _fields(row).items() if name != "@ptr"} for row in rows[:_SHOWN_ROWS]]
    return orjson.dumps(told).decode()
