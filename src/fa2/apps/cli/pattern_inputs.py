"""What `fa2 patterns` reads: files of lines as they are, everything else through a bundle's log messages."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from fa2.core.errors import UnusableInput
from fa2.core.ports import Watcher
from fa2.logs.blocks import Files, LineSource
from fa2.logs.line_sources import BundleMessages, Chained

_GLANCE = 64 << 10


@dataclass(frozen=True)
class Input:
    """Lines to be mined."""

    lines: LineSource
    unread: tuple[tuple[str, str, dict[str, str | int | float | bool | None]], ...] = ()
    """Files that were not read: name, code and values of a message of coverage.toml."""


@contextmanager
def opened_input(paths: Sequence[Path], zone: tzinfo, watch: Watcher) -> Iterator[Input]:
    """Open files, folders, bundles and standard input (`-`) as lines, in the order given.

    Raises UnusableInput when there is nothing at a path, or nothing of it can be read.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fa2-")))
        plain: list[Path] = []
        others: list[Path] = []
        for path in paths:
            if str(path) == "-":
                plain.append(_standard_input(scratch))
            elif not path.exists():
                raise UnusableInput("errors.not_found", path=str(path))
            else:
                (others if path.is_dir() or not is_lines(path) else plain).append(path)
        if not others:
            yield Input(Files(tuple(plain)))
            return
        from fa2.wiring import logs_of

        bundle = stack.enter_context(logs_of(others, zone, watch))
        connection = stack.enter_context(bundle.connected())
        messages = BundleMessages(connection) if "logs" in bundle.tables else None
        if messages is None and not plain:
            raise UnusableInput("patterns.error.no_logs", path=", ".join(map(str, others)))
        unread = tuple((e.source, e.error.code, dict(e.error.values)) for e in bundle.coverage if e.error)
        sources: list[LineSource] = [Files(tuple(plain))] if plain else []
        yield Input(Chained(tuple([*sources, messages] if messages else sources)), unread)


def is_lines(path: Path) -> bool:
    """Tell whether a file is read line by line as it stands: text logs, and JSON with an object a line.

    Raises UnusableInput for a file that unpacks to an absurd size.
    """
    from fa2.sources.local.text_blocks import looks_like_text
    from fa2.sources.local.unpacking import Limits, open_unpacked

    if not path.is_file():
        return True  # a pipe can be read once, so not for a glance
    stream, _ = open_unpacked(path, Limits())
    with stream:
        head = stream.read(_GLANCE)
    if head.startswith((b"PK\x03\x04", b"PAR1")):
        return False
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begin in (b"{", b"["):
        return _is_json_lines(path, head)
    return looks_like_text(head) or not head.strip()


def _is_json_lines(path: Path, head: bytes) -> bool:
    """Ask the readers of exports: a document, or lines that are no log records, are none of ours."""
    from fa2.core.ports import FileHead
    from fa2.wiring import local_sources

    file = FileHead(path.name, head, path.stat().st_size)
    surest = max(local_sources(), key=lambda source: source.recognise(file))
    return surest.recognise(file) > 0 and surest.name in ("json_lines", "plain_text")


def _standard_input(folder: Path) -> Path:
    """Keep standard input as a file, for values and comparisons are read from the lines a second time."""
    file = folder / "stdin"
    with file.open("wb") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
    return file
