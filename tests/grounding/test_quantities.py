"""Numbers as people write them, and how exactly they are meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.messages import catalogue, number
from fa2.grounding.plain_text import plain
from fa2.grounding.quantities import Quantity, quantities


def only(text: str) -> Quantity:
    (found,) = quantities(plain(text).text)
    return found


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,204 lines", 1204, "count"),
        ("1.2k", 1200, "none"),
        ("1.2 million", 1_200_000, "none"),
        ("×3.2", 3.2, "ratio"),
        ("3.2x", 3.2, "ratio"),
        ("22 times as long", 22, "ratio"),
        ("22 times", 22, "count"),
        ("3.2 倍", 3.2, "ratio"),
        ("12 %", 0.12, "share"),
        ("12 percent", 0.12, "share"),
        ("２割", 0.2, "share"),
        ("half", 0.5, "share"),
        ("1.5 GiB", 1.5 * 2**30, "bytes"),
        ("150 ms", 0.15, "time"),
        ("3 minutes", 180, "time"),
        ("３分", 180, "time"),
        ("1万2千件", 12_000, "count"),
        ("1.2万", 12_000, "none"),
        ("twelve", 12, "count"),
        ("zero", 0, "count"),
    ],
)
def test_a_number_is_read_in_the_base_of_its_unit(text: str, value: float, unit: str) -> None:
    assert (only(text).value, only(text).unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize(
    "text", ["orders-v2", "t3.large", "5th", "5番目", "at once", "once the pool was full", "not once"]
)
def test_what_is_part_of_a_word_or_counts_nothing_is_no_number(text: str) -> None:
    assert not list(quantities(plain(text).text))


@pytest.mark.parametrize(
    ("text", "fits", "not_"),
    [
        ("32,200", [32_237.0, 32_200.0], [32_300.0, 32_100.0]),
        ("4,000", [3_996.0], [3_950.0]),
        ("1,204", [1_204.0], [1_205.0, 1_203.0]),
        ("12 %", [0.124], [0.126]),
        ("about 400", [422.0], [470.0, 330.0]),
        ("about 12 %", [0.128], [0.14]),
        ("over 400", [422.0], [399.0, 510.0]),
        ("400 件以上", [422.0], [399.0]),
        ("fewer than 60", [56.0], [61.0]),
        ("doubled", [2.1], [1.2, 3.0]),
        ("0", [0.0], [0.1]),
        ("1", [1.0], [0.833]),
    ],
)
def test_a_number_is_as_exact_as_it_is_written(text: str, fits: list[float], not_: list[float]) -> None:
    read = only(text)
    assert [v for v in fits if not read.fits(v)] == []
    assert [v for v in not_ if read.fits(v)] == []


@given(st.floats(min_value=1e-5, max_value=1e12))
def test_what_fa2_writes_of_a_number_stands_for_it(value: float) -> None:
    assert only(number(value)).fits(value)


@given(st.floats(min_value=1e-3, max_value=1e7), st.sampled_from(["en", "ja"]))
def test_what_fa2_writes_of_a_duration_stands_for_it(seconds: float, language: str) -> None:
    text = catalogue("en" if language == "en" else "ja").format_field(seconds, "duration")
    read = only(text)
    assert read.unit == "time"
    assert read.fits(seconds)


@given(st.floats(min_value=1e-5, max_value=1))
def test_what_fa2_writes_of_a_share_stands_for_it(share: float) -> None:
    assert only(catalogue("en").format_field(share, "percent")).fits(share)
