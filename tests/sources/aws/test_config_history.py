"""AWS Config against the fake: what changed, compared with what was before, and what is not recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from accounts_here import account_at
from asking import WINDOW, ask_of, collected, incident
from fake_config import FakeConfig, Item, item
from faults import DENIED, FAULTS, SILENT, Garbled
from loopback import Loopback, serving
from moto import mock_aws

from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.incident import Scope
from fa2.core.ports import Gaps
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.config.history import ConfigHistorySettings, _history, _Resource, source
from fa2.sources.aws.config.recorder import tell_recorder
from fa2.sources.aws.permissions import Ground
from fa2.sources.local.aws_config import changes_since

LONG_AGO = WINDOW.start - timedelta(days=40)
JUST_BEFORE = WINDOW.start - timedelta(minutes=7)
LAMBDA = "AWS::Lambda::Function"


def history(name: str, *timeouts: int, kind: str = LAMBDA) -> list[Item]:
    """Return items of a function whose timeout changed: the first long ago, the others in minutes before the window."""
    times = [LONG_AGO, *(JUST_BEFORE + timedelta(minutes=n) for n in range(len(timeouts) - 1))]
    return [item(at, kind, name, {"timeout": t, "memorySize": 128}) for at, t in zip(times, timeouts, strict=True)]


@pytest.fixture
def shop() -> FakeConfig:
    gone = item(WINDOW.start, "AWS::SQS::Queue", "mail", {})
    return FakeConfig(
        [
            *history("checkout", 30, 3, 5),
            *history("quiet", 30),
            item(LONG_AGO, "AWS::SQS::Queue", "mail", {"delay": 0}),
            {**gone, "configurationItemStatus": "ResourceDeleted", "configuration": ""},
        ]
    )


def asked(aws: Loopback, deadline: Deadline | None = None, **settings: Any) -> Ask[Any]:
    limit = deadline or Deadline(20)
    return ask_of(source, account_at(aws, limit), settings=ConfigHistorySettings(**settings), deadline=limit)


def codes(coverage: list[CoverageEntry]) -> list[tuple[str, str]]:
    return [(e.status, e.error.code) for e in coverage if e.error and not e.error.code.startswith("note_")]


def test_changes_are_told_against_the_item_before_the_range_and_deletions_too(shop: FakeConfig) -> None:
    with serving(shop) as aws:
        rows, coverage = collected(asked(aws))
        forward = [c.params for c in aws.calls if c.params.get("chronologicalOrder") == "Forward"]
        asked_of = {str(c.params["resourceId"]) for c in aws.calls if c.operation == "GetResourceConfigHistory"}
    found = [(r["action"], r["resource_id"], r["before"], r["after"]) for r in rows["changes"]]
    assert sorted(found, key=lambda change: change[0]) == [
        ("config:DELETE", "mail", '{"delay":0}', None),
        ("config:UPDATE", "checkout", '{"timeout":30}', '{"timeout":3}'),
        ("config:UPDATE", "checkout", '{"timeout":3}', '{"timeout":5}'),
    ]
    assert asked_of == {"checkout", "mail"}
    assert {p["earlierTime"] for p in forward} == {WINDOW.start - timedelta(hours=24)}
    assert {p["laterTime"] for p in forward} == {WINDOW.end}
    assert codes(coverage) == []
    assert {r["timestamp"] for r in rows["changes"]} == {JUST_BEFORE, JUST_BEFORE + timedelta(minutes=1), WINDOW.start}


def test_long_histories_are_read_to_their_end(shop: FakeConfig) -> None:
    shop.items = history("checkout", *range(250))
    ask_window = incident(WINDOW)
    with serving(shop) as aws:
        ask = asked(aws)
        ask.incident = ask_window.model_copy()
        shop.items = [
            {**i, "configurationItemCaptureTime": JUST_BEFORE + timedelta(milliseconds=n)}
            for n, i in enumerate(shop.items)
        ]
        rows, _ = collected(ask)
    assert len(rows["changes"]) == 249


def test_only_the_types_that_are_named_are_asked_for(shop: FakeConfig) -> None:
    with serving(shop) as aws:
        rows, _ = collected(asked(aws, resource_types=["AWS::SQS::Queue"]))
        (query,) = [str(c.params["Expression"]) for c in aws.calls if c.operation == "SelectResourceConfig"]
        listed = {c.params["resourceType"] for c in aws.calls if c.operation == "ListDiscoveredResources"}
    assert [r["resource_id"] for r in rows["changes"]] == ["mail"]
    assert query == (
        "SELECT resourceId, resourceType WHERE configurationItemCaptureTime >= '2026-11-19T03:00:00.000Z'"
        " AND resourceType IN ('AWS::SQS::Queue')"
    )
    assert listed == {"AWS::SQS::Queue"}


def test_a_type_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="should match pattern"):
        ConfigHistorySettings(resource_types=["x' OR '1'='1"])


def test_where_there_are_too_many_those_in_scope_come_first(shop: FakeConfig) -> None:
    shop.items = [i for n in range(30) for i in history(f"other{n:02}", 1, 2)] + history("zz-checkout", 1, 2)
    with serving(shop) as aws:
        ask = asked(aws, max_resources=3)
        ask.incident = incident(WINDOW, scope=Scope(services=["checkout"]))
        rows, coverage = collected(ask)
    assert {r["resource_id"] for r in rows["changes"]} == {"zz-checkout", "other00", "other01"}
    assert codes(coverage) == [("partial", "config_more_resources")]
    assert coverage[-1].error
    assert coverage[-1].error.values == {"n": 31, "most": 3}


def test_without_a_recorder_nothing_more_is_asked_and_the_remedy_named(shop: FakeConfig) -> None:
    shop.recording = None
    with serving(shop) as aws:
        rows, coverage = collected(asked(aws))
        assert len(aws.calls) == 1
    assert codes(coverage) == [("skipped", "config_no_recorder")]
    assert "ap-northeast-1" in coverage[0].error.message  # type: ignore[union-attr]
    assert rows == {}


def test_a_recorder_that_is_off_is_told_and_its_history_read(shop: FakeConfig) -> None:
    shop.recording = False
    with serving(shop) as aws:
        rows, coverage = collected(asked(aws))
    assert codes(coverage) == [("partial", "config_recorder_off")]
    (remedy,) = [e.error.remedy for e in coverage if e.error and e.status == "partial"]
    assert "start-configuration-recorder --configuration-recorder-name default" in remedy
    assert len(rows["changes"]) == 3


@pytest.mark.parametrize(
    ("group", "missing"),
    [
        ({"allSupported": False, "resourceTypes": ["AWS::SQS::Queue"]}, [LAMBDA]),
        ({"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}, "exclusionByResourceTypes": {"resourceTypes": [LAMBDA]}}, [LAMBDA]),
        ({"allSupported": True, "includeGlobalResourceTypes": False}, []),
    ],
)  # fmt: skip
def test_types_that_are_not_recorded_are_named(shop: FakeConfig, group: dict[str, Any], missing: list[str]) -> None:
    with serving(shop) as aws:
        aws.fault(
            "config.DescribeConfigurationRecorders",
            Garbled(lambda right: {"ConfigurationRecorders": [{"name": "default", "recordingGroup": group}]}),
        )
        _, coverage = collected(asked(aws, resource_types=[LAMBDA, "AWS::SQS::Queue"]))
    told = [e.error.values["types"] for e in coverage if e.error and e.error.code == "config_types_not_recorded"]
    assert told == missing


FATAL = ("throttled", "denied", "expired", "broken", "unavailable", "truncated", "malformed", "closed", "undecodable")


@pytest.mark.parametrize("fault", FATAL)
@pytest.mark.parametrize("operation", ["SelectResourceConfig", "ListDiscoveredResources", "GetResourceConfigHistory"])
def test_each_fault_is_told_and_the_rest_is_kept(
    shop: FakeConfig, operation: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(shop) as aws:
        aws.fault(f"config.{operation}", FAULTS[fault])
        rows, coverage = collected(asked(aws))
    failed = [e for e in coverage if e.status == "failed"]
    assert failed
    assert all(operation in (e.query or "") and e.error and e.error.remedy for e in failed)
    if operation == "SelectResourceConfig":
        assert {r["resource_id"] for r in rows["changes"]} == {"checkout", "mail"}
    if operation == "ListDiscoveredResources":
        assert {r["resource_id"] for r in rows["changes"]} == {"checkout"}


def test_a_denied_call_names_the_statement_that_allows_it(shop: FakeConfig) -> None:
    with serving(shop) as aws:
        aws.fault("config.GetResourceConfigHistory", DENIED)
        _, coverage = collected(asked(aws))
    assert '"Action":"config:GetResourceConfigHistory"' in coverage[-1].error.remedy  # type: ignore[union-attr]


def test_items_that_cannot_be_read_are_counted(shop: FakeConfig) -> None:
    def garble(right: dict[str, Any]) -> dict[str, Any]:
        return {**right, "Results": [*right["Results"], "{]", json.dumps({"resourceId": 5})]}

    with serving(shop) as aws:
        aws.fault("config.SelectResourceConfig", Garbled(garble))
        rows, coverage = collected(asked(aws))
    assert ("partial", "config_item") in codes(coverage)
    assert len(rows["changes"]) == 3


def test_a_silent_service_and_a_passed_deadline_are_named(shop: FakeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts._READ_S", 0.3)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(shop) as aws:
        aws.fault("config.SelectResourceConfig", SILENT)
        rows, coverage = collected(asked(aws))
        assert ("failed", "aws_silent") in codes(coverage)
        assert rows["changes"]
        over = Deadline(5)
        over.stop()
        ask = asked(aws, over)
        with pytest.raises(DeadlinePassed):
            collected(ask)
    assert codes(ask.coverage) == [("failed", "aws_deadline")]


def test_only_what_is_declared_is_called(shop: FakeConfig) -> None:
    with serving(shop) as aws:
        collected(asked(aws))
        assert aws.actions() == {p.action for p in source.permissions(ConfigHistorySettings())}


def test_the_history_of_a_bucket_as_moto_gives_it_is_read() -> None:
    with mock_aws():
        boto3.client("s3", "us-east-1").create_bucket(Bucket="receipts")
        config = boto3.client("config", "us-east-1")
        role = "arn:aws:iam::123456789012:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "receipts"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")
        deadline, now = Deadline(20), datetime.now(UTC)
        ground = Ground("123456789012", "us-east-1")
        place = Account(boto3.Session(region_name="us-east-1"), ground, deadline=deadline, calls=Calls())
        range = TimeWindow(now - timedelta(hours=1), now + timedelta(hours=1))
        ask = ask_of(source, place, about=incident(range), deadline=deadline)
        before, history = _history(ask, _Resource("AWS::S3::Bucket", "receipts"), range)
        assert tell_recorder(ask, [LAMBDA])
    gaps = Gaps()
    assert before is not None  # moto gives what is now whatever time is asked for
    assert list(changes_since(before, history, gaps)) == []
    assert gaps.counts == {"note_config_unchanged": 1}
    assert {e.status for e in ask.coverage} == {"ok"}
