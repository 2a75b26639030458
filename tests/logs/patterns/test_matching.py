"""Values are found where the template's regular expression finds them, however long the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import SPACE, VARIABLE, template_regex

LONG = 100_000
SIGNS = "aab  \t:.<*>\x0b\u3000é"
PIECES = st.text(st.sampled_from("ab  \t:\x0b"), max_size=4)
TEMPLATES = st.lists(PIECES, min_size=1, max_size=6).map(VARIABLE.join)
TEXTS = st.text(st.sampled_from(SIGNS), max_size=14)


@st.composite
def matching_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """A template and a text with values, or more of spaces, in its places."""
    template = draw(TEMPLATES)
    text = "".join(part if part != VARIABLE else draw(TEXTS) for part in re.split(r"(<\*>)", template))
    spaces = st.text(st.sampled_from(" \t"), min_size=1, max_size=3)
    return template, "".join(draw(spaces) if sign == " " else sign for sign in text)


def by_regex(template: str, text: str) -> list[tuple[int, int]] | None:
    """Return what Python's engine says, which tries everything."""
    regex = re.compile(re.sub(r"\\s", f"[{SPACE}]", template_regex(template)))
    found = regex.search(text)
    return [found.span(group) for group in range(1, regex.groups + 1)] if found else None


@settings(max_examples=500)
@given(TEMPLATES, TEXTS)
@example("<*> b", "  b")
@example("a <*><*> b", "a  b")
@example("<*> <*> <*>", "   ")
@example("a <*>", "a   ")
@example("", " \t")
def test_values_stand_where_the_regular_expression_finds_them(template: str, text: str) -> None:
    assert spans(template, text) == by_regex(template, text)


@settings(max_examples=500)
@given(matching_pairs())
@example(("a <*> b <*> b", "a   b  b"))
@example(("<*> <*> a", "   a"))
def test_they_do_so_where_there_is_something_to_find(pair: tuple[str, str]) -> None:
    found = spans(*pair)
    assert found is not None
    assert found == by_regex(*pair)


def test_each_value_is_what_stands_between_the_words() -> None:
    text = "  Failed to open\tthe door at <*> because of wind \n"
    found = spans("Failed to <*> at <*> because <*>", text)
    assert found is not None
    assert [text[start:end] for start, end in found] == ["open\tthe door", "<*>", "of wind"]


def test_only_the_spaces_of_every_engine_are_spaces() -> None:
    assert spans("a b", "a\u3000b") is None
    assert spans("a b", "a \t\n\f\rb") == []


def test_a_value_may_hold_line_ends() -> None:
    assert spans("a <*> b", "a 1\n2 b") == [(2, 5)]


@pytest.mark.parametrize(
    ("piece", "unit"),
    [
        (" at ", "at "),
        (" at ", " at  "),
        (" ", "a "),
        ("a", "a"),
        (" a a ", "a "),
        (" ", " "),
        (" b", " "),
        ("b ", "b"),
    ],
)
def test_long_text_that_does_not_match_is_soon_told(piece: str, unit: str) -> None:
    for ends in ("", "  "):
        text = ends + unit * (LONG // len(unit)) + "z" + ends
        assert spans("<*>" + f"{piece}<*>" * 30 + "x", text) is None
        assert spans(f"{piece}<*>" * 30 + "x", text) is None
