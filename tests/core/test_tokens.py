"""The estimate of tokens is near what the tokenizer that makes most of a text counts, and rarely below it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.tokens import estimated_tokens

ROWS = [["cart", 1234.5, 17], ["checkout", 98.25, 0], ["payment", None, 3]]
QUERY = {"table": "spans", "window": "2026-11-20T03:00:00Z/2026-11-20T03:30:00Z"}
COUNTED = [
    (
        "The checkout service answered one request in five with an error from 03:12 on, and most of them waited for the payment "
        "service first. Nothing was deployed in the two hours before. What would decide it: the number of open connections of "
        "the database.",
        54,
    ),
    (
        "決済サービスの応答時間が 03:12 から急に伸び、注文の 5 分の 1 が失敗しました。直前の 2 時間にデプロイはありません。"
        "データベースの接続数を確認すると、原因を絞り込めます。",
        95,
    ),
    (
        "2026-11-20T03:12:44.102Z ERROR [http-nio-8080-exec-7] o.s.web.servlet.DispatcherServlet - Request "
        "7f3a9c41-5b2e-4c1d-9e77-0a1b2c3d4e5f failed: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not "
        "available, request timed out after 30000ms (10.0.3.17:5432)",
        131,
    ),
    (json.dumps({"id": "e12", "columns": ["service", "p99_ms", "errors"], "rows": ROWS, "query": QUERY}), 118),
    (
        "arn:aws:dynamodb:ap-northeast-1:111122223333:table/orders-prod/index/by-customer ProvisionedThroughputExceededException",
        41,
    ),
]
"""Texts, and the most that cl100k, Qwen's, Claude 2's and DeepSeek's tokenizers count."""


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_the_estimate_is_near_what_tokenizers_count(text: str, counted: int) -> None:
    assert 0.9 * counted <= estimated_tokens(text) <= 1.2 * counted


@given(st.text(max_size=200), st.text(max_size=200))
def test_parts_together_cost_about_what_they_cost_apart(one: str, other: str) -> None:
    apart = estimated_tokens(one) + estimated_tokens(other)
    assert abs(estimated_tokens(one + "\n" + other) - apart) <= 5


@given(st.text(min_size=1, max_size=300))
def test_no_text_has_more_tokens_than_bytes_and_a_few(text: str) -> None:
    assert 0 <= estimated_tokens(text) <= 2 * len(text.encode("utf-8", "replace")) + 2


def test_nothing_has_no_tokens() -> None:
    assert estimated_tokens("") == 0
