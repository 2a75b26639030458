"""Packed files: several members, packed twice, cut, damaged, and bombs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.sources.local.unpacking import Limits, Unpacked, open_unpacked

TEXT = b"".join(b"2026-11-20T03:00:00Z INFO line %d\n" % n for n in range(5000))


def unpacked(path: Path, data: bytes, limits: Limits | None = None) -> tuple[bytes, Unpacked]:
    path.write_bytes(data)
    stream, counters = open_unpacked(path, limits)
    with stream:
        return stream.read(), counters


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]),
        gzip.compress(gzip.compress(TEXT)),
        gzip.compress(TEXT) + b"\0" * 512,
        zstd(TEXT),
        zstd(TEXT[:1000]) + zstd(TEXT[1000:]),
        gzip.compress(zstd(TEXT)),
    ],
)
def test_packed_bytes_come_out_as_they_went_in(data: bytes, tmp_path: Path) -> None:
    out, counters = unpacked(tmp_path / "x", data)
    assert out == TEXT
    assert counters.damage is None
    assert counters.packed_bytes == len(data)
    assert counters.unpacked_bytes == len(TEXT)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_file_that_breaks_off_gives_what_came_before(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    packed = pack(TEXT) + pack(TEXT)
    out, counters = unpacked(tmp_path / "x", packed[: len(packed) - 20])
    assert out.startswith(TEXT)
    assert len(TEXT) <= len(out) < 2 * len(TEXT)
    assert counters.damage == "truncated_packing"


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_damage_ends_the_stream_and_is_noted(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    out, counters = unpacked(tmp_path / "x", pack(TEXT) + b"not packed at all")
    assert out == TEXT
    assert counters.damage == "damaged_packing"


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_bomb_is_refused_in_flat_memory(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    with pytest.raises(UnusableInput) as caught:
        unpacked(tmp_path / "x", pack(bytes(50_000_000)), Limits(free_bytes=1_000_000))
    assert caught.value.key == "coverage.too_large_unpacked"


def test_a_bomb_inside_a_bomb_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(gzip.compress(bytes(50_000_000)))
    with pytest.raises(UnusableInput):
        unpacked(tmp_path / "x", data, Limits(free_bytes=1_000_000))


@given(st.binary(max_size=300), st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b""]))
def test_no_bytes_crash_it(tmp_path_factory: pytest.TempPathFactory, data: bytes, magic: bytes) -> None:
    unpacked(tmp_path_factory.getbasetemp() / "noise", magic + data)
