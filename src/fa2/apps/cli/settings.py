"""`fa2 init` writes a commented fa2.toml, `fa2 config` shows the settings in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fa2.apps.cli.aws_options import ConfigFile, Set, settings_of
from fa2.apps.cli.options import TEXTS, ReportLanguage, cli_text, nameable, write
from fa2.core.errors import UnusableInput


def init(
    path: Annotated[Path, typer.Argument(metavar="PATH", callback=nameable, help=cli_text("init.path"))] = Path(
        "fa2.toml"
    ),
    language: ReportLanguage = None,
) -> None:
    """Write a settings file with every key, commented."""
    from fa2.config.template import template
    from fa2.core.messages import catalogue

    if str(path) != "-" and path.exists():
        raise UnusableInput("errors.exists", path=str(path))
    texts = catalogue(language) if language else TEXTS
    _make_folder(path.parent)
    write(template(texts), path)
    if str(path) != "-":
        typer.echo(texts.text("cli.init.written", path=str(path)), err=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInput("errors.output", path=str(folder), problem=error.strerror or str(error)) from error


def config(
    file: ConfigFile = None,
    stated: Set = None,
    every: Annotated[bool, typer.Option("--all", help=cli_text("config.all"))] = False,
) -> None:
    """Show the settings in force and where each comes from."""
    from fa2.config.template import toml_value
    from fa2.renderers.wording import visible

    loaded = settings_of(file, stated)
    where = str(loaded.file) if loaded.file else TEXTS.text("cli.config.no_file")
    typer.echo(f"# {visible(where)}")
    for section, values in loaded.configuration.model_dump(mode="json").items():
        shown = {key: value for key, value in values.items() if every or f"{section}.{key}" in loaded.origins}
        if shown:
            typer.echo(f"\n[{section}]")
        for key, value in shown.items():
            origin = TEXTS.text(f"cli.config.{loaded.origins.get(f'{section}.{key}', 'default')}")
            line = f"{key} = {toml_value(value)}" if value is not None else f"# {key} ="
            typer.echo(visible(f"{line}  # {origin}"))
    if not loaded.origins:
        typer.echo(TEXTS.text("cli.config.nothing"))


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("init", help=cli_text("init.help"), epilog=cli_text("init.examples"))(init)
    app.command("config", help=cli_text("config.help"), epilog=cli_text("config.examples"))(config)
