"""A Bedrock runtime on loopback: Converse and ConverseStream, held to botocore's model and to the documented rules.

Rules beyond the model are those of the API reference and the user guide (Converse, "Use a tool"): the roles take turns and
the user begins, each toolUse is followed by its toolResult, toolConfig is there when tools were used.
"""

from __future__ import annotations

import itertools
import json
import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import shape_checks
import wire
from botocore.model import Shape
from botocore.session import get_session
from talking_server import Reply, Request, TalkingServer, json_reply, talking

Params = dict[str, Any]
_RUNTIME = get_session().get_service_model("bedrock-runtime")
_STREAM = _RUNTIME.operation_model("ConverseStream").output_shape.members["stream"]
_USAGE = {"inputTokens": 120, "outputTokens": 30, "totalTokens": 150}


@dataclass
class Turn:
    """What is answered once: content blocks and how it stops, or an error, before the stream or within it."""

    content: Sequence[Params] = ({"text": "All is well."},)
    stop: str = "end_turn"
    usage: Params = field(default_factory=lambda: dict(_USAGE))
    error: tuple[int, str, str] | None = None
    """HTTP status, code, message."""
    headers: dict[str, str] = field(default_factory=dict)
    fails_with: tuple[str, str] | None = None
    """The exception within the stream, after the content: its type and message."""
    ending: str = "whole"
    keeps: int | None = None
    """How many events of the stream are sent."""
    raw: bytes | None = None
    """The body, in place of all that."""
    only: str = ""
    """The operation that it is an answer to: Converse or ConverseStream."""


Answering = Callable[[Params], Turn]
"""Decides the answer from the parameters of the question."""


@dataclass
class FakeRuntime:
    """Answers turn by turn and keeps what was asked."""

    script: list[Turn | Answering]
    asked: list[tuple[str, Params]] = field(default_factory=list)
    """Operation and parameters."""
    bodies: list[bytes] = field(default_factory=list)
    """All that came, as it came over the wire, the target of the request before it."""
    server: TalkingServer | None = None

    def respond(self, request: Request) -> Reply:
        self.bodies.append(request.target.encode() + b"\n" + request.body)
        signed = wire.signature(wire.HttpRequest(request.method, request.target, request.headers, request.body))
        assert signed.signing_name == "bedrock"
        found = wire.asked(
            wire.HttpRequest(request.method, request.target, request.headers, request.body), ("bedrock-runtime",)
        )
        wrong = shape_checks.problems(found.params, found.operation.input_shape)
        wrong += broken_rules(found.params)
        if wrong:
            return _refusal(400, "ValidationException", "; ".join(wrong))
        self.asked.append((found.name, found.params))
        assert self.script, f"asked more often than scripted: {found.name}"
        following = self.script.pop(0)
        turn = following if isinstance(following, Turn) else following(found.params)
        assert turn.only in ("", found.name), f"{found.name} in place of {turn.only}"
        return _streamed(turn) if found.name == "ConverseStream" else _whole(turn)


@contextmanager
def bedrock(*script: Turn | Answering, at_most: bool = False) -> Iterator[FakeRuntime]:
    """Serve a script; on leaving, raise for turns left over (unless asked `at_most` so often) and for answers that the
    model does not allow."""
    runtime = FakeRuntime(list(script))
    with talking(runtime.respond) as runtime.server:
        yield runtime
    assert not runtime.script or at_most, f"turns left over: {runtime.script}"


def broken_rules(params: Params) -> list[str]:
    """Return what Bedrock would refuse although the model of the API allows it."""
    wrong: list[str] = []
    messages = params.get("messages", [])
    roles = [message["role"] for message in messages]
    if not roles or roles[0] != "user":
        wrong.append("A conversation must start with a user message.")
    if any(a == b for a, b in itertools.pairwise(roles)):
        wrong.append("Roles must alternate between user and assistant.")
    wrong += _unanswered(messages)
    blocks = [block for message in messages for block in message["content"]]
    if any({"toolUse", "toolResult"} & set(block) for block in blocks) and "toolConfig" not in params:
        wrong.append("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    if any("text" in block and not block["text"].strip() for block in blocks):
        wrong.append("The text field in the ContentBlock object is blank.")
    results = [part for block in blocks for part in block.get("toolResult", {}).get("content", [])]
    if any("text" in part and not part["text"].strip() for part in results):
        wrong.append("The text field in the ToolResultContentBlock object is blank.")
    return wrong


def _unanswered(messages: Sequence[Params]) -> Iterator[str]:
    for message, after in zip(messages, [*messages[1:], {"content": []}]):
        calls = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
        results = [block["toolResult"]["toolUseId"] for block in after["content"] if "toolResult" in block]
        if sorted(calls) != sorted(results):
            yield f"Expected toolResult blocks for the following Ids: {calls}, but found: {results}"


def _refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    return json_reply({"message": message}, status, x_amzn_ErrorType=code, **(headers or {}))


def _whole(turn: Turn) -> Reply:
    if turn.error:
        return _refusal(*turn.error, turn.headers)
    if turn.raw is not None:
        return Reply(200, (turn.raw,), {"Content-Type": "application/json"}, turn.ending)
    answer: Params = {
        "output": {"message": {"role": "assistant", "content": list(turn.content)}},
        "stopReason": turn.stop,
        "usage": turn.usage,
        "metrics": {"latencyMs": 7},
    }
    _hold(answer, _RUNTIME.operation_model("Converse").output_shape)
    return Reply(200, (json.dumps(answer).encode(),), {"Content-Type": "application/json"}, turn.ending)


def _streamed(turn: Turn) -> Reply:
    if turn.error:
        return _refusal(*turn.error, turn.headers)
    kind = {"Content-Type": "application/vnd.amazon.eventstream", "x-amzn-RequestId": "r-1"}
    if turn.raw is not None:
        return Reply(200, (turn.raw,), kind, turn.ending)
    events = list(_events(turn))
    for event in events:
        _hold(event, _STREAM)
    pieces = [_event(name, payload) for event in events for name, payload in event.items()][: turn.keeps]
    if turn.fails_with:
        name, message = turn.fails_with
        assert name in _STREAM.members, name
        body = json.dumps({"message": message}).encode()
        headers = {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"}
        pieces = [*pieces[:-2], encoded(headers, body)]
    drops = _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "la "}})
    return Reply(200, tuple(pieces), kind, turn.ending, drops)


def _events(turn: Turn) -> Iterator[Params]:
    yield {"messageStart": {"role": "assistant"}}
    for index, block in enumerate(turn.content):
        if "toolUse" in block:
            use = block["toolUse"]
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            yield {"contentBlockStart": {"contentBlockIndex": index, "start": start}}
            written = use["input"] if isinstance(use["input"], str) else json.dumps(use["input"])
            for half in (written[: len(written) // 2], written[len(written) // 2 :]):
                yield {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"toolUse": {"input": half}}}}
        else:
            for word in block["text"].split(" "):
                yield {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"text": word + " "}}}
        yield {"contentBlockStop": {"contentBlockIndex": index}}
    yield {"messageStop": {"stopReason": turn.stop}}
    yield {"metadata": {"usage": turn.usage, "metrics": {"latencyMs": 7}}}


def _hold(answer: Params, shape: Shape) -> None:
    wrong = shape_checks.problems(answer, shape)
    assert not wrong, f"the fake's answer: {wrong}"


def _event(name: str, payload: Params) -> bytes:
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return encoded(headers, json.dumps(payload).encode())


def encoded(headers: dict[str, str], payload: bytes) -> bytes:
    """Return one message of application/vnd.amazon.eventstream: prelude and its CRC, headers, payload, CRC of all."""
    told = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(told) + len(payload), len(told))
    message = prelude + struct.pack("!I", crc32(prelude)) + told + payload
    return message + struct.pack("!I", crc32(message))


Session = Callable[[], object]


def session_for(account: str = "111122223333") -> Session:
    """Return what gives a boto3 session that signs with a key of an account."""

    def made() -> object:
        import boto3

        keys = {"aws_access_key_id": f"AKIA{account}TEST", "aws_secret_access_key": "secret"}
        return boto3.Session(region_name="ap-northeast-1", **keys)

    return made
