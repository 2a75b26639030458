"""What questions in English and Japanese ask about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.insights.questions import understand, words_of


@pytest.mark.parametrize(
    ("question", "topics", "measures", "names"),
    [
        ("Why is the checkout Lambda slow since yesterday?", ["functions"], ["latency"], ["checkout"]),
        ("Are there any errors on the ALB?", ["load_balancers"], ["errors"], []),
        ("データベースのCPU使用率が高いのはなぜ?", ["databases"], ["cpu", "saturation"], []),
        ("SQSにメッセージが溜まっている", ["queues"], ["backlog"], []),
        ("ＲＤＳの接続数は?", ["relational"], ["connections"], []),
        ("DynamoDB throttling", ["tables"], ["throttling"], []),
        ("How is orders-api doing?", [], [], ["orders-api"]),
        ("orders の遅延", [], ["latency"], ["orders"]),
        ("Is TargetResponseTime rising?", [], [], ["targetresponsetime", "rising"]),
        ("", [], [], []),
    ],
)
def test_words_of_both_languages_are_understood(
    question: str, topics: list[str], measures: list[str], names: list[str]
) -> None:
    asked = understand(question)
    assert [topic.name for topic in asked.topics] == topics
    assert [measure.name for measure in asked.measures] == measures
    assert list(asked.names) == names


def test_a_word_counts_only_as_a_whole() -> None:
    assert not understand("the classes of balbriggan").topics  # neither `alb` nor `s3`
    assert [measure.name for measure in understand("requests").measures] == ["traffic"]


@given(st.text(max_size=200))
def test_any_text_is_a_question(question: str) -> None:
    asked = understand(question)
    assert asked == understand(question.upper().lower()) or not question.isascii()
    assert all(name == name.lower() for name in asked.names)


def test_names_fall_into_words() -> None:
    assert words_of("HTTPCode_Target_5XX_Count") == ("http", "code", "target", "5xx", "count")
    assert words_of("TargetResponseTime") == ("target", "response", "time")
    assert words_of("app/web/50dc") == ("app", "web", "50dc")
