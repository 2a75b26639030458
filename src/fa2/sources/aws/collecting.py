"""Runs AWS sources side by side, under one deadline and one budget, into a bundle's tables and coverage.

Each source works in a thread of its own for each account and region. Whatever one of them does, hang, fail, answer
nonsense, the others go on, and its gap is told. The wall time is that of the slowest, and never more than the
deadline and a few seconds of grace, in which queries that were begun are stopped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fa2.core.budgets import Budget, Estimate
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.incident import Incident
from fa2.core.ports import Progress, Rows, Watcher
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.asking import Ask, AwsSource, ExaminedSource, TableSink
from fa2.sources.aws.settings import Place, Prices, SourceSettings

GRACE_S = 3.0
"""How long after the deadline sources may still stop their queries and tell what they have."""

PLAN_S = 10.0
"""How long at most goes into knowing beforehand, and no more than half of the time."""

PlannedAsk = tuple[Ask[Any], Sequence[Estimate]]


@dataclass(frozen=True)
class Common:
    """What all sources of one collection share."""

    incident: Incident
    deadline: Deadline
    budget: Budget
    prices: Prices


class LockedSink:
    """A sink for many threads, which takes nothing more once it is closed."""

    def __init__(self, sink: TableSink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, table: str) -> None:
        """Have the table even if it gets no rows; nothing once closed."""
        with self._lock:
            if not self._closed:
                self._sink.begin(table)

    def add(self, rows: Rows) -> int:
        """Append rows and return how many were kept. Raises DeadlinePassed once closed."""
        with self._lock:
            if self._closed:
                raise DeadlinePassed("coverage.aws_deadline", seconds=0)
            return self._sink.add(rows)

    def close(self) -> None:
        """Take nothing more."""
        with self._lock:
            self._closed = True


def asks(
    sources: Sequence[tuple[AwsSource[Any], SourceSettings]],
    accounts: Sequence[Account],
    common: Common,
) -> list[Ask[Any]]:
    """Return the work to do: one Ask for each wanted source in each account and region, in the order of both."""
    others = {source.name: settings for source, settings in sources}
    return [
        Ask(
            source=source,
            incident=common.incident,
            settings=settings,
            account=account,
            deadline=common.deadline,
            budget=common.budget,
            prices=common.prices,
        )
        for source, settings in sources
        if settings.wanted(others)
        for account in _asked_from(accounts, settings.place)
    ]


def _asked_from(accounts: Sequence[Account], place: Place) -> Sequence[Account]:
    """Return from where a source is asked: everywhere, or once where what it asks is.

    Something of an account that is not looked at is asked from the first one: it may be shared.
    """
    if place.account:
        accounts = [account for account in accounts if account.id == place.account][:1] or accounts[:1]
    if place.region:
        once = {account.id: account for account in reversed(accounts)}
        return [account.in_region(place.region) for account in reversed(once.values())]
    return accounts


def plan(work: Sequence[Ask[Any]], *, deadline: Deadline, watch: Watcher) -> list[PlannedAsk]:
    """Return each Ask with what it expects to read and cost, asked side by side.

    A source that cannot say has no estimates; why stands in the coverage of its Ask.
    """
    found: dict[int, Sequence[Estimate]] = {}

    def run(ask: Ask[Any]) -> None:
        found[id(ask)] = tuple(ask.source.plan(ask))

    # A source that hangs now tells so when it collects; the others must not wait long for it.
    seconds = min(deadline.remaining_s / 2, PLAN_S)
    _side_by_side(work, run, deadline, seconds=seconds, stage="plan", watch=watch)
    return [(ask, found.get(id(ask), ())) for ask in work]


def collect(
    planned: Sequence[PlannedAsk], sink: TableSink, *, deadline: Deadline, watch: Watcher
) -> list[CoverageEntry]:
    """Collect, and return the coverage in the order of sources and accounts. Never raises for what a source does.

    The sink gets nothing more once this has returned.
    """
    estimates = {id(ask): estimate for ask, estimate in planned}
    work = [ask for ask, _ in planned]
    locked = LockedSink(sink)
    for ask in work:
        ask.sink = locked

    def run(ask: Ask[Any]) -> None:
        ask.source.collect(ask, estimates[id(ask)])

    seconds = deadline.remaining_s + GRACE_S
    for ask in _side_by_side(work, run, deadline, seconds=seconds, stage="collect_aws", watch=watch):
        ask.abandon()
        ask.failed(DeadlinePassed("coverage.aws_deadline", seconds=deadline.seconds))
    locked.close()
    return [entry for ask in work for entry in ask.coverage]


def examine(work: Sequence[Ask[Any]], *, deadline: Deadline, watch: Watcher) -> list[CoverageEntry]:
    """Try what each source needs, side by side; return what was tried and what is wrong with it.

    A source that cannot be examined is tried by having it plan.
    """

    def run(ask: Ask[Any]) -> None:
        if isinstance(ask.source, ExaminedSource):
            ask.source.examine(ask)
        else:
            ask.source.plan(ask)

    for ask in _side_by_side(work, run, deadline, seconds=deadline.remaining_s + GRACE_S, stage="examine", watch=watch):
        ask.abandon()
    return [entry for ask in work for entry in ask.coverage]


@dataclass
class _Running:
    work: dict[int, Ask[Any]]
    finished: threading.Condition = field(default_factory=threading.Condition)


def _side_by_side(
    work: Sequence[Ask[Any]],
    run: Callable[[Ask[Any]], None],
    deadline: Deadline,
    *,
    seconds: float,
    stage: str,
    watch: Watcher,
) -> list[Ask[Any]]:
    """Run the work in threads and return what was not done within `seconds`.

    Where somebody breaks it off, the deadline is stopped, so that sources stop their queries within the grace.
    """
    running = _Running({id(ask): ask for ask in work})
    for ask in work:
        threading.Thread(target=_guarded, args=(ask, run, running), name=f"fa2-{ask.name}", daemon=True).start()

    def tell() -> None:
        watch(Progress(stage, len(work) - len(running.work), len(work)))

    try:
        _wait(running, seconds, tell)
    except KeyboardInterrupt:
        deadline.stop()
        _wait(running, GRACE_S, tell)
        raise
    with running.finished:
        return list(running.work.values())


def _wait(running: _Running, seconds: float, tell: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    with running.finished:
        while running.work and (left := end - time.monotonic()) > 0:
            tell()
            running.finished.wait(min(left, 0.5))
    tell()


def _guarded(ask: Ask[Any], run: Callable[[Ask[Any]], None], running: _Running) -> None:
    try:
        run(ask)
    except Exception as error:  # whatever a source does, the others go on
        ask.failed(error)
    finally:
        with running.finished:
            running.work.pop(id(ask), None)
            running.finished.notify_all()
