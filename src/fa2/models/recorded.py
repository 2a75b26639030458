"""A model that replays a record, fa2.run/1: the same answers to the same questions, without a provider."""

from __future__ import annotations

from pathlib import Path

from fa2.core.deadlines import Deadline
from fa2.core.language_model import Answer, Hearer, ModelFailed, Question, Stop, Tokens, ToolCall
from fa2.core.model_run import RecordedStep, question_hash, read_run

_STOPS: dict[str, Stop] = {"end": "end", "tools": "tools", "length": "length", "refused": "refused", "other": "other"}
_HEARER = Hearer()


class RecordedModel:
    """Answers step by step as a record tells, and fails as it tells."""

    def __init__(self, path: Path) -> None:
        """Read the record. Raises BrokenRun when there is none."""
        self.path = path
        self.run = read_run(path)
        self._next = 0

    @property
    def name(self) -> str:
        """`recorded:PATH`."""
        return f"recorded:{self.path}"

    @property
    def usd_per_token(self) -> tuple[float, float] | None:
        """Null: what was recorded tells its own price."""
        return None

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer = _HEARER, /) -> Answer:
        """Return the next recorded answer; takes no time.

        Raises ModelFailed: not_recorded when another question was recorded there, or none; else as it was recorded.
        """
        deadline.check()
        number = self._next + 1
        step = self.run.steps[self._next] if self._next < len(self.run.steps) else None
        if step is None or step.question != question_hash(question):
            raise ModelFailed("errors.model.not_recorded", step=number, steps=len(self.run.steps), path=str(self.path))
        self._next = number
        return _answer(step, hearer)


def _answer(step: RecordedStep, hearer: Hearer) -> Answer:
    tokens = Tokens(step.input_tokens, step.output_tokens, step.cached_tokens)
    if step.problem is not None and not step.stop:
        raise ModelFailed(step.problem.key, spent=tokens, **_plain(step.problem.values))
    if step.text:
        hearer.text(step.text)
    calls = tuple(ToolCall(call.id, call.name, call.arguments) for call in step.calls)
    return Answer(step.text, calls, _STOPS.get(step.stop, "other"), tokens, step.usd)


def _plain(values: dict[str, str | int | float | bool | None]) -> dict[str, str | int | float | None]:
    return dict(values)
