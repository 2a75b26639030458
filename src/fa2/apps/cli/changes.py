"""fa2 changes: what AWS Config recorded in a month, against the months before it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.aws_options import ConfigFile, DeadlineS, MaxUsd, Profile, Set, estimate_lines, settings_of
from fa2.apps.cli.options import SETTINGS, TEXTS, nameable, width, write
from fa2.core.errors import UnusableInput
from fa2.core.messages import Language

if TYPE_CHECKING:
    from fa2.config.sections import Configuration
    from fa2.core.monthly_changes import Breakdown, MonthlyChanges
    from fa2.wiring.changes import ChangesRequest
    from fa2.wiring.changes_in_athena import ScanPlan

Form = Literal["terminal", "markdown", "html", "json"]
By = Literal["type", "resource", "account", "region", "action"]
_SUFFIXES: dict[str, Form] = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}


def _help(name: str) -> str:
    return TEXTS.template(f"changes.help.{name}")


def _each_nameable(paths: list[Path] | None) -> list[Path]:
    return [path for path in paths or () if nameable(path)]


def changes(
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help=_help("month"))] = None,
    source: Annotated[
        list[Path] | None, typer.Option("--from", metavar="PATH", callback=_each_nameable, help=_help("source"))
    ] = None,
    type: Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", help=_help("type"))] = None,
    account: Annotated[list[str] | None, typer.Option("--account", metavar="ID", help=_help("account"))] = None,
    region: Annotated[list[str] | None, typer.Option("--region", metavar="REGION", help=_help("region"))] = None,
    by: Annotated[By | None, typer.Option("--by", help=_help("by"))] = None,
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help=_help("question"))] = "",
    months_before: Annotated[int, typer.Option("--months-before", min=0, max=35, help=_help("months_before"))] = 12,
    format: Annotated[Form | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    language: Annotated[Language | None, typer.Option("--language", help=_help("language"))] = None,
    ddl: Annotated[bool, typer.Option("--ddl", help=_help("ddl"))] = False,
    cloudformation: Annotated[bool, typer.Option("--cloudformation", help=_help("cloudformation"))] = False,
    bucket: Annotated[str, typer.Option("--bucket", metavar="NAME", help=_help("bucket"))] = "",
    accounts: Annotated[str, typer.Option("--accounts", metavar="A,B", help=_help("accounts"))] = "",
    regions: Annotated[
        str, typer.Option("--regions", metavar="R,S", help=_help("regions"))
    ] = "us-east-1,ap-northeast-1",
    prefix: Annotated[str, typer.Option("--prefix", metavar="PREFIX", help=_help("prefix"))] = "",
    table: Annotated[str, typer.Option("--table", metavar="DATABASE.TABLE", help=_help("table"))] = "lake.awsconfig",
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    deadline: DeadlineS = None,
    max_usd: MaxUsd = None,
) -> None:
    """Count what AWS Config recorded in a month."""
    if ddl or cloudformation:
        write(_table(bucket, (accounts, regions), (prefix, table), as_template=cloudformation), output)
        return
    from fa2.core.months import Month
    from fa2.wiring.changes import ChangesRequest

    if month is None:
        raise UnusableInput("changes.error.no_month")
    request = ChangesRequest(
        month=Month.parse(month),
        types=tuple(type or ()),
        accounts=tuple(account or ()),
        regions=tuple(region or ()),
        question=question,
        months_before=months_before,
    )
    loaded = settings_of(config, stated, profile=profile, deadline_s=deadline, max_usd=max_usd)
    report = _counted(request, source or [], loaded.configuration)
    form = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "terminal"
    spoken = language or SETTINGS.language or loaded.configuration.report.language or "en"
    write(_rendered(report, form, spoken, by, output), output)


def _counted(request: ChangesRequest, paths: list[Path], configuration: Configuration) -> MonthlyChanges:
    """Count in files where some are named, else in Athena where [changes] names a table, else in this folder."""
    from fa2.apps.cli.progress import watching
    from fa2.core.ports import Progress
    from fa2.wiring.changes import changes_report, local_place

    with watching(TEXTS) as watch:
        if configuration.changes.database and not paths:
            from fa2.wiring.changes_in_athena import changes_in_athena

            watch(Progress("collect_aws", 0, 1))
            return changes_in_athena(request, configuration, _tell)
        if not paths:
            typer.echo(TEXTS.text("changes.live.here"), err=True)
        place = local_place(paths or [Path(".")], lambda done, total: watch(Progress("collect", done, total)))
        return changes_report(request, place)


def _tell(plan: ScanPlan) -> None:
    """Say on standard error what asking will read and cost."""
    for line in estimate_lines(plan.estimates, plan.limit_usd):
        typer.echo(line, err=True)
    if not plan.known:
        typer.echo(TEXTS.text("changes.live.stopped_at", most=plan.most_bytes), err=True)


def _table(bucket: str, places: tuple[str, str], names: tuple[str, str], *, as_template: bool) -> str:
    from fa2.changes.config_table import ConfigTable, cloudformation, ddl

    accounts, regions = (tuple(filter(None, (part.strip() for part in given.split(",")))) for given in places)
    prefix, (database, _, name) = names[0], names[1].partition(".")
    found = ConfigTable(bucket, accounts, regions, database, name, prefix)
    return cloudformation(found) if as_template else ddl(found)


def _rendered(report: MonthlyChanges, form: Form, language: Language, by: Breakdown | None, output: Path | None) -> str:
    match form:
        case "json":
            from fa2.renderers import changes_json

            return changes_json.render(report)
        case "html":
            from fa2.renderers import changes_html

            return changes_html.render(report, language, by)
        case "markdown":
            from fa2.renderers import changes_markdown

            return changes_markdown.render(report, language, by)
        case "terminal":
            from fa2.renderers import changes_terminal

            screen = output is None and sys.stdout.isatty()
            color = screen and SETTINGS.color
            return changes_terminal.render(report, language, by, width=width(), color=color)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("changes", help=_help("command"), epilog=_help("examples"))(changes)
