"""`fa2 plan`, and `fa2 investigate` and `fa2 collect` when they ask AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fa2.apps.cli.aws_options import (
    AlarmName,
    ConfigFile,
    MaxUsd,
    Profile,
    Region,
    Set,
    model_lines,
    plan_lines,
    settings_of,
)
from fa2.apps.cli.documents import place_of
from fa2.apps.cli.options import TEXTS, Baseline, From, Question, To, cli_text, window_of, write
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fa2.config.loading import Loaded
    from fa2.core.bundle import Bundle
    from fa2.wiring.aws import LiveRequest, Prepared


def plan(
    alarm: AlarmName = None,
    start: From = None,
    end: To = None,
    baseline: Baseline = None,
    question: Question = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    max_usd: MaxUsd = None,
) -> None:
    """Say what an investigation would read and cost."""
    from fa2.apps.cli.progress import watching
    from fa2.wiring.aws import Live

    loaded = settings_of(config, stated, profile=profile, regions=region, max_usd=max_usd)
    request = live_request(alarm, start, end, baseline=baseline, question=question)
    with watching(TEXTS) as watch:
        prepared = Live(loaded.configuration, watch).prepare(request)
    write("\n".join([*plan_lines(prepared), *model_lines(loaded.configuration)]), None)


def live_request(
    alarm: str | None,
    start: str | None,
    end: str | None,
    *,
    baseline: Sequence[str] | None = None,
    question: str | None = None,
) -> LiveRequest:
    """Return what is asked of AWS; the clock is read here. Raises UnusableInput for neither alarm nor window."""
    from fa2.apps.cli.clocks import SystemClock
    from fa2.core.windows import TimeWindow
    from fa2.wiring.aws import LiveRequest

    window = window_of(start, end)
    if not alarm and window is None:
        raise UnusableInput("errors.aws.no_window")
    return LiveRequest(
        now=SystemClock().now(),
        alarm=alarm or "",
        window=window,
        baselines=tuple(TimeWindow.parse(text) for text in baseline or ()),
        question=question or "",
    )


def collect_from_aws(loaded: Loaded, request: LiveRequest, folder: Path | None) -> tuple[Bundle, Prepared]:
    """Collect from AWS into a bundle; return it, and what was asked. What it will cost is told on standard error first.

    folder: null for one of its own among the kept bundles. Raises UnusableInput when nothing can be asked, or
    nothing comes.
    """
    from fa2.apps.cli.progress import watching
    from fa2.wiring.aws import Live, bundle_place

    with watching(TEXTS) as watch:
        prepared = Live(loaded.configuration, watch, documents=place_of(loaded)).prepare(request)
        for line in plan_lines(prepared):
            typer.echo(line, err=True)
        place = folder or bundle_place(loaded.configuration, prepared.incident)
        bundle = prepared.collect(place, watch)
    if not set(bundle.tables) - {"documents"}:
        raise UnusableInput("errors.aws.nothing", path=str(place))
    return bundle, prepared


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("plan", help=cli_text("plan.help"), epilog=cli_text("plan.examples"))(plan)
