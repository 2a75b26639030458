"""Searching sections: the fitting ones of a few that lie in memory, one of each document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fa2.documents.passages import Passage, passages
from fa2.documents.ranking import LEAST, Counted, Fit, Stock, fit, stock_of
from fa2.documents.sections import Section
from fa2.documents.terms import Query

FOUND = 5
"""Sections that a search returns unless told otherwise."""


@dataclass(frozen=True)
class Part:
    """A section and the document that it is of."""

    id: str
    """Where it stands; differs for every section that was split off before."""
    document: str
    """What the document is told by; a search gives one section of each."""
    section: Section
    url: str | None = None


@dataclass(frozen=True)
class Hit:
    """A section that fits."""

    part: Part
    fit: Fit
    passages: tuple[Passage, ...]
    """The sentences that matched; their starts are within the section's text."""

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that were found, as the query has them, the most telling first."""
        return tuple(dict.fromkeys(term.shown for term in self.fit.terms))


def search(parts: Sequence[Part], query: Query, count: int = FOUND) -> list[Hit]:
    """Return the fitting sections, best first, at most `count` and one of each document.

    Reads every word of every section; see sources.documents for an index on many.
    """
    counted = [Counted.of(part.section.title, part.section.text) for part in parts]
    return best(zip(parts, counted, strict=True), query, stock_of(counted, query), count)


def best(candidates: Iterable[tuple[Part, Counted]], query: Query, stock: Stock, count: int) -> list[Hit]:
    """Return the fitting ones of some sections, best first: the best of each document, relevance LEAST or more."""
    fits = [(fit(query, counted, stock), part) for part, counted in candidates]
    fitting = [(found, part) for found, part in fits if found.terms and found.relevance >= LEAST]
    fitting.sort(key=lambda pair: (-round(pair[0].score, 9), pair[1].document, pair[1].section.start))
    first: dict[str, tuple[Fit, Part]] = {}
    for found, part in fitting:
        first.setdefault(part.document, (found, part))
    return [
        Hit(part, found, tuple(passages(part.section.text, found.terms, stock)))
        for found, part in list(first.values())[:count]
    ]
