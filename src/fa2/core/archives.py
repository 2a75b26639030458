"""Unpacking a zipped bundle, refusing what climbs out or unpacks to an absurd size."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fa2.core.errors import RefusedArchive

MAX_BYTES = 16 << 30
"""The most that an archive may unpack to. Parquet is packed already, so real bundles are far below."""
MAX_ENTRIES = 10_000
MAX_RATIO = 200
"""The most that one file, or all together, may grow by when unpacked, once it is over FREE_BYTES."""
FREE_BYTES = 16 << 20
_CHUNK = 1 << 20
_ENCRYPTED = 1


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a zip into the empty folder `into` and return the folder that holds incident.json.

    Raises RefusedArchive for paths that climb out, links, too many or too large files, and damage.
    Sizes are counted while unpacking: what the archive says of itself is not trusted.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            if len(entries) > MAX_ENTRIES:
                raise RefusedArchive("errors.archive.entries", archive=archive.name, limit=MAX_ENTRIES)
            total, most = 0, min(MAX_BYTES, max(FREE_BYTES, MAX_RATIO * archive.stat().st_size))
            for entry in entries:
                target = into / _safe_name(archive, entry)
                if not entry.is_dir():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    total += _unpack_entry(archive, packed, entry, target, most - total)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        IndexError,
    ) as error:
        raise RefusedArchive("errors.archive.damaged", archive=archive.name, problem=str(error)) from error
    return _root(archive, into)


def _safe_name(archive: Path, entry: zipfile.ZipInfo) -> PurePosixPath:
    if entry.flag_bits & _ENCRYPTED:
        raise RefusedArchive("errors.archive.encrypted", archive=archive.name)
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if name.is_absolute() or ".." in name.parts or ":" in "".join(name.parts[:1]) or link or "\0" in str(name):
        raise RefusedArchive("errors.archive.climbs", archive=archive.name, entry=entry.filename[:200])
    return name


def _unpack_entry(archive: Path, packed: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int) -> int:
    limit = min(room, max(FREE_BYTES, MAX_RATIO * max(entry.compress_size, 1)))
    written = 0
    with packed.open(entry) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise RefusedArchive("errors.archive.size", archive=archive.name, entry=entry.filename[:200])
            sink.write(chunk)
    return written


def _root(archive: Path, folder: Path) -> Path:
    """Return the folder of incident.json: the top, or the only folder in it."""
    if (folder / "incident.json").is_file():
        return folder
    inside = [child for child in sorted(folder.iterdir()) if child.is_dir()]
    if len(inside) == 1 and (inside[0] / "incident.json").is_file():
        return inside[0]
    shutil.rmtree(folder, ignore_errors=True)
    raise RefusedArchive("errors.archive.no_incident", archive=archive.name)
