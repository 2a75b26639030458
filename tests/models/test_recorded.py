"""Replaying: the same answers to the same questions, and a plain word where another question is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from model_questions import AGENT, PLAIN, Ear, ask

from fa2.core.errors import UnusableInput
from fa2.core.language_model import ModelFailed, Tokens, ToolCall
from fa2.core.model_run import ModelRun, RecordedCall, RecordedStep, question_hash
from fa2.core.report import Said
from fa2.models.choosing import parse_choice
from fa2.models.opening import open_model

START = datetime(2026, 11, 20, 3, tzinfo=UTC)


def step(number: int, question: str, **more: object) -> RecordedStep:
    told = {"purpose": "investigate", "model": "m", "started": START, "duration_s": 1.0, "sent": "…", **more}
    return RecordedStep.model_validate({"number": number, "question": question, **told})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    run = ModelRun(
        version="1", id="r", incident="i", language="en", mode="agent", models=["m"], started=START, ended=Said(key="x"),
        steps=[
            step(1, question_hash(PLAIN), text="Hm.", stop="tools", input_tokens=7, output_tokens=3, cached_tokens=2, usd=0.5,
                 calls=[RecordedCall(id="c1", name="count_logs", arguments='{"x')]),
            step(2, question_hash(AGENT), input_tokens=9,
                 problem=Said(key="errors.model.throttled", values={"model": "m", "attempts": 8, "problem": "slow", "provider": "p"})),
        ],
    )  # fmt: skip
    file = tmp_path / "a:b run.json"
    file.write_text(run.model_dump_json())
    return file


def test_the_steps_are_replayed_with_calls_tokens_price_and_failures(path: Path) -> None:
    model = open_model(parse_choice(f"recorded:{path}"))
    ear = Ear()
    answer = ask(model, PLAIN, ear=ear)
    assert (answer.text, answer.calls, answer.stop) == ("Hm.", (ToolCall("c1", "count_logs", '{"x'),), "tools")
    assert (answer.tokens, answer.usd, ear.pieces) == (Tokens(7, 3, 2), 0.5, ["Hm."])
    with pytest.raises(ModelFailed, match="slow") as raised:
        ask(model, AGENT)
    assert (raised.value.reason, raised.value.spent) == ("throttled", Tokens(9))
    assert model.name == f"recorded:{path}"


def test_another_question_than_was_recorded_is_told_with_its_step(path: Path) -> None:
    model = open_model(parse_choice(f"recorded:{path}"))
    ask(model, PLAIN)
    with pytest.raises(ModelFailed, match="Step 2") as raised:
        ask(model, PLAIN)
    assert raised.value.reason == "not_recorded"


def test_more_questions_than_were_recorded_are_told(path: Path) -> None:
    model = open_model(parse_choice(f"recorded:{path}"))
    ask(model, PLAIN)
    with pytest.raises(ModelFailed, match="slow"):
        ask(model, AGENT)
    with pytest.raises(ModelFailed, match="Step 3"):
        ask(model, AGENT)


def test_the_hash_tells_questions_apart_and_is_the_same_for_the_same() -> None:
    others = [
        PLAIN,
        AGENT,
        replace(AGENT, must_call="report"),
        replace(AGENT, tools=AGENT.tools[:1]),
        replace(AGENT, messages=AGENT.messages[:2]),
        replace(AGENT, max_output_tokens=1),
        replace(PLAIN, instructions="\ud800"),
    ]
    assert len({question_hash(question) for question in others}) == len(others)
    assert question_hash(replace(AGENT)) == question_hash(AGENT)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"format": "fa2.report/1"}'])
def test_what_is_no_record_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "run.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnusableInput, match=r"run\.json"):
        open_model(parse_choice(f"recorded:{file}"))
