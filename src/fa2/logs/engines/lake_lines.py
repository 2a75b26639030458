"""Where log lines lie in a lake, and what the columns of their table mean: what a counting query is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

TimeForm = Literal["timestamp", "timestamptz", "epoch_s", "epoch_ms", "iso8601"]
"""What a column of times holds: a timestamp that is UTC without saying so (timestamp_ntz in Spark), one with a zone or an
instant (timestamp in Spark), seconds or milliseconds since 1970 as an integer, or ISO 8601 text, which is of the
session's zone where it names none. Lines whose text is no time are in no window."""


@dataclass(frozen=True)
class Column:
    """A column, or a field within one."""

    path: tuple[str, ...]

    @classmethod
    def of(cls, *path: str) -> Column:
        """Return the column of a name, or its field."""
        return cls(path)


@dataclass(frozen=True)
class Text:
    """The same text for all lines."""

    text: str


@dataclass(frozen=True)
class Found:
    """What the first group of a regular expression of RE2's syntax finds in a column; null where it finds nothing."""

    column: Column
    regex: str


Value = Column | Text | Found


@dataclass(frozen=True)
class Among:
    """A partition's column must have one of these values."""

    column: str
    values: tuple[str | int | date, ...]


@dataclass(frozen=True)
class Between:
    """A partition's column must lie between two values, both included."""

    column: str
    first: str | int | date
    last: str | int | date


@dataclass(frozen=True)
class LakeLines:
    """Where log lines lie, and what its columns mean."""

    table: tuple[str, ...]
    """Its name, after those of its catalogue and schema where they are needed."""
    source: Value
    """The log group or file; one that is null counts as the empty text."""
    time: Column = Column(("timestamp",))
    time_form: TimeForm = "timestamp"
    message: Column = Column(("message",))
    service: Value | None = None
    level: Value | None = None
    header: str = ""
    """What stands before the message in each line; see `shape_sql`."""
