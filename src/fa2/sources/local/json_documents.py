"""JSON files: what a cut-off head shows of them, and the documents in them one after the other."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from json import JSONDecodeError, JSONDecoder

import orjson

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps, LocalFile
from fa2.sources.local.json_values import Json, items, mapping

LARGEST_DOCUMENT = 512 * 2**20
"""Bytes of the largest single JSON document that is read; lines of JSON are streamed."""
_LARGEST_SALVAGE = 64 * 2**20
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:"]|[^\s{}\[\],:"]+', re.DOTALL)


_DEEPEST = 200
"""Deeper than any document that is meant to be read; closing what is cut off costs time with depth."""


@lru_cache(maxsize=4)
def peek(head: bytes) -> Json:
    """Return the first document of a file as far as `head` shows it; None where it is not JSON.

    A document that `head` cuts off is closed after its last whole value.
    """
    data = _as_utf8(head).lstrip()
    if data[:1] not in (b"{", b"["):
        return None
    for candidate in (data, data.split(b"\n", 1)[0]):
        document = _parsed(candidate)
        if document is not None:
            return document
    return _parsed(_closed(data.decode("utf-8", "ignore")).encode())


def peek_items(head: bytes, *lists: str) -> list[Json]:
    """Return what the head shows of the first list among `lists` in the first document."""
    document = mapping(peek(head))
    return next((items(document[name]) for name in lists if items(document.get(name))), [])


def documents(file: LocalFile, gaps: Gaps) -> Iterator[Json]:
    """Yield the JSON documents of a file: a single one, several written after each other, or lines.

    Lines are streamed; anything else is held in memory. Counts json_line (a line that is not JSON)
    and json_cut_off (a document that stops in the middle, read as far as it goes). Raises
    UnusableInput for a document above LARGEST_DOCUMENT and where there is no JSON at all.
    """
    with file.open() as stream:
        first = stream.readline(LARGEST_DOCUMENT + 1)
        while first and not first.strip():
            first = stream.readline(LARGEST_DOCUMENT + 1)
        document = None if _is_utf16(first) else _parsed(first)
        if document is not None:
            yield document
            yield from _lines(iter(lambda: stream.readline(LARGEST_DOCUMENT + 1), b""), gaps)
            return
        data = _as_utf8(first + stream.read(max(0, LARGEST_DOCUMENT + 1 - len(first))))
    if len(data) > LARGEST_DOCUMENT:
        raise UnusableInput("coverage.json_too_large", name=file.name, limit=LARGEST_DOCUMENT // 2**20)
    yield from _from_whole(data, file.name, gaps)


def _from_whole(data: bytes, name: str, gaps: Gaps) -> Iterator[Json]:
    document = _parsed(data)
    if document is not None:
        yield document
        return
    found = 0
    rest = ""
    text = data.decode("utf-8", "replace").lstrip("\ufeff")
    for part in _concatenated(text):
        if isinstance(part, str):
            rest = part
        else:
            found += 1
            yield from part
    if not rest.strip():
        return
    if len(rest) <= _LARGEST_SALVAGE and rest.lstrip()[:1] in ("{", "["):
        document = _parsed(_closed(rest).encode("utf-8", "replace"))
        if document:
            gaps.add("json_cut_off", 1, rest[-80:])
            yield document
            return
    if not found:
        lines = list(_lines(iter(data.splitlines(keepends=True)), gaps))
        if not lines:
            raise UnusableInput("coverage.json_unreadable", name=name)
        yield from lines
        return
    gaps.add("json_line", 1, rest)


def _concatenated(text: str) -> Iterator[list[Json] | str]:
    """Yield each document as a list of one, then the text that could not be read, if any."""
    decoder = JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        try:
            _, end = decoder.raw_decode(text, position)
        except (JSONDecodeError, RecursionError, ValueError):
            yield text[position:]
            return
        document = _parsed(text[position:end].encode("utf-8", "replace"))
        if document is not None:
            yield [document]
        position = end


def _lines(lines: Iterator[bytes], gaps: Gaps) -> Iterator[Json]:
    for line in lines:
        if line.strip():
            document = _parsed(line)
            if isinstance(document, dict | list):
                yield document
            else:
                gaps.add("json_line", 1, line[:200].decode("utf-8", "replace").strip())


def _parsed(data: bytes) -> Json:
    try:
        document: Json = orjson.loads(data.removeprefix(codecs.BOM_UTF8).strip())
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict | list) else None


def _closed(text: str) -> str:
    """Return the first document in a text; one cut off is closed after its last whole value."""
    stack: list[str] = []
    is_key = False
    cut, open_at_cut = 0, ""
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word == '"':
            break
        if word in ("{", "["):
            if len(stack) == _DEEPEST:
                break
            stack.append("}" if word == "{" else "]")
            is_key = word == "{"
        elif word in ("}", "]"):
            if not stack or stack.pop() != word:
                break
        elif word in (",", ":"):
            is_key = word == "," and bool(stack) and stack[-1] == "}"
            continue
        elif is_key or token.end() == len(text):
            continue
        cut, open_at_cut = token.end(), "".join(reversed(stack))
        if not stack:
            break
    return text[:cut] + open_at_cut


def _is_utf16(data: bytes) -> bool:
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _as_utf8(data: bytes) -> bytes:
    """Return UTF-8; PowerShell's `>` writes the AWS CLI's output as UTF-16."""
    if _is_utf16(data):
        return data.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return data.removeprefix(codecs.BOM_UTF8)
