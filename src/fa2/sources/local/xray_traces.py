"""X-Ray traces into spans and edges: batch-get-traces output and segment documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import orjson

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.identifiers import normal_trace_id
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, text
from fa2.sources.local.remote_calls import RemoteCalls
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.xray_segments import (
    error_of,
    exceptions_of,
    instance_of,
    is_client,
    is_segment,
    operation_of,
    remote_of,
    response_status,
    segment_time,
    status_of,
)

_DOCUMENTS_TOGETHER = 10_000
"""Segment documents outside batch-get-traces that are looked at together, to join their traces."""

Placed = tuple[Json, str | None, str]
"""A segment or subsegment, the id of its parent, and its service."""


class XRayTraces:
    """Reads X-Ray traces."""

    name = "xray_traces"
    tables: tuple[str, ...] = ("spans", "edges")

    def recognise(self, head: FileHead) -> float:
        """Return 1 for traces with segments, 0.9 for segment documents."""
        document = peek(head.head)
        first = document[0] if isinstance(document, list) and document else document
        if isinstance(at(first, "Traces"), list):
            known = "UnprocessedTraceIds" in str(first) or at(first, "Traces", 0, "Segments")
            return 1.0 if known else 0.5
        if isinstance(at(first, "Segments"), list) or text(at(first, "Document")):
            return 0.9 if text(at(first, "Id")) else 0.0
        return 0.9 if is_segment(first) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield spans, then the edges to what has no spans.

        Counts xray_segment (not a segment, or without trace, id, name or start), xray_in_progress
        (not ended: as long as its subsegments show), xray_subsegment_alone (its segment is not in
        the file: its own name stands for the service), xray_unprocessed (traces that X-Ray did not
        give), xray_limit (traces beyond X-Ray's size limit), aws_more_pages, and note_xray_inferred
        (what X-Ray itself inferred from subsegments).
        """
        yield from rows_of(documents(file, gaps), gaps)


source = XRayTraces()


def rows_of(answers: Iterable[Json], gaps: Gaps) -> Iterator[Rows]:
    """Yield the rows of answers of BatchGetTraces and of segment documents; what `read` says of gaps holds here too."""
    calls = RemoteCalls()
    yield from batches("spans", _spans(answers, gaps, calls))
    yield from batches("edges", calls.edges())


def _spans(answers: Iterable[Json], gaps: Gaps, calls: RemoteCalls) -> Iterator[Row]:
    for trace_id, segments in _traces(answers, gaps):
        yield from _Trace(trace_id, segments, gaps).spans(calls)


def _traces(answers: Iterable[Json], gaps: Gaps) -> Iterator[tuple[str, list[Json]]]:
    loose = _entries(answers, gaps)
    while taken := list(islice(loose, _DOCUMENTS_TOGETHER)):
        traces: dict[str, list[Json]] = {}
        for known, segment in taken:
            trace_id = normal_trace_id(known or text(at(segment, "trace_id")) or "")
            if trace_id is None or not text(at(segment, "id")):
                gaps.add("xray_segment", 1, str(segment))
            else:
                traces.setdefault(trace_id, []).append(segment)
        yield from traces.items()


def _entries(answers: Iterable[Json], gaps: Gaps) -> Iterator[tuple[str | None, Json]]:
    """Yield segment documents, each with the id of the trace that it was listed under, if any."""
    for document in answers:
        if token := text(at(document, "NextToken")):
            gaps.add("aws_more_pages", 1, token)
        unprocessed = items(at(document, "UnprocessedTraceIds"))
        if unprocessed:
            gaps.add("xray_unprocessed", len(unprocessed), str(unprocessed[0]))
        listed = at(document, "Traces")
        for entry in items(listed) if isinstance(listed, list) else _listed(document):
            if at(entry, "LimitExceeded") is True:
                gaps.add("xray_limit", 1, str(at(entry, "Id")))
            if isinstance(at(entry, "Segments"), list):
                for segment in items(at(entry, "Segments")):
                    yield text(at(entry, "Id")), _document(segment)
            else:
                yield None, _document(entry)


def _listed(document: Json) -> list[Json]:
    return document if isinstance(document, list) else [document]


def _document(entry: Json) -> Json:
    held = at(entry, "Document")
    if held is None:
        return entry
    try:
        document: Json = orjson.loads(held) if isinstance(held, str) else held
    except orjson.JSONDecodeError:
        return entry
    return document


class _Trace:
    """The segments of one trace."""

    def __init__(self, trace_id: str, segments: list[Json], gaps: Gaps) -> None:
        self._id, self._gaps = trace_id, gaps
        self._segments = list(_latest(segments).values())
        self._exceptions: dict[str, Json] = {}
        self._services: dict[str, str] = {}
        self._lambda_services: dict[str, str] = {}
        for top in self._segments:
            for part, _, service in _parts(top, text(at(top, "name")) or "unknown"):
                self._exceptions.update(exceptions_of(part))
                part_id = text(at(part, "id"))
                if part_id and at(top, "type") != "subsegment":
                    self._services[part_id] = service
                    if at(top, "origin") == "AWS::Lambda":
                        self._lambda_services[part_id] = service

    def spans(self, calls: RemoteCalls) -> Iterator[Row]:
        """Yield a row for each segment and subsegment."""
        for top in self._segments:
            if at(top, "inferred") is True and text(at(top, "parent_id")) in self._services:
                self._gaps.add("note_xray_inferred", 1, str(at(top, "name")))
                continue
            for part, parent, service in _parts(top, self._service(top)):
                row = self._span(part, parent, service, is_top=part is top)
                if row is None:
                    self._gaps.add("xray_segment", 1, str(part))
                    continue
                self._note_call(part, row, calls)
                yield row

    def _service(self, top: Json) -> str:
        name = text(at(top, "name")) or "unknown"
        if at(top, "type") != "subsegment":
            return name
        parent = text(at(top, "parent_id")) or ""
        if parent not in self._services:
            self._gaps.add("xray_subsegment_alone", 1, name)
        return self._services.get(parent, name)

    def _span(self, part: Json, parent: str | None, service: str, *, is_top: bool) -> Row | None:
        span_id, start = text(at(part, "id")), segment_time(at(part, "start_time"))
        if span_id is None or start is None:
            return None
        remote = remote_of(part)
        return {
            "trace_id": self._id,
            "span_id": span_id.lower(),
            "parent_id": parent.lower() if parent else None,
            "service": service,
            "resource": remote[0] if remote else instance_of(part),
            "operation": operation_of(part),
            "kind": self._kind(part, parent, service, is_top=is_top),
            "start": start,
            "duration_ms": self._duration_ms(part, start),
            "status": status_of(part),
            "http_status": response_status(part),
            "error": error_of(part, self._exceptions),
        }

    def _kind(self, part: Json, parent: str | None, service: str, *, is_top: bool) -> str:
        """Return server for a segment, client for a call, else internal.

        Lambda writes two segments for one invocation, of the service and of the function. The
        function's is internal where the service's is there, so that requests count once.
        """
        if is_client(part):
            return "client"
        if not is_top or at(part, "type") == "subsegment":
            return "internal"
        within = parent is not None and self._lambda_services.get(parent) == service
        return "internal" if at(part, "origin") == "AWS::Lambda::Function" and within else "server"

    def _duration_ms(self, part: Json, start: int) -> float:
        end = segment_time(at(part, "end_time"))
        if end is None:
            self._gaps.add("xray_in_progress", 1, str(at(part, "name")))
            ends = [segment_time(at(p, "end_time")) for p, _, _ in _parts(part, "")]
            end = max((e for e in ends if e is not None), default=start)
        return max(0, end - start) / 1000

    def _note_call(self, part: Json, row: Row, calls: RemoteCalls) -> None:
        if row["kind"] == "server" and row["parent_id"]:
            calls.answered((self._id, str(row["parent_id"])))
        remote = remote_of(part)
        if remote:
            span = (self._id, str(row["span_id"]))
            calls.called(span, caller=str(row["service"]), callee=remote[0], kind=remote[1])


def _latest(segments: list[Json]) -> dict[str, Json]:
    """Return segments by id; one that has ended replaces what was sent while it was in progress."""
    found: dict[str, Json] = {}
    for segment in segments:
        segment_id = text(at(segment, "id")) or ""
        held = found.get(segment_id)
        if held is None or at(held, "end_time") is None:
            found[segment_id] = segment
    return found


def _parts(top: Json, service: str) -> Iterator[Placed]:
    """Yield a segment and all its subsegments, parents first."""
    parent = text(at(top, "parent_id"))
    waiting: list[tuple[Json, str | None]] = [(top, parent)]
    while waiting:
        part, parent = waiting.pop()
        yield part, parent, service
        own = text(at(part, "id"))
        waiting += [(child, own) for child in reversed(items(at(part, "subsegments")))]
