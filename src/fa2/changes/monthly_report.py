"""The report of a month: counted by one statement, judged by the months before, a question answered beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fa2.changes.change_queries import ChangeQuery, Filter
from fa2.changes.change_sql import GroupingSet
from fa2.changes.counting import Counted, Counts, count
from fa2.changes.judging import Known, judged
from fa2.changes.standing_out import Judged, notables
from fa2.core.coverage import CoverageEntry
from fa2.core.monthly_changes import Answer, Breakdown, Condition, KeyChanges, KeyTable, MonthlyChanges, MonthRecord
from fa2.core.months import Month
from fa2.core.sql_engines import SqlEngine

DEFAULT_MONTHS_BEFORE = 12
_BY: dict[Breakdown, GroupingSet] = {
    "type": ("resource_type",),
    "account": ("account",),
    "region": ("region",),
    "resource": ("resource",),
    "action": ("action",),
}
_TYPE_ACTION: GroupingSet = ("resource_type", "action")
_SETS: tuple[GroupingSet, ...] = (("month",), *_BY.values(), _TYPE_ACTION, ("day",))
_NEVER = {"resource": True, "account": True, "region": True, "type": False, "action": False}
"""Whether a key that was not seen before its first month was not there, rather than quiet."""


@dataclass(frozen=True)
class FilesSeen:
    """What is known of the files besides their items; an engine that cannot tell leaves it empty."""

    history: Mapping[str, int] = field(default_factory=dict)
    """History files by month of delivery."""
    snapshots: Mapping[str, int] = field(default_factory=dict)
    counted: bool = False
    snapshot_items: int = 0
    coverage: tuple[CoverageEntry, ...] = ()


@dataclass(frozen=True)
class MonthAsked:
    """What the report is to be about."""

    month: Month
    filters: tuple[Filter, ...] = ()
    months_before: int = DEFAULT_MONTHS_BEFORE
    source: str = ""
    """As a reader knows it: a folder, a table."""

    @property
    def query(self) -> ChangeQuery:
        """What is counted for it."""
        return ChangeQuery(last=str(self.month), months=self.months_before + 1, filters=self.filters, limit=1000)


def monthly_report(
    engine: SqlEngine, asked: MonthAsked, table: str, *, files: FilesSeen | None = None, answer: Answer | None = None
) -> MonthlyChanges:
    """Return the report of a month. One statement; no model is asked, and none is needed for an empty month.

    table: quoted, as config_table.quoted_name gives it. Raises Fa2Error when the engine fails.
    """
    files = files or FilesSeen()
    query = asked.query
    counts = count(engine, query, table, _SETS)
    records, undated = _records(counts, files)
    known = Known(query.period, tuple(record.known for record in records))
    found = _judged(counts, known, records)
    shown = {name: KeyTable(tuple(rows), _keys(counts.by_set[_BY[name]])) for name, rows in found.by.items()}
    return MonthlyChanges(
        month=str(asked.month),
        source=asked.source,
        months=tuple(records[known.first :]),
        months_known=known.before,
        conditions=tuple(Condition(f.column, f.operator, f.values) for f in asked.filters),
        by=shown,
        total=found.total,
        days=tuple(found.days),
        notables=tuple(notables(found)) if known.recorded[-1] else (),
        undated=undated,
        snapshot_items=files.snapshot_items,
        answer=answer,
        sql=counts.statement.sql,
        parameters=counts.statement.parameters,
        coverage=files.coverage,
    )


def _records(counts: Counts, files: FilesSeen) -> tuple[list[MonthRecord], int]:
    """Return the months, and how many items have no time that puts them into any."""
    rows = {row.keys["month"]: row for row in counts.by_set["month",]}
    records = []
    for at, month in enumerate(map(str, counts.statement.months)):
        row = rows.get(month)
        records.append(
            MonthRecord(
                month,
                changes=row.counts[at] if row else 0,
                recorded=row.recorded if row else 0,
                delivered_again=row.delivered_again if row else 0,
                compliance=row.compliance if row else 0,
                history_files=files.history.get(month, 0) if files.counted else None,
                snapshot_files=files.snapshots.get(month, 0) if files.counted else None,
            )
        )
    undated = rows.get(None)
    return records, undated.recorded if undated else 0


def _judged(counts: Counts, known: Known, records: Sequence[MonthRecord]) -> Judged:
    sets = counts.by_set
    by = {
        name: judged(sets[groups], known, from_first=_NEVER[name], tests=_keys(sets[groups]))
        for name, groups in _BY.items()
    }
    deleted = [row for row in sets[_TYPE_ACTION] if row.keys["action"] == "deleted"]
    resources = sets[_BY["resource"]]
    return Judged(
        total=_total(records, known),
        by=by,
        deletions=judged(deleted, known, from_first=False),
        types=sets[_BY["type"]],
        days=_days(sets["day",], known.months[-1]),
        months_before=known.before,
        names={row.keys["resource_id"] or "": name for row in resources if (name := row.texts["resource_name"])},
    )


def _total(records: Sequence[MonthRecord], known: Known) -> KeyChanges:
    whole = Counted(
        keys=dict.fromkeys(("account", "region", "resource_type", "resource_id", "action")),
        texts=dict.fromkeys(("resource_name", "peak_hour", "peak_resource")),
        recorded=0,
        delivered_again=0,
        compliance=0,
        peak=0,
        peak_before=0,
        key_count=1,
        counts=tuple(record.changes for record in records),
    )
    (row,) = judged([whole], known, from_first=False)
    return row


def _days(rows: Sequence[Counted], month: Month) -> list[int]:
    counts = {row.keys["day"]: row.counts[-1] for row in rows}
    return [counts.get(f"{month}-{day:02}", 0) for day in range(1, month.days + 1)]


def _keys(rows: Sequence[Counted]) -> int:
    return rows[0].key_count if rows else 0
