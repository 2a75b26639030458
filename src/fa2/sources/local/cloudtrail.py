"""CloudTrail into changes: log files as delivered to S3, lookup-events output, EventBridge events.

Only what changed something, or tried to, becomes a row (cloudtrail_events.bearing_of); the rest is
counted as notes, for nothing is lost by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.cloudtrail_events import actor_of, bearing_of, states_value
from fa2.sources.local.cloudtrail_resources import resource_of
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, micros, present, text
from fa2.sources.local.row_batches import Row, batches

_OWN = ("eventSource", "eventName", "eventTime")


class CloudTrail:
    """Reads CloudTrail events."""

    name = "cloudtrail"
    tables: tuple[str, ...] = ("changes",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 where the first entry is a CloudTrail record or holds one."""
        document = peek(head.head)
        if at(document, "Records") == []:
            return 0.6
        for record, _ in _records(document):
            return 1.0 if _is_record(record) else 0.0
        first = at(document, "Events", 0)
        known = at(first, "EventId") and at(first, "EventName") and "CloudTrailEvent" in str(first)
        return 0.9 if known else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield changes.

        Counts cloudtrail_record (no time, source or name), aws_more_pages (output that was cut at a
        page) and the notes note_cloudtrail_read, _data, _sign_in and _insight.
        """
        yield from batches("changes", changes(_complete(file, gaps), gaps))


source = CloudTrail()


def changes(documents: Iterable[Json], gaps: Gaps) -> Iterator[Row]:
    """Yield the changes in documents that hold CloudTrail records, of a file or of an API's answer.

    Counts cloudtrail_record and the notes, as `CloudTrail.read` does.
    """
    for document in documents:
        for record, lookup in _records(document):
            row = _change(record, lookup)
            if not _is_record(record) or row["timestamp"] is None:
                gaps.add("cloudtrail_record", 1, json_text(record) or str(record))
                continue
            bearing = bearing_of(record)
            if bearing == "change":
                yield row
            else:
                gaps.add(f"note_cloudtrail_{bearing}", 1, str(row["action"]))


def _complete(file: LocalFile, gaps: Gaps) -> Iterator[Json]:
    """Yield the documents of a file; counts aws_more_pages for those that are one page of more."""
    for document in documents(file, gaps):
        if text(at(document, "NextToken")):
            gaps.add("aws_more_pages", 1, file.name)
        yield document


def _records(document: Json) -> Iterator[tuple[Json, Json]]:
    """Yield records, each with the lookup-events entry around it, if any."""
    if isinstance(document, list):
        for entry in document:
            yield from _records(entry)
    elif isinstance(at(document, "Records"), list):
        for record in items(at(document, "Records")):
            yield record, None
    elif isinstance(at(document, "Events"), list):
        for event in items(at(document, "Events")):
            yield _embedded(event), event
    elif at(document, "CloudTrailEvent") is not None:
        yield _embedded(document), document
    elif _is_record(at(document, "detail")):
        yield at(document, "detail"), None
    elif at(document, "eventVersion") is not None or _is_record(document):
        yield document, None


def _embedded(event: Json) -> Json:
    held = at(event, "CloudTrailEvent")
    if not isinstance(held, str):
        return held
    try:
        record: Json = orjson.loads(held)
    except orjson.JSONDecodeError:
        return None
    return record


def _is_record(record: Json) -> bool:
    """Tell a record from other JSON; S3's own event notifications look alike but for `aws:s3`."""
    source = text(at(record, "eventSource")) or ""
    return all(text(at(record, name)) for name in _OWN) and not source.startswith("aws:")


def _change(record: Json, lookup: Json) -> Row:
    name = text(at(record, "eventName")) or ""
    origin = (text(at(record, "eventSource")) or "").removesuffix(".amazonaws.com")
    resource = resource_of(record, at(lookup, "Resources"))
    parameters = at(record, "requestParameters")
    failed = text(at(record, "errorCode"))
    return {
        "timestamp": micros(at(record, "eventTime")),
        "origin": "cloudtrail",
        "actor": actor_of(record) or text(at(lookup, "Username")),
        "action": f"{origin}:{name}",
        "resource_type": resource.type,
        "resource_id": resource.id,
        "service": resource.service,
        "account": text(at(record, "recipientAccountId")) or text(at(record, "userIdentity", "accountId")),
        "region": text(at(record, "awsRegion")),
        "before": None,
        "after": json_text(parameters) if states_value(name) and not failed else None,
        "error_code": failed,
        "detail": _detail(record, parameters),
    }


def _detail(record: Json, parameters: Json) -> str | None:
    return json_text(
        present(
            requestParameters=parameters,
            errorMessage=at(record, "errorMessage"),
            sourceIPAddress=at(record, "sourceIPAddress"),
            userAgent=at(record, "userAgent"),
            eventID=at(record, "eventID"),
        )
    )
