"""Questions as pydantic-ai sends them, and its responses as answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fa2.core.language_model import Answer, Message, Question, Stop, Tokens, ToolCall, ToolDescription
from fa2.core.tokens import estimated_tokens
from fa2.core.visible_text import encodable

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponsePart, ThinkingPart
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.usage import RequestUsage

_STOPS: Mapping[str, Stop] = {"stop": "end", "tool_call": "tools", "length": "length", "content_filter": "refused"}
_NOTHING = "null"
"""Sent where a tool said nothing: providers refuse blank text."""
_KEPT = 64
"""Responses whose thoughts are remembered."""


@dataclass
class Thoughts:
    """What a model thought before its calls, by their ids. Some models want it back, signed, with the results; it never
    goes anywhere but to the model that thought it."""

    _of: dict[tuple[str, ...], list[ThinkingPart]] = field(default_factory=dict)

    def keep(self, calls: Iterable[str], thoughts: list[ThinkingPart]) -> None:
        """Remember the thoughts before some calls."""
        ids = tuple(calls)
        if ids and thoughts:
            self._of[ids] = thoughts
            for oldest in list(self._of)[:-_KEPT]:
                del self._of[oldest]

    def before(self, calls: Iterable[str]) -> list[ThinkingPart]:
        """Return what was thought before these calls."""
        return self._of.get(tuple(calls), [])


def messages_of(question: Question, thoughts: Thoughts, provider: str) -> list[ModelMessage]:
    """Return the conversation; `provider` is pydantic-ai's name of it. Turns without any content are left out."""
    found = (_message(message, thoughts, provider) for message in question.messages)
    return [message for message in found if message is not None]


def _message(message: Message, thoughts: Thoughts, provider: str) -> ModelMessage | None:
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart

    if message.role == "user":
        results = [ToolReturnPart(r.name, r.text.strip() or _NOTHING, tool_call_id=r.call) for r in message.results]
        text = [UserPromptPart(message.text)] if message.text.strip() else []
        return ModelRequest(parts=[*results, *text]) if results or text else None
    parts: list[ModelResponsePart] = [*thoughts.before(call.id for call in message.calls)]
    parts += [TextPart(message.text)] if message.text.strip() else []
    parts += [ToolCallPart(call.name, arguments_sent(call.arguments), call.id) for call in message.calls]
    return ModelResponse(parts=parts, provider_name=provider) if parts else None


def arguments_sent(written: str) -> str:
    """Return a call's arguments as a JSON object: as they were written where they are one, else with what was written
    as its only value, since providers refuse anything else."""
    try:
        if isinstance(json.loads(written), dict):
            return written
    except (ValueError, RecursionError):
        pass
    return json.dumps({"unparsed": written}, ensure_ascii=False)


def parameters_of(question: Question) -> ModelRequestParameters:
    """Return the tools and instructions."""
    from pydantic_ai.messages import InstructionPart
    from pydantic_ai.models import ModelRequestParameters

    instructions = [InstructionPart(content=question.instructions)] if question.instructions.strip() else []
    return ModelRequestParameters(
        function_tools=[_tool(tool) for tool in question.tools], instruction_parts=instructions
    )


def _tool(tool: ToolDescription) -> Any:
    from pydantic_ai.tools import ToolDefinition

    schema = json.loads(json.dumps(tool.arguments))
    return ToolDefinition(name=tool.name, description=tool.description, parameters_json_schema=schema, strict=False)


def settings_of(question: Question, *, forced: bool, cached: bool) -> ModelSettings:
    """Return the settings of a request.

    Nothing is sent that the question does not hold: pydantic-ai's own announcement of tags is left out.
    forced: whether the call that the question demands is demanded of the provider, too; not all can.
    cached: whether the provider is asked to keep what was sent for the next question.
    """
    from pydantic_ai.settings import ModelSettings

    settings = ModelSettings(max_tokens=question.max_output_tokens, framing_announcement="never")
    if forced and question.must_call:
        settings["tool_choice"] = [question.must_call]
    if cached:
        settings["cache"] = True
    return settings


def answer_of(response: ModelResponse, question: Question, thoughts: Thoughts) -> Answer:
    """Return a response as an answer without its price. Thoughts are remembered and not told."""
    from pydantic_ai.messages import TextPart, ThinkingPart, ToolCallPart

    text = encodable("".join(part.content for part in response.parts if isinstance(part, TextPart)))
    written = [
        ToolCall(encodable(part.tool_call_id), encodable(part.tool_name), encodable(_as_written(part.args)))
        for part in response.parts
        if isinstance(part, ToolCallPart)
    ]
    calls = _told_apart(written, {call.id for message in question.messages for call in message.calls})
    thoughts.keep((call.id for call in calls), [part for part in response.parts if isinstance(part, ThinkingPart)])
    return Answer(text, calls, _stop(response, calls), tokens_of(response.usage, question, _said(text, calls)))


def _as_written(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments or "{}"
    return json.dumps(arguments or {}, ensure_ascii=False)


def _told_apart(calls: Iterable[ToolCall], taken: set[str]) -> tuple[ToolCall, ...]:
    """Return the calls with ids of their own: some servers count them from 0 in each answer."""
    told: list[ToolCall] = []
    for call in calls:
        name = next(name for name in (call.id, *(f"{call.id}_{n}" for n in range(2, 10_000))) if name not in taken)
        taken.add(name)
        told.append(ToolCall(name, call.name, call.arguments))
    return tuple(told)


def _stop(response: ModelResponse, calls: tuple[ToolCall, ...]) -> Stop:
    stop = _STOPS.get(response.finish_reason or "", "other")
    return "tools" if calls and stop in ("end", "other") else stop


def _said(text: str, calls: Iterable[ToolCall]) -> str:
    return "\n".join((text, *(f"{call.name} {call.arguments}" for call in calls)))


def tokens_of(usage: RequestUsage, question: Question, said: str) -> Tokens:
    """Return the tokens as the provider counted them; estimated where it counted none, so that limits hold."""
    if usage.input_tokens or usage.output_tokens:
        return Tokens(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)
    return Tokens(size_of(question), estimated_tokens(said))


def size_of(question: Question) -> int:
    """Return the estimated tokens of all that a question sends."""
    texts = [question.instructions]
    for message in question.messages:
        texts += [message.text, *(result.text for result in message.results)]
        texts += [f"{call.name} {call.arguments}" for call in message.calls]
    texts += [f"{t.name} {t.description} {json.dumps(t.arguments, ensure_ascii=False)}" for t in question.tools]
    return estimated_tokens("\n".join(texts))
