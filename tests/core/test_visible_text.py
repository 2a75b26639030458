"""Text that others wrote: it can be written down, and nothing in it acts unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.visible_text import encodable


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("plain", "plain"),
        ("在庫😀", "在庫😀"),
        ("\ud83d\ude00", "😀"),
        ("a\ud800b", "a\ufffdb"),
        ("\udc00é", "\ufffdé"),
    ],
)
def test_halves_of_characters_are_joined_or_replaced(text: str, whole: str) -> None:
    assert encodable(text) == whole


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_can_be_written_as_utf_8_afterwards(text: str) -> None:
    assert encodable(encodable(text).encode().decode()) == encodable(text)
