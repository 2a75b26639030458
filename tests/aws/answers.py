"""Parts of answers: pages, with tokens that hold only for the request that gave them, and members that are there."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from wire import AwsError

T = TypeVar("T")


def page(
    rows: Sequence[T], params: Mapping[str, object], *, size: int, token: object, bad: str = "InvalidNextToken"
) -> tuple[list[T], str | None]:
    """Return one page of rows and the token of the next; null on the last.

    params: what of the request must be the same for the next page, token and size left out.
    Raises AwsError, with the code `bad`, for a token that this request did not get.
    """
    mark = hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()[:16]
    start = 0
    if token:
        start = _start(str(token), mark, bad)
    end = start + size
    following = base64.urlsafe_b64encode(f"{mark}:{end}".encode()).decode() if end < len(rows) else None
    return list(rows[start:end]), following


def _start(token: str, mark: str, bad: str) -> int:
    try:
        given, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
        if given == mark:
            return int(start)
    except ValueError:
        pass
    raise AwsError(bad, "The specified nextToken is invalid.")


def given(**members: object) -> dict[str, object]:
    """Return the members that are not null."""
    return {name: value for name, value in members.items() if value is not None}


def without(params: Mapping[str, object], *names: str) -> dict[str, object]:
    """Return the parameters but these."""
    return {name: value for name, value in params.items() if name not in names}
