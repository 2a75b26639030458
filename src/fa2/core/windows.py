"""Half-open windows of time in UTC, and how times are read and written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fa2.core.errors import UnusableInput


def parse_time(text: str) -> datetime:
    """Return an aware UTC time from ISO 8601 text; text without a zone is taken as UTC.

    Raises UnusableInput when the text is not a time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnusableInput("errors.time", text=text[:80]) from error


def optional_time(value: object) -> datetime | None:
    """Return the time in a value of evidence, which is ISO 8601 text or null."""
    return parse_time(value) if isinstance(value, str) else None


def iso(moment: datetime) -> str:
    """Return ISO 8601 text in UTC ending in Z, with microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, order=True)
class TimeWindow:
    """A half-open window [start, end) of aware times, kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs aware times")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise UnusableInput("errors.window_order", start=iso(self.start), end=iso(self.end))

    @classmethod
    def parse(cls, text: str) -> TimeWindow:
        """Return the window written START/END in ISO 8601. Raises UnusableInput when it is not one."""
        start, slash, end = text.partition("/")
        if not slash:
            raise UnusableInput("errors.window", text=text[:80])
        return cls(parse_time(start), parse_time(end))

    @property
    def duration(self) -> timedelta:
        """The length of the window."""
        return self.end - self.start

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def overlaps(self, other: TimeWindow) -> bool:
        """Tell whether the two windows share any moment."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{iso(self.start)}/{iso(self.end)}"


def sql_literal(moment: datetime) -> str:
    """Return a time as a DuckDB literal; safe because it is formatted from a datetime."""
    return f"TIMESTAMPTZ '{iso(moment)}'"


def sql_within(column: str, windows: Iterable[TimeWindow]) -> str:
    """Return a DuckDB predicate that holds when `column` lies in one of the windows; false for none."""
    parts = [f"({column} >= {sql_literal(w.start)} AND {column} < {sql_literal(w.end)})" for w in windows]
    return "(" + " OR ".join(parts) + ")" if parts else "false"


def without(windows: Iterable[TimeWindow], taken: TimeWindow) -> list[TimeWindow]:
    """Return what the windows cover outside `taken`, in the order of time, each moment once."""
    sides = [(start, end) for w in windows for start, end in _beside(w, taken) if start < end]
    left: list[TimeWindow] = []
    for start, end in sorted(sides):
        if left and start < left[-1].end:
            left[-1] = TimeWindow(left[-1].start, max(left[-1].end, end))
        else:
            left.append(TimeWindow(start, end))
    return left


def _beside(window: TimeWindow, taken: TimeWindow) -> tuple[tuple[datetime, datetime], ...]:
    """Return what lies before and after `taken`; a start that is not before its end means nothing."""
    return (window.start, min(window.end, taken.start)), (max(window.start, taken.end), window.end)


def total_seconds(windows: Iterable[TimeWindow]) -> float:
    """Return the length of all windows together in seconds; overlaps count twice."""
    return sum((w.duration for w in windows), timedelta()).total_seconds()
