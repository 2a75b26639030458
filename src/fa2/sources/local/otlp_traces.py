"""OTLP/JSON traces into spans and edges: one export request, or one a line.

As the collector's file exporter and the SDKs' file exporters write them
(https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/).
"""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, http_status, items, nanos, text, whole
from fa2.sources.local.otlp_json import (
    Attributes,
    attributes,
    first_text,
    hex_id,
    instance,
    scopes,
    span_service,
)
from fa2.sources.local.otlp_remotes import remote_of
from fa2.sources.local.remote_calls import RemoteCalls
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.throttling import is_throttling

_KINDS = ("internal", "internal", "server", "client", "producer", "consumer")
_GRPC_FAULTS = {2, 4, 12, 13, 14, 15}
"""UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: faults."""
_GRPC_THROTTLED = 8


class OtlpTraces:
    """Reads OTLP/JSON traces."""

    name = "otlp_traces"
    tables: tuple[str, ...] = ("spans", "edges")

    def recognise(self, head: FileHead) -> float:
        """Return 1 for an object with resourceSpans."""
        return 1.0 if isinstance(at(peek(head.head), "resourceSpans"), list) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield spans, then the edges to what has no spans.

        Counts otlp_span (no ids or no start), otlp_unfinished (no end: duration 0), otlp_backwards
        (ends before it starts: duration 0) and otlp_nameless (no service.name: “unknown”).
        """
        calls = RemoteCalls()
        yield from batches("spans", _spans(file, gaps, calls))
        yield from batches("edges", calls.edges())


source = OtlpTraces()


def _spans(file: LocalFile, gaps: Gaps, calls: RemoteCalls) -> Iterator[Row]:
    for document in documents(file, gaps):
        for request in document if isinstance(document, list) else [document]:
            for entry in items(at(request, "resourceSpans")):
                yield from _of_resource(entry, gaps, calls)


def _of_resource(entry: Json, gaps: Gaps, calls: RemoteCalls) -> Iterator[Row]:
    resource = attributes(at(entry, "resource", "attributes"))
    service = span_service(resource)
    where = instance(resource)
    for scope in scopes(entry, "scopeSpans", "instrumentationLibrarySpans"):
        for span in items(at(scope, "spans")):
            row = _span(span, service or "unknown", where, (gaps, calls))
            if row is None:
                gaps.add("otlp_span", 1, str(span))
                continue
            if service is None:
                gaps.add("otlp_nameless", 1, str(row["operation"]))
            yield row


def _span(span: Json, service: str, where: str | None, notes: tuple[Gaps, RemoteCalls]) -> Row | None:
    trace_id, span_id = hex_id(at(span, "traceId"), 16), hex_id(at(span, "spanId"), 8)
    parent_id = hex_id(at(span, "parentSpanId"), 8)
    start = nanos(at(span, "startTimeUnixNano"))
    if trace_id is None or span_id is None or start is None:
        return None
    gaps, calls = notes
    kind = _kind(at(span, "kind"))
    found = attributes(at(span, "attributes"))
    error = error_text(span, found)
    remote = remote_of(found, service) if kind in ("client", "producer") else None
    if remote:
        calls.called((trace_id, span_id), caller=service, callee=remote.name, kind=remote.kind)
    if kind in ("server", "consumer") and parent_id:
        calls.answered((trace_id, parent_id))
    return {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_id": parent_id,
        "service": service,
        "resource": remote.name if remote else where,
        "operation": text(at(span, "name")),
        "kind": kind,
        "start": start,
        "duration_ms": _duration_ms(span, gaps),
        "status": _status(span, found, error, own=kind in ("server", "consumer")),
        "http_status": _status_code(found),
        "error": error,
    }


def _kind(value: Json) -> str:
    if isinstance(value, str) and not value.isdigit():
        name = value.upper().removeprefix("SPAN_KIND_").lower()
        return name if name in _KINDS else "internal"
    number = whole(value)
    return _KINDS[number] if number is not None and 0 <= number < len(_KINDS) else "internal"


def _duration_ms(span: Json, gaps: Gaps) -> float:
    start, end = whole(at(span, "startTimeUnixNano")), whole(at(span, "endTimeUnixNano"))
    if start is None or not end:
        gaps.add("otlp_unfinished", 1, str(at(span, "name")))
        return 0.0
    if end < start:
        gaps.add("otlp_backwards", 1, str(at(span, "name")))
        return 0.0
    return (end - start) / 1e6


def _failed(span: Json) -> bool:
    code = at(span, "status", "code")
    return code == "STATUS_CODE_ERROR" or code == "ERROR" or whole(code) == 2


def _status(span: Json, found: Attributes, error: str | None, *, own: bool) -> str:
    """Return ok, error, fault or throttle.

    own: a span that serves. A throttling exception there came from something it called: its own
    callers see a fault, unless it answers 429 itself.
    """
    failed, code = _failed(span), _status_code(found)
    grpc = whole(found.get("rpc.grpc.status_code", found.get("rpc.response.status_code"))) or 0
    kinds = (first_text(found, "error.type"), first_text(found, "aws.error.code"))
    thrown = (error or "").split(": ", 1)[0]
    if code == 429 or grpc == _GRPC_THROTTLED:
        return "throttle"
    raised = not own and (failed or (code or 0) >= 400)
    if raised and any(is_throttling(k) for k in (thrown, *kinds)):
        return "throttle"
    if (code or 0) >= 500 or grpc in _GRPC_FAULTS:
        return "fault"
    if (code or 0) >= 400 or grpc:
        return "error"
    return "fault" if failed else "ok"


def error_text(span: Json, found: Attributes) -> str | None:
    """Return “type: message” of the first exception on a span, else what its status says.

    An exception on a span that did not fail was handled there and is left out.
    """
    if not _failed(span) and (_status_code(found) or 0) < 400:
        return None
    for event in items(at(span, "events")):
        if at(event, "name") == "exception":
            said = attributes(at(event, "attributes"))
            parts = (first_text(said, "exception.type"), first_text(said, "exception.message"))
            if any(parts):
                return ": ".join(part for part in parts if part)
    message = text(at(span, "status", "message"))
    if message:
        return message
    kind = first_text(found, "aws.error.code", "error.type")
    return kind if kind and not kind.isdigit() else None


def _status_code(found: Attributes) -> int | None:
    return http_status(found.get("http.response.status_code", found.get("http.status_code")))
