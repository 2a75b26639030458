"""The query that fetches changes from a CloudTrail table, and its rows as CloudTrail's own records.

One scan: what only reads, and data events, are left out where they lie. Of what one actor does again and again, the
first times and those nearest to the onset are fetched, with how often it was done, so that a busy deployer does not
crowd out the one change that a person made.
https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from fa2.core.windows import TimeWindow
from fa2.sources.aws.athena.tables import LakeTable, Partition, predicates
from fa2.sources.aws.athena.values import Cell, Parameter, identifier
from fa2.sources.local.cloudtrail_events import data_events
from fa2.sources.local.json_values import Json

FIRST_TIMES = 10
"""Of what one actor does again and again: how many of the first times are fetched."""
NEAREST = 20
"""And how many of those before, and after, the onset that are nearest to it."""
_NEEDED = ("useridentity", "eventtime", "eventsource", "eventname")
_NAMES = {
    name.lower(): name
    for name in (
        "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode "
        "errorMessage requestParameters responseElements eventID readOnly resources eventType recipientAccountId "
        "eventCategory managementEvent"
    ).split()
}
"""CloudTrail's names of the columns that are fetched, where the table has them."""
_MEMBERS = {
    name.lower(): name
    for name in (
        "principalId accountId accessKeyId userName invokedBy sessionContext sessionIssuer onBehalfOf userId "
        "identityStoreArn webIdFederationData federatedProvider identityProvider mfaAuthenticated creationDate ARN"
    ).split()
}
"""CloudTrail's names of members, which tables have in lower case."""


@dataclass(frozen=True)
class ChangesQuery:
    """A query with its parameters, and what its columns are."""

    sql: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    """Columns of the record, before `who`, `total` and `times`."""


@dataclass(frozen=True)
class Fetched:
    """One event, with how often there was another like it."""

    record: Json
    who: str
    total: int
    """Events that the query matched."""
    times: int
    """Of these, those of the same actor and action."""


def missing_columns(table: LakeTable) -> list[str]:
    """Return the columns without which nothing can be said."""
    return [name for name in _NEEDED if name not in table.columns]


def changes_query(
    table: LakeTable, found: Sequence[Partition], window: TimeWindow, *, onset: datetime, most_rows: int
) -> ChangesQuery:
    """Return the query for the changes in a window, those nearest to the onset first.

    Its columns are those of the record, who (a user, or a role without its session), total and times.
    """
    columns = tuple(name for name in _NAMES if name in table.columns)
    conditions, parameters = predicates(found)
    own, values = _conditions(table, window)
    order = "eventtime, eventid" if "eventid" in columns else "eventtime"
    back = "eventtime DESC, eventid DESC" if "eventid" in columns else "eventtime DESC"
    same = "who, eventsource, eventname"
    listed = ", ".join(identifier(name) for name in columns)
    where = "\n    AND ".join([*conditions, *own])
    sql = f"""WITH events AS (
  SELECT {", ".join(f"{_text(name, table)} AS {identifier(name)}" for name in columns)},
    {_who(table)} AS who,
    CASE WHEN {_time(table)} < ? THEN 0 ELSE 1 END AS later
  FROM {identifier(table.database)}.{identifier(table.name)}
  WHERE {where}
), ranked AS (
  SELECT *, count(*) OVER () AS total, count(*) OVER (PARTITION BY {same}) AS times,
    row_number() OVER (PARTITION BY {same} ORDER BY {order}) AS nth,
    row_number() OVER (PARTITION BY {same}, later ORDER BY {order}) AS forth,
    row_number() OVER (PARTITION BY {same}, later ORDER BY {back}) AS back
  FROM events
)
SELECT {listed}, who, total, times
FROM ranked
WHERE nth <= {FIRST_TIMES} OR (later = 0 AND back <= {NEAREST}) OR (later = 1 AND forth <= {NEAREST})
ORDER BY CASE WHEN later = 0 THEN back ELSE forth END, {back}
LIMIT {int(most_rows)}"""
    return ChangesQuery(sql, (_second(onset), *parameters, *values), columns)


def fetched(query: ChangesQuery, rows: Sequence[tuple[Cell, ...]]) -> Iterator[Fetched]:
    """Yield rows of the query as records of CloudTrail, members and JSON as CloudTrail has them."""
    for *cells, who, total, times in rows:
        record: dict[str, Json] = {}
        for name, held in zip(query.columns, cells):
            if (value := _value(held)) is not None:
                record[_NAMES[name]] = _renamed(value) if name in ("useridentity", "resources") else value
        yield Fetched(record, str(who or ""), _count(total), _count(times))


def _count(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _conditions(table: LakeTable, window: TimeWindow) -> tuple[list[str], list[Parameter]]:
    found = [f"{_time(table)} >= ?", f"{_time(table)} < ?"]
    values: list[Parameter] = [_second(window.start), _second(window.end)]
    if "readonly" in table.columns:
        found.append("coalesce(lower(CAST(\"readonly\" AS varchar)), 'false') <> 'true'")
    if "eventcategory" in table.columns:
        found.append("coalesce(\"eventcategory\", 'Management') = 'Management'")
    found.append('NOT coalesce(regexp_like(concat("eventsource", \':\', "eventname"), ?), false)')
    return found, [*values, data_events()]


def _second(moment: datetime) -> str:
    """Return a time as CloudTrail writes it, in whole seconds; an event is before it or not, as it is before the moment."""
    whole = moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)
    return f"{whole:%Y-%m-%dT%H:%M:%SZ}"


def _time(table: LakeTable) -> str:
    """Return the time of an event as text of ISO 8601 in UTC, to the second."""
    if table.columns.get("eventtime", "").startswith("timestamp"):
        return "date_format(\"eventtime\", '%Y-%m-%dT%H:%i:%sZ')"
    return '"eventtime"'


def _text(name: str, table: LakeTable) -> str:
    """Return a column as text: structs, arrays and maps as JSON, in which commas, quotes and nulls stay what they are."""
    if name == "eventtime":
        return _time(table)
    kind, column = table.columns[name], identifier(name)
    if kind in ("string", "varchar"):
        return column
    if kind.startswith(("struct", "array", "map", "row")):
        return f"json_format(CAST({column} AS json))"
    return f"CAST({column} AS varchar)"


def _who(table: LakeTable) -> str:
    """Return who did it, sessions of one role being one."""
    kind = table.columns.get("useridentity", "string")
    held = '"useridentity"' if kind in ("string", "varchar") else 'CAST("useridentity" AS json)'
    arn = f"json_extract_scalar({held}, '$.arn')"
    role = f"concat(split_part({arn}, '/', 1), '/', coalesce(split_part({arn}, '/', 2), ''))"
    others = (f"json_extract_scalar({held}, '$.{name}')" for name in ("invokedby", "invokedBy", "type"))
    return f"coalesce({role}, {', '.join(others)}, '')"


def _value(held: Cell) -> Json:
    """Return a cell as JSON: text that is an object or a list is read as such."""
    if not isinstance(held, str):
        return held if held is None or isinstance(held, bool | int | float) else str(held)
    if held[:1] in ("{", "["):
        try:
            found: Json = orjson.loads(held)
        except orjson.JSONDecodeError:
            return held
        return found
    return held


def _renamed(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {_MEMBERS.get(key, key): _renamed(held) for key, held in value.items() if held is not None}
    if isinstance(value, list):
        return [_renamed(held) for held in value]
    return value
