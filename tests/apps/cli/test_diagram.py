"""fa2 diagram: the failing path of a report or a bundle, as text or picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from fa2.apps.cli import diagram
from fa2.core.errors import UnusableInput

BUNDLE = Path(__file__).parents[3] / "examples" / "incidents" / "slow-dependency"
REPORT = Path(__file__).parents[2] / "renderers" / "snapshots" / "outage.en.json"


@pytest.fixture
def app() -> Typer:
    made = Typer()
    diagram.add_to(made)
    return made


def test_a_report_is_drawn_as_mermaid(app: Typer) -> None:
    result = CliRunner().invoke(app, [str(REPORT)])
    assert result.exit_code == 0
    assert result.stdout.startswith("flowchart LR\n")
    assert "orders-db<br/>#9679; suspect 1" in result.stdout


def test_the_language_can_be_chosen(app: Typer) -> None:
    result = CliRunner().invoke(app, [str(REPORT), "--language", "ja"])
    assert "原因候補 1" in result.stdout


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<svg "), (".PNG", b"\x89PNG"), (".mmd", b"flowchart LR")])
def test_the_ending_of_the_file_chooses_the_form(app: Typer, tmp_path: Path, suffix: str, begins: bytes) -> None:
    drawn = tmp_path / f"path{suffix}"
    assert CliRunner().invoke(app, [str(REPORT), "-o", str(drawn)]).exit_code == 0
    assert drawn.read_bytes().startswith(begins)


def test_another_ending_is_refused_before_anything_is_done(app: Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "none.json"), "-o", str(tmp_path / "path.pdf")])
    assert isinstance(result.exception, UnusableInput)
    assert result.exception.key == "errors.picture"


def test_a_folder_that_is_not_there_is_named(app: Typer, tmp_path: Path) -> None:
    drawn = tmp_path / "no" / "path.png"
    result = CliRunner().invoke(app, [str(REPORT), "-o", str(drawn)])
    assert isinstance(result.exception, UnusableInput)
    assert result.exception.key == "errors.output"


def test_a_bundle_is_investigated_first(app: Typer) -> None:
    result = CliRunner().invoke(app, [str(BUNDLE), "--language", "en"])
    assert result.exit_code == 0
    first = next(line for line in result.stdout.splitlines() if ":::first" in line)
    assert '["payments<br/>#9679; suspect 1' in first
