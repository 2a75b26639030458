"""Very many shapes made few before they are merged: words that take far more forms than any bound allows become <*>.

Only for sets of shapes so large that merging them one by one would take minutes. It reads the shapes as bytes,
counts with one word left out as `columns` does, and leaves to it whatever is less than obvious.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fa2.logs.patterns import VARIABLE

_FORMS = 50
"""A word with more forms than this, where all else is the same, is a value; above every bound of `columns`."""
_FORMS_IN_A_SAMPLE = 8
"""At least so many forms are asked for where only a sample of the rows is looked at."""
_LEFT_BY_TWO = 2
"""Words that have to stay where two are masked; see `columns`."""
_WORDS = 24
"""Words of a shape that are looked at; those after them belong to what must be the same."""
_ROUNDS = 5
_SAMPLE = 100_000
"""Rows in which words with many forms are looked for."""
_PAIRED = 14
"""Words of a shape that are looked at in pairs."""

_Ints = NDArray[np.int64]
_Words = NDArray[np.uint32]
_Hashes = NDArray[np.uint64]
_Masks = NDArray[np.uint32]


def reduce_shapes(shapes: Sequence[str], enough: int) -> tuple[list[str], _Ints]:
    """Return about `enough` shapes at most, more general ones, and for each shape given which of them it is.

    shapes: distinct. Where that does not bring the number down, the frames with most shapes, text without a pattern,
    keep nothing but their frame: spaces and punctuation.
    """
    data, offsets = _bytes_of(shapes)
    rows = _Rows(*_word_hashes(data, offsets))
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

    def __init__(self, words: _Words, frames: _Hashes) -> None:
        self.which: _Ints = np.arange(len(frames))
        """For each shape its row."""
        self.origin: _Ints = np.arange(len(frames))
        """For each row a shape of it."""
        self.masks = np.zeros(len(frames), np.uint32)
        """For each row the words that are masked, by bit."""
        self._words, self._frames = words, frames

    def __len__(self) -> int:
        return len(self.origin)

    def mask_words(self) -> int:
        """Mask words that have more than _FORMS forms where all else is the same; return how many."""
        return self._mask([np.array([word]) for word in range(_WORDS)])

    def mask_pairs(self) -> int:
        """Mask pairs of words that have more than _FORMS forms together; return how many."""
        return self._mask([np.array(pair) for pair in itertools.combinations(range(_PAIRED), 2)])

    def mask_fullest_frames(self, enough: int) -> None:
        """Mask all words of the frames with most rows, until `enough` rows are left."""
        unique, sizes = np.unique(self._frames, return_counts=True)
        order = np.lexsort((unique, -sizes))
        left = len(self) - np.cumsum(sizes[order])
        fullest = unique[order[: int(np.searchsorted(-left, -enough)) + 1]]
        self.masks[np.isin(self._frames, fullest)] = np.uint32(0xFFFFFFFF)
        self._fold()

    def _mask(self, choices: list[_Ints]) -> int:
        """Mask one choice of words after the other, where a sample of the rows shows that they take many forms.

        The sample is those rows with the smallest hashes, so it depends on nothing but the shapes.
        """
        totals = _totals(self._words, self._frames, self.masks)
        sample = np.argsort(totals, kind="stable")[:_SAMPLE]
        bound = max(_FORMS * len(sample) // len(self), _FORMS_IN_A_SAMPLE)
        add = np.zeros(len(self), np.uint32)
        plain = np.count_nonzero(self._words, axis=1) - np.bitwise_count(self.masks)
        for choice in choices:
            if self._words[sample, choice[-1]].any():
                able = plain >= _LEFT_BY_TWO + 2 if len(choice) == 2 else plain > 0
                _many_formed(self._words, np.where(able, totals, np.uint64(0)), self.masks, sample, choice, bound, add)
        self.masks |= add
        self._fold()
        return int(np.count_nonzero(add))

    def _fold(self) -> None:
        """Make rows that have become the same one."""
        totals = _totals(self._words, self._frames, self.masks)
        _, first, inverse = np.unique(totals, return_index=True, return_inverse=True)
        self.which = inverse[self.which]
        self.origin, self.masks = self.origin[first], self.masks[first]
        self._words, self._frames = self._words[first], self._frames[first]


def _bytes_of(shapes: Sequence[str]) -> tuple[NDArray[np.uint8], _Ints]:
    array = pa.array(shapes, pa.large_string())
    _, offsets, data = array.buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64)[: len(shapes) + 1]


def _fall_together(texts: list[str], which: _Ints) -> tuple[list[str], _Ints]:
    """Return the distinct texts, sorted, with the numbers that point to them."""
    distinct = sorted(set(texts))
    place = {text: n for n, text in enumerate(distinct)}
    return distinct, np.array([place[text] for text in texts], np.int64)[which]


def _masked(shape: bytes, mask: int) -> str:
    """Return the shape with the words whose bits are set as <*>."""
    parts = _RUNS.findall(shape)
    word = 0
    for n, part in enumerate(parts):
        if _IS_WORD[part[0]]:
            if word < _WORDS and mask >> word & 1:
                parts[n] = VARIABLE.encode()
            word += 1
    return b"".join(parts).decode("utf-8", "replace")


_RUNS = re.compile(rb"[0-9A-Za-z_\x80-\xff]+|[^0-9A-Za-z_\x80-\xff]+")
_IS_WORD = np.array(
    [chr(b).isalnum() or b == ord("_") if b < 128 else True for b in range(256)],
    np.bool_,
)


_njit = numba.njit(cache=True, nogil=True)


@_njit
def _word_hashes(data: NDArray[np.uint8], offsets: _Ints) -> tuple[_Words, _Hashes]:  # pragma: no cover - compiled
    """Return hashes of words, shapes by _WORDS and 0 for none, and of all that is no word."""
    n = len(offsets) - 1
    words = np.zeros((n, _WORDS), np.uint32)
    frames = np.zeros(n, np.uint64)
    prime, start = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)
    for row in range(n):
        frame, current = start, np.uint64(0)
        word = 0
        inside = False
        for place in range(offsets[row], offsets[row + 1] + 1):
            byte = data[place] if place < offsets[row + 1] else np.uint8(10)
            if _IS_WORD[byte] and word < _WORDS:
                if not inside:
                    inside = True
                    frame = (frame ^ np.uint64(1)) * prime
                    current = start
                current = (current ^ np.uint64(byte)) * prime
            else:
                if inside:
                    words[row, word] = np.uint32(_mix(current) >> np.uint64(32)) | np.uint32(1)
                    inside = False
                    word += 1
                frame = (frame ^ np.uint64(byte)) * prime
        frames[row] = _mix(frame)
    return words, frames


@_njit
def _mix(x: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    x ^= x >> np.uint64(31)
    x *= np.uint64(0x7FB5D329728EA185)
    x ^= x >> np.uint64(27)
    return (x * np.uint64(0x81DADEF4BC2DD44D)) | np.uint64(1)


@_njit
def _share(word: np.uint32, place: int) -> np.uint64:  # pragma: no cover - compiled
    """Return what a word at a place adds to a row's total."""
    return _mix(np.uint64(word) + np.uint64(place) * np.uint64(0x9E3779B97F4A7C15))


@_njit
def _totals(words: _Words, frames: _Hashes, masks: _Masks) -> _Hashes:  # pragma: no cover - compiled
    """Return a hash of each row without its masked words."""
    totals = frames.copy()
    for row in range(len(frames)):
        for place in range(_WORDS):
            if words[row, place] and not (masks[row] >> np.uint32(place)) & np.uint32(1):
                totals[row] += _share(words[row, place], place)
    return totals


@_njit
def _rest(words: _Words, totals: _Hashes, masks: _Masks, row: int, choice: _Ints) -> np.uint64:  # pragma: no cover
    """Return a row's hash without the words of a choice; 0 where it has none or a word is missing or masked."""
    rest = totals[row]
    if not rest:
        return np.uint64(0)
    for place in choice:
        if words[row, place] == 0 or (masks[row] >> np.uint32(place)) & np.uint32(1):
            return np.uint64(0)
        rest -= _share(words[row, place], place)
    return rest if rest else np.uint64(1)


@_njit
def _many_formed(
    words: _Words, totals: _Hashes, masks: _Masks, sample: _Ints, choice: _Ints, bound: int, add: _Masks
) -> None:  # pragma: no cover - compiled
    """Add a choice of words to the masks of the rows where it has more than `bound` forms in the sample."""
    size = 16
    while size < 2 * len(sample):
        size *= 2
    keys = np.zeros(size, np.uint64)
    forms = np.zeros(size, np.int32)
    most = 0
    for row in sample:
        key = _rest(words, totals, masks, row, choice)
        if key:
            slot = _slot(keys, key)
            keys[slot] = key
            forms[slot] += 1
            most = max(most, forms[slot])
    if most <= bound:
        return
    bits = np.uint32(0)
    for place in choice:
        bits |= np.uint32(1) << np.uint32(place)
    for row in range(len(totals)):
        key = _rest(words, totals, masks, row, choice)
        if key and forms[_slot(keys, key)] > bound:
            add[row] |= bits


@_njit
def _slot(keys: _Hashes, key: np.uint64) -> int:  # pragma: no cover - compiled
    """Return the place of a key in an open-addressing table, or the empty place where it would be."""
    last = np.uint64(len(keys) - 1)
    slot = _mix(key) >> np.uint64(7) & last
    while keys[slot] != np.uint64(0) and keys[slot] != key:
        slot = (slot + np.uint64(1)) & last
    return int(slot)
