"""Bedrock: Converse and ConverseStream, as botocore's model and the documentation have them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from bedrock_server import FakeRuntime, Turn, bedrock, encoded, session_for
from model_questions import AGENT, PLAIN, Ear, ask, impatient

from fa2.core.language_model import AnswerOverdue, Message, ModelFailed, Question, Tokens, ToolCall, ToolResult
from fa2.models.choosing import parse_choice
from fa2.models.opening import BedrockAccess, open_model

NOVA = "bedrock:apac.amazon.nova-pro-v1:0"
CLAUDE = "bedrock:apac.anthropic.claude-sonnet-4-20250514-v1:0"
STATEMENT = '{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["arn:x"]}'
USES = {"toolUse": {"toolUseId": "tooluse_9", "name": "count_logs", "input": {"service": "cart", "most": 3}}}


def model(runtime: FakeRuntime, name: str = CLAUDE) -> Any:
    assert runtime.server is not None
    access = BedrockAccess(session_for(), runtime.server.url, statement=lambda _: STATEMENT)
    return open_model(parse_choice(name), environment={}, bedrock=access, patience=impatient())


def failing(turn: Turn, name: str = CLAUDE, question: Question = PLAIN) -> ModelFailed:
    with bedrock(turn) as runtime, pytest.raises(ModelFailed) as raised:
        ask(model(runtime, name), question)
    assert str(raised.value)
    return raised.value


def test_text_is_heard_in_pieces_and_comes_whole_with_tokens_and_price() -> None:
    ear = Ear()
    with bedrock(
        Turn(usage={"inputTokens": 20, "outputTokens": 30, "totalTokens": 150, "cacheReadInputTokens": 100})
    ) as it:
        answer = ask(model(it), ear=ear)
    assert answer.text.strip() == "All is well." == "".join(ear.pieces).strip()
    assert len(ear.pieces) == 3
    assert (answer.stop, answer.tokens) == ("end", Tokens(120, 30, 100))
    assert answer.usd == pytest.approx((20 * 3 + 100 * 0.3 + 30 * 15) / 1e6)


def test_calls_come_with_their_arguments_as_written_and_results_go_back_with_their_ids() -> None:
    with bedrock(Turn(content=[{"text": "Hm."}, USES], stop="tool_use"), Turn()) as it:
        asked = model(it)
        answer = ask(asked, AGENT)
        assert answer.calls == (ToolCall("tooluse_9", "count_logs", '{"service": "cart", "most": 3}'),)
        assert answer.stop == "tools"
        said = (
            Message("model", answer.text, answer.calls),
            Message("user", results=(ToolResult("tooluse_9", "count_logs", ""),)),
        )
        ask(asked, replace(AGENT, messages=AGENT.messages + said))
    operation, params = it.asked[1]
    assert operation == "ConverseStream"
    blocks = [block for message in params["messages"] for block in message["content"]]
    results = [block["toolResult"] for block in blocks if "toolResult" in block]
    assert next((r["toolUseId"], r["content"]) for r in results) == ("c1", [{"text": "42 lines <b>&"}])
    assert [t["toolSpec"]["name"] for t in params["toolConfig"]["tools"] if "toolSpec" in t] == ["count_logs", "report"]
    assert params["inferenceConfig"]["maxTokens"] == 512
    assert params["system"][0] == {"text": "You look for causes."}


def test_the_schema_of_a_tool_goes_out_as_it_is() -> None:
    with bedrock(Turn()) as it:
        ask(model(it), AGENT)
    spec = it.asked[0][1]["toolConfig"]["tools"][0]["toolSpec"]
    assert spec["inputSchema"]["json"] == AGENT.tools[0].arguments
    assert "strict" not in spec or spec["strict"] is False


def test_a_call_that_has_to_be_made_is_demanded() -> None:
    with bedrock(Turn(content=[{**USES}], stop="tool_use")) as it:
        ask(model(it), replace(AGENT, must_call="report"))
    assert it.asked[0][1]["toolConfig"]["toolChoice"] == {"tool": {"name": "report"}}


def test_a_model_that_cannot_be_made_to_call_is_asked_without_demanding_it() -> None:
    arn = "bedrock:arn:aws:bedrock:ap-northeast-1:111122223333:application-inference-profile/abc123def456"
    with bedrock(Turn(), Turn()) as it:
        asked = model(it, arn)
        assert ask(asked, replace(AGENT, must_call="report")).text.strip() == "All is well."
        ask(asked, replace(AGENT, must_call="report"))
    assert [params.get("toolConfig", {}).get("toolChoice") for _, params in it.asked] in (
        [None, None],
        [{"auto": {}}] * 2,
    )
    assert it.asked[0][1]["modelId"] == arn.removeprefix("bedrock:")
    assert asked.usd_per_token is None


def test_arguments_that_are_no_json_do_not_break_the_next_question() -> None:
    broken = Message("model", calls=(ToolCall("c2", "count_logs", '{"service": '),))
    told = Message("user", results=(ToolResult("c2", "count_logs", "No JSON."),))
    with bedrock(Turn()) as it:
        ask(model(it), replace(AGENT, messages=(*AGENT.messages, broken, told)))
    uses = [b["toolUse"] for m in it.asked[0][1]["messages"] for b in m["content"] if "toolUse" in b]
    assert uses[-1]["input"] == {"unparsed": '{"service": '}


def test_a_silent_turn_is_left_out_so_that_roles_take_turns() -> None:
    silent = (Message("model"), Message("user", "Go on."), Message("user", "Please."))
    with bedrock(Turn()) as it:
        ask(model(it), replace(PLAIN, messages=PLAIN.messages + silent))
    assert [m["role"] for m in it.asked[0][1]["messages"]] == ["user"]


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        ("max_tokens", "length"),
        ("content_filtered", "refused"),
        ("guardrail_intervened", "refused"),
        ("stop_sequence", "end"),
        ("malformed_model_output", "other"),
    ],
)
def test_how_it_stopped_is_told(stop: str, told: str) -> None:
    with bedrock(Turn(stop=stop)) as it:
        assert ask(model(it)).stop == told


def test_a_call_cut_off_by_the_limit_of_tokens_comes_as_far_as_it_was_written() -> None:
    cut = {"toolUse": {"toolUseId": "t", "name": "report", "input": '{"cause": "the ca'}}
    with bedrock(Turn(content=[cut], stop="max_tokens")) as it:
        answer = ask(model(it), AGENT)
    assert (answer.stop, answer.calls[0].arguments) == ("length", '{"cause": "the ca')


def test_nothing_at_all_is_an_answer_without_text() -> None:
    with bedrock(Turn(content=[])) as it:
        answer = ask(model(it))
    assert (answer.text, answer.calls, answer.tokens.input) == ("", (), 120)


THROTTLED = (429, "ThrottlingException", "Too many tokens, please wait before trying again.")


def test_throttling_is_waited_for_and_told() -> None:
    ear = Ear()
    with bedrock(Turn(error=THROTTLED), Turn(error=(503, "ServiceUnavailableException", "Busy")), Turn()) as it:
        assert ask(model(it), ear=ear).text
    assert len(ear.waits) == 2


def test_throttling_that_does_not_end_fails_as_throttled_and_not_as_too_long() -> None:
    with bedrock(*[Turn(error=THROTTLED)] * 8) as it, pytest.raises(ModelFailed) as raised:
        ask(model(it))
    assert raised.value.reason == "throttled"
    assert "Too many tokens" in str(raised.value)


def test_retry_after_beyond_the_deadline_fails_at_once() -> None:
    ear = Ear()
    with bedrock(Turn(error=THROTTLED, headers={"Retry_After": "60"})) as it, pytest.raises(ModelFailed) as raised:
        ask(model(it), ear=ear)
    assert (raised.value.reason, ear.waits) == ("throttled", [])


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        ((400, "ValidationException", "Input is too long for requested model."), "too_long", "larger context"),
        ((400, "ValidationException", "The provided model identifier is invalid."), "unknown_model", "list-foundation-models"),
        (
            (400, "ValidationException", "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."),
            "unknown_model",
            "apac.",
        ),
        ((404, "ResourceNotFoundException", "This Model is marked as Legacy."), "unknown_model", "region"),
        ((403, "AccessDeniedException", "You don't have access to the model with the specified model ID."), "denied", "Model access"),
        (
            (403, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:x"),
            "denied",
            STATEMENT,
        ),
        ((403, "ExpiredTokenException", "The security token included in the request is expired"), "denied", "aws sso login"),
        ((403, "UnrecognizedClientException", "The security token included in the request is invalid."), "denied", "aws sso login"),
        ((400, "ServiceQuotaExceededException", "Over."), "throttled", "quota"),
        ((429, "ThrottlingException", "Too many tokens per day, please wait before trying again."), "throttled", "quota"),
        ((400, "ValidationException", "Malformed input request."), "rejected", "Malformed"),
    ],
)  # fmt: skip
def test_errors_name_what_to_do(error: tuple[int, str, str], reason: str, words: str) -> None:
    failed = failing(Turn(error=error))
    assert failed.reason == reason
    assert words in str(failed)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "ModelNotReadyException"),
        (503, "ServiceUnavailableException"),
        (500, "InternalServerException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
    ],
)
def test_outages_are_tried_again(status: int, code: str) -> None:
    with bedrock(Turn(error=(status, code, "Not now.")), Turn()) as it:
        assert ask(model(it)).stop == "end"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("throttlingException", "throttled"),
        ("modelStreamErrorException", "outage"),
        ("internalServerException", "outage"),
        ("serviceUnavailableException", "outage"),
        ("validationException", "rejected"),
    ],
)
def test_an_exception_within_the_stream_is_mapped_and_tried_again_where_that_helps(name: str, reason: str) -> None:
    turn = Turn(fails_with=(name, "Something."))
    if reason == "rejected":
        assert failing(turn).reason == reason
        return
    ear = Ear()
    with bedrock(turn, Turn()) as it:
        answer = ask(model(it), ear=ear)
    assert answer.text.strip() == "All is well."
    assert len(ear.waits) == 1


def test_a_stream_that_breaks_off_is_tried_again() -> None:
    with bedrock(Turn(ending="cut", keeps=3), Turn()) as it:
        assert ask(model(it)).text.strip() == "All is well."


def test_a_stream_that_ends_early_without_a_word_is_no_answer() -> None:
    with bedrock(*[Turn(keeps=3)] * 3) as it, pytest.raises(ModelFailed) as raised:
        ask(model(it))
    assert raised.value.reason == "outage"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"\x00" * 64,
        encoded({":event-type": "messageStart", ":message-type": "event"}, b"not json"),
        encoded({":event-type": "messageStart", ":message-type": "event"}, b"[1]"),
        encoded({":event-type": "somethingNew", ":message-type": "event"}, b"{}"),
        encoded({":event-type": "contentBlockDelta", ":message-type": "event"}, b'{"contentBlockIndex": 0}'),
        bytes([*encoded({":event-type": "messageStop", ":message-type": "event"}, b"{}")[:-1], 7]),
    ],
)
def test_garbage_is_told_as_such(raw: bytes) -> None:
    with bedrock(*[Turn(raw=raw)] * 3, at_most=True) as it, pytest.raises(ModelFailed) as raised:
        ask(model(it))
    assert raised.value.reason in ("garbage", "outage")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"output": {}}', b'{"output": {"message": {"content": 7}}}', b"\xff\xfe"]
)
def test_garbage_without_a_stream_is_told_as_such(raw: bytes) -> None:
    with bedrock(Turn(error=NO_STREAM), *[Turn(raw=raw)] * 3, at_most=True) as it, pytest.raises(ModelFailed) as raised:
        ask(model(it))
    assert raised.value.reason in ("garbage", "outage")


NO_STREAM = (
    403,
    "AccessDeniedException",
    "User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform: "
    "bedrock:InvokeModelWithResponseStream on resource: arn:x because no identity-based policy allows it",
)


@pytest.mark.parametrize("error", [NO_STREAM, (400, "ValidationException", "The model is unsupported for streaming")])
def test_where_streaming_is_not_allowed_the_answer_comes_whole(error: tuple[int, str, str]) -> None:
    script = [
        Turn(error=error, only="ConverseStream"),
        Turn(content=[USES], stop="tool_use", only="Converse"),
        Turn(only="Converse"),
    ]
    with bedrock(*script) as it:
        asked = model(it)
        answer = ask(asked, AGENT)
        assert json.loads(answer.calls[0].arguments) == {"service": "cart", "most": 3}
        assert answer.tokens == Tokens(120, 30)
        assert ask(asked).text == "All is well."


@pytest.mark.parametrize("ending", ["hang", "drip"])
def test_it_returns_at_the_deadline_whatever_the_server_does(ending: str) -> None:
    with bedrock(Turn(ending=ending, keeps=3), at_most=True) as it, pytest.raises(AnswerOverdue) as raised:
        ask(model(it), seconds=0.4)
    assert raised.value.spent.input > 0
    assert "max_seconds" in str(raised.value)


def test_a_region_and_an_inference_profile_are_asked_as_they_are_named() -> None:
    with bedrock(Turn()) as it:
        ask(model(it, NOVA))
    assert it.asked[0][1]["modelId"] == "apac.amazon.nova-pro-v1:0"
