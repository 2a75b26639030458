"""Patterns of the lines that a query gives, with when each came and what stood in its tokens."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fa2.core.pattern_report import PatternView
from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import VARIABLE, Pattern, Token, TokenValue

if TYPE_CHECKING:
    import pyarrow as pa

Ints = NDArray[np.int64]

MAX_READ = 500
"""How many lines of a pattern, spread evenly over it, are read for the values of its tokens."""
MAX_VALUES = 10
"""How many values of a token are told, as in CloudWatch."""
MAX_NAMED = 1000
"""For how many patterns, the most frequent, lines are read again."""


class MinedLines:
    """Lines, the pattern of each, and when they came."""

    def __init__(self, rows: pa.Table) -> None:
        """rows: a column `text`, and `moment` where there are times. Lines that are missing are left out."""
        from fa2.logs.patterns.mining import mine  # compiled code, which most queries need not wait for

        rows = rows.filter(rows["text"].is_valid())
        self.texts: list[str] = rows["text"].to_pylist()
        self.moments = _microseconds(rows) if "moment" in rows.column_names else None
        """Microseconds since 1970 of each line, where lines have times."""
        self._mined = mine(self.texts)
        self._order = np.argsort(self._mined.assignment, kind="stable")
        ends = np.cumsum(np.bincount(self._mined.assignment, minlength=len(self._mined.patterns)))
        self._ends = np.concatenate(([0], ends)).astype(np.int64)

    @cached_property
    def patterns(self) -> list[PatternView]:
        """The patterns, the most frequent first, their tokens named and with values."""
        from fa2.logs.patterns.pattern_reports import view_of

        return [view_of(self._with_values(n, pattern)) for n, pattern in enumerate(self._mined.patterns)]

    def rows(self, pattern: int) -> Ints:
        """Return the indexes of a pattern's lines."""
        return self._order[self._ends[pattern] : self._ends[pattern + 1]]

    def moments_of(self, pattern: int) -> Ints:
        """Return when a pattern's lines came, in order; nothing where lines have no times."""
        if self.moments is None:
            return np.zeros(0, np.int64)
        return np.sort(self.moments[self.rows(pattern)])

    def values(self, pattern: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return (line, value of each token) of some of a pattern's lines, spread evenly, in the order of time."""
        rows = self.rows(pattern)
        if self.moments is not None:
            rows = rows[np.argsort(self.moments[rows], kind="stable")]
        step = max(len(rows) / MAX_READ, 1.0)
        chosen = rows[(np.arange(min(len(rows), MAX_READ)) * step).astype(np.int64)]
        template = self._mined.patterns[pattern].text
        lines = ((int(row), _first_line(self.texts[row])) for row in chosen)
        found = ((row, line, spans(template, line)) for row, line in lines)
        return [(row, tuple(line[a:b] for a, b in places)) for row, line, places in found if places is not None]

    def _with_values(self, index: int, pattern: Pattern) -> Pattern:
        places = pattern.text.count(VARIABLE)
        if not places or index >= MAX_NAMED:
            return pattern
        read = self.values(index)
        exact = len(read) == pattern.count
        tokens = [_token(Counter(values[place] for _, values in read), exact) for place in range(places)]
        return replace(pattern, tokens=tuple(tokens))


def _token(values: Counter[str], exact: bool) -> Token:
    top = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:MAX_VALUES]
    return Token("value", "", tuple(TokenValue(value, n) for value, n in top), len(values), exact)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].partition("\r")[0]


def _microseconds(rows: pa.Table) -> Ints:
    import pyarrow as pa

    moments = rows["moment"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    found: Ints = np.array(moments.to_pylist(), np.int64)
    return found
