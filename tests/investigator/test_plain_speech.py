"""A model is held to the language of the report."""

from __future__ import annotations

import pytest

from fa2.core.messages import Language
from fa2.investigator.plain_speech import is_in_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("`payments` throttled from 03:00 on.", "en"),
        ("Writes to `stock` failed 196 times.", "en"),
        ("throttled writes", "en"),
        ("The log says “在庫がありません”.", "en"),
        ("`payments` は 03:00 からスロットリングしています。", "ja"),
        ("DynamoDB", "ja"),
    ],
)
def test_what_is_in_the_language(text: str, language: Language) -> None:
    assert is_in_language(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le service `payments` est en panne depuis plusieurs minutes déjà.", "en"),
        ("Der Dienst `payments` ist seit drei Minuten überlastet.", "en"),
        ("Сервис `payments` не отвечает уже несколько минут подряд.", "en"),
        ("`payments` は遅延しています。", "en"),
        ("The service `payments` throttles its callers.", "ja"),
    ],
)
def test_what_is_not(text: str, language: Language) -> None:
    assert not is_in_language(text, language)
