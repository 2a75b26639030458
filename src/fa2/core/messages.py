"""Statements without a language, and the catalogues that put them into English or Japanese."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Value: TypeAlias = str | int | float | bool | None
"""What a statement may carry. Times travel as ISO 8601 text."""

Language = Literal["en", "ja"]
_SMALLEST = 1e-6
"""Numbers from here up are written out; those nearer to 0 have an exponent."""
LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True)
class Statement:
    """Something said: the key of a message and the values that fill it in."""

    key: str
    """AREA.NAME: the message NAME in locales/LANGUAGE/AREA.toml; dots in NAME are nested tables."""
    values: Mapping[str, Value] = field(default_factory=dict)


class Catalogue(string.Formatter):
    """All messages of one language.

    A message is a format string. After the colon it may name a unit: {t:time}, {t:clock}, {s:duration}
    (seconds), {x:percent} (share of 1), {x:times} (ratio), {n:bytes}, {n:count}; {name:word} looks the
    value up as words.NAME, for closed sets such as mechanisms; {names:tables} does so for a list of tables. Plain numbers get at most three digits
    that count and thousands separators.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def render(self, statement: Statement) -> str:
        """Return the text of a statement. Raises KeyError when the message or a value is missing."""
        return self.vformat(self.template(statement.key), (), dict(statement.values))

    def text(self, key: str, /, **values: Value) -> str:
        """Return the text of the message `key`, filled in."""
        return self.render(Statement(key, values))

    def has(self, key: str) -> bool:
        """Tell whether there is a message of this key."""
        return key in _messages(self.language, key.partition(".")[0])

    def template(self, key: str) -> str:
        """Return the unfilled message. Raises KeyError when there is none."""
        return _messages(self.language, key.partition(".")[0])[key]

    def word(self, name: str) -> str:
        """Return the word for a name of a closed set, or the name itself where it has none."""
        key = f"words.{name}"
        return self.template(key) if self.has(key) else name

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one value as text, by its unit."""
        if value is None:
            return "–"
        match format_spec:
            case "time":
                return _time(value).strftime("%Y-%m-%d %H:%M:%S UTC")
            case "clock":
                return _time(value).strftime("%H:%M:%S")
            case "duration":
                return self._duration(float(value))
            case "percent":
                return number(100 * float(value)) + " %"
            case "times":
                return "×" + number(float(value))
            case "bytes":
                return _size(float(value))
            case "word":
                return self.word(str(value))
            case "tables":
                names = [self.template(f"report.table.{name}") for name in str(value).split(", ") if name]
                return self.template("report.list_separator").join(names)
            case _:
                return number(value) if isinstance(value, int | float) else str(value)

    def _duration(self, seconds: float) -> str:
        for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
            if abs(seconds) >= 2 * size:
                return self.text(f"words.duration.{unit}", n=number(seconds / size))
        if 0 < abs(seconds) < 1:
            return self.text("words.duration.milliseconds", n=number(seconds * 1000))
        return self.text("words.duration.seconds", n=number(seconds))


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the messages of a language; files are read when a message of theirs is first asked for."""
    return Catalogue(language)


def areas(language: Language) -> list[str]:
    """Return the areas of messages that a language has, sorted."""
    folder = files("fa2") / "locales" / language
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def number(value: float) -> str:
    """Return a number for reading: integers whole, others with three significant digits."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 100):
        return f"{int(value):,}"
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    rounded = float(f"{value:.3g}")
    if abs(rounded) >= 100:
        return f"{rounded:,.0f}"
    return f"{Decimal(f'{rounded:g}'):f}" if abs(rounded) >= _SMALLEST else f"{rounded:g}"


@cache
def _messages(language: Language, area: str) -> dict[str, str]:
    source = files("fa2") / "locales" / language / f"{area}.toml"
    if not area.isidentifier() or not source.is_file():
        return {}
    flat: dict[str, str] = {}
    _flatten(area, tomllib.loads(source.read_text(encoding="utf-8")), flat)
    return flat


def messages(language: Language, area: str) -> dict[str, str]:
    """Return the messages of one area by key."""
    return dict(_messages(language, area))


def _flatten(prefix: str, table: Mapping[str, Any], into: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}.{name}", value, into)
        else:
            into[f"{prefix}.{name}"] = str(value)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{number(size)} {unit}"
        size /= 1024
    return f"{number(size)} TiB"
