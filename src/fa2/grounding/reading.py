"""What a statement says that can be checked: ids, quotations, times, names, numbers and directions, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fa2.grounding.copies import Copies
from fa2.grounding.moments import Moment, moments
from fa2.grounding.names import NameIndex, identifiers, is_counted, marked_names, words_in_japanese
from fa2.grounding.plain_text import LONGEST, PlainText, comparable, plain
from fa2.grounding.quantities import Quantity, quantities
from fa2.grounding.words import vocabulary

Kind = Literal["id", "quotation", "time", "percentile", "name", "number", "direction"]

BLANK = "\0"
"""Stands where something was read already."""
_ID = re.compile(r"(?<![A-Za-z0-9_-])(?:E[0-9a-f]{10}|[CMH]\d{1,4})(?![A-Za-z0-9_-])")
_PAIRS = {"“": "”", "「": "」", "『": "』", "‘": "’", "«": "»", "„": "“"}
_CODE = re.compile(r"```[^`]*```|`[^`\n]+`")
_STRAIGHT = re.compile(r'"[^"\n]+"')
_SINGLE = re.compile(r"(?<![A-Za-z0-9])'[^'\n]+'(?![A-Za-z0-9])")
_PERCENTILE = re.compile(
    r"(?<![A-Za-z0-9])(?:p(\d{1,2})(?![A-Za-z0-9])|(\d{1,2})(?:th|st|nd|rd)?[ -]?percentiles?|(\d{1,2}) ?パーセンタイル"
    r"|(?<=than )(\d{1,2}) ?%(?= of))",
    re.IGNORECASE,
)
_LEAST_QUOTED = 4
_LONG = 12


@dataclass(frozen=True)
class Fact:
    """One thing that is said."""

    kind: Kind
    start: int
    end: int
    """Place in the plain text (see plain_text), half-open."""
    text: str
    quantity: Quantity | None = None
    """Of numbers."""
    moment: Moment | None = None
    """Of times."""
    way: str = ""
    """Of directions: up, down, gone, new, flat; of names: verbatim where it stands in the
    evidence as it is, marked where it is a plain word that the text calls a service or the like, counted where it is the
    noun of a number."""


@dataclass(frozen=True)
class Reading:
    """A statement, read."""

    plain: PlainText
    facts: tuple[Fact, ...]
    """In the order of their places."""
    blanked: str
    """The plain text without what was read as an id, a quotation, a time or a name."""

    def of(self, kind: Kind) -> list[Fact]:
        """Return the facts of a kind."""
        return [fact for fact in self.facts if fact.kind == kind]


class _Page:
    """The text while it is read: what was read is blanked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.left = text
        self.facts: list[Fact] = []

    def take(self, kind: Kind, start: int, end: int, *, way: str = "", said: str | None = None) -> None:
        self.facts.append(Fact(kind, start, end, self.text[start:end] if said is None else said, way=way))
        self.blank(start, end)

    def blank(self, start: int, end: int) -> None:
        self.left = self.left[:start] + BLANK * (end - start) + self.left[end:]


def read(
    written: str, names: NameIndex | None = None, verbatim: Sequence[str] = (), copies: Iterable[Copies] = ()
) -> Reading:
    """Return what a statement says. Takes time in proportion to its length.

    names: what is known to be a name. verbatim: texts of the evidence; where one stands whole in the statement it is taken as
    one name, whatever it looks like. copies: texts of the evidence, of which a long piece is taken likewise.
    """
    text = plain(written[:LONGEST])
    page = _Page(text.text)
    _copied(page, copies)
    _verbatim(page, [v for v in verbatim if len(v) >= _LONG])
    for found in _ID.finditer(page.left):
        page.take("id", *found.span())
    _quotations(page)
    page.facts = _outermost(page.facts)
    for moment in moments(page.left):
        page.facts.append(Fact("time", moment.start, moment.end, page.text[moment.start : moment.end], moment=moment))
        page.blank(moment.start, moment.end)
    for found in _PERCENTILE.finditer(page.left):
        page.take("percentile", *found.span(), said=next(g for g in found.groups() if g))
    _verbatim(page, [v for v in verbatim if len(v) < _LONG])
    _names(page, names, japanese=text.japanese)
    for quantity in quantities(page.left):
        said = page.text[quantity.start : quantity.end].strip()
        page.facts.append(Fact("number", quantity.start, quantity.end, said, quantity=quantity))
    page.facts += _directions(page.left)
    return Reading(text, tuple(sorted(page.facts, key=lambda f: (f.start, f.end))), page.left)


def facts(written: str, names: Iterable[str] = ()) -> list[Fact]:
    """Return the facts of a statement, in the order of their places in its plain text."""
    return list(read(written, NameIndex(names)).facts)


def _verbatim(page: _Page, texts: Sequence[str]) -> None:
    """Take what stands in the evidence as it stands: names with spaces, errors with brackets and numbers."""
    for text in sorted(texts, key=len, reverse=True):
        start = 0
        while len(text) >= 3 and (start := page.left.find(text, start)) >= 0:
            end = start + len(text)
            if not _within_word(page.left, start, end):
                page.take("name", start, end, way="verbatim")
            start = end


def _copied(page: _Page, copies: Iterable[Copies]) -> None:
    """Take the pieces that are copied from the evidence, the longest first: what stands in them stands there too."""
    found = {place for texts in copies for place in texts.find(page.left)}
    for start, end in sorted(found, key=lambda p: (p[0] - p[1], p)):
        if BLANK not in page.left[start:end]:
            page.take("name", start, end, way="verbatim", said=comparable(page.text[start:end]))


def _within_word(text: str, start: int, end: int) -> bool:
    return _joined(text, start) or _joined(text, end)


def _joined(text: str, place: int) -> bool:
    """Tell whether the letters before and after a place are of one word."""
    sides = text[place - 1 : place], text[place : place + 1]
    return all(c.isascii() and (c.isalnum() or c in "_-") for c in sides if c) and all(sides)


def _quotations(page: _Page) -> None:
    for found in [*_CODE.finditer(page.left)]:
        said = page.text[found.start() : found.end()].strip("`").strip()
        if found[0].strip(f"`{BLANK}").strip() == "":  # it stands in the evidence as it is
            page.blank(*found.span())
        else:
            page.take("name" if said and not re.search(r"\s", said) else "quotation", *found.span(), said=said)
    for start, end in _paired(page.left):
        _quote(page, start, end)
    for pattern in (_STRAIGHT, _SINGLE):
        for found in [*pattern.finditer(page.left)]:
            _quote(page, *found.span())


def _quote(page: _Page, start: int, end: int) -> None:
    """Take a quotation; what was taken within it before stands in the evidence already and need not be looked for."""
    said = page.text[start + 1 : end - 1].strip()
    inside = page.left[start + 1 : end - 1].strip()
    if inside.strip(BLANK).strip() == "":
        page.blank(start, end)
    elif said:
        short = len(comparable(said)) < _LEAST_QUOTED or not re.search(r"[\s\W]", said)
        page.take("name" if short else "quotation", start, end, said=said)


def _paired(text: str) -> Iterator[tuple[int, int]]:
    """Yield the outermost pairs of quotation marks; an apostrophe closes nothing within a word."""
    opened: list[tuple[str, int]] = []
    for place, letter in enumerate(text):
        if letter == "’" and text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum():
            continue
        if opened and letter == opened[0][0]:
            depth = sum(1 for mark, _ in opened if mark == letter)
            if depth == 1:
                yield opened[0][1], place + 1
                opened = []
            else:
                opened.pop()
        elif letter in _PAIRS and (not opened or _PAIRS[letter] == opened[0][0]) and len(opened) < 50:
            opened.append((_PAIRS[letter], place))


def _names(page: _Page, names: NameIndex | None, *, japanese: bool) -> None:
    if names is not None:
        for start, end in names.find(page.left):
            page.take("name", start, end, way="counted" if is_counted(page.text, start, end) else "")
    for start, end in identifiers(page.left, names):
        page.take("name", start, end)
    for start, end in marked_names(page.left):
        page.take("name", start, end, way="marked")
    if japanese:
        for start, end in words_in_japanese(page.left):
            page.take("name", start, end)


def _directions(text: str) -> list[Fact]:
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    found = [
        Fact("direction", match.start(), match.end(), text[match.start() : match.end()], way=way)
        for way, pattern in vocabulary().directions.items()
        for match in pattern.finditer(lower)
        if not _joined(text, match.start())
    ]
    return _outermost(found)  # "no longer logs" is no "longer"


def _outermost(found: Iterable[Fact]) -> list[Fact]:
    """Return the facts that lie within no other: what is within a quotation belongs to it."""
    kept: list[Fact] = []
    for fact in sorted(found, key=lambda f: (f.start, -f.end)):
        if not kept or fact.end > kept[-1].end:
            kept.append(fact)
    return kept
