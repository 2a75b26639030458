"""Rows of logs for messages whose time is known from outside, as CloudWatch keeps them."""

from __future__ import annotations

from fa2.sources.local.identifiers import ids_of_text
from fa2.sources.local.json_lines import record_of
from fa2.sources.local.json_records import RecordReader
from fa2.sources.local.log_rows import LogRows
from fa2.sources.local.severity import level_of_text
from fa2.sources.local.text_blocks import LINE_BYTES

_LARGEST = LINE_BYTES


class Messages:
    """Adds messages to the rows of a file, with what their text, JSON or not, says of itself."""

    def __init__(self, rows: LogRows) -> None:
        self.rows = rows
        self._records = RecordReader()

    def add(self, us: int, message: str, service: str | None, stream: str | None) -> None:
        """Add one message; a service that it names itself goes before the one given."""
        message = message.rstrip("\r\n")
        if len(message) > _LARGEST:
            self.rows.gaps.add("lines_cut", 1, message)
            message = message[:_LARGEST]
        record = record_of(message)
        if record is None:
            self.rows.add(us, message, level_of_text(message), ids_of_text(message), service, stream)
            return
        said = self._records.describe(record)
        self.rows.add(us, message, said.level, said.ids, said.service or service, stream)
