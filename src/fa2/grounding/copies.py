"""What a statement copies from the evidence without quoting it: pieces of an error or a line, cut anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

LEAST = 30
"""Characters that a piece has at least; what is shorter may stand anywhere by chance."""
_GRAM = LEAST // 2
"""Of each piece one stretch of so many characters begins at a multiple of it in the evidence: only those are kept."""
_LOOKED_AT = 4_000
"""Characters of a text from which pieces are known; nobody is shown more."""
_MOST_PLACES = 8
"""Places of one stretch that are tried: of "=====" there would be as many as characters."""
_CUT = re.compile(r"\s?(?:\.{3}|…)")
_WAS_CUT = re.compile(r"(?:\.{3}|…)\s?$")
_JOINS = frozenset("_-.,:/@%#+=&$")


class Copies:
    """The texts of a piece of evidence, made ready once; then finding takes time in proportion to the statement."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Take texts as they are compared (see plain_text)."""
        self._texts = [_looked_at(text) for text in texts if len(text) >= LEAST]
        self._places: dict[str, list[tuple[int, int]]] = {}
        for number, text in enumerate(self._texts):
            for at in range(0, len(text) - _GRAM + 1, _GRAM):
                places = self._places.setdefault(text[at : at + _GRAM], [])
                if len(places) < _MOST_PLACES:
                    places.append((number, at))

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return the places in a plain text of what is copied from the evidence, white space apart; none overlap.

        A piece ends with a word, for one that is cut within a word or a number says another than the evidence does; or
        where the text says by "…" that it is cut.
        """
        if not self._places:
            return []
        squeezed, places = _squeezed(text)
        return [(places[start], places[end - 1] + 1) for start, end in self._found(squeezed)]

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        at = end = 0
        while at <= len(text) - _GRAM:
            alike = self._alike(text, at, end)
            pieces = [_whole_words(text, one) for one in alike]
            start, end_ = max(((s, e) for s, e in pieces if e - s >= LEAST), key=_length, default=(at, at))
            if end_ > start:
                yield start, end_
                end = end_
            # What is alike and yet no piece is one long word; its letters need not be tried one by one.
            at = max([at + 1, end, *(one.end - _GRAM for one in alike if one.end - one.start >= 2 * LEAST)])

    def _alike(self, text: str, at: int, least: int) -> list[_Alike]:
        """Return what is alike around a place: of a text that repeats itself, the best may be kept for a place near by."""
        if text[at : at + _GRAM] not in self._places:
            return []
        near: dict[tuple[int, int], int] = {}
        for n in range(at, at + _GRAM):
            for number, place in self._places.get(text[n : n + _GRAM], ()):
                near.setdefault((number, place - n), n)
        tried = islice(near.items(), _MOST_PLACES)
        return [_alike(text, n, least, self._texts[number], n + shift) for (number, shift), n in tried]


@dataclass(frozen=True)
class _Alike:
    """Where a statement and a text of the evidence are alike, letter by letter."""

    start: int
    end: int
    """In the statement, half-open."""
    known: str
    shift: int
    """What is added to a place in the statement to get to the one in the evidence."""


def _alike(text: str, at: int, least: int, known: str, place: int) -> _Alike:
    """Return all that is alike around two places that are; nothing before `least` is looked at."""
    start, end, shift = at, at + _GRAM, place - at
    while start > least and start + shift > 0 and text[start - 1] == known[start + shift - 1]:
        start -= 1
    while end < len(text) and end + shift < len(known) and text[end] == known[end + shift]:
        end += 1
    return _Alike(start, end, known, shift)


def _whole_words(text: str, alike: _Alike) -> tuple[int, int]:
    """Return a piece without what it has of words and numbers that are others in the statement, or in the evidence."""
    start, end = alike.start, alike.end
    if not _WAS_CUT.search(text, max(0, start - 4), start):
        start = _after_joined(text, alike)
    if not _CUT.match(text, end):
        end = _before_joined(text, alike)
    return start, end


def _after_joined(text: str, alike: _Alike) -> int:
    start, end, known, shift = alike.start, alike.end, alike.known, alike.shift
    while start < end and (_joined(text, start) or _joined(known, start + shift)):
        start += 1
    # "less than 25 ms" says something else than "25 ms".
    word = text[start:end].lstrip().partition(" ")[0]
    if any(map(str.isdigit, word)) and any(
        _goes_on(t[max(0, n - 2) : n][::-1]) for t, n in ((text, start), (known, start + shift))
    ):
        return text.find(word, start) + len(word)
    return start


def _before_joined(text: str, alike: _Alike) -> int:
    start, end, known, shift = alike.start, alike.end, alike.known, alike.shift
    while start < end and (_joined(text, end) or _joined(known, end + shift)):
        end -= 1
    # "25 s" says something else than "25 ms".
    word = text[start:end].rstrip().rpartition(" ")[2]
    if any(map(str.isdigit, word)) and any(_goes_on(t[n : n + 2]) for t, n in ((text, end), (known, end + shift))):
        return text.rfind(word, start, end)
    return end


def _goes_on(beside: str) -> bool:
    """Tell whether a word or a sign stands beside the end of a piece, which might change what a number there says."""
    letter = beside.strip()[:1]
    return letter.isalnum() or letter in tuple("%<>=~×+-")


def _joined(text: str, place: int) -> bool:
    """Tell whether a place is within a word or a number: 1,234 and a.b are one, what ends a sentence is apart."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before in _JOINS:
        return after.isalnum() and text[place - 2 : place - 1].isalnum()
    if after in _JOINS:
        return before.isalnum() and text[place + 1 : place + 2].isalnum()
    return before.isalnum() and after.isalnum() and before.isascii() == after.isascii()


def _looked_at(text: str) -> str:
    return text if len(text) <= _LOOKED_AT else text[:_LOOKED_AT].rpartition(" ")[0]


def _squeezed(text: str) -> tuple[str, Sequence[int]]:
    """Return a text with any white space as one space, and the place of each of its characters in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if not (letter.isspace() and letters and letters[-1] == " "):
            letters.append(" " if letter.isspace() else letter)
            places.append(place)
    return "".join(letters), places


def _length(piece: tuple[int, int]) -> int:
    return piece[1] - piece[0]
