"""Asks for tests: one source's work, with what it put down."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fa2.core.budgets import Budget
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline
from fa2.core.incident import Incident, Span
from fa2.core.ports import Rows
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.asking import Ask, AwsSource
from fa2.sources.aws.settings import Prices, SourceSettings
from fa2.stores.record_batches import record_batch

WINDOW = TimeWindow(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 3, 30, tzinfo=UTC))
BASELINE = TimeWindow(datetime(2026, 11, 20, 1, tzinfo=UTC), WINDOW.start)


@dataclass
class Kept:
    """A sink that keeps rows as dictionaries, checked against the table's columns as a bundle checks them."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    begun: set[str] = field(default_factory=set)

    def begin(self, table: str) -> None:
        """Have the table."""
        self.begun.add(table)

    def add(self, rows: Rows) -> int:
        """Keep the rows that a bundle would keep."""
        batch = record_batch(rows)
        self.begun.add(rows.table)
        self.rows[rows.table] += batch.to_pylist()
        return int(batch.num_rows)


def incident(window: TimeWindow = WINDOW, *baselines: TimeWindow, **more: Any) -> Incident:
    """Return an incident over a window, compared with some normal times."""
    return Incident(
        format="fa2.bundle/1",
        id="test",
        window=Span.of(window),
        baseline=[Span.of(b) for b in baselines or (BASELINE,)],
        **more,
    )


def ask_of(
    source: AwsSource[Any],
    account: Account,
    *,
    settings: SourceSettings | None = None,
    about: Incident | None = None,
    deadline: Deadline | None = None,
    budget: Budget | None = None,
) -> Ask[Any]:
    """Return the work of a source in an account; its rows end in a Kept (`ask.sink`)."""
    return Ask(
        source=source,
        incident=about or incident(),
        settings=settings or source.settings(),
        account=account,
        deadline=deadline or Deadline(20),
        budget=budget or Budget(usd=1.0),
        prices=Prices(),
        sink=Kept(),
    )


def collected(ask: Ask[Any]) -> tuple[dict[str, list[dict[str, Any]]], list[CoverageEntry]]:
    """Plan and collect; return the rows by table and the coverage."""
    ask.source.collect(ask, ask.source.plan(ask))
    assert isinstance(ask.sink, Kept)
    return dict(ask.sink.rows), ask.coverage
