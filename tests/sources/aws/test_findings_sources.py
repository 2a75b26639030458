"""Security Hub and GuardDuty against the fakes: filters, pages, batches, bounds, and services that are off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import fake_guardduty
import fake_securityhub
import pytest
from accounts_here import account_at
from asking import WINDOW, ask_of, collected
from fake_guardduty import FakeGuardDuty
from fake_securityhub import FakeSecurityHub
from faults import DENIED, FAULTS, SILENT, Garbled
from loopback import Loopback, serving

from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.sources.aws import guardduty, security_hub
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.guardduty import GuardDutySettings
from fa2.sources.aws.security_hub import SecurityHubSettings

BUCKET = ("AwsS3Bucket", "arn:aws:s3:::receipts")
DAY = timedelta(days=1)


def hub_finding(n: int, label: str = "HIGH", at: datetime = WINDOW.end - DAY, **more: object) -> dict[str, Any]:
    return fake_securityhub.finding(n, label, at, BUCKET, **more)


def duty_finding(n: int, severity: float = 8.0, at: datetime = WINDOW.end - DAY, **more: object) -> dict[str, Any]:
    details = {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": f"i-{n:08x}"}}
    return fake_guardduty.finding(n, severity, at, "CryptoCurrency:EC2/BitcoinTool.B", details, **more)


def hub(*findings: dict[str, Any], **more: Any) -> FakeSecurityHub:
    return FakeSecurityHub(WINDOW.end, list(findings), **more)


def of_hub(aws: Loopback, deadline: Deadline | None = None, **settings: Any) -> Ask[Any]:
    limit = deadline or Deadline(20)
    return ask_of(security_hub.source, account_at(aws, limit), settings=SecurityHubSettings(**settings), deadline=limit)


def of_duty(aws: Loopback, deadline: Deadline | None = None, **settings: Any) -> Ask[Any]:
    limit = deadline or Deadline(20)
    return ask_of(guardduty.source, account_at(aws, limit), settings=GuardDutySettings(**settings), deadline=limit)


def codes(coverage: list[CoverageEntry]) -> list[tuple[str, str]]:
    return [(e.status, e.error.code) for e in coverage if e.error]


def test_security_hub_gives_what_is_active_open_grave_and_recent() -> None:
    fake = hub(
        hub_finding(1, "CRITICAL"),
        hub_finding(2, "MEDIUM", Workflow={"Status": "NOTIFIED"}),
        hub_finding(3, "LOW"),
        hub_finding(4, RecordState="ARCHIVED"),
        hub_finding(5, Workflow={"Status": "SUPPRESSED"}),
        hub_finding(6, at=WINDOW.end - 40 * DAY),
        hub_finding(7, at=WINDOW.end + 3 * DAY),
    )
    with serving(fake) as aws:
        rows, coverage = collected(of_hub(aws))
    found = {(r["title"], r["severity"], r["severity_label"], r["status"]) for r in rows["findings"]}
    assert found == {
        ("finding 1", 90.0, "CRITICAL", "NEW"),
        ("finding 2", 40.0, "MEDIUM", "NOTIFIED"),
        ("finding 7", 70.0, "HIGH", "NEW"),
    }
    assert [(e.status, e.rows_returned) for e in coverage] == [("ok", 3)]


def test_security_hub_settings_widen_and_narrow() -> None:
    fake = hub(
        hub_finding(1, "LOW"),
        hub_finding(2, Workflow={"Status": "SUPPRESSED"}),
        hub_finding(3, at=WINDOW.end - 40 * DAY),
    )
    with serving(fake) as aws:
        rows, _ = collected(of_hub(aws, min_severity="LOW", days=60, workflow=["SUPPRESSED", "NEW"]))
        assert len(rows["findings"]) == 3
        rows, _ = collected(of_hub(aws, min_severity="CRITICAL"))
        assert rows == {}


def test_security_hub_is_read_to_the_last_page_and_not_beyond_the_bound() -> None:
    fake = hub(*(hub_finding(n, "MEDIUM" if n else "CRITICAL") for n in range(250)))
    with serving(fake) as aws:
        rows, coverage = collected(of_hub(aws))
        assert len({r["id"] for r in rows["findings"]}) == 250
        assert codes(coverage) == []
        rows, coverage = collected(of_hub(aws, max_findings=120))
    assert len(rows["findings"]) == 120
    assert "finding 0" in {r["title"] for r in rows["findings"]}
    assert codes(coverage) == [("partial", "findings_more")]
    assert coverage[0].truncated


def test_security_hub_that_is_off_is_skipped_with_the_reason() -> None:
    with serving(hub(enabled=False)) as aws:
        rows, coverage = collected(of_hub(aws))
    assert codes(coverage) == [("skipped", "security_hub_off")]
    assert rows == {}


def test_guardduty_gives_what_is_not_archived_grave_and_recent() -> None:
    archived = duty_finding(3)
    archived["Service"]["Archived"] = True
    fake = FakeGuardDuty(
        [
            duty_finding(1, 8.0),
            duty_finding(2, 3.9),
            archived,
            duty_finding(4, 4.2),
            duty_finding(5, 4.7),
            duty_finding(6, at=WINDOW.end - 40 * DAY),
        ]
    )
    with serving(fake) as aws:
        rows, coverage = collected(of_duty(aws, min_severity=4.5))
    assert {(r["resource_id"], r["severity"], r["severity_label"]) for r in rows["findings"]} == {
        ("i-00000001", 80.0, "HIGH"),
        ("i-00000005", 47.0, "MEDIUM"),
    }
    assert codes(coverage) == []


def test_guardduty_is_fetched_in_batches_of_fifty_from_each_detector() -> None:
    fake = FakeGuardDuty([duty_finding(n) for n in range(130)])
    with serving(fake) as aws:
        rows, _ = collected(of_duty(aws))
        sizes = sorted(len(c.params["FindingIds"]) for c in aws.calls if c.operation == "GetFindings")  # type: ignore[arg-type]
    assert len({r["id"] for r in rows["findings"]}) == 130
    assert sizes == [30, 50, 50]


def test_guardduty_keeps_the_gravest_within_its_bound() -> None:
    fake = FakeGuardDuty([duty_finding(n, 5.0 if n else 9.5) for n in range(60)])
    with serving(fake) as aws:
        rows, coverage = collected(of_duty(aws, max_findings=10))
    assert len(rows["findings"]) == 10
    assert max(r["severity"] for r in rows["findings"]) == 95.0
    assert codes(coverage) == [("partial", "findings_more")]


def test_guardduty_that_is_off_is_skipped_with_the_reason() -> None:
    with serving(FakeGuardDuty([], detectors=[])) as aws:
        rows, coverage = collected(of_duty(aws))
    assert codes(coverage) == [("skipped", "guardduty_off")]
    assert rows == {}


def test_findings_that_are_listed_and_not_given_are_told() -> None:
    with serving(FakeGuardDuty([duty_finding(n) for n in range(3)])) as aws:
        aws.fault("guardduty.GetFindings", Garbled(lambda right: {"Findings": right["Findings"][:2]}))  # type: ignore[index]
        rows, coverage = collected(of_duty(aws))
    assert len(rows["findings"]) == 2
    assert codes(coverage) == [("partial", "guardduty_missing")]


FATAL = ("throttled", "denied", "expired", "broken", "unavailable", "truncated", "malformed", "closed", "undecodable")


@pytest.mark.parametrize("fault", FATAL)
def test_pages_before_a_fault_are_kept(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(
        hub(*(hub_finding(n) for n in range(150))), FakeGuardDuty([duty_finding(n) for n in range(120)])
    ) as aws:
        aws.fault("securityhub.GetFindings", FAULTS[fault], after=1)
        rows, coverage = collected(of_hub(aws))
        assert (coverage[0].status, len(rows["findings"])) == ("partial", 100)
        assert coverage[0].error
        assert coverage[0].error.remedy
        aws.fault("guardduty.GetFindings", FAULTS[fault])
        rows, coverage = collected(of_duty(aws))
    assert (coverage[0].status, bool(coverage[0].error and coverage[0].error.remedy)) == ("failed", True)
    assert rows == {}


def test_denied_calls_name_the_statement() -> None:
    with serving(hub(), FakeGuardDuty([])) as aws:
        aws.fault("*", DENIED)
        for ask, action in ((of_hub(aws), "securityhub:GetFindings"), (of_duty(aws), "guardduty:ListDetectors")):
            _, coverage = collected(ask)
            assert f'"Action":"{action}"' in coverage[0].error.remedy  # type: ignore[union-attr]


def test_silence_and_deadlines_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts._READ_S", 0.2)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(hub(), FakeGuardDuty([])) as aws:
        aws.fault("*", SILENT)
        for ask in (of_hub(aws), of_duty(aws)):
            _, coverage = collected(ask)
            assert codes(coverage) == [("failed", "aws_silent")]
        over = Deadline(5)
        over.stop()
        for ask in (of_hub(aws, over), of_duty(aws, over)):
            with pytest.raises(DeadlinePassed):
                collected(ask)
            assert codes(ask.coverage) == [("failed", "aws_deadline")]


def test_only_what_is_declared_is_called() -> None:
    with serving(hub(hub_finding(1)), FakeGuardDuty([duty_finding(1)])) as aws:
        collected(of_hub(aws))
        collected(of_duty(aws))
        declared = [
            *security_hub.source.permissions(SecurityHubSettings()),
            *guardduty.source.permissions(GuardDutySettings()),
        ]
        assert aws.actions() == {p.action for p in declared}


def test_findings_as_moto_gives_them_are_read() -> None:
    import boto3
    from moto import mock_aws

    from fa2.sources.aws.accounts import Account, Calls
    from fa2.sources.aws.permissions import Ground

    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        client = session.client("securityhub")
        client.enable_security_hub()
        client.batch_import_findings(Findings=[hub_finding(n) for n in range(3)])
        deadline = Deadline(20)
        place = Account(session, Ground("123456789012", "us-east-1"), deadline=deadline, calls=Calls())
        rows, coverage = collected(ask_of(security_hub.source, place, deadline=deadline))
    assert {r["title"] for r in rows["findings"]} == {"finding 0", "finding 1", "finding 2"}
    assert codes(coverage) == []
