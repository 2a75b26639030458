"""GuardDuty: findings that are not archived, grave enough and of late, of each detector, the gravest first.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import MalformedAnswer, as_json, pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.guardduty import rows_of
from fa2.sources.local.json_values import Json, at, items, number, text

_BATCH = 50
_SIDE_BY_SIDE = 4
_NO_FINDING = "0" * 32
"""Asked for where there is none: GuardDuty then says only whether asking is allowed."""


class GuardDutySettings(SourceSettings):
    """The section [guardduty]."""

    days: Annotated[int, Field(ge=1, le=90)] = 30
    min_severity: Annotated[float, Field(ge=0, le=10)] = 4.0
    max_findings: Annotated[int, Field(ge=1, le=20_000)] = 2_000


class GuardDuty:
    """Reads GuardDuty."""

    name = "guardduty"
    title = "GuardDuty"
    service = "guardduty"
    tables: tuple[str, ...] = ("findings",)
    settings = GuardDutySettings

    def permissions(self, settings: GuardDutySettings) -> Sequence[Permission]:
        """Return the three actions that read."""
        return [Permission(f"guardduty:{action}") for action in ("ListDetectors", "ListFindings", "GetFindings")]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        """Return the most calls that it may make; asks nothing, and AWS charges nothing for reading."""
        settings: GuardDutySettings = ask.settings
        calls = 2 + 2 * settings.max_findings // _BATCH
        return [Estimate(ask.name, f"findings: {settings.max_findings:,}", usd=0.0, calls=calls)]

    def examine(self, ask: Ask[Any]) -> None:
        """Ask for the detectors, for the id of one finding, and for that finding."""
        detectors: list[str] = []
        with ask.look(query="ListDetectors") as look:
            detectors = _detectors(ask)
            if not detectors:
                look.skip("guardduty_off", region=ask.account.region)
        for detector in detectors[:1]:
            ids: list[str] = []
            with ask.look(query=f"ListFindings {detector}") as look:
                asked: dict[str, Any] = {"DetectorId": detector, "MaxResults": 1}
                page = next(pages(ask.client(), "list_findings", holding="FindingIds", **asked))
                ids = [id for id in map(text, items(at(page, "FindingIds"))) if id]
                look.note("note_findings_there" if ids else "note_findings_none")
            with ask.look(query=f"GetFindings {detector}"):
                _findings(ask, detector, ids or [_NO_FINDING])

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        """List ids, then fetch findings in batches side by side."""
        settings: GuardDutySettings = ask.settings
        end = ask.incident.window.window.end
        window = TimeWindow(end - timedelta(days=settings.days), end)
        query = f"ListFindings, GetFindings archived=false severity>={settings.min_severity:g}"
        with ask.look(table="findings", query=query, window=window) as look:
            detectors = _detectors(ask)
            if not detectors:
                look.skip("guardduty_off", region=ask.account.region)
            for detector in detectors:
                _of_detector(ask, look, detector, window)


source = GuardDuty()


def _detectors(ask: Ask[Any]) -> list[str]:
    answers = pages(ask.client(), "list_detectors", holding="DetectorIds")
    return [id for answer in answers for id in map(text, items(at(answer, "DetectorIds"))) if id]


def _findings(ask: Ask[Any], detector: str, ids: list[str]) -> list[Json]:
    answer = as_json(ask.client().get_findings(DetectorId=detector, FindingIds=ids))
    if at(answer, "Findings") is None:
        raise MalformedAnswer("coverage.aws_broken_answer", service="guardduty", problem="get_findings: no Findings")
    return items(at(answer, "Findings"))


def _of_detector(ask: Ask[Any], look: Look, detector: str, window: TimeWindow) -> None:
    settings: GuardDutySettings = ask.settings
    ids = _ids(ask, look, detector, window)
    look.scanned(matched=len(ids))
    batches = [ids[n : n + _BATCH] for n in range(0, len(ids), _BATCH)]

    came = 0
    for findings in each(lambda batch: _findings(ask, detector, batch), batches, at_most=_SIDE_BY_SIDE):
        came += len(findings)
        grave: list[Json] = [f for f in findings if (number(at(f, "Severity")) or 0.0) >= settings.min_severity]
        for rows in rows_of([{"Findings": grave}], look.gaps):
            look.add(rows)
    if came < len(ids):
        look.partial("guardduty_missing", n=len(ids) - came)


def _ids(ask: Ask[Any], look: Look, detector: str, window: TimeWindow) -> list[str]:
    """Return the ids of findings, the gravest first, up to the bound."""
    settings: GuardDutySettings = ask.settings
    criterion = {
        "service.archived": {"Equals": ["false"]},
        "severity": {"GreaterThanOrEqual": int(settings.min_severity)},  # whole numbers only; the rest is dropped later
        "updatedAt": {"GreaterThanOrEqual": int(window.start.timestamp() * 1000)},
    }
    asked: dict[str, Any] = {"FindingCriteria": {"Criterion": criterion}, "MaxResults": _BATCH}
    asked |= {"SortCriteria": {"AttributeName": "severity", "OrderBy": "DESC"}, "DetectorId": detector}
    found: list[str] = []
    for answer in pages(ask.client(), "list_findings", holding="FindingIds", **asked):
        found += [id for id in map(text, items(at(answer, "FindingIds"))) if id]
        if len(found) > settings.max_findings:
            look.truncated()
            look.partial("findings_more", most=settings.max_findings, section=GuardDuty.name)
            break
    return found[: settings.max_findings]
