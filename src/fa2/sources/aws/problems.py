"""What went wrong with AWS, in words with a remedy: a denied call becomes the IAM statement that allows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from fa2.core.coverage import Problem, problem
from fa2.core.errors import Fa2Error, UnusableInput
from fa2.sources.aws.permissions import Ground, Permission, action_of, statement

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized"}
_CREDENTIALS = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "MissingAuthenticationToken",
}  # fmt: skip
_THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "LimitExceededException", "RequestThrottled", "RequestThrottledException", "SlowDown",
}  # fmt: skip
_MISSING = ("NotFound", "NoSuch", "NoAvailable")
_PERFORM = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")
_TEXT = 300
"""How much of AWS's own words is shown."""


def is_of_aws(error: BaseException) -> bool:
    """Tell whether boto3 says it, or fails at an answer: for bytes that are no text, and XML that is none, it has no error
    of its own."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return isinstance(error, BotoCoreError | ClientError | ResponseParserError | UnicodeDecodeError)


@contextmanager
def needed(service: str, ground: Ground, permissions: Iterable[Permission] = ()) -> Iterator[None]:
    """Turn what boto3 raises, where nothing can go on without the answer, into UnusableInput with the remedy."""
    try:
        yield
    except Exception as error:
        if not is_of_aws(error):
            raise
        reason = problem_of(error, permissions, ground, service=service)
        raise UnusableInput(f"coverage.{reason.code}", **reason.values) from error


def problem_of(error: Exception, permissions: Iterable[Permission], ground: Ground, *, service: str) -> Problem:
    """Return an error of boto3, or of ours, as a Problem of coverage.

    permissions: what the source declared, so that a denied call names the resources it needs.
    service: the boto3 name of the service, for errors that do not tell.
    """
    from botocore.exceptions import (
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        NoCredentialsError,
        ReadTimeoutError,
    )

    match error:
        case Fa2Error():
            area, _, code = error.key.partition(".")
            if area == "coverage":
                return problem(code, **error.values)
            return Problem(code=error.key, message=str(error), values=dict(error.values))
        case ClientError():
            return _of_answer(error, permissions, ground, service)
        case NoCredentialsError():
            return problem("aws_credentials", problem="NoCredentials")
        case ReadTimeoutError() | ConnectTimeoutError():
            return problem("aws_silent", service=service)
        case EndpointConnectionError():
            return problem("aws_unreachable", service=service, region=ground.region)
        case _ if is_of_aws(error):
            return problem("aws_broken_answer", service=service, problem=_short(error))
        case _:
            return problem("aws_source_failed", source=service, problem=_short(error))


def _of_answer(error: object, permissions: Iterable[Permission], ground: Ground, service: str) -> Problem:
    answer = getattr(error, "response", {})
    operation = str(getattr(error, "operation_name", ""))
    said = answer.get("Error", {})
    code = str(said.get("Code") or "").rpartition("#")[2]
    text = _clean(str(said.get("Message") or ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    declared = list(permissions)
    service = _service(declared, operation) or service
    if code in _DENIED:
        action = _denied_action(text, declared) or action_of(_signing_name(service), operation)
        needed = next((p for p in declared if p.action == action), Permission(action))
        return problem("aws_denied", action=action, account=ground.account, statement=statement(needed, ground))
    if code in _CREDENTIALS:
        return problem("aws_credentials", problem=code)
    if code in _THROTTLED or status == 429:
        return problem("aws_throttled", operation=f"{service}:{operation}", problem=text or code)
    if any(word in code for word in _MISSING):
        return problem("aws_not_found", operation=f"{service}:{operation}", problem=text or code)
    if status >= 500:
        return problem("aws_server_error", operation=f"{service}:{operation}", problem=text or code)
    return problem("aws_refused", operation=f"{service}:{operation}", problem=f"{code}: {text}")


def _denied_action(text: str, declared: Sequence[Permission]) -> str | None:
    """Return the action that AWS says is denied, where the source declared it: perhaps not that of the call itself."""
    said = _PERFORM.search(text)
    return said[1] if said and any(p.action == said[1] for p in declared) else None


def _service(declared: Sequence[Permission], operation: str) -> str | None:
    """Return the service of an operation, where only one was declared that has it: sources ask several."""
    found = {p.action.partition(":")[0] for p in declared if p.action.partition(":")[2] == operation}
    return found.pop() if len(found) == 1 else None


def _signing_name(service: str) -> str:
    """Return the name that requests of a boto3 service are signed with, where the two differ."""
    return {"cloudwatch": "monitoring", "bedrock-agent-runtime": "bedrock"}.get(service, service)


def _short(error: Exception) -> str:
    return _clean(f"{type(error).__name__}: {error}")


def _clean(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())[:_TEXT]
