"""The record of a model at work as OpenTelemetry spans, and those as OTLP JSON.

One root span for the investigation; beneath it one for each request to a model and one for each tool call, named and
described by the semantic conventions for generative AI (github.com/open-telemetry/semantic-conventions-genai). Ids are
made from the run's id, so that exporting twice gives the same trace.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from fa2.core.errors import UnusableInput
from fa2.core.model_run import ModelRun, RecordedCall, RecordedStep

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind

Content = Literal["without", "with"]
"""Whether prompts, answers, arguments and results are in the spans."""

_Attributes = dict[str, str | int | float | Sequence[str]]
_PROVIDERS = {"bedrock": "aws.bedrock"}
"""Names of the conventions for our providers; the others are called the same."""
_FINISHED = {"end": "stop", "tools": "tool_calls", "length": "length", "refused": "content_filter"}
_FAILED = frozenset({"failed", "refused", "unknown"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spans(run: ModelRun, content: Content = "without") -> list[ReadableSpan]:
    """Return the spans of a run: the root, then steps and calls in their order; calls that were not run have none.

    Calls are recorded with how long they took but not when: they are put one after the other behind the request
    that asked for them, or side by side where they do not fit before the next one.
    Raises UnusableInput when OpenTelemetry's SDK is not installed.
    """
    tracer = _Tracer(run)
    children = [span for n in range(len(run.steps)) for span in _of_step(tracer, n, content)]
    start = min([_ns(run.started), *(span.start_time or 0 for span in children)])
    end = max([_ns(run.started, run.duration_s), *(span.end_time or 0 for span in children)])
    root = tracer.span("", f"invoke_agent {_AGENT}", _of_run(run), (start, end), error=_error(run))
    return [root, *children]


def trace_id(run: ModelRun) -> str:
    """Return the trace's id, 32 hexadecimal digits."""
    return f"{_number(run.id, 16):032x}"


def render(run: ModelRun, content: Content = "without") -> str:
    """Return the spans as one OTLP JSON export request. Raises UnusableInput when the SDK is not installed."""
    made = spans(run, content)
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # has no types
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    request = MessageToDict(encode_spans(made), use_integers_for_enums=True)
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span, known in zip(scope["spans"], made, strict=True):
                _put_hexadecimal_ids(span, known)
    return json.dumps(request, ensure_ascii=False, indent=1) + "\n"


def _put_hexadecimal_ids(span: dict[str, object], known: ReadableSpan) -> None:
    """OTLP writes ids in hexadecimal, where JSON of protobuf would write base64."""
    context = known.get_span_context()
    if context:
        span |= {"traceId": f"{context.trace_id:032x}", "spanId": f"{context.span_id:016x}"}
    if known.parent:
        span["parentSpanId"] = f"{known.parent.span_id:016x}"


_AGENT = "fa2"


class _Tracer:
    """Makes the spans of one run, so that what is the same for all of them is said once."""

    def __init__(self, run: ModelRun) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        except ImportError as error:
            raise UnusableInput("runs.error.no_otel") from error
        self.run = run
        self._resource = Resource({"service.name": _AGENT, "service.version": run.version})
        self._scope = InstrumentationScope("fa2", run.version)

    def span(
        self,
        place: str,
        name: str,
        attributes: Mapping[str, str | int | float | Sequence[str]],
        times: tuple[int, int],
        *,
        error: str | None = None,
    ) -> ReadableSpan:
        """Return the span at a place below the root, which is the place ""; `error` is its class, null for none."""
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import Status, StatusCode

        return ReadableSpan(
            name=name,
            context=self._context(place),
            parent=self._context("") if place else None,
            resource=self._resource,
            attributes={**attributes, **({"error.type": error} if error else {})},
            kind=_kind(str(attributes["gen_ai.operation.name"])),
            status=Status(StatusCode.ERROR, error) if error else Status(StatusCode.UNSET),
            start_time=times[0],
            end_time=times[1],
            instrumentation_scope=self._scope,
        )

    def _context(self, place: str) -> SpanContext:
        from opentelemetry.trace import SpanContext, TraceFlags

        return SpanContext(
            trace_id=_number(self.run.id, 16),
            span_id=_number(f"{self.run.id}\0{place}", 8),
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )


def _kind(operation: str) -> SpanKind:
    from opentelemetry.trace import SpanKind

    return SpanKind.CLIENT if operation == "chat" else SpanKind.INTERNAL


def _of_run(run: ModelRun) -> _Attributes:
    usage = run.usage
    attributes: _Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": _AGENT,
        "gen_ai.agent.version": run.version,
        "gen_ai.conversation.id": run.id,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "fa2.incident": run.incident,
        "fa2.mode": run.mode,
        "fa2.ended": run.ended.key,
        **_model(run.models[0] if run.models else ""),
    }
    if usage.usd is not None:
        attributes["fa2.usage.usd"] = usage.usd
    return attributes


def _model(named: str) -> _Attributes:
    """Return what PROVIDER:NAME says."""
    provider, separator, name = named.partition(":")
    if not separator:
        return {"gen_ai.provider.name": "_OTHER", "gen_ai.request.model": named}
    return {"gen_ai.provider.name": _PROVIDERS.get(provider, provider), "gen_ai.request.model": name}


def _of_step(tracer: _Tracer, at: int, content: Content) -> list[ReadableSpan]:
    step, place = tracer.run.steps[at], f"step {at}"
    start, end = _ns(step.started), _ns(step.started, step.duration_s)
    model = _model(step.model)
    attributes: _Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": tracer.run.id,
        "gen_ai.usage.input_tokens": step.input_tokens,
        "gen_ai.usage.output_tokens": step.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": step.cached_tokens,
        "gen_ai.response.finish_reasons": (_FINISHED.get(step.stop, step.stop or "error"),),
        "fa2.step": step.number,
        "fa2.purpose": step.purpose,
        "fa2.retries": step.retries,
        **model,
        **({"fa2.usage.usd": step.usd} if step.usd is not None else {}),
        **(_messages(step) if content == "with" else {}),
    }
    error = step.problem.key.rpartition(".")[2] or "_OTHER" if step.problem else None
    name = f"chat {model['gen_ai.request.model']}"
    chat = tracer.span(place, name, attributes, (start, end), error=error)
    return [chat, *_of_calls(tracer, step, place, content)]


def _of_calls(tracer: _Tracer, step: RecordedStep, place: str, content: Content) -> list[ReadableSpan]:
    made = []
    for n, (call, times) in enumerate(zip(step.calls, _call_times(tracer.run, step), strict=True)):
        if call.outcome == "not_run":
            continue
        error = call.outcome if call.outcome in _FAILED else None
        attributes = _of_call(call, content)
        made.append(tracer.span(f"{place} call {n}", f"execute_tool {call.name}", attributes, times, error=error))
    return made


def _call_times(run: ModelRun, step: RecordedStep) -> list[tuple[int, int]]:
    """Return start and end of each call, in nanoseconds."""
    begin = _ns(step.started, step.duration_s)
    later = [_ns(other.started) for other in run.steps if other.started > step.started]
    limit = min(later, default=max(begin, _ns(run.started, run.duration_s)))
    lengths = [_length_ns(call.duration_s) for call in step.calls]
    in_turn = begin + sum(lengths) <= limit
    starts = [begin + sum(lengths[:n]) if in_turn else begin for n in range(len(lengths))]
    return [(start, start + length) for start, length in zip(starts, lengths, strict=True)]


def _of_call(call: RecordedCall, content: Content) -> _Attributes:
    attributes: _Attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.name,
        "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.type": "function",
        "fa2.tool.outcome": call.outcome,
        "fa2.tool.evidence": tuple(call.evidence),
        "fa2.tool.rows_left_out": call.left_out,
    }
    if content == "with":
        attributes |= {"gen_ai.tool.call.arguments": call.arguments, "gen_ai.tool.call.result": call.result}
    return attributes


def _messages(step: RecordedStep) -> _Attributes:
    """Return what was said, in the conventions' form, as JSON; of what was sent only what was new in this step."""
    parts: list[dict[str, str]] = [{"type": "text", "content": step.text}] if step.text else []
    parts += [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments} for call in step.calls
    ]
    said: dict[str, object] = {
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": step.sent}]}],
        "gen_ai.output.messages": [
            {"role": "assistant", "parts": parts, "finish_reason": _FINISHED.get(step.stop, step.stop or "error")}
        ],
    }
    if step.instructions:
        said["gen_ai.system_instructions"] = [{"type": "text", "content": step.instructions}]
    return {name: json.dumps(value, ensure_ascii=False) for name, value in said.items()}


def _error(run: ModelRun) -> str | None:
    """Return the class of the error that ended a run; null where its last request gave something usable."""
    last = run.steps[-1].problem if run.steps else None
    return last.key.rpartition(".")[2] or "_OTHER" if last else None


def _number(text: str, size: int) -> int:
    """Return a number of so many bytes that is the same for the same text, and never 0."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=size).digest(), "big") or 1


def _ns(moment: datetime, seconds: float = 0.0) -> int:
    """Return nanoseconds since 1970 of some seconds after a moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000 + _length_ns(seconds)


def _length_ns(seconds: float) -> int:
    return round(seconds * 1e6) * 1000
