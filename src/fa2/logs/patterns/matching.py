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
from typing import NamedTuple

from fa2.logs.patterns.pattern import SPACE, VARIABLE

Span = tuple[int, int]

_A_SPACE = f"[{SPACE}]"
_SPACES = re.compile(f"{_A_SPACE}+")
_TO_SPARE = re.compile(f"^{_A_SPACE}|{_A_SPACE}{{2}}")
"""Spaces that one piece may take from another."""
_EACH_SPACE = tuple(SPACE)
_KEPT = 1 << 14
"""How many templates are kept in pieces, and how many pieces compiled; templates share many."""


class _Piece(NamedTuple):
    """What stands between two <*>, before the first or behind the last."""

    text: str
    finds: re.Pattern[str]
    """Its words, with one space at an end that has spaces, and any between words."""
    opens: bool
    """Whether it begins with spaces."""
    closes: bool
    """Whether it ends with spaces."""


def spans(template: str, text: str) -> list[Span] | None:
    """Return where each <*> of a template stands in a text, in order; null when the text does not match, whole.

    A <*> takes as little as it can, each before the next, and a space of the template any spaces. Texts are single
    lines: with line ends in it, <*> takes those too, which engines do not when they are given the regular expression.
    """
    pieces = _pieces(template)
    if len(pieces) == 1:
        return [] if pieces[0].finds.fullmatch(text.strip(SPACE)) else None
    found = _between(pieces, text, None)
    if found is None and _TO_SPARE.search(text):
        latest = _latest(pieces, text)
        return _between(pieces, text, latest) if latest else None
    return found


def _between(pieces: Sequence[_Piece], text: str, latest: Sequence[int] | None) -> list[Span] | None:
    """Return what lies between the pieces when each begins as early as it can.

    latest: where each has to begin at the latest, for there to be room for those behind it; null for anywhere.
    """
    first, last = pieces[0], pieces[-1]
    place = first.finds.match(text, len(text) - len(text.lstrip(SPACE)))
    if place is None or (latest and first.text and place.end() > latest[1]):
        return None
    at = _end(first, place, latest[1] if latest else None)
    found = []
    for number, piece in enumerate(pieces[1:-1], 2):
        place = piece.finds.search(text, at)
        if place is None:
            return None
        found.append((at, _start(piece, place, at)))
        at = _end(piece, place, latest[number] if latest else None)
    end = len(text.rstrip(SPACE))
    if last.text:
        place = last.finds.search(text, at, end)
        if place is None:
            return None
        end = _start(last, place, at)
    found.append((at, max(at, end)))
    return found


def _latest(pieces: Sequence[_Piece], text: str) -> list[int] | None:
    """Return where each piece has to begin at the latest, the first at 0; null when they do not stand in this order."""
    turned = text[::-1]
    last = pieces[-1].text
    place = _turned(last).match(turned, len(text) - len(text.rstrip(SPACE)) if last else 0)
    found = [place]
    for piece in pieces[-2:0:-1]:
        if place is None:
            return None
        place = _turned(piece.text).search(turned, place.end())
        found.append(place)
    return [0, *(len(text) - place.end() for place in reversed(found) if place)] if place else None


def _start(piece: _Piece, place: re.Match[str], at: int) -> int:
    """Return where a piece begins, with all spaces that it may begin with, but for those before `at`."""
    start = place.start()
    return at + len(place.string[at:start].rstrip(SPACE)) if piece.opens else start


def _end(piece: _Piece, place: re.Match[str], latest: int | None) -> int:
    """Return where a piece ends, with all spaces that it may end with, but for those after `latest`."""
    end = place.end()
    spaces = _SPACES.match(place.string, end) if piece.closes else None
    end = spaces.end() if spaces else end
    return end if latest is None else min(end, latest)


@lru_cache(_KEPT)
def _pieces(template: str) -> tuple[_Piece, ...]:
    *before, last = template.strip(SPACE).split(VARIABLE)
    return (*map(_piece, before), _last_piece(last) if before else _piece(last))


@lru_cache(_KEPT)
def _piece(text: str) -> _Piece:
    return _Piece(text, re.compile(_expression(text)), text.startswith(_EACH_SPACE), text.endswith(_EACH_SPACE))


@lru_cache(_KEPT)
def _last_piece(text: str) -> _Piece:
    return _piece(text)._replace(finds=re.compile(_expression(text) + r"\Z"))


@lru_cache(_KEPT)
def _turned(text: str) -> re.Pattern[str]:
    """Return what finds a piece in a text that is turned round."""
    return re.compile(_expression(text[::-1]))


def _expression(text: str) -> str:
    words = text.strip(SPACE)
    before = _A_SPACE if text.startswith(_EACH_SPACE) else ""
    after = _A_SPACE if words and text.endswith(_EACH_SPACE) else ""
    return before + f"{_A_SPACE}++".join(map(re.escape, _SPACES.split(words))) + after
