"""OTLP/JSON logs into logs: one export request, or one a line."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, nanos, text, whole
from fa2.sources.local.otlp_json import (
    Attributes,
    attributes,
    body_text,
    first_text,
    hex_id,
    instance,
    scopes,
    span_service,
)
from fa2.sources.local.row_batches import Row, batches
from fa2.sources.local.severity import level_named

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_SOURCE = ("aws.log.group.names", "log.file.path", "log.file.name")


class OtlpLogs:
    """Reads OTLP/JSON logs."""

    name = "otlp_logs"
    tables: tuple[str, ...] = ("logs",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for an object with resourceLogs."""
        return 1.0 if isinstance(at(peek(head.head), "resourceLogs"), list) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield log lines. Counts otlp_log: records without a time or without anything said."""
        yield from batches("logs", _lines(file, gaps))


source = OtlpLogs()


def _lines(file: LocalFile, gaps: Gaps) -> Iterator[Row]:
    for document in documents(file, gaps):
        for request in document if isinstance(document, list) else [document]:
            for entry in items(at(request, "resourceLogs")):
                resource = attributes(at(entry, "resource", "attributes"))
                for scope in scopes(entry, "scopeLogs", "instrumentationLibraryLogs"):
                    for record in items(at(scope, "logRecords")):
                        row = _line(record, resource, file.name)
                        if row is None:
                            gaps.add("otlp_log", 1, str(record))
                        else:
                            yield row


def _line(record: Json, resource: Attributes, name: str) -> Row | None:
    found = attributes(at(record, "attributes"))
    time = nanos(at(record, "timeUnixNano")) or nanos(at(record, "observedTimeUnixNano"))
    message = _message(record, found)
    if time is None or not message:
        return None
    return {
        "timestamp": time,
        "source": first_text(found, *_SOURCE) or first_text(resource, *_SOURCE) or name,
        "stream": first_text(resource, "aws.log.stream.names") or instance(resource),
        "service": span_service(resource),
        "level": _level(record),
        "message": message,
        "trace_id": hex_id(at(record, "traceId"), 16),
        "span_id": hex_id(at(record, "spanId"), 8),
    }


def _level(record: Json) -> str | None:
    said = text(at(record, "severityText"))
    if said:
        return level_named(said) or said.upper()
    severity = whole(at(record, "severityNumber"))
    if isinstance(at(record, "severityNumber"), str) and severity is None:
        named = str(at(record, "severityNumber")).removeprefix("SEVERITY_NUMBER_").rstrip("234")
        return named if named in _LEVELS else None
    return _LEVELS[(severity - 1) // 4] if severity is not None and 1 <= severity <= 24 else None


def _message(record: Json, found: Attributes) -> str:
    """Return the body with the exception under it; without a body, the event or the attributes."""
    kind, said = first_text(found, "exception.type"), first_text(found, "exception.message")
    exception = ": ".join(part for part in (kind, said) if part)
    body = body_text(at(record, "body")).strip()
    stack = first_text(found, "exception.stacktrace")
    if stack and (body or exception) and stack not in body:
        return f"{body or exception}\n{stack}"
    if exception and exception not in body:
        return f"{body}\n{exception}".strip()
    return body or text(at(record, "eventName")) or json_text(found) or ""
