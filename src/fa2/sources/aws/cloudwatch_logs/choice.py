"""Which log groups are asked over which times: by settings or by the incident, what that scans, what the budget allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.cloudwatch_logs.groups import (
    AT_ONCE,
    LogGroup,
    described_groups,
    groups_with,
    is_application,
    named_groups,
    told_names,
)
from fa2.sources.aws.cloudwatch_logs.sizes import bytes_taken_in, share_of_stored, taking_in

if TYPE_CHECKING:
    from fa2.sources.aws.cloudwatch_logs.source import CloudWatchLogsSettings

PASSES = 3
"""How often a time is scanned at most, about: to count, for lines of trouble, for the patterns of the rest."""
_GB = 1e9
_PARTS = (1, 2, 4, 8)
"""A normal time that is too dear is asked for its newest half, quarter or eighth."""

Sizes = Mapping[tuple[str, TimeWindow], int]
"""Bytes by the log group's ARN and the time."""


@dataclass(frozen=True)
class Choice:
    """What there is to ask, before the budget has its say."""

    groups: tuple[LogGroup, ...]
    """Those the incident names first, then those that took in most, compared with normal times, first."""
    window: TimeWindow
    baselines: tuple[TimeWindow, ...]
    sizes: Sizes

    def bytes(self, groups: Iterable[LogGroup], window: TimeWindow) -> int:
        """Return the bytes of some log groups in one of the times."""
        return sum(self.sizes.get((group.arn, window), 0) for group in groups)


@dataclass(frozen=True)
class Scope:
    """What the budget allows to ask."""

    groups: tuple[LogGroup, ...]
    window: TimeWindow
    baselines: tuple[TimeWindow, ...]
    """Perhaps only their newest parts."""

    @property
    def periods(self) -> tuple[TimeWindow, ...]:
        """All times, the window first."""
        return self.window, *self.baselines


def choose(ask: Ask[CloudWatchLogsSettings]) -> Choice:
    """Return the log groups and times to ask, and what lies there; a few calls that cost nothing or next to it.

    Tells in looks which log groups were chosen and why, and which are not there.
    """
    window = ask.incident.window.window
    times = (window, *ask.incident.baselines)
    settings = ask.settings
    groups: list[LogGroup] = []
    named = ", ".join(settings.groups)
    with ask.look(query=f"DescribeLogGroups {named}".strip()) as look:
        groups = _named(ask, look) if settings.groups else _told(ask)
    sizes: dict[tuple[str, TimeWindow], int] = {}
    if not settings.groups:
        groups += _busy(ask, groups)
    if groups:
        sizes = _sizes(ask, groups, times)
    told = set(told_names(ask.incident))
    groups.sort(key=lambda g: (not _is_told(g, told), -_growth(g, sizes, times), g.name))
    if not settings.groups and groups:
        groups = groups[:AT_ONCE]
        with ask.look(query="DescribeLogGroups, ListMetrics AWS/Logs IncomingBytes", window=window) as look:
            listed = ", ".join(group.name for group in groups[:10]) + (" …" if len(groups) > 10 else "")
            look.note("note_logs_groups_chosen", n=len(groups), example=listed)
    return Choice(tuple(groups), window, tuple(sorted(ask.incident.baselines, reverse=True)), sizes)


def afford(ask: Ask[CloudWatchLogsSettings], choice: Choice, *, now: datetime) -> Scope | None:
    """Return what the budget allows, which is reserved: the window, then normal times, the newest first.

    Normal times are asked as far back as all the log groups keep events: what one of them has lost would make all
    that it writes look new.

    Where not even the window fits, its log groups are asked as far as they fit, in their order. What is left out is
    told in looks. Null where nothing fits.
    """
    groups = [*choice.groups]
    if not _take(ask, choice.bytes(groups, choice.window)):
        groups = [group for group in groups if _take(ask, choice.bytes([group], choice.window))]
        _tell_left_out(ask, choice, groups)
    if not groups:
        return None
    baselines = []
    for stated in choice.baselines:
        baseline = _kept_part(ask, groups, stated, now)
        if baseline is None:
            continue
        size = int(choice.bytes(groups, stated) * (baseline.duration / stated.duration))
        part = next((part for part in _PARTS if _take(ask, size // part)), None)
        if part:
            newest = TimeWindow(baseline.end - baseline.duration / part, baseline.end)
            baselines.append(newest)
        if part != 1:
            _tell_narrowed(ask, baseline, baselines[-1] if part else None, size)
    return Scope(tuple(groups), choice.window, tuple(baselines))


def _kept_part(ask: Ask[Any], groups: Sequence[LogGroup], baseline: TimeWindow, now: datetime) -> TimeWindow | None:
    """Return the part of a normal time that all log groups still keep; tells what is lost, and where."""
    lost = {g.name: now - timedelta(days=g.retention_days) for g in groups if g.retention_days}
    since = max(lost.values(), default=baseline.start)
    if since <= baseline.start:
        return baseline
    losing = sorted(name for name, start in lost.items() if start > baseline.start)
    missing = TimeWindow(baseline.start, min(since, baseline.end))
    with ask.look(table="logs", query=", ".join(losing[:AT_ONCE]), window=missing) as look:
        look.skip("logs_not_kept", n=len(losing), example=losing[0])
    return TimeWindow(since, baseline.end) if since < baseline.end else None


def dollars(ask: Ask[Any], size: int, passes: int = PASSES) -> float:
    """Return what scanning so many bytes, and as often as is needed at most, costs."""
    return size * passes / _GB * ask.prices.logs_insights_gb


def _take(ask: Ask[Any], size: int) -> bool:
    return ask.budget.take(usd=dollars(ask, size), bytes=size * PASSES)


def _tell_left_out(ask: Ask[Any], choice: Choice, kept: Sequence[LogGroup]) -> None:
    left = [group for group in choice.groups if group not in kept]
    with ask.look(table="logs", query=", ".join(g.name for g in left[:AT_ONCE]), window=choice.window) as look:
        look.skip("aws_over_budget", usd=_cents(dollars(ask, choice.bytes(left, choice.window))), left=_left(ask))


def _tell_narrowed(ask: Ask[Any], asked: TimeWindow, kept: TimeWindow | None, size: int) -> None:
    missing = TimeWindow(asked.start, kept.start) if kept else asked
    with ask.look(table="logs", query="Logs Insights", window=missing) as look:
        if kept:
            look.partial("aws_narrowed", window=str(kept), asked=str(asked))
        else:
            look.skip("aws_over_budget", usd=_cents(dollars(ask, size)), left=_left(ask))


def _cents(usd: float) -> float:
    return round(usd, 4)


def _left(ask: Ask[Any]) -> float | None:
    left = ask.budget.usd_left
    return None if left is None else _cents(left)


def _named(ask: Ask[CloudWatchLogsSettings], look: Look) -> list[LogGroup]:
    settings = ask.settings
    groups, missing = named_groups(ask.client(), settings.groups, settings.groups_not, ground=ask.account.ground)
    for name in missing:
        look.gaps.add("logs_group_missing", 1, name)
    return groups


def _told(ask: Ask[CloudWatchLogsSettings]) -> list[LogGroup]:
    """Return the log groups whose names hold what the incident tells."""
    found = {g.arn: g for name in told_names(ask.incident) for g in groups_with(ask.client(), name)}
    return _wanted(ask, found.values())


def _busy(ask: Ask[CloudWatchLogsSettings], known: Sequence[LogGroup]) -> list[LogGroup]:
    """Return the log groups that took in anything in the window, for where nobody names any."""
    window = ask.incident.window.window
    found: list[LogGroup] = []
    with ask.look(query="ListMetrics, GetMetricData AWS/Logs IncomingBytes", window=window, service="cloudwatch"):
        client = ask.client("cloudwatch")
        sizes = bytes_taken_in(client, taking_in(client), window)
        names = {group.name for group in known}
        fullest = sorted(sizes, key=lambda name: (-sizes[name], name))[: 4 * AT_ONCE]
        found = list(described_groups(ask.client(), [name for name in fullest if name not in names]))
    return _wanted(ask, found)


def _wanted(ask: Ask[CloudWatchLogsSettings], groups: Iterable[LogGroup]) -> list[LogGroup]:
    from fnmatch import fnmatchcase

    unwanted = ask.settings.groups_not
    return [g for g in groups if is_application(g) and not any(fnmatchcase(g.name, part) for part in unwanted)]


def _sizes(
    ask: Ask[CloudWatchLogsSettings], groups: Sequence[LogGroup], times: Sequence[TimeWindow]
) -> dict[tuple[str, TimeWindow], int]:
    """Return the bytes of each log group in each time; by what is stored, where the metric cannot be had."""
    told: dict[TimeWindow, dict[str, int]] = {}
    for time in times:
        with ask.look(query="GetMetricData AWS/Logs IncomingBytes", window=time, service="cloudwatch") as look:
            told[time] = bytes_taken_in(ask.client("cloudwatch"), [g.name for g in groups], time)
            if time == times[-1] and not any(told.values()):
                look.note("note_logs_sizes_guessed", n=len(groups))
    known = any(told.values())
    return {
        (g.arn, time): told[time].get(g.name, 0) if known and time in told else share_of_stored(g, time)
        for g in groups
        for time in times
    }


def _is_told(group: LogGroup, told: set[str]) -> bool:
    return any(name.casefold() in group.name.casefold() for name in told)


def _growth(group: LogGroup, sizes: Sizes, times: Sequence[TimeWindow]) -> float:
    """Return by how much a log group took in more, or less, in the window than normally: where to look first."""
    rates = [sizes.get((group.arn, time), 0) / time.duration.total_seconds() for time in times]
    normal = sum(rates[1:]) / max(len(rates) - 1, 1)
    return abs(rates[0] - normal) / (normal + 1.0)
