"""Asking a model of a provider: within the deadline, again when it is throttled, in pieces where it streams."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, AnswerOverdue, Hearer, Question, Tokens
from fa2.core.tokens import estimated_tokens
from fa2.models.choosing import ModelChoice
from fa2.models.conversation import (
    Thoughts,
    answer_of,
    messages_of,
    parameters_of,
    settings_of,
    size_of,
)
from fa2.models.failures import Again, BrokenOff, Failure, failure_of
from fa2.models.prices import usd, usd_per_token
from fa2.models.waiting import Abandoned, wait_for

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model, StreamedResponse

_HEARER = Hearer()


@dataclass
class Patience:
    """How long and how often a provider is asked again; waits double, with full jitter, and heed Retry-After."""

    first_s: float = 1.0
    longest_s: float = 30.0
    throttled: int = 8
    """Attempts, where the provider asks to slow down."""
    outage: int = 3
    """Attempts, where it fails otherwise."""
    chance: random.Random = field(default_factory=random.SystemRandom)
    """Apart from other processes, which are throttled at the same time."""

    def allows(self, again: Again, attempts: int) -> bool:
        """Tell whether it may be asked once more after so many attempts."""
        return attempts < {"throttled": self.throttled, "outage": self.outage, "no": 0}[again]

    def wait_s(self, attempts: int, after_s: float | None) -> float:
        """Return how long to wait before the next attempt."""
        backoff: float = min(self.longest_s, self.first_s * 2 ** (attempts - 1)) * self.chance.uniform(0.5, 1.0)
        return backoff if after_s is None else after_s + backoff * 0.1


class _Failed(Exception):
    """What a request raised, with what it had used up by then."""

    def __init__(self, error: BaseException, tokens: Tokens) -> None:
        super().__init__(str(error))
        self.error = error
        self.tokens = tokens


@dataclass
class HostedModel:
    """A model of a provider that pydantic-ai speaks with."""

    choice: ModelChoice
    opened: Callable[[], AbstractAsyncContextManager[Model[Any]]]
    """Opens pydantic-ai's model for one request, in the event loop of that request."""
    secret: str = ""
    """The key, so that no error repeats it."""
    statement: str = ""
    """The IAM statement that allows asking, where IAM decides."""
    patience: Patience = field(default_factory=Patience)
    caches: bool = False
    """Whether the provider keeps what was sent for the next question when it is asked to."""
    streams: bool = True
    """Whether it is asked for pieces; false from when a provider refused that."""
    forces: bool = True
    """Whether a call can be demanded of it; false from when it could not."""
    _thoughts: Thoughts = field(default_factory=Thoughts)

    @property
    def name(self) -> str:
        """PROVIDER:NAME."""
        return str(self.choice)

    @property
    def usd_per_token(self) -> tuple[float, float] | None:
        """Dollars a token of input and of output, as configured or by the list; null where nobody knows."""
        return usd_per_token(self.choice)

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer = _HEARER, /) -> Answer:
        """Return the answer, at the latest when the deadline passes.

        Pieces of an attempt that broke off were heard before its retry; the next attempt begins anew.
        Raises ModelFailed with what was used up; DeadlinePassed, and AnswerOverdue once something was sent.
        """
        spent, attempts = Tokens(), 0
        while True:
            deadline.check()
            attempts += 1
            try:
                answer = self._asked(question, deadline, hearer)
                tokens = spent + answer.tokens
                return replace(answer, tokens=tokens, usd=self._usd(answer, spent))
            except _Failed as failed:
                spent += failed.tokens
                failure = failure_of(failed.error, self.choice, secret=self.secret)
                if self._learnt(failure):
                    continue
                self._wait(failure, attempts, deadline, hearer, spent)

    def _usd(self, answer: Answer, spent: Tokens) -> float | None:
        lost = usd(self.choice, spent) if spent != Tokens() else 0.0
        return None if answer.usd is None or lost is None else answer.usd + lost

    def _wait(self, failure: Failure, attempts: int, deadline: Deadline, hearer: Hearer, spent: Tokens) -> None:
        """Wait before the next attempt. Raises ModelFailed where there is to be none, or it would come too late."""
        wait_s = self.patience.wait_s(attempts, failure.after_s)
        if not self.patience.allows(failure.again, attempts) or wait_s >= deadline.remaining_s:
            raise failure.error(self.choice, spent=spent, statement=self.statement, attempts=attempts)
        hearer.retry(wait_s)
        deadline.wait(wait_s)

    def _learnt(self, failure: Failure) -> bool:
        """Note what this model cannot do; return whether it was tried and asking without it is worth while."""
        streamed, forced = self.streams, self.forces
        self.streams = self.streams and not failure.without_stream
        self.forces = self.forces and not failure.without_forcing
        return (streamed, forced) != (self.streams, self.forces)

    def _asked(self, question: Question, deadline: Deadline, hearer: Hearer) -> Answer:
        heard: list[str] = []

        def hear(piece: str) -> None:
            heard.append(piece)
            hearer.text(piece)

        async def work(say: Callable[[str], None]) -> tuple[ModelResponse, int]:
            return await self._request(question, say)

        try:
            response, written = wait_for(work, deadline, hear)
        except Abandoned:
            spent = Tokens(size_of(question), estimated_tokens("".join(heard)))
            raise AnswerOverdue(seconds=deadline.seconds, spent=spent) from None
        answer = answer_of(response, question, self._thoughts)
        return replace(answer, usd=usd(self.choice, answer.tokens, written))

    async def _request(self, question: Question, say: Callable[[str], None]) -> tuple[ModelResponse, int]:
        """Return the response and how many tokens of it the provider put into its cache. Raises _Failed."""
        from pydantic_ai import direct

        streamed: StreamedResponse | None = None
        try:
            async with self.opened() as model:
                asked = messages_of(question, self._thoughts, model.system)
                told = {
                    "model_settings": settings_of(question, forced=self.forces, cached=self.caches),
                    "model_request_parameters": parameters_of(question),
                }
                if not self.streams:
                    response = await direct.model_request(model, asked, **told)  # type: ignore[arg-type]
                    return response, response.usage.cache_write_tokens
                async with direct.model_request_stream(model, asked, **told) as streamed:  # type: ignore[arg-type]
                    await _heard(streamed, say)
                    response = streamed.get()
                if "finish_reason" not in (response.provider_details or {}):
                    raise BrokenOff
                return response, response.usage.cache_write_tokens
        except Exception as error:
            raise _Failed(error, _spent(streamed)) from error


async def _heard(streamed: StreamedResponse, say: Callable[[str], None]) -> None:
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    async for event in streamed:
        match event:
            case PartStartEvent(part=TextPart(content=text)) if text:
                say(text)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text:
                say(text)


def _spent(streamed: StreamedResponse | None) -> Tokens:
    """Return what a stream that broke off had told of its tokens."""
    if streamed is None:
        return Tokens()
    usage = streamed.usage
    return Tokens(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)
