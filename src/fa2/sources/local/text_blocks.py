"""Reads a file as blocks of whole lines of text, whatever its encoding and however long its lines.

UTF-8 and UTF-16 (by its byte order mark) are read as such; Japanese files in EUC-JP or Shift_JIS (cp932)
are told by decoding without an error into text with kana in it. What then cannot be decoded becomes
U+FFFD and is counted. Lines end in \\n or \\r\\n; control characters and NULs stay as they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

from fa2.core.ports import Gaps

BLOCK_BYTES = 1 << 20
LINE_BYTES = 256 << 10
"""A line is kept up to here; the rest of it is skipped and counted."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_encoding(head: bytes) -> tuple[str, int]:
    """Return the encoding of a file by its first bytes, and how many of them are a byte order mark."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    if _decodes(head, "utf-8") is not None:
        return "utf-8", 0
    for encoding in ("euc_jp", "cp932"):
        text = _decodes(head, encoding)
        if text is not None and _has_kana(text):
            return encoding, 0
    return "utf-8", 0


def looks_like_text(head: bytes) -> bool:
    """Tell whether a file's first bytes are text: hardly any control characters."""
    encoding, mark = text_encoding(head)
    text = head[mark:].decode(encoding, "replace")
    odd = sum(1 for c in text if (c < " " and c not in "\t\n\r\f\x1b\b") or c in "\x7f\ufffd")
    return bool(text.strip()) and odd <= 0.1 * len(text)


def head_lines(head: bytes) -> list[str]:
    """Return the whole lines in a file's first bytes, decoded; a last broken one only if it is the only one."""
    encoding, mark = text_encoding(head)
    lines = head[mark:].decode(encoding, "replace").split("\n")
    return [line.rstrip("\r") for line in (lines[:-1] if len(lines) > 1 else lines)]


def text_blocks(stream: IO[bytes], gaps: Gaps) -> Iterator[list[str]]:
    """Yield the file's lines, without their ends, about a MiB at a time.

    Counts in `gaps` lines with undecodable bytes, lines that were cut, and an encoding other than Unicode.
    """
    first = stream.read(BLOCK_BYTES)
    encoding, mark = text_encoding(first[: 64 << 10])
    if encoding in ("euc_jp", "cp932"):
        gaps.add("note_other_encoding", 1, {"euc_jp": "EUC-JP", "cp932": "Shift_JIS"}[encoding])
    chunks = _chunks(first[mark:], stream)
    if encoding.startswith("utf-16"):
        chunks, encoding = _utf8_of(chunks, encoding), "utf-8"
    for block in _whole_lines(chunks, gaps):
        lines = _decoded(block, encoding, gaps)
        if "\r" in lines[0] or "\r" in lines[-1] or b"\r\n" in block:
            lines = [line.removesuffix("\r") for line in lines]
        if max(map(len, lines)) > LINE_BYTES:
            gaps.add("lines_cut", sum(len(line) > LINE_BYTES for line in lines))
            lines = [line[:LINE_BYTES] for line in lines]
        yield lines


def _chunks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    while first:
        yield first
        first = stream.read(BLOCK_BYTES)


def _utf8_of(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _whole_lines(chunks: Iterator[bytes], gaps: Gaps) -> Iterator[bytes]:
    """Yield blocks that end with a line; of a line longer than a block only the beginning."""
    rest = b""
    skipping = False
    for chunk in chunks:
        if skipping:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, skipping = chunk[end + 1 :], False
        data = rest + chunk
        end = data.rfind(b"\n")
        if end >= 0:
            yield data[:end]
        rest = data[end + 1 :]
        if len(rest) > 4 * LINE_BYTES:
            gaps.add("lines_cut")
            yield rest[:LINE_BYTES]
            rest, skipping = b"", True
    if rest:
        yield rest


def _decoded(block: bytes, encoding: str, gaps: Gaps) -> list[str]:
    try:
        return block.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return [_decoded_line(line, encoding, gaps) for line in block.split(b"\n")]


def _decoded_line(line: bytes, encoding: str, gaps: Gaps) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        text = line.decode(encoding, "replace")
        gaps.add("undecodable_bytes", 1, text)
        return text


def _decodes(head: bytes, encoding: str) -> str | None:
    """Return the text when the bytes decode, but for a character that the end may have cut."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(head)
    except UnicodeDecodeError:
        return None


def _has_kana(text: str) -> bool:
    other = [c for c in text if c > "\x7f"]
    return sum("\u3041" <= c <= "\u30fe" for c in other) >= 0.2 * len(other)
