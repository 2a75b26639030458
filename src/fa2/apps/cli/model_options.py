"""Options of commands that let a language model work, and the investigator that they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, cli_text
from fa2.core.messages import Statement

if TYPE_CHECKING:
    from fa2.config.loading import Loaded
    from fa2.core.model_run import ModelRun
    from fa2.core.ports import Watcher
    from fa2.investigator.agent import Models
    from fa2.models.opening import BedrockAccess
    from fa2.wiring.model import Investigator, ModelRequest

ModelName = Annotated[
    str | None, typer.Option("--model", metavar="PROVIDER:NAME", help=cli_text("option.model"), show_default=False)
]
FastModel = Annotated[
    str | None,
    typer.Option("--fast-model", metavar="PROVIDER:NAME", help=cli_text("option.fast_model"), show_default=False),
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help=cli_text("option.base_url"), show_default=False)
]
ModeOption = Annotated[Literal["agent", "single"] | None, typer.Option("--mode", help=cli_text("option.mode"))]
NoModelOption = Annotated[bool, typer.Option("--no-llm", help=cli_text("option.no_llm"))]


@dataclass(frozen=True)
class Asked:
    """Models that are ready to be asked, and how."""

    models: Models
    request: ModelRequest


def asked_model(
    loaded: Loaded | None,
    model: str | None,
    fast: str | None,
    base_url: str | None,
    mode: Literal["agent", "single"] | None,
) -> Asked | None:
    """Return the models that are asked for; null where nobody names one.

    Raises UnusableInput, before any work is done, for what names no model, and where a key or a package is missing.
    """
    if loaded is None and not (model or fast or base_url):
        return None
    from fa2.apps.cli.aws_options import settings_of
    from fa2.wiring.model import model_request, open_models

    loaded = loaded or settings_of(None, None)
    request = model_request(loaded.configuration, model=model, fast=fast, base_url=base_url, mode=mode)
    return Asked(open_models(request, bedrock_access(loaded)), request) if request else None


def investigator_of(asked: Asked, *, named: str, watch: Watcher) -> Investigator:
    """Return who investigates after the rules."""
    from fa2.apps.cli.clocks import SystemClock
    from fa2.core.ports import Progress
    from fa2.wiring.model import Investigator

    def heard(step: Statement) -> None:
        watch(Progress("model", 0, None, {"step": TEXTS.render(step)}))

    return Investigator(
        asked.models,
        asked.request.mode,
        asked.request.limits,
        named,
        clock=SystemClock().now,
        heard=heard,
        keep=_keep,
    )


def bedrock_access(loaded: Loaded) -> BedrockAccess:
    """Return how Amazon Bedrock is reached: with the profile of the AWS sources."""
    from fa2.wiring import model_access

    return model_access.bedrock_access(loaded.configuration)


def _keep(run: ModelRun) -> None:
    """Keep the record of a run; where that fails it is told, and the report goes out."""
    from fa2.core.errors import Fa2Error
    from fa2.renderers.wording import one_line
    from fa2.stores.model_runs import RunStore

    try:
        RunStore(SETTINGS.runs).save(run)
    except (Fa2Error, OSError) as error:
        said = TEXTS.render(Statement(error.key, error.values)) if isinstance(error, Fa2Error) else str(error)
        typer.echo(one_line(said), err=True)
