"""Access logs of load balancers in Athena: all requests counted into log_counts, the telling ones shown in logs.

Counts are complete; raw lines are samples of requests that failed or took long, of each pattern those about the onset
and the first ones, read by the reader of exported access logs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow, total_seconds
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.athena.alb_access_logs_queries import (
    Counted,
    Wanted,
    counted,
    interval_of,
    missing_columns,
    requests_query,
)
from fa2.sources.aws.athena.engine import shown
from fa2.sources.aws.athena.examining import examine_table
from fa2.sources.aws.athena.failures import QueryFailed
from fa2.sources.aws.athena.source import (
    Allowed,
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
from fa2.sources.local.alb_access_logs import entries
from fa2.sources.local.row_batches import Row, batches

_APART = timedelta(hours=1)
"""Times that lie no farther apart are asked by one query, since they are mostly in the same partitions."""
_MOST_ROWS = 50_000
_BEFORE, _SINCE = 5, 20
"""Samples of a pattern before the onset, the latest, and since, the first."""


class AlbAccessLogsSettings(AthenaSettings):
    """The section [alb_access_logs]."""

    load_balancers: list[Annotated[str, Field(pattern=r"^app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}$")]] = Field(
        default_factory=list
    )
    slow_s: Annotated[float, Field(gt=0, le=4000)] = 5.0
    max_paths: Annotated[int, Field(ge=1, le=2000)] = 300


Asks = Ask[AlbAccessLogsSettings]


class AlbAccessLogs:
    """Counts the requests of load balancers in a table of access logs."""

    name = "alb_access_logs"
    title = "ALB access logs in Athena"
    service = "athena"
    tables: tuple[str, ...] = ("log_counts", "logs")
    settings = AlbAccessLogsSettings

    def permissions(self, settings: AlbAccessLogsSettings, /) -> Sequence[Permission]:
        """Return what asking the table needs; nothing where none is named."""
        return permissions(settings)

    def plan(self, ask: Asks, /) -> Sequence[Estimate]:
        """Return what the queries scan, as far as the catalogue knows. Two calls and more; see `estimate`."""
        return estimate(ask, [_hull(windows) for windows in _together(ask)])

    def examine(self, ask: Asks, /) -> None:
        """Look at table, workgroup and what lies in the times; run a query that reads nothing, and stop one."""
        if not ask.settings.configured:
            return unconfigured(ask, self.name)
        if here(ask):
            examine_table(ask, _check, [_hull(windows) for windows in _together(ask)])
        return None

    def collect(self, ask: Asks, planned: Sequence[Estimate], /) -> None:
        """Count the requests of the window and of normal times, by one query where they lie together."""
        if not ask.settings.configured:
            return unconfigured(ask, self.name)
        if not here(ask):
            return None
        for windows in _together(ask):
            with ask.look(table="log_counts", window=_hull(windows)) as look:
                found = ask.found = ask.found if isinstance(ask.found, Known) else known(ask)
                _check(found)
                _collect(ask, look, found, windows)
        return None


source = AlbAccessLogs()


def _check(found: Known) -> None:
    """Raise QueryFailed for a table that lacks what every request has."""
    if missing := missing_columns(found.table):
        raise QueryFailed("coverage.athena_column", reason=", ".join(missing), workgroup="")


def _together(ask: Asks) -> list[list[TimeWindow]]:
    """Return the window and the normal times by queries, that of the window first."""
    window = ask.incident.window.window
    groups: list[list[TimeWindow]] = []
    for each in sorted([window, *ask.incident.baselines]):
        if groups and each.start - groups[-1][-1].end <= _APART:
            groups[-1].append(each)
        else:
            groups.append([each])
    return sorted(groups, key=lambda group: window not in group)


def _hull(windows: Sequence[TimeWindow]) -> TimeWindow:
    return TimeWindow(min(w.start for w in windows), max(w.end for w in windows))


def _collect(ask: Asks, look: Look, found: Known, windows: Sequence[TimeWindow]) -> None:
    asked = _affordable(ask, look, found, windows)
    if asked is None:
        return
    windows, allowed = asked
    own = ask.incident.window.window
    total = total_seconds([own, *ask.incident.baselines])
    chosen = partitions(found.table, reach(ask, _hull(windows)))
    tell_narrowing(look, chosen, found.table)
    settings = ask.settings
    query = requests_query(
        found.table,
        chosen,
        windows,
        origin=own.start.replace(microsecond=0),
        interval_s=interval_of(own, total),
        wanted=Wanted(tuple(settings.load_balancers), settings.slow_s, settings.max_paths, _MOST_ROWS),
    )
    look.asks(shown(query.sql, query.parameters))
    result = run(ask, look, query.sql, query.parameters, allowed)
    telling: list[Counted] = []
    rows = 0
    for page in result.pages:
        lines = [line for line in counted(query, page) if _timed(line, look)]
        for batch in batches("log_counts", (_row(line, query.interval_s) for line in lines)):
            look.add(batch)
        telling += [line for line in lines if line.telling]
        rows += len(page)
    if rows >= _MOST_ROWS:
        look.truncated()
        look.partial("alb_many_patterns", n=_MOST_ROWS)
    for batch in entries(_samples(telling, own, _onset(ask)), f"{settings.database}.{settings.table}", look.gaps):
        look.add(batch)


def _affordable(
    ask: Asks, look: Look, found: Known, windows: Sequence[TimeWindow]
) -> tuple[Sequence[TimeWindow], Allowed] | None:
    """Return which of the windows can be asked, with what is reserved for it; the window alone before nothing."""
    own = ask.incident.window.window
    choices = [windows, [own]] if own in windows and len(windows) > 1 else [windows]
    size = None
    for choice in choices:
        size = size_of(ask, found.table, [_hull(choice)])
        if (allowed := allow(ask, size, found.cutoff_bytes)) is not None:
            if choice is not windows:
                look.partial("aws_narrowed", window=str(own), asked=str(_hull(windows)))
            return choice, allowed
    refuse(ask, look, size)
    return None


def _onset(ask: Asks) -> datetime:
    told, window = ask.incident.alarm.timestamp if ask.incident.alarm else None, ask.incident.window.window
    return told if told and told in window else window.start


def _timed(line: Counted, look: Look) -> bool:
    if line.bucket is None:
        look.gaps.add("alb_line", line.count, line.sample)
    return line.bucket is not None


def _row(line: Counted, interval_s: int) -> Row:
    return {
        "bucket": line.bucket,
        "interval_s": interval_s,
        "source": line.balancer,
        "service": line.service,
        "pattern": line.pattern,
        "level": line.level,
        "count": line.count,
        "sample": line.sample,
    }


def _samples(telling: Iterable[Counted], window: TimeWindow, onset: datetime) -> list[str]:
    """Return lines of the window to be shown, in the order of time: of each pattern about the onset and the first since."""
    edge = f"{onset:%Y-%m-%dT%H:%M:%S.%fZ}"
    by_pattern: defaultdict[tuple[str, str, str], list[Counted]] = defaultdict(list)
    for line in telling:
        if line.bucket is not None and line.bucket in window:
            by_pattern[line.balancer, line.service, line.pattern].append(line)
    shown: list[Counted] = []
    for lines in by_pattern.values():
        lines.sort(key=lambda line: line.first)
        before = [line for line in lines if line.first < edge]
        since = lines[len(before) :]
        shown += [*before[-_BEFORE:], *since[:_SINCE]]
    return [line.sample for line in sorted(shown, key=lambda line: line.first)]
