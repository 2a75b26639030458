"""Keeps past reports in a DynamoDB table, and their texts in an S3 bucket, for several people and for Lambda.

The table's partition key is `id`, a string; `expires` is its attribute for time to live. What was said of a report is
a list that is only ever appended to, and each write has a condition, so that two at once lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fa2.core.past import MOST_FEEDBACK, Feedback, KeptReport, NoPastReport, PastFailed, Shelf
from fa2.core.report import Report
from fa2.core.windows import iso
from fa2.stores.past_records import Row, kept_report, packed_report, row_of, unpacked_report

ITEM_BYTES = 400 << 10
"""What an item may have at most, as DynamoDB has it: names and values together."""
_BODY_BYTES = 200 << 10
"""Of a report's text within an item; the rest is for the fingerprint and what people say."""
PREFIX = "reports/"
"""Where texts lie in the bucket."""
_TRIES = 5
"""How often a write is made anew because somebody else's came between."""
_LISTED = ("id", "title", "start", "end", "kept_at", "verdict", "fingerprint", "said")


@dataclass(frozen=True)
class Shelves:
    """Where reports lie, and for how long."""

    table: str
    bucket: str = ""
    """Empty: the texts lie in the table, where they are small enough."""
    days: int = 400
    """After these DynamoDB deletes a report of which nobody said anything."""


class PastInAws:
    """The reports of one table.

    client: the boto3 client of a service, `dynamodb` or `s3`. told: turns what AWS raises while asking a service into
    our errors. clock: the time in UTC.
    """

    def __init__(
        self,
        shelves: Shelves,
        *,
        client: Callable[[str], Any],
        told: Callable[[str], AbstractContextManager[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._at = shelves
        self._client = client
        self._told = told
        self._clock = clock

    def keep(self, report: Report, at: datetime, /) -> str:
        """Keep a report: its text first, so that no item is without one. Raises PastFailed, UnusableInput."""
        row, body = row_of(report, at), packed_report(report)
        if self._at.bucket:
            with self._told("s3"):
                self._client("s3").put_object(**self._object(row.id), Body=body, ContentType="application/zstd")
        elif len(body) > _BODY_BYTES:
            raise PastFailed("coverage.past_too_large", size=len(body), table=self._at.table)
        values = _values(row, None if self._at.bucket else body)
        expires = {"N": str(int((at + timedelta(self._at.days)).timestamp()))}
        gone = ("body",) if self._at.bucket else ()
        for _ in range(_TRIES):
            if self._update(row.id, {**values, "expires": expires}, "attribute_not_exists(#said)", gone):
                return row.id
            if self._update(row.id, values, "attribute_exists(#said)", (*gone, "expires")):
                return row.id
        raise PastFailed("coverage.past_busy", path=self._at.table, problem="ConditionalCheckFailed")

    def kept(self) -> Shelf:
        """Return all that is kept and has not expired. Reads the table, page by page."""
        found = list(self._scanned())
        reports = tuple(one for one in map(_read, found) if one is not None)
        return Shelf(reports, len(found) - len(reports))

    def report(self, id: str, /) -> Report:
        """Return a kept report. Raises NoPastReport; PastFailed where its text is gone."""
        with self._told("dynamodb"):
            found = self._client("dynamodb").get_item(
                **self._item(id),
                ConsistentRead=True,
                ProjectionExpression="#id, #body",
                ExpressionAttributeNames={"#id": "id", "#body": "body"},
            )
        if "Item" not in found:
            raise NoPastReport("errors.past.unknown", id=id[:80])
        within = found["Item"].get("body", {}).get("B")
        return unpacked_report(within if within is not None else self._text(id), id)

    def judge(self, id: str, feedback: Feedback, /) -> None:
        """Append what a person said; of very much the first is let go. A report that was judged does not expire."""
        values = {":new": {"L": [{"S": feedback.model_dump_json()}]}, ":none": {"L": []}, ":most": _n(MOST_FEEDBACK)}
        append = "SET #said = list_append(if_not_exists(#said, :none), :new) REMOVE #expires"
        room = "attribute_exists(#id) AND (attribute_not_exists(#said) OR size(#said) < :most)"
        for _ in range(_TRIES):
            if self._changed(id, append, room, {"#id": "id", "#said": "said", "#expires": "expires"}, values):
                return
            full = "attribute_exists(#said) AND size(#said) >= :most"
            self._changed(id, "REMOVE #said[0]", full, {"#said": "said"}, {":most": _n(MOST_FEEDBACK)})
            if not self._there(id):
                raise NoPastReport("errors.past.unknown", id=id[:80])
        raise PastFailed("coverage.past_busy", path=self._at.table, problem="ConditionalCheckFailed")

    def forget(self, id: str, /) -> None:
        """Delete a report: its text first, so that what is left says that it is gone."""
        if not self._there(id):
            raise NoPastReport("errors.past.unknown", id=id[:80])
        if self._at.bucket:
            with self._told("s3"):
                self._client("s3").delete_object(**self._object(id))
        with self._told("dynamodb"):
            self._client("dynamodb").delete_item(**self._item(id))

    def _scanned(self) -> Iterator[Mapping[str, Any]]:
        names = {f"#{name}": name for name in (*_LISTED, "expires")}
        asked = {
            "TableName": self._at.table,
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(f"#{name}" for name in _LISTED),
            "FilterExpression": "attribute_not_exists(#expires) OR #expires > :now",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":now": _n(int(self._clock().timestamp()))},
        }
        with self._told("dynamodb"):
            for page in self._client("dynamodb").get_paginator("scan").paginate(**asked):
                yield from page.get("Items", ())

    def _there(self, id: str) -> bool:
        with self._told("dynamodb"):
            found = self._client("dynamodb").get_item(
                **self._item(id),
                ConsistentRead=True,
                ProjectionExpression="#id",
                ExpressionAttributeNames={"#id": "id"},
            )
        return "Item" in found

    def _text(self, id: str) -> bytes:
        client = self._client("s3")
        with self._told("s3"):
            try:
                body: bytes = client.get_object(**self._object(id))["Body"].read()
            except client.exceptions.NoSuchKey as error:
                where = {"table": self._at.table, "bucket": self._at.bucket}
                raise PastFailed("coverage.past_no_body", id=id, **where) from error
        return body

    def _update(self, id: str, values: Mapping[str, Any], condition: str, gone: Sequence[str]) -> bool:
        """Set values of an item and remove others; tell whether the condition held."""
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if gone:
            update += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        names = {f"#{name}": name for name in (*values, *gone, "said")}
        return self._changed(id, update, condition, names, {f":{name}": value for name, value in values.items()})

    def _changed(
        self, id: str, update: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> bool:
        client = self._client("dynamodb")
        with self._told("dynamodb"):
            try:
                client.update_item(
                    **self._item(id),
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=dict(names),
                    ExpressionAttributeValues=dict(values),
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _item(self, id: str) -> dict[str, Any]:
        return {"TableName": self._at.table, "Key": {"id": {"S": id}}}

    def _object(self, id: str) -> dict[str, str]:
        return {"Bucket": self._at.bucket, "Key": f"{PREFIX}{id}.json.zst"}


def _values(row: Row, body: bytes | None) -> dict[str, Any]:
    """Return the attributes of an item beside its key, as DynamoDB writes them."""
    times = {name: iso(getattr(row, name)) for name in ("start", "end", "kept_at")}
    texts = {"title": row.title, **times, "verdict": row.verdict}
    binary = {"fingerprint": row.fingerprint, **({} if body is None else {"body": body})}
    return {name: {"S": text} for name, text in texts.items()} | {name: {"B": data} for name, data in binary.items()}


def _read(item: Mapping[str, Any]) -> KeptReport | None:
    """Return a kept report from its item; null where it cannot be read back."""
    try:
        plain = {name: value.get("S", value.get("B")) for name, value in item.items() if name != "said"}
        return kept_report(Row.model_validate(plain), _said(item.get("said", {}).get("L", ())))
    except (ValueError, LookupError, AttributeError):  # pydantic's too
        return None


def _said(listed: Sequence[Mapping[str, str]]) -> list[Feedback]:
    return [Feedback.model_validate_json(one["S"]) for one in listed]


def _n(number: int) -> dict[str, str]:
    return {"N": str(number)}
