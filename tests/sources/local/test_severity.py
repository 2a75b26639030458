"""Levels as loggers write them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fa2.sources.local.severity import (
    begins_with_level,
    level_named,
    level_numbered,
    level_of_priority,
    level_of_text,
)

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("ERROR gone", "ERROR"),
        ("error: gone", "ERROR"),
        ("[main] WARN c.e.Orders - x", "WARN"),
        ("[warning] x", "WARN"),
        ("[core:error] x", "ERROR"),
        ("|INFO|x", "INFO"),
        ("production.ERROR: x", "ERROR"),
        ("app[7]: fatal: x", "FATAL"),
        ("level=debug msg=ERROR", "DEBUG"),
        ('{"severity": "CRITICAL"}', "FATAL"),
        ("lvl=eror x", None),
        ("[7] LOG:  checkpoint", "INFO"),
        ("INFO a later ERROR does not count", "INFO"),
        ("\x1b[31mERROR\x1b[0m x", "ERROR"),
        ("[エラー] x", "ERROR"),
        ("an error in a sentence", None),
        ("NO_ERROR MY-ERROR /ERROR ERRORS", None),
        ("TERROR", None),
        ("", None),
    ],
)
def test_a_line_tells_its_level(text: str, level: str | None) -> None:
    assert level_of_text(text) == level


def test_only_the_beginning_counts() -> None:
    assert level_of_text("x" * 250 + " ERROR") is None


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("warn", "WARN"),
        ("Warning", "WARN"),
        ("50", "ERROR"),
        ("notice", "INFO"),
        ("verbose", "TRACE"),
        ("x", None),
    ],
)
def test_names_of_any_case_are_one_of_six(name: str, level: str | None) -> None:
    assert level_named(name) == level


def test_numbers_are_pinos_or_syslogs() -> None:
    assert [level_numbered(n) for n in (10, 20, 30, 40, 50, 60)] == [
        "TRACE",
        "DEBUG",
        "INFO",
        "WARN",
        "ERROR",
        "FATAL",
    ]
    assert [level_numbered(n) for n in (0, 3, 4, 7, 8, 2.5)] == [
        "FATAL",
        "ERROR",
        "WARN",
        "DEBUG",
        None,
        None,
    ]
    assert [level_of_priority(n) for n in (11, 191, 192)] == ["ERROR", "DEBUG", None]


def test_a_level_in_front_begins_a_message() -> None:
    assert begins_with_level("[ERROR] x")
    assert begins_with_level("WARN: x")
    assert not begins_with_level("ERRORS were found")
    assert not begins_with_level("ValueError: x")


@given(st.text(max_size=100))
@example("²")
@example("9" * 5000)
def test_any_text_has_one_of_six_levels_or_none(text: str) -> None:
    assert level_of_text(text) in (*LEVELS, None)
    assert level_named(text) in (*LEVELS, None)
