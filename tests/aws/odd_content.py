"""Answers of the right types with odd content: texts, numbers and times that nobody expects, as far as models allow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import Shape
from faults import Garbled

_TEXT = "\x1b[2J<script>é\ufffd'; DROP TABLE logs; --"
_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = re.compile(r"(id|ids|token|arn|status|state|version)$", re.IGNORECASE)
"""Members that are sent back in the next request, or that say whether something has ended: they stay."""


def garbled(service: str, operation: str) -> Garbled:
    """Return the fault that makes all content of an operation's answers odd."""
    shape = _model(service).operation_model(operation).output_shape

    def change(answer: dict[str, object]) -> dict[str, object]:
        return cast(dict[str, object], _odd(answer, shape, ""))

    return Garbled(change)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _odd(value: object, shape: Shape | None, name: str) -> object:
    if shape is None or _NAMES.search(name):
        return value
    match value:
        case Mapping() if shape.type_name == "structure":
            return {key: _odd(member, shape.members.get(key), key) for key, member in value.items()}
        case Mapping():
            return {key: _odd(member, shape.value, str(key)) for key, member in value.items()}
        case list() | tuple():
            return [_odd(member, shape.member, name) for member in value]
        case bool():
            return value
        case str() if shape.type_name == "string":
            return _TEXT if _allowed(len(_TEXT), shape) and not shape.metadata.get("pattern") else value
        case datetime():
            return _TIME
        case int() | float():
            return next((odd for odd in (-7, 10**9) if _allowed(odd, shape)), value)
        case _:
            return value


def _allowed(size: float, shape: Shape) -> bool:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    fits = (least is None or size >= float(least)) and (most is None or size <= float(most))
    return fits and not shape.metadata.get("enum")
