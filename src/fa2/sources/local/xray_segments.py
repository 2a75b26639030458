"""X-Ray segment documents: names, times, outcomes and causes of one segment or subsegment.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from fa2.sources.local.json_values import Json, at, http_status, items, number, text
from fa2.sources.local.remote_names import arn_name, last_part
from fa2.sources.local.throttling import is_throttling

_INSTANCE = (
    ("aws", "function_arn"),
    ("resource_arn",),
    ("aws", "ecs", "container"),
    ("aws", "ecs", "container_id"),
    ("aws", "eks", "pod"),
    ("aws", "ec2", "instance_id"),
    ("aws", "elastic_beanstalk", "environment_name"),
    ("aws", "api_gateway", "api_id"),
)
_REMOTE_RESOURCE = (
    (("aws", "table_name"), "database"),
    (("aws", "queue_url"), "queue"),
    (("aws", "queue_name"), "queue"),
    (("aws", "topic_arn"), "queue"),
    (("aws", "stream_name"), "queue"),
    (("aws", "bucket_name"), "aws"),
    (("aws", "bucket"), "aws"),
    (("aws", "function_name"), "aws"),
    (("aws", "state_machine_arn"), "aws"),
    (("aws", "secret_id"), "aws"),
)
_EVENTS = frozenset({"sqs", "sns", "kinesis", "events", "eventbridge", "firehose"})


def is_segment(value: Json) -> bool:
    """Tell whether a value looks like a segment document or a subsegment sent on its own."""
    known = text(at(value, "trace_id")) or text(at(value, "parent_id"))
    named = isinstance(at(value, "id"), str) and isinstance(at(value, "name"), str)
    return bool(known and named and number(at(value, "start_time")) is not None)


def segment_time(value: Json) -> int | None:
    """Return a time of a segment, epoch seconds, in microseconds."""
    seconds = number(value)
    return round(seconds * 1e6) if seconds is not None and 0 < seconds < 253_402_300_799 else None


def is_client(segment: Json) -> bool:
    """Tell whether a subsegment is a call to something else."""
    return at(segment, "namespace") in ("aws", "remote")


def remote_of(segment: Json) -> tuple[str, str] | None:
    """Return whom a subsegment calls and the kind of the edge; None where it calls nobody."""
    if not is_client(segment):
        return None
    for path, kind in _REMOTE_RESOURCE:
        value = at(segment, *path)
        name = text(value[0] if isinstance(value, list) and value else value)
        if name:
            return (last_part(name) if "://" in name else arn_name(name)), kind
    resource = text(at(segment, "aws", "resource_names", 0))
    name = text(at(segment, "name"))
    if at(segment, "namespace") == "aws":
        found = resource or name
        kind = "queue" if (name or "").lower() in _EVENTS else "aws"
        kind = "database" if (name or "").lower() == "dynamodb" else kind
    else:
        found = (name or "").split("@")[-1].partition(":")[0] if name else None
        kind = "database" if at(segment, "sql") is not None else "http"
    return (found, kind) if found else None


def instance_of(segment: Json) -> str | None:
    """Return the instance that a segment ran on: function, container, pod or host."""
    return next((name for path in _INSTANCE if (name := text(at(segment, *path)))), None)


def operation_of(segment: Json) -> str | None:
    """Return what was done: METHOD /path, SERVICE.Operation, or a subsegment's name."""
    method, url = at(segment, "http", "request", "method"), at(segment, "http", "request", "url")
    operation, name = text(at(segment, "aws", "operation")), text(at(segment, "name"))
    if operation and at(segment, "namespace") == "aws":
        return f"{name}.{operation}" if name else operation
    if text(method) or text(url):
        return " ".join(part for part in (text(method), _path(text(url))) if part) or name
    return operation or name


def status_of(segment: Json) -> str:
    """Return ok, error, fault or throttle.

    A throttled call counts as throttle also where only its exception or status 429 says so, but
    not where a fault is recorded: then the throttling lies further down.
    """
    status = response_status(segment)
    if at(segment, "throttle") is True or status == 429:
        return "throttle"
    if at(segment, "fault") is True or (status or 0) >= 500:
        return "fault"
    if at(segment, "error") is True or (status or 0) >= 400:
        own = text(at(segment, "cause", "exceptions", 0, "type"))
        return "throttle" if is_client(segment) and is_throttling(own) else "error"
    return "ok"


def response_status(segment: Json) -> int | None:
    """Return the HTTP status of the answer."""
    return http_status(at(segment, "http", "response", "status"))


def exceptions_of(segment: Json) -> Iterator[tuple[str, Json]]:
    """Yield the exceptions recorded on a segment itself, with their ids."""
    for exception in items(at(segment, "cause", "exceptions")):
        yield text(at(exception, "id")) or "", exception


def error_of(segment: Json, exceptions: Mapping[str, Json]) -> str | None:
    """Return “type: message” of the deepest cause; None where nothing failed or nothing is said.

    exceptions: those of the whole trace, by id. A cause that is a string names one of them; an
    exception's own `cause` names what led to it.
    """
    if status_of(segment) == "ok":
        return None
    cause = at(segment, "cause")
    named = exceptions.get(cause) if isinstance(cause, str) else None
    exception = named if named is not None else at(cause, "exceptions", 0)
    seen = {text(at(exception, "id"))}
    while True:
        deeper = at(exception, "cause")
        if not isinstance(deeper, str) or deeper in seen or deeper not in exceptions:
            break
        seen.add(deeper)
        exception = exceptions[deeper]
    parts = (text(at(exception, "type")), text(at(exception, "message")))
    return ": ".join(part for part in parts if part) or text(at(cause, "message"))


def _path(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return None
