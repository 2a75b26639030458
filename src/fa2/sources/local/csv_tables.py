"""CSV text: its delimiter, rows, numbers and times."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import IO

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import micros

_DELIMITERS = (",", ";", "\t", "|")
_EARLIEST_EPOCH = 1_000_000_000
"""Smaller numbers are not taken for times: September 2001, in seconds."""
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_ENGLISH = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_CONTINENTAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)\s*$")


def head_rows(head: bytes, size: int) -> tuple[str, list[list[str]]] | None:
    """Return delimiter and rows of a head, without a line that is cut off; None if it is no CSV."""
    text = head.decode(encoding_of(head), "replace").lstrip("\ufeff")
    lines = text.splitlines()
    if len(head) >= size and len(lines) > 1:
        lines = lines[:-1]
    lines = [line for line in lines if line.strip() and not line.startswith("#")][:500]
    delimiter = _delimiter_of(lines[:100])
    if delimiter is None or "\0" in text[:4096]:
        return None
    return delimiter, list(_parsed(lines, delimiter, Gaps()))


def file_rows(stream: IO[bytes], delimiter: str, gaps: Gaps) -> Iterator[list[str]]:
    """Yield the rows of a file, streamed. Counts csv_row for rows that cannot be read."""
    first = stream.read(4)
    joined = io.BufferedReader(_Joined(first, stream))
    with io.TextIOWrapper(joined, encoding_of(first), errors="replace", newline="") as text:
        lines = (line for line in text if line.strip() and not line.startswith("#"))
        for row in _parsed(lines, delimiter, gaps):
            if row and row[0].startswith("\ufeff"):
                row[0] = row[0].removeprefix("\ufeff").strip('"')
            yield row


def encoding_of(head: bytes) -> str:
    """Return the encoding by its byte order mark: UTF-16 as Excel saves it, else UTF-8."""
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"


def to_number(cell: str, delimiter: str) -> float | None:
    """Return the number in a cell, with thousands separators and a % sign taken off.

    A comma is the decimal sign only in files that are not separated by commas.
    """
    written = cell.strip().removesuffix("%").strip().replace("\u00a0", "").replace("\u202f", "")
    if _PLAIN.fullmatch(written):
        return float(written)
    if delimiter != "," and _CONTINENTAL.fullmatch(written) and not _ENGLISH.fullmatch(written):
        return float(written.replace(".", "").replace(",", "."))
    if _ENGLISH.fullmatch(written):
        return float(written.replace(",", ""))
    return None


@lru_cache(maxsize=4096)
def to_time(cell: str) -> int | None:
    """Return the time in a cell in microseconds: ISO 8601, YYYY/MM/DD HH:MM:SS or an epoch."""
    if _PLAIN.fullmatch(cell.strip()) and not _is_epoch(cell):
        return None
    return micros(cell.strip())


@lru_cache(maxsize=4096)
def names_zone(cell: str) -> bool:
    """Tell whether a time says which zone it is in; an epoch does."""
    return bool(_ZONE.search(cell)) or _PLAIN.fullmatch(cell.strip()) is not None


def _is_epoch(cell: str) -> bool:
    return float(cell) >= _EARLIEST_EPOCH


def _delimiter_of(lines: list[str]) -> str | None:
    best, most = None, 0
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in _parsed(lines, delimiter, Gaps()))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1 and count * 2 > len(lines) and count * width > most:
            best, most = delimiter, count * width
    return best


def _parsed(lines: Iterable[str], delimiter: str, gaps: Gaps) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            gaps.add("csv_row", 1, f"line {reader.line_num}: {error}")


class _Joined(io.RawIOBase):
    """Bytes already read, then the rest of a stream."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first, self._rest = first, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        piece = self._first or self._rest.read(len(buffer))
        self._first = piece[len(buffer) :] if len(piece) > len(buffer) else b""
        piece = piece[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)
