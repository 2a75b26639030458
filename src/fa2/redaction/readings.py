"""Ways to read a text: as it stands, full-width characters as plain ones, and with the escapes of JSON, URLs and HTML undone.

Recognisers look at each reading; what they find is told as places in the text as it stands.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from urllib.parse import unquote

_ESCAPE = re.compile(
    r"\\{1,8}u[0-9a-fA-F]{4}|\\{1,8}x[0-9a-fA-F]{2}|(?:%[0-9a-fA-F]{2})+|\\{1,8}[/nrt]"
    r"|&(?:#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,5}|amp|quot|lt|gt|apos);|=\r?\n"
    "|[\xad\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]+"
)
_WHITE = {"n": "\n", "r": "\r", "t": "\t", "/": "/"}
_DEPTH = 3
"""How often an escaped text may be escaped again."""


@dataclass(frozen=True)
class Reading:
    """One way to read a text."""

    text: str
    _from: tuple[int, ...] = field(default=(0,), repr=False)
    """Where pieces begin in this reading."""
    _whence: tuple[tuple[int, int], ...] = field(default=((0, sys.maxsize),), repr=False)
    """Where each piece begins and ends in the text as it stands."""

    @cached_property
    def lower(self) -> str:
        """The text with small letters, of equal length."""
        lower = self.text.lower()
        return lower if len(lower) == len(self.text) else self.text.translate(_small_letters())

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a place of this reading lies in the text as it stands, escapes whole."""
        return self._at(start)[0], self._at(end - 1)[1]

    def _at(self, position: int) -> tuple[int, int]:
        piece = bisect_right(self._from, position) - 1
        begin, end = self._whence[piece]
        offset = position - self._from[piece]
        length = (self._from[piece + 1] if piece + 1 < len(self._from) else len(self.text)) - self._from[piece]
        if end != sys.maxsize and end - begin != length:  # an escape
            return begin, end
        return begin + offset, begin + offset + 1


def readings(text: str) -> Iterator[Reading]:
    """Yield the ways to read a text that differ, the plain one first."""
    reading = Reading(text if text.isascii() else text.translate(_plain_characters()))
    yield reading
    for _ in range(_DEPTH):
        if not _ESCAPE.search(reading.text):
            return
        reading = _unescaped(reading)
        yield reading


def _unescaped(reading: Reading) -> Reading:
    """Undo one layer of escapes."""
    pieces: list[str] = []
    starts: list[int] = []
    whence: list[tuple[int, int]] = []
    length = 0

    def add(piece: str, begin: int, end: int) -> None:
        nonlocal length
        starts.append(length)
        whence.append((begin, end))
        pieces.append(piece)
        length += len(piece)

    last = 0
    for match in _ESCAPE.finditer(reading.text):
        if match.start() > last:
            for part, begin, end in _kept(reading, last, match.start()):
                add(part, begin, end)
        if plain := _meaning(match[0]):
            add(plain, *reading.place(match.start(), match.end()))
        last = match.end()
    if last < len(reading.text):
        for part, begin, end in _kept(reading, last, len(reading.text)):
            add(part, begin, end)
    return Reading("".join(pieces), tuple(starts) or (0,), tuple(whence) or ((0, sys.maxsize),))


def _kept(reading: Reading, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of a stretch without escapes, cut where the reading's own pieces begin."""
    starts = reading._from
    piece = bisect_right(starts, start) - 1
    while start < end:
        stop = min(end, starts[piece + 1] if piece + 1 < len(starts) else end)
        yield reading.text[start:stop], *reading.place(start, stop)
        start, piece = stop, piece + 1


def _meaning(escape: str) -> str:
    if escape[0] == "%":
        return unquote(escape, errors="replace")
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[0] != "\\":
        return ""
    body = escape.lstrip("\\")
    return _WHITE.get(body) or chr(int(body[1:], 16))


@cache
def _plain_characters() -> dict[int, str]:
    """Return full-width characters, dashes, spaces and the digits of all scripts, each with its plain one."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63], "-")
    table |= dict.fromkeys([0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F], " ")
    for code in range(0x80, 0x1FBFA):
        if unicodedata.category(chr(code)) == "Nd":
            table[code] = str(unicodedata.digit(chr(code)))
    return table


@cache
def _small_letters() -> dict[int, str]:
    return {code: chr(code).lower() for code in range(0x41, 0x5B)}
