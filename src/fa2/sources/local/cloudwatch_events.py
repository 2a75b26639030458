"""Reads what the AWS CLI prints of CloudWatch Logs into logs: filter-log-events, get-log-events, get-query-results.

The log group does not stand in the first two: the file's name is the source, and names the service. Query
results give it in @log. A query without @message gives what its fields say; one without @timestamp (a
stats query) has no log lines in it: UnusableInput.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson

from fa2.core.errors import UnusableInput
from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.core.windows import TimeWindow
from fa2.sources.local.file_dates import Dates
from fa2.sources.local.json_documents import peek
from fa2.sources.local.json_stream import JsonStream
from fa2.sources.local.json_values import Json, at, items, mapping, text, whole
from fa2.sources.local.log_messages import Messages
from fa2.sources.local.log_rows import LogRows
from fa2.sources.local.service_names import service_of, service_of_stream
from fa2.sources.local.timestamps import ValueTimes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = 10_000
_CHARS = 8 << 20


class CloudWatchEvents:
    """The source for the output of `aws logs`."""

    name = "cloudwatch_events"
    tables: tuple[str, ...] = ("logs",)

    def recognise(self, head: FileHead) -> float:
        """Return 0.95 or more for an object with events or results as `aws logs` prints them."""
        document = mapping(peek(head.head))
        event = mapping(at(document, "events", 0))
        if {"timestamp", "message"} <= set(event):
            return 0.95
        if document.get("events") == [] and {"searchedLogStreams", "nextForwardToken"} & set(document):
            return 0.95
        return 0.95 if _is_query(document) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield some thousand messages at a time.

        Counts log_event (an entry without time or message), log_pages (the output says that there is
        more), log_query_limit and log_query_running (the query found or would have found more).
        """
        with file.open() as stream:
            reading = EventReading(file.name, gaps)
            try:
                for key, value in JsonStream(stream, file.name, gaps).members("events", "results"):
                    reading.take(key, value)
                    if reading.size > _ROWS or reading.chars > _CHARS:
                        yield from reading.rows()
            except UnusableInput:
                yield from reading.rows()
                raise
            yield from reading.rows()
            reading.finish()


class EventReading:
    """What `aws logs` gives on its way to rows of logs; each log group has its own.

    name: the source where the output names none. within: half-open; what lies outside is passed over.
    """

    def __init__(self, name: str, gaps: Gaps, within: TimeWindow | None = None) -> None:
        self._name = name
        self._gaps = gaps
        self._within = tuple(_us(edge) for edge in (within.start, within.end)) if within else None
        self._service = service_of(name)
        self._groups: dict[str, Messages] = {}
        self._times = ValueTimes(Dates())
        self._results = self._placed = 0
        self.size = self.chars = 0

    def take(self, key: str, value: Json) -> None:
        """Take in one event, one line of results, or what else the output says."""
        if key == "events":
            self._event(mapping(value))
        elif key == "results":
            self._results += 1
            self._result({str(at(f, "field")): text(at(f, "value")) for f in items(value)})
        elif key in ("nextToken", "NextToken") and value:
            self._gaps.add("log_pages", 1)
        elif key == "statistics":
            matched = whole(at(value, "recordsMatched")) or 0
            if matched > self._results >= 1000 and self._placed:
                self._gaps.add("log_query_limit", matched - self._results)
        elif key == "status" and value not in ("Complete", None):
            self._gaps.add("log_query_running", 1, str(value))

    def rows(self) -> Iterator[Rows]:
        """Return what was gathered and forget it."""
        for messages in self._groups.values():
            if rows := messages.rows.take(last=True):
                yield rows
        self.size = self.chars = 0

    def finish(self) -> None:
        """Raise UnusableInput when there were results and none was a log line."""
        if self._results and not self._placed:
            raise UnusableInput("coverage.log_query_without_times", n=self._results)

    def _event(self, event: dict[str, Json]) -> None:
        message, us = event.get("message"), self._times.micros(event.get("timestamp"))
        if us is None or not isinstance(message, str):
            self._gaps.add("log_event", 1, str(event))
            return
        stream = text(event.get("logStreamName"))
        self._add(self._name, us, message, stream)

    def _result(self, fields: dict[str, str | None]) -> None:
        us = self._times.micros(fields.get("@timestamp"))
        message = fields.get("@message")
        if us is None:
            if "@timestamp" in fields or message:
                self._gaps.add("log_event", 1, str(fields))
            return
        self._placed += 1
        if self._within and not self._within[0] <= us < self._within[1]:
            return
        if message is None:
            said = {name: value for name, value in fields.items() if name not in ("@ptr", "@timestamp")}
            message = orjson.dumps(said).decode()
        group = (fields.get("@log") or "").partition(":")[2] or fields.get("@log")
        self._add(group or self._name, us, message, fields.get("@logStream"))

    def _add(self, group: str, us: int, message: str, stream: str | None) -> None:
        if group not in self._groups:
            self._groups[group] = Messages(LogRows(group, self._gaps))
        service = service_of(group) if group != self._name else self._service
        self._groups[group].add(us, message, service or service_of_stream(stream), stream)
        self.size += 1
        self.chars += len(message)


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _is_query(document: dict[str, Json]) -> bool:
    fields = [mapping(field) for field in items(at(document, "results", 0))]
    if fields:
        return all({"field", "value"} <= set(field) for field in fields)
    return document.get("results") == [] and "statistics" in document


source = CloudWatchEvents()
