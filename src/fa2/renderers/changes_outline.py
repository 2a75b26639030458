"""What every form of a report of changes says: its sentences, tables and remarks, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fa2.core.coverage import Problem
from fa2.core.messages import Language, Value, catalogue
from fa2.core.monthly_changes import (
    BREAKDOWNS,
    Answer,
    Breakdown,
    Condition,
    KeyChanges,
    MonthlyChanges,
    MonthRecord,
    Notable,
    Remark,
)
from fa2.renderers.wording import one_line

_LONGEST = 96
"""Characters of a name; longer ones are cut and end in …"""
_SUBJECTS: dict[Breakdown, tuple[str, ...]] = {
    "type": ("type",),
    "account": ("account",),
    "region": ("region",),
    "resource": ("resource", "type", "account", "region"),
    "action": ("action",),
}
_COUNTS = ("count", "usual", "ratio", "verdict", "trend")
_NUMERIC = frozenset({"count", "usual", "ratio", "total", "changes", "recorded", "history_files", "snapshot_files"})


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells as text, and the counts by month that its trend shows."""

    cells: tuple[str, ...]
    counts: tuple[int, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class TableText:
    """A table, ready to be set."""

    name: str
    heading: str
    columns: tuple[str, ...]
    """Names of columns; `trend` is empty in the cells and drawn from the counts."""
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def numeric(self) -> list[int]:
        """Places of the columns that are set to the right."""
        return [at for at, name in enumerate(self.columns) if name in _NUMERIC or name[:1].isdigit()]


class ChangeWords:
    """A report of changes with the words of one language."""

    def __init__(self, report: MonthlyChanges, language: Language) -> None:
        self.report = report
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of changes.NAME."""
        return self._messages.text(f"changes.{name}", **values)

    def month(self, written: str) -> str:
        """Return a month, 2024-11, in words."""
        year, _, number = written.partition("-")
        return self("month", name=self(f"month_name.{int(number)}"), year=str(int(year)))

    def number(self, value: Value) -> str:
        """Return a number with thousands separators; a dash for none."""
        return self._messages.format_field(value, "")

    def heading(self) -> str:
        """Return the heading of the report."""
        return self("heading", month=self.month(self.report.month))

    def summary(self) -> Iterator[str]:
        """Yield sentences: how many changes, and whether that is usual; for none, whether there was any recording."""
        report, month = self.report, self.month(self.report.month)
        count = report.record.changes
        if count == 0:
            yield self("summary.none", month=month)
            yield self._why_none(report.record)
        else:
            yield self("summary.one" if count == 1 else "summary.counted", month=month, n=count)
        if not report.anything_recorded:
            return
        total = report.total
        if total.usual:
            name = total.verdict if total.verdict in ("more", "fewer") else "usual"
            yield self(f"summary.{name}", months=report.months_known, low=total.usual.low, high=total.usual.high)
        elif report.months_known:
            yield self("summary.spread_unknown", months=report.months_known)
        else:
            yield self("summary.spread_unknown_none")

    def _why_none(self, record: MonthRecord) -> str:
        if not self.report.anything_recorded:
            return self("summary.nothing_at_all")
        if record.history_files is None:
            return self("summary.none_but_items", items=record.recorded)
        files = {"history": record.history_files, "snapshots": record.snapshot_files or 0}
        return self("summary.none_but_recording", items=record.recorded, **files)

    def conditions(self) -> str:
        """Return the filters as one sentence; empty where there are none."""
        listed = "; ".join(self.condition(c) for c in self.report.conditions)
        return self("text.only", conditions=listed) if listed else ""

    def condition(self, condition: Condition) -> str:
        """Return one filter in words."""
        shown = [self._action(v) if condition.column == "action" else short(v) for v in condition.values]
        column = self(f"filter_column.{condition.column}")
        return self(f"operator.{condition.operator}", column=column, values=self("operator.or").join(shown))

    def notable(self, notable: Notable) -> tuple[str, str]:
        """Return what stands out, and the resources that make it up where that adds anything."""
        values = {key: short(value) if isinstance(value, str) else value for key, value in notable.values.items()}
        if hour := notable.values.get("hour"):
            values["hour"] = hour
        listed = [f"{self.resource(row)} ({self.number(row.count)})" for row in notable.resources]
        alone = notable.kind == "resource_more"
        mostly = self("notable.mostly", list=self._messages.text("report.list_separator").join(listed))
        return self(f"notable.{notable.kind}", **values), mostly if listed and not alone else ""

    def nothing_notable(self) -> str:
        """Return the sentence for a month in which nothing stands out."""
        return self("summary.all_usual" if self.report.total.usual else "summary.nothing_notable")

    def resource(self, row: KeyChanges) -> str:
        """Return a resource's name, or its id."""
        return short(row.resource_name or row.resource_id or "–")

    def tables(self, only: Breakdown | None, limit: int) -> Iterator[TableText]:
        """Yield the breakdowns that have anything to show."""
        for name in BREAKDOWNS:
            if name in self.report.by and only in (None, name) and self.report.by[name].rows:
                yield self._breakdown(name, limit)

    def _breakdown(self, name: Breakdown, limit: int) -> TableText:
        table = self.report.by[name]
        shown = [row for row in table.rows if row.count or row.verdict == "fewer"][:limit]
        columns = (*_SUBJECTS[name], *_COUNTS)
        rows = [Row((*self._subjects(name, row), *self._counts(row)), row.counts, row.verdict) for row in shown]
        present = sum(1 for row in shown if row.count)
        note = self("text.shown", shown=present, keys=table.keys) if table.keys > present else ""
        return TableText(name, self(f"section.{name}"), columns, self._headings(columns), tuple(rows), note)

    def _headings(self, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(self(f"column.{name}") for name in columns)

    def _subjects(self, name: Breakdown, row: KeyChanges) -> Iterator[str]:
        for column in _SUBJECTS[name]:
            match column:
                case "resource":
                    yield self.resource(row)
                case "action":
                    yield self._action(row.action or "–")
                case "type":
                    yield short(row.resource_type or "–")
                case _:
                    yield short(getattr(row, column) or "–")

    def _action(self, name: str) -> str:
        key = f"changes.action.{name}"
        return self._messages.template(key) if self._messages.has(key) else short(name)

    def _counts(self, row: KeyChanges) -> tuple[str, ...]:
        usual = self("text.range", low=row.usual.low, high=row.usual.high) if row.usual else "–"
        ratio = "–" if row.ratio is None else self._messages.format_field(row.ratio, "times")
        return self.number(row.count), usual, ratio, self(f"verdict.{row.verdict}"), ""

    def months(self) -> TableText:
        """Return the table of months."""
        files = self.report.record.history_files is not None
        columns = ("month", "changes", "recorded", *(("history_files", "snapshot_files") if files else ()))
        rows = [
            Row((r.month, *(self.number(getattr(r, column) if r.known else None) for column in columns[1:])))
            for r in self.report.months
        ]
        return TableText("months", self("section.months"), columns, self._headings(columns), tuple(rows))

    def chart_title(self) -> str:
        """Return what the chart of months shows."""
        months = self.report.months
        first, last = self.month(months[0].month), self.month(months[-1].month)
        return self("text.chart", first=first, last=last, most=max(r.changes for r in months))

    def left_out(self) -> Iterator[str]:
        """Yield what does not count, with numbers."""
        report, record = self.report, self.report.record
        for name, n in (
            ("again", record.delivered_again),
            ("compliance", record.compliance if not _names_compliance(report.conditions) else 0),
            ("snapshots", record.snapshot_files or 0),
            ("snapshot_items", report.snapshot_items),
            ("undated", report.undated),
        ):
            if n:
                yield self(f"left_out.{name}", n=n)

    def coverage(self) -> Iterator[tuple[str, str, str]]:
        """Yield source, reason and remedy of what was not read."""
        for entry in self.report.coverage:
            if entry.error:
                yield short(entry.source), *self._problem(entry.error)

    def _problem(self, problem: Problem) -> tuple[str, str]:
        texts = []
        for key, plain in ((problem.code, problem.message), (f"{problem.code}_remedy", problem.remedy)):
            known = self._messages.has(f"coverage.{key}")
            texts.append(self._messages.text(f"coverage.{key}", **problem.values) if known else plain)
        return one_line(texts[0]), one_line(texts[1])

    def remark(self, remark: Remark) -> str:
        """Return a statement about the question; values are put into words first."""
        return self(f"question.{remark.key}", **dict(self._said(remark.values)))

    def _said(self, values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        for name, value in values.items():
            if name in ("first", "last", "month"):
                yield name, self.month(str(value))
            elif name == "groups":
                yield name, ", ".join(self(f"column.{group}").lower() for group in str(value).split())
            elif name == "column":
                continue
            else:
                yield name, short(value) if isinstance(value, str) else value
        if "column" in values:
            listed = tuple(str(values["values"]).split("\n"))
            yield "condition", self.condition(Condition(str(values["column"]), str(values["operator"]), listed))

    def answer(self, answer: Answer) -> TableText | None:
        """Return the table of an answer; null where nothing matches."""
        if not answer.rows:
            return None
        groups = [name for name in answer.rows[0] if name not in (*answer.months, "total")]
        columns = (*groups, *(answer.months if len(answer.months) > 1 else ()), "total")
        headings = tuple(name if name[:1].isdigit() else self(f"column.{name}") for name in columns)
        rows = tuple(Row(tuple(self._cell(name, row.get(name)) for name in columns)) for row in answer.rows)
        return TableText("answer", self("section.answer"), columns, headings, rows)

    def _cell(self, column: str, value: Value) -> str:
        if column == "action":
            return self._action(str(value))
        return short(value) if isinstance(value, str) else self.number(value)


def short(text: str) -> str:
    """Return a name from outside on one line, cut where it is too long to be read."""
    line = one_line(text[: 2 * _LONGEST])
    return line if len(line) <= _LONGEST and len(text) <= 2 * _LONGEST else line[: _LONGEST - 1] + "…"


def _names_compliance(conditions: Sequence[Condition]) -> bool:
    return any("Compliance" in value for c in conditions if c.column == "resource_type" for value in c.values)
