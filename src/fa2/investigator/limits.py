"""What one investigation by a model may use, counted and held in code, whatever the model says."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, LanguageModel, Question, Tokens
from fa2.core.messages import Statement
from fa2.core.tokens import estimated_tokens

_TOKENS_OF_A_MESSAGE = 8
"""What a provider adds for roles and separators."""
_RESERVED_S = 0.25
"""Share of the time that is kept for the conclusion."""


@dataclass(frozen=True)
class Limits:
    """The most that one investigation may use."""

    cycles: int = 5
    """Times that the model thinks, acts and observes."""
    tokens: int = 200_000
    """Sent and received together."""
    usd: float = 1.0
    """Holds where the price of the model is known."""
    seconds: float = 240.0
    output_tokens: int = 4_096
    """Tokens of one answer."""
    calls: int = 4
    """Tool calls that are run in one step; what is beyond is refused, and the model told."""
    repeats: int = 3
    """Identical calls after which looking ends."""
    result_tokens: int = 1_500
    """Tokens of what one tool call gives."""


class Meter:
    """Counts what was used, and says when no more may be."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.deadline = Deadline(limits.seconds)
        self.looking = Deadline(limits.seconds * (1 - _RESERVED_S))
        """By when looking ends, so that time is left to conclude."""
        self.requests = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cached_tokens = 0
        self.usd: float | None = 0.0
        """Null once an answer came whose price nobody knows."""

    def count(self, answer: Answer) -> None:
        """Add what an answer took; requests are counted when they are made."""
        self.input_tokens += answer.tokens.input
        self.output_tokens += answer.tokens.output
        self.cached_tokens += answer.tokens.cached
        self.usd = None if self.usd is None or answer.usd is None else self.usd + answer.usd

    def count_lost(self, spent: Tokens, model: LanguageModel) -> None:
        """Add what was used up by a request that gave no answer; it is paid for, too."""
        self.input_tokens += spent.input
        self.output_tokens += spent.output
        self.cached_tokens += spent.cached
        usd = cost(model, spent)
        self.usd = None if self.usd is None or usd is None else self.usd + usd

    def refuses(
        self, question: Question, model: LanguageModel, *, then: LanguageModel | None = None
    ) -> Statement | None:
        """Return why a question may not be asked any more; null where it may.

        then: the model that has to conclude afterwards, for which as much again is kept.
        """
        sent, received = question_tokens(question), question.max_output_tokens
        tokens = sent + received
        usd = _usd(model, sent, received)
        if then is not None:
            more = sent + received + self.limits.result_tokens
            tokens += more + self.limits.output_tokens
            usd += _usd(then, more, self.limits.output_tokens)
        if self.input_tokens + self.output_tokens + tokens > self.limits.tokens:
            return Statement("investigator.ended.tokens", {"limit": self.limits.tokens})
        if (self.usd or 0.0) + usd > self.limits.usd:
            return Statement("investigator.ended.usd", {"limit": self.limits.usd})
        if (self.deadline if then is None else self.looking).passed:
            return Statement("investigator.ended.seconds", {"limit": self.limits.seconds})
        return None


def question_tokens(question: Question) -> int:
    """Return about how many tokens a question has, tools included."""
    import json

    texts = [question.instructions]
    for message in question.messages:
        texts += [message.text, *(c.arguments for c in message.calls), *(r.text for r in message.results)]
    for tool in question.tools:
        texts += [tool.name, tool.description, json.dumps(dict(tool.arguments), ensure_ascii=False)]
    return sum(estimated_tokens(text) + _TOKENS_OF_A_MESSAGE for text in texts if text)


def cost(model: LanguageModel, spent: Tokens) -> float | None:
    """Return the dollars that tokens cost at most; null where nobody knows."""
    if spent == Tokens():
        return 0.0
    return None if model.usd_per_token is None else _usd(model, spent.input, spent.output)


def _usd(model: LanguageModel, sent: int, received: int) -> float:
    price = model.usd_per_token
    return 0.0 if price is None else price[0] * sent + price[1] * received
