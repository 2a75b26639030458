"""Files of AWS Config unpacked some ahead, in threads, while those before them are parsed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from fa2.core.errors import Fa2Error
from fa2.sources.local.config_files import Delivery
from fa2.sources.local.folders import FoundFile

WHOLE = 16 << 20
"""Unpacked bytes of a file that is held at once; larger ones are streamed."""
_AHEAD = 4

Found = tuple[FoundFile, Delivery | None]
Content = bytes | Exception | None
"""A file's bytes; why it could not be read; or null where they are too many to be held."""


def unpacked_ahead(
    files: Sequence[Found],
) -> Iterator[tuple[Found, Content]]:
    """Yield the files in order with what is in them, a few of them unpacked ahead."""
    waiting: deque[tuple[Found, Future[Content]]] = deque()
    with ThreadPoolExecutor(2, "fa2-unpack") as pool:
        for file in files:
            waiting.append((file, pool.submit(_unpack, file[0])))
            if len(waiting) > _AHEAD:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _unpack(file: FoundFile) -> Content:
    try:
        if 0 < file.size <= WHOLE and (data := _gunzipped(file.path.read_bytes())) is not None:
            return data
        with file.open() as stream:
            data = stream.read(WHOLE + 1)
    except (OSError, Fa2Error) as error:
        return error
    return data if len(data) <= WHOLE else None


def _gunzipped(packed: bytes) -> bytes | None:
    """Return what is in gzip of one sound member that is not too large: twice as fast as the general way."""
    from isal import igzip_lib

    if not packed.startswith(b"\x1f\x8b"):
        return None
    unpacker = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        data: bytes = unpacker.decompress(packed, WHOLE)
    except igzip_lib.error:  # type: ignore[misc]  # its stub names an instance
        return None
    return data if unpacker.eof and not unpacker.unused_data and not data.startswith(b"\x1f\x8b") else None
