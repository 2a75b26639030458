"""Counts of changes as one statement in Trino's dialect, for the table of config_table.py; every value is bound.

A configuration item counts once, however often it was delivered, in the month in which it was captured. Snapshots
list what exists, not what changed, so only history files are read. What was captured just before midnight is
delivered after it: the first days of the following month are read too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fa2.changes.change_queries import ChangeQuery, Filter, Group
from fa2.core.months import Month

COMPLIANCE = ("AWS::Config::ResourceCompliance", "AWS::Config::ConformancePackCompliance")
"""Verdicts of rules, recorded like resources; they count only where they are asked for by name."""
LATE_DAYS = 2
"""History files come every six hours; so many days into the following month are read."""
KEYS = ("month", "day", "hour", "action", "account", "region", "resource_type", "resource_id")
"""What rows can be counted by, in the order of the bits in `bits`, the highest first."""
MEASURES = tuple(
    "resource_name recorded delivered_again compliance first_at last_at peak peak_before place keys".split()
)
"""`recorded`: items of all kinds, matching or not; `peak`: the most that one resource changed in one way within an
hour of the last month, as PEAK_DIGITS digits, followed by that hour (2024-11-14T03) and the resource's id;
`peak_before`: the same number of the months before; `keys`: how many keys of the set have changes in the last month."""
PEAK_DIGITS, HOUR_CHARS = 12, 13

GroupingSet = tuple[Group, ...]
_GROUP_KEYS: dict[Group, tuple[str, ...]] = {"resource": ("account", "region", "resource_type", "resource_id")}
_ACTION = """CASE WHEN status LIKE '%Deleted%' THEN 'deleted' WHEN status = 'ResourceDiscovered' THEN 'discovered'
      WHEN status = 'ResourceNotRecorded' THEN 'unrecorded' ELSE 'updated' END"""
_ITEM = (
    "awsaccountid awsregion resourcetype resourceid resourcename configurationitemstatus configurationitemcapturetime"
).split()


@dataclass(frozen=True)
class ChangeStatement:
    """A statement with what is bound to its question marks."""

    sql: str
    parameters: tuple[str, ...]
    months: tuple[Month, ...]
    """What the columns of counts stand for, the earliest first; they follow KEYS and MEASURES."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The result's columns."""
        return ("bits", *KEYS, *MEASURES, *(f"n_{at}" for at in range(len(self.months))))


class _Binder:
    """Collects bound values in the order in which their question marks stand."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def __call__(self, *values: str) -> str:
        self.values += values
        return ", ".join("?" * len(values))


def change_statement(query: ChangeQuery, table: str, sets: Sequence[GroupingSet] | None = None) -> ChangeStatement:
    """Return the statement of a query.

    table: quoted already, as config_table.quoted_name gives it. sets: count by each of these at once, in place of the
    query's own groups; each gives at most `query.limit` rows. Rows of different sets are told by `bits`.
    """
    wanted = tuple(dict.fromkeys(sets if sets is not None else (query.groups,)))
    months, bind = query.period, _Binder()
    parts = (
        f"WITH delivered AS ({_delivered(query, table, bind)})",
        f"changes AS ({_changes(query, bind)})",
        f"hours AS ({_HOURS})",
        f"counted AS ({_counted(months, wanted, bind)})",
        f"ranked AS ({_ranked(query, len(months), wanted)})",
    )
    order = "bits, place, " + ", ".join(KEYS)
    columns = ", ".join(("bits", *KEYS, *MEASURES, *(f"n_{at}" for at in range(len(months)))))
    sql = ",\n".join(parts) + f"\nSELECT {columns}\nFROM ranked WHERE place <= {query.limit} ORDER BY {order}"
    return ChangeStatement(sql, tuple(bind.values), months)


def grouping_bits(groups: GroupingSet, sets: Sequence[GroupingSet]) -> int:
    """Return the number that `bits` has in the rows of one of the sets: a one for each key of any that it lacks."""
    used, present = _used(sets), _keys(groups)
    return sum(1 << (len(used) - 1 - at) for at, key in enumerate(used) if key not in present)


def _used(sets: Sequence[GroupingSet]) -> list[str]:
    return _keys(tuple(group for groups in sets for group in groups))


def _keys(groups: GroupingSet) -> list[str]:
    found = {key for group in groups for key in _GROUP_KEYS.get(group, (group,))}
    return [key for key in KEYS if key in found]


def _delivered(query: ChangeQuery, table: str, bind: _Binder) -> str:
    # UNNEST of rows gives one column in some engines and a column a field in others: of arrays, it is one in all.
    fields = ", ".join(f"item.{name}" for name in _ITEM)
    names = "account region resource_type resource_id resource_name status captured state_id".split()
    columns = ", ".join(f"ci[{at}] AS {name}" for at, name in enumerate(names, 1))
    places = (f"{key} IN ({bind(*values)})" for key, values in place_filters(query.filters))
    conditions = ["\"$path\" LIKE '%/ConfigHistory/%'", *places, _partitions(query.period, bind)]
    return f"""
  SELECT {columns}
  FROM {table}
  CROSS JOIN UNNEST(transform(configurationitems, item -> ARRAY[{fields}, CAST(item.configurationstateid AS varchar)])) AS t (ci)
  WHERE {_and(conditions)}
"""


def place_filters(filters: Iterable[Filter]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield partition keys with the values that filters narrow them to. Global resources lie in any region's."""
    for f in filters:
        exact = f.operator == "is" and not (f.column == "region" and "global" in f.values)
        if f.column in ("account", "region") and exact:
            yield "account_id" if f.column == "account" else "region", f.values


def _partitions(months: Sequence[Month], bind: _Binder) -> str:
    parts = []
    for year in sorted({month.year for month in months}):
        within = [str(month.number) for month in months if month.year == year]
        parts.append(f"(year = {bind(str(year))} AND month IN ({bind(*within)}))")
    after = months[-1].plus(1)
    days = bind(str(after.year)), bind(str(after.number)), bind(*(str(day + 1) for day in range(LATE_DAYS)))
    parts.append("(year = {} AND month = {} AND day IN ({}))".format(*days))
    return f"({' OR '.join(parts)})"


def _changes(query: ChangeQuery, bind: _Binder) -> str:
    # Whatever does not match is counted too, as recorded: that is how nothing changed differs from nothing recorded.
    months = query.period
    named = {value for f in query.filters if f.column == "resource_type" and f.operator == "is" for value in f.values}
    compliance = bind(*COMPLIANCE)
    conditions = [_condition(f, bind) for f in query.filters]
    if not named & set(COMPLIANCE):
        conditions.append(f"coalesce(resource_type, '') NOT IN ({bind(*COMPLIANCE)})")
    matching = _and(conditions) if conditions else "1 = 1"
    # Days rather than moments: as text, midnight with milliseconds comes before midnight without.
    window = bind(f"{months[0]}-01", f"{months[-1].plus(1)}-01").split(", ")
    return f"""
  SELECT account, region, resource_type, resource_id, resource_name, captured, action, copies,
    substr(captured, 1, 13) AS hour,
    CASE WHEN resource_type IN ({compliance}) THEN 1 ELSE 0 END AS compliance,
    CASE WHEN {matching} THEN 1 ELSE 0 END AS wanted
  FROM (
    SELECT account, region, resource_type, resource_id, resource_name, captured, copies, {_ACTION} AS action
    FROM (
      SELECT account, region, resource_type, resource_id, captured, state_id,
        max(resource_name) AS resource_name, max(status) AS status, count(*) AS copies
      FROM delivered
      WHERE captured IS NULL OR (captured >= {window[0]} AND captured < {window[1]})
      GROUP BY account, region, resource_type, resource_id, captured, state_id
    ) AS items
  ) AS acted
"""


def _condition(f: Filter, bind: _Binder) -> str:
    column = f"coalesce({f.column}, '')"
    match f.operator:
        case "is":
            return f"{column} IN ({bind(*f.values)})"
        case "is_not":
            return f"{column} NOT IN ({bind(*f.values)})"
        case "begins":
            likes = [f"{column} LIKE {bind(_escaped(value) + '%')} ESCAPE '!'" for value in f.values]
        case "contains":
            likes = [
                f"lower({column}) LIKE {bind('%' + _escaped(value.lower()) + '%')} ESCAPE '!'" for value in f.values
            ]
    return f"({' OR '.join(likes)})"


def _escaped(value: str) -> str:
    return value.replace("!", "!!").replace("%", "!%").replace("_", "!_")


# First by hour and resource: that bounds what the sets below have to hold, and gives the peaks.
_HOURS = """
  SELECT substr(hour, 1, 7) AS month, substr(hour, 1, 10) AS day, hour, action, account, region, resource_type, resource_id,
    max(resource_name) AS resource_name, count(*) AS recorded, sum(wanted) AS wanted, sum(copies - 1) AS again,
    sum(compliance) AS compliance, min(captured) AS first_at, max(captured) AS last_at
  FROM changes GROUP BY hour, action, account, region, resource_type, resource_id
"""


def _counted(months: Sequence[Month], sets: Sequence[GroupingSet], bind: _Binder) -> str:
    used = _used(sets)
    keys = ", ".join(key if key in used else f"CAST(NULL AS varchar) AS {key}" for key in KEYS)
    bits = f"grouping({', '.join(used)})" if used else "0"
    last = str(months[-1])
    # One text for number, hour and resource: of equal peaks, every engine takes the same.
    peak = f"lpad(CAST(wanted AS varchar), {PEAK_DIGITS}, '0') || hour || coalesce(resource_id, '')"
    now = f"CASE WHEN month = {bind(last)} THEN {peak} END"
    before = f"CASE WHEN month = {bind(last)} THEN 0 ELSE wanted END"
    counts = ",\n    ".join(
        f"sum(CASE WHEN month = {bind(str(month))} THEN wanted ELSE 0 END) AS n_{at}" for at, month in enumerate(months)
    )
    listed = ", ".join(f"({', '.join(_keys(groups))})" for groups in sets)
    return f"""
  SELECT {bits} AS bits, {keys},
    max(resource_name) AS resource_name, sum(recorded) AS recorded, sum(again) AS delivered_again,
    sum(compliance) AS compliance, min(first_at) AS first_at, max(last_at) AS last_at, sum(wanted) AS wanted,
    max({now}) AS peak, max({before}) AS peak_before,
    {counts}
  FROM hours GROUP BY GROUPING SETS ({listed})
"""


def _ranked(query: ChangeQuery, months: int, sets: Sequence[GroupingSet]) -> str:
    last = f"n_{months - 1}"
    first: dict[str, str] = {
        "count": f"{last} DESC, wanted DESC" if len(sets) > 1 else "wanted DESC",
        "latest": "last_at DESC",
        "earliest": "first_at",
        "name": ", ".join(KEYS),
    }
    # The row of a month stands there also when nothing in it matched: it says what was recorded.
    kept = f"wanted > 0 OR bits = {grouping_bits(('month',), sets)}" if ("month",) in sets else "wanted > 0"
    return f"""
  SELECT *, row_number() OVER (PARTITION BY bits ORDER BY {first[query.order]}, {", ".join(KEYS)}) AS place,
    sum(CASE WHEN {last} > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY bits) AS keys
  FROM counted WHERE {kept}
"""


def _and(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)
