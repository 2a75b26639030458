"""CloudWatch Logs through Logs Insights: lines counted over window and normal times, and those that tell something.

The way of an investigation: lines and lines of trouble are counted over time; log groups with few lines are fetched
whole; of the others lines of trouble are fetched whole, the rest is counted by pattern where it lies, and samples are
taken around the onset and of patterns that stand out. docs/decisions/0014 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_logs.choice import PASSES, Choice, afford, choose, dollars
from fa2.sources.aws.cloudwatch_logs.examining import examine_logs
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup, batches
from fa2.sources.aws.cloudwatch_logs.investigation import Investigation
from fa2.sources.aws.cloudwatch_logs.queries import Insights
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings

GroupName = Annotated[str, Field(pattern=r"^[.\-_/#A-Za-z0-9*?:]{1,600}$")]
_GROUP_ARN = "arn:{partition}:logs:{region}:{account}:log-group:"


class CloudWatchLogsSettings(SourceSettings):
    """The section [cloudwatch_logs]."""

    groups: list[GroupName] = Field(default_factory=list)
    """Names, globs or ARNs of log groups; empty: chosen by the incident."""
    groups_not: list[GroupName] = Field(default_factory=list)
    """Names or globs of log groups to leave out."""
    query: Annotated[str, Field(max_length=10_000)] = ""
    """A query of one's own, run over the window as it stands, besides ours."""
    max_concurrent_queries: Annotated[int, Field(ge=1, le=100)] = 8
    rows_per_pattern: Annotated[int, Field(ge=0, le=1000)] = 20
    max_rows: Annotated[int, Field(ge=1000, le=2_000_000)] = 50_000
    """About how many raw lines travel at most."""


class CloudWatchLogs:
    """The source for CloudWatch Logs."""

    name = "cloudwatch_logs"
    title = "CloudWatch Logs"
    service = "logs"
    tables: tuple[str, ...] = ("logs", "log_counts")
    settings = CloudWatchLogsSettings

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """clock: tells what log groups still keep."""
        self._clock = clock

    def permissions(self, settings: CloudWatchLogsSettings) -> Sequence[Permission]:
        """Return the actions of Logs Insights on the log groups that may be asked, and those for choosing and sizes."""
        asked = tuple(_group_arn(name) for name in settings.groups) or (f"{_GROUP_ARN}*",)
        chosen = [] if settings.groups else [Permission("cloudwatch:ListMetrics")]
        return [
            Permission("logs:DescribeLogGroups", (f"{_GROUP_ARN}*",)),
            Permission("logs:StartQuery", asked),
            Permission("logs:GetQueryResults"),
            Permission("logs:StopQuery"),
            Permission("cloudwatch:GetMetricData"),
            *chosen,
        ]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        """Return what the log groups took in over window and normal times, times the scans that are made at most."""
        choice = choose(ask)
        ask.found = choice
        if not choice.groups:
            return []
        size = PASSES * sum(choice.bytes(choice.groups, time) for time in (choice.window, *choice.baselines))
        size += choice.bytes(choice.groups, choice.window) if ask.settings.query else 0
        return [Estimate(ask.name, _what(choice.groups), bytes=size, usd=dollars(ask, size, 1), calls=_calls(choice))]

    def examine(self, ask: Ask[Any]) -> None:
        """Find the log groups and say what of the times they keep; run one query of one line, and stop another."""
        examine_logs(ask, self._clock())

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        """Ask what the budget allows; queries that still run at the end, whatever the end, are stopped."""
        choice = ask.found if isinstance(ask.found, Choice) else choose(ask)
        if not choice.groups:
            with ask.look(table="logs", query="Logs Insights", window=choice.window) as look:
                look.skip("logs_no_groups")
            return
        scope = afford(ask, choice, now=self._clock())
        if scope is not None:
            with Insights(ask, ask.settings.max_concurrent_queries) as insights:
                Investigation(insights, scope).run()


source = CloudWatchLogs()


def _group_arn(name: str) -> str:
    return f"{name.removesuffix(':*')}:*" if name.startswith("arn:") else f"{_GROUP_ARN}{name}:*"


def _what(groups: Sequence[LogGroup]) -> str:
    return ", ".join(group.name for group in groups[:3]) + (f", … ({len(groups)})" if len(groups) > 3 else "")


def _calls(choice: Choice) -> int:
    """Return about how many requests: some ten queries for each time and fifty log groups, each polled a few times."""
    return 40 * (1 + len(choice.baselines)) * len(list(batches(choice.groups)))
