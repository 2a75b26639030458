"""The sentences of a section that a reader should see first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fa2.documents.ranking import Stock
from fa2.documents.terms import Form, Term
from fa2.documents.words import words

LONGEST = 280
"""Letters of a passage."""
MOST = 2
_SENTENCE = re.compile(
    r"[ \t]*(?:(?:[-*+>|]|\d+[.)]|#{1,6}|\[[ xX]\])[ \t]+)*(?P<said>[^\n]*?(?:[。！？]|[.!?](?=[ \t])|(?=\n)|\Z))"
)
"""Marks of lists, quotes and tables, and what is said after them."""
_RULE = re.compile(r"[\s|:=~`*_+-]*\Z")


class Passage(NamedTuple):
    """A piece of a text: text[start : start + len(text)]."""

    start: int
    text: str


def passages(text: str, terms: Sequence[Term], stock: Stock, most: int = MOST) -> list[Passage]:
    """Return the sentences that tell most of the terms, in their order; the first one where none does.

    A further sentence is only taken for what those before do not tell.
    """
    open_terms = list(terms)
    every = [(passage, frozenset(words(passage.text))) for passage in sentences(text)]
    chosen: list[Passage] = []
    while every and len(chosen) < most:
        told = [sum(_told(term, there, stock) for term in open_terms) for _, there in every]
        best = max(range(len(every)), key=lambda n: told[n])
        if told[best] <= 0 and chosen:
            break
        passage, there = every.pop(best)
        chosen.append(passage)
        open_terms = [term for term in open_terms if not _told(term, there, stock)]
    return sorted(chosen)


def sentences(text: str) -> Iterator[Passage]:
    """Yield the sentences and lines of a text without marks of lists, none longer than LONGEST."""
    for match in _SENTENCE.finditer(text):
        said = match["said"]
        begin = match.start("said") + len(said) - len(said.lstrip())
        said = said.strip()
        if not _RULE.match(said):
            yield Passage(begin, said[:LONGEST].rstrip())


def _told(term: Term, there: frozenset[str], stock: Stock) -> float:
    return term.weight * max((_form(form, there, stock) for form in term.forms), default=0.0)


def _form(form: Form, there: frozenset[str], stock: Stock) -> float:
    found = [word for word in form.words if word in there]
    if len(found) < form.least * len(form.words) - 1e-9:
        return 0.0
    return form.worth * sum(map(stock.information, found)) / len(form.words)
