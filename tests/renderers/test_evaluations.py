"""The figures of an evaluation in words, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from evaluated import INCIDENT, QUIET, outcome
from fa2.core.evaluation import Evaluation
from fa2.core.messages import LANGUAGES, Language
from fa2.core.report import Said
from fa2.evaluation.recording import summed_up
from fa2.renderers import eval_markdown, eval_terminal

PLAN = Evaluation(
    version="1",
    folder="past",
    models=["bedrock:m"],
    repeats=2,
    started=datetime(2026, 11, 20, tzinfo=UTC),
    planned=12,
)
CPU, NET = (INCIDENT.model_copy(update={"kind": kind}) for kind in ("cpu", "n|et\x1b[31m"))
MADE = summed_up(
    PLAN,
    [
        outcome("a", truth=CPU),
        outcome("b", truth=NET, rank=2),
        outcome("q", truth=QUIET, verdict="no_incident", rank=None),
        outcome("a", "agent", truth=CPU, kept=9, struck=1, differs=True, rules_rank=2),
        outcome("a", "agent", truth=CPU, repeat=2, kept=8, struck=2, differs=False),
        outcome("b", "agent", truth=NET, rank=None, verdict=None, error=Said(key="errors.zone", values={"name": "X"})),
    ],
    Said(key="evaluation.stopped.interrupted"),
)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_each_measure_has_a_column_for_each_arm() -> None:
    page = eval_terminal.render(MADE, width=140)
    assert "3 cases: 2 incidents, 1 quiet; 6 investigations." in page
    assert "Model: bedrock:m; repeats: 2." in page
    assert "Interrupted. 6 investigations are missing." in page
    assert re.search(r"Cause first \(top-1\) +50\.0 % \[9\.5, 90\.5\] +50\.0 % \[9\.5, 90\.5\]", page)
    assert re.search(r"Claims that stand \(grounded\) +– +85\.0 % \[", page)
    assert re.search(r"Model and rules differ +– +1 of 2: model right 1, rules 0, neither 0", page)
    assert re.search(r"Tokens each +– +1,000\n", page)
    assert re.search(r"Dollars together +– +0\.04\n", page)
    assert re.search(r"Errors \(count as wrong\) +– +1\n", page)
    assert (
        "There is no time zone X. Write it as in Asia/Tokyo or Europe/Berlin. (×1, first at b (Model with tools))"
        in page
    )


def test_groups_are_told_with_their_own_names_made_harmless() -> None:
    page = eval_terminal.render(MADE, width=140)
    assert re.search(r"cpu +1 +100\.0 % +100\.0 %", page)
    assert "n|et\\x1b[31m" in page
    assert "| n\\|et\\\\x1b\\[31m | 1 | 0.0 % | 0.0 % |" in eval_markdown.render(MADE)


@each_language
def test_both_forms_say_the_same_figures(language: Language) -> None:
    terminal, markdown = eval_terminal.render(MADE, language, width=200), eval_markdown.render(MADE, language)
    for figure in ("50.0 %", "85.0 %", "1,000", "0.0200"):
        assert figure in terminal
        assert figure in markdown
    assert ("原因が 1 位" in terminal) == (language == "ja")
    assert markdown.startswith("# ")


def test_rules_alone_have_no_rows_of_a_model() -> None:
    page = eval_terminal.render(summed_up(PLAN.model_copy(update={"models": []}), [outcome("a")]), width=120)
    for words in ("Claims that stand", "Tokens each", "Quiet:", "model names suspects", "Model:"):
        assert words not in page


def test_nothing_made_is_still_a_page() -> None:
    assert "0 cases" in eval_terminal.render(summed_up(PLAN, []))
    assert "0 cases" in eval_markdown.render(summed_up(PLAN, []))
