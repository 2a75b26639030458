"""A small lake for the engines: one table of lines, and what counting it must give."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import SAMPLE_CHARS
from fa2.logs.engines.lake_lines import Among, Column, Found, LakeLines
from fa2.logs.shapes.definition import shape_of

START = datetime(2026, 11, 20, 23, 58, 0, tzinfo=UTC)
WINDOW = TimeWindow(START + timedelta(seconds=7), START + timedelta(minutes=12, microseconds=1500))
LEVEL = "(ERROR|WARN|it's)\\s+\\S"
LAKE = LakeLines(
    table=("lines",),
    time=Column.of("when"),
    source=Column.of("log group"),
    service=Column.of("svc"),
    level=Found(Column.of("message"), LEVEL),
)
PARTITIONS = (Among("day", ("2026-11-20", "it's")),)


@dataclass(frozen=True)
class Line:
    """A row of the lake."""

    when: datetime
    source: str | None
    service: str | None
    message: str | None
    day: str = "2026-11-20"


def lake(messages: Sequence[str]) -> list[Line]:
    """Return rows with these messages, some minutes of them, each a few times, and rows that must not count."""
    rows = [
        Line(START + timedelta(seconds=3.7 * n, microseconds=n), ("a", "b'c", None)[n % 3], ("s", None)[n % 2], text)
        for n, text in enumerate([*messages, "ERROR it's 5 of 7", "WARN 12", "it's 3"] * 3)
    ]
    edges = (WINDOW.start, WINDOW.start - timedelta(microseconds=1), WINDOW.end, WINDOW.end - timedelta(microseconds=1))
    rows += [Line(edge, "edge", None, f"at the edge {n}") for n, edge in enumerate(edges)]
    return [*rows, Line(START + timedelta(minutes=1), "a", "s", None), Line(START, "a", "s", "elsewhere", "2026-11-21")]


Counted = dict[tuple[datetime, str, str | None, str, str | None], tuple[int, str, datetime, datetime]]


def counted(rows: Iterable[Line], interval_s: int) -> Counted:
    """Return what counts_sql must give for LAKE, WINDOW and PARTITIONS."""
    groups: dict[tuple[datetime, str, str | None, str, str | None], list[Line]] = defaultdict(list)
    for row in rows:
        if row.message is None or row.when not in WINDOW or row.day not in PARTITIONS[0].values:
            continue
        bucket = datetime.fromtimestamp(int(row.when.timestamp()) // interval_s * interval_s, UTC)
        level = re.search(LEVEL, row.message[:1500], re.ASCII)
        groups[bucket, row.source or "", row.service, shape_of(row.message), level[1] if level else None].append(row)
    return {
        key: (
            len(found),
            min(str(row.message)[:SAMPLE_CHARS] for row in found),
            min(row.when for row in found),
            max(row.when for row in found),
        )
        for key, found in groups.items()
    }
