"""fa2 eval as a person types it: rules on the examples, arms with a model, a bound, ctrl-C and going on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from evaluated import analysis, bundle, label, report
from fa2.apps.cli import evaluating
from fa2.core.bundle import Bundle
from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Arm
from fa2.core.report import Report
from fa2.investigator.agent import Models
from fa2.wiring import evaluations, model

EXAMPLES = Path("examples/incidents")
MODEL = ("--model", "openai:test", "--base-url", "http://127.0.0.1:9/v1")
APP = typer.Typer()
evaluating.add_to(APP)
APP.command("other")(lambda: None)

Fake = Callable[[Bundle, Arm], Report]


class Priced:
    """A model that is not asked."""

    name = "openai:test"

    def __init__(self, price: tuple[float, float] | None) -> None:
        self.usd_per_token = price


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    names = {"a": {"verdict": "incident", "service": "payments"}, "b": {"verdict": "incident", "service": "cart"}}
    for name in (*names, "quiet"):
        bundle(tmp_path / "cases" / name)
    return label(tmp_path / "cases", {**names, "quiet": {"verdict": "no_incident"}})


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(fake: Fake, price: tuple[float, float] | None = (1e-6, 1e-6)) -> None:
        monkeypatch.setattr(evaluations, "investigator", lambda *_: fake)
        monkeypatch.setattr(model, "open_models", lambda *_: Models(Priced(price), Priced(price)))  # type: ignore[arg-type]

    return put


def by_arm(_: Bundle, arm: Arm) -> Report:
    return report({"cart": 0.9, "payments": 0.5}, model=None if arm == "rules" else analysis(["payments"]))


def evaluated(*words: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(APP, ["eval", *map(str, words)])
    if isinstance(result.exception, UnusableInput):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def test_the_rules_find_the_causes_of_examples(tmp_path: Path) -> None:
    truths = json.loads((EXAMPLES / "truth.json").read_text())
    label(tmp_path / "past", {name: truths[name] for name in ("slow-dependency", "quiet")})
    for name in ("slow-dependency", "quiet"):
        shutil.copytree(EXAMPLES / name, tmp_path / "past" / name)
    result = evaluated(tmp_path / "past", "-o", tmp_path / "out.json", "--jobs", "2")
    assert "2 cases: 1 incidents, 1 quiet; 2 investigations." in result.stdout
    (rules,) = json.loads((tmp_path / "out.json").read_text())["figures"]
    shares = {name: rules[name]["value"] for name in ("top1", "named", "quiet_right")}
    assert (rules["arm"], shares) == ("rules", {"top1": 1, "named": 1, "quiet_right": 1})
    assert "2/2 Rules, " in result.stderr


def test_figures_come_as_markdown_and_json_too(cases: Path, tmp_path: Path, with_model: Callable[..., None]) -> None:
    with_model(by_arm)
    result = evaluated(cases, "-o", tmp_path / "out.md", "--format", "json", "--only", "a", "--language", "ja")
    assert json.loads(result.stdout)["outcomes"][0]["case"] == "a"
    assert "原因が 1 位" in (tmp_path / "out.md").read_text()


def test_with_a_model_there_are_three_arms_and_what_it_may_cost_is_told_first(
    cases: Path, with_model: Callable[..., None]
) -> None:
    with_model(by_arm)
    result = evaluated(cases, *MODEL, "--repeat", "2", "--format", "json")
    figures = {of["arm"]: of for of in json.loads(result.stdout)["figures"]}
    assert [of["investigations"] for of in figures.values()] == [3, 6, 6]
    assert figures["agent"]["top1"]["value"] == 0.5
    assert figures["agent"]["disagreement"] == {
        "times": 4,
        "of": 4,
        "model_right": 2,
        "rules_right": 2,
        "both_right": 0,
    }
    assert figures["agent"]["invented"]["value"] == 1.0
    assert figures["agent"]["usd_total"] == pytest.approx(0.12)
    lines = result.stderr.splitlines()
    assert lines[0] == "3 cases: 3 investigations by rules, 6 by a model without tools, 6 by one with tools."
    assert "at most $1 each, $12 together" in lines[2]


def test_a_bound_for_all_is_kept_and_what_is_missing_is_said(cases: Path, with_model: Callable[..., None]) -> None:
    with_model(by_arm)
    result = evaluated(cases, *MODEL, "--arm", "agent", "--repeat", "3", "--max-usd", "1.05")
    assert "The money did not suffice. 6 investigations are missing." in result.stdout


def test_a_bound_without_known_prices_is_refused(cases: Path, with_model: Callable[..., None]) -> None:
    with_model(by_arm, None)
    with pytest.raises(UnusableInput, match="cannot be kept"):
        evaluated(cases, *MODEL, "--max-usd", "1")
    assert "What the model costs is not known" in evaluated(cases, *MODEL).stderr


def test_an_arm_with_a_model_needs_one(cases: Path) -> None:
    with pytest.raises(UnusableInput, match="needs a model"):
        evaluated(cases, "--arm", "agent")


def test_ctrl_c_prints_and_keeps_what_is_done_and_it_is_gone_on_with(
    cases: Path, tmp_path: Path, with_model: Callable[..., None]
) -> None:
    record = tmp_path / "out.json"
    asked: list[Arm] = []

    def stopped(found: Bundle, arm: Arm) -> Report:
        asked.append(arm)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return by_arm(found, arm)

    with_model(stopped)
    result = evaluated(cases, *MODEL, "-o", record, code=130)
    assert "Interrupted. 7 investigations are missing." in result.stdout
    assert len(json.loads(record.read_text())["outcomes"]) == 2

    asked.clear()
    asked += ["rules"] * 3  # beyond the third, so that nobody stops it
    result = evaluated(cases, *MODEL, "--resume", record, "--format", "json")
    assert len(asked) == 3 + 7
    assert "2 are done already." in result.stderr
    made = json.loads(record.read_text())
    assert (len(made["outcomes"]), made["stopped"]) == (9, None)
    assert made == json.loads(result.stdout)


def test_every_outcome_is_saved_before_the_next_begins(
    cases: Path, tmp_path: Path, with_model: Callable[..., None]
) -> None:
    record, sizes = tmp_path / "out.json", []

    def looking(found: Bundle, arm: Arm) -> Report:
        sizes.append(len(json.loads(record.read_text())["outcomes"]) if record.exists() else 0)
        return by_arm(found, arm)

    with_model(looking)
    evaluated(cases, "-o", record)
    assert sizes == [0, 1, 2]
