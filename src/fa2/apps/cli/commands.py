"""What a person types. Heavy modules are loaded within commands, so that help is quick."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fa2.apps.cli import (
    anomalies,
    changes,
    detector,
    diagram,
    doctor,
    evaluating,
    findings,
    insight,
    investigating,
    live,
    past,
    patterns,
    query,
    settings,
    show,
)
from fa2.apps.cli.aws_options import (
    AlarmName,
    ConfigFile,
    DeadlineS,
    MaxUsd,
    Profile,
    Region,
    Set,
    settings_if_any,
    settings_of,
)
from fa2.apps.cli.documents import DocumentsFolder, documents_of, said_of_documents
from fa2.apps.cli.options import (
    TEXTS,
    Baseline,
    From,
    Question,
    To,
    Zone,
    cli_text,
    nameable,
    refuse_alarm,
    request_of,
)
from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.messages import Value

_INTERRUPTED = 130
"""Exit code after ctrl-C, as shells have it."""

app = typer.Typer(
    help=cli_text("help"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
investigating.add_to(app)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help=cli_text("option.version"), is_eager=True)] = False,
) -> None:
    if version:
        import fa2

        typer.echo(f"fa2 {fa2.__version__}")
        raise typer.Exit


@app.command(help=cli_text("collect.help"), epilog=cli_text("collect.examples"))
def collect(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="BUNDLE", callback=nameable, help=cli_text("collect.output"))
    ],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", callback=nameable, help=cli_text("collect.folder"))
    ] = None,
    alarm: AlarmName = None,
    start: From = None,
    end: To = None,
    baseline: Baseline = None,
    question: Question = None,
    assume_zone: Zone = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    deadline_s: DeadlineS = None,
    max_usd: MaxUsd = None,
    documents: DocumentsFolder = None,
) -> None:
    """Collect exported files, or AWS, into a bundle: a folder, or a .zip."""
    import tempfile

    from fa2.apps.cli.progress import watching
    from fa2.stores.bundle_folder import zip_bundle
    from fa2.wiring.investigations import collect_bundle

    stated = said_of_documents(stated, documents)
    packed = output.suffix.lower() == ".zip"
    if packed and output.exists():
        raise UnusableInput("errors.exists", path=str(output))
    with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
        target = Path(scratch) / "bundle" if packed else output
        if folder is None:
            loaded = settings_of(
                config, stated, profile=profile, regions=region, deadline_s=deadline_s, max_usd=max_usd
            )
            asked = live.live_request(alarm, start, end, baseline=baseline, question=question)
            bundle, _ = live.collect_from_aws(loaded, asked, target)
        else:
            refuse_alarm(alarm, folder)
            place, _ = documents_of(settings_if_any(config, stated))
            request = replace(request_of(start, end, baseline, question, assume_zone), documents=place)
            with watching(TEXTS) as watch:
                bundle = collect_bundle(folder, target, request, watch)
        if packed:
            zip_bundle(target, output)
    _tell_coverage(bundle.coverage, str(output))


@app.command(help=cli_text("verify.help"), epilog=cli_text("verify.examples"))
def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT.json", callback=nameable, help=cli_text("verify.report"))],
    bundle: Annotated[
        Path | None, typer.Argument(metavar="BUNDLE", callback=nameable, help=cli_text("verify.bundle"))
    ] = None,
) -> None:
    """Ask each claim's query again on the bundle and say which claims hold."""
    from fa2.apps.cli.progress import watching
    from fa2.apps.cli.reading import bundle_of, read_report
    from fa2.renderers.wording import visible
    from fa2.verification import unsupported_suspects
    from fa2.verification import verify as check
    from fa2.wiring.investigations import Request, as_bundle

    read = read_report(report)
    request = Request(window=read.window.window, baselines=[b.window for b in read.baseline])
    with watching(TEXTS) as watch, as_bundle(bundle or bundle_of(read, report), request, watch) as found:
        checked = check(read, found)
    failed = [c for c in checked if c.problem is not None]
    for claim in failed:
        problem = TEXTS.render(claim.problem) if claim.problem else ""
        typer.echo(visible(TEXTS.text("verify.fails", claim=claim.claim.id, problem=problem)))
    suspects = unsupported_suspects(read)
    for service in suspects:
        typer.echo(visible(TEXTS.text("verify.suspect", service=service)))
    key = "verify.holds" if failed else "verify.all_hold"
    typer.echo(TEXTS.text(key, n=len(checked) - len(failed), total=len(checked)))
    raise typer.Exit(1 if failed or suspects else 0)


@app.command(help=cli_text("validate.help"), epilog=cli_text("validate.examples"))
def validate(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", callback=nameable, help=cli_text("validate.bundle"))],
) -> None:
    """Check a bundle against the format, row by row."""
    from fa2.core.bundle import opened
    from fa2.core.bundle import validate as check

    with opened(bundle) as found:
        for table, rows in check(found):
            typer.echo(TEXTS.text("cli.validate.table", table=table, n=rows))
    typer.echo(TEXTS.text("cli.validate.fine", path=str(bundle)))


diagram.add_to(app)
patterns.add_to(app)
query.add_to(app)
insight.add_to(app)
changes.add_to(app)
findings.add_to(app)
detector.add_to(app)
anomalies.add_to(app)
live.add_to(app)
past.add_to(app)
settings.add_to(app)
doctor.add_to(app)
show.add_to(app)
evaluating.add_to(app)


def main() -> None:
    """Run the command line; errors of users' making end in one line on standard error."""
    _prepare_streams()
    try:
        app()
    except Fa2Error as error:
        _fail(error.key, **error.values)
    except OSError as error:
        _fail("errors.system", path=str(error.filename or "–"), problem=error.strerror or str(error))
    except KeyboardInterrupt:
        _interrupted()
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what DuckDB makes of ctrl-C
            raise
        _interrupted()
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:  # typer's answer to ctrl-C, which says nothing
            _interrupted()
        raise


def _prepare_streams() -> None:
    """Write UTF-8 whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _fail(key: str, /, **values: Value) -> NoReturn:
    from fa2.renderers.wording import one_line

    remedy = f"{key}_remedy"
    said = [TEXTS.text(k, **values) for k in (key, remedy) if k == key or TEXTS.has(k)]
    typer.echo(one_line(TEXTS.text("cli.error", text=" ".join(said))), err=True)
    sys.exit(2)


def _interrupted() -> NoReturn:
    typer.echo(TEXTS.text("cli.error", text=TEXTS.text("cli.interrupted")), err=True)
    sys.exit(_INTERRUPTED)


def _tell_coverage(coverage: object, output: str) -> None:
    from fa2.apps.cli.reading import coverage_lines

    for line in coverage_lines(coverage, TEXTS):  # type: ignore[arg-type]  # a tuple of CoverageEntry
        typer.echo(line)
    typer.echo(TEXTS.text("cli.collect.written", path=output))
