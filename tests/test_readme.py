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
