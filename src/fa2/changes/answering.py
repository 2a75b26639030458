"""The answer to a question: what its query counts, as rows."""

from __future__ import annotations

from fa2.changes.change_queries import ChangeQuery, Group
from fa2.changes.counting import Counted, count
from fa2.changes.questions import Reading
from fa2.core.monthly_changes import Answer, Value
from fa2.core.sql_engines import SqlEngine

_COLUMNS: dict[Group, tuple[str, ...]] = {"resource": ("resource", "resource_type", "account", "region")}


def answered(engine: SqlEngine, question: str, reading: Reading, table: str) -> Answer:
    """Return the answer. One statement, none where nothing was understood. Raises Fa2Error when the engine fails."""
    query = reading.query
    if query is None:
        return Answer(question, (), reading.not_understood)
    asked = query.model_copy(update={"limit": query.limit + 1})  # one more tells whether there are more
    (rows,) = count(engine, asked, table).by_set.values()
    found = [row for row in rows if any(row.counts)]
    months = tuple(str(month) for month in query.period)
    return Answer(
        question,
        reading.understood,
        reading.not_understood,
        groups=query.groups,
        months=months,
        rows=tuple(_row(row, query, months) for row in found[: query.limit]),
        more=len(found) > query.limit,
    )


def _row(row: Counted, query: ChangeQuery, months: tuple[str, ...]) -> dict[str, Value]:
    cells: dict[str, Value] = {}
    for group in query.groups:
        for column in _COLUMNS.get(group, (group,)):
            name = row.texts["resource_name"] or row.keys["resource_id"]
            cells[column] = name if column == "resource" else row.keys[column]
    by_month = dict(zip(months, row.counts)) if "month" not in query.groups else {}
    return {**cells, **by_month, "total": sum(row.counts)}
