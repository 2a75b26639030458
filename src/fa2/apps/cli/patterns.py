"""fa2 patterns: which lines a log has, how many of each, since when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, width, write


def _help(name: str) -> str:
    return TEXTS.template(f"patterns.help.{name}")


def patterns(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help=_help("files"))],
    assignments: Annotated[
        Path | None, typer.Option("--assignments", metavar="OUT.csv", help=_help("assignments"))
    ] = None,
) -> None:
    """Find the patterns of log lines."""
    from fa2.apps.cli.progress import watching
    from fa2.core.pattern_report import PatternReport
    from fa2.logs.assignments import write_assignments
    from fa2.logs.mining import mine_files
    from fa2.logs.pattern_reports import view_of
    from fa2.logs.scanning import ScanOptions
    from fa2.renderers.patterns_table import render

    with watching(TEXTS) as watch:
        mined = mine_files(files, options=ScanOptions(number_lines=assignments is not None), watch=watch)
    if assignments:
        write_assignments(mined, assignments)
    shown = tuple(view_of(pattern) for pattern in mined.patterns)
    report = PatternReport(
        inputs=tuple(map(str, files)), lines=mined.lines, matched=mined.matched, patterns=shown, found=len(shown)
    )
    write(render(report, SETTINGS.language or "en", width(), SETTINGS.color), None)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("patterns", help=_help("command"), epilog=_help("examples"))(patterns)
