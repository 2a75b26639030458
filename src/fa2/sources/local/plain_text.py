"""Reads text logs of any make into the table logs: finds times, levels and ids, and joins stack traces.

Where the times stand and how they are written is learnt from the head of a file (line_times.py); later
lines that surely start with another kind of time are understood too. A line without a time goes on with
the message before it, unless it states a level in front or is one of Lambda's START, END and REPORT
lines: those are messages of their own at the time of the line before.

A message is the text as it stood, header included. Lines before the first time get that time. Times
without a zone are taken in `assume_zone`; without a year, in the latest year that is not after the day
in the file's name or else the day it was last written; without a day, on the day in its name. These are
noted in coverage and lose nothing. A file in which no line has a time cannot be placed: UnusableInput.

`service` is the program of a syslog line, the container of a `docker compose logs` or `kubectl logs
--prefix` line, otherwise what service_names.py makes of the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.file_dates import Dates, dates_of
from fa2.sources.local.identifiers import find_ids, finders_for
from fa2.sources.local.line_times import Header, find_headers, header_of_line
from fa2.sources.local.log_rows import LogRows
from fa2.sources.local.service_names import service_of, workload_of
from fa2.sources.local.severity import (
    begins_with_level,
    level_of_klog,
    level_of_priority,
    level_of_text,
)
from fa2.sources.local.text_blocks import head_lines, looks_like_text, text_blocks

_HEAD_LINES = 200
_GLANCE_LINES = 80
_MOST_HEADERS = 8
_MOST_PENDING = 20_000
_STRUCTURED = re.compile(r"\s*(?:<\?xml|<!DOCTYPE|<html|\{\s*(?:[\"}]|$)|\[\s*[{\[\"\]]|\[\s*$)", re.IGNORECASE)
_PRIORITY = re.compile(r"(?:\x1b\[[\d;]*m)*<(\d{1,3})>")
_LAMBDA = re.compile(
    r"(?:START|END|REPORT) RequestId: |INIT_START |INIT_REPORT |XRAY TraceId: |EXTENSION\tName: |TELEMETRY\t"
)
_CRI_GOES_ON = re.compile(r" std(?:out|err) [FP](?: (?:\s+\S|Caused by: |Traceback \(|\tat |\.\.\. \d)|$)")
_TAG = re.compile(r" \S+ ([A-Za-z_][\w./@-]{0,63}?)(?:\([\w-]+\))?(?:\[\d+\])?:(?=\s|$)")
_TAG_WITH_PID = re.compile(r" \S+ ([A-Za-z_][\w./@-]{0,63}?)(?:\([\w-]+\))?\[\d+\]:(?=\s|$)")
_COMPOSE = re.compile(r"(?:\x1b\[[\d;]*m)*([\w.-]+?)\s+\| ")
_KUBECTL = re.compile(r"\[pod/([a-z0-9.-]+)/[a-z0-9.-]+\] ")


class PlainText:
    """The source for text logs."""

    name = "plain_text"
    tables: tuple[str, ...] = ("logs",)

    def __init__(self, assume_zone: tzinfo = UTC) -> None:
        self._zone = assume_zone

    def assuming(self, zone: tzinfo) -> PlainText:
        """Return the same source for times without a zone in `zone`."""
        return PlainText(zone)

    def recognise(self, head: FileHead) -> float:
        """Return up to 0.6 by the share of lines with a time; 0.05 for text without any, to say so."""
        if not looks_like_text(head.head):
            return 0.0
        lines = [line for line in head_lines(head.head)[:_GLANCE_LINES] if line.strip()]
        if not lines or _STRUCTURED.match(lines[0]):
            return 0.0
        headers = find_headers(lines, dates_of(head.name, None, self._zone, guess=True))
        timed = sum(any(header.micros(line) for header in headers) for line in lines)
        return 0.05 if not timed else 0.2 + 0.4 * timed / len(lines)

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield about a MiB of messages at a time."""
        dates = dates_of(file.name, file.path, self._zone)
        with file.open() as stream:
            reading: _Reading | None = None
            for lines in text_blocks(stream, gaps):
                reading = reading or _Reading(file.name, gaps, dates, lines)
                reading.read(lines)
                rows = reading.rows.take()
                if rows:
                    yield rows
            rows = reading.finish() if reading else None
            if rows:
                yield rows
        for note in sorted(dates.notes):
            gaps.add(note, 1, file.name)


class _Reading:
    """One file on its way from lines to rows."""

    def __init__(self, name: str, gaps: Gaps, dates: Dates, lines: Sequence[str]) -> None:
        self.rows = LogRows(name, gaps)
        self._gaps = gaps
        self._dates = dates
        self._headers = find_headers(lines[:_HEAD_LINES], dates)
        self._pending: list[str] = []
        self._service = service_of(name)
        self._named_lines = _lines_that_name(lines[:_HEAD_LINES], self._headers)

    def read(self, lines: Sequence[str]) -> None:
        """Take in some whole lines."""
        finders = finders_for("\n".join(lines))
        rows, headers = self.rows, self._headers
        before = any(header.words for header in headers)
        goes_on = _CRI_GOES_ON if any(" std" in line for line in lines[:50]) else None
        for line in lines:
            timed = headers[0].micros(line) if headers else None
            if timed is None:
                timed = self._otherwise(line)
                if timed is None:
                    continue
            us, end = timed
            if goes_on and len(rows) and goes_on.match(line, end):
                rows.go_on(line)
                continue
            if self._pending:
                self._place_pending(us)
            ids = find_ids(line, finders) if finders else (None, None)
            service = self._service_in(line, end) if self._named_lines else self._service
            rows.add(us, line, _level(line, end, before=before), ids, service)

    def finish(self) -> Rows | None:
        """Return the last rows. Raises UnusableInput when no line had a time."""
        if self._pending:
            self._untimed()
        return self.rows.take(last=True)

    def _otherwise(self, line: str) -> tuple[int, int] | None:
        """Return the time of a line that the commonest header does not fit, or put the line where it goes."""
        if line and not line[0].isspace():
            for header in self._headers[1:]:
                if timed := header.micros(line):
                    return timed
            if len(self._headers) < _MOST_HEADERS and (new := header_of_line(line, self._dates)):
                self._headers.append(new)
                if timed := new.micros(line):
                    return timed
        if not len(self.rows):
            self._wait(line)
        elif line and (begins_with_level(line) or _LAMBDA.match(line)):
            ids = find_ids(line, finders_for(line))
            self.rows.add(self.rows.last_us, line, level_of_text(line), ids, self._service)
        else:
            self.rows.go_on(line)
        return None

    def _wait(self, line: str) -> None:
        if line.strip():
            self._pending.append(line)
            if len(self._pending) > _MOST_PENDING:
                self._untimed()

    def _untimed(self) -> None:
        clock_only = find_headers(self._pending[:_HEAD_LINES], Dates(day=datetime(2000, 1, 1, tzinfo=UTC)))
        code = "times_without_date" if clock_only else "no_timestamps"
        raise UnusableInput(f"coverage.{code}", example=self._pending[0][:200])

    def _place_pending(self, us: int) -> None:
        """Give the lines before the first time that time."""
        first, *others = self._pending
        self._gaps.add("note_lines_before_first_time", len(self._pending), first)
        self._pending = []
        self.rows.add(us, first, level_of_text(first), find_ids(first, finders_for(first)), self._service)
        for line in others:
            if begins_with_level(line) or _LAMBDA.match(line):
                ids = find_ids(line, finders_for(line))
                self.rows.add(us, line, level_of_text(line), ids, self._service)
            else:
                self.rows.go_on(line)

    def _service_in(self, line: str, end: int) -> str | None:
        for pattern in self._named_lines:
            found = pattern.match(line, end if pattern in (_TAG, _TAG_WITH_PID) else 0)
            if found:
                name = found[1]
                return name if pattern in (_TAG, _TAG_WITH_PID) else workload_of(name)
        return self._service


def _level(line: str, end: int, *, before: bool) -> str | None:
    """Return the level of a line whose time ends at `end`; with `before`, also one in front of the time."""
    if line[0] in "<\x1b" and (priority := _PRIORITY.match(line)):
        return level_of_priority(int(priority[1]))
    if line[0] in "IWEF" and line[1:2].isdigit():
        return level_of_klog(line[0])
    return level_of_text(line, end) or (level_of_text(line[:end]) if before else None)


def _lines_that_name(lines: Sequence[str], headers: Sequence[Header]) -> list[re.Pattern[str]]:
    """Return the ways in which most of the lines name the program that wrote them."""
    if not headers:
        return []
    ends = [(line, timed[1]) for line in lines if (timed := headers[0].micros(line))]
    syslog = headers[0].times.form.name == "month_day"
    tag = _TAG if syslog else _TAG_WITH_PID
    naming = []
    for pattern, at_end in ((_COMPOSE, False), (_KUBECTL, False), (tag, True)):
        hits = sum(bool(pattern.match(line, end if at_end else 0)) for line, end in ends)
        if hits and hits >= 0.5 * len(ends):
            naming.append(pattern)
    return naming


source = PlainText()
