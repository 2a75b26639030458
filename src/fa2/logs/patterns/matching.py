"""Where the values of a template stand in a text, in time that grows with the text and no faster.

The template's regular expression (`pattern.template_regex`) says the same, but Python's `re` tries all ways to divide a
text that does not match among its lazy groups. Here the pieces between the <*> are looked for from left to right, once
each: where a piece stands first it leaves the most room for the rest, so no other place has to be tried. Only
spaces can be claimed by two pieces, one before a <*> and one after it; the first takes all of them. When the rest
is not found then, the pieces are looked for from the right too, which tells what has to be left to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from fa2.logs.patterns.pattern import SPACE, VARIABLE

Span = tuple[int, int]

_A_SPACE = f"[{SPACE}]"
_SPACES = re.compile(f"{_A_SPACE}+")
_TO_SPARE = re.compile(f"^{_A_SPACE}|{_A_SPACE}{{2}}")
"""Spaces that one piece may take from another."""
_EACH_SPACE = tuple(SPACE)
_KEPT = 1 << 14
"""How many pieces are kept compiled; templates share many."""


def spans(template: str, text: str) -> list[Span] | None:
    """Return where each <*> of a template stands in a text, in order; null when the text does not match, whole.

    A <*> takes as little as it can, each before the next, and a space of the template any spaces. Texts are single
    lines: with line ends in it, <*> takes those too, which engines do not when they are given the regular expression.
    """
    pieces = template.strip(SPACE).split(VARIABLE)
    if len(pieces) == 1:
        return [] if _piece(pieces[0]).fullmatch(text.strip(SPACE)) else None
    found = _between(pieces, text, [len(text)] * len(pieces))
    if found is None and _TO_SPARE.search(text):
        latest = _latest(pieces, text)
        return _between(pieces, text, latest) if latest else None
    return found


def _between(pieces: Sequence[str], text: str, latest: Sequence[int]) -> list[Span] | None:
    """Return what lies between the pieces when each begins as early as it can.

    latest: where each has to begin at the latest, for there to be room for those behind it.
    """
    first, *others, last = pieces
    place = _piece(first).match(text, len(text) - len(text.lstrip(SPACE)))
    if place is None or (first and place.end() > latest[1]):
        return None
    at = min(_end(first, place), latest[1])
    found = []
    for number, piece in enumerate(others, 2):
        place = _piece(piece).search(text, at)
        if place is None:
            return None
        found.append((at, _start(piece, place, at)))
        at = min(_end(piece, place), latest[number])
    end = len(text.rstrip(SPACE))
    if not last:
        return [*found, (at, max(at, end))]
    place = _last_piece(last).search(text, at, end)
    return [*found, (at, _start(last, place, at))] if place else None


def _latest(pieces: Sequence[str], text: str) -> list[int] | None:
    """Return where each piece has to begin at the latest, the first at 0; null when they do not stand in this order."""
    _, *others, last = pieces
    turned = text[::-1]
    place = _turned_piece(last).match(turned, len(text) - len(text.rstrip(SPACE)) if last else 0)
    found = [place]
    for piece in reversed(others):
        if place is None:
            return None
        place = _turned_piece(piece).search(turned, place.end())
        found.append(place)
    return [0, *(len(text) - place.end() for place in reversed(found) if place)] if place else None


def _start(piece: str, place: re.Match[str], at: int) -> int:
    """Return where a piece begins, with all spaces that it may begin with, but for those before `at`."""
    return at + len(place.string[at : place.start()].rstrip(SPACE)) if piece.startswith(_EACH_SPACE) else place.start()


def _end(piece: str, place: re.Match[str]) -> int:
    """Return where a piece ends, with all spaces that it may end with."""
    spaces = _SPACES.match(place.string, place.end()) if piece.endswith(_EACH_SPACE) else None
    return spaces.end() if spaces else place.end()


@lru_cache(_KEPT)
def _piece(piece: str) -> re.Pattern[str]:
    return re.compile(_expression(piece))


@lru_cache(_KEPT)
def _last_piece(piece: str) -> re.Pattern[str]:
    return re.compile(_expression(piece) + r"\Z")


@lru_cache(_KEPT)
def _turned_piece(piece: str) -> re.Pattern[str]:
    return re.compile(_expression(piece[::-1]))


def _expression(piece: str) -> str:
    """Return the regular expression of a piece: with one space at an end that has spaces, and any between words."""
    words = piece.strip(SPACE)
    before = _A_SPACE if piece.startswith(_EACH_SPACE) else ""
    after = _A_SPACE if words and piece.endswith(_EACH_SPACE) else ""
    return before + f"{_A_SPACE}++".join(map(re.escape, _SPACES.split(words))) + after
