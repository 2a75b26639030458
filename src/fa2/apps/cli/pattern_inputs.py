"""What `fa2 patterns` reads: files of lines as they are, everything else through a bundle's log messages."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from fa2.core.errors import UnusableInput
from fa2.core.messages import Value
from fa2.core.ports import Watcher
from fa2.logs.scans.blocks import Files, LineSource
from fa2.logs.scans.line_sources import BundleMessages, Chained

_GLANCE = 64 << 10
_LINES = ("json_lines", "plain_text")
"""Readers of exports whose files are read as lines here."""
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Input:
    """Lines to be mined."""

    lines: LineSource
    unread: tuple[tuple[str, str, Values], ...] = ()
    """Files that were not read: name, code and values of a message of coverage.toml."""


@contextmanager
def opened_input(paths: Sequence[Path], zone: tzinfo, watch: Watcher) -> Iterator[Input]:
    """Open files, folders, bundles and standard input (`-`) as lines, in the order given.

    Raises UnusableInput when there is nothing at a path, or nothing of it can be read.
    """
    with ExitStack() as stack:
        sorted_out = _Sorted(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fa2-"))))
        for path in paths:
            sorted_out.add(path)
        sources: list[LineSource] = [Files(tuple(sorted_out.plain))] if sorted_out.plain else []
        unread = sorted_out.unread
        if sorted_out.others:
            from fa2.wiring.investigations import logs_of

            bundle = stack.enter_context(logs_of(sorted_out.others, zone, watch))
            unread += [(e.source, e.error.code, dict(e.error.values)) for e in bundle.coverage if e.error]
            if "logs" in bundle.tables:
                sources.append(BundleMessages(stack.enter_context(bundle.connected())))
        if not sources:
            raise UnusableInput("patterns.error.no_logs", path=", ".join(map(str, paths)))
        yield Input(sources[0] if len(sources) == 1 else Chained(tuple(sources)), tuple(unread))


class _Sorted:
    """Files told apart by how they are read."""

    def __init__(self, scratch: Path) -> None:
        self.plain: list[Path] = []
        self.others: list[Path] = []
        self.unread: list[tuple[str, str, Values]] = []
        self._scratch = scratch

    def add(self, path: Path) -> None:
        """Add what a path names. Raises UnusableInput when there is nothing, or a file unpacks to an absurd size."""
        if str(path) == "-":
            self.plain.append(_standard_input(self._scratch))
        elif not path.exists():
            raise UnusableInput("errors.not_found", path=str(path))
        elif path.is_dir():
            self._add_folder(path)
        else:
            (self.plain if is_lines(path) else self.others).append(path)

    def _add_folder(self, folder: Path) -> None:
        from fa2.core.bundle import is_bundle
        from fa2.sources.local.folders import FoundFile, find_files

        if is_bundle(folder):
            self.others.append(folder)
            return
        for found in find_files(folder):
            if not isinstance(found, FoundFile):
                self.unread.append((found.shown, found.code, {"problem": found.problem}))
                continue
            head = _head_of(found.path)
            reader = _surest_reader(found.path, head)
            if reader is None:
                self.unread.append((found.shown, "not_recognised" if head.strip() else "empty_file", {}))
            else:
                (self.plain if reader in _LINES else self.others).append(found.path)


def is_lines(path: Path) -> bool:
    """Tell whether a file is read line by line as it stands: text logs, and JSON with an object a line.

    Raises UnusableInput for a file that unpacks to an absurd size.
    """
    from fa2.sources.local.text_blocks import looks_like_text

    if not path.is_file():
        return True  # a pipe can be read once, so not for a glance
    head = _head_of(path)
    if head.startswith((b"PK\x03\x04", b"PAR1")):
        return False
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _surest_reader(path, head) in _LINES
    return looks_like_text(head) or not head.strip()


def _surest_reader(path: Path, head: bytes) -> str | None:
    """Return the reader of exports that is surest of a file; null when none knows it."""
    from fa2.core.ports import FileHead
    from fa2.wiring.investigations import local_sources

    file = FileHead(path.name, head, path.stat().st_size)
    sure = {source.name: source.recognise(file) for source in local_sources()} if head.strip() else {}
    return max(sure, key=lambda name: sure[name]) if any(sure.values()) else None


def _head_of(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked. Raises UnusableInput when it unpacks to an absurd size."""
    from fa2.sources.local.unpacking import Limits, open_unpacked

    stream, _ = open_unpacked(path, Limits())
    with stream:
        return stream.read(_GLANCE)


def _standard_input(folder: Path) -> Path:
    """Keep standard input as a file, for values and comparisons are read from the lines a second time."""
    file = folder / "stdin"
    with file.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
    return file
