"""The members of a JSON line as they are written, without decoding it: what time and level are found by.

Members are walked from the first on, as far as needed; what is behind broken JSON does not count. The kernel
`json_kernel` walks them in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_OPENING = re.compile(r"[ \t]*\{")
_KEY = re.compile(r'[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*:[ \t]*', re.S)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_SCALAR = re.compile(r"[^,} \t]*")
_NESTED = re.compile(r'"(?:[^"\\]|\\.)*"|["\[\]{}]', re.S)
_NEXT = re.compile(r"[ \t]*,")

Form = Literal["text", "bare", "object", "array"]
Path = tuple[str, ...]
"""The key of a member, or the key of an object and that of a member in it."""


class Member(NamedTuple):
    """A member of an object."""

    key: str
    """As written, escapes and all."""
    form: Form
    """`bare` are numbers, true, false and null."""
    value: str
    """As written; texts without their quotes."""


def looks_like_json(line: str) -> bool:
    """Tell whether a line begins as an object does."""
    return _OPENING.match(line) is not None


def members(line: str) -> Iterator[Member]:
    """Yield the members of a line's object."""
    opening = _OPENING.match(line)
    at = opening.end() if opening else len(line)
    while found := _KEY.match(line, at):
        form, at, end = _value(line, found.end())
        if end < 0:
            return
        yield Member(found[1], form, line[at : end - (form == "text")])
        comma = _NEXT.match(line, end)
        if not comma:
            return
        at = comma.end()


def scalars(line: str) -> dict[Path, str]:
    """Return texts and bare values of a line's object and of the objects in it; of equal keys the first."""
    seen: set[str] = set()
    found: dict[Path, str] = {}
    for member in members(line):
        if member.key in seen:
            continue
        seen.add(member.key)
        if member.form == "object":
            for inner in members(member.value):
                found.setdefault((member.key, inner.key), inner.value if inner.form in ("text", "bare") else "")
        elif member.form != "array":
            found[(member.key,)] = member.value
    return found


def within(member: Member, path: Path) -> str | None:
    """Return the value at a path whose first key is the member's; null when there is none, or it is no scalar."""
    for key in path[1:]:
        if member.form != "object":
            return None
        found = next((inner for inner in members(member.value) if inner.key == key), None)
        if found is None:
            return None
        member = found
    return member.value if member.form in ("text", "bare") else None


def _value(line: str, at: int) -> tuple[Form, int, int]:
    """Return the form of a value, where what is in it starts, and where it ends; -1 when it does not."""
    first = line[at : at + 1]
    if first in ("{", "["):
        return "object" if first == "{" else "array", at, _nested_end(line, at)
    if first == '"':
        text = _STRING.match(line, at)
        return "text", at + 1, text.end() if text else -1
    bare = _SCALAR.match(line, at)
    return "bare", at, bare.end() if bare else -1


def _nested_end(line: str, at: int) -> int:
    depth = 0
    for found in _NESTED.finditer(line, at):
        if found[0] == '"':
            return -1
        if len(found[0]) == 1:
            depth += 1 if found[0] in "{[" else -1
            if depth == 0:
                return found.end()
    return -1
