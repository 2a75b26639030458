"""Reads what CloudWatch Logs puts into S3 into logs: export tasks, and subscriptions through Firehose.

An export task writes EXPORT_TASK_ID/LOG_STREAM/000000.gz, lines that begin with a time and, without one,
the further lines of a message. The time is the export's, not the message's, and is left out of it. The
log group does not stand there: the folders above the task's are the source, or the task's folder itself.

A subscription writes JSON objects, one after the other with nothing between them, each with its log
group and stream; control messages are passed over.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasksConsole.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.file_dates import Dates
from fa2.sources.local.json_documents import peek
from fa2.sources.local.json_stream import JsonStream
from fa2.sources.local.json_values import Json, at, items, mapping, text
from fa2.sources.local.log_messages import Messages
from fa2.sources.local.log_rows import LogRows
from fa2.sources.local.service_names import service_of, service_of_stream
from fa2.sources.local.text_blocks import head_lines, text_blocks
from fa2.sources.local.time_formats import FORMATS
from fa2.sources.local.timestamps import TimeReader

_PART = re.compile(r"(?:^|/)(?P<stream>[^/]+)/\d{6}$")
_TASK = re.compile(r"(?:^|/)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=/|$)")
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{3,9}))?(Z)(?: |$)")
_TEST_NAME = "aws-logs-write-test"
_TEST_TEXT = b"Permission Check Successful"
_ISO = next(form for form in FORMATS if form.name == "iso")


class CloudWatchS3Export:
    """The source for log files that CloudWatch Logs wrote to S3."""

    name = "cloudwatch_s3_export"
    tables: tuple[str, ...] = ("logs",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for a subscription's JSON, 0.95 for lines with times in a file of an export's name."""
        document = mapping(peek(head.head))
        if document.get("messageType") in ("DATA_MESSAGE", "CONTROL_MESSAGE") and "logEvents" in document:
            return 1.0
        if head.name.endswith(_TEST_NAME) and head.head.startswith(_TEST_TEXT):
            return 1.0
        named = _PART.search(head.name) is not None
        lines = head_lines(head.head)
        return 0.95 if named and lines and _LINE.match(lines[0]) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield a few thousand messages at a time. Counts log_event: an entry without time or message."""
        if file.name.endswith(_TEST_NAME):
            return
        with file.open() as stream:
            start = stream.read(1024).lstrip(b"\xef\xbb\xbf \r\n")[:1]
        yield from _subscription(file, gaps) if start == b"{" else _export(file, gaps)


def _export(file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
    """Yield the rows of one file of an export task."""
    group, stream_name = _origin(file.name)
    service = service_of(group) or service_of_stream(stream_name)
    rows = LogRows(group, gaps)
    messages, times = Messages(rows), TimeReader(_ISO, Dates())
    early: list[str] = []
    with file.open() as stream:
        for lines in text_blocks(stream, gaps):
            for line in lines:
                found = _LINE.match(line)
                us = times.micros(found) if found else None
                if found and us is not None:
                    _place(early, us, messages)
                    messages.add(us, line[found.end() :], service, stream_name)
                elif len(rows):
                    rows.go_on(line)
                elif line.strip():
                    early.append(line)
                    if len(early) > 20_000:
                        raise UnusableInput("coverage.no_timestamps", example=early[0][:200])
            if batch := rows.take():
                yield batch
    if early:
        raise UnusableInput("coverage.no_timestamps", example=early[0][:200])
    if batch := rows.take(last=True):
        yield batch


def _place(early: list[str], us: int, messages: Messages) -> None:
    if early:
        messages.rows.gaps.add("note_lines_before_first_time", len(early), early[0])
        for line in early:
            messages.add(us, line, None, None)
        early.clear()


def _subscription(file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
    """Yield the rows of the objects that a subscription wrote, a batch for each."""
    with file.open() as stream:
        for value in JsonStream(stream, file.name, gaps).documents():
            document = mapping(value)
            if document.get("messageType") == "CONTROL_MESSAGE":
                continue
            group = text(document.get("logGroup"))
            if document.get("messageType") != "DATA_MESSAGE" or group is None:
                gaps.add("log_event", 1, str(value))
                continue
            rows = _rows_of(document, group, gaps)
            if rows:
                yield rows


def _rows_of(document: dict[str, Json], group: str, gaps: Gaps) -> Rows | None:
    stream = text(document.get("logStream"))
    service = service_of(group) or service_of_stream(stream)
    rows = LogRows(group, gaps)
    messages = Messages(rows)
    for event in items(document.get("logEvents")):
        millis, message = at(event, "timestamp"), at(event, "message")
        if isinstance(millis, int) and isinstance(message, str):
            messages.add(millis * 1000, message, service, stream)
        else:
            gaps.add("log_event", 1, str(event))
    return rows.take(last=True)


def _origin(name: str) -> tuple[str, str | None]:
    """Return the source and the log stream of an export's file, by its path."""
    part = _PART.search(name)
    stream = part["stream"] if part else None
    folders = name[: part.start()] if part else name
    before: Sequence[str] = _TASK.split(folders)
    group = before[0].strip("/")
    return (group if group and group != "exportedlogs" else folders or name), stream


source = CloudWatchS3Export()
