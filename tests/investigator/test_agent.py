"""The loop: it ends whatever a model does, within its limits, and concludes from what there is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from conversing import Conversation, call, concluded, conversation
from scripted import ScriptedModel, said

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.language_model import Answer, AnswerOverdue, Hearer, ModelFailed, Question, Tokens
from fa2.investigator.agent import Ended
from fa2.investigator.conclusion import CONCLUDE
from fa2.investigator.limits import Limits, Meter

FINISHED = said("Enough seen.", call("finish"))
CLAIM = concluded(("`payments` throttles.", ["E1"]))


def ended(conversation: Conversation, mode: Any = "agent") -> Ended:
    return conversation.agent.converse("the brief", mode)


def key(found: Ended) -> str:
    return found.why.key.rpartition(".")[2]


def test_a_model_looks_until_it_has_seen_enough_and_then_concludes() -> None:
    looks = said("Look at changes.", call("changes"), call("service_graph", service="payments"))
    with conversation([looks, FINISHED, CLAIM]) as told:
        found = ended(told)
        model = told.agent.models.quality
        assert (key(found), found.complete) == ("concluded", True)
        assert found.conclusion
        assert [c.text for c in found.conclusion.claims] == ["`payments` throttles."]
        assert told.toolbox.made == 3
        assert (
            "dynamodb:UpdateTable"
            in told.recorder.run(incident="i", language="en", mode="agent", models=[model.name], ended=found.why)
            .steps[0]
            .calls[0]
            .result
        )


def test_what_a_tool_found_can_be_cited_and_is_sent_back_with_its_id() -> None:
    script = [said("", call("changes")), FINISHED, CLAIM]
    with conversation(script) as told:
        before = set(told.toolbox.ledger.records)
        ended(told)
        new = set(told.toolbox.ledger.records) - before
        step = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=_nothing()).steps[0]
        assert new
        assert set(step.calls[0].evidence) >= new
        assert all(id_ in step.calls[0].result for id_ in new)


def _nothing() -> Any:
    from fa2.core.messages import Statement

    return Statement("investigator.ended.concluded")


def test_cycles_are_limited_and_the_conclusion_is_drawn_from_what_was_seen() -> None:
    looks = [said("", call("changes", service=f"s{n}")) for n in range(3)]
    with conversation([*looks, CLAIM], limits=Limits(cycles=3)) as told:
        found = ended(told)
        assert (key(found), found.complete, found.why.values) == ("cycles", False, {"limit": 3})
        assert found.conclusion


def test_an_answer_without_a_call_is_a_step_and_two_in_a_row_end_looking() -> None:
    with conversation([said("I think."), said(""), CLAIM]) as told:
        assert ended(told).conclusion
        assert told.agent.meter.requests == 3


def test_the_same_call_again_is_not_run_and_ends_looking_when_it_goes_on() -> None:
    again = [said("", call("changes", service="payments")) for _ in range(9)]
    with conversation([*again[:4], CLAIM], limits=Limits(cycles=9, repeats=3)) as told:
        found = ended(told)
        assert key(found) == "repeats"
        assert told.toolbox.made == 1
        steps = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=found.why).steps
        assert [c.outcome for s in steps[:4] for c in s.calls] == ["answered", "repeated", "repeated", "repeated"]


@pytest.mark.parametrize(
    ("broken", "outcome"),
    [
        (call("no_such_tool"), "unknown"),
        (replace(call("changes"), arguments="{not json"), "refused"),
        (replace(call("changes"), arguments="[" * 100_000), "refused"),
        (replace(call("changes"), arguments="[1]"), "refused"),
        (call("changes", window="2026-11-20T99:99/later"), "refused"),
        (call("changes", sql="DROP TABLE logs"), "refused"),
        (call("query_logs", query="fields @message | |"), "refused"),
    ],
)
def test_a_broken_call_is_answered_with_what_is_wrong_and_is_a_step(broken: Any, outcome: str) -> None:
    with conversation([said("", broken), FINISHED, CLAIM]) as told:
        found = ended(told)
        step = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=found.why).steps[0]
        assert (step.calls[0].outcome, bool(step.calls[0].result)) == (outcome, True)
        assert found.complete


def test_a_tool_that_fails_does_not_end_the_conversation() -> None:
    from fa2.investigator.desk import Arguments, Desk, Found

    class Falls:
        name, arguments, tables = "changes", Arguments, ()

        def __call__(self, desk: Desk, arguments: Arguments) -> Found:
            raise ZeroDivisionError("secret inside")

    with conversation([said("", call("changes")), FINISHED, CLAIM], tools={"changes": Falls()}) as told:
        found = ended(told)
        step = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=found.why).steps[0]
        assert (step.calls[0].outcome, found.complete) == ("failed", True)
        assert "ZeroDivisionError" in step.calls[0].result
        assert "secret inside" not in step.calls[0].result


def test_more_calls_than_allowed_in_one_step_are_told_and_not_run() -> None:
    many = said("", *(call("changes", service=f"s{n}") for n in range(5)))
    with conversation([many, FINISHED, CLAIM], limits=Limits(calls=2)) as told:
        found = ended(told)
        step = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=found.why).steps[0]
        assert [c.outcome for c in step.calls] == ["answered", "answered", "not_run", "not_run", "not_run"]
        assert all(c.result for c in step.calls)


class Endless:
    """Asks for something new for ever."""

    name = "endless:model"
    usd_per_token: tuple[float, float] | None = (1e-6, 1e-6)

    def __init__(self, tokens: int = 500) -> None:
        self.asked = 0
        self._tokens = tokens

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer | None = None, /) -> Answer:
        deadline.check()
        self.asked += 1
        if question.must_call == CONCLUDE:
            return CLAIM
        counted = Tokens(self._tokens, 10)
        return replace(said("", call("changes", service=f"s{self.asked}")), tokens=counted, usd=self._tokens * 1e-6)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(cycles=20, tokens=40_000), "tokens"),
        (Limits(cycles=20, usd=0.03), "usd"),
        (Limits(cycles=20, tokens=100), "tokens"),
        (Limits(cycles=20, usd=0.000_001), "usd"),
    ],
)
def test_tokens_and_money_are_never_exceeded_and_room_is_kept_to_conclude(limits: Limits, reason: str) -> None:
    with conversation(Endless(5_000), limits=limits) as told:
        found = ended(told)
        assert (key(found), found.complete) == (reason, False)
        meter = told.agent.meter
        assert meter.input_tokens + meter.output_tokens <= limits.tokens
        assert meter.usd is not None
        assert meter.usd <= limits.usd
        assert (found.conclusion is not None) == (meter.requests > 0)


def test_the_time_for_looking_ends_before_the_time_to_conclude() -> None:
    def hangs(_: Question) -> Answer:
        raise DeadlinePassed("coverage.aws_deadline", seconds=1)

    with conversation([hangs, CLAIM]) as told:
        found = ended(told)
        assert (key(found), found.complete) == ("seconds", False)
        assert found.conclusion


@pytest.mark.parametrize("turns", [[KeyboardInterrupt()], [FINISHED, KeyboardInterrupt()]])
def test_a_person_who_waits_no_longer_still_gets_the_report(turns: list[Any]) -> None:
    with conversation(turns) as told:
        found = ended(told)
        assert (found.conclusion, key(found), found.complete) == (None, "interrupted", False)


@pytest.mark.parametrize("reason", ["throttled", "denied", "unknown_model", "outage"])
def test_a_model_that_cannot_be_reached_ends_it_with_the_reason(reason: str) -> None:
    failure = ModelFailed(f"errors.model.{reason}")
    with conversation([failure]) as told:
        found = ended(told)
        assert (found.conclusion, found.why.key, found.complete) == (None, f"errors.model.{reason}", False)


def test_where_only_the_fast_model_fails_the_other_still_concludes() -> None:
    fast = ScriptedModel([ModelFailed("errors.model.unknown_model")], name="scripted:fast")
    with conversation([CLAIM], fast=fast) as told:
        found = ended(told)
        assert (found.why.key, found.complete) == ("errors.model.unknown_model", False)
        assert found.conclusion


@pytest.mark.parametrize("reason", ["garbage", "refused"])
def test_garbage_and_refusals_are_steps(reason: str) -> None:
    failure = ModelFailed(f"errors.model.{reason}")
    with conversation([failure, FINISHED, CLAIM]) as told:
        assert ended(told).complete
        assert told.agent.meter.requests == 3


def test_a_conversation_that_is_too_long_is_shortened_once() -> None:
    looks = [said("", call("changes", service=f"s{n}"), call("service_graph", service=f"s{n}")) for n in range(2)]
    script = [*looks, ModelFailed("errors.model.too_long"), FINISHED, CLAIM]
    with conversation(script) as told:
        assert ended(told).complete
        asked = _scripted(told).asked
        results = [[r.text for m in q.messages for r in m.results] for q in asked]
        assert len(results[3]) == len(results[2]) == 4
        assert sum(map(len, results[3])) < sum(map(len, results[2]))
        assert results[3][-2:] == results[2][-2:]


def _scripted(told: Conversation) -> ScriptedModel:
    found: ScriptedModel = told.agent.models.quality._model  # type: ignore[attr-defined]
    return found


def test_a_conclusion_that_cannot_be_read_is_asked_for_once_more() -> None:
    with conversation([FINISHED, said("It was the network."), CLAIM]) as told:
        assert ended(told).complete
    with conversation([FINISHED, said("It was the network."), said("Really.")]) as told:
        found = ended(told)
        assert (found.conclusion, key(found), found.complete) == (None, "garbage", False)


def test_a_single_shot_is_one_request_without_tools_to_look() -> None:
    with conversation([CLAIM]) as told:
        assert ended(told, "single").complete
        (question,) = _scripted(told).asked
        assert ([t.name for t in question.tools], question.must_call) == ([CONCLUDE], CONCLUDE)
        assert question == told.agent.opening("the brief", "single")


def test_turns_alternate_and_each_call_has_its_result_whatever_the_model_did() -> None:
    script = [
        said("Think."),
        said("", call("changes"), call("nothing")),
        said(""),
        said("More.", call("changes")),
        FINISHED,
        said("No conclusion."),
        CLAIM,
    ]
    with conversation(script, limits=Limits(cycles=8)) as told:
        assert ended(told).conclusion
        for question in _scripted(told).asked:
            roles = [message.role for message in question.messages]
            assert roles == ["user" if n % 2 == 0 else "model" for n in range(len(roles))]
            for message, following in zip(question.messages, question.messages[1:], strict=False):
                assert [c.id for c in message.calls] == [r.call for r in following.results]
            assert all(m.text or m.calls or m.results for m in question.messages)


def test_hypotheses_are_numbered_and_no_more_than_eight() -> None:
    stated = said("", call("state_hypotheses", hypotheses=[{"text": f"it is {n}"} for n in range(6)]))
    more = said("", call("state_hypotheses", hypotheses=[{"text": f"it is {n}"} for n in range(4, 12)]))
    with conversation([stated, more, FINISHED, CLAIM]) as told:
        ended(told)
        assert list(told.toolbox.stated.found) == [f"H{n}" for n in range(1, 9)]


def test_progress_is_told_step_by_step() -> None:
    with conversation([said("", call("changes")), FINISHED, CLAIM]) as told:
        ended(told)
        assert [s.key.rpartition(".")[2] for s in told.heard] == ["cycle", "call", "cycle", "call", "conclude"]
        assert json.dumps(told.heard[1].values) == '{"tool": "changes"}'


def test_who_concludes_before_being_asked_has_seen_enough() -> None:
    with conversation([said("", call("changes")), CLAIM, CLAIM]) as told:
        found = ended(told)
        assert (key(found), found.complete, told.agent.meter.requests) == ("concluded", True, 3)


def test_what_is_no_answer_at_the_end_is_told_as_what_it_was() -> None:
    proxy = ModelFailed("errors.model.garbage", problem="<html>")
    with conversation([FINISHED, proxy, proxy]) as told:
        assert ended(told).why.values["problem"] == "<html>"
    refusal = replace(said("I must not\nsay."), stop="refused")
    with conversation([FINISHED, refusal, refusal]) as told:
        why = ended(told).why
        assert (why.key, why.values["problem"]) == ("errors.model.refused", "I must not ⏎ say.")
    with conversation([FINISHED, proxy, said("It was the network.")]) as told:
        assert key(ended(told)) == "garbage"


def test_what_a_request_without_an_answer_used_up_counts() -> None:
    lost = [
        ModelFailed("errors.model.garbage", spent=Tokens(3_000, 40)),
        AnswerOverdue(seconds=9, spent=Tokens(2_000, 2)),
    ]
    with conversation([*lost, CLAIM]) as told:
        found = ended(told)
        meter = told.agent.meter
        steps = told.recorder.run(incident="i", language="en", mode="agent", models=[], ended=found.why).steps
        counted = steps[-1]
        assert meter.input_tokens == 5_000 + counted.input_tokens
        assert meter.output_tokens == 42 + counted.output_tokens
        assert [step.input_tokens for step in steps[:2]] == [3_000, 2_000]


@pytest.mark.parametrize("price", [None, (1e-6, 2e-6)])
def test_what_was_lost_costs_what_an_answer_would(price: tuple[float, float] | None) -> None:
    meter, model = Meter(Limits()), Endless()
    model.usd_per_token = price
    meter.count_lost(Tokens(), model)
    assert meter.usd == 0.0
    meter.count_lost(Tokens(1_000, 100), model)
    assert meter.usd == (None if price is None else pytest.approx(0.001_2))
    meter.count_lost(Tokens(), model)
    assert (meter.usd is None) == (price is None)


def test_an_answer_of_absurd_length_leaves_room_to_conclude() -> None:
    endless = replace(call("changes"), arguments='{"service": "' + "x" * 5_000_000 + '"}')
    with conversation([said("あ" * 1_000_000), said("", endless), CLAIM], limits=Limits(cycles=2)) as told:
        assert ended(told).conclusion
        longest = max(len(m.text) for q in _scripted(told).asked for m in q.messages)
        assert longest < 50_000


def test_halves_of_characters_do_not_reach_what_is_written() -> None:
    half = replace(
        call("conclude"), arguments=r'{"claims": [{"id": "c1", "text": "\ud800 payments", "evidence": ["E1"]}]}'
    )
    stated = replace(call("state_hypotheses"), arguments=r'{"hypotheses": [{"text": "\udfff bad"}]}')
    with conversation([said("", stated), FINISHED, said("", half)]) as told:
        found = ended(told)
        assert found.conclusion
        assert found.conclusion.claims[0].text == "\ufffd payments"
        assert [one.text for one in told.toolbox.stated.found.values()] == ["\ufffd bad"]
