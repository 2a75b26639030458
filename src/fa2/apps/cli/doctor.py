"""`fa2 doctor` tries what each AWS source needs, `fa2 iam` prints the policy that allows it."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from fa2.apps.cli.aws_options import ConfigFile, DeadlineS, Profile, Region, Set, settings_of
from fa2.apps.cli.documents import place_of
from fa2.apps.cli.options import SETTINGS, TEXTS, From, To, cli_text, width, window_of
from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from fa2.core.coverage import CoverageEntry

_HOURS = 3
"""How long the window is for which retention and sampling are looked at, where none is given."""


def doctor(
    start: From = None,
    end: To = None,
    config: ConfigFile = None,
    stated: Set = None,
    profile: Profile = None,
    region: Region = None,
    deadline_s: DeadlineS = None,
) -> None:
    """Try what each source needs and say what is missing, with the remedy."""
    from fa2.apps.cli.clocks import SystemClock
    from fa2.apps.cli.doctor_lines import colored, doctor_lines
    from fa2.apps.cli.progress import watching
    from fa2.core.windows import TimeWindow
    from fa2.wiring.aws import Live
    from fa2.wiring.model_access import examine_model

    loaded = settings_of(config, stated, profile=profile, regions=region, deadline_s=deadline_s)
    now = SystemClock().now()
    window = window_of(start, end) or TimeWindow(now - timedelta(hours=_HOURS), now)

    def tell(places: list[tuple[str, str]], tried: list[CoverageEntry]) -> None:
        for line in doctor_lines(places, window, tried, width=width(), texts=TEXTS):
            typer.echo(colored(line, TEXTS) if SETTINGS.color and sys.stdout.isatty() else line)

    try:
        with watching(TEXTS) as watch:
            opened, tried = Live(loaded.configuration, watch, documents=place_of(loaded)).examine(window)
    except UnusableInput:  # without AWS a model may answer all the same
        if loaded.configuration.model.provider in ("anthropic", "openai"):
            tell([], examine_model(loaded.configuration))
        raise
    tell([(account.id, account.region) for account in opened.accounts], tried)
    raise typer.Exit(1 if any(entry.status == "failed" for entry in tried) else 0)


def iam(
    config: ConfigFile = None,
    stated: Set = None,
    account: Annotated[str, typer.Option("--account", metavar="ID", help=cli_text("iam.account"))] = "*",
    region: Annotated[str, typer.Option("--region", metavar="REGION", help=cli_text("iam.region"))] = "*",
) -> None:
    """Print the least policy that the configured sources need."""
    from fa2.apps.cli.progress import watching
    from fa2.sources.aws.permissions import Ground, policy
    from fa2.wiring.aws import Live

    _check(account, region)
    loaded = settings_of(config, stated)
    with watching(TEXTS) as watch:
        needed = Live(loaded.configuration, watch).permissions()
    typer.echo(policy(needed, Ground(account=account, region=region)))


def _check(account: str, region: str) -> None:
    """Raise UnusableInput for what is no account id or region: a policy of it would allow nothing."""
    if not re.fullmatch(r"\d{12}|\*", account):
        raise UnusableInput("errors.aws.policy_account", account=account)
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d|\*", region):
        raise UnusableInput("errors.aws.policy_region", region=region)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("doctor", help=cli_text("doctor.help"), epilog=cli_text("doctor.examples"))(doctor)
    app.command("iam", help=cli_text("iam.help"), epilog=cli_text("iam.examples"))(iam)
