"""Answers of AWS as plain JSON, and the pages of an operation: what the readers of exports read, live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fa2.core.errors import Fa2Error
from fa2.core.windows import iso
from fa2.sources.local.json_values import Json


class MalformedAnswer(Fa2Error):
    """AWS, or what answers in its place, said something that cannot be understood."""


def as_json(value: object) -> Json:
    """Return an answer of boto3 as JSON: times as ISO 8601 in UTC; what says nothing of the matter is left out."""
    match value:
        case Mapping():
            return {str(key): as_json(held) for key, held in value.items() if key != "ResponseMetadata"}
        case list() | tuple():
            return [as_json(held) for held in value]
        case datetime():
            return iso(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def pages(
    client: Any, operation: str, *, at_most: int = 1000, holding: str = "", **parameters: object
) -> Iterator[Json]:
    """Yield the answers of an operation of a boto3 client, following its tokens; one call a page.

    holding: a member that each answer has, perhaps empty; boto3 gives an answer without members for one that broke off.
    Raises MalformedAnswer when it is missing, and when the pages never end: a token that was given before, or more
    than `at_most`.
    """
    request = _TOKENS.get(operation, ("NextToken", "NextToken"))
    seen: set[str] = set()
    while True:
        answer = getattr(client, operation)(**parameters)
        if holding and holding not in answer:
            service, problem = client.meta.service_model.service_name, f"{operation}: no {holding}"
            raise MalformedAnswer("coverage.aws_broken_answer", service=service, problem=problem)
        yield as_json(answer)
        token = answer.get(request[1])
        if not token:
            return
        if token in seen or len(seen) >= at_most:
            raise MalformedAnswer("coverage.aws_endless_pages", operation=operation)
        seen.add(token)
        parameters[request[0]] = token


_TOKENS: dict[str, tuple[str, str]] = {
    "describe_log_groups": ("nextToken", "nextToken"),
    "list_anomalies": ("nextToken", "nextToken"),
    "get_resource_config_history": ("nextToken", "nextToken"),
    "list_discovered_resources": ("nextToken", "nextToken"),
    "retrieve": ("nextToken", "nextToken"),
}
"""Operations that spell the token in the request and in the answer otherwise."""
