"""X-Ray: who calls whom and how it went over time, where failures began, and a sample of whole traces.

The service graph gives edges and says how many requests there were; its statistics over time are metrics. Summaries
of all traces, and once more of those that failed or were slow, tell where failures began; an even sample is fetched
whole. Nothing is fetched more gladly because it failed, so that shares in the sample are those of all traces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.ports import Rows
from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.aws.side_by_side import each
from fa2.sources.aws.xray.examining import examine_xray
from fa2.sources.aws.xray.graph import Graph, Node, graph_of, merged, statistics_rows
from fa2.sources.aws.xray.sampling import chosen
from fa2.sources.aws.xray.sampling_rules import tell_sampling
from fa2.sources.aws.xray.summaries import (
    OUTCOMES,
    Summary,
    ranges,
    root_cause_counts,
    slow_filter,
    slow_from,
    summary_of,
)
from fa2.sources.local.json_values import Json, at, items, text, whole
from fa2.sources.local.row_batches import batches
from fa2.sources.local.xray_traces import rows_of

_IDS_A_CALL = 5
_SIDE_BY_SIDE = 8
_SUMMARIES_A_PIECE = 500
_MOST_PIECES = 12
_ACTIONS = (
    "GetServiceGraph", "GetTimeSeriesServiceStatistics", "GetTraceSummaries", "BatchGetTraces",
    "GetSamplingRules", "GetSamplingStatisticSummaries",
)  # fmt: skip


class XRaySettings(SourceSettings):
    """The section [xray]."""

    max_traces: Annotated[int, Field(ge=10, le=5_000)] = 400
    max_summaries: Annotated[int, Field(ge=100, le=200_000)] = 10_000
    max_services: Annotated[int, Field(ge=1, le=200)] = 30
    slow_s: Annotated[float, Field(gt=0, le=3_600)] | None = None


@dataclass
class _Period:
    """The window, or all normal times together, with what was found of it."""

    windows: Sequence[TimeWindow]
    graph: Graph = field(default_factory=lambda: Graph((), (), 0))
    population: dict[str, Summary] = field(default_factory=dict)
    """Summaries by trace id: all of them, or an even part."""
    rate: float = 1.0
    """Which part X-Ray was asked for."""

    @property
    def hull(self) -> TimeWindow:
        """From the first moment to the last."""
        return TimeWindow(min(w.start for w in self.windows), max(w.end for w in self.windows))


class XRay:
    """Reads X-Ray."""

    name = "xray"
    title = "X-Ray"
    service = "xray"
    tables: tuple[str, ...] = ("spans", "edges", "metrics", "log_counts")
    settings = XRaySettings

    def permissions(self, settings: XRaySettings) -> Sequence[Permission]:
        """Return the six actions that read; IAM knows no resources for them."""
        return [Permission(f"xray:{action}") for action in _ACTIONS]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        """Return the most that it may read; asks nothing. A trace costs whether its summary is scanned or it is fetched."""
        settings: XRaySettings = ask.settings
        periods = len(_periods(ask))
        traces = settings.max_traces + 2 * periods * settings.max_summaries
        calls = traces // 100 + settings.max_traces // _IDS_A_CALL + periods * (settings.max_services + 2) + 2
        usd = traces / 1e6 * ask.prices.traces_million
        return [Estimate(ask.name, f"traces: {traces:,}", usd=round(usd, 4), calls=calls)]

    def examine(self, ask: Ask[Any]) -> None:
        """Make each call once; say whether anything is traced, and how much of it."""
        examine_xray(ask)

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        """Ask for the graph, then side by side for statistics, traces and sampling rules."""
        usd = sum(estimate.usd or 0.0 for estimate in planned)
        if not ask.budget.take(usd=usd):
            with ask.look(table="spans", query="GetTraceSummaries") as look:
                look.skip("aws_over_budget", usd=usd, left=ask.budget.usd_left)
            return
        periods = _periods(ask)
        for period in periods:
            _ask_graph(ask, period)
        work: list[Callable[[], object]] = [
            lambda: _ask_statistics(ask, periods),
            lambda: _ask_traces(ask, periods),
            lambda: tell_sampling(ask),
        ]
        for _ in each(lambda part: part(), work, at_most=len(work)):
            pass


source = XRay()


def _periods(ask: Ask[Any]) -> list[_Period]:
    """Return the window, then the normal times where there are any."""
    normal = ask.incident.baselines
    return [_Period([ask.incident.window.window]), *([_Period(normal)] if normal else [])]


def _ask_graph(ask: Ask[Any], period: _Period) -> None:
    with ask.look(table="edges", query="GetServiceGraph", window=period.hull) as look:
        graphs = []
        for part in ranges(period.windows):
            answers = pages(
                ask.client(), "get_service_graph", holding="Services", StartTime=part.start, EndTime=part.end
            )
            graphs.append(graph_of([service for answer in answers for service in items(at(answer, "Services"))]))
            period.graph = merged(graphs)
        for rows in batches("edges", period.graph.edges):
            look.add(rows)
        look.scanned(matched=period.graph.requests)


def _ask_statistics(ask: Ask[Any], periods: Sequence[_Period]) -> None:
    """Ask how each service did over time: with the true counts, which no sample of traces has."""
    nodes = [n for n in merged(p.graph for p in periods).nodes if n.selector]
    step = 60 if sum(w.duration.total_seconds() for p in periods for w in p.windows) <= 6 * 3600 else 300
    settings: XRaySettings = ask.settings
    for period in periods if nodes else ():
        query = f"GetTimeSeriesServiceStatistics Period={step}"
        with ask.look(table="metrics", query=query, window=period.hull) as look:
            if len(nodes) > settings.max_services:
                look.partial("xray_more_services", n=len(nodes), most=settings.max_services)
            wanted = [(n, part) for n in nodes[: settings.max_services] for part in ranges(period.windows)]
            for node, answers in each(lambda pair: _statistics(ask, *pair, step), wanted, at_most=_SIDE_BY_SIDE):
                points = (point for answer in answers for point in items(at(answer, "TimeSeriesServiceStatistics")))
                for rows in batches("metrics", statistics_rows(points, node, step)):
                    look.add(rows)


def _statistics(ask: Ask[Any], node: Node, part: TimeWindow, step: int) -> tuple[Node, list[Json]]:
    asked: dict[str, Any] = {"EntitySelectorExpression": node.selector, "Period": step}
    asked |= {"StartTime": part.start, "EndTime": part.end, "holding": "TimeSeriesServiceStatistics"}
    return node, list(pages(ask.client(), "get_time_series_service_statistics", **asked))


def _ask_traces(ask: Ask[Any], periods: Sequence[_Period]) -> None:
    settings: XRaySettings = ask.settings
    for period in periods:
        _ask_population(ask, period)
    slow_s = settings.slow_s or slow_from(periods[-1].population.values())  # the last are the normal times
    for period in periods:
        _ask_root_causes(ask, period, slow_s)
    for period, wanted in zip(periods, _shares([len(p.population) for p in periods], settings.max_traces), strict=True):
        if period.population:
            _fetch(ask, period, chosen(list(period.population.values()), wanted))


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Return how many traces to fetch of each period: half each, and what one does not need to the other."""
    fair = most // len(sizes)
    spare = sum(max(0, fair - size) for size in sizes)
    return [min(size, fair + spare) for size in sizes]


def _ask_population(ask: Ask[Any], period: _Period) -> None:
    settings: XRaySettings = ask.settings
    period.rate = _rate(period.graph.requests, settings.max_summaries)
    with ask.look(query=_query("", period.rate), window=period.hull) as look:
        _summaries(ask, look, period, into=period.population, filter="", rate=period.rate)
        outcomes = Counter(summary.outcome for summary in period.population.values())
        told = {name: outcomes[name] for name in OUTCOMES if name != "ok"}
        look.note("note_xray_outcomes", n=len(period.population), **told)


def _ask_root_causes(ask: Ask[Any], period: _Period, slow_s: float | None) -> None:
    """Count by a filter where all failures and delays began: exact also where the sample holds few of them."""
    settings: XRaySettings = ask.settings
    failed = sum(1 for s in period.population.values() if s.outcome != "ok" or (slow_s and (s.seconds or 0) > slow_s))
    rate = _rate(round(failed / period.rate), settings.max_summaries)
    found: dict[str, Summary] = {}
    query = _query(slow_filter(slow_s), rate)
    with ask.look(query=query, window=period.hull) as look:
        _summaries(ask, look, period, into=found, filter=slow_filter(slow_s), rate=rate)
    rows = list(root_cause_counts(found.values(), slow_s=slow_s, interval_s=60, scale=1 / rate))
    if rows:  # without any, the table is not begun: it would say that log lines had been looked for
        with ask.look(table="log_counts", query=query, window=period.hull) as look:
            for batch in batches("log_counts", rows):
                look.add(batch)


def _rate(expected: int, most: int) -> float:
    return 1.0 if expected <= most else float(f"{most / expected:.2g}")


def _query(filter: str, rate: float) -> str:
    sampled = "" if rate == 1 else f" SamplingStrategy=FixedRate {rate:g}"
    return f"GetTraceSummaries{f' FilterExpression={filter!r}' if filter else ''}{sampled}"


def _summaries(
    ask: Ask[Any], look: Look, period: _Period, *, into: dict[str, Summary], filter: str, rate: float
) -> None:
    """Ask for all pages, pieces of the time side by side; what has come is in `into` whatever happens."""
    settings: XRaySettings = ask.settings
    wanted = int(period.graph.requests * rate)
    pieces = ranges(period.windows, min(_MOST_PIECES, wanted // _SUMMARIES_A_PIECE + 1))
    most = 3 * settings.max_summaries // len(pieces) + 500
    asked: dict[str, Any] = {
        "holding": "TraceSummaries",
        "TimeRangeType": "TraceId",
        **({"FilterExpression": filter} if filter else {}),
    }
    if rate < 1:
        asked |= {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": rate}}
        look.note("note_xray_thinned", rate=rate, most=settings.max_summaries)

    def read(part: TimeWindow) -> tuple[int, int, bool]:
        seen, lost = 0, 0
        for answer in pages(ask.client(), "get_trace_summaries", StartTime=part.start, EndTime=part.end, **asked):
            for value in items(at(answer, "TraceSummaries")):
                found = summary_of(value)
                lost += found is None
                if found is not None:
                    into[found.id] = found
            seen += whole(at(answer, "TracesProcessedCount")) or 0
            if len(into) > most * len(pieces):
                return seen, lost, True
        return seen, lost, False

    for seen, lost, cut in each(read, pieces, at_most=_SIDE_BY_SIDE):
        look.scanned(rows=seen)
        if lost:
            look.gaps.add("xray_summary", lost)
        if cut:
            look.truncated()
            look.partial("xray_more_summaries", most=most * len(pieces))
    look.scanned(matched=len(into))


def _fetch(ask: Ask[Any], period: _Period, traces: Sequence[Summary]) -> None:
    total = round(len(period.population) / period.rate)
    with ask.look(table="spans", query="BatchGetTraces", window=period.hull) as look:
        look.scanned(matched=total)
        if len(traces) < total:
            look.note("note_xray_sample", n=len(traces), of=total)
        answers: list[Json] = []
        try:
            _batches(ask, [trace.id for trace in traces], answers)
        finally:
            for rows in rows_of(answers, look.gaps):
                look.add(_weighted(rows, total / len(traces)))


def _batches(ask: Ask[Any], ids: Sequence[str], into: list[Json]) -> None:
    """Fetch traces whole, those that X-Ray did not process a second time."""
    parts = [list(ids[n : n + _IDS_A_CALL]) for n in range(0, len(ids), _IDS_A_CALL)]
    again: list[str] = []
    for answer in _answers(ask, parts):
        into += [{"Traces": at(answer, "Traces")}]
        again += [id for id in map(text, items(at(answer, "UnprocessedTraceIds"))) if id]
    parts = [again[n : n + _IDS_A_CALL] for n in range(0, len(again), _IDS_A_CALL)]
    for answer in _answers(ask, parts):
        into += [{"Traces": at(answer, "Traces"), "UnprocessedTraceIds": at(answer, "UnprocessedTraceIds")}]


def _answers(ask: Ask[Any], parts: Iterable[list[str]]) -> Iterator[Json]:
    def fetch(ids: list[str]) -> list[Json]:
        return list(pages(ask.client(), "batch_get_traces", holding="Traces", TraceIds=ids))

    for answers in each(fetch, parts, at_most=_SIDE_BY_SIDE):
        yield from answers


def _weighted(rows: Rows, weight: float) -> Rows:
    if rows.table != "spans":
        return rows
    size = len(next(iter(rows.columns.values()), ()))
    return Rows(rows.table, {**rows.columns, "weight": [weight] * size})
