"""The `diff` command: how often each pattern came in a period, and in an earlier one as long."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from fa2.core.windows import TimeWindow
from fa2.logs.comparisons.comparison import strength, surprise
from fa2.logs.query import syntax as tree
from fa2.logs.query.mined_lines import MinedLines
from fa2.logs.query.pattern_stage import arrow
from fa2.logs.query.periods import UNITS
from fa2.logs.query.relations import Statement
from fa2.logs.query.values import Kind

if TYPE_CHECKING:
    import pyarrow as pa

DIFF_KINDS: Mapping[str, Kind] = {
    "@pattern": "text",
    "@sampleCount": "number",
    "@previousCount": "number",
    "@diffEventCount": "number",
    "@differenceDescription": "text",
    "@significance": "number",
    "@severityLabel": "text",
    "@patternId": "text",
    "@regexString": "text",
}
"""The columns. @differenceDescription is NEW, GONE, MORE, LESS or SAME; @significance goes from 0 to 1."""
SHOWN = ("@pattern", "@sampleCount", "@diffEventCount", "@differenceDescription", "@severityLabel")
"""What is shown of them where a query does not say, as in CloudWatch."""
CERTAIN = 0.63
"""From which significance on a change is called one: six nats, odds of some 400 to 1."""


class DiffStage:
    """Mines the lines of both periods together and counts them apart. A Stage."""

    def __init__(self, statement: Statement, name: str, window: TimeWindow | None) -> None:
        """window: the later of the periods; null where there are no events at all."""
        self.statement = statement
        self.name = name
        self.kinds = DIFF_KINDS
        self._window = window

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return a row for each pattern."""
        lines = MinedLines(rows)
        if self._window is None:
            return arrow(self.kinds, [])
        start = int(np.datetime64(self._window.start.replace(tzinfo=None), "us").astype(np.int64))
        return arrow(self.kinds, [self._row(lines, n, start) for n in range(len(lines.patterns))])

    def _row(self, lines: MinedLines, index: int, start: int) -> dict[str, object]:
        pattern = lines.patterns[index]
        moments = lines.moments_of(index)
        before = int(np.searchsorted(moments, start))
        now = len(moments) - before
        sure = strength(abs(surprise(now, before) if now >= before else surprise(before, now)))
        return {
            "@pattern": pattern.display,
            "@sampleCount": float(now),
            "@previousCount": float(before),
            "@diffEventCount": float(now - before),
            "@differenceDescription": described(now, before, sure),
            "@significance": round(sure, 4),
            "@severityLabel": pattern.severity,
            "@patternId": pattern.id,
            "@regexString": pattern.regex,
        }


def described(now: int, before: int, significance: float) -> str:
    """Return the difference as a word of a closed set."""
    if not before:
        return "NEW"
    if not now:
        return "GONE"
    if significance < CERTAIN or now == before:
        return "SAME"
    return "MORE" if now > before else "LESS"


def earlier(window: TimeWindow, shift: tree.Shift | tree.Period) -> TimeWindow:
    """Return the period to compare with: as long as the window, so much earlier."""
    if shift == "previous":
        start = window.start - window.duration
    elif isinstance(shift, tree.Period):
        unit = next(unit for unit in UNITS if unit.name == shift.unit)
        start = _months_before(window.start, shift.count * unit.months)
        start -= timedelta(microseconds=shift.count * unit.microseconds)
    elif shift == "previousMonth":
        start = _months_before(window.start, 1)
    else:
        start = window.start - timedelta(days=1 if shift == "previousDay" else 7)
    return TimeWindow(start, start + window.duration)


def _months_before(moment: datetime, months: int) -> datetime:
    """Return the same day of an earlier month, or its last where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
