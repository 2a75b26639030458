"""Puts `fa2 changes` together: a place with AWS Config's deliveries, a month and a question to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fa2.changes.answering import answered
from fa2.changes.change_queries import ChangeQuery, Filter, asked_query
from fa2.changes.change_sql import LATE_DAYS
from fa2.changes.config_table import quoted_name
from fa2.changes.local_sql import duckdb_sql
from fa2.changes.monthly_report import DEFAULT_MONTHS_BEFORE, FilesSeen, MonthAsked, monthly_report
from fa2.changes.questions import Reading, RuleReader
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.monthly_changes import MonthlyChanges
from fa2.core.months import Month
from fa2.core.sql_engines import SqlEngine

DATABASE, TABLE = "lake", "awsconfig"


@dataclass(frozen=True)
class ChangesRequest:
    """What the user asked."""

    month: Month
    types: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    question: str = ""
    months_before: int = DEFAULT_MONTHS_BEFORE

    def filters(self) -> tuple[Filter, ...]:
        """Return the filters. Raises UnusableInput that names the value that cannot be."""
        given = (("resource_type", self.types), ("account", self.accounts), ("region", self.regions))
        stated = [{"column": column, "values": values} for column, values in given if values]
        return asked_query({"last": str(self.month), "filters": stated}).filters


@dataclass(frozen=True)
class OpenedPlace:
    """Deliveries that can be asked."""

    engine: SqlEngine
    table: str
    """Quoted."""
    source: str
    files: FilesSeen = field(default_factory=FilesSeen)
    told: Callable[[], Sequence[CoverageEntry]] = tuple
    """Gives what became of asking, once all has been asked."""


OpenPlace = Callable[[Sequence[ChangeQuery]], AbstractContextManager[OpenedPlace]]
"""Opens the deliveries that some queries need, each of which is asked once."""


def changes_report(request: ChangesRequest, place: OpenPlace) -> MonthlyChanges:
    """Return the report of a month, with the answer to the question where one was asked.

    Two statements at most. Raises Fa2Error for what cannot be asked, read or answered.
    """
    filters = request.filters()
    reading = RuleReader().read(request.question, request.month) if request.question else None
    reading = _narrowed(reading, filters) if reading else None
    asked = MonthAsked(request.month, filters, request.months_before)
    with place([asked.query, *([reading.query] if reading and reading.query else [])]) as opened:
        answer = answered(opened.engine, request.question, reading, opened.table) if reading else None
        asked = replace(asked, source=opened.source)
        report = monthly_report(opened.engine, asked, opened.table, files=opened.files, answer=answer)
        return replace(report, coverage=(*report.coverage, *opened.told()))


def _narrowed(reading: Reading, filters: Sequence[Filter]) -> Reading:
    """Return the reading with the filters of the report on top: a question is about what the report is about."""
    query: ChangeQuery | None = reading.query
    if query is None or not filters:
        return reading
    narrowed = query.model_copy(update={"filters": (*query.filters, *filters)})
    return Reading(narrowed, reading.understood, reading.not_understood)


def local_place(paths: Sequence[Path], watch: Callable[[int, int], None] = lambda done, total: None) -> OpenPlace:
    """Return the deliveries below some folders. watch: is told bytes on disk that were read, and all there are.

    Opening it raises UnusableInput when there is nothing at a path, or nothing of AWS Config.
    """

    @contextmanager
    def opened(queries: Sequence[ChangeQuery]) -> Iterator[OpenedPlace]:
        from fa2.sources.local.config_engine import config_engine
        from fa2.sources.local.config_files import config_files

        months = {month for query in queries for month in query.period}
        files = config_files(paths, months, LATE_DAYS)
        total, done = sum(file.size for file, _ in files.history), [0]

        def step(size: int) -> None:
            done[0] += size
            watch(done[0], total)

        with config_engine(files, (DATABASE, TABLE), duckdb_sql, step) as engine:
            loaded, source = engine.loaded, ", ".join(map(str, paths))
            if not files.delivered and not loaded.items and not loaded.snapshot_items:
                raise UnusableInput("changes.error.no_files", path=source)
            seen = FilesSeen(
                history=files.of_kind("ConfigHistory") + loaded.undelivered,
                snapshots=files.of_kind("ConfigSnapshot"),
                counted=True,
                snapshot_items=loaded.snapshot_items,
                coverage=tuple(loaded.coverage),
            )
            yield OpenedPlace(engine, quoted_name(DATABASE, TABLE), source, seen)

    return opened
