"""The loop: a model thinks, acts and observes, within limits, and concludes. It always ends, with whatever there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.language_model import (
    Answer,
    AnswerOverdue,
    Hearer,
    LanguageModel,
    Message,
    ModelFailed,
    Question,
    ToolDescription,
)
from fa2.core.messages import Catalogue, Statement, Value
from fa2.core.model_run import Mode
from fa2.core.visible_text import one_line
from fa2.investigator.conclusion import CONCLUDE, Conclusion, Unreadable, conclude_tool, read_conclusion
from fa2.investigator.limits import Meter
from fa2.investigator.recording import Recorder
from fa2.investigator.toolbox import ENDS, LONGEST, Toolbox

_IDLE = 2
"""Answers in a row without a call after which looking ends."""
_KEPT_RESULTS = 2
"""Results that stay when a conversation has become too long for the model."""
_SAID = 300
"""Characters of a refusal that are told."""
_ANSWERS_NOTHING = ("garbage", "refused")
"""Failures that count as a step; the others end the conversation."""


@dataclass(frozen=True)
class Models:
    """Who is asked."""

    quality: LanguageModel
    """Concludes."""
    fast: LanguageModel
    """Takes the steps before."""

    @property
    def names(self) -> list[str]:
        """Each name once."""
        return list(dict.fromkeys([self.quality.name, self.fast.name]))


@dataclass(frozen=True)
class Ended:
    """How a conversation ended."""

    conclusion: Conclusion | None
    why: Statement
    """A message of investigator.ended, or the error that ended it."""
    complete: bool
    """Whether no limit and no failure cut it short."""


@dataclass
class Agent:
    """One conversation about one incident."""

    models: Models
    toolbox: Toolbox
    meter: Meter
    recorder: Recorder
    texts: Catalogue
    heard: Callable[[Statement], None] = lambda _: None
    """Is told of each step: messages of investigator.progress."""
    _messages: list[Message] = field(default_factory=list)
    _cut: Statement | None = None
    """The first limit or failure that ended looking."""
    _no_answer: Statement | None = None
    """Why the last answer was none."""

    def converse(self, brief: str, mode: Mode) -> Ended:
        """Look, in as many cycles as are allowed, and conclude. Raises nothing that a model can cause."""
        self._messages = [self._task(brief, mode)]
        try:
            if mode == "agent":
                self._look()
            return self._conclude(mode)
        except (ModelFailed, DeadlinePassed) as error:
            return Ended(None, _why(error, self.meter), complete=False)
        except KeyboardInterrupt:  # a person has waited enough; what the rules found is still wanted
            return Ended(None, Statement("investigator.ended.interrupted"), complete=False)

    def opening(self, brief: str, mode: Mode) -> Question:
        """Return what is asked first."""
        if mode == "agent":
            return self._cycle_question([self._task(brief, mode)])
        task = self._task(brief, mode)
        return self._final_question(mode, [replace(task, text=f"{task.text}\n\n{self._text('conclude_now')}")])

    def _task(self, brief: str, mode: Mode) -> Message:
        return Message("user", self._text(f"task.{mode}") + "\n\n" + brief)

    def _look(self) -> None:
        """Take cycles until the model has seen enough, or a limit is reached."""
        idle = 0
        cycles = self.meter.limits.cycles
        for cycle in range(1, cycles + 1):
            self.heard(Statement("investigator.progress.cycle", {"n": cycle, "most": cycles}))
            question = self._cycle_question(self._messages)
            if stop := self.meter.refuses(question, self.models.fast, then=self.models.quality):
                self._cut = stop
                return
            try:
                answer = self._asked(self.models.fast, question, self.meter.looking)
            except (ModelFailed, DeadlinePassed) as error:
                self._cut = _why(error, self.meter)
                if isinstance(error, ModelFailed) and self.models.fast is self.models.quality:
                    raise
                return
            if answer is None or not answer.calls:
                idle += 1
                self._observe(answer, self._text("no_call", n=cycles - cycle))
            else:
                idle = 0
                self._act(answer, left=cycles - cycle)
            if idle >= _IDLE or (answer and any(call.name in ENDS for call in answer.calls)):
                return
            if self.toolbox.repeated >= self.meter.limits.repeats:
                self._cut = Statement("investigator.ended.repeats", {"limit": self.meter.limits.repeats})
                return
        self._cut = Statement("investigator.ended.cycles", {"limit": cycles})

    def _cycle_question(self, messages: list[Message]) -> Question:
        return self._question("investigate", messages, self.toolbox.descriptions(), None)

    def _final_question(self, mode: Mode, messages: list[Message]) -> Question:
        """Return what asks for the conclusion. Providers want all tools described of which results are told."""
        conclude = conclude_tool(self.toolbox.desk.language)
        if mode == "single":
            return self._question("single", messages, (conclude,), CONCLUDE)
        return self._question("conclude", messages, (*self.toolbox.descriptions(), conclude), CONCLUDE)

    def _act(self, answer: Answer, *, left: int) -> None:
        """Make the calls of an answer and let the model see what they gave."""
        for call in answer.calls:
            self.heard(Statement("investigator.progress.call", {"tool": call.name}))
        ran = self.toolbox.run(answer.calls)
        self.recorder.calls(ran)
        self._messages += [
            _sent_back(answer),
            Message("user", self._text("cycles_left", n=left), results=tuple(one.result for one in ran)),
        ]

    def _observe(self, answer: Answer | None, told: str) -> None:
        if answer is not None and answer.text.strip():
            self._messages += [_sent_back(answer), Message("user", told)]
        else:  # two turns of ours in a row are refused by providers
            self._messages[-1] = replace(self._messages[-1], text=f"{self._messages[-1].text}\n\n{told}")

    def _conclude(self, mode: Mode) -> Ended:
        """Have the quality model conclude; once more where its answer cannot be read."""
        self.heard(Statement("investigator.progress.conclude"))
        self._tell(self._text("conclude_now"))
        problem = ""
        for attempt in range(2):
            if attempt:
                self._tell(self._text("conclude_again", problem=problem))
            question = self._final_question(mode, self._messages)
            if stop := self.meter.refuses(question, self.models.quality):
                return Ended(None, stop, complete=False)
            answer = self._asked(self.models.quality, question, self.meter.deadline)
            try:
                if answer is not None:
                    return self._ended(read_conclusion(answer))
            except Unreadable as error:
                problem = str(error.values["problem"])
                self._keep(answer)
        return Ended(None, self._no_answer or Statement("investigator.ended.garbage"), complete=False)

    def _ended(self, conclusion: Conclusion) -> Ended:
        return Ended(conclusion, self._cut or Statement("investigator.ended.concluded"), complete=self._cut is None)

    def _keep(self, answer: Answer | None) -> None:
        """Keep the text of an answer that cannot be used; a call would have to be answered."""
        if answer is not None and answer.text.strip():
            self._messages.append(replace(_sent_back(answer), calls=()))

    def _tell(self, text: str) -> None:
        """Say something as the user, in the last turn where that is the user's."""
        last = self._messages[-1]
        if last.role == "user":
            self._messages[-1] = replace(last, text=f"{last.text}\n\n{text}".strip())
        else:
            self._messages.append(Message("user", text))

    def _asked(self, model: LanguageModel, question: Question, deadline: Deadline) -> Answer | None:
        """Ask; null for an answer that is none. What is too long is asked once more, shortened."""
        self._no_answer = None
        try:
            return self._counted(model, question, deadline)
        except ModelFailed as error:
            if error.reason == "too_long" and len(self._messages) > 2:
                self._messages = _shortened(self._messages, self._text("dropped"))
                return self._counted(model, replace(question, messages=tuple(self._messages)), deadline)
            if error.reason in _ANSWERS_NOTHING:
                self._no_answer = _why(error, self.meter)
                return None
            raise

    def _counted(self, model: LanguageModel, question: Question, deadline: Deadline) -> Answer:
        def waiting(seconds: float) -> None:
            self.heard(Statement("investigator.progress.waiting", {"seconds": seconds}))

        self.meter.requests += 1
        try:
            answer = model.ask(question, deadline, Hearer(retry=waiting))
        except (ModelFailed, AnswerOverdue) as error:
            self.meter.count_lost(error.spent, model)
            raise
        self.meter.count(answer)
        if answer.stop == "refused" and not answer.calls:
            self._no_answer = _refused(answer, model)
        return answer

    def _question(
        self, instructions: str, messages: list[Message], tools: tuple[ToolDescription, ...], must_call: str | None
    ) -> Question:
        limit = self.meter.limits.output_tokens
        return Question(self._text(f"instructions.{instructions}"), tuple(messages), tools, must_call, limit)

    def _text(self, key: str, /, **values: Value) -> str:
        return self.texts.text(f"investigator.{key}", **values)


def _why(error: ModelFailed | DeadlinePassed, meter: Meter) -> Statement:
    if isinstance(error, DeadlinePassed):
        return Statement("investigator.ended.seconds", {"limit": meter.limits.seconds})
    return Statement(error.key, error.values)


def _sent_back(answer: Answer) -> Message:
    """Return an answer as a turn of the conversation; what is absurdly long would use up all tokens."""
    calls = (call if len(call.arguments) <= LONGEST else replace(call, arguments="{}") for call in answer.calls)
    return Message("model", answer.text[:LONGEST], tuple(calls))


def _refused(answer: Answer, model: LanguageModel) -> Statement:
    said = one_line(answer.text)[:_SAID] or "–"
    return Statement("errors.model.refused", {"model": model.name, "problem": said})


def _shortened(messages: list[Message], dropped: str) -> list[Message]:
    """Return a conversation in which all results but the last ones are only mentioned."""
    results = [r.call for message in messages for r in message.results]
    kept = set(results[-_KEPT_RESULTS:])
    return [
        replace(m, results=tuple(r if r.call in kept else replace(r, text=dropped) for r in m.results))
        for m in messages
    ]
