"""X-Ray: traces from segment documents; summaries, filters and the service graph are computed from these."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import trace_filters
from answers import given, page, without
from wire import AwsError, Params

Document = dict[str, Any]
Node = tuple[str, str]
"""Name and type of a service."""
MAX_TRACES = 5
_EVERYTHING = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 9999,  # AWS itself says 10000, which its own model does not allow
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


def trace_id(moment: datetime, n: int) -> str:
    """Return an id as X-Ray makes it: it holds the second in which the trace began."""
    return f"1-{int(moment.timestamp()):08x}-{n:024x}"


@dataclass
class FakeXRay:
    """Traces of one account and region. Fill by `put`."""

    most: timedelta = timedelta(hours=6)
    """How long a range may be asked for at once; AWS documents 6 hours for graphs and 24 for summaries."""
    page_size: int = 100
    """Traces that a page of summaries looks at; what the filter leaves of them may be none."""
    traces: dict[str, list[Document]] = field(default_factory=dict)
    unprocessed: set[str] = field(default_factory=set)
    """Traces that BatchGetTraces leaves out when it is first asked for them."""
    rules: list[dict[str, object]] = field(default_factory=lambda: [dict(_EVERYTHING)])
    service = "xray"

    def put(self, segments: Iterable[Document]) -> None:
        """Add segment documents; the root of a trace is the one without a parent."""
        for segment in segments:
            trace = self.traces.setdefault(segment["trace_id"], [])
            trace.append(segment)
            trace.sort(key=lambda s: ("parent_id" in s, s["start_time"]))

    def get_trace_summaries(self, params: Params) -> dict[str, object]:
        """Give summaries of the traces in a range that a filter lets through, a page of the range at a time."""
        start, end = self._range(params)
        kind = str(params.get("TimeRangeType", "TraceId"))
        wanted = trace_filters.condition(str(params.get("FilterExpression") or "!(fault AND !fault)"))
        within = [trace for trace in self._by_time() if start <= _moment(trace, kind) < end]
        rows, token = self._page(within, params)
        found = [_summary(trace) for trace in rows if wanted(trace)]
        return given(TraceSummaries=found, TracesProcessedCount=len(rows), ApproximateTime=start, NextToken=token)

    def batch_get_traces(self, params: Params) -> dict[str, object]:
        """Give up to five traces whole; the ids of those that there are not come back."""
        ids: Any = params["TraceIds"]
        if len(ids) > MAX_TRACES:
            raise AwsError("InvalidRequestException", f"{len(ids)} trace ids, at most {MAX_TRACES}")
        later = [id for id in ids if id in self.unprocessed or id not in self.traces]
        self.unprocessed -= set(ids)
        found = [_whole(self.traces[id]) for id in ids if id not in later]
        return {"Traces": found, "UnprocessedTraceIds": later}

    def get_service_graph(self, params: Params) -> dict[str, object]:
        """Give who called whom in a range, and how it went."""
        start, end = self._range(params)
        within = [trace for trace in self._by_time() if start <= _moment(trace, "Service") < end]
        rows, token = self._page(graph(within, start, end), params)
        return given(StartTime=start, EndTime=end, Services=rows, ContainsOldGroupVersions=False, NextToken=token)

    def get_sampling_rules(self, params: Params) -> dict[str, object]:
        """Give the rules."""
        records = [{"SamplingRule": rule} for rule in self.rules]
        rows, token = self._page(records, params)
        return given(SamplingRuleRecords=rows, NextToken=token)

    def _by_time(self) -> list[list[Document]]:
        return sorted(self.traces.values(), key=lambda trace: (trace[0]["start_time"], trace[0]["trace_id"]))

    def _page(self, rows: Sequence[Any], params: Params) -> tuple[list[Any], str | None]:
        kept = without(params, "NextToken")
        return page(rows, kept, size=self.page_size, token=params.get("NextToken"), bad="InvalidRequestException")

    def _range(self, params: Params) -> tuple[datetime, datetime]:
        start, end = params["StartTime"], params["EndTime"]
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        if start >= end or end - start > self.most:
            raise AwsError("InvalidRequestException", f"Time range must be positive and at most {self.most}")
        return start, end


def graph(traces: Iterable[Sequence[Document]], start: datetime, end: datetime) -> list[dict[str, object]]:
    """Return the services of traces with their edges, as GetServiceGraph has them; times in seconds."""
    seen: dict[Node, list[Document]] = defaultdict(list)
    edges: dict[tuple[Node, Node], list[Document]] = defaultdict(list)
    for trace in traces:
        for caller, called, document in _calls(trace):
            seen[called].append(document)
            edges[caller, called].append(document)
            seen.setdefault(caller, [])
    numbers = {node: n for n, node in enumerate(sorted(seen))}
    span = {"StartTime": start, "EndTime": end}
    return [
        {
            "ReferenceId": numbers[node],
            "Name": node[0],
            "Names": [node[0]],
            "Type": node[1],
            "State": "active",
            "Root": node[1] == "client",
            **span,
            "SummaryStatistics": _statistics(
                seen[node] or [d for (a, _), ds in edges.items() if a == node for d in ds]
            ),
            "Edges": [
                {"ReferenceId": numbers[to], **span, "SummaryStatistics": _statistics(documents), "Aliases": []}
                for (caller, to), documents in edges.items()
                if caller == node
            ],
        }
        for node in numbers
    ]


def _calls(trace: Sequence[Document]) -> Iterator[tuple[Node, Node, Document]]:
    """Yield caller, called and the document that tells how it went, for each call in a trace."""
    owners = {id: _node(segment) for segment in trace for id in _ids(segment)}
    answered = {segment.get("parent_id") for segment in trace}
    for segment in trace:
        caller = owners.get(segment.get("parent_id", ""), (segment["name"], "client"))
        yield caller, _node(segment), segment
        for sub in _subsegments(segment):
            if sub.get("namespace") in ("aws", "remote") and sub["id"] not in answered:
                yield _node(segment), _inferred(sub), sub


def _node(segment: Document) -> Node:
    return segment["name"], segment.get("origin", "AWS::Lambda::Function")


def _inferred(sub: Document) -> Node:
    table = sub.get("aws", {}).get("table_name")
    if table:
        return table, "AWS::DynamoDB::Table"
    return sub["name"], "remote" if sub["namespace"] == "remote" else f"AWS::{sub['name']}"


def _subsegments(document: Document) -> Iterator[Document]:
    for sub in document.get("subsegments", ()):
        yield sub
        yield from _subsegments(sub)


def _ids(segment: Document) -> Iterator[str]:
    yield segment["id"]
    for sub in _subsegments(segment):
        yield sub["id"]


def _statistics(documents: Sequence[Document]) -> dict[str, object]:
    throttled = sum(bool(d.get("throttle")) for d in documents)
    errors = sum(bool(d.get("error") or d.get("throttle")) for d in documents)
    faults = sum(bool(d.get("fault")) for d in documents)
    return {
        "OkCount": sum(not (d.get("error") or d.get("throttle") or d.get("fault")) for d in documents),
        "ErrorStatistics": {"ThrottleCount": throttled, "OtherCount": errors - throttled, "TotalCount": errors},
        "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
        "TotalCount": len(documents),
        "TotalResponseTime": sum(d["end_time"] - d["start_time"] for d in documents),
    }


def _moment(trace: Sequence[Document], kind: str) -> datetime:
    """Return when a trace was: by its id, its last event, or its first segment."""
    match kind:
        case "TraceId":
            return datetime.fromtimestamp(int(trace[0]["trace_id"].split("-")[1], 16), UTC)
        case "Event":
            return datetime.fromtimestamp(max(segment["end_time"] for segment in trace), UTC)
        case _:
            return datetime.fromtimestamp(min(segment["start_time"] for segment in trace), UTC)


def _summary(trace: Sequence[Document]) -> dict[str, object]:
    root = trace[0]
    http: Mapping[str, Any] = root.get("http", {})
    told = given(
        HttpURL=http.get("request", {}).get("url"),
        HttpMethod=http.get("request", {}).get("method"),
        HttpStatus=http.get("response", {}).get("status"),
    )
    return {
        "Id": root["trace_id"],
        "StartTime": datetime.fromtimestamp(root["start_time"], UTC),
        "Duration": trace_filters.duration(trace),
        "ResponseTime": trace_filters.response_time(trace),
        "HasFault": bool(root.get("fault")),
        "HasError": bool(root.get("error")),
        "HasThrottle": bool(root.get("throttle")),
        "IsPartial": False,
        "Http": told,
        "ServiceIds": [{"Name": n, "Names": [n], "Type": t} for n, t in dict.fromkeys(map(_node, trace))],
        "EntryPoint": {"Name": root["name"], "Names": [root["name"]], "Type": _node(root)[1]},
        "FaultRootCauses": [_cause(trace)] if root.get("fault") else [],
        "Revision": 1,
    }


def _cause(trace: Sequence[Document]) -> dict[str, object]:
    """Return the path of faults from the root to the deepest."""
    services = []
    for segment in trace:
        if segment.get("fault"):
            told = segment.get("cause", {}).get("exceptions", [])
            exceptions = [{"Name": e.get("type", ""), "Message": e.get("message", "")} for e in told]
            path = [{"Name": segment["name"], "Exceptions": exceptions, "Remote": False}]
            services.append(
                {"Name": segment["name"], "Names": [segment["name"]], "EntityPath": path, "Inferred": False}
            )
    return {"Services": services, "ClientImpacting": True}


def _whole(trace: Sequence[Document]) -> dict[str, object]:
    segments = [{"Id": segment["id"], "Document": json.dumps(segment)} for segment in trace]
    return {
        "Id": trace[0]["trace_id"],
        "Duration": trace_filters.duration(trace),
        "LimitExceeded": False,
        "Segments": segments,
    }
