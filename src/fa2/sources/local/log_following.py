"""Follows log files as events: from where one stopped, through growth, rotation and truncation.

A file is known by the hash of its beginning, so that it is the same file under another name (`app.log` that became
`app.log.1`, even packed) and another file under the same name. Text and JSON lines are read from a byte on; kinds
of files that other local sources read are read whole, and rows that were seen are left out.

A message that may still go on with further lines is held back while the file is its source's last word, unless the
reader is told that nothing more comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import IO

from fa2.core.detectors import FilePosition, Followed, LogEvent
from fa2.core.errors import Fa2Error
from fa2.core.ports import Gaps, LocalSource
from fa2.sources.local.file_dates import dates_of
from fa2.sources.local.folders import HEAD_BYTES, PACKED_SUFFIXES, FoundFile, find_files
from fa2.sources.local.json_lines import record_of
from fa2.sources.local.json_records import RecordReader
from fa2.sources.local.json_values import Json
from fa2.sources.local.line_times import Header, find_headers, header_of_line
from fa2.sources.local.text_blocks import LINE_BYTES, head_lines, text_encoding

FINGERPRINT_BYTES = 1024
_READ_BYTES = 1 << 18
_MOST_LINES = 1000
_HEAD_LINES = 200
_LOGS = frozenset({"logs"})
_INCREMENTAL = {"plain_text": "text", "json_lines": "json"}


@dataclass(frozen=True)
class FileToRead:
    """A file that has something new, and where to begin."""

    file: FoundFile
    position: FilePosition
    source: LocalSource


def files_to_read(
    paths: Sequence[str], known: Mapping[str, FilePosition], sources: Sequence[LocalSource]
) -> list[FileToRead]:
    """Return the files below some paths that have something new, with where to begin; sorted by path.

    Raises UnusableInput when nothing is at one of the paths. Files that no source of logs reads are left out.
    """
    left = dict(known)
    found = [f for path in paths for f in find_files(Path(path)) if isinstance(f, FoundFile) and f.size]
    unique = {str(file.path): file for file in found}
    positions = dict[str, FilePosition]()
    for same_name in (True, False):
        for path, file in sorted(unique.items()):
            if path not in positions and (old := _known_as(file, path, left, same_name=same_name)):
                del left[old.path]
                positions[path] = replace(old, path=path)
    result = []
    for path, file in sorted(unique.items()):
        old = positions.get(path)
        if old and old.complete and old.size == file.size:
            continue
        if ready := _prepared(file, path, old, sources):
            result.append(ready)
    return result


def _known_as(file: FoundFile, path: str, known: Mapping[str, FilePosition], *, same_name: bool) -> FilePosition | None:
    """Return the position of a file that was read before, under this name or another."""
    for old in sorted(known.values(), key=lambda p: p.path):
        if (old.path == path) is same_name and _begins_as(file, old):
            return old
    return None


def _begins_as(file: FoundFile, old: FilePosition) -> bool:
    try:
        with file.open() as stream:
            head = stream.read(old.fingerprint_bytes)
    except (OSError, Fa2Error):
        return False
    if len(head) < old.fingerprint_bytes or hashlib.sha256(head).hexdigest() != old.fingerprint:
        return False
    return _is_packed(file) or old.reader not in ("text", "json") or file.size >= old.offset


def _prepared(
    file: FoundFile, path: str, old: FilePosition | None, sources: Sequence[LocalSource]
) -> FileToRead | None:
    try:
        head = file.head()
    except (OSError, Fa2Error):
        return None
    best = max(sources, key=lambda s: (s.recognise(head), s.name), default=None)
    if best is None or not _LOGS & set(best.tables) or best.recognise(head) < 0.06:
        return None
    start = head.head[:FINGERPRINT_BYTES]
    reader = old.reader if old else _INCREMENTAL.get(best.name, best.name)
    offset = old.offset if old else 0
    mark = hashlib.sha256(start).hexdigest()
    return FileToRead(file, FilePosition(path, reader, offset, mark, len(start), file.size), best)


def events(file: FileToRead, zone: tzinfo, *, all_there: bool = True) -> Iterator[Followed]:
    """Yield what is new in a file, in its order.

    all_there: whether the last message is complete; otherwise it waits for its next lines. Packed files are complete.
    """
    packed = _is_packed(file.file)
    if file.position.reader in ("text", "json"):
        found = _Following(file, zone).events(all_there=all_there or packed)
    else:
        found = _rows(file)
    yield from _with_end(found) if all_there or packed or file.position.reader not in ("text", "json") else found


def _with_end(found: Iterator[Followed]) -> Iterator[Followed]:
    """Yield the same, the last one as the end of its file."""
    last: Followed | None = None
    for followed in found:
        if last is not None:
            yield last
        last = followed
    if last is not None:
        yield replace(last, position=replace(last.position, complete=True))


def _is_packed(file: FoundFile) -> bool:
    return file.shown.lower().endswith(PACKED_SUFFIXES)


def _rows(file: FileToRead) -> Iterator[Followed]:
    """Yield the rows beyond those that were read, of a kind of file that has to be read whole."""
    seen, position = 0, file.position
    for rows in file.source.read(file.file, Gaps()):
        if rows.table != "logs":
            continue
        names = rows.columns.get("source") or []
        for n, (time, message) in enumerate(zip(rows.columns["timestamp"], rows.columns["message"])):
            seen += 1
            if seen <= position.offset or not isinstance(time, int):
                continue
            line = str(message)
            event = LogEvent(time, analysed(line), line, str(names[n]) if n < len(names) else position.path)
            yield Followed(event, replace(position, offset=seen))


def analysed(line: str) -> str:
    """Return what of a message is analysed: JSON as its message and `key=value`, other text as it is."""
    record = record_of(line)
    return _flat(record) if record is not None else line


_SAID = ("message", "msg", "log", "event", "text", "body", "@message")
_TIMES = frozenset("timestamp time ts datetime date asctime @timestamp eventtime t".split())


def _flat(record: Mapping[str, Json]) -> str:
    said = next((name for name in _SAID if isinstance(record.get(name), str)), None)
    parts = [str(record[said])] if said else []
    for key, value in _leaves("", record):
        if key != said and key.lower() not in _TIMES:
            parts.append(f"{key}={value}")
    return " ".join(parts)


def _leaves(prefix: str, record: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for key, value in sorted(record.items()):
        if isinstance(value, dict):
            yield from _leaves(f"{prefix}{key}.", value)
        elif value is not None:
            yield prefix + key, value


class _Following:
    """One file of lines from a byte on."""

    def __init__(self, file: FileToRead, zone: tzinfo) -> None:
        self._file = file
        dates = dates_of(file.file.name, file.file.path, zone)
        with file.file.open() as stream:
            head = stream.read(HEAD_BYTES)
        self._encoding, mark = text_encoding(head)
        self._first = mark
        self._json = file.position.reader == "json"
        self._headers = [] if self._json else find_headers(head_lines(head)[:_HEAD_LINES], dates)
        self._records = RecordReader(dates)
        self._dates = dates
        self._last_us: int | None = None

    def events(self, *, all_there: bool) -> Iterator[Followed]:
        """Yield the messages; lines without a time go on with the message before them."""
        message: list[str] = []
        us, text, end = 0, "", self._file.position.offset
        for line, after in self._lines(all_there=all_there):
            timed = self._timed(line)
            if timed is None:
                if message and len(message) < _MOST_LINES:
                    message.append(line)
                end = after
                continue
            if message:
                yield self._made(us, text, message, end)
            us, text = timed
            message, end = [line], after
        if message and all_there:
            yield self._made(us, text, message, end)

    def _made(self, us: int, text: str, message: list[str], end: int) -> Followed:
        line = "\n".join(message).rstrip("\n")
        event = LogEvent(us, text, line, self._file.file.shown)
        return Followed(event, replace(self._file.position, offset=end))

    def _timed(self, line: str) -> tuple[int, str] | None:
        """Return the time of a line and what is analysed of it; null for a line that goes on."""
        if self._json:
            record = record_of(line)
            us = self._records.describe(record).us if record is not None else None
            return (us, _flat(record)) if us is not None and record is not None else None
        for header in self._headers:
            if (timed := header.micros(line)) is not None:
                return timed[0], _without_time(line, header, timed[1])
        if line[:1].strip() and len(self._headers) < 8 and (new := header_of_line(line, self._dates)):
            self._headers.append(new)
            if (timed := new.micros(line)) is not None:
                return timed[0], _without_time(line, new, timed[1])
        return None

    def _lines(self, *, all_there: bool) -> Iterator[tuple[str, int]]:
        """Yield lines and the byte after each; a last one without its end only when all is there."""
        offset = max(self._file.position.offset, self._first)
        with self._file.file.open() as stream:
            _skip(stream, offset)
            rest = b""
            while chunk := stream.read(_READ_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    offset += len(line) + 1
                    yield self._decoded(line), offset
        if rest and all_there:
            yield self._decoded(rest), offset + len(rest)

    def _decoded(self, line: bytes) -> str:
        return line[:LINE_BYTES].decode(self._encoding, "replace").removesuffix("\r")


def _without_time(line: str, header: Header, end: int) -> str:
    """Return a line without the time in its header; words before the time stay."""
    before = line[:end].split(None, header.words)[: header.words] if header.words else []
    rest = line[end:].lstrip(" \t]),:|-")
    return " ".join([*before, rest]) if before else rest


def _skip(stream: IO[bytes], offset: int) -> None:
    while offset and (chunk := stream.read(min(offset, _READ_BYTES))):
        offset -= len(chunk)
