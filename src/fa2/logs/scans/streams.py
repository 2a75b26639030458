"""Log files as streams of bytes: plain, gzip, zstd, UTF-16, standard input; what breaks off is counted, the rest kept."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from fa2.core.ports import Gaps

_PIECE = 1 << 18
_OUT = 1 << 16
"""How much is unpacked at once, and so the most that is lost before the place where a file is damaged."""
_LAYERS = 3
"""How often a file may be packed; Firehose packs CloudWatch's gzip a second time."""
_ZSTD_FEED = 4096
"""Bytes given to zstd at once: its 128 KiB blocks can stand in four bytes, so this bounds what comes out."""

Pieces = Iterator[bytes]


class Stream:
    """The unpacked bytes of one file, as UTF-8 or as they stand. Damage is counted in `gaps`."""

    def __init__(self, path: Path | None, gaps: Gaps) -> None:
        """Open a file, or standard input for null. Raises OSError when it cannot be opened."""
        self._file = sys.stdin.buffer if path is None else path.open("rb", buffering=0)
        self._owned = path is not None
        self._name = "-" if path is None else str(path)
        self._gaps = gaps
        self._rest = memoryview(b"")
        self._pieces: Pieces | None = self._decoded()
        self.packed_bytes = 0
        """How far the file on disk has been read."""

    def readinto(self, view: memoryview) -> int:
        """Fill the view as far as the file goes, and return how many bytes were put there; 0 at the end only."""
        done = 0
        while done < len(view):
            if not self._rest:
                if self._pieces is None:
                    break
                more = next(self._pieces, None)
                if more is None:
                    return done + self._read_plain(view[done:])
                self._rest = memoryview(more)
            n = min(len(self._rest), len(view) - done)
            view[done : done + n] = self._rest[:n]
            self._rest = self._rest[n:]
            done += n
        return done

    def close(self) -> None:
        """Close the file, unless it is standard input."""
        if self._owned:
            self._file.close()

    def _read_plain(self, view: memoryview) -> int:
        """Read straight into the view; once the pieces have ended there is nothing, or what needs no unpacking."""
        done = 0
        while done < len(view):
            n = self._file.readinto(view[done:])  # type: ignore[union-attr]  # FileIO or BufferedReader
            if not n:
                break
            done += n
        self.packed_bytes += done
        return done

    def _raw(self) -> Pieces:
        while piece := self._file.read(_PIECE):
            self.packed_bytes += len(piece)
            yield piece

    def _decoded(self) -> Pieces:
        """Yield pieces that had to be unpacked or transcoded, or the first piece of a file that need not be."""
        pieces, packed = self._raw(), False
        for _ in range(_LAYERS + 1):
            first = next(pieces, b"")
            unpack = _unpacker(first)
            if unpack is None:
                break
            pieces, packed = _non_empty(unpack(_chained(first, pieces), self._damaged)), True
        encoding = _encoding(first)
        if encoding:
            self._gaps.add("note_other_encoding", example=encoding.upper())
            yield from _transcoded(_chained(first, pieces), encoding)
        else:
            yield first.removeprefix(codecs.BOM_UTF8)
            if packed:
                yield from pieces

    def _damaged(self, code: str) -> None:
        self._gaps.add(code, example=self._name)


def _chained(first: bytes, rest: Pieces) -> Pieces:
    yield first
    yield from rest


def _non_empty(pieces: Pieces) -> Pieces:
    return (piece for piece in pieces if piece)


def _encoding(first: bytes) -> str | None:
    if first.startswith(codecs.BOM_UTF16_LE) and not first.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    return "utf-16" if first.startswith(codecs.BOM_UTF16_BE) else None


def _transcoded(pieces: Pieces, encoding: str) -> Pieces:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def _unpacker(first: bytes) -> Callable[[Pieces, Callable[[str], None]], Pieces] | None:
    if first.startswith(b"\x1f\x8b\x08"):
        return _gunzip
    if first.startswith(b"\x28\xb5\x2f\xfd"):
        return _unzstd
    return None


def _gunzip(pieces: Pieces, damaged: Callable[[str], None]) -> Pieces:
    """Unpack gzip of any number of members; zeros between them and after them are padding."""
    from isal import isal_zlib

    member = isal_zlib.decompressobj(31)
    inside = False
    for piece in pieces:
        data = piece if inside else piece.lstrip(b"\0")
        while data:
            inside = True
            try:
                out = member.decompress(data, _OUT)
            except isal_zlib.IsalError:  # type: ignore[misc]  # its stub gives no type
                damaged("damaged_packing")
                return
            yield out
            data = member.unconsumed_tail
            if member.eof:
                data = member.unused_data.lstrip(b"\0")
                member, inside = isal_zlib.decompressobj(31), False
    if inside:
        yield member.flush()
        damaged("truncated_packing")


def _unzstd(pieces: Pieces, damaged: Callable[[str], None]) -> Pieces:
    import zstandard

    decoder = zstandard.ZstdDecompressor()
    frame = decoder.decompressobj()
    inside = False
    for piece in pieces:
        for start in range(0, len(piece), _ZSTD_FEED):
            data = piece[start : start + _ZSTD_FEED]
            while data:
                try:
                    out = frame.decompress(data)
                except zstandard.ZstdError:
                    damaged("damaged_packing")
                    return
                yield out
                inside, data = not frame.eof, frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = decoder.decompressobj()
    if inside:
        damaged("truncated_packing")
