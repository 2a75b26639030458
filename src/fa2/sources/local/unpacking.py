"""Files as a stream of unpacked bytes: gzip and zstd by their magic numbers, bounded, and damage noted."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fa2.core.errors import UnusableInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 1 << 20
_ZSTD_FEED = 4096
"""Bytes given to zstd at once: its 128 KiB blocks can stand in four bytes, so this bounds what comes out."""

Chunks = Iterator[bytes]


@dataclass(frozen=True)
class Limits:
    """When unpacking stops: a file that grows more than any log does is taken for a bomb."""

    ratio: int = 250
    """Unpacked bytes over bytes on disk, looked at once `free_bytes` have come out."""
    free_bytes: int = 256 << 20
    total_bytes: int = 64 << 30
    layers: int = 3
    """How often a file may be packed; Firehose packs CloudWatch's gzip a second time."""


class Unpacked(io.RawIOBase):
    """A file's unpacked bytes. Ends early, and says so in `damage`, where the packed data is broken."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._rest = b""
        self.damage: str | None = None
        """A code of coverage.toml when the stream ended before its time, else null."""
        self.packed_bytes = 0
        """How far the file on disk has been read."""
        self.unpacked_bytes = 0
        """How many bytes came out."""
        self._chunks = self._unpack(self._read())

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer. Raises UnusableInput when the file unpacks to an absurd size."""
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = next(self._chunks, b"")
        piece = self._rest[: len(view)]
        self._rest = self._rest[len(view) :]
        view[: len(piece)] = piece
        self.unpacked_bytes += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()

    def _read(self) -> Chunks:
        while chunk := self._file.read(_PIECE):
            self.packed_bytes += len(chunk)
            yield chunk

    def _unpack(self, chunks: Chunks) -> Chunks:
        for _ in range(self._limits.layers):
            first = next(chunks, b"")
            chunks = _chained(first, chunks)
            unpack = _unpacker(first)
            if unpack is None:
                break
            chunks = self._bounded(unpack(chunks, self._note))
        yield from chunks

    def _note(self, code: str) -> None:
        self.damage = self.damage or code

    def _bounded(self, chunks: Chunks) -> Chunks:
        limits, out = self._limits, 0
        for chunk in chunks:
            out += len(chunk)
            grown = out > limits.free_bytes and out > limits.ratio * max(self.packed_bytes, 1)
            if grown or out > limits.total_bytes:
                raise UnusableInput("coverage.too_large_unpacked", n=out)
            yield chunk


def open_unpacked(path: Path, limits: Limits | None = None) -> tuple[IO[bytes], Unpacked]:
    """Return a buffered stream of the unpacked bytes, and the counters behind it.

    gzip and zstd, also of several members, are told by their first bytes, whatever the file is called.
    """
    raw = Unpacked(path.open("rb"), limits or Limits())
    return io.BufferedReader(raw, _PIECE), raw


def _chained(first: bytes, rest: Chunks) -> Chunks:
    if first:
        yield first
    yield from rest


def _unpacker(first: bytes) -> Callable[[Chunks, Callable[[str], None]], Chunks] | None:
    if first.startswith(b"\x1f\x8b\x08"):
        return _gunzip
    if first.startswith(b"\x28\xb5\x2f\xfd"):
        return _unzstd
    return None


def _gunzip(chunks: Chunks, note: Callable[[str], None]) -> Chunks:
    member = zlib.decompressobj(31)
    inside = False
    for data in chunks:
        more = True
        while more:
            try:
                out = member.decompress(data, _PIECE)
            except zlib.error:
                note("damaged_packing")
                return
            inside = True
            if out:
                yield out
            data, more = member.unconsumed_tail, len(out) == _PIECE
            if member.eof:
                data = member.unused_data.lstrip(b"\0")
                member, inside = zlib.decompressobj(31), bool(data)
            more = more or bool(data)
    if inside:
        yield from filter(None, [member.flush()])
        note("truncated_packing")


def _unzstd(chunks: Chunks, note: Callable[[str], None]) -> Chunks:
    import zstandard

    decoder = zstandard.ZstdDecompressor()
    frame = decoder.decompressobj()
    inside = False
    for chunk in chunks:
        for start in range(0, len(chunk), _ZSTD_FEED):
            data = chunk[start : start + _ZSTD_FEED]
            while data:
                try:
                    out = frame.decompress(data)
                except zstandard.ZstdError:
                    note("damaged_packing")
                    return
                if out:
                    yield out
                inside, data = not frame.eof, frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = decoder.decompressobj()
    if inside:
        note("truncated_packing")
