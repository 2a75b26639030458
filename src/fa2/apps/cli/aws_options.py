"""Options of commands that ask AWS: the settings file, flags that override it, and what is told first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fa2.apps.cli.options import TEXTS, cli_text, nameable, width
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fa2.config.loading import Loaded
    from fa2.config.sections import Configuration
    from fa2.core.budgets import Estimate
    from fa2.wiring.aws import Prepared

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FA2.TOML", callback=nameable, help=cli_text("option.config"))
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help=cli_text("option.set"))]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help=cli_text("option.profile"))]
Region = Annotated[list[str] | None, typer.Option("--region", metavar="REGION", help=cli_text("option.region"))]
DeadlineS = Annotated[float | None, typer.Option("--deadline", metavar="SECONDS", help=cli_text("option.deadline"))]
MaxUsd = Annotated[float | None, typer.Option("--max-usd", metavar="DOLLARS", help=cli_text("option.max_usd"))]
Keep = Annotated[Path | None, typer.Option("--keep", metavar="BUNDLE", callback=nameable, help=cli_text("option.keep"))]
AlarmName = Annotated[str | None, typer.Option("--alarm", metavar="NAME", help=cli_text("option.alarm"))]

_ABOUT_DATA_AT_HAND = ("FA2_DOCUMENTS__", "FA2_MODEL__", "FA2_PAST__", "FA2_REPORT__")
"""Beginnings of variables that matter where AWS is not asked."""


def settings_of(
    config: Path | None,
    stated: list[str] | None,
    *,
    profile: str | None = None,
    regions: list[str] | None = None,
    deadline_s: float | None = None,
    max_usd: float | None = None,
) -> Loaded:
    """Return the settings with the flags on top. Raises UnusableInput for what is not valid."""
    from fa2.config.loading import load

    named = {
        "aws.profile": profile,
        "aws.regions": regions or None,
        "limits.deadline_s": deadline_s,
        "limits.max_usd": max_usd,
    }
    flags = {**dict(map(_assignment, stated or [])), **{k: v for k, v in named.items() if v is not None}}
    return load(config, flags=flags)


def settings_if_any(config: Path | None, stated: list[str] | None) -> Loaded | None:
    """Return the settings for data at hand; null, and nothing is read, where nobody states any.

    Raises UnusableInput for what is not valid.
    """
    import os

    from fa2.config.loading import found_file

    said = any(name.upper().startswith(_ABOUT_DATA_AT_HAND) for name in os.environ)
    return settings_of(config, stated) if config or stated or said or found_file() else None


def _assignment(text: str) -> tuple[str, object]:
    """Return SECTION.KEY and the value, read as TOML where it is, else as text."""
    import tomllib

    key, equals, value = text.partition("=")
    if not equals or key.count(".") != 1:
        raise UnusableInput("errors.config.set", text=text[:120])
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def plan_lines(prepared: Prepared) -> Iterator[str]:
    """Yield what is asked of whom, with bytes and dollars, and what it comes to beside the limit."""
    from fa2.core.windows import iso

    window, normal = prepared.incident.window, prepared.incident.baselines
    yield TEXTS.text("cli.plan.window", start=iso(window.start), end=iso(window.end))
    for times in normal:
        yield TEXTS.text("cli.plan.compared", start=iso(times.start), end=iso(times.end))
    yield from estimate_lines(prepared.estimates, prepared.budget.usd or 0.0)


def estimate_lines(estimates: Sequence[Estimate], limit_usd: float) -> Iterator[str]:
    """Yield a row for each estimate, with bytes and dollars, and what they come to beside the limit."""
    from fa2.apps.cli.estimates_table import dollars, estimate_rows

    yield from estimate_rows(estimates, width=width(), texts=TEXTS)
    known = [e.usd for e in estimates if e.usd is not None]
    unknown = len(estimates) - len(known)
    yield TEXTS.text("cli.plan.total", usd=dollars(sum(known)), limit=dollars(limit_usd))
    if unknown:
        yield TEXTS.text("cli.plan.unknown", n=unknown)


def model_lines(configuration: Configuration) -> Iterator[str]:
    """Yield what a configured model may use up beside that; nothing where none is."""
    from fa2.apps.cli.estimates_table import dollars
    from fa2.renderers.wording import one_line
    from fa2.wiring.model_access import bound_of_model

    bound = bound_of_model(configuration)
    if bound is None:
        return
    names = one_line(TEXTS.template("report.list_separator").join(bound.names))
    key = "cli.plan.model_unpriced" if bound.usd is None else "cli.plan.model"
    usd = dollars(bound.usd or 0.0)
    yield TEXTS.text(key, names=names, tokens=bound.tokens, seconds=bound.seconds, usd=usd)
