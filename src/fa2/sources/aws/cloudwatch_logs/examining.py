"""Tries beforehand what CloudWatch Logs will be asked for: log groups, how long they keep events, queries and stopping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_logs.choice import Choice, choose
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsQuery

_MOST_NAMED = 10
_LAG = timedelta(minutes=1)
"""A log group that keeps events of so long ago keeps those of now."""


def examine_logs(ask: Ask[Any], now: datetime) -> None:
    """Find the log groups and tell what of the times they keep; run one query of one line, and stop another."""
    choice = choose(ask)
    if not choice.groups:
        with ask.look(query="DescribeLogGroups") as look:
            look.skip("logs_no_groups")
        return
    _tell_retention(ask, choice, now)
    _tell_volume(ask, choice)
    query = _least_query(choice, now)
    with ask.look(query=f"StartQuery, GetQueryResults {query.groups[0].name}") as look, Insights(ask, 1) as insights:
        for _ in insights.answers(look, [query]):
            pass
    with ask.look(query="StopQuery"), Insights(ask, 1) as insights:
        insights.try_stopping(query)


def _tell_retention(ask: Ask[Any], choice: Choice, now: datetime) -> None:
    since = min((choice.window, *choice.baselines)).start
    hull = TimeWindow(since, choice.window.end)
    with ask.look(query="DescribeLogGroups retentionInDays logGroupClass", window=hull) as look:
        shown = ", ".join(f"{group.name} {group.retention_days or '∞'}" for group in choice.groups[:_MOST_NAMED])
        look.note("note_logs_retention", n=len(choice.groups), groups=shown + _more(choice.groups))
        for group in choice.groups:
            lost = _lost(group, now)
            if lost is not None and lost >= choice.window.end:
                look.gaps.add("logs_expired", 1, group.name)
            elif lost is not None and lost > since:
                look.gaps.add("logs_not_kept", 1, f"{group.name} ({group.retention_days})")
            if group.infrequent:
                look.gaps.add("note_logs_infrequent", 1, group.name)


def _tell_volume(ask: Ask[Any], choice: Choice) -> None:
    """Tell which log groups took in nothing in the window, by what was learnt of their sizes; asks nothing."""
    silent = [group for group in choice.groups if not choice.bytes([group], choice.window)]
    with ask.look(query="GetMetricData AWS/Logs IncomingBytes", window=choice.window) as look:
        if len(silent) == len(choice.groups):
            look.partial("logs_no_events", n=len(silent), example=silent[0].name)
        elif silent:
            look.note("note_logs_silent", n=len(silent), example=silent[0].name)
        else:
            look.note("note_logs_volume", size=choice.bytes(choice.groups, choice.window))


def _least_query(choice: Choice, now: datetime) -> InsightsQuery:
    """Return a query for one line of the last second that a log group keeps, of the window where it can be."""
    window = choice.window
    kept = [g for g in choice.groups if (_lost(g, now) or window.start) < window.end - _LAG]
    end = min(window.end, now) if kept else now
    second = TimeWindow(end - timedelta(seconds=1), end)
    return InsightsQuery("fields @timestamp | limit 1", tuple((kept or list(choice.groups))[:1]), second)


def _lost(group: LogGroup, now: datetime) -> datetime | None:
    """Return before when a log group has nothing any more; null where it keeps everything."""
    return now - timedelta(days=group.retention_days) if group.retention_days else None


def _more(groups: Sequence[LogGroup]) -> str:
    return ", …" if len(groups) > _MOST_NAMED else ""
