"""The tables that count log lines: raw lines, or lines that another engine has counted by pattern.

A source (a log group, a file) that stands in log_counts is counted there; its raw lines are samples, shown and
never counted. Normal times that could not be fetched, as coverage tells, are not compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fa2.core.coverage import CoverageEntry
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, total_seconds, without


@dataclass(frozen=True)
class LineTable:
    """How a table's columns are read as log lines. All fields but the name are SQL."""

    name: str
    text: str
    """What has a shape."""
    time: str
    """When a line, or the interval that counts it, began."""
    moment: str
    """The time that decides whether a row lies in a window."""
    sample: str
    """A line, whole."""
    total: str
    """How many lines some rows stand for."""
    rows: str
    """What the rows are selected from, those left out that are not to be counted."""

    def lines(self, where: str) -> str:
        """Return SQL for the number of lines, as BIGINT, in the rows where a predicate holds."""
        counted = f"{self.total} FILTER ({where})"
        return counted if self.total == "count(*)" else f"coalesce({counted}, 0)::BIGINT"


RAW = LineTable("logs", "message", "timestamp", "timestamp", "message", "count(*)", "logs")
COUNTED = LineTable(
    "log_counts", "pattern", "bucket", "(bucket + to_microseconds(interval_s * 500000::BIGINT))", "sample", "sum(count)",
    "log_counts",
)  # fmt: skip
"""An interval lies where its middle lies: engines align intervals to the clock, not to our windows."""


_UNCOUNTED = "(SELECT * FROM logs ANTI JOIN (SELECT DISTINCT source FROM log_counts) AS counted USING (source))"


def line_tables(telemetry: Telemetry) -> list[LineTable]:
    """Return the tables of a bundle that count log lines; empty when none was collected."""
    tables = [table for table in (RAW, COUNTED) if telemetry.has(table.name)]
    return [replace(RAW, rows=_UNCOUNTED), COUNTED] if len(tables) == 2 else tables


def raw_lines(telemetry: Telemetry) -> str:
    """Return what raw lines are selected from where they are counted: a table or a subquery."""
    return _UNCOUNTED if telemetry.has("log_counts") else RAW.rows


def line_baselines(telemetry: Telemetry) -> list[TimeWindow]:
    """Return the normal times of which log lines were collected, in the order of time.

    What a source could not fetch of them is left out if it fetched lines of the window: else what it found there
    would seem new.
    """
    coverage = [entry for entry in telemetry.bundle.coverage if entry.table in (RAW.name, COUNTED.name)]
    telling = {
        e.source for e in coverage if e.rows_returned and e.window and e.window.window.overlaps(telemetry.window)
    }
    left = telemetry.baselines
    for entry in coverage:
        if entry.window and entry.source in telling and _missed(entry):
            left = without(left, entry.window.window)
    return left


def line_share(telemetry: Telemetry) -> float:
    """Return the length of the window over that of `line_baselines`; 0 where there are none."""
    normal = total_seconds(telemetry.derived(line_baselines))
    return telemetry.window.duration.total_seconds() / normal if normal else 0.0


def _missed(entry: CoverageEntry) -> bool:
    """Tell whether lines of the entry's time are missing because asking for them failed, or was not allowed."""
    match entry.status:
        case "failed" | "skipped":
            return True
        case "partial":
            return entry.error is not None and entry.error.code.startswith(_FAILURES)
        case _:
            return False


_FAILURES = ("aws_", "logs_query_ended")
