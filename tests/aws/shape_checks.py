"""What is wrong with a value, by a shape of botocore's service models: all that its own validator checks, and enums,
patterns and both ends of ranges, which it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from botocore.model import Shape
from botocore.validate import ParamValidator

LONG = 400
"""Of longer lists only the first and the last members are looked at: 10,000 rows would take a second."""
_NUMBERS = ("integer", "long", "float", "double")


def problems(value: Mapping[str, object], shape: Shape | None) -> list[str]:
    """Return what is wrong with the parameters or the answer of an operation, each with its place; nothing when all is well."""
    if shape is None:
        return [f"unexpected members: {sorted(value)}"] if value else []
    report = ParamValidator().validate(_shortened(value), shape)
    if report.has_errors():
        return report.generate_report().splitlines()
    return list(_beyond(value, shape, ""))


def _ends(values: Sequence[object]) -> Sequence[object]:
    return values if len(values) <= LONG else [*values[: LONG // 2], *values[-LONG // 2 :]]


def _shortened(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _shortened(member) for name, member in value.items()}
    return [_shortened(member) for member in _ends(value)] if isinstance(value, list | tuple) else value


def _beyond(value: object, shape: Shape, at: str) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(value, Mapping) and shape.type_name == "structure":
        for name, member in value.items():
            yield from _beyond(member, shape.members[name], f"{at}.{name}")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _beyond(name, shape.key, f"{at} key")
            yield from _beyond(member, shape.value, f"{at}[{name}]")
    elif isinstance(value, list | tuple):
        yield from _size(len(value), shape, at)
        for n, member in enumerate(_ends(value)):
            yield from _beyond(member, shape.member, f"{at}[{n}]")
    elif isinstance(value, str):
        yield from _text(value, shape, at)
    elif shape.type_name in _NUMBERS and isinstance(value, int | float):
        yield from _size(value, shape, at)


def _size(size: float, shape: Shape, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < float(least)) or (most is not None and size > float(most)):
        yield f"{at}: {size} is not within {least} to {most}"


def _text(value: str, shape: Shape, at: str) -> Iterator[str]:
    yield from _size(len(value), shape, at)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"{at}: {value!r} is none of {allowed}"
    pattern = _pattern(str(shape.metadata.get("pattern", "")))
    if pattern and not pattern.fullmatch(value):
        yield f"{at}: {value!r} does not match {pattern.pattern}"


@cache
def _pattern(written: str) -> re.Pattern[str] | None:
    """Return the model's pattern; null for none, and for one of Java's that Python cannot read."""
    try:
        return re.compile(written, re.DOTALL) if written else None
    except re.error:
        return None
