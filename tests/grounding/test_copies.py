"""What a statement copies from the evidence without quoting it stands there; what it changes in it does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow
from fa2.grounding.checking import check, check_guess
from fa2.grounding.copies import LEAST, Copies
from fa2.grounding.grounds import Grounds

ERROR = (
    "botocore.errorfactory.ProvisionedThroughputExceededException: An error occurred (ProvisionedThroughputExceeded"
    "Exception) when calling the UpdateItem operation (reached max retries: 2): The level of configured provisioned "
    "throughput for the table was exceeded, 1,250 units of write capacity are used of table shop_stock within 30 ms"
)
FAILED = EvidenceRecord(
    id="E0000000001",
    table="spans",
    sql="SELECT 1",
    parameters={"service": "orders"},
    columns=["failed", "error"],
    rows=[[196, ERROR]],
)
GROUNDS = Grounds([FAILED], names={"orders"}, window=TimeWindow.parse("2026-11-20T19:00:00Z/2026-11-20T19:10:00Z"))
TOLD = "orders failed in 196 traces. Error: "
TOLD_JA = "orders は 196 件のトレースで失敗しています。エラー: "


def stands(text: str) -> bool:
    return check(text, [FAILED.id], GROUNDS) is None


@pytest.mark.parametrize(
    "copied",
    [
        ERROR,
        ERROR[:240] + "…",
        ERROR[:240] + "...",
        ERROR[:300] + ".",
        ERROR[:210] + " …, " + ERROR[240:],
        ERROR[:200].rpartition(" ")[0] + ".",
        ERROR.replace(" ", "\n  ")[:250] + "…",
    ],
)
def test_an_error_that_is_copied_and_cut_stands(copied: str) -> None:
    assert stands(TOLD + copied)
    assert stands(TOLD_JA + copied)
    assert check_guess(TOLD + copied, GROUNDS) is None


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        ("retries: 2", "retries: 3"),
        ("retries: 2", "retries: 25"),
        ("1,250", "1,260"),
        ("1,250", "11,250"),
        ("1,250", "1,250.5"),
        ("within 30 ms", "within 30 s"),
        ("within 30 ms", "within 300 ms"),
        ("shop_stock", "shop_orders"),
        ("UpdateItem", "DeleteItem"),
    ],
)
def test_what_is_changed_in_a_copied_error_is_struck(was: str, is_: str) -> None:
    assert not stands(TOLD + ERROR.replace(was, is_))
    assert not stands(f"196 calls of orders failed: {ERROR.replace(was, is_)[60:]}")


def test_a_number_beside_what_is_copied_is_held_to_the_evidence() -> None:
    assert stands(f"{TOLD}{ERROR[:240]}…; 196 failed.")
    assert not stands(f"{TOLD}{ERROR[:240]}…; 197 failed.")
    assert not stands(f"orders failed in 197 traces. {ERROR[:240]}…")


@given(st.data())
def test_any_digit_that_is_changed_is_struck(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([m.start() for m in re.finditer(r"\d", ERROR)]))
    other = data.draw(st.sampled_from("0123456789").filter(lambda d: d != ERROR[place]))
    assert not stands(f"196 calls of orders failed: {ERROR[62:place]}{other}{ERROR[place + 1 :]}")


@given(st.integers(0, len(ERROR) - LEAST), st.integers(LEAST, len(ERROR)))
def test_any_piece_that_says_it_is_cut_is_found_whole(start: int, length: int) -> None:
    piece = f"…{ERROR[start : start + length].strip()}…"
    found = Copies([ERROR]).find(f"It says {piece} here.")
    assert found == ([(9, 7 + len(piece))] if len(piece) - 2 >= LEAST else [])


@given(
    st.lists(st.sampled_from(["abcdefghij", "0123456789", "=", " ", "…", ".", "-", "あ", "\n"]), max_size=60).map(
        "".join
    )
)
def test_what_is_found_stands_in_the_evidence_and_overlaps_nothing(text: str) -> None:
    known = "abcdefghij 0123456789-abcdefghij==================== abcdefghij. 0123456789 あああ abcdefghij"
    end = 0
    for start, stop in Copies([known]).find(text):
        assert start >= end
        assert " ".join(text[start:stop].split()) in known
        end = stop
