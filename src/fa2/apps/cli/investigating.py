"""`fa2 investigate`: what broke, and why; and `fa2 egress`: what a model would be sent, without sending it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli import live
from fa2.apps.cli.aws_options import (
    AlarmName,
    ConfigFile,
    DeadlineS,
    Keep,
    MaxUsd,
    Profile,
    Region,
    Set,
    settings_if_any,
    settings_of,
)
from fa2.apps.cli.documents import DocumentsFolder, documents_of, refuse_documents, said_of_documents
from fa2.apps.cli.model_options import (
    BaseUrl,
    FastModel,
    ModelName,
    ModeOption,
    NoModelOption,
    asked_model,
    investigator_of,
)
from fa2.apps.cli.options import (
    SETTINGS,
    TEXTS,
    Baseline,
    From,
    Question,
    ReportLanguage,
    To,
    Zone,
    cli_text,
    nameable,
    refuse_alarm,
    request_of,
    width,
    writable,
    write,
)
from fa2.apps.cli.past import NoPast, memory_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fa2.config.loading import Loaded
    from fa2.core.report import Report
    from fa2.core.telemetry import Telemetry
    from fa2.investigator.desk import Further
    from fa2.wiring.aws import Prepared
    from fa2.wiring.model import ModelRequest

Format = Literal["terminal", "markdown", "html", "json", "mermaid"]
_SUFFIXES: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".json": "json",
    ".mmd": "mermaid",
}
Something = Annotated[
    Path | None,
    typer.Argument(metavar="[BUNDLE_OR_FOLDER]", callback=nameable, help=cli_text("investigate.something")),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=cli_text("option.output"))
]


def investigate(
    something: Something = None,
    alarm: AlarmName = None,
    start: From = None,
    end: To = None,
    baseline: Baseline = None,
    question: Question = None,
    assume_zone: Zone = None,
    language: ReportLanguage = None,
    model: ModelName = None,
    fast_model: FastModel = None,
    base_url: BaseUrl = None,
    mode: ModeOption = None,
    no_llm: NoModelOption = False,
    format: Annotated[Format | None, typer.Option("--format", help=cli_text("option.format"))] = None,
    output: Output = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    deadline_s: DeadlineS = None,
    max_usd: MaxUsd = None,
    keep: Keep = None,
    documents: DocumentsFolder = None,
    no_past: NoPast = False,
) -> None:
    """Explain an incident: what broke, and why."""
    from fa2.apps.cli.progress import watching
    from fa2.pipeline import investigate as run
    from fa2.wiring.investigations import Request, as_bundle, stages

    writable(output)
    stated = said_of_documents(stated, documents)
    prepared: Prepared | None = None
    if something is None:
        live_settings = settings_of(
            config, stated, profile=profile, regions=region, deadline_s=deadline_s, max_usd=max_usd
        )
        loaded: Loaded | None = live_settings
        asking = asked_model(loaded, model, fast_model, base_url, mode) if not no_llm else None
        asked = live.live_request(alarm, start, end, baseline=baseline, question=question)
        bundle, prepared = live.collect_from_aws(live_settings, asked, keep)
        something = bundle.folder
        typer.echo(TEXTS.text("cli.live.kept", path=str(something)), err=True)
        request = Request()
    else:
        refuse_alarm(alarm, something)
        refuse_documents(documents, something)
        loaded = settings_if_any(config, stated)
        asking = asked_model(loaded, model, fast_model, base_url, mode) if not no_llm else None
        place, _ = documents_of(loaded)
        request = replace(request_of(start, end, baseline, question, assume_zone), documents=place)
    _, at_most = documents_of(loaded)
    memory = memory_of(loaded, no_past)
    with watching(TEXTS) as watch, as_bundle(something, request, watch) as bundle:
        spoken = language or SETTINGS.language or bundle.incident.language or "en"
        work = stages(documents=at_most)
        if asking is not None:
            investigator = investigator_of(asking, named=str(something), watch=watch)
            investigator = replace(investigator, further=_further(prepared, asking.request))
            work = replace(work, further=investigator)
        work = replace(work, further=memory.before(work.further))
        report = run(bundle, work, language=spoken, named=str(something), watch=watch)
    show_report(memory.kept(report), format, output)


def egress(
    something: Annotated[
        Path, typer.Argument(metavar="BUNDLE_OR_FOLDER", callback=nameable, help=cli_text("investigate.something"))
    ],
    start: From = None,
    end: To = None,
    baseline: Baseline = None,
    question: Question = None,
    assume_zone: Zone = None,
    language: ReportLanguage = None,
    model: ModelName = None,
    mode: ModeOption = None,
    aliases: Annotated[bool, typer.Option("--aliases", help=cli_text("egress.aliases"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=cli_text("egress.json"))] = False,
    output: Output = None,
    config: ConfigFile = None,
    stated: Set = None,
) -> None:
    """Show what a model would be sent; sends nothing."""
    from fa2.apps.cli.egress import as_text, in_json
    from fa2.apps.cli.progress import watching
    from fa2.pipeline import investigate as run
    from fa2.wiring.investigations import as_bundle, stages
    from fa2.wiring.model import Preview, model_request

    writable(output)
    loaded = settings_of(config, stated)
    asked = model_request(loaded.configuration, model=model, mode=mode)
    place, at_most = documents_of(loaded)
    request = replace(request_of(start, end, baseline, question, assume_zone), documents=place)
    with watching(TEXTS) as watch, as_bundle(something, request, watch) as bundle:
        spoken = language or SETTINGS.language or bundle.incident.language or "en"
        preview = Preview(asked, mode or loaded.configuration.model.mode, str(something))
        run(
            bundle,
            replace(stages(documents=at_most), further=memory_of(loaded, no_past=False).before(preview)),
            language=spoken,
            named=str(something),
            watch=watch,
        )
    if as_json:
        write(in_json(preview.sent, preview.aliases if aliases else None), output)
    else:
        write(as_text(preview.sent, preview.aliases, TEXTS, listed=aliases), output)


def _further(prepared: Prepared | None, request: ModelRequest) -> Callable[[Telemetry], Further] | None:
    """Return what lets tools ask AWS; null where nothing was asked of it."""
    from fa2.apps.cli.clocks import SystemClock
    from fa2.wiring.further import further_of

    return further_of(prepared, clock=SystemClock().now, seconds=request.limits.seconds) if prepared else None


def show_report(report: Report, format: Format | None, output: Path | None) -> None:
    """Write a report in a form: the one that is named, or that of the file's suffix, or for the terminal."""
    chosen = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "terminal"
    if chosen == "terminal" and output is None and sys.stdout.isatty():
        from fa2.renderers.terminal import render

        write(render(report, width=width(), color=SETTINGS.color), None)
    else:
        from fa2.wiring.investigations import renderer

        write(renderer(chosen)(report), output)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(help=cli_text("investigate.help"), epilog=cli_text("investigate.examples"))(investigate)
    app.command(help=cli_text("egress.help"), epilog=cli_text("egress.examples"))(egress)
