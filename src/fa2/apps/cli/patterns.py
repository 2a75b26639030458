"""fa2 patterns: which lines a log has, how many of each, since when, and what changed."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.options import SETTINGS, TEXTS, Zone, nameable, write, zone_of
from fa2.core.messages import Language

if TYPE_CHECKING:
    from fa2.core.pattern_report import PatternReport
    from fa2.core.windows import TimeWindow

Form = Literal["table", "json", "html", "csv"]
Sort = Literal["count", "severity", "last-seen", "change"]
_SUFFIXES: dict[str, Form] = {".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}
_TABLE_ROWS = 50


def _help(name: str) -> str:
    return TEXTS.template(f"patterns.help.{name}")


def _each_nameable(paths: list[Path]) -> list[Path]:
    return [path for path in paths if nameable(path)]


def patterns(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", callback=_each_nameable, help=_help("files"))],
    filter: Annotated[str | None, typer.Option("--filter", metavar="TEXT", help=_help("filter"))] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help=_help("from"))] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help=_help("to"))] = None,
    assume_zone: Zone = None,
    compare: Annotated[str | None, typer.Option("--compare", metavar="PERIOD", help=_help("compare"))] = None,
    format: Annotated[Form | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    assignments: Annotated[
        Path | None, typer.Option("--assignments", metavar="OUT.csv", callback=nameable, help=_help("assignments"))
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help=_help("limit"))] = None,
    sort: Annotated[Sort | None, typer.Option("--sort", help=_help("sort"))] = None,
    severity_rule: Annotated[
        Literal["console", "anomaly"], typer.Option("--severity-rule", help=_help("severity_rule"))
    ] = "anomaly",
    keep_headers: Annotated[bool, typer.Option("--keep-headers", help=_help("keep_headers"))] = False,
    samples: Annotated[int, typer.Option("--samples", min=0, max=100, metavar="N", help=_help("samples"))] = 3,
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
) -> None:
    """Find the patterns of log lines."""
    from fa2.apps.cli.pattern_inputs import opened_input
    from fa2.apps.cli.pattern_work import Against, PatternWork, Wanted
    from fa2.apps.cli.progress import watching
    from fa2.core.pattern_report import Period
    from fa2.logs.patterns.pattern_reports import Asked
    from fa2.logs.scans.scanning import ScanOptions

    form = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "table"
    window, zone = _window(start, end), zone_of(assume_zone)
    asked = Asked(
        inputs=tuple("stdin" if str(file) == "-" else str(file) for file in files),
        filter=filter,
        period=Period(window.start, window.end) if window and start and end else None,
        order=sort or ("change" if compare else "count"),
        limit=limit if limit is not None else _TABLE_ROWS if form == "table" else 0,
        rule=severity_rule,
    )
    options = ScanOptions(window=window, zone=zone, bare=keep_headers)
    with watching(TEXTS) as watch, ExitStack() as inputs:
        given = inputs.enter_context(opened_input(files, zone, watch))
        against = None
        if compare:
            other = Path(compare) if Path(compare).exists() else None
            lines = inputs.enter_context(opened_input([other], zone, watch)).lines if other else None
            against = Against(compare, lines)
        work = PatternWork(given, asked, options, watch)
        work.mine(Wanted(form in ("json", "html"), samples, assignments), against)
        report = work.report()
    _show(report, form, language or SETTINGS.language or "en", output)


def _window(start: str | None, end: str | None) -> TimeWindow | None:
    """Return the window of --from and --to, either of which may be missing."""
    from fa2.core.windows import TimeWindow, parse_time

    if start is None and end is None:
        return None
    first = parse_time(start) if start else datetime(1, 1, 1, tzinfo=UTC)
    return TimeWindow(first, parse_time(end) if end else datetime(9999, 12, 31, tzinfo=UTC))


def _show(report: PatternReport, form: Form, language: Language, output: Path | None) -> None:
    if form == "table":
        from fa2.renderers import patterns_table

        screen = output is None and sys.stdout.isatty()
        color = screen and SETTINGS.color
        write(patterns_table.render(report, language, _screen_width() if screen else None, color), output)
    elif form == "json":
        from fa2.renderers import patterns_json

        write(patterns_json.render(report), output)
    elif form == "html":
        from fa2.renderers import patterns_html

        write(patterns_html.render(report, language), output)
    else:
        from fa2.renderers import patterns_csv

        write(patterns_csv.render(report), output)


def _screen_width() -> int:
    """Return the columns of the terminal: patterns are long, and a wide window is there to be used."""
    return max(60, shutil.get_terminal_size((100, 24)).columns)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("patterns", help=_help("command"), epilog=_help("examples"))(patterns)
