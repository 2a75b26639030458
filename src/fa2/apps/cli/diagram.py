"""fa2 diagram: the failing path as Mermaid, SVG or PNG, of a report or of a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, cli_text, nameable, write
from fa2.core.errors import UnusableInput
from fa2.core.messages import Language

if TYPE_CHECKING:
    from fa2.core.report import Report


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("diagram", help=cli_text("diagram.help"), epilog=cli_text("diagram.examples"))(_diagram)


def _diagram(
    something: Annotated[
        Path, typer.Argument(metavar="REPORT.json|BUNDLE", callback=nameable, help=cli_text("diagram.something"))
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=cli_text("diagram.output"))
    ] = None,
    language: Annotated[Language | None, typer.Option("--language", help=cli_text("diagram.language"))] = None,
) -> None:
    from fa2.renderers import mermaid, picture

    suffix = output.suffix.lower() if output and str(output) != "-" else ".mmd"
    if output and suffix not in (".mmd", ".svg", ".png"):
        raise UnusableInput("errors.picture", path=str(output))
    report = _report(something, language)
    if output and suffix == ".png":
        _write_bytes(picture.png(report), output)
    else:
        write(picture.svg(report) if suffix == ".svg" else mermaid.render(report), output)


def _report(path: Path, language: Language | None) -> Report:
    """Return the report at a path, or that of the bundle or folder there, made by the rules."""
    from fa2.apps.cli.reading import read_report

    if path.is_file() and path.suffix.lower() == ".json":
        report = read_report(path)
        return report.model_copy(update={"language": language}) if language else report
    from fa2.apps.cli.progress import watching
    from fa2.pipeline import investigate
    from fa2.wiring.investigations import Request, as_bundle, stages

    with watching(TEXTS) as watch, as_bundle(path, Request(), watch) as bundle:
        spoken = language or SETTINGS.language or bundle.incident.language or "en"
        return investigate(bundle, stages(), language=spoken, named=str(path), watch=watch)


def _write_bytes(content: bytes, output: Path) -> None:
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UnusableInput("errors.output", path=str(output), problem=error.strerror or str(error)) from error
