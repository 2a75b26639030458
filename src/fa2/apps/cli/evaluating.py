"""fa2 eval: investigations against what was true, in figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from fa2 import __version__
from fa2.apps.cli.aws_options import ConfigFile, Profile, Set
from fa2.apps.cli.eval_progress import Costs, tell, tell_plan, watched_interrupt
from fa2.apps.cli.model_options import BaseUrl, FastModel, ModelName
from fa2.apps.cli.options import SETTINGS, TEXTS, nameable, width, write
from fa2.core.errors import UnusableInput
from fa2.core.messages import Language

if TYPE_CHECKING:
    from fa2.config.loading import Loaded
    from fa2.core.evaluation import Arm, CaseOutcome, Evaluation
    from fa2.core.model_run import ModelRun
    from fa2.core.report import Said
    from fa2.evaluation.running import Task, Workshop
    from fa2.wiring.model import ModelRequest


class ArmName(StrEnum):
    """The arms as they are typed."""

    RULES = "rules"
    SINGLE = "single"
    AGENT = "agent"


Form = Literal["terminal", "markdown", "json"]
_INTERRUPTED = 130


def _help(name: str) -> str:
    return TEXTS.template(f"evaluation.help.{name}")


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", callback=nameable, help=_help("folder"))],
    model: ModelName = None,
    fast_model: FastModel = None,
    base_url: BaseUrl = None,
    arm: Annotated[list[ArmName] | None, typer.Option("--arm", help=_help("arm"), show_default=False)] = None,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=100, metavar="N", help=_help("repeat"))] = 1,
    only: Annotated[str, typer.Option("--only", metavar="PREFIX", help=_help("only"), show_default=False)] = "",
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=32, metavar="N", help=_help("jobs"))] = 1,
    max_usd: Annotated[
        float | None, typer.Option("--max-usd", min=0.0, metavar="DOLLARS", help=_help("max_usd"))
    ] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="OUT.json", callback=nameable, help=_help("resume"))
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    format: Annotated[Form, typer.Option("--format", help=_help("format"))] = "terminal",
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help=_help("seed"))] = 0,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
) -> None:
    """Measure investigations on labelled bundles."""
    from fa2.apps.cli.aws_options import settings_of
    from fa2.apps.cli.clocks import SystemClock
    from fa2.core.evaluation import Evaluation
    from fa2.evaluation.cases import labelled_cases
    from fa2.evaluation.running import still_to_do, tasks
    from fa2.wiring.model import model_request

    loaded = settings_of(config, stated, profile=profile)
    request = model_request(loaded.configuration, model=model, fast=fast_model, base_url=base_url)
    arms = _arms(arm, request)
    wanted = tasks(labelled_cases(folder, only), arms, repeat)
    plan = Evaluation(
        version=__version__,
        folder=str(folder),
        models=_names(request) if set(arms) - {"rules"} else [],
        language=language or SETTINGS.language or "en",
        repeats=repeat,
        seed=seed,
        started=SystemClock().now(),
        planned=len(wanted),
    )
    todo, done = still_to_do(wanted, _earlier(resume, plan))
    places = _Places(resume or (output if output and output.suffix.lower() == ".json" else None), output, format)
    made, stopped = _made(_Order(plan, todo, done, jobs, max_usd), loaded, request, places.record)
    _finish(plan, made, stopped, places)
    if stopped and stopped.key == "evaluation.stopped.interrupted":
        _leave()


def _leave() -> NoReturn:
    """End after ctrl-C. Investigations under way in threads cannot be stopped, and waiting may take minutes."""
    import os
    import threading

    from fa2.evaluation.running import WORKER

    if any(thread.name == WORKER for thread in threading.enumerate()):
        typer.echo(TEXTS.text("cli.error", text=TEXTS.text("cli.interrupted")), err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)  # an orderly end would tear the interpreter from under native code
    raise typer.Exit(_INTERRUPTED)


@dataclass(frozen=True)
class _Places:
    """Where results go."""

    record: Path | None
    """Saved after each case."""
    output: Path | None
    format: Form


@dataclass(frozen=True)
class _Order:
    """What is to be done, how many at once, for how many dollars."""

    plan: Evaluation
    todo: list[Task]
    done: list[CaseOutcome]
    jobs: int
    max_usd: float | None


def _arms(stated: list[ArmName] | None, request: ModelRequest | None) -> tuple[Arm, ...]:
    from fa2.core.evaluation import ARMS

    arms: tuple[Arm, ...] = (
        tuple(arm for arm in ARMS if ArmName(arm) in stated) if stated else ARMS if request else ("rules",)
    )
    needing = next((arm for arm in arms if arm != "rules"), None)
    if needing and request is None:
        raise UnusableInput("evaluation.error.no_model", arm=needing)
    return arms


def _names(request: ModelRequest | None) -> list[str]:
    return list(dict.fromkeys([str(request.quality), str(request.fast)])) if request else []


def _earlier(resume: Path | None, plan: Evaluation) -> list[CaseOutcome]:
    from fa2.evaluation.recording import read

    return read(resume, plan) if resume and resume.exists() else []


def _made(
    order: _Order, loaded: Loaded, request: ModelRequest | None, record: Path | None
) -> tuple[list[CaseOutcome], Said | None]:
    """Return all outcomes, the earlier ones too, and why some are missing; saves after each."""
    import tempfile

    from fa2.core.report import Said
    from fa2.evaluation.recording import written
    from fa2.evaluation.running import outcomes

    made = list(order.done)
    with (
        tempfile.TemporaryDirectory(prefix="fa2-eval-", ignore_cleanup_errors=True) as scratch,
        watched_interrupt() as stopped,
    ):
        workshop = replace(_workshop(order, loaded, request, Path(scratch)), stopped=stopped)
        try:
            with closing(outcomes(order.todo, workshop, jobs=order.jobs)) as coming:
                for outcome in coming:
                    made.append(outcome)
                    tell(outcome, len(made), order.plan.planned)
                    if record:
                        written(order.plan.model_copy(update={"outcomes": made}), record)
        except KeyboardInterrupt:
            return made, Said(key="evaluation.stopped.interrupted")
    return made, Said(key="evaluation.stopped.money") if len(made) < order.plan.planned else None


def _workshop(order: _Order, loaded: Loaded, request: ModelRequest | None, scratch: Path) -> Workshop:
    import time

    from fa2.apps.cli.clocks import SystemClock
    from fa2.apps.cli.model_options import bedrock_access
    from fa2.evaluation.running import Workshop
    from fa2.evaluation.spending import Purse
    from fa2.stores.model_runs import evaluation_runs
    from fa2.wiring.evaluations import ModelArms, investigator, purse
    from fa2.wiring.model import open_models

    if request is None or not order.plan.models:
        tell_plan(order.todo, order.done, None)
        free = Purse(None, most_each=0.0)
        return Workshop(investigator(order.plan.language), scratch, time.monotonic, free, order.plan.seed)
    access = bedrock_access(loaded)
    models = open_models(request, access)
    spent = sum(outcome.usd or 0.0 for outcome in order.done)
    money = purse(models, request.limits, order.max_usd, spent)
    priced = models.quality.usd_per_token is not None and models.fast.usd_per_token is not None
    tell_plan(order.todo, order.done, Costs(request.limits, priced=priced, bound_usd=order.max_usd))
    store = evaluation_runs(SETTINGS.runs)

    def keep(run: ModelRun) -> None:
        store.save(run)

    arms = ModelArms(lambda: open_models(request, access), request.limits, SystemClock().now, keep)
    return Workshop(investigator(order.plan.language, arms), scratch, time.monotonic, money, order.plan.seed)


def _finish(plan: Evaluation, made: Sequence[CaseOutcome], stopped: Said | None, places: _Places) -> None:
    from fa2.evaluation.recording import summed_up, written

    evaluation = summed_up(plan, made, stopped)
    if places.record:
        written(evaluation, places.record)
    if places.output and places.output != places.record:
        write(_rendered(evaluation, _form_of(places.output), color=False), places.output)
    write(_rendered(evaluation, places.format, color=sys.stdout.isatty() and SETTINGS.color), None)


def _form_of(output: Path) -> Form:
    return {".json": "json", ".md": "markdown"}.get(output.suffix.lower(), "terminal")  # type: ignore[return-value]


def _rendered(evaluation: Evaluation, form: Form, *, color: bool) -> str:
    if form == "json":
        return evaluation.model_dump_json(indent=1)
    if form == "markdown":
        from fa2.renderers import eval_markdown

        return eval_markdown.render(evaluation, evaluation.language)
    from fa2.renderers import eval_terminal

    return eval_terminal.render(evaluation, evaluation.language, width=width(), color=color)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("eval", help=_help("command"), epilog=_help("examples"))(evaluate)
