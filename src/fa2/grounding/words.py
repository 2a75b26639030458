"""The words that grounding knows: vocabulary.toml and glossary.toml, read once and made ready to search with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Trait:
    """What a part of a column's name means, and the words that tell it."""

    name: str
    parts: frozenset[str]
    group: str | None
    """Of the traits of a group, one holds for a number."""
    needs: bool
    """A number is of such a column only where one of its words stands beside it."""
    whole: bool
    """Such a column counts the M of "N of M"."""
    words: re.Pattern[str]


@dataclass(frozen=True)
class Vocabulary:
    """Words on columns, roles, times and movements, in English and Japanese."""

    usual: re.Pattern[str]
    than: re.Pattern[str]
    now: re.Pattern[str]
    traits: Mapping[str, Trait]
    groups: Mapping[str, tuple[Trait, ...]]
    by_part: Mapping[str, str]
    """From a part of a column's name to its trait."""
    counts: frozenset[str]
    counted: Mapping[str, re.Pattern[str]]
    """From a trait to the nouns that come right after what it counts."""
    moments: Mapping[str, Trait]
    directions: Mapping[str, re.Pattern[str]]
    """For text in lower case; whether a letter stands before what they find is left to the finder, which is faster."""


@dataclass(frozen=True)
class Glossary:
    """Words that are names, that are not, and that are only where the text marks them; lower case."""

    words: frozenset[str]
    in_japanese: frozenset[str]
    common: frozenset[str]
    products: frozenset[str]
    generic: frozenset[str]
    generic_ja: tuple[str, ...]
    """Longest first."""
    kind: re.Pattern[str]
    """A word, then what it is: the billing service. Groups `word` and `kind`."""
    kind_ja: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    """Return the words of vocabulary.toml."""
    read = _read("vocabulary.toml")
    traits = {name: _trait(name, entry) for name, entry in read["columns"].items()}
    counted = {
        name: _any(
            read["counted"]["en"].get(name, ()), read["counted"]["ja"].get(name, ()), start=r"\s?(?:[a-z-]+\s){0,1}?"
        )
        for name in {*read["counted"]["en"], *read["counted"]["ja"]}
    }
    return Vocabulary(
        usual=_any(read["roles"]["usual"]["en"], read["roles"]["usual"]["ja"]),
        than=_any(read["roles"]["than"]["en"], read["roles"]["than"]["ja"]),
        now=_any(read["roles"]["now"]["en"], read["roles"]["now"]["ja"]),
        traits=traits,
        groups={g: tuple(t for t in traits.values() if t.group == g) for g in {t.group for t in traits.values()} if g},
        by_part={part: trait.name for trait in traits.values() for part in trait.parts},
        counts=frozenset(read["counts"]["parts"]),
        counted=counted,
        moments={name: _trait(name, entry) for name, entry in read["moments"].items()},
        directions={
            name: re.compile(rf"(?:{entry['en']})(?![a-z0-9_])|{entry['ja']}")
            for name, entry in read["directions"].items()
        },
    )


@cache
def glossary() -> Glossary:
    """Return the words of glossary.toml."""
    read = _read("glossary.toml")
    kinds = "|".join(map(re.escape, read["kinds"].split()))
    kinds_ja = "|".join(map(re.escape, read["kinds_ja"].split()))
    return Glossary(
        words=_lower(read["words"]),
        in_japanese=_lower(read["in_japanese"]),
        common=_lower(read["common"]),
        products=_lower(read["products"]),
        generic=_lower(read["generic"]),
        generic_ja=tuple(sorted(read["generic_ja"].split(), key=len, reverse=True)),
        kind=re.compile(
            rf"(?<![A-Za-z0-9_./-])(?P<word>[A-Za-z][A-Za-z0-9_-]*)\s(?P<kind>{kinds})(?![A-Za-z0-9_-])", re.IGNORECASE
        ),
        kind_ja=re.compile(rf"(?<![一-鿿々ァ-ヺー])(?P<word>[一-鿿々ァ-ヺー]+)(?P<kind>{kinds_ja})(?![ァ-ヺー])"),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("fa2.grounding") / name).read_text(encoding="utf-8"))


def _lower(words: str) -> frozenset[str]:
    return frozenset(words.lower().split())


def _trait(name: str, entry: Mapping[str, Any]) -> Trait:
    return Trait(
        name=name,
        parts=frozenset(entry.get("parts", [name])),
        group=entry.get("group"),
        needs=entry.get("needs", False),
        whole=entry.get("whole", False),
        words=_any(entry["en"], entry["ja"]),
    )


def _any(en: Iterable[str], ja: Iterable[str], *, start: str = "") -> re.Pattern[str]:
    """Return what finds any of some words: English ones whole, Japanese ones anywhere."""
    whole = "|".join(sorted(map(re.escape, en), key=len, reverse=True)) or "(?!)"
    some = "|".join(sorted(map(re.escape, ja), key=len, reverse=True)) or "(?!)"
    return re.compile(rf"{start}(?:(?<![A-Za-z0-9_])(?:{whole})(?![A-Za-z0-9_])|{some})", re.IGNORECASE)
