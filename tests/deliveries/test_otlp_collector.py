"""Spans reach a collector on loopback that reads them as OTLP does, and what goes wrong is told."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from fa2.core.errors import UnusableInput
from fa2.deliveries.otlp_collector import NotDelivered, send, traces_url
from fa2.renderers import run_spans
from runs import two_steps


class Collector(HTTPServer):
    """Takes what is posted; answers with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status = status
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector(status: int = 200) -> Iterator[Collector]:
    with Collector(status) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_collector_gets_the_tree_with_times_and_attributes() -> None:
    with collector() as server:
        send(run_spans.spans(two_steps()), f"{server.url}/v1/traces")
    ((path, headers, body),) = server.taken
    assert (path, headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
    request = ExportTraceServiceRequest.FromString(body)
    (scope,) = request.resource_spans[0].scope_spans
    root, *children = scope.spans
    assert root.trace_id.hex() == run_spans.trace_id(two_steps())
    assert {span.parent_span_id for span in children} == {root.span_id}
    assert [span.name for span in children] == [
        "chat fast",
        "execute_tool query_logs",
        "execute_tool metrics",
        "chat quality",
    ]
    assert all(root.start_time_unix_nano <= span.start_time_unix_nano for span in children)
    assert all(span.end_time_unix_nano <= root.end_time_unix_nano for span in children)
    assert children[0].end_time_unix_nano - children[0].start_time_unix_nano == 2 * 10**9
    attributes = {a.key: a.value for a in children[0].attributes}
    assert attributes["gen_ai.usage.input_tokens"].int_value == 1000
    assert attributes["gen_ai.provider.name"].string_value == "aws.bedrock"
    assert "gen_ai.input.messages" not in attributes


def test_headers_and_compression_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=on-call")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    with collector() as server:
        send(run_spans.spans(two_steps()), f"{server.url}/v1/traces")
    ((_, headers, body),) = server.taken
    assert headers["x-team"] == "on-call"
    assert ExportTraceServiceRequest.FromString(gzip.decompress(body)).resource_spans


def test_a_collector_that_refuses_is_told_with_why() -> None:
    with collector(401) as server, pytest.raises(NotDelivered, match="401") as refused:
        send(run_spans.spans(two_steps()), f"{server.url}/v1/traces")
    assert server.url in str(refused.value)


def test_a_collector_that_is_not_there_is_told() -> None:
    with collector() as server:
        url = f"{server.url}/v1/traces"
    with pytest.raises(NotDelivered):
        send(run_spans.spans(two_steps()), url, timeout_s=0.5)


@pytest.mark.parametrize(
    ("stated", "environment", "url"),
    [
        ("http://c:4318", {}, "http://c:4318/v1/traces"),
        ("http://c:4318/", {}, "http://c:4318/v1/traces"),
        ("https://c/otlp/v1/traces", {}, "https://c/otlp/v1/traces"),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://e:4318"}, "http://e:4318/v1/traces"),
        (None, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/own"}, "http://t/own"),
        ("http://c", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/own"}, "http://c/v1/traces"),
        (None, {}, None),
    ],
    ids=str,
)
def test_the_address_is_what_is_stated_or_that_of_the_environment(
    stated: str | None, environment: dict[str, str], url: str | None
) -> None:
    assert traces_url(stated, environment) == url


@pytest.mark.parametrize("stated", ["collector:4318", "ftp://c", "http://", "http://c:99999", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(stated: str) -> None:
    with pytest.raises(UnusableInput, match="no address"):
        traces_url(stated, {})
