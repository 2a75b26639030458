"""query_logs: log lines, counted and cut as a query in the language of CloudWatch Logs Insights says."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement, Value, catalogue
from fa2.investigator.asking.arguments import QueryText
from fa2.investigator.asking.bundle import ANSWER, asked, need
from fa2.investigator.asking.times import INCIDENT, Times, times
from fa2.investigator.desk import Arguments, Desk, Fetched, Found, ToolRefused
from fa2.logs.query import syntax as tree
from fa2.logs.query.parsing import parse
from fa2.logs.query.plans import Plan, Taken, plan
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.relations import Statement as Select
from fa2.logs.query.relations import without_lists

ROWS = 50
"""Rows of a query that says nothing of a limit."""
_MOST_ROWS = 100
_LONGEST_SQL = 30_000
"""A longer query is refused: its SQL stands in the report."""


class QueryLogsArguments(Arguments):
    """What query_logs takes."""

    query: QueryText
    window: str = INCIDENT
    fetch: bool = False


@dataclass(frozen=True)
class QueryLogs:
    """The tool."""

    name: str = "query_logs"
    arguments: type[Arguments] = QueryLogsArguments
    tables: tuple[str, ...] = ("logs",)

    def __call__(self, desk: Desk, arguments: QueryLogsArguments, /) -> Found:
        """Return the rows of the query, as many as fit, and what was matched where not all are shown."""
        query = _parsed(desk, arguments.query)
        where = times(desk.telemetry, arguments.window)
        notes = list(where.notes)
        taken = Taken(where.windows[1:])
        if arguments.fetch:
            fetched = _fetched(desk, arguments.query, where)
            taken, notes = Taken(where.windows[1:], fetched.fetch), [*notes, *fetched.notes]
        else:
            need(desk, "logs")
            notes += _samples(desk)
        asking = Asking(desk, arguments.query, query, where, taken)
        planned = asking.planned(_limit(query))
        notes += [Statement(f"query.note.{name}", told) for name, told in planned.notes]
        return _found(asking, planned, notes)


@dataclass(frozen=True)
class Asking:
    """A query on its way."""

    desk: Desk
    text: str
    query: tree.Query
    where: Times
    taken: Taken

    @property
    def table(self) -> str:
        """Where its lines are."""
        return "logs" if self.taken.fetch is None else "fetched_logs"

    def planned(self, limit: int) -> Plan:
        """Return what to run for so many rows. Raises ToolRefused."""
        window, now = self.where.windows[0], self.desk.telemetry.window.end
        try:
            planned = plan(self.query, window=window, now=now, limit=limit, taken=self.taken)
        except QueryProblem as problem:
            raise _refused(self.desk, problem, self.text) from problem
        if len(planned.named.sql) > _LONGEST_SQL:
            raise ToolRefused("tools.refused.query_too_complex")
        return planned

    def asked(self, select: Select) -> Evidence:
        """Return the evidence of a statement without lists."""
        return asked(self.desk, self.table, select.sql, _values(select))


def _parsed(desk: Desk, text: str) -> tree.Query:
    try:
        query = parse(text)
    except QueryProblem as problem:
        raise _refused(desk, problem, text) from problem
    if any(isinstance(c, tree.Patterns | tree.Diff | tree.Anomalies) for c in query.commands):
        raise ToolRefused("tools.refused.patterns_elsewhere")
    return query


def _refused(desk: Desk, problem: QueryProblem, text: str) -> ToolRefused:
    """Return the refusal of a query that says where it fails and what was expected there."""
    problem.within(text)
    line, before = problem.excerpt()
    marked = f"{before[-40:]}▶{line[len(before) :][:40]}"
    return ToolRefused("tools.refused.query", problem=problem.told(catalogue(desk.language)), place=marked)


def _limit(query: tree.Query) -> int:
    stated = [command.count for command in query.commands if isinstance(command, tree.Limit)]
    return min(stated[-1], _MOST_ROWS) if stated else ROWS


def _found(asking: Asking, planned: Plan, notes: list[Statement]) -> Found:
    """Return the rows, and the numbers of lines matched and looked at where not all rows, or none, are shown."""
    shown = asking.asked(planned.named)
    fitting = _fitting(shown)
    if fitting < len(shown.rows):
        planned = asking.planned(fitting)
        shown = asking.asked(planned.named)
    elif shown.rows and len(shown.rows) < planned.limit:
        return Found((shown,), 0, tuple(notes))
    counted = _counted(asking, planned)
    total = int(str(counted.cell(0, "rows")))
    if not shown.rows:
        notes.append(Statement("tools.note.none", {"n": counted.cell(0, "lines_looked_at")}))
    left = max(0, total - len(shown.rows))
    return Found((shown, counted) if left or not shown.rows else (shown,), left, tuple(notes))


def _values(select: Select) -> dict[str, Value]:
    return {name: value for name, value in select.parameters.items() if not isinstance(value, list)}


def _fitting(shown: Evidence) -> int:
    """Return how many rows there is room for in an answer, one at least."""
    left = ANSWER
    for number, row in enumerate(shown.rows):
        left -= sum(len(str(value)) + 1 for value in row)
        if left < 0:
            return max(1, number)
    return len(shown.rows)


def _counted(asking: Asking, planned: Plan) -> Evidence:
    """Return the evidence of how many rows and lines there are."""
    parts = {"rows": planned.total, "lines_matched": planned.matched, "lines_looked_at": planned.scanned}
    selects = {name: without_lists(select) for name, select in parts.items() if select}
    sql = "SELECT " + ", ".join(f"({select.sql}) AS {name}" for name, select in selects.items())
    bound = {name: value for select in selects.values() for name, value in _values(select).items()}
    return asked(asking.desk, asking.table, sql, bound)


def _samples(desk: Desk) -> list[Statement]:
    """Return the note that lines are only samples where another engine has counted them."""
    return [Statement("tools.note.samples")] if desk.telemetry.has("log_counts") else []


def _fetched(desk: Desk, text: str, where: Times) -> Fetched:
    if desk.further is None:
        raise ToolRefused("tools.refused.not_live")
    return desk.further.logs(text, where.windows)


tool = QueryLogs()
