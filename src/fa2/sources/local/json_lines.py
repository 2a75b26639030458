"""Reads logs of one JSON object a line (structlog, pino, zap, logback, Lambda, journald, docker) into logs.

A message is the line as it stood; json_records.py says which keys give the time, level, service and
ids. Lines between the objects that are no JSON (a stack trace, a banner) become messages of their own at
the time of the line before; so do objects without a time. A file in which nothing has a time cannot be
placed: UnusableInput.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo

import orjson

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.file_dates import Dates, dates_of
from fa2.sources.local.identifiers import Ids, ids_of_text
from fa2.sources.local.json_records import RecordReader, has_time_and_message
from fa2.sources.local.json_values import Json
from fa2.sources.local.line_times import header_of_line
from fa2.sources.local.log_rows import LogRows
from fa2.sources.local.service_names import service_of
from fa2.sources.local.severity import begins_with_level, level_of_text
from fa2.sources.local.text_blocks import head_lines, text_blocks

_LOOK = 100
_MOST_PENDING = 20_000
_Pending = tuple[str, str | None, Ids, str | None]


class JsonLines:
    """The source for logs of JSON lines."""

    name = "json_lines"
    tables: tuple[str, ...] = ("logs",)

    def __init__(self, assume_zone: tzinfo = UTC) -> None:
        self._zone = assume_zone

    def assuming(self, zone: tzinfo) -> JsonLines:
        """Return the same source for times without a zone in `zone`."""
        return JsonLines(zone)

    def recognise(self, head: FileHead) -> float:
        """Return up to 0.8 where a good part of the lines are objects with a time and a message.

        Objects with a message and no time get 0.05: they are taken only to say what is missing.
        """
        lines = [line for line in head_lines(head.head) if line.strip()][:_LOOK]
        records = [record for line in lines if (record := record_of(line)) is not None]
        if not records or len(records) < 0.3 * len(lines):
            return 0.0
        known = [has_time_and_message(record) for record in records]
        timed = sum(time for time, _ in known) / len(known)
        said = sum(message for _, message in known) / len(known)
        return 0.1 + 0.4 * timed + 0.3 * said if timed else 0.05 * bool(said)

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield about a MiB of messages at a time."""
        dates = dates_of(file.name, file.path, self._zone)
        reading = _Reading(file.name, gaps, dates)
        with file.open() as stream:
            for lines in text_blocks(stream, gaps):
                reading.read(lines)
                if rows := reading.rows.take():
                    yield rows
        if rows := reading.finish():
            yield rows
        for note in sorted(dates.notes):
            gaps.add(note, 1, file.name)


def record_of(line: str) -> dict[str, Json] | None:
    """Return the object that a line is; null when it is none."""
    start = line.lstrip()[:1]
    if start != "{":
        return None
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


class _Reading:
    """One file on its way from lines to rows."""

    def __init__(self, name: str, gaps: Gaps, dates: Dates) -> None:
        self.rows = LogRows(name, gaps)
        self._gaps = gaps
        self._dates = dates
        self._records = RecordReader(dates)
        self._service = service_of(name)
        self._pending: list[_Pending] = []
        self._in_text = False

    def read(self, lines: Sequence[str]) -> None:
        """Take in some whole lines."""
        for line in lines:
            record = record_of(line)
            if record is None:
                self._text(line)
                continue
            self._in_text = False
            said = self._records.describe(record)
            if said.us is None:
                self._gaps.add("note_records_without_time", 1, line)
            self._add(said.us, line, said.level, said.ids, said.service or self._service)

    def finish(self) -> Rows | None:
        """Return the last rows. Raises UnusableInput when nothing had a time."""
        if self._pending:
            self._untimed()
        return self.rows.take(last=True)

    def _text(self, line: str) -> None:
        """Take in a line that is no object: the first after an object begins a message."""
        if not line.strip() and not (self._in_text and len(self.rows)):
            return
        header = header_of_line(line, self._dates) if line and not line[0].isspace() else None
        timed = header.micros(line) if header else None
        if self._in_text and len(self.rows) and not timed and not begins_with_level(line):
            self.rows.go_on(line)
            return
        self._in_text = True
        us = timed[0] if timed else None
        self._add(us, line, level_of_text(line), ids_of_text(line), self._service)

    def _add(self, us: int | None, line: str, level: str | None, ids: Ids, service: str | None) -> None:
        if us is None and len(self.rows):
            us = self.rows.last_us
        if us is None:
            self._pending.append((line, level, ids, service))
            if len(self._pending) > _MOST_PENDING:
                self._untimed()
            return
        if self._pending:
            self._gaps.add("note_lines_before_first_time", len(self._pending), self._pending[0][0])
            for early in self._pending:
                self.rows.add(us, *early)
            self._pending = []
        self.rows.add(us, line, level, ids, service)

    def _untimed(self) -> None:
        raise UnusableInput("coverage.no_timestamps", example=self._pending[0][0][:200])


source = JsonLines()
