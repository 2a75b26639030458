"""Counts the values of tokens in plain Python, for little input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fa2.logs.headers.line_heads import read_plainly
from fa2.logs.shapes.definition import MAX_CHARS, NAME, VALUE

if TYPE_CHECKING:
    from fa2.logs.patterns.values import Numbered, ShapePlaces

_MARK = len("<*>")
_VALUE_BYTES = 256
_VALUE, _NAME = re.compile(VALUE.encode()), re.compile(NAME.encode())


class PlainCounter:
    """Values of tokens and how often they were seen; gives what `compiled_values.Counter` does."""

    def __init__(self, places: ShapePlaces) -> None:
        self._begins = places.begins.tolist()
        self._rows = places.rows.tolist()
        self._marks = places.marks.tolist()
        self.counted: list[dict[bytes, int]] = [{} for _ in range(places.tokens)]
        """For each token its values and how often they were seen."""

    def add(self, numbered: Numbered) -> None:
        """Count the values of the lines of a block."""
        lines = numbered.block.texts()
        messages = read_plainly(lines, numbered.heads)[0] if numbered.heads else lines
        for message, shape in zip(messages, numbered.numbers.tolist()):
            if shape >= 0 and self._begins[shape] < self._begins[shape + 1]:
                self._add(message, shape)

    def _add(self, message: str, shape: int) -> None:
        text = message.partition("\n")[0].partition("\r")[0][:MAX_CHARS].encode("utf-8", "replace")
        spans = [found.span() for found in _VALUE.finditer(text) if not _NAME.fullmatch(found[0])]
        if len(spans) != self._marks[shape]:
            return
        moved = [0]
        for start, end in spans:
            moved.append(moved[-1] + end - start - _MARK)
        for row in self._rows[self._begins[shape] : self._begins[shape + 1]]:
            token, before_start, start, before_end, end = row
            value = cut(text[start + moved[before_start] : end + moved[before_end]])
            self.counted[token][value] = self.counted[token].get(value, 0) + 1


def cut(value: bytes) -> bytes:
    """Return the whole characters among a value's first bytes."""
    if len(value) <= _VALUE_BYTES:
        return value
    end = _VALUE_BYTES
    for _ in range(3):
        end -= value[end] & 0xC0 == 0x80
    return value[:end]
