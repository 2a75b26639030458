"""A model as it is asked for in a terminal: replayed from a record, shown beforehand, refused with the remedy."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conversing import call, concluded
from scripted import ScriptedModel, said

from fa2.core.bundle import opened
from fa2.core.messages import LANGUAGES, Language
from fa2.core.model_run import ModelRun
from fa2.core.telemetry import Telemetry
from fa2.investigator.agent import Models
from fa2.investigator.limits import Limits
from fa2.pipeline import investigate
from fa2.renderers.wording import with_texts
from fa2.wiring.investigations import stages
from fa2.wiring.model import Investigator
from scenes import failed, outage, succeeded

PERSONAL = "ERROR refused for taro.yamada@example.co.jp"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = outage()
    for at in range(10):
        scene.log(at, PERSONAL, service="web", level="ERROR")
    return scene.write(tmp_path_factory.mktemp("model") / "outage")


def recorded(bundle: Path, folder: Path, language: Language = "en") -> Path:
    """Return the record of an honest model on a bundle."""
    runs: list[ModelRun] = []
    with opened(bundle) as found, Telemetry.of(found) as telemetry:
        report = with_texts(investigate(found, stages(), language=language, named=str(bundle), watch=lambda _: None))
        log = next(c for c in report.claims if c.section == "log" and c.service == "payments")
        model = ScriptedModel(
            [said("", call("changes")), said("", call("finish")), concluded((log.text, log.evidence))]
        )
        models = Models(model, model)
        Investigator(models, "agent", Limits(), str(bundle), clock=lambda: datetime.now(UTC), keep=runs.append)(
            telemetry, report
        )
    file = folder / "run.json"
    file.write_text(runs[0].model_dump_json())
    return file


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


@pytest.mark.end_to_end
def test_a_recorded_model_gives_its_words_and_the_run_is_kept(bundle: Path, tmp_path: Path, language: Language) -> None:
    model = f"recorded:{recorded(bundle, tmp_path, language)}"
    report = tmp_path / "report.json"
    spoken = ("--language", language)
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    succeeded("investigate", bundle, *spoken, "--no-past", "--model", model, "-o", report, **state)
    found = json.loads(report.read_text())["model"]
    assert (found["outcome"], len(found["claims"]), found["usage"]["requests"]) == ("complete", 1, 3)
    assert found["run"] in succeeded("show", found["run"], "--format", "json", **state)
    assert succeeded("verify", report, bundle)
    page = succeeded("investigate", bundle, *spoken, "--no-past", "--model", model, "--format", "markdown", **state)
    assert found["claims"][0]["text"].split("“")[0][:20] in page


def test_no_llm_overrides_the_settings(bundle: Path, tmp_path: Path) -> None:
    config = tmp_path / "fa2.toml"
    config.write_text('[model]\nprovider = "openai"\nname = "m"\nbase_url = "http://127.0.0.1:9/v1"\n')
    told = succeeded("investigate", bundle, "--config", config, "--no-llm", "--no-past", "--format", "json")
    assert json.loads(told)["model"] is None


def test_a_model_that_cannot_be_reached_leaves_the_report_and_says_so(bundle: Path, tmp_path: Path) -> None:
    config = tmp_path / "fa2.toml"
    config.write_text('[model]\nprovider = "openai"\nname = "m"\nmax_seconds = 3\nbase_url = "http://127.0.0.1:9/v1"\n')
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    told = succeeded("investigate", bundle, "--config", config, "--no-past", "--format", "json", **state)
    report = json.loads(told)
    assert report["verdict"] == "incident"
    assert report["model"]["outcome"] == "nothing"
    assert report["model"]["ended"]["text"]


@pytest.mark.parametrize("wrong", ["gpt-5", "nobody:gpt-5", "openai:", "recorded:nowhere.json"])
def test_a_model_that_is_none_is_refused_before_any_work(bundle: Path, wrong: str, language: Language) -> None:
    assert failed("investigate", bundle, "--model", wrong, FA2_LANGUAGE=language)


@pytest.mark.parametrize("flag", [("--fast-model", "openai:x"), ("--base-url", "http://127.0.0.1:9/v1")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_says_more_of_a_model_is_refused_where_none_is_named(
    bundle: Path, flag: tuple[str, str], language: Language
) -> None:
    assert "--model PROVIDER:NAME" in failed("investigate", bundle, *flag, FA2_LANGUAGE=language)


def test_egress_shows_what_would_leave_with_nothing_secret_in_it(bundle: Path, language: Language) -> None:
    told = succeeded("egress", bundle, "--language", language, FA2_LANGUAGE=language)
    assert "taro.yamada" not in told
    assert "<email-1>" in told
    assert "payments" in told
    sent = json.loads(succeeded("egress", bundle, "--json", "--aliases"))
    assert sent["estimated_tokens"] < 8_000
    assert {alias["kind"] for alias in sent["aliases"]} == {"email"}
    assert "taro.yamada" not in json.dumps(sent)
