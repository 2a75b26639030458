"""fa2 show: what a model was sent, thought, asked for and cost; exported as OpenTelemetry spans with --otel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, nameable, width, write
from fa2.core.errors import UnusableInput
from fa2.core.messages import Catalogue, Language, catalogue

if TYPE_CHECKING:
    from fa2.core.model_run import ModelRun
    from fa2.stores.model_runs import KeptRuns, RunStore

Form = Literal["terminal", "json"]


def _help(name: str) -> str:
    return TEXTS.template(f"runs.help.{name}")


def show(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help=_help("run"), show_default=False)] = None,
    sent: Annotated[bool, typer.Option("--sent", help=_help("sent"))] = False,
    number: Annotated[int, typer.Option("--number", min=1, metavar="N", help=_help("number"))] = 20,
    otel: Annotated[bool, typer.Option("--otel", help=_help("otel"))] = False,
    endpoint: Annotated[
        str | None, typer.Option("--otlp-endpoint", metavar="URL", help=_help("endpoint"), show_default=False)
    ] = None,
    content: Annotated[bool, typer.Option("--content", help=_help("content"))] = False,
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
    format: Annotated[Form | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    runs: Annotated[
        Path, typer.Option("--runs", metavar="FOLDER", help=_help("runs"), show_default=False)
    ] = SETTINGS.runs,
) -> None:
    """Show a run, or list the latest."""
    from fa2.stores.model_runs import RunStore

    spoken = language or SETTINGS.language or "en"
    store = RunStore(runs)
    if otel or endpoint:
        if run is None:
            raise UnusableInput("runs.error.no_run")
        _export(_found(run, store), endpoint, "with" if content else "without", output, catalogue(spoken))
        return
    form = format or ("json" if output and output.suffix.lower() == ".json" else "terminal")
    color = output is None and sys.stdout.isatty() and SETTINGS.color
    if run is None:
        write(_listed(store, store.newest(number), form, spoken, color), output)
    else:
        write(_shown(_found(run, store), form, spoken, "full" if sent else "brief", color), output)


def _found(named: str, store: RunStore) -> ModelRun:
    """Return the run of an id or the beginning of one, of its own file, or of a report."""
    from fa2.core.model_run import read_run

    path = Path(named)
    if not path.is_file():
        return _kept(named, store)
    id = _id_in_report(path)
    return read_run(path) if id is None else _kept(id, store)


def _kept(id: str, store: RunStore) -> ModelRun:
    """Return a run that was kept, of an incident or, where there is none, of an evaluation."""
    from fa2.stores.model_runs import evaluation_runs

    try:
        return store.find(id)
    except UnusableInput as error:
        if error.key != "runs.error.none":
            raise
        try:
            return evaluation_runs(store.folder).find(id)
        except UnusableInput as other:
            raise (error if other.key == error.key else other) from None


def _id_in_report(path: Path) -> str | None:
    """Return the run that a report names; null for what is no report. Raises UnusableInput when it names none."""
    from fa2.apps.cli.reading import read_report
    from fa2.core.errors import BrokenReport

    try:
        report = read_report(path)
    except BrokenReport:
        return None
    if report.model is None or report.model.run is None:
        raise UnusableInput("runs.error.no_model", path=str(path))
    return report.model.run


def _shown(run: ModelRun, form: Form, language: Language, detail: Literal["brief", "full"], color: bool) -> str:
    if form == "json":
        from fa2.renderers import run_json

        return run_json.render(run, language)
    from fa2.renderers import run_terminal

    return run_terminal.render(run, language, detail=detail, width=width(), color=color)


def _listed(store: RunStore, kept: KeptRuns, form: Form, language: Language, color: bool) -> str:
    from fa2.renderers import run_json, run_terminal
    from fa2.renderers.wording import one_line

    texts = catalogue(language)
    for broken in kept.broken:
        typer.echo(one_line(texts.text(broken.key, **broken.values)), err=True)
    if form == "json":
        return run_json.render_list(kept.runs, language)
    if not kept.runs:
        return texts.text("runs.list.none", folder=one_line(str(store.folder)))
    return run_terminal.render_list(kept.runs, language, more=kept.more, width=width(), color=color)


def _export(
    run: ModelRun, endpoint: str | None, content: Literal["with", "without"], output: Path | None, texts: Catalogue
) -> None:
    from fa2.renderers import run_spans
    from fa2.renderers.wording import one_line

    url = None
    if output is None:
        from fa2.deliveries.otlp_collector import send, traces_url

        url = traces_url(endpoint)
    if url is None:
        write(run_spans.render(run, content), output)
        return
    spans = run_spans.spans(run, content)
    send(spans, url)
    said = texts.text("runs.say.sent", n=len(spans), trace=run_spans.trace_id(run), endpoint=url)
    typer.echo(one_line(said), err=True)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("show", help=_help("command"), epilog=_help("examples"))(show)
