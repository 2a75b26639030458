"""Sends spans to an OpenTelemetry collector by OTLP over HTTP.

What is not stated comes from the usual variables: OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, …_TIMEOUT, …_CERTIFICATE
and …_COMPRESSION, and their _TRACES_ forms.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fa2.core.errors import Fa2Error, UnusableInput

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

_PATH = "/v1/traces"
_LOGGERS = ("opentelemetry.exporter", "opentelemetry.sdk")


class NotDelivered(Fa2Error):
    """A collector did not take what it was sent."""


def traces_url(stated: str | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return where traces go: the stated collector or that of the environment; null where neither is there.

    As the specification has it, /v1/traces is added to a general endpoint and not to one for traces.
    Raises UnusableInput when it is no HTTP address.
    """
    if not stated and (own := environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")):
        return _checked(own)
    base = stated or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if not base:
        return None
    whole = base.rstrip("/")
    return _checked(whole if whole.endswith(_PATH) else whole + _PATH)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise UnusableInput("runs.error.endpoint", url=url[:200])
    return url


def send(spans: Sequence[ReadableSpan], url: str, *, timeout_s: float | None = None) -> None:
    """Send spans to a collector; passing outages are tried again within the timeout, 10 s where none is stated.

    Raises UnusableInput when the exporter is not installed, NotDelivered when they were not taken.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError as error:
        raise UnusableInput("runs.error.no_otel") from error
    exporter = OTLPSpanExporter(endpoint=url, timeout=timeout_s)
    try:
        with _heard() as complaints:
            done = exporter.export(spans)
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]  # says nothing of itself
    if done is not SpanExportResult.SUCCESS:
        problem = complaints[-1] if complaints else "–"
        raise NotDelivered("runs.error.not_sent", endpoint=url, problem=problem[:300].rstrip("."))


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what the exporter writes to its log, where alone it says why it failed."""
    complaints: list[str] = []
    handler = _Hearing(complaints)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield complaints
    finally:
        for logger, propagated in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagated


class _Hearing(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        self._into.append(record.getMessage())
