"""Finds the files of a folder in a fixed order, and what in it is no file to read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead
from fa2.sources.local.unpacking import Limits, Unpacked, open_unpacked

HEAD_BYTES = 64 << 10
PACKED_SUFFIXES = (".gz", ".gzip", ".zst", ".zstd")
_OURS = frozenset({"incident.json"})


@dataclass
class FoundFile:
    """A file below the folder given; the LocalFile that sources read."""

    path: Path
    shown: str
    """Path below the folder as it lies on disk, with slashes; bytes that are not UTF-8 replaced."""
    size: int
    limits: Limits = field(default_factory=Limits)
    streams: list[Unpacked] = field(default_factory=list)
    """One for each time it was opened."""

    @property
    def name(self) -> str:
        """`shown` without the suffixes of compression."""
        name = self.shown
        while name.lower().endswith(PACKED_SUFFIXES) and not name.startswith("."):
            name = name.rpartition(".")[0]
        return name

    def open(self) -> IO[bytes]:
        """Return a stream of the unpacked bytes."""
        stream, counters = open_unpacked(self.path, self.limits)
        self.streams.append(counters)
        return stream

    def head(self) -> FileHead:
        """Read what sources recognise a file by. Raises OSError, or UnusableInput for a bomb."""
        with self.open() as stream:
            return FileHead(self.name, stream.read(HEAD_BYTES), self.size)

    @property
    def packed_bytes(self) -> int:
        """How far the file on disk has been read."""
        return max((stream.packed_bytes for stream in self.streams), default=0)

    @property
    def unpacked_bytes(self) -> int:
        """How many bytes the furthest reading saw."""
        return max((stream.unpacked_bytes for stream in self.streams), default=0)

    @property
    def damage(self) -> str | None:
        """The code of coverage.toml for packed data that broke off, if it did."""
        return next((stream.damage for stream in self.streams if stream.damage), None)


@dataclass(frozen=True)
class NoFile:
    """Something below the folder that is not read, and the code of coverage.toml that says why."""

    shown: str
    code: str
    problem: str = ""


def find_files(path: Path) -> list[FoundFile | NoFile]:
    """Return the files below a folder, sorted by path; or the one file given.

    Left out without a word: names that begin with a dot, and incident.json at the top. Links below the
    folder are not followed: what lies inside is found as itself, what lies outside was not given.
    Raises UnusableInput when there is nothing at the path.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UnusableInput("errors.not_found", path=str(path)) from error
    if not stat.S_ISDIR(mode):
        return [_entry(path, path.resolve(), path.parent.resolve())]
    root = path.resolve()
    return sorted(_walk(root, root), key=lambda found: found.shown)


def _walk(folder: Path, root: Path) -> Iterator[FoundFile | NoFile]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        yield NoFile(_shown(folder, root), "unreadable_file", error.strerror or "")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or (folder == root and entry.name in _OURS):
            continue
        if entry.is_symlink():
            yield NoFile(_shown(path, root), "link")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, root)
        else:
            yield _entry(path, path, root)


def _entry(path: Path, real: Path, root: Path) -> FoundFile | NoFile:
    shown = _clean(path.name) if real != path else _shown(path, root)
    try:
        info = real.stat()
    except OSError as error:
        return NoFile(shown, "unreadable_file", error.strerror or "")
    if not stat.S_ISREG(info.st_mode):
        return NoFile(shown, "no_plain_file")
    return FoundFile(real, shown, info.st_size)


def _shown(path: Path, root: Path) -> str:
    return _clean(path.relative_to(root).as_posix())


def _clean(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")
