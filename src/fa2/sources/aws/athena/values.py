"""Values on their way to and from Athena: literals that stand for parameters, names of tables, cells with their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field

from fa2.core.errors import UnusableInput

Parameter: TypeAlias = str | int | float | bool | Decimal | date | datetime
Cell: TypeAlias = str | int | float | bool | Decimal | date | datetime | None
"""A cell of a result. Times are aware and in UTC; arrays, maps, rows and JSON are the text that Athena renders."""

LONGEST_PARAMETER = 1024
"""Characters of a parameter, quotes included, that Athena takes."""
NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$"
Name = Annotated[str, Field(pattern=NAME)]
"""A database, table or column of the Glue catalogue."""

_FRACTION = re.compile(r"(\.\d{6})\d+")


def identifier(name: str) -> str:
    """Return a name as SQL, in double quotes. Raises UnusableInput for what no table or column is called."""
    if not re.fullmatch(NAME, name):
        raise UnusableInput("errors.aws.athena_name", name=name[:80])
    return f'"{name}"'


def literal(value: Parameter) -> str:
    """Return a value as Athena wants it among ExecutionParameters: as a literal of SQL, text in single quotes.

    Times without a zone are UTC. Raises ValueError for what no literal can hold: NUL, infinities, more than
    LONGEST_PARAMETER characters.
    """
    written = _written(value)
    if "\0" in written or len(written) > LONGEST_PARAMETER:
        raise ValueError("a parameter of Athena holds no NUL and at most 1024 characters")
    return written


def _written(value: Parameter) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if not isfinite(value):
                raise ValueError("a parameter of Athena is a finite number")
            return f"{value!r}" if "e" in repr(value) else f"{value!r}e0"  # 1.5 alone would be a decimal
        case Decimal():
            return f"DECIMAL '{value:f}'"
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"


def cell(text: str | None, type: str) -> Cell:
    """Return a cell of GetQueryResults by the type in its ColumnInfo; null stays null, and empty text empty text.

    Raises ValueError for text that is no such value.
    """
    if text is None:
        return None
    return _READERS.get(type.lower().split("(")[0].strip(), str)(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is no boolean")
    return text == "true"


def _decimal(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", text):
        raise ValueError(f"{text!r} is no decimal")
    return Decimal(text)


def _timestamp(text: str) -> datetime:
    """Return a time that is in UTC without saying so."""
    return datetime.fromisoformat(_FRACTION.sub(r"\1", text)).replace(tzinfo=UTC)


def _zoned(text: str) -> datetime:
    """Return a time that ends in the name of a zone, UTC, or an offset."""
    clock, _, zone = text.rpartition(" ")
    if zone in ("UTC", "Z"):
        return _timestamp(clock)
    clock = _FRACTION.sub(r"\1", clock)
    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return datetime.fromisoformat(clock + zone).astimezone(UTC)
    try:
        return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except KeyError as error:  # ZoneInfoNotFoundError
        raise ValueError(f"{zone!r} is no zone") from error


_READERS: Mapping[str, Callable[[str], Cell]] = {
    "boolean": _boolean,
    **dict.fromkeys(("tinyint", "smallint", "integer", "int", "bigint"), int),
    **dict.fromkeys(("real", "float", "double"), float),
    "decimal": _decimal,
    "date": date.fromisoformat,
    "timestamp": _timestamp,
    "timestamp with time zone": _zoned,
}
