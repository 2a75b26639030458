"""A model that says what a test wrote down, for tests of what asks models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, Hearer, Question, Stop, Tokens, ToolCall

Turn = Answer | BaseException | Callable[[Question], Answer]
"""What comes back, what is raised, or what decides it from the question."""
_HEARER = Hearer()


def said(text: str = "", *calls: ToolCall, stop: Stop | None = None, tokens: Tokens | None = None) -> Answer:
    """Return an answer: of text, of calls, or of both."""
    return Answer(text, calls, stop or ("tools" if calls else "end"), tokens or Tokens(100, 20), usd=0.001)


@dataclass
class ScriptedModel:
    """Answers turn by turn; a test that asks more often than it wrote down fails, and `check` tells of turns left over."""

    script: Sequence[Turn]
    name: str = "scripted:test"
    usd_per_token: tuple[float, float] | None = (3e-6, 15e-6)
    asked: list[Question] = field(default_factory=list)
    """The questions, in order."""

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer = _HEARER, /) -> Answer:
        """Return or raise the next turn."""
        deadline.check()
        self.asked.append(question)
        if len(self.asked) > len(self.script):
            raise AssertionError(f"asked {len(self.asked)} times, scripted are {len(self.script)} turns")
        turn = self.script[len(self.asked) - 1]
        if isinstance(turn, BaseException):
            raise turn
        answer = turn if isinstance(turn, Answer) else turn(question)
        if answer.text:
            hearer.text(answer.text)
        return answer

    def check(self) -> None:
        """Raise AssertionError when turns were left over."""
        if len(self.asked) < len(self.script):
            raise AssertionError(f"asked {len(self.asked)} times, scripted are {len(self.script)} turns")
