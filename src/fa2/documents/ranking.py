"""Which sections fit a query: BM25 over weighted terms, and the relevance below which nothing is told.

Score: BM25F (Robertson, Zaragoza & Taylor, "Simple BM25 extension to multiple weighted fields", 2004), with
titles three times the weight of text. We depart from it in counting terms, not words: a Japanese term of
many pairs of letters counts as one, by the share of its pairs that are there.

Relevance: the information of the terms found (their weight times how rare they are in these documents, and
twice that where a title has them) over that of the query's four most informative terms, found or not. A term
that no document has is the rarest of all, so a question about something else scores low although it shares a
word or two.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fa2.documents.terms import Form, Query, Term
from fa2.documents.words import words

LEAST = 0.22
"""The least relevance; bench/documents.py shows how fitting and unfitting questions lie around it."""
_TOP_TERMS = 4
_K1 = 1.2
_B = 0.6
_TITLE = 3.0
_TITLE_TELLS = 2.0
"""How much more relevant a section is by a term in its titles: they say what it is about."""
_FEWEST = 30
"""Fewer sections are taken as so many, since in a handful no word is rare."""


@dataclass(frozen=True)
class Stock:
    """What is known of all sections that are searched."""

    sections: int
    mean_words: float
    holding: Mapping[str, int]
    """By word of the query, how many sections have it in title or text."""

    def information(self, word: str) -> float:
        """Return how much a word tells: high for a rare one, near 0 for one that all sections have."""
        holding = self.holding.get(word, 0)
        return math.log(1 + (max(self.sections, _FEWEST) - holding + 0.5) / (holding + 0.5))


@dataclass(frozen=True)
class Fit:
    """How well a section fits a query."""

    score: float
    """Only order means something."""
    relevance: float
    """1 for a section with the query's top terms in its text, more with them in its titles."""
    terms: tuple[Term, ...]
    """Those found, the most telling first."""


@dataclass(frozen=True)
class Counted:
    """The words of a section."""

    title: Mapping[str, int]
    text: Mapping[str, int]
    words: int
    """Of title and text together."""

    @classmethod
    def of(cls, title: str, text: str) -> Counted:
        """Count the words of a section."""
        titled, written = Counter(words(title)), Counter(words(text))
        return cls(titled, written, titled.total() + written.total())

    def saturated(self, word: str, stock: Stock) -> float:
        """Return how often a word stands in the section, growing ever slower, for its length; below 2.2."""
        often = _TITLE * self.title.get(word, 0) + self.text.get(word, 0)
        length = 1 - _B + _B * self.words / (stock.mean_words or 1.0)
        return often * (_K1 + 1) / (often + _K1 * length)

    def has(self, word: str) -> bool:
        """Tell whether a word stands in the section."""
        return word in self.title or word in self.text


def fit(query: Query, section: Counted, stock: Stock) -> Fit:
    """Return how well a section fits."""
    found: list[tuple[float, Term]] = []
    score = 0.0
    for term in query.terms:
        told, points = max((_form(form, section, stock) for form in term.forms), default=(0.0, 0.0))
        if told > 0:
            found.append((term.weight * told * (_TITLE_TELLS if _in_title(term, section) else 1.0), term))
            score += term.weight * points
    wanted = sorted((term.weight * _most(term, stock) for term in query.terms), reverse=True)[:_TOP_TERMS]
    relevance = sum(told for told, _ in found) / (sum(wanted) or 1.0)
    ordered = sorted(found, key=lambda pair: -pair[0])
    return Fit(score, relevance, tuple(term for _, term in ordered))


def _form(form: Form, section: Counted, stock: Stock) -> tuple[float, float]:
    """Return the information that a form gives, and the same with how often it stands there."""
    there = [word for word in form.words if section.has(word)]
    if not there or len(there) < form.least * len(form.words) - 1e-9:
        return 0.0, 0.0
    scale = form.worth / len(form.words)
    told = scale * sum(stock.information(word) for word in there)
    return told, scale * sum(stock.information(word) * section.saturated(word, stock) for word in there)


def _in_title(term: Term, section: Counted) -> bool:
    return any(all(word in section.title for word in form.words) for form in term.forms)


def _most(term: Term, stock: Stock) -> float:
    """Return the information of a term's most common form: what a document that says it gives."""
    return min(sum(map(stock.information, form.words)) / len(form.words) for form in term.forms)


def stock_of(sections: Iterable[Counted], query: Query) -> Stock:
    """Return what is to be known of some sections to look for one query."""
    every = list(sections)
    holding = {word: sum(section.has(word) for section in every) for word in query.words}
    return Stock(len(every), sum(s.words for s in every) / (len(every) or 1), holding)
