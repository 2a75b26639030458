"""Investigates each case in each arm, as often as asked for; an error is an outcome like any other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from fa2.core.bundle import Bundle
from fa2.core.errors import Fa2Error
from fa2.core.evaluation import Arm, CaseOutcome
from fa2.core.report import Report, Said
from fa2.evaluation.cases import LabelledCase
from fa2.evaluation.concealing import concealed
from fa2.evaluation.scoring import scored
from fa2.evaluation.spending import Purse

WORKER = "fa2-eval"
"""Name of threads that investigate."""


class Investigator(Protocol):
    """Investigates a bundle as one arm does. It must not know of past incidents: the case may be among them."""

    def __call__(self, bundle: Bundle, arm: Arm, /) -> Report: ...


@dataclass(frozen=True)
class Task:
    """One investigation to be made."""

    case: LabelledCase
    arm: Arm
    repeat: int

    @property
    def key(self) -> tuple[str, Arm, int]:
        """As that of its outcome."""
        return self.case.name, self.arm, self.repeat


@dataclass(frozen=True)
class Workshop:
    """What investigations are made with."""

    investigator: Investigator
    scratch: Path
    """A folder for copies of bundles."""
    clock: Callable[[], float]
    """Seconds that only grow."""
    purse: Purse = field(default_factory=lambda: Purse(None, most_each=0.0))
    seed: int = 0
    stopped: Callable[[], bool] = lambda: False
    """Tells whether somebody stopped it: a library may turn that into an error of its own, as DuckDB does."""


def tasks(cases: Sequence[LabelledCase], arms: Sequence[Arm], repeats: int) -> list[Task]:
    """Return what is to be done, repeat by repeat, so that what is broken off has seen each case about as often.

    Rules give the same each time, so they are asked once.
    """
    return [
        Task(case, arm, repeat)
        for repeat in range(1, repeats + 1)
        for case in cases
        for arm in arms
        if repeat == 1 or arm != "rules"
    ]


def still_to_do(wanted: Sequence[Task], done: Sequence[CaseOutcome]) -> tuple[list[Task], list[CaseOutcome]]:
    """Return the tasks without a usable outcome, and the outcomes that stay.

    What ended in an error is done again, and so is a case whose label has changed since.
    """
    labels = {task.key: task.case.truth for task in wanted}
    kept = [outcome for outcome in done if outcome.error is None and labels.get(outcome.key) == outcome.truth]
    keys = {outcome.key for outcome in kept}
    return [task for task in wanted if task.key not in keys], kept


def outcomes(wanted: Sequence[Task], workshop: Workshop, *, jobs: int = 1) -> Generator[CaseOutcome, None, None]:
    """Yield the outcomes as they come; fewer than the tasks where the money does not suffice.

    Closing the iterator begins no more of them.
    """
    if jobs == 1:
        made = (_done(task, workshop) for task in wanted)
        yield from (outcome for outcome in made if outcome is not None)
    else:
        yield from _side_by_side(wanted, workshop, jobs)


def _side_by_side(wanted: Sequence[Task], workshop: Workshop, jobs: int) -> Generator[CaseOutcome, None, None]:
    """Work in threads, which mostly wait for a model; whoever breaks off does not wait for them."""
    waiting: SimpleQueue[Task] = SimpleQueue()
    made: SimpleQueue[CaseOutcome | BaseException | None] = SimpleQueue()
    for task in wanted:
        waiting.put(task)
    for _ in range(min(jobs, len(wanted))):
        threading.Thread(target=_work, args=(waiting, made, workshop), name=WORKER, daemon=True).start()
    try:
        for _ in wanted:
            outcome = made.get()
            if isinstance(outcome, BaseException):
                raise outcome
            if outcome is not None:
                yield outcome
    finally:
        _empty(waiting)


def _work(
    waiting: SimpleQueue[Task], made: SimpleQueue[CaseOutcome | BaseException | None], workshop: Workshop
) -> None:
    while True:
        try:
            task = waiting.get_nowait()
        except Empty:
            return
        try:
            made.put(_done(task, workshop))
        except BaseException as error:  # a bug of ours: it is raised where the outcomes are waited for
            made.put(error)


def _empty(queue: SimpleQueue[Task]) -> None:
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return


def _done(task: Task, workshop: Workshop) -> CaseOutcome | None:
    """Return the outcome of a task; null where there is no money for it."""
    if task.arm == "rules":
        return _outcome(task, workshop)
    if not workshop.purse.take():
        return None
    usd: float | None = None
    try:
        outcome = _outcome(task, workshop)
        usd = outcome.usd
    finally:
        workshop.purse.settle(usd)
    return outcome


def _outcome(task: Task, workshop: Workshop) -> CaseOutcome:
    scratch = workshop.scratch / f"{task.arm}-{task.repeat}"
    begun = workshop.clock()
    try:
        with concealed(task.case, scratch, workshop.seed) as bundle:
            begun = workshop.clock()
            report = workshop.investigator(bundle, task.arm)
            seconds = workshop.clock() - begun
    except Fa2Error as error:
        if workshop.stopped():
            raise KeyboardInterrupt from error
        said = Said(key=error.key, values=dict(error.values), text=str(error))
        return _failed(task, said, workshop.clock() - begun)
    except Exception as error:
        if workshop.stopped():
            raise KeyboardInterrupt from error
        # One case must not take the others' figures along; what it was stands in the outcome and is counted.
        said = Said(key="evaluation.error.crashed", values={"problem": f"{type(error).__name__}: {error}"[:300]})
        return _failed(task, said, workshop.clock() - begun)
    made = scored(report, task.case.truth, case=task.case.name, arm=task.arm, repeat=task.repeat)
    return made.model_copy(update={"seconds": seconds})


def _failed(task: Task, said: Said, seconds: float) -> CaseOutcome:
    return CaseOutcome(
        case=task.case.name,
        arm=task.arm,
        repeat=task.repeat,
        truth=task.case.truth,
        seconds=seconds,
        error=said,
    )
