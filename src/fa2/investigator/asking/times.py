"""The times that a model may ask about: the incident, the normal times, or a part of what lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fa2.core.errors import UnusableInput
from fa2.core.messages import Statement
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, iso, sql_within, total_seconds
from fa2.investigator.desk import ToolRefused

INCIDENT = "incident"
BASELINE = "baseline"
DAY_BEFORE = timedelta(hours=24)
"""How far before the incident changes and findings may lie."""


@dataclass(frozen=True)
class Times:
    """Where to look."""

    windows: tuple[TimeWindow, ...]
    """Never empty."""
    notes: tuple[Statement, ...] = ()

    def within(self, column: str) -> str:
        """Return the SQL predicate for a time of a table."""
        return sql_within(column, self.windows)

    def share_of(self, normal: Sequence[TimeWindow]) -> float:
        """Return the length of these times over that of others; 0 where there are none."""
        length = total_seconds(normal)
        return total_seconds(self.windows) / length if length else 0.0


def times(telemetry: Telemetry, asked: str | None, *, lookback: timedelta = timedelta(0)) -> Times:
    """Return the times that are meant by `incident`, `baseline` or START/END, never outside of window and baselines.

    lookback: how long before the incident is looked at too.
    Raises ToolRefused for what is no time, lies outside, or for a baseline that there is not.
    """
    window = TimeWindow(telemetry.window.start - lookback, telemetry.window.end)
    match (asked or INCIDENT).strip():
        case "incident":
            return Times((window,))
        case "baseline":
            if not telemetry.baselines:
                raise ToolRefused("tools.refused.no_baseline")
            return Times(tuple(telemetry.baselines))
        case written:
            return _clipped(written, hull(telemetry, lookback))


def hull(telemetry: Telemetry, lookback: timedelta = timedelta(0)) -> TimeWindow:
    """Return from the first to the last moment of window and baselines."""
    known = [TimeWindow(telemetry.window.start - lookback, telemetry.window.end), *telemetry.baselines]
    return TimeWindow(min(w.start for w in known), max(w.end for w in known))


def _clipped(written: str, whole: TimeWindow) -> Times:
    bounds = {"start": iso(whole.start), "end": iso(whole.end)}
    try:
        asked = TimeWindow.parse(written)
    except UnusableInput as error:
        raise ToolRefused("tools.refused.window", text=written[:80], **bounds) from error
    if not asked.overlaps(whole):
        raise ToolRefused("tools.refused.outside", **bounds)
    kept = TimeWindow(max(asked.start, whole.start), min(asked.end, whole.end))
    return Times((kept,), () if kept == asked else (Statement("tools.note.clipped", bounds),))
