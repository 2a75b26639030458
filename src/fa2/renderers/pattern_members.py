"""The members of a JSON line's pattern, as far as it is whole: patterns are cut, and values in them are <*>."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

VARIABLE = "<*>"
_OBJECT = re.compile(r'\s*\{\s*(?="|\})')
_KEY = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*', re.S)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:(")|\\?\Z)', re.S)
_BARE = re.compile(r"[^,{}\[\]\"]*")
_PART = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.S)
_COMMA, _CLOSE = re.compile(r"\s*,"), re.compile(r"\s*\}")
_ESCAPE = re.compile(r'\\(["\\/nrt])')
_PLAIN = {"n": "\n", "r": "\n", "t": " "}
_DEEPEST = 4
"""How deep objects are opened; deeper ones are lists of who knows what."""


@dataclass(frozen=True)
class Field:
    """A member with a value that is no object."""

    key: str
    """With the keys of the objects around it: `log.level`."""
    text: str
    """Texts without their quotes and escapes."""
    first: int
    """The number of its first <*> among those of the pattern."""
    is_list: bool = False
    is_whole: bool = True
    """False for a text that is cut off."""

    @property
    def name(self) -> str:
        """The last key in small letters, without marks; with `log` before it where it was one word."""
        return re.sub("[^a-z]", "", self.key.rpartition(".")[2].lower())

    @property
    def says(self) -> bool:
        """Whether it has a text."""
        return not self.is_list and self.text.strip() not in ("", "null", "true", "false")


def fields_of(pattern: str) -> list[Field] | None:
    """Return the members of a pattern, those of objects and of JSON in texts among them; null when it is no object.

    What is behind broken JSON is one field without a key that is worth naming, `…`.
    """
    if not _OBJECT.match(pattern):
        return None
    reader = _Reader(pattern)
    found = list(reader.members("", 0))
    rest = pattern[reader.at :].strip()
    if rest:
        found.append(Field("…", rest, reader.tokens))
    return found or None


class _Reader:
    """Where reading has come to."""

    def __init__(self, text: str, tokens: int = 0) -> None:
        self.text = text
        self.at = 0
        self.tokens = tokens

    def members(self, before: str, depth: int) -> Iterator[Field]:
        """Yield the fields of the object that begins here, and go behind it."""
        self._take(_OBJECT)
        while found := self._take(_KEY):
            key = f"{before}{found[1]}"
            if depth < _DEEPEST and _OBJECT.match(self.text, self.at):
                yield from self.members(f"{key}.", depth + 1)
            else:
                yield from self._value(key, depth)
            if not self._take(_COMMA):
                break
        self._take(_CLOSE)

    def _value(self, key: str, depth: int) -> Iterator[Field]:
        first = self.tokens
        if self.text[self.at : self.at + 1] in ("[", "{"):
            yield Field(key, self._nested(), first, is_list=True)
        elif quoted := self._take(_STRING):
            text = _ESCAPE.sub(lambda found: _PLAIN.get(found[1], found[1]), quoted[1])
            inner = _Reader(text.strip(), first)
            if depth < _DEEPEST and _OBJECT.match(inner.text) and (found := list(inner.members("", depth + 1))):
                yield from found
            else:
                yield Field(key, text, first, is_whole=quoted[2] is not None)
        elif bare := self._take(_BARE):
            yield Field(key, bare[0].strip(), first)

    def _nested(self) -> str:
        """Return what stands up to the end of an array, or of an object, and go behind it."""
        start, depth, end = self.at, 0, len(self.text)
        for found in _PART.finditer(self.text, start):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
            if depth == 0:
                end = found.end()
                break
        self._go(end)
        return self.text[start : self.at]

    def _take(self, form: re.Pattern[str]) -> re.Match[str] | None:
        found = form.match(self.text, self.at)
        if found:
            self._go(found.end())
        return found

    def _go(self, to: int) -> None:
        self.tokens += self.text.count(VARIABLE, self.at, to)
        self.at = to
