"""CloudTrail in Athena into changes: who changed what, from a day before the incident to its end.

People's, pipelines' and AWS's own changes alike; causes come before effects, so the time before the onset counts most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.athena.cloudtrail_athena_queries import Fetched, changes_query, fetched, missing_columns
from fa2.sources.aws.athena.engine import shown
from fa2.sources.aws.athena.examining import examine_table
from fa2.sources.aws.athena.failures import QueryFailed
from fa2.sources.aws.athena.source import (
    AthenaSettings,
    Known,
    allow,
    estimate,
    here,
    known,
    permissions,
    reach,
    refuse,
    run,
    size_of,
    tell_narrowing,
    unconfigured,
)
from fa2.sources.aws.athena.tables import partitions
from fa2.sources.aws.permissions import Permission
from fa2.sources.local.cloudtrail import changes
from fa2.sources.local.json_values import at, text
from fa2.sources.local.row_batches import batches

_NARROWED = timedelta(hours=2)
"""How long before the window is still asked where all of it costs too much."""


class CloudTrailAthenaSettings(AthenaSettings):
    """The section [cloudtrail_athena]."""

    lead_hours: Annotated[float, Field(ge=0, le=720)] = 24
    max_rows: Annotated[int, Field(ge=100, le=50_000)] = 3000


Asks = Ask[CloudTrailAthenaSettings]


class CloudTrailAthena:
    """Fetches changes from a CloudTrail table."""

    name = "cloudtrail_athena"
    title = "CloudTrail in Athena"
    service = "athena"
    tables: tuple[str, ...] = ("changes",)
    settings = CloudTrailAthenaSettings

    def permissions(self, settings: CloudTrailAthenaSettings, /) -> Sequence[Permission]:
        """Return what asking the table needs; nothing where none is named."""
        return permissions(settings)

    def plan(self, ask: Asks, /) -> Sequence[Estimate]:
        """Return what the query scans, as far as the catalogue knows. Two calls and more; see `estimate`."""
        return estimate(ask, [_period(ask)])

    def examine(self, ask: Asks, /) -> None:
        """Look at table, workgroup and what lies in the times; run a query that reads nothing, and stop one."""
        if not ask.settings.configured:
            return unconfigured(ask, self.name)
        if here(ask):
            examine_table(ask, _check, [_period(ask)])
        return None

    def collect(self, ask: Asks, planned: Sequence[Estimate], /) -> None:
        """Fetch the changes with one query; less of the time before the window where all of it costs too much."""
        if not ask.settings.configured:
            return unconfigured(ask, self.name)
        if here(ask):
            with ask.look(table="changes", window=_period(ask)) as look:
                found = ask.found if isinstance(ask.found, Known) else known(ask)
                _check(found)
                _collect(ask, look, found)
        return None


source = CloudTrailAthena()


def _period(ask: Asks, lead: timedelta | None = None) -> TimeWindow:
    window = ask.incident.window.window
    return TimeWindow(window.start - (timedelta(hours=ask.settings.lead_hours) if lead is None else lead), window.end)


def _onset(ask: Asks) -> datetime:
    told, window = ask.incident.alarm.timestamp if ask.incident.alarm else None, ask.incident.window.window
    return told if told and told in window else window.start


def _check(found: Known) -> None:
    """Raise QueryFailed for a table that lacks what every record has."""
    if missing := missing_columns(found.table):
        raise QueryFailed("coverage.athena_column", reason=", ".join(missing), workgroup="")


def _collect(ask: Asks, look: Look, found: Known) -> None:
    whole, short = _period(ask), _period(ask, min(_NARROWED, timedelta(hours=ask.settings.lead_hours)))
    for period in (whole, short):
        size = size_of(ask, found.table, [period])
        if (allowed := allow(ask, size, found.cutoff_bytes)) is not None:
            break
    else:
        refuse(ask, look, size)
        return
    if period != whole:
        look.partial("aws_narrowed", window=str(period), asked=str(whole))
    chosen = partitions(found.table, reach(ask, period))
    tell_narrowing(look, chosen, found.table)
    query = changes_query(found.table, chosen, period, onset=_onset(ask), most_rows=ask.settings.max_rows)
    look.asks(shown(query.sql, query.parameters))
    result = run(ask, look, query.sql, query.parameters, allowed)
    got: list[Fetched] = []
    for page in result.pages:
        events = list(fetched(query, page))
        for rows in batches("changes", changes((event.record for event in events), look.gaps)):
            look.add(rows)
        got += events
    _tell_repeated(look, got)


def _tell_repeated(look: Look, got: Sequence[Fetched]) -> None:
    """Say how many events were not fetched because the like of them were, and of whom most."""
    total = max((event.total for event in got), default=0)
    look.scanned(matched=total)
    if total > len(got):
        look.truncated()
        most = max(got, key=lambda event: event.times)
        action = f"{text(at(most.record, 'eventSource'))}:{text(at(most.record, 'eventName'))}"
        n = total - len(got)
        look.partial("cloudtrail_repeated", n=n, total=total, actor=most.who, action=action, times=most.times)
