"""Reads JSON files of any size piece by piece: the members of top-level objects, lists element by element.

json_documents.py is for files that fit into memory; this is for logs, which may not.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import IO

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json
from fa2.sources.local.text_blocks import text_encoding

_PIECE = 1 << 20
LARGEST_CHARS = 64 << 20
"""The longest single value; beyond it the file is refused."""
_SPACE = " \t\n\r\x00\ufeff"


class JsonStream:
    """The JSON values of a file, one after the other, with a buffer of little more than one value."""

    def __init__(self, stream: IO[bytes], name: str, gaps: Gaps) -> None:
        self._stream = stream
        self._name = name
        self._gaps = gaps
        first = stream.read(_PIECE)
        encoding, mark = text_encoding(first[: 64 << 10])
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._text = self._decoder.decode(first[mark:])
        self._at = 0
        self._ended = False
        self._scan = JSONDecoder(strict=False).raw_decode

    def documents(self) -> Iterator[Json]:
        """Yield the top-level values, written one after the other with or without anything between.

        Counts json_cut_off when the last one breaks off.
        """
        while self._peek():
            if self._peek() == ",":
                self._at += 1
                continue
            found, value = self._value()
            if not found:
                return
            yield value

    def members(self, *lists: str) -> Iterator[tuple[str, Json]]:
        """Yield the members of the top-level objects as key and value; those named, element by element.

        Counts json_cut_off when the text breaks off or is no JSON from some place on.
        """
        while self._peek() == "{":
            self._at += 1
            while self._peek() == '"':
                found, key = self._value()
                if not found or not self._skip(":"):
                    return
                if key in lists and self._peek() == "[":
                    yield from ((str(key), element) for element in self._elements())
                else:
                    found, value = self._value()
                    if not found:
                        return
                    yield str(key), value
                if self._peek() == ",":
                    self._at += 1
            if not self._skip("}"):
                return
        if self._peek():
            self._broken()

    def _elements(self) -> Iterator[Json]:
        self._at += 1
        while self._peek() not in ("]", ""):
            found, value = self._value()
            if not found:
                return
            yield value
            if self._peek() == ",":
                self._at += 1
            elif self._peek() != "]":
                self._broken()
                return
        self._skip("]")

    def _value(self) -> tuple[bool, Json]:
        """Return whether a value stands here, and the value."""
        self._peek()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except JSONDecodeError as error:
                hopeless = error.pos < len(self._text) - 64 and not error.msg.startswith("Unterminated")
                if hopeless or not self._more():
                    self._broken()
                    return False, None
                continue
            except (RecursionError, ValueError):
                self._broken()
                return False, None
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return True, value

    def _peek(self) -> str:
        """Return the next character that is no space; an empty text at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _skip(self, wanted: str) -> bool:
        if self._peek() == wanted:
            self._at += 1
            return True
        self._broken()
        return False

    def _broken(self) -> None:
        if "json_cut_off" not in self._gaps.counts:
            self._gaps.add("json_cut_off", 1, self._text[self._at : self._at + 80])
        self._text, self._at, self._ended = "", 0, True

    def _more(self) -> bool:
        if self._ended:
            return False
        left = len(self._text) - self._at
        if left > LARGEST_CHARS:
            raise UnusableInput("coverage.json_value_too_large", name=self._name, limit=LARGEST_CHARS >> 20)
        chunk = self._stream.read(max(_PIECE, left))
        self._ended = not chunk
        self._text = self._text[self._at :] + self._decoder.decode(chunk, final=self._ended)
        self._at = 0
        return bool(chunk)
