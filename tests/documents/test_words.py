"""Words as a search compares them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.documents.terms import MOST, query
from fa2.documents.words import LONGEST, stem, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("接続プール", ["接続", "続プ", "プー", "ール", "接", "続"]),
        ("鍵", ["鍵"]),
        ("ｶﾞｽ", ["ガス"]),
        ("サーバー", ["サー", "ーバ", "バー"]),
        ("ＴＬＳ", ["tls"]),
        ("PaymentsService-timeout_ms", ["payment", "service", "paymentsservice", "timeout", "ms", "paymentsservicetimeoutm"]),
        ("ORA-00060", ["ora", "00060", "ora00060"]),
        ("PoolTimeoutException", ["pool", "timeout", "exception", "pooltimeoutexception"]),
        ("Connections, policies", ["connection", "policy"]),
        ("HTTP 503", ["http", "503"]),
        ("データベースDB接続", ["デー", "ータ", "タベ", "ベー", "ース", "db", "接続", "接", "続"]),
    ],
)  # fmt: skip
def test_words_of(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("word", ["status", "class", "redis", "dns", "analysis"])
def test_words_that_end_in_s_without_being_plurals_stay(word: str) -> None:
    assert stem(word) == word


@given(st.text(max_size=400))
def test_words_are_bounded_the_same_every_time_and_without_signs(text: str) -> None:
    found = words(text)
    assert found == words(text)
    assert all(word and len(word) <= LONGEST and not re.search(r"[\s\"'*()^:+\-]", word) for word in found)


@given(st.text(max_size=400))
def test_small_and_large_letters_are_one(text: str) -> None:
    if text.isascii():
        plain = re.sub("[A-Z]", lambda m: m[0].lower(), text)
        assert set(words(plain)) >= {word for word in words(text) if word in plain.split()}


@given(st.lists(st.tuples(st.text(max_size=300), st.floats(0, 9)), max_size=5))
def test_queries_are_bounded_and_the_same_every_time(texts: list[tuple[str, float]]) -> None:
    asked = query(texts)
    assert asked == query(texts)
    assert len(asked.terms) <= MOST
    assert all(form.words for term in asked.terms for form in term.forms)
