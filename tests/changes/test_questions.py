"""Questions in words: read the same in both languages, negations kept, what was not understood said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.changes.questions import RuleReader, reading_of
from fa2.core.errors import UnusableInput
from fa2.core.months import Month

NOW = Month(2024, 11)


def read(question: str) -> dict[str, object]:
    query = RuleReader().read(question, NOW).query
    assert query is not None, question
    return query.model_dump(exclude_defaults=True)


def where(column: str, *values: str, **more: str) -> dict[str, object]:
    return {"column": column, "values": values, **more}


@pytest.mark.parametrize(
    ("english", "japanese", "expected"),
    [
        (
            "Which security groups changed most in November 2024 in Tokyo?",
            "2024年11月に東京で最も変更されたセキュリティグループは？",
            {
                "filters": (where("region", "ap-northeast-1"), where("resource_type", "AWS::EC2::SecurityGroup")),
                "groups": ("resource",),
            },
        ),
        (
            "Which Lambda functions were deleted last month?",
            "先月削除された Lambda 関数は？",
            {
                "last": "2024-10",
                "filters": (where("resource_type", "AWS::Lambda::Function"), where("action", "deleted")),
                "groups": ("resource",),
            },
        ),
        (
            "Changes by region except Tokyo in the last 3 months",
            "過去3か月の東京以外のリージョン別の変更数",
            {"months": 3, "filters": (where("region", "ap-northeast-1", operator="is_not"),), "groups": ("region",)},
        ),
        (
            "How many IAM roles were created in account 111122223333 in September?",
            "アカウント 111122223333 で9月に作成されたIAMロールは何件？",
            {
                "last": "2024-09",
                "filters": (
                    where("account", "111122223333"),
                    where("resource_type", "AWS::IAM::Role"),
                    where("action", "discovered"),
                ),
                "groups": (),
            },
        ),
        (
            "Top 5 resources named 'web-prod', latest",
            "「web-prod」の最新の変更、上位5件",
            {
                "filters": (where("resource_name", "web-prod", operator="contains"),),
                "groups": ("resource",),
                "order": "latest",
                "limit": 5,
            },
        ),
        (
            "EC2 trend over the past 6 months",
            "過去6か月のEC2の推移",
            {
                "months": 6,
                "filters": (where("resource_type", "AWS::EC2::", operator="begins"),),
                "groups": ("month",),
                "order": "name",
            },
        ),
    ],
)
def test_both_languages_ask_the_same(english: str, japanese: str, expected: dict[str, object]) -> None:
    wanted = {"last": "2024-11", **expected}
    assert read(english) == wanted
    assert read(japanese) == wanted


def test_a_month_without_a_year_is_the_latest_that_is_past() -> None:
    assert read("changes in December")["last"] == "2023-12"
    assert read("12月の変更")["last"] == "2023-12"
    assert read("changes in March")["last"] == "2024-03"


def test_a_range_of_months_is_read_from_end_to_end() -> None:
    assert read("from March 2024 to June 2024") == {"last": "2024-06", "months": 4}
    assert read("2024年3月から2024年6月まで") == {"last": "2024-06", "months": 4}


def test_words_that_have_no_part_in_the_query_are_said() -> None:
    reading = RuleReader().read("Who broke the payment gateway in Tokyo?", NOW)
    assert reading.query is not None
    assert reading.not_understood == ("Who", "broke", "payment", "gateway")


def test_nothing_understood_gives_no_query_rather_than_a_guess() -> None:
    reading = RuleReader().read("What is the meaning of life?", NOW)
    assert reading.query is None
    assert reading.not_understood == ("meaning", "life")


def test_sql_in_a_question_is_only_words() -> None:
    reading = RuleReader().read("'; DROP TABLE lake.awsconfig; --", NOW)
    assert reading.query is None
    assert "DROP" in reading.not_understood


@pytest.mark.parametrize("question", ["9999-11", "May 0000", "0001年1月", "0000-00", "changes in 2024-13"])
def test_months_beyond_all_records_are_no_months(question: str) -> None:
    reading = RuleReader().read(question, NOW)
    assert reading.query is None or reading.query.last == "2024-11"


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(question: str) -> None:
    reading = RuleReader().read(question, NOW)
    assert reading.query is None or reading.understood


@given(
    st.lists(
        st.sampled_from('except Tokyo 東京 以外 2024年 13月 top 5 0 most by region 111122223333 " deleted in'.split()),
        max_size=12,
    )
)
def test_no_mixture_of_its_own_words_breaks_the_reader(words: list[str]) -> None:
    RuleReader().read(" ".join(words), NOW)


def test_what_a_model_gives_is_checked_like_anything_from_outside() -> None:
    reading = reading_of({"last": "2024-11", "filters": [{"column": "region", "values": ["us-east-1"]}]})
    assert reading.query is not None
    assert [remark.key for remark in reading.understood][:2] == ["period_one", "filter"]
    with pytest.raises(UnusableInput):
        reading_of({"last": "2024-11", "where": "1=1; DROP TABLE x"})
