"""Servers on loopback that speak as OpenAI's and Anthropic's do, held to the types of these providers' own packages."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from talking_server import Reply, Request, TalkingServer, json_reply, talking

Params = dict[str, Any]


@dataclass
class Turn:
    """What is answered once."""

    text: str = "All is well."
    calls: Sequence[tuple[str, str, str]] = ()
    """Id, name and arguments as JSON text."""
    stop: str = ""
    """In the provider's words; empty: by what is there."""
    error: tuple[int, object] | None = None
    """HTTP status and body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: bool = True
    ending: str = "whole"
    keeps: int | None = None
    """How many events of the stream are sent."""
    fails_with: object | None = None
    """An error within the stream, after the content."""
    raw: Reply | None = None


@dataclass
class TypedServer:
    """Answers turn by turn and keeps what was asked."""

    script: list[Turn]
    path: str
    wrong: Callable[[Params], list[str]]
    """What the provider's types do not allow in a request."""
    answer: Callable[[Turn, Params], Reply]
    asked: list[Params] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    at_most: bool = False
    server: TalkingServer | None = None

    @property
    def url(self) -> str:
        """The address of the server."""
        assert self.server is not None
        return self.server.url

    def respond(self, request: Request) -> Reply:
        assert request.target.partition("?")[0] == self.path, request.target
        params = request.json
        self.asked.append(params)
        self.headers.append(request.headers)
        wrong = self.wrong(params)
        assert not wrong, wrong
        assert self.script, "asked more often than scripted"
        turn = self.script.pop(0)
        if turn.raw is not None:
            return turn.raw
        if turn.error is not None:
            return json_reply(turn.error[1], turn.error[0], **turn.headers)
        return self.answer(turn, params)


@contextmanager
def openai_server(*script: Turn, at_most: bool = False) -> Iterator[TypedServer]:
    """Serve POST /v1/chat/completions."""
    yield from _serving(
        TypedServer(list(script), "/v1/chat/completions", _wrong_for_openai, _openai_answer, at_most=at_most)
    )


@contextmanager
def anthropic_server(*script: Turn, at_most: bool = False) -> Iterator[TypedServer]:
    """Serve POST /v1/messages."""
    yield from _serving(
        TypedServer(list(script), "/v1/messages", _wrong_for_anthropic, _anthropic_answer, at_most=at_most)
    )


def _serving(typed: TypedServer) -> Iterator[TypedServer]:
    with talking(typed.respond) as typed.server:
        yield typed
    assert not typed.script or typed.at_most, f"turns left over: {typed.script}"


def _wrong_for_openai(params: Params) -> list[str]:
    from openai.types.chat import completion_create_params as of

    kind = of.CompletionCreateParamsStreaming if params.get("stream") else of.CompletionCreateParamsNonStreaming
    wrong = _violations(kind, params)
    open_calls: list[str] = []
    for message in params["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                wrong.append(f"tool message without a call: {message['tool_call_id']}")
            else:
                open_calls.remove(message["tool_call_id"])
        elif open_calls:
            wrong.append(f"calls without results: {open_calls}")
        open_calls += [call["id"] for call in message.get("tool_calls") or ()]
    return wrong + ([f"calls without results: {open_calls}"] if open_calls else [])


def _wrong_for_anthropic(params: Params) -> list[str]:
    from anthropic.types.beta import message_create_params as of

    kind = of.MessageCreateParamsStreaming if params.get("stream") else of.MessageCreateParamsNonStreaming
    wrong = _violations(kind, params)
    messages = params["messages"]
    if not messages or messages[0]["role"] != "user":
        wrong.append("first message must use the user role")
    for message, after in zip(messages, [*messages[1:], {"content": []}]):
        calls = [block["id"] for block in _blocks(message) if block["type"] == "tool_use"]
        results = [block["tool_use_id"] for block in _blocks(after) if block["type"] == "tool_result"]
        if calls != results:
            wrong.append(f"tool_use ids were found without tool_result blocks immediately after: {calls}")
        kinds = [block["type"] for block in _blocks(message)]
        if "tool_result" in kinds and "text" in kinds[: kinds.index("tool_result")]:
            wrong.append("text before tool_result")
    texts = [block["text"] for message in messages for block in _blocks(message) if block["type"] == "text"]
    return wrong + ["text content blocks must be non-empty" for text in texts if not text.strip()]


def _blocks(message: Params) -> list[Params]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _violations(kind: type, params: Params) -> list[str]:
    try:
        _forced(_adapter(kind).validate_python(params, strict=True))
    except ValidationError as error:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]]
    unknown = sorted(set(params) - set(kind.__annotations__) - _inherited(kind))
    return [f"unknown: {unknown}"] if unknown else []


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of the types allow more members, and say so
        return TypeAdapter(with_config(config)(kind))


def _inherited(kind: type) -> set[str]:
    return {name for base in getattr(kind, "__orig_bases__", ()) for name in getattr(base, "__annotations__", {})}


def _forced(value: object) -> None:
    """Go through what was validated, since members of iterables are looked at when they are asked for."""
    if isinstance(value, Mapping):
        for member in value.values():
            _forced(member)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for member in value:
            _forced(member)


def _openai_answer(turn: Turn, params: Params) -> Reply:
    calls = [{"id": i, "type": "function", "function": {"name": n, "arguments": a}} for i, n, a in turn.calls]
    stop = turn.stop or ("tool_calls" if calls else "stop")
    usage = {
        "prompt_tokens": 120,
        "completion_tokens": 30,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 100},
    }
    about = {"id": "cmpl-1", "created": 1, "model": params["model"]}
    if not params.get("stream"):
        message = {"role": "assistant", "content": turn.text, **({"tool_calls": calls} if calls else {})}
        choice = {"index": 0, "message": message, "finish_reason": stop, "logprobs": None}
        return json_reply(
            {**about, "object": "chat.completion", "choices": [choice], **({"usage": usage} if turn.usage else {})}
        )
    chunks = [{"role": "assistant", "content": ""}, *({"content": word + " "} for word in turn.text.split(" ") if word)]
    for index, call in enumerate(calls):
        named = {"index": index, "id": call["id"], "type": "function"}
        written = call["function"]["arguments"]
        chunks.append({"tool_calls": [{**named, "function": {"name": call["function"]["name"], "arguments": ""}}]})
        for half in (written[: len(written) // 2], written[len(written) // 2 :]):
            chunks.append({"tool_calls": [{"index": index, "function": {"arguments": half}}]})
    events: list[Params] = [_chunk(about, delta, None) for delta in chunks]
    if turn.fails_with is None:
        events.append(_chunk(about, {}, stop))
        if turn.usage and params.get("stream_options", {}).get("include_usage"):
            events.append({**about, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    else:
        events.append({"error": turn.fails_with})
    _hold_openai(events)
    lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
    lines.append(b"data: [DONE]\n\n")
    drops = lines[1]
    return Reply(200, tuple(lines[: turn.keeps]), {"Content-Type": "text/event-stream"}, turn.ending, drops)


def _chunk(about: Params, delta: Params, stop: str | None) -> Params:
    choice = {"index": 0, "delta": delta, "finish_reason": stop}
    return {**about, "object": "chat.completion.chunk", "choices": [choice]}


def _hold_openai(events: Sequence[Params]) -> None:
    from openai.types.chat import ChatCompletionChunk

    for event in events:
        if "error" not in event:
            ChatCompletionChunk.model_validate(event)


def _anthropic_answer(turn: Turn, params: Params) -> Reply:
    from anthropic.types.beta import BetaMessage

    blocks: list[Params] = [{"type": "text", "text": turn.text}] if turn.text else []
    blocks += [
        {"type": "tool_use", "id": i, "name": n, "input": json.loads(a) if not params.get("stream") else a}
        for i, n, a in turn.calls
    ]
    stop = turn.stop or ("tool_use" if turn.calls else "end_turn")
    usage = {"input_tokens": 20, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 0, "output_tokens": 30}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": params["model"], "stop_sequence": None}
    if not params.get("stream"):
        whole = {**message, "content": blocks, "stop_reason": stop, "usage": usage}
        BetaMessage.model_validate(whole)
        return json_reply(whole)
    started = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events: list[Params] = [{"type": "message_start", "message": started}, {"type": "ping"}]
    for index, block in enumerate(blocks):
        events += _block_events(index, block)
    if turn.fails_with is None:
        delta = {"stop_reason": stop, "stop_sequence": None}
        events += [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 30}}, {"type": "message_stop"}]
    else:
        events.append({"type": "error", "error": turn.fails_with})
    lines = [_sse(event) for event in events]
    drops = _sse({"type": "ping"})
    return Reply(200, tuple(lines[: turn.keeps]), {"Content-Type": "text/event-stream"}, turn.ending, drops)


def _block_events(index: int, block: Params) -> Iterator[Params]:
    if block["type"] == "text":
        yield {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}
        for word in block["text"].split(" "):
            yield {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": word + " "}}
    else:
        yield {"type": "content_block_start", "index": index, "content_block": {**block, "input": {}}}
        written = block["input"]
        for half in (written[: len(written) // 2], written[len(written) // 2 :]):
            delta = {"type": "input_json_delta", "partial_json": half}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _sse(event: Params) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
