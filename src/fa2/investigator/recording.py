"""Writes down what is asked of a model and what it answers, as it leaves this machine."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import fa2
from fa2.core.deadlines import Deadline
from fa2.core.errors import Fa2Error
from fa2.core.language_model import (
    Answer,
    AnswerOverdue,
    Hearer,
    LanguageModel,
    Message,
    ModelFailed,
    Question,
    Tokens,
)
from fa2.core.messages import Language, Statement
from fa2.core.model_run import Mode, ModelRun, RecordedCall, RecordedStep, question_hash
from fa2.core.report import Said
from fa2.investigator.conclusion import CONCLUDE
from fa2.investigator.limits import cost
from fa2.investigator.toolbox import Ran


class Recorder:
    """The record of one investigation in the making; models that it records share it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._started = clock()
        self._since = time.monotonic()
        self._steps: list[RecordedStep] = []
        self._ran: dict[str, Ran] = {}
        self._results: dict[str, str] = {}
        self._messages = 0

    def model(self, model: LanguageModel) -> LanguageModel:
        """Return the same model, recorded."""
        return _Recorded(model, self)

    def calls(self, ran: Sequence[Ran]) -> None:
        """Note what came of the calls of the last step."""
        self._ran |= {one.call.id: one for one in ran}

    def ask(self, model: LanguageModel, question: Question, deadline: Deadline, hearer: Hearer) -> Answer:
        """Ask, and write it down, also where it fails."""
        started, since, retries = self._clock(), time.monotonic(), 0

        def again(seconds: float) -> None:
            nonlocal retries
            retries += 1
            hearer.retry(seconds)

        step = self._begun(model, question, started)
        answer: Answer | None = None
        problem: Said | None = None
        try:
            answer = model.ask(question, deadline, Hearer(text=hearer.text, retry=again))
            return answer
        except Fa2Error as error:
            problem = Said(key=error.key, values=dict(error.values))
            step = step.model_copy(update=_lost(error, model))
            raise
        finally:
            ended = {"duration_s": round(time.monotonic() - since, 3), "retries": retries, "problem": problem}
            self._steps.append(step.model_copy(update={**ended, **(_answered(answer) if answer else {})}))

    def _begun(self, model: LanguageModel, question: Question, started: datetime) -> RecordedStep:
        new = question.messages[self._messages :] if len(question.messages) > self._messages else question.messages
        self._messages = len(question.messages) + 1
        self._results |= {r.call: r.text for message in new for r in message.results}
        known = {step.instructions for step in self._steps}
        return RecordedStep(
            number=len(self._steps) + 1,
            purpose="conclude" if question.must_call == CONCLUDE else "investigate",
            model=model.name,
            started=started,
            duration_s=0.0,
            question=question_hash(question),
            sent="\n\n".join(filter(None, map(_told, new))),
            instructions="" if question.instructions in known else question.instructions,
        )

    def run(self, *, incident: str, language: Language, mode: Mode, models: list[str], ended: Statement) -> ModelRun:
        """Return the record as it stands."""
        made = "\n".join([incident, language, mode, *models, self._started.isoformat()])
        return ModelRun(
            version=fa2.__version__,
            id="R" + hashlib.sha256(made.encode()).hexdigest()[:12],
            incident=incident,
            language=language,
            mode=mode,
            models=models,
            started=self._started,
            duration_s=round(time.monotonic() - self._since, 3),
            steps=[self._with_outcomes(step) for step in self._steps],
            ended=Said(key=ended.key, values=dict(ended.values)),
        )

    def _with_outcomes(self, step: RecordedStep) -> RecordedStep:
        return step.model_copy(update={"calls": [self._with_outcome(call) for call in step.calls]})

    def _with_outcome(self, call: RecordedCall) -> RecordedCall:
        ran = self._ran.get(call.id)
        if ran is None:
            return call
        return call.model_copy(
            update={
                "outcome": ran.outcome,
                "result": self._results.get(call.id, ""),
                "evidence": list(ran.evidence),
                "left_out": ran.left_out,
                "duration_s": ran.duration_s,
            }
        )


class _Recorded:
    """A model whose questions and answers are written down."""

    def __init__(self, model: LanguageModel, recorder: Recorder) -> None:
        self._model = model
        self._recorder = recorder

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def usd_per_token(self) -> tuple[float, float] | None:
        return self._model.usd_per_token

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer = Hearer(), /) -> Answer:  # noqa: B008 - frozen
        return self._recorder.ask(self._model, question, deadline, hearer)


def _answered(answer: Answer) -> dict[str, object]:
    return {
        "text": answer.text,
        "calls": [RecordedCall(id=c.id, name=c.name, arguments=c.arguments) for c in answer.calls],
        "stop": answer.stop,
        "input_tokens": answer.tokens.input,
        "output_tokens": answer.tokens.output,
        "cached_tokens": answer.tokens.cached,
        "usd": answer.usd,
    }


def _lost(error: Fa2Error, model: LanguageModel) -> dict[str, object]:
    """Return what a request used up that gave no answer."""
    spent = error.spent if isinstance(error, ModelFailed | AnswerOverdue) else Tokens()
    return {
        "input_tokens": spent.input,
        "output_tokens": spent.output,
        "cached_tokens": spent.cached,
        "usd": cost(model, spent),
    }


def _told(message: Message) -> str:
    """Return what a message of ours holds; those of the model stand in its answers."""
    if message.role == "model":
        return ""
    return "\n\n".join([message.text, *(result.text for result in message.results)]).strip()
