"""A run as OpenTelemetry spans: tree, times, attributes by the conventions, ids that stay, content only when asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.trace import SpanKind, StatusCode

from fa2.core.model_run import ModelRun
from fa2.core.report import Said
from fa2.renderers import run_spans
from runs import START, any_run, two_steps

START_NS = int(START.timestamp()) * 10**9 + START.microsecond * 1000
SECOND = 10**9


def named(spans: list[ReadableSpan], name: str) -> ReadableSpan:
    return next(span for span in spans if span.name == name)


def test_one_root_has_a_span_for_each_request_and_each_call() -> None:
    spans = run_spans.spans(two_steps())
    root = spans[0]
    assert [span.name for span in spans] == [
        "invoke_agent fa2",
        "chat fast",
        "execute_tool query_logs",
        "execute_tool metrics",
        "chat quality",
    ]
    assert root.parent is None
    assert {span.parent.span_id for span in spans[1:] if span.parent} == {root.get_span_context().span_id}
    assert [span.kind for span in spans] == [
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
        SpanKind.INTERNAL,
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
    ]


def test_times_are_those_of_the_record_and_calls_follow_their_request() -> None:
    times = {
        span.name: ((span.start_time - START_NS) / SECOND, (span.end_time - START_NS) / SECOND)
        for span in run_spans.spans(two_steps())
    }
    assert times == {
        "invoke_agent fa2": (0, 9),
        "chat fast": (1, 3),
        "execute_tool query_logs": (3, 3.5),
        "execute_tool metrics": (3.5, 3.75),
        "chat quality": (4, 9),
    }


def test_calls_that_do_not_fit_one_after_the_other_ran_side_by_side() -> None:
    run = two_steps()
    calls = [call.model_copy(update={"duration_s": 0.9}) for call in run.steps[0].calls]
    steps = [run.steps[0].model_copy(update={"calls": calls}), run.steps[1]]
    spans = run_spans.spans(run.model_copy(update={"steps": steps}))
    assert [(span.start_time - START_NS) / SECOND for span in spans if span.name.startswith("execute")] == [3, 3]


def test_attributes_are_those_of_the_conventions() -> None:
    spans = run_spans.spans(two_steps())
    chat = named(spans, "chat fast").attributes
    assert chat["gen_ai.operation.name"] == "chat"
    assert chat["gen_ai.provider.name"] == "aws.bedrock"
    assert chat["gen_ai.request.model"] == "fast"
    assert (chat["gen_ai.usage.input_tokens"], chat["gen_ai.usage.output_tokens"]) == (1000, 100)
    assert chat["gen_ai.usage.cache_read.input_tokens"] == 200
    assert chat["gen_ai.response.finish_reasons"] == ("tool_calls",)
    tool = named(spans, "execute_tool query_logs").attributes
    assert (tool["gen_ai.tool.name"], tool["gen_ai.tool.call.id"], tool["gen_ai.tool.type"]) == (
        "query_logs",
        "c1",
        "function",
    )
    assert (tool["fa2.tool.outcome"], tool["fa2.tool.evidence"]) == ("answered", ("e7",))
    assert spans[0].attributes["gen_ai.usage.input_tokens"] == 2500


def test_every_name_of_the_conventions_is_one_that_there_is() -> None:
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    used = {name for span in run_spans.spans(two_steps(), "with") for name in span.attributes}
    assert {name for name in used if name.startswith("gen_ai.")} <= known
    operations = {member.value for member in vars(gen_ai_attributes)["GenAiOperationNameValues"]}
    assert {span.attributes["gen_ai.operation.name"] for span in run_spans.spans(two_steps())} <= operations


def test_what_was_said_is_only_there_when_asked_for() -> None:
    without = json.dumps([dict(span.attributes) for span in run_spans.spans(two_steps())], default=list)
    for text in ("payments", "errors first", "ERROR", "no JSON", "You investigate"):
        assert text not in without
    spans = run_spans.spans(two_steps(), "with")
    chat = named(spans, "chat fast").attributes
    assert json.loads(chat["gen_ai.system_instructions"]) == [{"type": "text", "content": "You investigate."}]
    assert json.loads(chat["gen_ai.input.messages"])[0]["parts"][0]["content"].startswith("The incident: payments")
    said = json.loads(chat["gen_ai.output.messages"])[0]
    assert [part["type"] for part in said["parts"]] == ["text", "tool_call", "tool_call"]
    assert named(spans, "execute_tool metrics").attributes["gen_ai.tool.call.result"] == "That is no JSON."


def test_what_failed_has_the_status_of_an_error() -> None:
    run = two_steps()
    problem = Said(key="errors.model.throttled")
    failed = run.model_copy(update={"steps": [run.steps[0], run.steps[1].model_copy(update={"problem": problem})]})
    spans = run_spans.spans(failed)
    errors = {
        span.name: span.attributes.get("error.type") for span in spans if span.status.status_code is StatusCode.ERROR
    }
    assert errors == {"invoke_agent fa2": "throttled", "execute_tool metrics": "refused", "chat quality": "throttled"}


@settings(max_examples=50)
@given(any_run)
def test_children_lie_within_the_root_and_ids_are_all_different_and_stay(run: ModelRun) -> None:
    root, *children = run_spans.spans(run)
    for span in children:
        assert root.start_time <= span.start_time <= span.end_time <= root.end_time
    ids = [span.get_span_context().span_id for span in (root, *children)]
    assert len(set(ids)) == len(ids)
    assert ids == [span.get_span_context().span_id for span in run_spans.spans(run)]


def test_a_call_that_was_not_run_has_no_span() -> None:
    run = two_steps()
    calls = [run.steps[0].calls[0], run.steps[0].calls[1].model_copy(update={"outcome": "not_run"})]
    steps = [run.steps[0].model_copy(update={"calls": calls})]
    names = [span.name for span in run_spans.spans(run.model_copy(update={"steps": steps}))]
    assert names == ["invoke_agent fa2", "chat fast", "execute_tool query_logs"]


def test_two_runs_are_two_traces() -> None:
    assert run_spans.trace_id(two_steps("a")) != run_spans.trace_id(two_steps("b"))


def test_otlp_json_has_hexadecimal_ids_and_times_as_text() -> None:
    request = json.loads(run_spans.render(two_steps()))
    (resource,) = request["resourceSpans"]
    assert {"key": "service.name", "value": {"stringValue": "fa2"}} in resource["resource"]["attributes"]
    root, chat, *_ = resource["scopeSpans"][0]["spans"]
    assert root["traceId"] == chat["traceId"] == run_spans.trace_id(two_steps())
    assert chat["parentSpanId"] == root["spanId"]
    assert len(root["spanId"]) == 16
    assert "parentSpanId" not in root
    assert root["startTimeUnixNano"] == str(START_NS)
    assert (root["kind"], chat["kind"]) == (1, 3)


def test_fa2_itself_reads_the_spans_that_it_writes(tmp_path: Path) -> None:
    from fa2.core.telemetry import Telemetry
    from fa2.core.windows import TimeWindow
    from fa2.wiring.investigations import Request, collect_bundle

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "spans.json").write_text(run_spans.render(two_steps()))
    window = TimeWindow(START - timedelta(minutes=1), START + timedelta(minutes=1))
    bundle = collect_bundle(tmp_path / "in", tmp_path / "bundle", Request(window=window), lambda _: None)
    with Telemetry.of(bundle) as telemetry:
        rows = telemetry.rows("SELECT operation, duration_ms FROM spans ORDER BY 1")
    assert ("chat fast", 2000.0) in rows
    assert len(rows) == 5


def test_without_the_sdk_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from fa2.core.errors import UnusableInput

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(UnusableInput, match=r"pip install"):
        run_spans.render(two_steps())
