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
    import csv

    from fa2.core.pattern_report import PatternReport
    from fa2.logs.mining import mine
    from fa2.logs.pattern_reports import view_of
    from fa2.renderers.patterns_table import render

    lines: list[str] = []
    for file in files:
        text = file.read_bytes().decode("utf-8", "replace")
        lines += [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    mined = mine(lines)
    if assignments:
        texts = [pattern.text for pattern in mined.patterns]
        with assignments.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("line", "pattern"))
            writer.writerows((n, texts[p]) for n, p in enumerate(mined.assignment.tolist(), 1))
    shown = tuple(view_of(pattern) for pattern in mined.patterns)
    report = PatternReport(
        inputs=tuple(map(str, files)), lines=len(lines), matched=len(lines), patterns=shown, found=len(shown)
    )
    write(render(report, SETTINGS.language or "en", width(), SETTINGS.color), None)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("patterns", help=_help("command"), epilog=_help("examples"))(patterns)
