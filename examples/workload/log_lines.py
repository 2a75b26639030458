"""How the processes write their logs to stderr: text or JSON lines, both with the current trace's ids."""

import json
import logging
import sys
import time

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span


def log_as_text() -> None:
    """Log lines such as `2026-11-20T18:30:00.123Z INFO shop.http [trace_id=... span_id=...] message`."""
    _install(TextLines())


def log_as_json() -> None:
    """Log one JSON object a line; a traceback stands in its `exception` field."""
    _install(JsonLines())


class TextLines(logging.Formatter):
    """Text records; tracebacks follow on lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one record, with its traceback."""
        ids = "".join(f"{key}={value} " for key, value in trace_ids().items()).strip()
        head = f"{stamp(record)} {record.levelname} {record.name} [{ids or '-'}] {record.getMessage()}"
        return head + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one record as JSON."""
        fields = {"timestamp": stamp(record), "level": record.levelname, "logger": record.name}
        fields |= {"message": record.getMessage(), **trace_ids()}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def stamp(record: logging.LogRecord) -> str:
    """Return a record's time in UTC, to the millisecond."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z"


def trace_ids() -> dict[str, str]:
    """Return the ids of the span that is current, or nothing outside a span."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}


def _install(formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("botocore", "boto3", "urllib3", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
