"""Spans as an OTLP/JSON file: one ExportTraceServiceRequest a line.

Follows the OTLP specification's JSON mapping, which departs from protobuf's own: trace and span ids are hexadecimal,
not base64, and enums are numbers (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

IDS = ("traceId", "spanId", "parentSpanId")


class OtlpFileExporter(SpanExporter):
    """Appends each batch of spans to a file as one line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write one batch."""
        line = json.dumps(otlp_json(spans), separators=(",", ":"))
        with self._path.open("a") as file:
            file.write(line + "\n")
        return SpanExportResult.SUCCESS


def otlp_json(spans: Sequence[ReadableSpan]) -> object:
    """Return the spans as an OTLP/JSON export request."""
    return _with_hex_ids(MessageToDict(encode_spans(spans), use_integers_for_enums=True))


def _with_hex_ids(node: object) -> object:
    if isinstance(node, list):
        return [_with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _hex(value) if key in IDS else _with_hex_ids(value) for key, value in node.items()}


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()
