"""Asking a language model: what goes to it, what comes back, and the port that every provider stands behind.

Everything here is plain text and frozen, so that a question can be hidden, counted, recorded and replayed as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.errors import Fa2Error

Stop = Literal["end", "tools", "length", "refused", "other"]
"""Why a model ended: it was done, it calls tools, no more tokens were allowed, it refused, something else."""


@dataclass(frozen=True)
class ToolCall:
    """A call that a model wants made."""

    id: str
    """Ties the result to it; unique within one investigation."""
    name: str
    arguments: str
    """As the model wrote it: JSON, perhaps broken."""


@dataclass(frozen=True)
class ToolResult:
    """What a call gave, as text for the model."""

    call: str
    """The id of the call."""
    name: str
    text: str


@dataclass(frozen=True)
class Message:
    """One turn of the conversation. Those of the user hold text or results, those of the model text and calls."""

    role: Literal["user", "model"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True)
class ToolDescription:
    """A tool as the model sees it."""

    name: str
    description: str
    arguments: Mapping[str, object]
    """JSON Schema of an object."""


@dataclass(frozen=True)
class Question:
    """All that is sent in one request."""

    instructions: str
    """What is called the system prompt."""
    messages: tuple[Message, ...]
    tools: tuple[ToolDescription, ...] = ()
    must_call: str | None = None
    """The tool that has to be called; null lets the model choose between text and any tool."""
    max_output_tokens: int = 4096


@dataclass(frozen=True)
class Tokens:
    """Tokens as the provider counted them."""

    input: int = 0
    """All that was sent, from the cache or not."""
    output: int = 0
    cached: int = 0
    """Part of `input` that came from the provider's cache."""

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.input + other.input, self.output + other.output, self.cached + other.cached)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    text: str
    calls: tuple[ToolCall, ...]
    stop: Stop
    tokens: Tokens
    usd: float | None = None
    """At list prices; null where nobody knows."""


@dataclass(frozen=True)
class Hearer:
    """Is told what happens while a model is waited for."""

    text: Callable[[str], None] = field(default=lambda _: None)
    """Pieces of text as they arrive."""
    retry: Callable[[float], None] = field(default=lambda _: None)
    """Seconds to wait before it is tried again, because the provider is throttling."""


class LanguageModel(Protocol):
    """A model of some provider."""

    @property
    def name(self) -> str:
        """PROVIDER:NAME, as in reports."""
        ...

    @property
    def usd_per_token(self) -> tuple[float, float] | None:
        """Dollars a token of input and of output; null where nobody knows."""
        ...

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer = ..., /) -> Answer:
        """Return the answer, at the latest when the deadline passes.

        Throttling and passing outages are waited for and tried again within the deadline.
        Raises ModelFailed; DeadlinePassed (AnswerOverdue once something was sent) when the time is over.
        """
        ...


class ModelFailed(Fa2Error):
    """A model gave no answer. `key` is a message of errors.model, with its remedy."""

    def __init__(self, key: str, /, *, spent: Tokens | None = None, **values: str | int | float | None) -> None:
        super().__init__(key, **values)
        self.spent = spent or Tokens()
        """What was used up before it failed, as far as anybody knows; it is paid for."""

    @property
    def reason(self) -> str:
        """The last part of the key: throttled, denied, unknown_model, too_long, outage, garbage, refused, rejected,
        not_recorded."""
        return self.key.rpartition(".")[2]


class AnswerOverdue(DeadlinePassed):
    """The deadline passed while a model was waited for."""

    def __init__(self, *, seconds: float, spent: Tokens) -> None:
        super().__init__("errors.model.overdue", seconds=seconds)
        self.spent = spent
        """What it has used up by then, estimated: nobody tells."""
