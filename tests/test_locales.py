"""Both languages say the same: same messages, same values in them."""

from __future__ import annotations

import re
import string

import pytest

from fa2.core.messages import areas, messages

AREAS = sorted({*areas("en"), *areas("ja")})
NO_JAPANESE_NEEDED = {"report.page_title", "report.list_separator"}
"""Messages that read the same in Japanese: signs, names, units."""

each_area = pytest.mark.parametrize("area", AREAS)


def placeholders(template: str) -> set[tuple[str, str]]:
    parsed = string.Formatter().parse(template)
    return {(name, spec or "") for _, name, spec, _ in parsed if name is not None}


def test_both_languages_have_the_same_areas() -> None:
    assert areas("en") == areas("ja")


@each_area
def test_both_languages_have_the_same_messages(area: str) -> None:
    assert messages("en", area).keys() == messages("ja", area).keys()


@each_area
def test_both_languages_fill_in_the_same_values(area: str) -> None:
    english, japanese = messages("en", area), messages("ja", area)
    for key in english.keys() & japanese.keys():
        assert placeholders(english[key]) == placeholders(japanese[key]), key


@each_area
def test_no_message_is_empty(area: str) -> None:
    for language in ("en", "ja"):
        for key, text in messages(language, area).items():
            assert text.strip() or key == "report.list_separator", (language, key)


@each_area
def test_japanese_messages_are_in_japanese_and_english_ones_are_not(area: str) -> None:
    japanese = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
    for key, text in messages("ja", area).items():
        words = re.sub(r"\{[^}]*\}|`[^`]*`", "", text)
        if len(re.findall("[A-Za-z]", words)) > 4 and key not in NO_JAPANESE_NEEDED:
            assert japanese.search(words), key
    for key, text in messages("en", area).items():
        assert not japanese.search(text), key
