"""The README says what is so."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.ja.md"]


@pytest.mark.parametrize("name", READMES)
def test_every_registered_reader_is_in_the_table_and_no_other(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    table = text.partition("<!-- sources")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)` \|$", table, flags=re.MULTILINE))
    assert named == {point.name for point in entry_points(group="fa2.local_sources")}


@pytest.mark.parametrize("name", READMES)
def test_links_to_files_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^):#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_commands_and_options_exist(name: str) -> None:
    from typer.main import get_command

    from fa2.apps.cli.commands import app

    text = (ROOT / name).read_text(encoding="utf-8")
    command = get_command(app)
    used = re.findall(r"^\s+(?:\$ |\.venv/bin/)fa2 (\w+)([^\n#]*)", text, flags=re.MULTILINE)
    assert used
    for verb, rest in used:
        parts = getattr(command.commands[verb], "commands", {verb: command.commands[verb]}).values()
        known = {option for part in parts for parameter in part.params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= known, verb


CONFIGURED = {
    "alb_access_logs": {"database": "logs", "table": "alb"},
    "cloudtrail_athena": {"database": "logs", "table": "cloudtrail"},
    "knowledge_base": {"id": "KB12345678"},
}
"""What has the sources that ask nothing by themselves ask."""


@pytest.mark.parametrize("name", READMES)
def test_the_iam_actions_are_those_that_the_sources_declare(name: str) -> None:
    from fa2.wiring.aws import aws_sources

    text = (ROOT / name).read_text(encoding="utf-8")
    table = text.partition("<!-- aws sources")[2].partition("\n\n")[0]
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", table, flags=re.MULTILINE))
    declared = {
        source.name: {p.action for p in source.permissions(source.settings(**CONFIGURED.get(source.name, {})))}
        for source in aws_sources()
    }
    assert {name: _actions(cell) for name, cell in told.items()} == declared


def _actions(cell: str) -> set[str]:
    """Return the actions in a cell written `service: Action, Action; service: Action`."""
    services = (part.split(": ") for part in cell.split("; "))
    return {f"{service}:{action}" for service, actions in services for action in actions.split(", ")}
