"""fa2 findings: open findings of Security Hub and GuardDuty as a report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.aws_options import ConfigFile, DeadlineS, Profile, Region, Set
from fa2.apps.cli.options import SETTINGS, TEXTS, nameable, width, write
from fa2.core.messages import Language

if TYPE_CHECKING:
    from fa2.core.findings_report import FindingsReport, Label

Form = Literal["terminal", "markdown", "html", "json"]
Least = Literal["critical", "high", "medium", "low", "informational"]
_SUFFIXES: dict[str, Form] = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}


def _help(name: str) -> str:
    return TEXTS.template(f"findings_report.help.{name}")


def _each_nameable(paths: list[Path] | None) -> list[Path]:
    return [path for path in paths or () if nameable(path)]


def findings(
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="BUNDLE_OR_FILES", callback=_each_nameable, help=_help("source")),
    ] = None,
    severity: Annotated[Least | None, typer.Option("--severity", case_sensitive=False, help=_help("severity"))] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, metavar="N", help=_help("days"))] = None,
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
    format: Annotated[Form | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    deadline: DeadlineS = None,
) -> None:
    """Report on findings: offline where --from names something, else live."""
    from fa2.apps.cli.aws_options import settings_of
    from fa2.apps.cli.clocks import SystemClock
    from fa2.apps.cli.progress import watching
    from fa2.wiring.findings import FindingsRequest, live_report, offline_report

    request = FindingsRequest(days, _label(severity))
    spoken = language or SETTINGS.language or "en"
    with watching(TEXTS) as watch:
        if source:
            report = offline_report(source, request, watch)
        else:
            loaded = settings_of(config, stated, profile=profile, regions=region, deadline_s=deadline)
            spoken = language or SETTINGS.language or loaded.configuration.report.language or "en"
            report = live_report(loaded.configuration, request, SystemClock().now(), watch)
    form = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "terminal"
    write(_rendered(report, form, spoken, output), output)


def _label(severity: Least | None) -> Label | None:
    from fa2.core.findings_report import LABELS

    return next((label for label in LABELS if severity and label == severity.upper()), None)


def _rendered(report: FindingsReport, form: Form, language: Language, output: Path | None) -> str:
    match form:
        case "json":
            from fa2.renderers import findings_json

            return findings_json.render(report)
        case "html":
            from fa2.renderers import findings_html

            return findings_html.render(report, language)
        case "markdown":
            from fa2.renderers import findings_markdown

            return findings_markdown.render(report, language)
        case "terminal":
            from fa2.renderers import findings_terminal

            color = output is None and sys.stdout.isatty() and SETTINGS.color
            return findings_terminal.render(report, language, width=width(), color=color)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("findings", help=_help("command"), epilog=_help("examples"))(findings)
