"""The values of tokens are those of the lines, whatever their order; the kernel and plain Python give the same."""

from __future__ import annotations

import io
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow
from fa2.logs.compiled import kernels
from fa2.logs.patterns import values
from fa2.logs.patterns.mining import mine, mine_files, mined
from fa2.logs.patterns.pattern import TokenValue
from fa2.logs.patterns.values import PlaceValues, token_values
from fa2.logs.scans.scanning import ScanOptions

WORDS = st.sampled_from(
    ["<*>", "1", "22", "a", "eth0", "10.0.0.1:80", "x_1", "=", "é", "日本", "�", "\x01", "\t", "v" * 300, "7" * 300]
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)
Found = tuple[tuple[PlaceValues, ...], ...]


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Compile before the tests, which are not about that."""
    ways(["2026-03-01T00:00:00Z INFO a 1"])
    for kernel in (kernels.count_values, kernels.fill_value_slots, kernels.read_headers):
        kernel.load()


def ways(messages: Sequence[str]) -> tuple[Found, Found]:
    """Return the values of messages as plain Python and the kernel count them."""
    found = mine(messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "PLAIN_LINES", 1 << 40)
        plain = token_values(found)
        patch.setattr(values, "PLAIN_LINES", -1)
        return plain, token_values(found)


def test_each_place_has_its_most_frequent_values() -> None:
    lines = [f"user_{n % 3} paid {n} coins" for n in range(100)]
    for way in ways(lines):
        ((users, coins),) = way
        assert users.values == (TokenValue("user_0", 34), TokenValue("user_1", 33), TokenValue("user_2", 33))
        assert (users.distinct, users.exact) == (3, True)
        assert [v.value for v in coins.values] == ["0", "1", "10", "11", "12", "13", "14", "15", "16", "17"]
        assert (coins.distinct, coins.exact) == (100, True)


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=30))
@example(["a 1\nb 2", "a 1", "a 33\r5", "a <*>", "a 1 � 2"])
@example([f"{'x' * 1490} {n} {n} tail" for n in range(5)])
def test_the_kernel_counts_what_plain_python_counts(messages: list[str]) -> None:
    plain, fast = ways(messages)
    assert plain == fast


def test_a_place_of_several_words_has_them_whole() -> None:
    lines = [f"state {state} for job {n}" for n, state in enumerate(["up 1", "down 22", "gone", "lost"] * 5)]
    found = mine(lines)
    told = Counter(v for places in token_values(found) for place in places for v in place.values)
    assert sum(count.count for count in told) >= 20
    assert all(way == token_values(found) for way in ways(lines))


def test_the_order_of_lines_makes_no_difference() -> None:
    lines = [f"user_{n % 7} paid {n % 13} coins" for n in range(300)] + ["nothing 1"] * 4
    expected = ways(lines)
    random.Random(5).shuffle(lines)
    assert ways(lines) == expected


def test_of_more_values_than_are_counted_the_most_frequent_are_found_and_their_number_estimated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(values, "MOST", 1 << 10)
    monkeypatch.setattr(values, "PLAIN_LINES", -1)
    lines = [f"request {n} by user_{n % 9}" for n in range(40_000)] + ["request 17 by user_1"] * 900
    lines += ["request 39999 by user_1"] * 700
    chance = random.Random(1)
    told = []
    for _ in range(2):
        chance.shuffle(lines)
        ((requests, users),) = token_values(mine(lines))
        told.append((requests, users))
    assert told[0] == told[1]
    assert requests.values[:2] == (TokenValue("17", 901), TokenValue("39999", 701))
    assert not requests.exact
    assert requests.distinct == pytest.approx(40_000, rel=0.08)
    assert (users.distinct, users.exact, users.values[0].count) == (9, True, 4445 + 1600)


def test_all_places_together_have_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "ROOM", 1 << 14)
    monkeypatch.setattr(values, "PLAIN_LINES", -1)
    ((first, second, few),) = token_values(mine([f"a {n} b {n * 7} c {n % 5}" for n in range(30_000)]))
    assert (first.exact, second.exact, few.exact) == (False, False, True)
    assert few.values[0] == TokenValue("0", 6000)
    assert first.distinct == pytest.approx(30_000, rel=0.08)


def test_only_the_patterns_asked_for_have_values(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("a 1\na 2\nb 3\n")
    found = mine_files([path])
    assert [p.text for p in found.patterns] == ["a <*>", "b <*>"]
    assert [[v.distinct for v in places] for places in token_values(found, [0])] == [[2], []]


def test_lines_that_were_left_out_have_no_values(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    lines = [f"2026-03-01T0{hour}:00:0{n}Z INFO job {hour}{n} done" for hour in range(3) for n in range(8)]
    path.write_text("\n".join(lines * 3))
    window = TimeWindow.parse("2026-03-01T01:00Z/2026-03-01T02:00Z")
    options = ScanOptions(window=window, keep=lambda line: "job 17" not in line)
    for most in (1 << 40, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(values, "PLAIN_LINES", most)
            ((jobs,),) = token_values(mine_files([path], options=options))
        assert jobs.values == tuple(TokenValue(f"1{n}", 3) for n in range(7))


def test_what_can_be_read_only_once_has_no_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a 1\na 2\n")))
    found = mine_files([Path("-")])
    assert found.patterns[0].count == 2
    with pytest.raises(UnusableInput, match="only once"):
        token_values(found)
    with pytest.raises(UnusableInput, match="only once"):
        token_values(mined(mine(["a 1"]).scan))  # type: ignore[arg-type]
