"""Help is quick, complete and in the reader's language."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import fa2 as package
from scenes import fa2, succeeded

HEAVY = {"boto3", "botocore", "pyarrow", "duckdb", "numpy", "pandas"}
COMMANDS = ("investigate", "collect", "verify", "validate", "patterns", "query")


def loaded(*command: str) -> set[str]:
    """Return the top-level modules that a command imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    modules = set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert "fa2" in modules
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "command",
    [
        ("-c", "import fa2"),
        ("-c", "import fa2.apps.cli"),
        *(("-m", "fa2", *c, "--help") for c in ((), *((name,) for name in COMMANDS))),
    ],
    ids=" ".join,
)
def test_what_answers_at_once_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    assert not loaded(*command) & HEAVY


def test_help_names_every_command_and_what_it_does() -> None:
    text = succeeded("--help")
    assert "what broke, and why?" in text
    for command in COMMANDS:
        assert re.search(rf"^  {command}  +\S", text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_explains_each_option_and_gives_an_example(command: str) -> None:
    text = succeeded(command, "--help", COLUMNS="120")
    assert re.search(rf"^ +fa2 (investigate BUNDLE -o report\.json && fa2 )?{command} ", text, re.MULTILINE)
    for option in re.findall(r"^  (--[a-z-]+|-o, --output)", text, re.MULTILINE):
        assert re.search(rf"{option}.*(?:  |\n +)\S", text)


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("setting", ["FA2_LANGUAGE", "LANG", "LC_ALL"])
def test_help_is_in_japanese_for_a_japanese_reader(command: str, setting: str) -> None:
    text = succeeded(*command.split(), "--help", **{setting: "ja_JP.UTF-8"})
    assert re.search("[ぁ-ん]", text)
    assert text != succeeded(*command.split(), "--help")
    assert "what broke" not in text


def test_the_contract_options_are_there() -> None:
    text = succeeded("investigate", "--help")
    for option in ("--from", "--to", "--baseline", "--question", "--language", "--no-llm", "--format", "--output"):
        assert option in text


def test_the_version_is_told() -> None:
    assert succeeded("--version") == f"fa2 {package.__version__}\n"


def test_without_a_command_help_is_shown() -> None:
    done = fa2()
    assert done.returncode == 2
    assert b"Usage: " in done.stdout + done.stderr
