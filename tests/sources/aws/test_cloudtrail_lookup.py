"""CloudTrail's event history: pieces around the onset, all pages, its pace, and what was not reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import boto3
import orjson
import pytest
from asking import WINDOW, Kept, ask_of, collected, incident
from fake_cloudtrail import FakeCloudTrail, Record, record
from faults import FAULTS, SILENT, THROTTLED, Garbled
from loopback import ACCOUNT, Loopback, access_key
from wire import Params

from fa2.core.deadlines import Deadline
from fa2.core.incident import Alarm
from fa2.sources.aws import cloudtrail_lookup
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudtrail_lookup import CloudTrailLookup, CloudTrailLookupSettings
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.settings import SourceSettings

NOW = WINDOW.end + timedelta(hours=1)
PACE_S = cloudtrail_lookup.PACE_S
CHANGED = WINDOW.start - timedelta(minutes=4)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudtrail_lookup, "PACE_S", 0.001)


ALICE = {"type": "IAMUser", "userName": "Alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/Alice", "accountId": ACCOUNT}
BOT = {**ALICE, "userName": "deploy-bot", "arn": f"arn:aws:iam::{ACCOUNT}:user/deploy-bot"}
REQUEST = {"functionName": "checkout", "note": 'commas, "quotes", null', "timeout": None}


def history(*records: Record) -> FakeCloudTrail:
    return FakeCloudTrail(NOW, list(records))


def event(when: datetime, name: str = "UpdateFunctionConfiguration", origin: str = "lambda", **more: Any) -> Record:
    n = int(when.timestamp()) % 100_000_000
    return record(when, origin, name, more.pop("who", ALICE), n, requestParameters=REQUEST, **more)


def asking(
    aws: Loopback, *, seconds: float = 20.0, region: str = "ap-northeast-1", about: Any = None, **settings: Any
) -> Ask[Any]:
    deadline = Deadline(seconds)
    place = Account(
        boto3.Session(access_key(), "secret"),
        Ground(ACCOUNT, region),
        deadline=deadline,
        calls=Calls(),
        endpoint_url=aws.url,
    )
    chosen = CloudTrailLookupSettings(**{"global_region": "", **settings})
    return ask_of(CloudTrailLookup(lambda: NOW), place, settings=chosen, deadline=deadline, about=about)


def actions(rows: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    return sorted((row["timestamp"].isoformat(), row["action"]) for row in rows.get("changes", []))


def test_changes_before_the_onset_by_people_and_machines_are_found_and_what_only_reads_is_not(aws: Loopback) -> None:
    aws.serve(
        history(
            event(CHANGED),
            event(CHANGED, "PutRule", origin="events", who=BOT),
            event(CHANGED, "GetFunction", readOnly=True),
            event(WINDOW.start - timedelta(hours=23), "ModifyDBInstance", origin="rds"),
            event(WINDOW.start - timedelta(hours=25), "DeleteTable", origin="dynamodb"),
            event(WINDOW.end, "TooLate"),
        )
    )
    rows, coverage = collected(asking(aws))
    assert {(row["actor"], row["action"]) for row in rows["changes"]} == {
        ("Alice", "lambda:UpdateFunctionConfiguration"),
        ("deploy-bot", "events:PutRule"),
        ("Alice", "rds:ModifyDBInstance"),
    }
    (changed,) = [row for row in rows["changes"] if row["action"].startswith("lambda")]
    assert orjson.loads(changed["after"])["note"] == 'commas, "quotes", null'
    assert {entry.status for entry in coverage} == {"ok"}
    assert min(e.window.start for e in coverage if e.window) == WINDOW.start - timedelta(hours=24)
    assert max(e.window.end for e in coverage if e.window) == WINDOW.end


def test_each_second_is_asked_once_and_the_half_hour_before_the_alarm_first(aws: Loopback) -> None:
    aws.serve(history(*(event(WINDOW.end - timedelta(seconds=s), f"Put{s}") for s in range(1, 86_400, 599))))
    onset = WINDOW.start + timedelta(minutes=7, microseconds=500_000)
    about = incident(alarm=Alarm(name="a", timestamp=onset))
    rows, coverage = collected(asking(aws, about=about))
    found = actions(rows)
    assert len(found) == len(set(found)) == 145
    first = coverage[0].window
    assert first is not None
    assert (first.start, first.end) == (onset - timedelta(minutes=30), onset)


def test_all_pages_are_read_no_faster_than_allowed(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(Deadline, "wait", lambda _, seconds: waits.append(seconds))
    aws.serve(history(*(event(CHANGED - timedelta(seconds=s), f"Put{s}") for s in range(230))))
    rows, _ = collected(asking(aws))
    calls = aws.counted()["cloudtrail.LookupEvents"]
    assert len(rows["changes"]) == 230
    assert (calls, len(waits)) == (5 + 5, 9)  # five pages, and one each for the other five pieces
    assert set(waits) == {cloudtrail_lookup.PACE_S}


def test_no_more_than_two_calls_a_second_are_allowed() -> None:
    assert PACE_S >= 0.5


def test_where_pages_run_out_the_time_not_reached_is_told_and_earlier_pieces_still_asked(aws: Loopback) -> None:
    early = event(WINDOW.start - timedelta(hours=5), "DeleteQueue", origin="sqs")
    aws.serve(history(early, *(event(CHANGED - timedelta(seconds=s), f"Put{s}") for s in range(200))))
    rows, coverage = collected(asking(aws, max_pages=2))
    assert len(rows["changes"]) == 101
    (entry,) = [e for e in coverage if e.error]
    assert (entry.status, entry.truncated, entry.rows_returned) == ("partial", True, 100)
    reached = (CHANGED - timedelta(seconds=99)).isoformat().replace("+00:00", "Z")
    assert entry.error is not None
    assert entry.error.values["window"] == f"2026-11-20T02:30:00Z/{reached}"


def test_at_the_deadline_what_came_is_kept_and_every_piece_not_asked_is_named(aws: Loopback) -> None:
    aws.serve(history(event(CHANGED)))
    aws.fault("cloudtrail.LookupEvents", SILENT, after=2)
    rows, coverage = collected(asking(aws, seconds=1.2))
    assert [row["action"] for row in rows["changes"]] == ["lambda:UpdateFunctionConfiguration"]
    covered = [e for e in coverage if e.status == "ok" and e.window]
    gaps = [e for e in coverage if e.status in ("failed", "skipped") and e.window]
    assert len(covered) == 2
    assert min(e.window.start for e in gaps if e.window) == WINDOW.start - timedelta(hours=24)
    assert max(e.window.end for e in gaps if e.window) == WINDOW.start - timedelta(minutes=30)
    assert {e.error.code for e in gaps if e.error} <= {"cloudtrail_lookup_unreached", "aws_silent", "aws_deadline"}


def test_what_is_older_than_ninety_days_is_told(aws: Loopback) -> None:
    aws.serve(history())
    ask = asking(aws)
    ask.source = CloudTrailLookup(lambda: WINDOW.start + timedelta(days=90))
    _, coverage = collected(ask)
    (gone,) = [e for e in coverage if e.status == "skipped"]
    assert gone.error is not None
    assert (gone.error.code, gone.error.values["days"]) == ("cloudtrail_lookup_kept", 90)
    asked = [call.params["StartTime"] for call in aws.calls]
    assert asked
    assert all(start >= WINDOW.start for start in asked if isinstance(start, datetime))


def test_events_of_services_without_a_region_are_looked_up_where_they_are(aws: Loopback) -> None:
    aws.serve(history(event(CHANGED)), region="ap-northeast-1")
    aws.serve(
        history(
            event(CHANGED, "AttachRolePolicy", origin="iam"),
            event(CHANGED, "UpdateDistribution", origin="cloudfront"),
            event(CHANGED, "StopInstances", origin="ec2"),
        ),
        region="us-east-1",
    )
    rows, coverage = collected(asking(aws, global_region="us-east-1"))
    assert {row["action"] for row in rows["changes"]} == {
        "lambda:UpdateFunctionConfiguration",
        "iam:AttachRolePolicy",
        "cloudfront:UpdateDistribution",
    }
    assert {call.region for call in aws.calls} == {"ap-northeast-1", "us-east-1"}
    assert [e.error.code for e in coverage if e.error] == ["note_cloudtrail_elsewhere"]


def test_no_region_is_looked_at_twice_in_one_collection(aws: Loopback) -> None:
    aws.serve(history(event(CHANGED, "AttachRolePolicy", origin="iam")))
    first = asking(aws, global_region="us-east-1")
    second = asking(aws, region="us-east-1", global_region="us-east-1")
    second.deadline, second.source = first.deadline, first.source
    planned = [(ask, ask.source.plan(ask)) for ask in (first, second)]
    for ask, estimates in planned:
        ask.source.collect(ask, estimates)
    regions = [call.region for call in aws.calls]
    assert regions.count("us-east-1") == regions.count("ap-northeast-1") == 6


@pytest.mark.parametrize(
    ("settings", "athena", "wanted"),
    [("auto", "trail", False), ("auto", "", True), (True, "trail", True), (False, "", False)],
)
def test_auto_means_where_no_table_in_athena_is_named(settings: Any, athena: str, wanted: bool) -> None:
    class Table(SourceSettings):
        table: str = ""

    chosen = CloudTrailLookupSettings(enabled=settings)
    assert chosen.wanted({"cloudtrail_athena": Table(table=athena)}) is wanted
    assert chosen.wanted({}) is bool(settings)
    assert chosen.wanted({"cloudtrail_athena": Table(table=athena, enabled=False)}) is bool(settings)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"silent"}))
def test_every_fault_of_the_service_ends_in_coverage_that_names_it(
    aws: Loopback, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    aws.serve(history(*(event(CHANGED - timedelta(seconds=s), f"Put{s}") for s in range(60))))
    aws.fault("cloudtrail", FAULTS[name], after=1)
    rows, coverage = collected(asking(aws))
    assert len(rows["changes"]) == 50  # the first page was whole
    first, *others = coverage
    assert first.status == "partial"
    assert {e.status for e in others} == {"failed"}
    told = {e.error.code for e in coverage if e.error}
    assert told <= _TOLD[name], told
    if name == "denied":
        assert first.error is not None
        assert (
            first.error.values["statement"] == '{"Effect":"Allow","Action":"cloudtrail:LookupEvents","Resource":["*"]}'
        )


_TOLD: dict[str, set[str]] = {
    "throttled": {"aws_throttled"},
    "denied": {"aws_denied"},
    "expired": {"aws_credentials"},
    "broken": {"aws_server_error"},
    "unavailable": {"aws_server_error"},
    "truncated": {"aws_broken_answer"},
    "malformed": {"aws_broken_answer"},
    "undecodable": {"aws_broken_answer"},
    "closed": {"aws_broken_answer"},
}


def test_throttling_that_passes_is_waited_out(aws: Loopback) -> None:
    aws.serve(history(event(CHANGED)))
    aws.fault("cloudtrail", THROTTLED, first=2)
    rows, coverage = collected(asking(aws))
    assert (len(rows["changes"]), {e.status for e in coverage}) == (1, {"ok"})


def test_entries_that_are_no_records_are_counted_and_the_rest_kept(aws: Loopback) -> None:
    broken = [
        {"CloudTrailEvent": "{"},
        {"CloudTrailEvent": '{"eventName": 7}'},
        {"CloudTrailEvent": "\x1b[31mnot JSON"},
    ]

    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        events: Sequence[dict[str, Any]] = answer["Events"]
        return {"Events": [*events, *({**events[0], **more} for more in broken)] if events else []}

    aws.serve(history(event(CHANGED)))
    aws.fault("cloudtrail", Garbled(spoil))
    rows, coverage = collected(asking(aws))
    assert len(rows["changes"]) == 1
    assert [(e.error.code, e.error.values["n"]) for e in coverage if e.error] == [("cloudtrail_record", 3)]


def test_answers_that_give_the_same_page_for_ever_end(aws: Loopback) -> None:
    class Endless(FakeCloudTrail):
        def lookup_events(self, params: Params) -> dict[str, object]:
            page = super().lookup_events({name: value for name, value in params.items() if name != "NextToken"})
            return {**page, "NextToken": "again"}

    aws.serve(Endless(NOW, [event(CHANGED)]))
    ask = asking(aws)
    collected(ask)
    assert isinstance(ask.sink, Kept)
    assert {e.error.code for e in ask.coverage if e.error} == {"aws_endless_pages"}


def test_the_declared_action_is_the_one_that_is_called(aws: Loopback) -> None:
    aws.serve(history())
    ask = asking(aws, global_region="us-east-1")
    collected(ask)
    ask.source.examine(ask)
    assert aws.actions() == {p.action for p in ask.permissions()} == {"cloudtrail:LookupEvents"}
    looked_up = [str(entry.query) for entry in ask.coverage if "lookup-events" in str(entry.query)]
    for region in ("ap-northeast-1", "us-east-1"):  # side by side, in no order
        asked = [query for query in looked_up if f"aws cloudtrail lookup-events --region {region}" in query]
        assert any("--start-time 2026-11-20T02:30" in query for query in asked)
