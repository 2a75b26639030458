"""Hashes of the words of shapes, and how many forms they take, compiled; see `reducing`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fa2.logs.compiled.compiling import compiled

WORDS = 24
"""Words of a shape that are looked at; those after them belong to what must be the same."""

Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Masks = NDArray[np.uint32]

IS_WORD = np.array(
    [chr(b).isalnum() or b == ord("_") if b < 128 else True for b in range(256)],
    np.bool_,
)


@compiled
def word_hashes(data: NDArray[np.uint8], offsets: Ints) -> tuple[Words, Hashes]:
    """Return hashes of words, shapes by WORDS and 0 for none, and of all that is no word."""
    n = len(offsets) - 1
    words = np.zeros((n, WORDS), np.uint32)
    frames = np.zeros(n, np.uint64)
    prime, start = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)
    for row in range(n):
        frame, current = start, np.uint64(0)
        word = 0
        inside = False
        for place in range(offsets[row], offsets[row + 1] + 1):
            byte = data[place] if place < offsets[row + 1] else np.uint8(10)
            if IS_WORD[byte] and word < WORDS:
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


@compiled
def _mix(x: np.uint64) -> np.uint64:
    x ^= x >> np.uint64(31)
    x *= np.uint64(0x7FB5D329728EA185)
    x ^= x >> np.uint64(27)
    return (x * np.uint64(0x81DADEF4BC2DD44D)) | np.uint64(1)


@compiled
def _share(word: np.uint32, place: int) -> np.uint64:
    """Return what a word at a place adds to a row's total."""
    return _mix(np.uint64(word) + np.uint64(place) * np.uint64(0x9E3779B97F4A7C15))


@compiled
def row_totals(words: Words, frames: Hashes, masks: Masks) -> Hashes:
    """Return a hash of each row without its masked words."""
    totals = frames.copy()
    for row in range(len(frames)):
        for place in range(WORDS):
            if words[row, place] and not (masks[row] >> np.uint32(place)) & np.uint32(1):
                totals[row] += _share(words[row, place], place)
    return totals


@compiled
def _rest(words: Words, totals: Hashes, masks: Masks, row: int, choice: Ints) -> np.uint64:
    """Return a row's hash without the words of a choice; 0 where it has none or a word is missing or masked."""
    rest = totals[row]
    if not rest:
        return np.uint64(0)
    for place in choice:
        if words[row, place] == 0 or (masks[row] >> np.uint32(place)) & np.uint32(1):
            return np.uint64(0)
        rest -= _share(words[row, place], place)
    return rest if rest else np.uint64(1)


@compiled
def mask_many_formed(
    words: Words, totals: Hashes, masks: Masks, sample: Ints, choice: Ints, bound: int, add: Masks
) -> None:
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


@compiled
def _slot(keys: Hashes, key: np.uint64) -> int:
    """Return the place of a key in an open-addressing table, or the empty place where it would be."""
    last = np.uint64(len(keys) - 1)
    slot = _mix(key) >> np.uint64(7) & last
    while keys[slot] != np.uint64(0) and keys[slot] != key:
        slot = (slot + np.uint64(1)) & last
    return int(slot)
