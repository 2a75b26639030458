"""The values of tokens are those of the lines, whatever their order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fa2.core.errors import UnusableInput
from fa2.logs.mining import mine, mine_files
from fa2.logs.patterns import TokenValue
from fa2.logs.values import token_values


def test_each_place_has_its_most_frequent_values() -> None:
    lines = [f"user_{n % 3} paid {n} coins" for n in range(100)]
    ((users, coins),) = token_values(mine(lines))
    assert users.values == (TokenValue("user_0", 34), TokenValue("user_1", 33), TokenValue("user_2", 33))
    assert (users.distinct, users.exact) == (3, True)
    assert [v.value for v in coins.values] == ["0", "1", "10", "11", "12", "13", "14", "15", "16", "17"]
    assert (coins.distinct, coins.exact) == (100, True)


def test_the_order_of_lines_makes_no_difference() -> None:
    lines = [f"user_{n % 7} paid {n % 13} coins" for n in range(300)] + ["nothing 1"] * 4
    expected = token_values(mine(lines))
    random.Random(5).shuffle(lines)
    assert token_values(mine(lines)) == expected


def test_only_the_patterns_asked_for_have_values(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("a 1\na 2\nb 3\n")
    found = mine_files([path])
    assert [p.text for p in found.patterns] == ["a <*>", "b <*>"]
    assert [[v.distinct for v in places] for places in token_values(found, [0])] == [[2], []]


def test_what_can_be_read_only_once_has_no_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a 1\na 2\n")))
    found = mine_files([Path("-")])
    assert found.patterns[0].count == 2
    with pytest.raises(UnusableInput, match="only once"):
        token_values(found)
