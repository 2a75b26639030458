"""CloudTrail's event history, as LookupEvents gives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from answers import given, page, without
from loopback import ACCOUNT, REGION
from wire import AwsError, Params

Record = dict[str, Any]
KEPT = timedelta(days=90)
_ATTRIBUTES: dict[str, Callable[[Record], object]] = {
    "EventId": lambda r: r["eventID"],
    "EventName": lambda r: r["eventName"],
    "EventSource": lambda r: r["eventSource"],
    "ReadOnly": lambda r: str(r["readOnly"]).lower(),
    "Username": lambda r: _user(r),
    "AccessKeyId": lambda r: r["userIdentity"].get("accessKeyId"),
    "ResourceType": lambda r: [resource["type"] for resource in r.get("resources", ())],
    "ResourceName": lambda r: [resource["ARN"].split("/")[-1] for resource in r.get("resources", ())],
}


def record(at: datetime, source: str, name: str, who: Mapping[str, Any], n: int, **more: object) -> Record:
    """Return a record of CloudTrail's: source without `.amazonaws.com`, n makes its id, `more` are further members."""
    return {
        "eventVersion": "1.09",
        "userIdentity": dict(who),
        "eventTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31",
        "requestParameters": None,
        "responseElements": None,
        "requestID": f"{n:08d}-1111-4000-8000-000000000000",
        "eventID": f"{n:08d}-0000-4000-8000-000000000000",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **more,
    }


@dataclass
class FakeCloudTrail:
    """Records of one account and region."""

    now: datetime
    records: list[Record] = field(default_factory=list)
    throttle_every: int = 0
    """Every n-th call is throttled, as when more than two come within a second; 0 for none."""
    asked: int = 0
    service = "cloudtrail"

    def lookup_events(self, params: Params) -> dict[str, object]:
        """Give management events, the latest first, by one attribute at most."""
        self.asked += 1
        if self.throttle_every and self.asked % self.throttle_every == 0:
            raise AwsError("ThrottlingException", "Rate exceeded")
        attributes: Any = params.get("LookupAttributes", [])
        if len(attributes) > 1:
            raise AwsError("InvalidLookupAttributesException", "You can only provide one lookup attribute")
        start, end = self._range(params)
        found = [
            record
            for record in self.records
            if record["managementEvent"] and start <= _time(record) <= end and all(_has(record, a) for a in attributes)
        ]
        found.sort(key=lambda record: (_time(record), record["eventID"]), reverse=True)
        kept = without(params, "NextToken", "MaxResults")
        size = int(str(params.get("MaxResults", 50)))
        rows, token = page(found, kept, size=size, token=params.get("NextToken"), bad="InvalidNextTokenException")
        return given(Events=[_event(record) for record in rows], NextToken=token)

    def _range(self, params: Params) -> tuple[datetime, datetime]:
        start, end = params.get("StartTime") or self.now - KEPT, params.get("EndTime") or self.now
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        if start > end:
            raise AwsError("InvalidTimeRangeException", "The start time is after the end time")
        return max(start, self.now - KEPT), end


def _has(record: Record, attribute: Mapping[str, str]) -> bool:
    found = _ATTRIBUTES[attribute["AttributeKey"]](record)
    wanted = attribute["AttributeValue"]
    return wanted in found if isinstance(found, list) else wanted == found


def _time(record: Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


def _user(record: Record) -> str | None:
    who = record["userIdentity"]
    found = who.get("userName") or str(who.get("principalId", "")).partition(":")[2]
    return found or None


def _event(record: Record) -> dict[str, object]:
    resources = [
        {"ResourceType": r["type"], "ResourceName": r["ARN"].split("/")[-1]} for r in record.get("resources", ())
    ]
    return given(
        EventId=record["eventID"],
        EventName=record["eventName"],
        ReadOnly=str(record["readOnly"]).lower(),
        AccessKeyId=record["userIdentity"].get("accessKeyId"),
        EventTime=_time(record),
        EventSource=record["eventSource"],
        Username=_user(record),
        Resources=resources,
        CloudTrailEvent=json.dumps(record),
    )
