"""Fields of JSON that may hold anything: each is read as what it ought to be, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import orjson

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_000_000
"""The end of the year 9999, in microseconds."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?")


def mapping(value: Json) -> dict[str, Json]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def at(value: Json, *path: str | int) -> Json:
    """Return what lies at a path of keys and positions; None where it leads nowhere."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def text(value: Json) -> str | None:
    """Return text that says something; numbers are written out; None for anything else."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def number(value: Json) -> float | None:
    """Return a finite number, also from its text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def whole(value: Json) -> int | None:
    """Return an integer of at most 64 bits, also from its text; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value.strip()):
        value = int(value)
    elif isinstance(value, float | str):
        found = number(value)
        value = int(found) if found is not None else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -(2**63) <= value < 2**63 else None


def http_status(value: Json) -> int | None:
    """Return an HTTP status code, 100 to 599; None for anything else."""
    status = whole(value)
    return status if status is not None and 100 <= status <= 599 else None


def micros(value: Json) -> int | None:
    """Return a time in microseconds since 1970 in UTC; None where it is none.

    Takes ISO 8601 (also with slashes; UTC where it names no zone) and epochs in seconds,
    milliseconds, microseconds or nanoseconds, told apart by size: certain from 1973 to 5138.
    """
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return _iso_micros(value.strip())
    exact = whole(value) if not isinstance(value, float) else None
    found = exact if exact is not None else number(value)
    if found is None or found <= 0:
        return None
    for limit, factor in ((10**11, 10**6), (10**14, 1000), (10**17, 1)):
        if found < limit:
            return _in_range(round(found * factor))
    return _in_range(int(found) // 1000)


def nanos(value: Json) -> int | None:
    """Return a time given in nanoseconds as microseconds; None where it is none."""
    found = whole(value)
    return _in_range(found // 1000) if found is not None and found > 0 else None


def json_text(value: object) -> str | None:
    """Return JSON text with sorted keys; None for what is empty or cannot be written."""
    if value is None or value == {} or value == []:
        return None
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return None


def present(**fields: Json) -> Mapping[str, Json]:
    """Return the fields that hold something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _iso_micros(written: str) -> int | None:
    if re.match(r"\d{4}[/.]\d{1,2}[/.]\d{1,2}", written):
        written = re.sub(r"[/.]", "-", written[:10], count=2) + written[10:]
    written = re.sub(r"^(\d{4})-(\d)-", r"\1-0\2-", written)
    written = re.sub(r"^(\d{4}-\d{2})-(\d)(?=\D|$)", r"\1-0\2", written)
    written = re.sub(r"^(\d{4}-\d{2}-\d{2}) (\d):", r"\1 0\2:", written)
    written = re.sub(r"\s*(?:UTC|GMT)$", "Z", written)
    if not re.match(r"\d{4}-\d{2}-\d{2}", written):
        return None
    try:
        moment = datetime.fromisoformat(written)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        return None
    return _in_range((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds)


def _in_range(time: int) -> int | None:
    return time if -62_135_596_800_000_000 <= time <= _LATEST else None
