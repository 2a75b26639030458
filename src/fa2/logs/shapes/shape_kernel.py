"""Finds lines and writes their shapes, compiled: the same that `shapes.shape_of` gives, some ten million a second.

For VECTOR bytes at a time masks say which bytes are digits, of words, of words or glue. A value is then found with
a few operations on words: from a digit back to where its word starts; on to where the run of words and glue ends;
back to the last digit in it; on to where that word ends. What lies between values is copied.
"""

from __future__ import annotations

import numpy as np

from fa2.logs.compiled.compiling import part
from fa2.logs.compiled.machine_words import (
    HALF,
    VECTOR,
    byte_at,
    class_masks,
    clear_half,
    copy_half,
    folded_product,
    lowest_bit,
    newline_mask,
    put_byte,
    put_four,
    put_number,
    put_word,
    word_at,
    zeros_above,
)
from fa2.logs.shapes.definition import MAX_CHARS

MAX_BYTES = 4 * MAX_CHARS + VECTOR
"""How long the first MAX_CHARS characters of a line, and so a shape, can be, with room to look beyond."""
MASK_BYTES = 8 * (MAX_BYTES // VECTOR + 1)

_ALL, _NONE, _ONE = np.uint64(0xFFFF_FFFF_FFFF_FFFF), np.uint64(0), np.uint64(1)
_VALUE_MARK = int.from_bytes(b"<*>\0", "little")
_UNDERSCORE, _NEWLINE, _RETURN = ord("_"), ord("\n"), ord("\r")
_MIX_A, _MIX_B, _MIX_C = (np.uint64(mix) for mix in (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3))


@part
def find_lines(address: int, size: int, starts: int, ends: int) -> int:
    """Put down where lines start and end, without \\n and one \\r before it, and return how many there are.

    starts, ends: addresses of room for eight bytes a line.
    """
    lines, start = 0, 0
    for i in range(0, size, VECTOR):
        mask = newline_mask(address + i)
        if size - i < VECTOR:
            mask &= (_ONE << np.uint64(size - i)) - _ONE
        while mask != _NONE:
            end = i + lowest_bit(mask)
            put_number(starts + 8 * lines, start)
            put_number(ends + 8 * lines, end - (end > start and byte_at(address + end - 1) == _RETURN))
            start = end + 1
            lines += 1
            mask &= mask - _ONE
    if start < size:
        put_number(starts + 8 * lines, start)
        put_number(ends + 8 * lines, size - (byte_at(address + size - 1) == _RETURN))
        lines += 1
    return lines


@part
def write_shape(address: int, size: int, out: int, masks: int) -> int:
    """Write the shape of a message to `out`, MAX_BYTES there, and return its length. HALF zeros stand behind it.

    masks: room for three times MASK_BYTES.
    """
    if size > MAX_CHARS:
        size = _chars_end(address, size)
    length, controls, _ = _write(address, size, out, masks, 0)
    if controls:
        shorter = _first_line_end(address, size)
        if shorter < size:
            length, _, _ = _write(address, shorter, out, masks, 0)
        for i in range(length):
            if 1 <= byte_at(out + i) <= 2:
                put_byte(out + i, 32)
    return length


@part
def find_values(address: int, size: int, out: int, masks: int, spans: int) -> int:
    """Put down where the values of a message start and end, 16 bytes a value, and return how many there are.

    out, masks: room as for `write_shape`, which has <*> where these values stand.
    """
    if size > MAX_CHARS:
        size = _chars_end(address, size)
    _, controls, count = _write(address, size, out, masks, spans)
    if controls:
        _, _, count = _write(address, _first_line_end(address, size), out, masks, spans)
    return count


@part
def hash_of(address: int, size: int, seed: np.uint64) -> np.uint64:
    """Return a hash of a shape with HALF zeros behind it."""
    found = seed ^ np.uint64(size)
    for i in range(0, size, 16):
        mixed = folded_product(word_at(address + i) ^ _MIX_A ^ found, word_at(address + i + 8) ^ _MIX_B)
        found ^= mixed
    return folded_product(found ^ _MIX_A, _MIX_C)


@part
def _write(address: int, size: int, out: int, masks: int, spans: int) -> tuple[int, bool, int]:
    """Write the shape of one line; return its length, whether the line has control characters, how many values.

    spans: where starts and ends of values are put down, unless 0.
    """
    words = (size + VECTOR - 1) // VECTOR
    digits, of_words, of_runs = masks, masks + MASK_BYTES, masks + 2 * MASK_BYTES
    controls, any_digits = _NONE, _NONE
    for i in range(words):
        digit, word, run, control = class_masks(address + i * VECTOR)
        if size - i * VECTOR < VECTOR:
            inside = (_ONE << np.uint64(size - i * VECTOR)) - _ONE
            digit, word, run, control = digit & inside, word & inside, run & inside, control & inside
        put_word(digits + 8 * i, digit)
        put_word(of_words + 8 * i, word)
        put_word(of_runs + 8 * i, run)
        any_digits |= digit
        controls |= control
    put_word(of_words + 8 * words, _NONE)
    put_word(of_runs + 8 * words, _NONE)
    at, done, values = out, 0, 0
    if any_digits != _NONE:
        i, left = 0, word_at(digits)
        while True:
            while left == _NONE and i + 1 < words:
                i += 1
                left = word_at(digits + 8 * i)
            if left == _NONE:
                break
            digit_at = i * VECTOR + lowest_bit(left)
            start = _zero_before(of_words, digit_at) + 1
            run_end = _zero_from(of_runs, digit_at)
            last_digit = _one_until(digits, run_end - 1)
            end = _zero_from(of_words, last_digit)
            if digit_at != last_digit or not _is_name(address, start, digit_at, end):
                at = _copied(at, address + done, start - done)
                put_four(at, _VALUE_MARK)
                at += 3
                done = end
                if spans:
                    put_number(spans + 16 * values, start)
                    put_number(spans + 16 * values + 8, end)
                values += 1
            i = run_end // VECTOR
            if i >= words:
                break
            left = word_at(digits + 8 * i) & (_ALL << np.uint64(run_end % VECTOR))
    at = _copied(at, address + done, size - done)
    clear_half(at)
    return at - out, controls != _NONE, values


@part
def _copied(to: int, source: int, size: int) -> int:
    """Copy bytes, and return where the copy ends."""
    for i in range(0, size, HALF):
        copy_half(to + i, source + i)
    return to + size


@part
def _zero_from(mask: int, at: int) -> int:
    """Return the first place at or behind `at` whose bit is not set."""
    i = at // VECTOR
    word = ~word_at(mask + 8 * i) >> np.uint64(at % VECTOR)
    if word != _NONE:
        return at + lowest_bit(word)
    i += 1
    while word_at(mask + 8 * i) == _ALL:
        i += 1
    return i * VECTOR + lowest_bit(~word_at(mask + 8 * i))


@part
def _zero_before(mask: int, at: int) -> int:
    """Return the last place at or before `at` whose bit is not set; -1 for none."""
    i = at // VECTOR
    word = ~word_at(mask + 8 * i) << np.uint64(VECTOR - 1 - at % VECTOR)
    if word != _NONE:
        return at - zeros_above(word)
    i -= 1
    while i >= 0 and word_at(mask + 8 * i) == _ALL:
        i -= 1
    return i * VECTOR + VECTOR - 1 - zeros_above(~word_at(mask + 8 * i)) if i >= 0 else -1


@part
def _one_until(mask: int, at: int) -> int:
    """Return the last place at or before `at` whose bit is set. There is one."""
    i = at // VECTOR
    word = word_at(mask + 8 * i) << np.uint64(VECTOR - 1 - at % VECTOR)
    while word == _NONE:
        i -= 1
        at = i * VECTOR + VECTOR - 1
        word = word_at(mask + 8 * i)
    return at - zeros_above(word)


@part
def _is_name(address: int, start: int, digit: int, end: int) -> bool:
    """Tell whether a value with one digit is `shapes.NAME`."""
    if start == digit:
        return False
    for i in range(start, digit):
        if byte_at(address + i) == _UNDERSCORE:
            return False
    behind = end - digit - 1
    if behind <= 1:
        return behind == 0 or byte_at(address + digit + 1) != _UNDERSCORE
    return byte_at(address + digit + 1) == _UNDERSCORE


@part
def _first_line_end(address: int, size: int) -> int:
    for i in range(size):
        if byte_at(address + i) == _NEWLINE or byte_at(address + i) == _RETURN:
            return i
    return size


@part
def _chars_end(address: int, size: int) -> int:
    """Return how many bytes the first MAX_CHARS characters take.

    Of broken UTF-8 each longest part that begins a character counts as one, as Python and Unicode's
    "substitution of maximal subparts" have it.
    """
    at = 0
    for _ in range(MAX_CHARS):
        if at >= size:
            return size
        at += _char_size(address + at, size - at)
    return at


@part
def _char_size(address: int, size: int) -> int:
    """Return how many bytes a character takes, or the part of one that is there."""
    first = byte_at(address)
    if first < 0xC2 or first > 0xF4:
        return 1
    low, high = 0x80, 0xBF
    if first == 0xE0:
        low = 0xA0
    elif first == 0xED:
        high = 0x9F
    elif first == 0xF0:
        low = 0x90
    elif first == 0xF4:
        high = 0x8F
    need = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    for i in range(1, need):
        if i >= size or not low <= byte_at(address + i) <= high:
            return i
        low, high = 0x80, 0xBF
    return need
