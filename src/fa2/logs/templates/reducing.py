"""Very many shapes made few before they are merged: words that take far more forms than any bound allows become <*>.

Only for sets of shapes so large that merging them one by one would take minutes. It reads the shapes as bytes,
counts with one word left out as `columns` does, and leaves to it whatever is less than obvious.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.templates.reducing_kernel import (
    IS_WORD,
    WORDS,
    Hashes,
    Ints,
    Words,
    mask_many_formed,
    row_totals,
    word_hashes,
)

_FORMS = 50
"""A word with more forms than this, where all else is the same, is a value; above every bound of `columns`."""
_FORMS_IN_A_SAMPLE = 8
"""At least so many forms are asked for where only a sample of the rows is looked at."""
_LEFT_BY_TWO = 2
"""Words that have to stay where two are masked; see `columns`."""
_ROUNDS = 5
_SAMPLE = 100_000
"""Rows in which words with many forms are looked for."""
_SAMPLE_OF_A_FRAME = 5_000
"""Rows of one frame in which a word's forms are counted; rows lie in the order of their hashes."""
_PAIRED = 14
"""Words of a shape that are looked at in pairs."""


def reduce_shapes(shapes: Sequence[str], enough: int) -> tuple[list[str], Ints]:
    """Return about `enough` shapes at most, more general ones, and for each shape given which of them it is.

    shapes: distinct. Where that does not bring the number down, the frames with most shapes, text without a pattern,
    keep nothing but their frame: spaces and punctuation.
    """
    data, offsets = _bytes_of(shapes)
    rows = _Rows(*word_hashes(data, offsets))
    for _ in range(_ROUNDS):
        found = rows.mask_words()
        if len(rows) > enough:
            found += rows.mask_pairs()
        if not found:
            break
    if len(rows) > enough:
        rows.mask_fullest_frames(enough)
    texts = [
        _masked(data[offsets[n] : offsets[n + 1]].tobytes(), int(mask)) for n, mask in zip(rows.origin, rows.masks)
    ]
    return _fall_together(texts, rows.which)


class _Rows:
    """Shapes that are different under the words masked so far."""

    def __init__(self, words: Words, frames: Hashes) -> None:
        self.which: Ints = np.arange(len(frames))
        """For each shape its row."""
        self.origin: Ints = np.arange(len(frames))
        """For each row a shape of it."""
        self.masks = np.zeros(len(frames), np.uint32)
        """For each row the words that are masked, by bit."""
        self._words, self._frames = words, frames

    def __len__(self) -> int:
        return len(self.origin)

    def mask_words(self) -> int:
        """Mask words that have more than _FORMS forms where all else is the same; return how many."""
        return self._mask([np.array([word]) for word in range(WORDS)])

    def mask_pairs(self) -> int:
        """Mask pairs of words that have more than _FORMS forms together; return how many."""
        return self._mask([np.array(pair) for pair in itertools.combinations(range(_PAIRED), 2)])

    def mask_fullest_frames(self, enough: int) -> None:
        """Mask words in the frames with most rows, until `enough` rows are left: those of many forms, then all."""
        for bound in (_FORMS, 0):
            for frame in self._fullest_frames(enough):
                rows = np.flatnonzero(self._frames == frame)
                for place in range(WORDS):
                    if len(np.unique(self._words[rows[:_SAMPLE_OF_A_FRAME], place])) > bound:
                        self.masks[rows] |= np.uint32(1 << place)
            self._fold()

    def _fullest_frames(self, enough: int) -> Hashes:
        """Return the frames with most rows; as many of them as it takes for the others to be `enough` rows or fewer."""
        unique, sizes = np.unique(self._frames, return_counts=True)
        order = np.lexsort((unique, -sizes))
        left = len(self) - np.cumsum(sizes[order])
        return unique[order[: int(np.searchsorted(-left, -enough)) + 1]] if len(self) > enough else unique[:0]

    def _mask(self, choices: list[Ints]) -> int:
        """Mask one choice of words after the other, where a sample of the rows shows that they take many forms.

        The sample is those rows with the smallest hashes, so it depends on nothing but the shapes.
        """
        totals = row_totals(self._words, self._frames, self.masks)
        sample = np.argsort(totals, kind="stable")[:_SAMPLE]
        bound = max(_FORMS * len(sample) // len(self), _FORMS_IN_A_SAMPLE)
        add = np.zeros(len(self), np.uint32)
        plain = np.count_nonzero(self._words, axis=1) - np.bitwise_count(self.masks)
        for choice in choices:
            if self._words[sample, choice[-1]].any():
                able = plain >= _LEFT_BY_TWO + 2 if len(choice) == 2 else plain > 0
                mask_many_formed(
                    self._words, np.where(able, totals, np.uint64(0)), self.masks, sample, choice, bound, add
                )
        self.masks |= add
        self._fold()
        return int(np.count_nonzero(add))

    def _fold(self) -> None:
        """Make rows that have become the same one."""
        totals = row_totals(self._words, self._frames, self.masks)
        _, first, inverse = np.unique(totals, return_index=True, return_inverse=True)
        self.which = inverse[self.which]
        self.origin, self.masks = self.origin[first], self.masks[first]
        self._words, self._frames = self._words[first], self._frames[first]


def _bytes_of(shapes: Sequence[str]) -> tuple[NDArray[np.uint8], Ints]:
    array = pa.array(shapes, pa.large_string())
    _, offsets, data = array.buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64)[: len(shapes) + 1]


def _fall_together(texts: list[str], which: Ints) -> tuple[list[str], Ints]:
    """Return the distinct texts, sorted, with the numbers that point to them."""
    distinct = sorted(set(texts))
    place = {text: n for n, text in enumerate(distinct)}
    return distinct, np.array([place[text] for text in texts], np.int64)[which]


def _masked(shape: bytes, mask: int) -> str:
    """Return the shape with the words whose bits are set as <*>."""
    parts = _RUNS.findall(shape)
    word = 0
    for n, part in enumerate(parts):
        if IS_WORD[part[0]]:
            if word < WORDS and mask >> word & 1:
                parts[n] = VARIABLE.encode()
            word += 1
    return b"".join(parts).decode("utf-8", "replace")


_RUNS = re.compile(rb"[0-9A-Za-z_\x80-\xff]+|[^0-9A-Za-z_\x80-\xff]+")
