"""Tries beforehand what X-Ray will be asked for, and whether it traces enough to tell anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.xray.graph import Graph, graph_of
from fa2.sources.aws.xray.sampling_rules import tell_sampling
from fa2.sources.local.json_values import at, items, text

_A_LITTLE = timedelta(minutes=5)
_NO_TRACE = "1-00000000-000000000000000000000000"
"""Well-formed; asked for where no trace is known: X-Ray then says only whether asking is allowed."""
_THIN = 0.01
"""Below this share of traced requests, failures of few requests have no trace."""


def examine_xray(ask: Ask[Any]) -> None:
    """Make each of the six calls once, over the end of the window where the time decides what it costs."""
    window = ask.incident.window.window
    little = TimeWindow(max(window.start, window.end - _A_LITTLE), window.end)
    graph = _graph(ask, window)
    _statistics(ask, graph, little)
    _traces(ask, little)
    share = tell_sampling(ask)
    if share is not None and share < _THIN:
        with ask.look(query="GetSamplingStatisticSummaries") as look:
            look.partial("xray_thin", share=share)


def _graph(ask: Ask[Any], window: TimeWindow) -> Graph:
    """Ask for the graph of the window's end, six hours at most, and tell whether anything is traced."""
    start: datetime = max(window.start, window.end - timedelta(hours=6))
    graph = Graph((), (), 0)
    with ask.look(query="GetServiceGraph", window=TimeWindow(start, window.end)) as look:
        answers = pages(ask.client(), "get_service_graph", holding="Services", StartTime=start, EndTime=window.end)
        graph = graph_of([service for answer in answers for service in items(at(answer, "Services"))])
        if graph.requests:
            look.note("note_xray_traced", n=graph.requests, services=len(graph.nodes))
        else:
            look.partial("xray_no_traces")
    return graph


def _statistics(ask: Ask[Any], graph: Graph, little: TimeWindow) -> None:
    selector = next((node.selector for node in graph.nodes if node.selector), 'service("fa2")')
    with ask.look(query="GetTimeSeriesServiceStatistics", window=little):
        asked: dict[str, Any] = {"StartTime": little.start, "EndTime": little.end, "Period": 60}
        operation, member = "get_time_series_service_statistics", "TimeSeriesServiceStatistics"
        next(pages(ask.client(), operation, holding=member, EntitySelectorExpression=selector, **asked))


def _traces(ask: Ask[Any], little: TimeWindow) -> None:
    """Ask for one page of summaries, and for one trace."""
    id = _NO_TRACE
    with ask.look(query="GetTraceSummaries", window=little) as look:
        asked: dict[str, Any] = {"StartTime": little.start, "EndTime": little.end, "TimeRangeType": "TraceId"}
        found = items(
            at(next(pages(ask.client(), "get_trace_summaries", holding="TraceSummaries", **asked)), "TraceSummaries")
        )
        look.scanned(rows=len(found))
        id = next((known for known in (text(at(summary, "Id")) for summary in found) if known), id)
    with ask.look(query="BatchGetTraces"):
        next(pages(ask.client(), "batch_get_traces", holding="Traces", TraceIds=[id]))
