"""Every error that the program can raise is told in both languages, with what was tried and the remedy."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import fa2
from fa2.core import errors
from fa2.core.errors import Fa2Error, UnusableInput
from fa2.core.messages import LANGUAGES, catalogue, messages

SOURCES = Path(fa2.__file__).parent
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Fa2Error)}


@dataclass(frozen=True)
class Raised:
    """One place in the source that makes an error."""

    where: str
    key: str
    values: frozenset[str]


def _raised() -> Iterator[Raised]:
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or name not in {*ERRORS, "_fail"} or not node.args:
                continue
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                values = frozenset(keyword.arg or "**" for keyword in node.keywords)
                yield Raised(f"{path.relative_to(SOURCES)}:{node.lineno}", key.value, values)


RAISED = list(_raised())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_errors_of_the_program_are_found() -> None:
    assert len(RAISED) > 30
    assert {"errors.time", "errors.bundle.nulls", "errors.archive.climbs"} <= {error.key for error in RAISED}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error", RAISED, ids=lambda error: f"{error.where} {error.key}")
def test_an_error_is_told_with_exactly_the_values_it_has(error: Raised, language: str) -> None:
    texts = catalogue("ja" if language == "ja" else "en")
    assert texts.has(error.key), error
    told = placeholders(texts.template(error.key))
    if texts.has(f"{error.key}_remedy"):
        told |= placeholders(texts.template(f"{error.key}_remedy"))
    assert told <= error.values
    if error.key.startswith("errors."):
        assert told == error.values


def test_every_message_of_an_error_is_one_that_can_be_raised() -> None:
    built = tuple(sorted(_heads()))
    assert built == ("errors.config.",)
    left = {key.removesuffix("_remedy") for key in messages("en", "errors")} - _named()
    assert {key for key in left if not key.startswith(built)} == set()


def _named() -> set[str]:
    """Return the keys that stand in the source as they are: some are chosen first and raised elsewhere."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py"))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and text.startswith("errors.")}


def _heads() -> set[str]:
    """Return what keys begin with that are put together: what pydantic finds wrong has a message each."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py"))
    texts = (node.values[0] for tree in trees for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    heads = (text.value for text in texts if isinstance(text, ast.Constant))
    return {str(head) for head in heads if str(head).startswith("errors.")}


def test_an_error_says_its_english_text() -> None:
    error = UnusableInput("errors.not_found", path="/nowhere")
    assert "nothing at /nowhere" in str(error)
    assert error.values == {"path": "/nowhere"}


def test_all_errors_are_of_one_tree() -> None:
    assert {"Fa2Error", "UnusableInput", "BrokenBundle", "RefusedArchive", "BrokenReport", "RefusedQuery"} <= ERRORS
