"""Tables of the Glue catalogue: their columns, and which partitions hold a time, a region and an account.

Partitions are told by projection (the table says how their values are made) or by the names of their keys. What
cannot be told narrows nothing: the query stays right, and reads more.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fa2.core.errors import Fa2Error
from fa2.core.windows import TimeWindow
from fa2.logs.engines.lake_lines import Among, Between
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena.values import Parameter, identifier

Partition = Among | Between
LATE = timedelta(hours=1)
"""A file holds what happened up to so long before the time that names its partition."""
_MOST_DAYS = 400
_WHOLE = ("int", "integer", "bigint", "smallint", "tinyint")
_CLOCK = {
    "year": ("year", "yyyy", "y"),
    "month": ("month", "mm", "mon"),
    "day": ("day", "dd", "d"),
    "hour": ("hour", "hh", "h", "hr"),
}
_ACCOUNTS = ("account", "accountid", "account_id", "aws_account_id", "awsaccountid")
_REGIONS = ("region", "awsregion", "aws_region")
_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}


class UnnarrowedTable(Fa2Error):
    """A table cannot be asked without a value that nobody gave."""


@dataclass(frozen=True)
class PartitionKey:
    """One key of a table's partitions."""

    name: str
    type: str
    projection: str = ""
    """How its values are told: date, integer, enum, injected; empty where they are listed."""
    format: str = ""
    """Of dates, in Java's letters: yyyy/MM/dd."""
    digits: int | None = None
    """Of integers: how many digits they are written with; null where it is not said."""
    values: tuple[str, ...] = ()
    """Of enums: all there are."""
    range: str = ""
    """From when to when its values are made, as the table says it: 2024/01/01,NOW."""


@dataclass(frozen=True)
class LakeTable:
    """A table as the catalogue describes it."""

    database: str
    name: str
    columns: Mapping[str, str]
    """Hive's types by column, in lower case; without the keys of partitions."""
    keys: tuple[PartitionKey, ...]
    projected: bool
    bytes: int | None
    """Its size, where it has no partitions and the catalogue knows."""
    template: str = ""
    """Where a projected partition lies, s3://…, with ${key} for each key; empty where it is not said."""

    def key(self, *names: str) -> PartitionKey | None:
        """Return the first key of one of these names."""
        return next((key for key in self.keys if key.name in names), None)


@dataclass(frozen=True)
class Reach:
    """What is wanted of a table: what its partitions are narrowed to."""

    window: TimeWindow
    regions: tuple[str, ...] = ()
    """Empty: all."""
    accounts: tuple[str, ...] = ()
    values: Mapping[str, str] | None = None
    """Values of keys that are known otherwise."""
    formats: Mapping[str, str] | None = None
    """How keys of times are written where the table does not say, in Java's letters."""


def described(client: Any, database: str, name: str) -> LakeTable:
    """Return what the catalogue says of a table. One call, GetTable. Raises MalformedAnswer, botocore's errors."""
    found = client.get_table(DatabaseName=database, Name=name).get("Table")
    if not isinstance(found, Mapping):
        raise MalformedAnswer("coverage.aws_broken_answer", service="glue", problem="no Table")
    told: Mapping[str, str] = found.get("Parameters") or {}
    columns = (found.get("StorageDescriptor") or {}).get("Columns") or []
    projected = str(told.get("projection.enabled", "")).lower() == "true"
    keys = tuple(_key(key, told if projected else {}) for key in found.get("PartitionKeys") or [])
    return LakeTable(
        database=database,
        name=name,
        columns={str(c["Name"]).lower(): str(c.get("Type") or "string").lower() for c in columns},
        keys=keys,
        projected=projected,
        bytes=stated_size(told) if not keys else None,
        template=str(told.get("storage.location.template", "")) if projected else "",
    )


def partitions(table: LakeTable, reach: Reach) -> tuple[Partition, ...]:
    """Return what must hold of a table's partitions; of keys that say nothing of time or place, nothing.

    Raises UnnarrowedTable for a key that needs a value and has none.
    """
    return tuple(_chosen(table, reach))


def in_time(found: Sequence[Partition]) -> bool:
    """Tell whether partitions are narrowed by time, so that no more than some days are read."""
    return any(isinstance(p, Between) or any(p.column in names for names in _CLOCK.values()) for p in found)


def predicates(found: Sequence[Partition]) -> tuple[list[str], list[Parameter]]:
    """Return partitions as conditions of SQL, with the parameters for their question marks."""
    conditions: list[str] = []
    parameters: list[Parameter] = []
    for partition in found:
        column = identifier(partition.column)
        match partition:
            case Between(_, first, last):
                conditions.append(f"{column} BETWEEN ? AND ?")
                parameters += [first, last]
            case Among(_, values):
                conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
                parameters += values
    return conditions, parameters


def _key(told: Mapping[str, Any], parameters: Mapping[str, str]) -> PartitionKey:
    name = str(told.get("Name")).lower()
    rule = {key.lower(): value for key, value in parameters.items()}
    digits = rule.get(f"projection.{name}.digits", "")
    return PartitionKey(
        name=name,
        type=str(told.get("Type") or "string").lower(),
        projection=rule.get(f"projection.{name}.type", "").lower(),
        format=rule.get(f"projection.{name}.format", ""),
        digits=int(digits) if digits.isascii() and digits.isdigit() else None,
        values=tuple(v.strip() for v in rule.get(f"projection.{name}.values", "").split(",") if v.strip()),
        range=rule.get(f"projection.{name}.range", ""),
    )


def stated_size(told: Mapping[str, str]) -> int | None:
    """Return the bytes that the parameters of a table or a partition tell; null where they tell none."""
    found = told.get("totalSize") or told.get("sizeKey") or ""
    return int(found) if found.isascii() and found.isdigit() else None


def _chosen(table: LakeTable, reach: Reach) -> Iterator[Partition]:
    values, formats = reach.values or {}, reach.formats or {}
    clock = {unit: table.key(*names) for unit, names in _CLOCK.items()}
    by_parts = clock["year"] is not None
    for key in table.keys:
        fixed = values.get(key.name)
        written = formats.get(key.name) or key.format
        unit = next((unit for unit, found in clock.items() if found is key), None) if by_parts else None
        if fixed is not None:
            yield Among(key.name, (_typed(fixed, key),))
        elif written and (between := _between(key, written, reach.window)):
            yield between
        elif key.type == "date":
            yield Between(key.name, reach.window.start.date(), (reach.window.end + LATE).date())
        elif unit and (among := _among(key, unit, reach.window)):
            yield among
        elif key.name in _REGIONS and reach.regions:
            yield Among(key.name, reach.regions)
        elif key.name in _ACCOUNTS and reach.accounts:
            yield Among(key.name, reach.accounts)
        elif key.projection == "injected":
            raise UnnarrowedTable("coverage.athena_injected", key=key.name, table=table.name)


def _typed(value: str, key: PartitionKey) -> str | int:
    return int(value) if key.type in _WHOLE and value.lstrip("-").isdigit() else value


def _between(key: PartitionKey, written: str, window: TimeWindow) -> Between | None:
    """Return the range of a key of times in a format; null for one whose texts are not in the order of time."""
    pattern = strftime_of(written)
    if pattern is None:
        return None
    first, last = (edge.strftime(pattern) for edge in (window.start, window.end + LATE))
    if key.type in _WHOLE:
        return Between(key.name, int(first), int(last)) if first.isdigit() else None
    return Between(key.name, first, last)


def strftime_of(written: str) -> str | None:
    """Return Java's format of dates as Python's; null where it is not of year, month, day, hour in this order."""
    parts = re.findall(r"yyyy|MM|dd|HH|'[^']*'|[^A-Za-z'%]+|.", written)
    units = [part for part in parts if part in _TOKENS]
    if units != list(_TOKENS)[: len(units)] or not units:
        return None
    if any(re.match(r"[A-Za-z%']$", part) for part in parts):
        return None
    return "".join(_TOKENS.get(part, part.strip("'")) for part in parts)


def _among(key: PartitionKey, unit: str, window: TimeWindow) -> Among | None:
    """Return the values of a key of years, months, days or hours; null where they would be all of them."""
    end = window.end + LATE
    if unit == "hour":
        hours = _hours(window.start, end)
        numbers = sorted({moment.hour for moment in hours}) if len(hours) < 24 else []
    else:
        days = _days(window.start.date(), end.date())
        numbers = sorted({int(getattr(day, unit)) for day in days})
    if not numbers:
        return None
    if key.type in _WHOLE:
        return Among(key.name, tuple(numbers))
    width = 4 if unit == "year" else 2
    if key.digits is not None:
        texts = [f"{n:0{key.digits}d}" for n in numbers]
    elif key.projection == "integer":
        texts = [str(n) for n in numbers]
    else:  # nobody says whether there are zeros in front
        texts = [text for n in numbers for text in dict.fromkeys((f"{n:0{width}d}", str(n)))]
    return Among(key.name, tuple(texts))


def _days(first: date, last: date) -> list[date]:
    count = min((last - first).days, _MOST_DAYS)
    return [first + timedelta(days=n) for n in range(count + 1)]


def _hours(first: datetime, last: datetime) -> list[datetime]:
    begin = first.replace(minute=0, second=0, microsecond=0)
    count = int((last - begin) / timedelta(hours=1))
    return [begin + timedelta(hours=n) for n in range(min(count, 24) + 1)]
