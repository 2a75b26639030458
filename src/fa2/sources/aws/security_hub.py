"""Security Hub: findings that are active, not yet worked on, grave enough and of late, the gravest first.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow, iso
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.local.json_values import Json, at, items
from fa2.sources.local.security_hub import rows_of

Label = Literal["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
Workflow = Literal["NEW", "NOTIFIED", "SUPPRESSED", "RESOLVED"]
_LABELS: tuple[Label, ...] = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_A_PAGE = 100
_LATER = timedelta(days=400)
"""Security Hub wants both ends of a time; findings of a past incident are still updated every day."""


class SecurityHubSettings(SourceSettings):
    """The section [security_hub]."""

    days: Annotated[int, Field(ge=1, le=365)] = 30
    min_severity: Label = "MEDIUM"
    workflow: tuple[Workflow, ...] = ("NEW", "NOTIFIED")
    max_findings: Annotated[int, Field(ge=1, le=20_000)] = 2_000


class SecurityHub:
    """Reads Security Hub."""

    name = "security_hub"
    title = "Security Hub"
    service = "securityhub"
    tables: tuple[str, ...] = ("findings",)
    settings = SecurityHubSettings

    def permissions(self, settings: SecurityHubSettings) -> Sequence[Permission]:
        """Return the one action."""
        return [Permission("securityhub:GetFindings")]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        """Return the most calls that it may make; asks nothing, and AWS charges nothing for reading."""
        settings: SecurityHubSettings = ask.settings
        calls = 1 + settings.max_findings // _A_PAGE
        return [Estimate(ask.name, f"findings: {settings.max_findings:,}", usd=0.0, calls=calls)]

    def examine(self, ask: Ask[Any]) -> None:
        """Ask for one finding."""
        settings: SecurityHubSettings = ask.settings
        with ask.look(query="GetFindings MaxResults=1") as look:
            client = ask.client()
            try:
                filters = _filters(_window(ask), settings)
                found = next(pages(client, "get_findings", holding="Findings", Filters=filters, MaxResults=1))
                look.note("note_findings_there" if items(at(found, "Findings")) else "note_findings_none")
            except client.exceptions.InvalidAccessException:
                look.skip("security_hub_off", region=ask.account.region)

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        """Read page by page, so that what came before a failure is kept."""
        settings: SecurityHubSettings = ask.settings
        window = _window(ask)
        query = f"GetFindings ACTIVE {'|'.join(settings.workflow)} severity>={settings.min_severity}"
        with ask.look(table="findings", query=query, window=window) as look:
            client = ask.client()
            try:
                for answer in _bounded(client, look, window, settings):
                    for rows in rows_of([answer], look.gaps):
                        look.add(rows)
            except client.exceptions.InvalidAccessException:
                look.skip("security_hub_off", region=ask.account.region)


source = SecurityHub()


def _window(ask: Ask[Any]) -> TimeWindow:
    settings: SecurityHubSettings = ask.settings
    end = ask.incident.window.window.end
    return TimeWindow(end - timedelta(days=settings.days), end)


def _bounded(client: Any, look: Look, window: TimeWindow, settings: SecurityHubSettings) -> Iterator[Json]:
    """Yield answers until the bound, without their tokens."""
    order = [{"Field": "SeverityNormalized", "SortOrder": "desc"}]
    asked: dict[str, Any] = {"Filters": _filters(window, settings), "SortCriteria": order, "MaxResults": _A_PAGE}
    left = settings.max_findings
    for answer in pages(client, "get_findings", holding="Findings", **asked):
        found = items(at(answer, "Findings"))
        yield {"Findings": found[:left]}
        left -= len(found)
        if left < 0 or (left == 0 and at(answer, "NextToken")):
            look.truncated()
            look.partial("findings_more", most=settings.max_findings, section=SecurityHub.name)
            return


def _filters(window: TimeWindow, settings: SecurityHubSettings) -> dict[str, list[dict[str, str]]]:
    def equal(values: Sequence[str]) -> list[dict[str, str]]:
        return [{"Value": value, "Comparison": "EQUALS"} for value in values]

    return {
        "RecordState": equal(["ACTIVE"]),
        "WorkflowStatus": equal(settings.workflow),
        "SeverityLabel": equal(_LABELS[_LABELS.index(settings.min_severity) :]),
        "UpdatedAt": [{"Start": iso(window.start), "End": iso(window.end + _LATER)}],
    }
