"""A CloudTrail table as AWS documents it, with records in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from lake_tables import LakeTable

STRUCT = (
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
    "username:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
    "sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>>>"
)
COLUMNS = {
    "eventversion": "string",
    "useridentity": STRUCT,
    "eventtime": "string",
    "eventsource": "string",
    "eventname": "string",
    "awsregion": "string",
    "sourceipaddress": "string",
    "useragent": "string",
    "errorcode": "string",
    "errormessage": "string",
    "requestparameters": "string",
    "responseelements": "string",
    "eventid": "string",
    "readonly": "string",
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    "eventtype": "string",
    "recipientaccountid": "string",
    "eventcategory": "string",
}
PROJECTED = {
    "projection.enabled": "true",
    "projection.timestamp.type": "date",
    "projection.timestamp.format": "yyyy/MM/dd",
    "projection.timestamp.range": "2020/01/01,NOW",
    "storage.location.template": "s3://trail/AWSLogs/123456789012/CloudTrail/eu-west-1/${timestamp}",
}
_ISSUER = ("type", "principalId", "arn", "accountId", "userName")


def by_day() -> LakeTable:
    """Return the table with partitions projected by day, its key called timestamp."""
    return LakeTable("audit", "trail", COLUMNS, ("timestamp",), PROJECTED)


def by_region_and_day(**types: str) -> LakeTable:
    """Return the table with partitions that are listed, by region, year, month and day."""
    return LakeTable("audit", "trail", {**COLUMNS, **types}, ("region", "year", "month", "day"))


def lake_rows(records: Iterable[dict[str, Any]], table: LakeTable) -> list[tuple[object, ...]]:
    """Return records as rows of a table, as its SerDe gives them."""
    return [_row(record, table) for record in records]


def _row(record: dict[str, Any], table: LakeTable) -> tuple[object, ...]:
    named = {name.lower(): value for name, value in record.items()}
    cells = [_cell(named.get(name), kind) for name, kind in table.columns.items()]
    year, month, day = str(record["eventTime"])[:10].split("-")
    keys = {
        "timestamp": f"{year}/{month}/{day}",
        "year": year,
        "month": month,
        "day": day,
        "region": record["awsRegion"],
    }
    return (*cells, *(keys[key] for key in table.partition_keys))


def _cell(value: Any, kind: str) -> object:
    if value is None:
        return None
    if kind == STRUCT:
        return _identity(value)
    if kind.startswith("array<"):
        return [{"arn": r.get("ARN"), "accountid": r.get("accountId"), "type": r.get("type")} for r in value]
    if kind == "boolean":
        return bool(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def _identity(value: dict[str, Any]) -> dict[str, object]:
    plain = ("type", "principalId", "arn", "accountId", "invokedBy", "accessKeyId", "userName")
    found: dict[str, object] = {name.lower(): value.get(name) for name in plain}
    session = value.get("sessionContext")
    found["sessioncontext"] = session and {
        "attributes": {"mfaauthenticated": "false", "creationdate": "2026-11-20T00:00:00Z"},
        "sessionissuer": {name.lower(): session.get("sessionIssuer", {}).get(name) for name in _ISSUER},
    }
    return found
