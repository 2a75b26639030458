"""A run is shown step by step in both languages, nothing untrusted acts on the terminal, and much of it is quick."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings

from fa2.core.messages import LANGUAGES, Language
from fa2.core.model_run import ModelRun, RecordedCall
from fa2.core.report import Said
from fa2.renderers import run_json, run_terminal
from runs import any_run, large, two_steps

each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_a_run_is_told_step_by_step_with_what_it_took() -> None:
    page = run_terminal.render(two_steps(), width=120)
    head, first, second = page.split("Step ")
    assert "Run run-1a2b, incident low-00" in head
    assert (
        "2 requests, 2 tool calls, 2,500 tokens sent (200 of them from the provider's cache), 400 received, $0.0300"
        in head
    )
    assert first.startswith("1, investigate: bedrock:fast, 2 s, 1,000 tokens sent, 100 received, $0.0100")
    assert "Asked again 2 times" in first
    assert "I look at the errors first." in first
    assert "The incident: payments fail" not in first
    assert "48 characters; `--sent` shows them." in first
    assert 'query_logs {"query": "filter level = \\"ERROR\\""}' in first
    assert "answered, 500 ms, evidence e7, 3 rows not shown" in first
    assert "refused, 250 ms" in first
    assert "That is no JSON." in first
    assert "The model stopped: it calls tools." in first
    assert "payments is out of connections." in second


def test_in_full_everything_that_was_sent_is_shown() -> None:
    page = run_terminal.render(two_steps(), detail="full")
    for line in ("You investigate.", "The incident: payments fail.", "Suspects: payments."):
        assert f"  │ {line}\n" in page


def test_in_brief_a_long_answer_of_a_tool_is_cut_and_the_rest_counted() -> None:
    run = two_steps()
    call = run.steps[0].calls[0].model_copy(update={"result": "x" * 2000})
    cut = run.model_copy(update={"steps": [run.steps[0].model_copy(update={"calls": [call]})]})
    page = run_terminal.render(cut)
    assert page.count("x" * 600) == 1
    assert "… 1,400 more characters" in page
    assert "x" * 2000 in run_terminal.render(cut, detail="full")


def test_a_conclusion_is_laid_out_line_by_line_even_where_it_is_broken() -> None:
    run = two_steps()
    for arguments, shown in (
        ('{"claims": [{"text": "接続が"}]}', '  │       "text": "接続が"\n'),
        ("{broken", "  │ {broken\n"),
    ):
        call = RecordedCall(id="c", name="conclude", arguments=arguments)
        step = run.steps[1].model_copy(update={"calls": [call]})
        page = run_terminal.render(run.model_copy(update={"steps": [step]}))
        assert "Conclusion  conclude\n" in page
        assert shown in page
        assert "not run" not in page


def test_a_step_that_gave_nothing_says_why() -> None:
    run = two_steps()
    problem = Said(key="runs.error.no_run")
    failed = run.model_copy(update={"steps": [run.steps[0].model_copy(update={"problem": problem})]})
    assert "Nothing usable came: Name a run to export" in run_terminal.render(failed)
    assert "使える応答が得られませんでした: 書き出す実行を" in run_terminal.render(failed, "ja")


@each_language
@settings(max_examples=60)
@given(run=any_run)
def test_nothing_in_a_run_acts_on_the_terminal(language: Language, run: ModelRun) -> None:
    page = run_terminal.render(run, language, detail="full") + run_terminal.render_list([run], language)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", page)


def test_a_model_cannot_colour_the_screen_or_draw_a_step_of_its_own() -> None:
    run = two_steps()
    hostile = "\x1b[2J\x1b[31mStep 9, conclude\u202e"
    step = run.steps[0].model_copy(update={"text": "fine\n" + hostile, "model": hostile})
    page = run_terminal.render(run.model_copy(update={"steps": [step]}))
    assert "  │ \\x1b[2J\\x1b[31mStep 9, conclude\\u202e" in page
    assert "\x1b" not in page


def test_runs_are_listed_with_what_they_took_and_older_ones_counted() -> None:
    page = run_terminal.render_list([two_steps(), two_steps("other")], more=7, width=140)
    assert re.search(r"run-1a2b +2026-11-20 03:12 +low-00 .* 2 +2,900 +0\.0300", page)
    assert "7 older runs are not listed" in page


@settings(max_examples=60)
@given(any_run)
def test_json_of_a_run_is_read_back_as_the_same_but_for_texts(run: ModelRun) -> None:
    read = ModelRun.model_validate_json(run_json.render(run))
    assert read.usage == run.usage
    assert [step.sent for step in read.steps] == [step.sent for step in run.steps]
    assert read.ended.key == run.ended.key


def test_json_carries_texts_in_the_language_asked_for() -> None:
    assert "There is no run" in json.loads(run_json.render(two_steps()))["ended"]["text"]
    listed = json.loads(run_json.render_list([two_steps()], "ja"))
    assert "ありません" in listed[0]["ended"]["text"]
    assert listed[0]["usage"]["input_tokens"] == 2500
    assert "steps" not in listed[0]


def test_ten_megabytes_are_shown_whole() -> None:
    page = run_terminal.render(large(10_000_000), detail="full")
    assert len(page.encode()) > 10_000_000
    assert len(run_terminal.render(large(10_000_000))) < 20_000
