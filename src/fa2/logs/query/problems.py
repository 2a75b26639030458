"""What is wrong with a query, where it stands, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fa2.core.errors import UnusableInput
from fa2.core.messages import Catalogue, Value, catalogue


@dataclass(frozen=True)
class At:
    """Where something stands in a query: offsets in characters, the end exclusive."""

    start: int
    end: int

    def to(self, other: At) -> At:
        """Return what reaches from here to the end of another place."""
        return At(self.start, max(self.end, other.end))


NOWHERE = At(0, 0)


class QueryProblem(UnusableInput):
    """A query cannot be run; the message names line and column, and the remedy."""

    def __init__(self, name: str, at: At, /, *, expected: Sequence[str] = (), **values: Value) -> None:
        super().__init__(f"query.problem.{name}", **values)
        self.at = at
        self.expected = tuple(expected)
        """Kinds of tokens that could have stood here: names of query.token."""
        self.query = ""

    def within(self, query: str) -> QueryProblem:
        """Return the same problem, which now knows its query."""
        self.query = query
        return self

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.query.count("\n", 0, self.at.start) + 1

    @property
    def column(self) -> int:
        """The column in characters, from 1."""
        return self.at.start - (self.query.rfind("\n", 0, self.at.start) + 1) + 1

    def told(self, texts: Catalogue) -> str:
        """Return what is wrong in one line of text, with line and column."""
        values = dict(self.values)
        if self.expected:
            names = [_token(texts, token) for token in self.expected]
            listed = texts.template("query.comma").join(names[:-1])
            values["expected"] = texts.text("query.or", first=listed, last=names[-1]) if listed else names[-1]
        text = texts.text(self.key, **values)
        return texts.text("query.located", line=self.line, column=self.column, text=text)

    def excerpt(self) -> tuple[str, str]:
        """Return the line of the query that is meant, and the part of it before the column."""
        lines = self.query.split("\n")
        line = lines[min(self.line, len(lines)) - 1]
        return line, line[: self.column - 1]

    @property
    def length(self) -> int:
        """How many characters of the line are meant, at least one."""
        line, before = self.excerpt()
        return max(min(self.at.end - self.at.start, len(line) - len(before)), 1)

    def __str__(self) -> str:
        return self.told(catalogue("en"))


def _token(texts: Catalogue, token: str) -> str:
    key = f"query.token.{token.lower()}"
    return texts.template(key) if texts.has(key) else f"`{token.lower()}`"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant; null when none is near."""
    folded = {other.casefold(): other for other in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
