"""What `fa2 eval` says before it begins and after each case, on standard error, and hearing ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import typer

from fa2.apps.cli.options import TEXTS

if TYPE_CHECKING:
    from fa2.core.evaluation import CaseOutcome
    from fa2.evaluation.running import Task
    from fa2.investigator.limits import Limits


@dataclass(frozen=True)
class Costs:
    """What the arms with a model may use."""

    limits: Limits
    """Of one investigation."""
    priced: bool
    """Whether it is known what the models cost."""
    bound_usd: float | None
    """For all of them together; null for none."""


def tell_plan(todo: Sequence[Task], done: Sequence[CaseOutcome], costs: Costs | None) -> None:
    """Say what there is to do and what it may cost; costs are null where no model is asked."""
    counted = {arm: sum(task.arm == arm for task in todo) for arm in ("rules", "single", "agent")}
    cases = len({task.case.name for task in todo} | {outcome.case for outcome in done})
    _say("plan.runs", cases=cases, **counted)
    if done:
        _say("plan.done", n=len(done))
    if costs:
        _tell_costs(costs, done, counted["single"] + counted["agent"])


def _tell_costs(costs: Costs, done: Sequence[CaseOutcome], by_model: int) -> None:
    limits = costs.limits
    _say("plan.limits", tokens=limits.tokens, seconds=limits.seconds)
    if not costs.priced:
        _say("plan.no_usd")
        return
    _say("plan.usd", each=limits.usd, most=limits.usd * by_model)
    known = [outcome.usd for outcome in done if outcome.usd is not None]
    if known:
        _say("plan.measured", about=sum(known) / len(known) * by_model)
    if costs.bound_usd is not None:
        _say("plan.bound", bound=costs.bound_usd)


def tell(outcome: CaseOutcome, done: int, total: int) -> None:
    """Say how an investigation did."""
    from fa2.renderers.wording import said

    right = outcome.rank == 1 if outcome.truth.verdict == "incident" else outcome.verdict == "no_incident"
    placed = outcome.truth.verdict == "incident" and outcome.rank is not None
    _say(
        f"progress.{'failed' if outcome.error else 'right' if right else 'placed' if placed else 'wrong'}",
        done=done,
        total=total,
        arm=TEXTS.text(f"evaluation.arm.{outcome.arm}"),
        case=outcome.case,
        rank=outcome.rank,
        seconds=outcome.seconds,
        text=said(outcome.error, TEXTS.language) if outcome.error else "",
    )


@contextmanager
def watched_interrupt() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether ctrl-C was pressed since; KeyboardInterrupt is raised as ever."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return

    def heard(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _say(name: str, /, **values: str | int | float | None) -> None:
    from fa2.renderers.wording import one_line

    typer.echo(one_line(TEXTS.text(f"evaluation.{name}", **values)), err=True)
