"""Ways in which AWS fails, to be switched on in `Loopback.fault`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wire import AwsError

Change = Callable[[dict[str, object]], dict[str, object]]


@dataclass(frozen=True)
class Refused:
    """An error instead of an answer, with the code and the status that the service uses for it."""

    kind: Literal["throttled", "denied", "expired", "broken", "unavailable"]


@dataclass(frozen=True)
class Damaged:
    """An answer that cannot be read: cut off in the middle, no JSON or XML, not even text, or none at all.

    boto3 does not hold a body to its Content-Length and takes text that is no JSON for an empty answer: from a JSON
    service, `truncated` and `malformed` come out as a success without members. `undecodable`, bytes that are no
    UTF-8, is a plain UnicodeDecodeError there. XML gives ResponseParserError, which is no BotoCoreError either.
    """

    kind: Literal["truncated", "malformed", "undecodable", "closed"]


@dataclass(frozen=True)
class Silent:
    """No answer on a connection that stays open until the server ends."""


@dataclass(frozen=True)
class Garbled:
    """An answer of the right types with odd content: what `change` makes of the right one."""

    change: Change


Fault: TypeAlias = Refused | Damaged | Silent | Garbled

THROTTLED = Refused("throttled")
DENIED = Refused("denied")
EXPIRED = Refused("expired")
BROKEN = Refused("broken")
UNAVAILABLE = Refused("unavailable")
TRUNCATED = Damaged("truncated")
MALFORMED = Damaged("malformed")
UNDECODABLE = Damaged("undecodable")
CLOSED = Damaged("closed")
SILENT = Silent()

FAULTS: dict[str, Fault] = {
    "throttled": THROTTLED,
    "denied": DENIED,
    "expired": EXPIRED,
    "broken": BROKEN,
    "unavailable": UNAVAILABLE,
    "truncated": TRUNCATED,
    "malformed": MALFORMED,
    "undecodable": UNDECODABLE,
    "closed": CLOSED,
    "silent": SILENT,
}
"""All that need no more to be said, for a matrix of tests."""

_THROTTLING = {
    "cloudwatch": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "xray": ("ThrottledException", 429),
    "securityhub": ("TooManyRequestsException", 429),
    "guardduty": ("TooManyRequestsException", 429),
    "bedrock": ("ThrottlingException", 429),
    "bedrock-agent-runtime": ("ThrottlingException", 429),
    "s3": ("SlowDown", 503),
}


def error_of(fault: Refused, service: str, action: str, caller: str) -> AwsError:
    """Return the error as the service words it.

    action: as IAM has it, `logs:StartQuery`. caller: the ARN of who asked.
    """
    match fault.kind:
        case "throttled":
            code, status = _THROTTLING.get(service, ("ThrottlingException", 400))
            return AwsError(code, "Rate exceeded", status)
        case "denied":
            code = "AccessDenied" if service in ("cloudwatch", "sts", "s3") else "AccessDeniedException"
            rest = service in ("xray", "securityhub", "guardduty", "bedrock", "bedrock-agent-runtime", "sts", "s3")
            text = f"User: {caller} is not authorized to perform: {action} on resource: * because no identity-based policy allows the {action} action"
            return AwsError(code, text, 403 if rest else 400)
        case "expired":
            code = "ExpiredToken" if service in ("cloudwatch", "sts", "s3") else "ExpiredTokenException"
            return AwsError(code, "The security token included in the request is expired", 403)
        case "broken":
            return AwsError("InternalFailure", "The request processing has failed because of an unknown error", 500)
        case "unavailable":
            return AwsError(
                "ServiceUnavailable", "The request has failed due to a temporary failure of the server", 503
            )
