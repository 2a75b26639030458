"""fa2 show: the latest runs, one of them, and its spans."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fa2.apps.cli.commands import app
from fa2.core.errors import UnusableInput
from fa2.stores.model_runs import RunStore, evaluation_runs, run_bytes
from runs import START, two_steps

RUNNER = CliRunner()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    store = RunStore(tmp_path / "runs")
    store.save(two_steps("aa11"))
    store.save(two_steps("bb22", started=START + timedelta(hours=1)))
    return store.folder


def shown(runs: Path, *words: str) -> Result:
    result = RUNNER.invoke(app, ["show", *words, "--runs", str(runs)])
    if isinstance(result.exception, UnusableInput):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_without_a_run_the_latest_are_listed_newest_first(runs: Path) -> None:
    output = shown(runs).stdout
    assert output.index("bb22") < output.index("aa11")


def test_a_file_that_is_broken_is_told_beside_the_list(runs: Path) -> None:
    (runs / "20301120T000000000000Z-torn.json").write_text("{")
    result = shown(runs)
    assert "aa11" in result.stdout
    assert "torn.json cannot be read as a run" in result.stderr


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    assert "fa2 investigate --model" in shown(tmp_path / "none").stdout


def test_the_beginning_of_an_id_shows_a_run_and_sent_all_of_it(runs: Path) -> None:
    assert "Suspects: payments." not in shown(runs, "aa").stdout
    assert "Suspects: payments." in shown(runs, "aa", "--sent").stdout
    assert shown(runs, "aa", "--language", "ja").stdout.startswith("実行 aa11")


def test_a_run_is_shown_from_its_file_and_from_the_report_that_names_it(runs: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(run_bytes(two_steps("elsewhere")))
    assert "Run elsewhere" in shown(runs, str(file)).stdout
    report = tmp_path / "report.json"
    report.write_text(json.dumps(_report(run="bb22")))
    assert "Run bb22" in shown(runs, str(report)).stdout
    report.write_text(json.dumps(_report(run=None)))
    with pytest.raises(UnusableInput, match="no model helped"):
        shown(runs, str(report))
    report.write_text('{"format": "something else"}')
    with pytest.raises(UnusableInput, match="cannot be read as a run"):
        shown(runs, str(report))


def test_a_run_of_an_evaluation_is_found_too_but_not_listed(runs: Path) -> None:
    evaluation_runs(runs).save(two_steps("cc33"))
    assert "Run cc33" in shown(runs, "cc").stdout
    assert "cc33" not in shown(runs).stdout
    with pytest.raises(UnusableInput, match="begins with “zz” among 2"):
        shown(runs, "zz")


def test_json_is_written_to_a_file_by_its_suffix(runs: Path, tmp_path: Path) -> None:
    shown(runs, "bb22", "-o", str(tmp_path / "run.json"))
    assert json.loads((tmp_path / "run.json").read_text())["id"] == "bb22"
    assert [run["id"] for run in json.loads(shown(runs, "--format", "json").stdout)] == ["bb22", "aa11"]


def test_spans_are_written_without_content_unless_asked_for(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    file = tmp_path / "spans.json"
    shown(runs, "aa", "--otel", "-o", str(file))
    spans = json.loads(file.read_text())["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert spans[0]["name"] == "invoke_agent fa2"
    assert "errors first" not in file.read_text()
    assert "errors first" in shown(runs, "aa", "--otel", "--content").stdout


def test_spans_go_to_the_collector_that_is_named(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fa2.deliveries import otlp_collector

    sent: list[tuple[int, str]] = []
    monkeypatch.setattr(otlp_collector, "send", lambda spans, url: sent.append((len(spans), url)))
    result = shown(runs, "aa", "--otlp-endpoint", "http://c:4318")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://e:4318")
    shown(runs, "aa", "--otel")
    assert sent == [(5, "http://c:4318/v1/traces"), (5, "http://e:4318/v1/traces")]
    assert "5 spans of trace" in result.stderr
    assert result.stdout == ""


def test_exporting_needs_a_run(runs: Path) -> None:
    with pytest.raises(UnusableInput, match="Name a run"):
        shown(runs, "--otel")


def _report(run: str | None) -> dict[str, object]:
    said = {"key": "k", "text": "t"}
    span = {"start": "2026-11-20T03:00:00Z", "end": "2026-11-20T03:10:00Z"}
    return {
        "version": "0.1.0",
        "language": "en",
        "incident": "i",
        "title": "",
        "question": "",
        "input": "b",
        "window": span,
        "baseline": [],
        "verdict": "inconclusive",
        "headline": said,
        "severity": {"level": "low", "reasons": []},
        "confidence": {"level": "low", "reasons": []},
        "suspects": [],
        "claims": [],
        "evidence": [],
        "timeline": [],
        "security": {"answer": "no", "reason": said},
        "actions": [],
        "patterns": [],
        "chart_range": span,
        "charts": [],
        "service_map": {},
        "coverage": [],
        "model": {"outcome": "complete", "ended": said, "models": ["a:b"], "mode": "agent", "run": run},
    }
