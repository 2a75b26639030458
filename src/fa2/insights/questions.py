"""What a question asks about: topics, measures and names, from English and Japanese words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_WORD = re.compile(r"[a-z0-9][a-z0-9._-]*[a-z0-9]|[a-z0-9]")
_ENDINGS = "(?:s|es|'s)?"
_PARTS = re.compile(r"[^a-z0-9]+")
_LEAST = 2
"""Letters that a word needs to count as a name."""


@dataclass(frozen=True)
class Topic:
    """A part of AWS that people name."""

    name: str
    word: str
    """As it stands in the question."""
    namespaces: re.Pattern[str]


@dataclass(frozen=True)
class Measure:
    """Something that people want to know of a system."""

    name: str
    word: str
    metrics: re.Pattern[str] | None
    kinds: frozenset[str]


@dataclass(frozen=True)
class Understood:
    """What was taken from a question."""

    topics: tuple[Topic, ...]
    measures: tuple[Measure, ...]
    names: tuple[str, ...]
    """Words that are none of ours: perhaps names of services, resources or metrics. Lower case."""


def understand(question: str) -> Understood:
    """Return what a question asks about; the same for the same words, whatever their case and width."""
    said = " ".join(unicodedata.normalize("NFKC", question).lower().split())
    rules = _rules()
    topics = [
        Topic(name, word, re.compile("|".join(f"(?:{n})" for n in table["namespaces"])))
        for name, table in rules["topics"].items()
        if (word := _found(table["words"], said))
    ]
    narrowed = {wide for topic in topics for wide in rules["topics"][topic.name].get("narrows", ())}
    measures = [
        Measure(
            name, word, re.compile(table["metrics"]) if "metrics" in table else None, frozenset(table.get("kinds", ()))
        )
        for name, table in rules["measures"].items()
        if (word := _found(table["words"], said))
    ]
    return Understood(
        topics=tuple(topic for topic in topics if topic.name not in narrowed),
        measures=tuple(measures),
        names=tuple(dict.fromkeys(_names(said, rules))),
    )


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: HTTPCode_Target_5XX_Count is http, code, target, 5xx, count."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(part for part in _PARTS.split(spaced.lower()) if part)


def _found(words: Iterable[str], said: str) -> str | None:
    """Return the longest of our words that stands in the question; Japanese ones anywhere, others as whole words."""
    found = [word for word in words if (_pattern(word).search(said))]
    return max(found, key=len, default=None)


@cache
def _pattern(word: str) -> re.Pattern[str]:
    if not word.isascii():
        return re.compile(re.escape(unicodedata.normalize("NFKC", word)))
    return re.compile(rf"(?<![a-z0-9]){re.escape(word)}{_ENDINGS}(?![a-z0-9])")


def _names(said: str, rules: Mapping[str, Any]) -> Iterator[str]:
    ours = [word for area in ("topics", "measures") for table in rules[area].values() for word in table["words"]]
    ignored = set(str(rules["ignored"]["words"]).split())
    for word in _WORD.findall(said):
        known = any(_pattern(mine).fullmatch(word) for mine in ours if mine.isascii())
        if len(word) >= _LEAST and word not in ignored and not known and not word.isdigit():
            yield word


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((files("fa2.insights") / "words.toml").read_text(encoding="utf-8"))
