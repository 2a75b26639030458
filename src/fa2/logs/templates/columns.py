"""Which words of lines with one frame are values: those that take many forms where all else is the same.

A column is a word's place in a frame. Rows that agree in all columns but one (or two) show how many forms that column
takes; how many make it a value depends on what stands around it. Drain (He et al. 2017) asks how alike whole lines are;
here the forms of each place are counted, so that rare lines of one statement are not lost in frequent ones of another.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.templates.words import MESSAGE_KEYS

Row = tuple[str, ...]
"""The words of a template, without its frame."""

_ROUNDS = 3
_PAIRS_UP_TO = 3_000
"""Rows of one frame beyond which pairs of columns are no longer tried; single ones always are."""

_PAIRED_UP_TO = 40
"""Columns of one frame beyond which pairs are not tried either."""
_WORDS_OF_A_STATEMENT = 2
"""Words that have to stay where two are taken for values; else all messages of two words would be one."""

_KEY = re.compile(r'(?:"((?:[^"\\]|\\.)*)"\s*:\s*|([A-Za-z_][\w.-]*)=)"?$')
_NAMED = frozenset("user username login account host hostname device".split())
"""A name follows these words, unless a verb does."""
_FUNCTION_WORDS = frozenset(
    "is was has had not on in to for from by and or with at as of the a an be been are were will can cannot could"
    " unknown name names id ids".split()
)
_INFLECTED = re.compile(r"(?:ed|ing|able|ion|ity|ment|ly)$")
_SEVERITIES = frozenset(
    "trace debug info information notice warn warning error err crit critical fatal panic alert emerg severe".split()
)
_CONSTANTS = frozenset("true false null none nil".split())
_UNITS = frozenset("b kb mb gb tb kib mib gib tib bytes byte ns us ms s sec secs seconds min minutes h hours".split())
_DIGIT = re.compile("[0-9]")

_BOUNDS = {"identifier": 3, "word": 6, "capitals": 12, "first": 25, "failure": 25}
"""How many forms a column may take and still be no value."""


def settle(frames: Mapping[tuple[str, ...], Sequence[Row]]) -> dict[tuple[str, ...], dict[Row, Row]]:
    """Return for each frame and row the row with its values as <*>.

    In rounds: words that proved to be values in one place are then taken for values sooner in others.
    """
    settled = {frame: {row: row for row in rows} for frame, rows in frames.items()}
    several = [frame for frame, rows in frames.items() if len(rows) > 1]
    known: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        for frame in several:
            found = _settle_frame(frame, sorted(set(settled[frame].values())), known)
            settled[frame] = {row: found[now] for row, now in settled[frame].items()}
        news = _known_values(settled.values()) - known
        known |= news
        several = [frame for frame in several if any(not news.isdisjoint(row) for row in settled[frame].values())]
        if not several:
            break
    return settled


def _known_values(settled: Iterable[Mapping[Row, Row]]) -> frozenset[str]:
    """Return words that were values in at least as many templates as they are words in."""
    values: Counter[str] = Counter()
    literals: Counter[str] = Counter()
    for rows in settled:
        literals.update(word for row in set(rows.values()) for word in set(row))
        places = {(now, n, word) for old, now in rows.items() for n, word in enumerate(old) if word != now[n]}
        values.update(word for _, _, word in places)
    return frozenset(word for word, n in values.items() if n >= literals[word] and len(word) > 1)


def _settle_frame(frame: tuple[str, ...], rows: list[Row], known: frozenset[str]) -> dict[Row, Row]:
    places = _Places(frame, known)
    now = {row: row for row in rows}
    while len(rows) > 1:
        marked = _varying(rows, places)
        if not marked:
            break
        step = {
            row: tuple(VARIABLE if i in marked.get(n, ()) else word for i, word in enumerate(row))
            for n, row in enumerate(rows)
        }
        after = sorted(set(step.values()))
        if after == rows:
            break
        now = {row: step[between] for row, between in now.items()}
        rows = after
    return now


def _varying(rows: list[Row], places: _Places) -> dict[int, set[int]]:
    """Return by row the columns that vary: those found alone or, where there are none, those found in pairs."""
    matrix, hashes = _hashes(rows)
    live = [c for c in range(matrix.shape[1]) if (matrix[:, c] != matrix[0, c]).any()]
    for depth in (1, 2):
        if depth == 2 and (len(rows) > _PAIRS_UP_TO or len(live) > _PAIRED_UP_TO):
            break
        marked: dict[int, set[int]] = {}
        for columns in itertools.combinations(live, depth):
            for group in _agreeing(hashes, columns, at_least=depth + 1):
                members = [rows[n] for n in group]
                if depth == 2 and not _says_enough(members[0], columns):
                    continue
                if all(places.varies(c, members) for c in columns):
                    for n in group:
                        marked.setdefault(int(n), set()).update(columns)
        if marked:
            return marked
    return {}


def _says_enough(row: Row, without: tuple[int, ...]) -> bool:
    """Return whether a row has words enough to be one statement when those of two columns are left out."""
    return sum(VARIABLE not in word for n, word in enumerate(row) if n not in without) >= _WORDS_OF_A_STATEMENT


def _hashes(rows: list[Row]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return word numbers, and hashes of (column, word), each rows by columns."""
    numbers: dict[str, int] = {}
    matrix = np.array([[numbers.setdefault(word, len(numbers)) for word in row] for row in rows], dtype=np.int64)
    mixed = matrix.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    salts = (2 * np.arange(matrix.shape[1], dtype=np.uint64) + np.uint64(1)) * np.uint64(0x94D049BB133111EB)
    mixed = (mixed + salts) * np.uint64(0xD6E8FEB86659FD93)
    return matrix, mixed ^ (mixed >> np.uint64(32))


def _agreeing(hashes: NDArray[np.uint64], columns: tuple[int, ...], at_least: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows, in groups, that agree in all columns but these."""
    rest = hashes.sum(axis=1, dtype=np.uint64) - hashes[:, columns].sum(axis=1, dtype=np.uint64)
    order = np.argsort(rest, kind="stable")
    edges = np.flatnonzero(np.diff(rest[order])) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(order)]))
    for start, end in zip(starts[ends - starts >= at_least], ends[ends - starts >= at_least]):
        yield order[start:end]


class _Places:
    """What stands around the columns of a frame, and what follows from it."""

    def __init__(self, frame: tuple[str, ...], known: frozenset[str]) -> None:
        places = [n for n, text in enumerate(frame) if not text]
        edges = [-1, *places, len(frame)]
        self._between = ["".join(frame[a + 1 : b]) for a, b in itertools.pairwise(edges)]
        self._known = known

    def varies(self, column: int, rows: Sequence[Row]) -> bool:
        """Return whether what the rows hold in a column are values."""
        forms = {row[column] for row in rows}
        if len(forms) < 2 or all(form.lower() in _SEVERITIES for form in forms):
            return False
        if any(VARIABLE in form for form in forms):
            return column > 0 or len(forms) > 3
        if self._is_value(column, rows[0], forms):
            return True
        kind = self._kind(column, forms)
        if kind in ("word", "identifier") and 2 * len(forms & self._known) >= len(forms):
            return True
        return len(forms) > _BOUNDS[kind]

    def _is_value(self, column: int, row: Row, forms: set[str]) -> bool:
        """Return whether two forms are enough."""
        before, after = self._between[column], self._between[column + 1]
        word_before = row[column - 1] if column else ""
        if key := _KEY.search(before):
            return (key[1] or key[2]).lower() not in MESSAGE_KEYS
        if len({_DIGIT.sub("0", form) for form in forms}) == 1 or all(form.lower() in _CONSTANTS for form in forms):
            return True
        if before == " " and word_before.lower() in _NAMED:
            return not any(_INFLECTED.search(form) or form.lower() in _FUNCTION_WORDS for form in forms)
        if before == " " and word_before == VARIABLE and all(form.lower() in _UNITS for form in forms):
            return True
        if before.endswith("[") and after.startswith("]"):
            return all(_is_identifier(form) or form.isupper() for form in forms)
        if before == ": " and _is_identifier(word_before):
            return all(_is_identifier(form) and not _is_failure(form) for form in forms)
        return False

    def _kind(self, column: int, forms: set[str]) -> str:
        if column == 0 and not self._between[0]:
            return "first"
        if any(_is_failure(form) for form in forms):
            return "failure"
        if all(_is_identifier(form) for form in forms):
            return "identifier"
        return "capitals" if all(form.isupper() for form in forms) else "word"


def _is_identifier(word: str) -> bool:
    if any(c in "0123456789_.@/\\-$" for c in word):
        return True
    return word not in (word.lower(), word.capitalize(), word.upper())


def _is_failure(word: str) -> bool:
    return word.endswith(("Exception", "Error", "Fault"))
