"""Puts `fa2 changes` together: a place with AWS Config's deliveries, a month and a question to a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fa2.changes.answering import answered
from fa2.changes.change_queries import ChangeQuery, Filter, asked_query
from fa2.changes.change_sql import LATE_DAYS
from fa2.changes.config_table import quoted_name
from fa2.changes.local_sql import duckdb_sql
from fa2.changes.monthly_report import DEFAULT_MONTHS_BEFORE, FilesSeen, MonthAsked, monthly_report
from fa2.changes.questions import Reading, RuleReader
from fa2.core.errors import UnusableInput
from fa2.core.monthly_changes import MonthlyChanges
from fa2.core.months import Month, months_through
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


OpenPlace = Callable[[Collection[Month]], AbstractContextManager[OpenedPlace]]
"""Opens the deliveries of some months."""


def changes_report(request: ChangesRequest, place: OpenPlace) -> MonthlyChanges:
    """Return the report of a month, with the answer to the question where one was asked.

    Two statements at most. Raises Fa2Error for what cannot be asked, read or answered.
    """
    filters = request.filters()
    reading = RuleReader().read(request.question, request.month) if request.question else None
    months = set(months_through(request.month, request.months_before + 1))
    if reading and reading.query:
        months |= set(reading.query.period)
        reading = _narrowed(reading, filters)
    with place(months) as opened:
        answer = answered(opened.engine, request.question, reading, opened.table) if reading else None
        asked = MonthAsked(request.month, filters, request.months_before, opened.source)
        return monthly_report(opened.engine, asked, opened.table, files=opened.files, answer=answer)


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
    def opened(months: Collection[Month]) -> Iterator[OpenedPlace]:
        from fa2.sources.local.config_engine import config_engine
        from fa2.sources.local.config_files import config_files

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


def athena_place(table: str, *, workgroup: str, output: str, deadline_s: float) -> OpenPlace:
    """Return the table DATABASE.TABLE in Athena. Each statement scans the history files of its months.

    Raises UnusableInput when the table is no name.
    """
    database, _, name = table.partition(".")
    quoted = quoted_name(database, name)

    @contextmanager
    def opened(months: Collection[Month]) -> Iterator[OpenedPlace]:
        import boto3

        from fa2.core.deadlines import Deadline
        from fa2.sources.aws.athena import Athena, AthenaPlace

        place = AthenaPlace(database, workgroup, output)
        yield OpenedPlace(
            Athena(boto3.client("athena"), place, deadline=Deadline(deadline_s)), quoted, f"athena:{table}"
        )

    return opened


def place_of_environment(environment: Mapping[str, str] = os.environ) -> OpenPlace:
    """Return the place that a deployed function reads: FA2_CHANGES_FROM, a folder, or FA2_CHANGES_TABLE in Athena.

    For Athena FA2_CHANGES_WORKGROUP, FA2_CHANGES_OUTPUT (s3://…) and FA2_CHANGES_DEADLINE (seconds) may be set.
    Raises UnusableInput when neither is.
    """
    if folder := environment.get("FA2_CHANGES_FROM"):
        return local_place([Path(folder)])
    if table := environment.get("FA2_CHANGES_TABLE"):
        return athena_place(
            table,
            workgroup=environment.get("FA2_CHANGES_WORKGROUP", "primary"),
            output=environment.get("FA2_CHANGES_OUTPUT", ""),
            deadline_s=float(environment.get("FA2_CHANGES_DEADLINE", "60")),
        )
    raise UnusableInput("changes.error.place")
