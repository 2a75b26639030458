"""OpenTelemetry for one process: resource, exporter, and the instrumentation of requests and botocore."""

import os

os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")  # read once, when the instrumentation is imported

from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from requests import PreparedRequest

from workload.otlp_file import OtlpFileExporter
from workload.site import Site


def start_tracing(site: Site, service: str, version: str = "1.8.2") -> None:
    """Trace this process as `service`, into raw/traces/SERVICE.jsonl."""
    attributes = {"service.name": service, "service.version": version, "service.namespace": "shop"}
    attributes |= {"service.instance.id": f"{service}-{os.getpid()}", "deployment.environment.name": "production"}
    provider = TracerProvider(resource=Resource.create(attributes))
    exporter = OtlpFileExporter(site.raw / "traces" / f"{service}.jsonl")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    trace.set_tracer_provider(provider)
    RequestsInstrumentor().instrument(request_hook=name_the_peer)
    BotocoreInstrumentor().instrument()  # type: ignore[no-untyped-call]


def name_the_peer(span: trace.Span, request: PreparedRequest) -> None:
    """Put the called service's name on a client span: the first label of its host name."""
    host = (request.url or "").split("//")[-1].split(":")[0]
    span.set_attribute("peer.service", host.split(".")[0])
