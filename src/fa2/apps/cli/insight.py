"""fa2 insight: a question on how a workload does, answered by its metrics, live or from a bundle."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fa2.apps.cli.aws_options import ConfigFile, DeadlineS, MaxUsd, Profile, Region, Set, settings_of
from fa2.apps.cli.clocks import SystemClock
from fa2.apps.cli.options import SETTINGS, TEXTS, ReportLanguage, nameable, width, write
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from fa2.config.sections import Configuration
    from fa2.core.budgets import Budget
    from fa2.core.deadlines import Deadline
    from fa2.core.insight import Insight, MetricStore
    from fa2.core.windows import TimeWindow
    from fa2.sources.aws.accounts import Account

Format = Literal["terminal", "markdown", "html", "json"]
_SUFFIXES: dict[str, Format] = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}


@dataclass(frozen=True)
class Place:
    """Where a question is asked."""

    metrics: MetricStore
    name: str
    """The bundle, or the accounts and regions."""
    window: TimeWindow
    period_s: int


def _help(name: str) -> str:
    return TEXTS.template(f"insight.help.{name}")


def insight(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=_help("question"))],
    days: Annotated[int | None, typer.Option("--days", min=1, max=14, help=_help("days"))] = None,
    period: Annotated[int | None, typer.Option("--period", min=60, max=86400, help=_help("period"))] = None,
    service: Annotated[list[str] | None, typer.Option("--service", metavar="NAME", help=_help("service"))] = None,
    namespace: Annotated[list[str] | None, typer.Option("--namespace", metavar="NAME", help=_help("namespace"))] = None,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE", help=_help("zone"))] = None,
    bundle: Annotated[
        Path | None, typer.Option("--from", metavar="BUNDLE", callback=nameable, help=_help("from"))
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=50, help=_help("most"))] = 8,
    format: Annotated[Format | None, typer.Option("--format", help=_help("format"))] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", callback=nameable, help=_help("output"))
    ] = None,
    language: ReportLanguage = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    deadline: DeadlineS = None,
    max_usd: MaxUsd = None,
) -> None:
    """Answer a question from metrics."""
    from fa2.config.zones import asker_zone
    from fa2.insights.answering import Question, answer
    from fa2.insights.choosing import ByRules

    loaded = settings_of(config, stated, profile=profile, regions=region, deadline_s=deadline, max_usd=max_usd)
    configuration = loaded.configuration
    zone_name, asked_in = asker_zone(zone or "", configuration.report.time_zone)
    place = _of_bundle(bundle, days) if bundle else _live(configuration, days or 1, namespace or [])
    with place as found:
        asked = Question(
            text=question,
            window=found.window,
            zone=asked_in,
            zone_name=zone_name,
            language=language or SETTINGS.language or configuration.report.language or "en",
            period_s=-(-period // 60) * 60 if period else found.period_s,
            most=most,
        )
        choose = ByRules(tuple(service or ()), tuple(namespace or ()))
        told = answer(asked, found.metrics, choose, place=found.name)
    _show(told, format, output)


def _show(told: Insight, format: Format | None, output: Path | None) -> None:
    chosen = format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "terminal"
    if chosen == "terminal":
        from fa2.renderers.insight_terminal import render

        screen = output is None and sys.stdout.isatty()
        write(render(told, width() if screen else None, screen and SETTINGS.color), output)
    else:
        write(_renderer(chosen)(told), output)


def _renderer(form: Literal["markdown", "html", "json"]) -> Callable[[Insight], str]:
    from fa2.renderers import insight_html, insight_json, insight_markdown

    return {"markdown": insight_markdown.render, "html": insight_html.render, "json": insight_json.render}[form]


@contextmanager
def _of_bundle(path: Path, days: int | None) -> Iterator[Place]:
    """Open a bundle's metrics; the window ends with their last point and is as long as they are where nobody says.

    Raises UnusableInput when there are none.
    """
    from fa2.core.bundle import opened
    from fa2.core.telemetry import Telemetry
    from fa2.insights.answering import days_up_to, default_period
    from fa2.insights.bundle_metrics import BundleMetrics

    with opened(path) as bundle, Telemetry.of(bundle) as telemetry:
        metrics = BundleMetrics(telemetry, str(path), parts=(bundle.folder / "metrics").is_dir())
        covered = metrics.covered()
        if covered is None:
            raise UnusableInput("insight.error.no_metrics", path=str(path))
        window = days_up_to(covered.end, days) if days else covered
        yield Place(metrics, str(path), window, default_period(days) if days else metrics.period_of(window))


@contextmanager
def _live(configuration: Configuration, days: int, namespaces: Sequence[str]) -> Iterator[Place]:
    """Open the accounts and regions of the configuration; the window ends now."""
    from fa2.apps.cli.progress import watching
    from fa2.core.budgets import Budget
    from fa2.insights.answering import days_up_to, default_period
    from fa2.wiring.aws import Live

    clock = SystemClock()
    with watching(TEXTS) as watch:
        opened = Live(configuration, watch).open()
        budget = Budget(usd=configuration.limits.max_usd)
        metrics = open_metrics(opened.accounts, configuration, opened.deadline, budget=budget, namespaces=namespaces)
        name = ", ".join(f"{account.id}/{account.region}" for account in opened.accounts)
        now = clock.now().replace(microsecond=0)
        yield Place(metrics, name, days_up_to(now, days), default_period(days))


def open_metrics(
    accounts: Sequence[Account],
    configuration: Configuration,
    deadline: Deadline,
    *,
    budget: Budget,
    namespaces: Sequence[str] = (),
) -> MetricStore:
    """Return the metrics of some accounts as one place to ask. namespaces: narrows what is listed; empty: all."""
    from fa2.sources.aws.cloudwatch_metrics.insight_metrics import AccountMetrics, ManyAccounts
    from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings

    settings = configuration.of_source("cloudwatch_metrics")
    if not isinstance(settings, CloudWatchMetricsSettings):
        settings = CloudWatchMetricsSettings()
    if namespaces:
        settings = settings.model_copy(update={"namespaces": list(namespaces)})
    return ManyAccounts(
        [
            AccountMetrics(
                account,
                settings=settings,
                deadline=deadline,
                budget=budget,
                prices=configuration.prices,
                clock=SystemClock().now,
            )
            for account in accounts
        ]
    )


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("insight", help=_help("command"), epilog=_help("examples"))(insight)
