"""Asks queries of a few log lines, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from fa2.core.tables import arrow_schema
from fa2.core.windows import TimeWindow
from fa2.logs.query.parsing import parse
from fa2.logs.query.running import Answer, Cell, ask

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Event = str | tuple[float, str] | Mapping[str, object]
"""A message, a minute after 03:00 and a message, or a row of the table; messages alone come a second apart."""
Rows = list[dict[str, Cell]]
Asked = Callable[..., Rows]
Answered = Callable[..., Answer]


def row(event: Event, n: int) -> dict[str, object]:
    at, rest = START + timedelta(seconds=n), event
    if isinstance(event, tuple):
        at, rest = START + timedelta(minutes=event[0]), event[1]
    given = rest if isinstance(rest, Mapping) else {"message": rest}
    return {"timestamp": at, "source": "app.log", **given}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as opened:
        opened.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        yield opened


@pytest.fixture
def answer(connection: duckdb.DuckDBPyConnection) -> Answered:
    """Return what answers a query: answer(query, events, window=…, limit=…)."""

    def answered(
        query: str, events: Sequence[Event] = (), *, window: TimeWindow | None = None, limit: int = 10_000
    ) -> Answer:
        rows = [row(event, n) for n, event in enumerate(events)]
        connection.register("logs", pa.Table.from_pylist(rows, arrow_schema("logs")))
        return ask(parse(query), connection, window=window, now=NOW, limit=limit)

    return answered


@pytest.fixture
def rows(answer: Answered) -> Asked:
    """Return what gives a query's rows by heading: rows(query, events)."""

    def asked(query: str, events: Sequence[Event] = (), **more: object) -> Rows:
        found = answer(query, events, **more)
        return [dict(zip(found.headings, values)) for values in found.rows]

    return asked
