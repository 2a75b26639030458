"""Messages: numbers and units as people read them, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.messages import LANGUAGES, Language, Statement, Value, catalogue, messages, number

EN, JA = catalogue("en"), catalogue("ja")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (1234567, "1,234,567"),
        (-1234567, "-1,234,567"),
        (0.0, "0"),
        (12.0, "12"),
        (1234.0, "1,234"),
        (1234.56, "1,230"),
        (99.96, "100"),
        (0.123456, "0.123"),
        (0.00012345, "0.000123"),
        (4.8e-05, "0.000048"),
        (-1e-06, "-0.000001"),
        (2.5e-09, "2.5e-09"),
        (2.5, "2.5"),
        (1e15, "1,000,000,000,000,000"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_shows_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(-1e12, 1e12))
def test_a_number_shown_is_near_the_number_meant(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.006, abs=1e-300)


@given(st.integers())
def test_a_whole_number_is_shown_whole(value: int) -> None:
    assert int(number(value).replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "unit", "english", "japanese"),
    [
        ("2026-11-20T03:00:00.5Z", "time", "2026-11-20 03:00:00 UTC", "2026-11-20 03:00:00 UTC"),
        ("2026-11-20T12:34:56+09:00", "clock", "03:34:56", "03:34:56"),
        (0.0421, "duration", "42.1 ms", "42.1 ミリ秒"),
        (0, "duration", "0 s", "0 秒"),
        (90, "duration", "90 s", "90 秒"),
        (600, "duration", "10 min", "10 分"),
        (-7200, "duration", "-2 h", "-2 時間"),
        (864000, "duration", "10 days", "10 日"),
        (0.5, "percent", "50 %", "50 %"),
        (3.456, "times", "×3.46", "×3.46"),
        (1023, "bytes", "1,023 B", "1,023 B"),
        (1536, "bytes", "1.5 KiB", "1.5 KiB"),
        (5 << 40, "bytes", "5 TiB", "5 TiB"),
        (None, "duration", "–", "–"),
        (None, "time", "–", "–"),
        ("{braces}", "", "{braces}", "{braces}"),
        ("no such word", "word", "no such word", "no such word"),
    ],
)
def test_a_unit_gives_its_form(value: Value, unit: str, english: str, japanese: str) -> None:
    assert EN.format_field(value, unit) == english
    assert JA.format_field(value, unit).replace(" ", "") == japanese.replace(" ", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_of_a_closed_set_is_told_in_the_language(language: Language) -> None:
    name = next(key.removeprefix("words.") for key in messages(language, "words") if "{" not in key)
    assert catalogue(language).format_field(name, "word") == messages(language, "words")[f"words.{name}"]


def test_a_statement_is_told_in_both_languages_with_the_same_values() -> None:
    statement = Statement("errors.from_to")
    assert "belong together" in EN.render(statement)
    assert "両方" in JA.render(statement)


@pytest.mark.parametrize("key", ["errors.no_such", "no_such.thing", "", "errors", "../en/errors.time", "a/b.c"])
def test_a_message_that_is_not_there_is_a_key_error(key: str) -> None:
    assert not EN.has(key)
    with pytest.raises(KeyError):
        EN.text(key)


def test_a_missing_value_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        EN.text("errors.time")


@given(st.text())
def test_untrusted_values_are_never_read_as_format_strings(text: str) -> None:
    assert f"“{text}”" in EN.text("errors.time", text=text)
