"""The tables that count log lines: raw lines, or lines that another engine has counted by pattern."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.telemetry import Telemetry


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

    def lines(self, where: str) -> str:
        """Return SQL for the number of lines, as BIGINT, in the rows where a predicate holds."""
        counted = f"{self.total} FILTER ({where})"
        return counted if self.total == "count(*)" else f"coalesce({counted}, 0)::BIGINT"


RAW = LineTable("logs", "message", "timestamp", "timestamp", "message", "count(*)")
COUNTED = LineTable(
    "log_counts", "pattern", "bucket", "(bucket + to_microseconds(interval_s * 500000::BIGINT))", "sample", "sum(count)"
)
"""An interval lies where its middle lies: engines align intervals to the clock, not to our windows."""


def line_tables(telemetry: Telemetry) -> list[LineTable]:
    """Return the tables of a bundle that count log lines; empty when none was collected."""
    return [table for table in (RAW, COUNTED) if telemetry.has(table.name)]
