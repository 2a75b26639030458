"""CloudTrail records: who did it, and whether it changed anything.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from typing import Literal

from fa2.sources.local.json_values import Json, at, mapping, text

Bearing = Literal["change", "read", "data", "sign_in", "insight"]
"""What a record means for the question who changed what."""

_READS = re.compile(
    r"(?:Get|List|Describe|Head|Lookup|BatchGet|Query|Scan|Select|Search|Check|Test|Validate"
    r"|AssumeRole|Decrypt|Encrypt|GenerateDataKey|Preview|Simulate|Estimate|View|Download|Verify"
    r"|Filter|Discover|Export|StartQuery|StopQuery|BatchDescribe|BatchCheck|TransactGet)"
)
_SIGN_INS = re.compile(
    r"ConsoleLogin|SwitchRole|ExitRole|RenewRole|CheckMfa|AssumeRole\w*|GetFederationToken"
    r"|GetSessionToken|GetCallerIdentity|CredentialChallenge|CredentialVerification|UserAuthentication"
    r"|Federate|Authenticate|Logout|CreateToken"
)
_SIGN_IN_SOURCES = {"signin.amazonaws.com", "sts.amazonaws.com", "sso.amazonaws.com"}
_DATA = {
    "s3": r"(?:Put|Delete|Copy|Restore)Objects?(?:Acl|Tagging)?"
    r"|(?:Create|Complete|Abort)Multipart\w*|UploadPart\w*",
    "lambda": r"Invoke\w*",
    "dynamodb": r"(?:Put|Update|Delete|BatchWrite)Item|TransactWriteItems"
    r"|(?:Batch)?ExecuteStatement",
    "sqs": r"(?:Send|Receive|Delete)Message(?:Batch)?|ChangeMessageVisibility(?:Batch)?",
    "sns": r"Publish(?:Batch)?",
    "kinesis": r"PutRecords?|SubscribeToShard",
    "logs": r"PutLogEvents",
    "events": r"PutEvents",
    "bedrock": r"(?:Invoke|Converse)\w*",
}
_STATES_VALUE = re.compile(
    r"(?:Put|Update|Modify|Set|Create|Run|Register|Attach|Associate|Add|Authorize|Change|Enable"
    r"|Disable|Publish|Configure|Replace|Import|Upload|Tag|Start|Scale)"
)


def bearing_of(record: Json) -> Bearing:
    """Tell whether an event changed something, or tried to.

    `readOnly` decides; where a record has none, the verb does. Data events (what a workload does
    all day: objects, items, invocations) and sign-ins change nothing, whatever `readOnly` says.
    """
    name = text(at(record, "eventName")) or ""
    origin = text(at(record, "eventSource")) or ""
    category = text(at(record, "eventCategory"))
    if category == "Insight" or at(record, "eventType") == "AwsCloudTrailInsight":
        return "insight"
    pattern = _DATA.get(origin.split(".")[0])
    is_data = category == "Data" or at(record, "managementEvent") is False
    if is_data or category == "NetworkActivity" or (pattern and re.fullmatch(pattern, name)):
        return "data"
    if origin in _SIGN_IN_SOURCES and _SIGN_INS.fullmatch(name):
        return "sign_in"
    read_only = at(record, "readOnly")
    if isinstance(read_only, str) and read_only.lower() in ("true", "false"):
        read_only = read_only.lower() == "true"
    if isinstance(read_only, bool):
        return "read" if read_only else "change"
    return "read" if _READS.match(name) else "change"


def data_events() -> str:
    """Return a regular expression of RE2's syntax for SOURCE:NAME of the data events that `bearing_of` knows by name."""
    named = (rf"{origin}(?:\.[^:]*)?:(?:{pattern})" for origin, pattern in _DATA.items())
    return f"^(?:{'|'.join(named)})$"


def states_value(event_name: str) -> bool:
    """Tell whether the parameters of such a call say what holds afterwards."""
    return _STATES_VALUE.match(event_name) is not None


def actor_of(record: Json) -> str | None:
    """Return who did it, readably: a user, ROLE/SESSION, an AWS service, or its type."""
    identity = at(record, "userIdentity")
    if not mapping(identity):
        return text(identity)
    kind = text(at(identity, "type"))
    service = text(at(identity, "invokedBy"))
    who = _named(identity, kind)
    if kind == "AWSService" or who is None:
        return service or who or kind
    return f"{who} (via {service})" if service and service != "AWS Internal" else who


def _named(identity: Json, kind: str | None) -> str | None:
    if kind == "Root":
        return "root"
    arn = text(at(identity, "arn")) or ""
    session = arn.rsplit("/", 1)[-1] if ":assumed-role/" in arn else None
    session = session or (text(at(identity, "principalId")) or "").partition(":")[2]
    issuer = text(at(identity, "sessionContext", "sessionIssuer", "userName"))
    if kind in ("AssumedRole", "Role") or (session and issuer):
        role = issuer or (arn.split("/")[1] if arn.count("/") >= 2 else None)
        return "/".join(part for part in (role, session) if part) or None
    return (
        text(at(identity, "userName"))
        or text(at(identity, "onBehalfOf", "userId"))
        or (arn.rsplit("/", 1)[-1] if "/" in arn else None)
        or text(at(identity, "principalId"))
        or text(at(identity, "accountId"))
    )
