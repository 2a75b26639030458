"""CloudTrail in Athena: everybody's changes before the onset, structs whole, repeated ones in measure, and its cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
import orjson
import pytest
import trino_grammar
from asking import WINDOW, Kept, ask_of, collected, incident
from cloudtrail_lake import by_day, by_region_and_day, lake_rows
from fake_athena import FakeAthena
from fake_cloudtrail import record
from fake_glue import FakeGlue
from fake_s3 import FakeS3
from faults import FAULTS, SILENT
from lake_tables import LakeTable
from loopback import ACCOUNT, REGION, Loopback, access_key

from fa2.core.budgets import Budget
from fa2.core.deadlines import Deadline
from fa2.core.incident import Alarm
from fa2.core.ports import Gaps
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.athena.cloudtrail_athena import CloudTrailAthenaSettings, source
from fa2.sources.aws.athena.cloudtrail_athena_queries import changes_query
from fa2.sources.aws.athena.tables import Reach, described, partitions
from fa2.sources.aws.collecting import collect, plan
from fa2.sources.aws.permissions import Ground
from fa2.sources.local.cloudtrail import changes
from fa2.sources.local.cloudtrail_events import bearing_of, data_events
from fa2.sources.local.collecting import unwatched

CHANGED = WINDOW.start - timedelta(minutes=4)
ALICE = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/Alice", "accountId": ACCOUNT, "userName": "Alice"}
PIPELINE = {
    "type": "AssumedRole",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run-77",
    "principalId": "AROA:run-77",
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "deployer"}},
}
SERVICE = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
NASTY = {"functionName": "checkout", "note": "a, \"b\"\n, 'c' ?", "none": None, "list": [1, None]}


def asking(
    aws: Loopback, *, seconds: float = 20.0, budget: Budget | None = None, about: Any = None, **more: Any
) -> Ask[Any]:
    deadline = Deadline(seconds)
    ground, session = Ground(ACCOUNT, REGION), boto3.Session(access_key(), "secret")
    place = Account(session, ground, deadline=deadline, calls=Calls(), endpoint_url=aws.url)
    settings = CloudTrailAthenaSettings(**{"database": "audit", "table": "trail", "workgroup": "incidents", **more})
    return ask_of(source, place, settings=settings, deadline=deadline, budget=budget, about=about)


def serve(aws: Loopback, *records: dict[str, Any], table: LakeTable | None = None) -> FakeAthena:
    athena = FakeAthena(WINDOW.end)
    made = table or by_day()
    athena.table(made, lake_rows(records, made))
    aws.serve(athena, FakeGlue(athena), FakeS3(WINDOW.end))
    return athena


def by_action(rows: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {row["action"]: row for row in rows.get("changes", [])}


def test_changes_of_people_pipelines_and_aws_come_as_from_an_export(aws: Loopback) -> None:
    events = [
        record(CHANGED, "lambda", "UpdateFunctionConfiguration", ALICE, 1, requestParameters=NASTY),
        record(CHANGED, "ecs", "UpdateService", PIPELINE, 2, requestParameters={"service": "cart", "cluster": "shop"}),
        record(CHANGED, "ec2", "TerminateInstances", SERVICE, 3),
        record(CHANGED, "iam", "DeleteRolePolicy", {"type": "Root", "accountId": ACCOUNT}, 4),
        record(
            CHANGED,
            "kms",
            "DisableKey",
            ALICE,
            5,
            resources=[{"ARN": "arn:aws:kms:x:1:key/k", "type": "AWS::KMS::Key"}],
        ),
        record(CHANGED, "rds", "ModifyDBInstance", ALICE, 6, errorCode="AccessDenied", errorMessage="no, 'not' you"),
    ]
    serve(aws, *events)
    rows, coverage = collected(asking(aws))
    exported = {str(row["action"]): row for row in changes([{"Records": events}], Gaps())}
    found = by_action(rows)
    assert found.keys() == exported.keys()
    for action, row in found.items():
        told = {**row, "timestamp": int(row["timestamp"].timestamp() * 1e6)}
        assert told == exported[action]
    assert orjson.loads(found["lambda:UpdateFunctionConfiguration"]["after"]) == NASTY
    assert found["ecs:UpdateService"]["actor"] == "deployer/run-77"
    (entry,) = coverage
    assert (entry.status, entry.rows_returned, entry.rows_matched) == ("ok", 6, 6)
    assert entry.bytes_scanned
    assert entry.cost_usd == pytest.approx(5e-5)


def test_the_query_in_coverage_gives_the_same_rows_when_a_person_runs_it(aws: Loopback) -> None:
    athena = serve(aws, *(record(CHANGED, "sqs", f"Put{n}", ALICE, n) for n in range(5)))
    _, (entry,) = collected(asking(aws))
    aws.client("athena").start_query_execution(QueryString=entry.query, WorkGroup="incidents")
    first, second = athena.executions.values()
    assert (second.parameters, second.rows) == ([], first.rows)
    assert len(first.rows) == 5


def test_what_reads_and_data_events_are_left_out_where_they_lie(aws: Loopback) -> None:
    athena = serve(
        aws,
        record(CHANGED, "lambda", "GetFunction", ALICE, 1, readOnly=True),
        record(CHANGED, "s3", "PutObject", ALICE, 2, eventCategory="Data", managementEvent=False),
        record(CHANGED, "dynamodb", "PutItem", ALICE, 3),
        record(CHANGED, "events", "PutEvents", ALICE, 4),
        record(CHANGED, "events", "PutRule", ALICE, 5),
        record(CHANGED, "signin", "ConsoleLogin", ALICE, 6),
    )
    rows, coverage = collected(asking(aws))
    assert set(by_action(rows)) == {"events:PutRule"}
    assert {row[4] for row in athena.executions.popitem()[1].rows} == {"PutRule", "ConsoleLogin"}
    assert {entry.error.code for entry in coverage if entry.error} == {"note_cloudtrail_sign_in", "note_athena_size"}


@pytest.mark.parametrize(
    ("origin", "name"),
    [("s3", "PutObjectAcl"), ("s3", "PutBucketPolicy"), ("lambda", "Invoke20150331"), ("lambda", "CreateAlias"),
     ("sqs", "SendMessage"), ("sqs", "SetQueueAttributes"), ("s3control", "PutObject"), ("bedrock", "InvokeModel")],
)  # fmt: skip
def test_the_rule_for_data_events_is_one_in_sql_and_in_python(origin: str, name: str) -> None:
    import duckdb

    sql = "SELECT regexp_matches(?, ?)"
    (matched,) = duckdb.execute(sql, [f"{origin}.amazonaws.com:{name}", data_events()]).fetchall()[0]
    assert matched is (bearing_of({"eventSource": f"{origin}.amazonaws.com", "eventName": name}) == "data")


def test_the_day_before_is_asked_and_no_more_than_its_partitions(aws: Loopback) -> None:
    at = [WINDOW.start - timedelta(hours=h) for h in (0, 23, 25, 24 * 30)]
    events = [record(when, "sqs", f"Put{n}", ALICE, n) for n, when in enumerate(at)]
    athena = serve(aws, *events, record(WINDOW.end, "sqs", "TooLate", ALICE, 9))
    rows, coverage = collected(asking(aws))
    assert set(by_action(rows)) == {"sqs:Put0", "sqs:Put1"}
    (entry,) = coverage
    assert entry.window
    assert entry.window.window == TimeWindow(WINDOW.start - timedelta(hours=24), WINDOW.end)
    (run,) = athena.executions.values()
    assert run.parameters[1:3] == ["'2026/11/19'", "'2026/11/20'"]
    assert entry.bytes_scanned == run.scanned
    whole = athena.duckdb.execute("SELECT sum(strlen(CAST(t AS VARCHAR))) FROM audit.trail t").fetchall()[0][0]
    assert 0 < run.scanned < whole


def test_of_what_is_repeated_the_first_and_the_nearest_come_and_a_persons_change_is_not_crowded_out(
    aws: Loopback,
) -> None:
    noise = [
        record(WINDOW.start - timedelta(seconds=20 * n), "autoscaling", "SetDesiredCapacity", SERVICE, n)
        for n in range(1, 900)
    ]
    sessions = [
        record(
            WINDOW.start + timedelta(seconds=n), "lambda", "TagResource",
            {**PIPELINE, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run-{n}"}, 2000 + n,
        )
        for n in range(100)
    ]  # fmt: skip
    person = record(WINDOW.start - timedelta(hours=20), "ssm", "PutParameter", ALICE, 5000)
    serve(aws, *noise, *sessions, person)
    rows, coverage = collected(asking(aws))
    scaled = sorted(row["timestamp"] for row in rows["changes"] if row["action"] == "autoscaling:SetDesiredCapacity")
    assert len(scaled) == 30
    assert scaled[-1] == WINDOW.start - timedelta(seconds=20)
    assert scaled[0] == WINDOW.start - timedelta(seconds=20 * 899)
    tagged = [row["timestamp"] for row in rows["changes"] if row["action"] == "lambda:TagResource"]
    assert (len(tagged), max(tagged)) == (20, WINDOW.start + timedelta(seconds=19))
    assert "ssm:PutParameter" in by_action(rows)
    entry = coverage[0]
    assert (entry.status, entry.truncated, entry.rows_matched) == ("partial", True, 1000)
    assert entry.error is not None
    assert entry.error.values == {
        "n": 949, "total": 1000, "actor": "autoscaling.amazonaws.com",
        "action": "autoscaling.amazonaws.com:SetDesiredCapacity", "times": 899,
    }  # fmt: skip


def test_where_rows_run_out_those_nearest_to_the_alarm_are_kept(aws: Loopback) -> None:
    events = [record(WINDOW.start - timedelta(minutes=n), "sqs", f"Put{n}", ALICE, n) for n in range(300)]
    serve(aws, *events)
    onset = WINDOW.start + timedelta(minutes=10)
    rows, coverage = collected(asking(aws, max_rows=100, about=incident(alarm=Alarm(timestamp=onset))))
    assert set(by_action(rows)) == {f"sqs:Put{n}" for n in range(100)}
    assert (coverage[0].truncated, coverage[0].rows_matched) == (True, 300)


def test_partitions_by_region_and_day_are_listed_with_their_size_and_columns_may_be_typed(aws: Loopback) -> None:
    table = by_region_and_day(readonly="boolean", eventcategory="string")
    here = record(CHANGED, "sqs", "PurgeQueue", ALICE, 1, awsRegion=REGION)
    there = record(CHANGED, "sqs", "DeleteQueue", ALICE, 2, awsRegion="eu-north-1")
    reads = record(CHANGED, "sqs", "ListQueues", ALICE, 3, awsRegion=REGION, readOnly=True)
    serve(aws, here, there, reads, table=table)
    narrowed = asking(aws, regions=[REGION, "us-east-1"])
    (estimate,) = source.plan(narrowed)
    (whole,) = source.plan(asking(aws))
    assert estimate.bytes is not None
    assert whole.bytes is not None
    assert 0 < estimate.bytes < whole.bytes
    assert estimate.usd == pytest.approx(5e-5)
    rows, _ = collected(narrowed)
    assert set(by_action(rows)) == {"sqs:PurgeQueue"}


def test_a_table_of_which_nobody_knows_the_size_gets_a_share_of_what_is_left_and_gives_it_back(aws: Loopback) -> None:
    serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    budget = Budget(usd=1.0)
    ask = asking(aws, budget=budget)
    (estimate,) = source.plan(ask)
    assert (estimate.bytes, estimate.usd) == (None, None)
    source.collect(ask, (estimate,))
    (entry,) = ask.coverage
    assert (entry.status, entry.error and entry.error.code) == ("ok", "note_athena_size")
    assert entry.error
    assert entry.error.values["most"] == 50_000_000_000
    assert budget.usd_left == pytest.approx(1.0 - 5e-5)


def test_projected_days_are_as_large_as_the_files_in_them(aws: Loopback) -> None:
    serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    s3, day = FakeS3(WINDOW.end), "s3://trail/AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11"
    for n in range(15, 22):
        s3.put(f"{day}/{n}/events.json.gz", 30_000_000_000)
    aws.serve(s3)
    (estimate,) = source.plan(asking(aws))
    assert (estimate.bytes, estimate.usd) == (60_000_000_000, pytest.approx(0.3))
    _, coverage = collected(asking(aws, budget=Budget(usd=0.2)))
    assert [e.error.code for e in coverage if e.error] == ["aws_narrowed"]  # two hours are of one day
    _, coverage = collected(asking(aws, budget=Budget(usd=0.1)))
    assert [e.error.code for e in coverage if e.error] == ["aws_over_budget"]


def test_a_workgroups_limit_is_the_most_that_is_reserved(aws: Loopback) -> None:
    athena = serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    athena.workgroups["incidents"]["BytesScannedCutoffPerQuery"] = 20_000_000
    ask = asking(aws, budget=Budget(usd=1.0))
    collected(ask)
    assert ask.coverage[0].error
    assert ask.coverage[0].error.values["most"] == 20_000_000


def test_what_exceeds_the_budget_is_narrowed_or_refused_and_said(aws: Loopback) -> None:
    days = [WINDOW.start - timedelta(hours=h) for h in range(24)]
    padding = {"requestParameters": {"x": "y" * 1000}}
    events = [record(when, "sqs", f"Put{n}", ALICE, n, **padding) for n, when in enumerate(days)]
    athena = serve(aws, *events, table=by_region_and_day())
    glue = aws._fakes["glue", None, None]
    assert isinstance(glue, FakeGlue)
    factor = 10_000_000
    measured = [source.plan(asking(aws, lead_hours=hours))[0].bytes or 0 for hours in (24, 2)]
    assert measured[0] > measured[1] * 2

    class Larger(FakeGlue):
        def get_partitions(self, params: Any) -> dict[str, object]:
            answer: Any = super().get_partitions(params)
            for partition in answer["Partitions"]:
                partition["Parameters"] = {"totalSize": str(int(partition["Parameters"]["totalSize"]) * factor)}
            return dict(answer)

    aws.serve(Larger(athena))
    enough = measured[1] * factor / 1e12 * 5 * 1.1
    rows, coverage = collected(asking(aws, budget=Budget(usd=enough)))
    assert set(by_action(rows)) == {"sqs:Put0", "sqs:Put1", "sqs:Put2"}
    assert [entry.error.code for entry in coverage if entry.error] == ["aws_narrowed"]
    rows, coverage = collected(asking(aws, budget=Budget(usd=enough / 2)))
    assert rows == {}
    assert [(entry.status, entry.error.code) for entry in coverage if entry.error] == [("skipped", "aws_over_budget")]
    assert len(athena.executions) == 1


def test_a_query_that_does_not_end_is_stopped_at_the_deadline(aws: Loopback) -> None:
    athena = serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    athena.endings = [("audit", "never", "")]
    ask, polled = asking(aws), athena.get_query_execution

    def last_poll(params: Any) -> dict[str, object]:
        ask.deadline.stop()
        return polled(params)

    athena.get_query_execution = last_poll  # type: ignore[method-assign]
    with pytest.raises(Exception, match="time for collecting"):
        collected(ask)
    assert athena.left_running() == []
    assert [(e.status, e.error and e.error.code) for e in ask.coverage] == [("failed", "aws_deadline")]


@pytest.mark.parametrize(
    ("ending", "reason", "code"),
    [
        ("FAILED", "Access denied (Service: Amazon S3; Status Code: 403)", "athena_access"),
        ("CANCELLED", "Bytes scanned limit was exceeded", "athena_cutoff"),
    ],
)
def test_a_query_that_fails_is_told_with_its_reason_and_costs_the_budget_nothing(
    aws: Loopback, ending: Any, reason: str, code: str
) -> None:
    athena = serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    athena.endings = [("audit", ending, reason)]
    budget = Budget(usd=1.0)
    rows, coverage = collected(asking(aws, budget=budget))
    assert rows == {}
    (entry,) = coverage
    assert entry.error
    assert (entry.status, entry.error.code) == ("failed", code)
    assert reason in entry.error.message
    assert budget.usd_left == 1.0


def test_without_a_table_it_says_what_to_set_and_asks_nothing(aws: Loopback) -> None:
    rows, coverage = collected(asking(aws, table=""))
    assert (rows, aws.calls) == ({}, [])
    assert [(e.status, e.error and e.error.values["key"]) for e in coverage] == [("skipped", "cloudtrail_athena.table")]


def test_a_table_of_another_region_is_asked_there_only(aws: Loopback) -> None:
    ask = asking(aws, region="eu-west-1")
    assert collected(ask) == ({}, [])
    assert aws.calls == []


def test_a_table_without_the_columns_of_a_trail_is_told(aws: Loopback) -> None:
    serve(aws, table=LakeTable("audit", "trail", {"eventtime": "string", "x": "string"}))
    _, coverage = collected(asking(aws))
    assert [e.error.code for e in coverage if e.error] == ["athena_column"]


def test_a_table_whose_partitions_say_no_time_is_asked_as_a_whole_and_that_is_said(aws: Loopback) -> None:
    serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1), table=LakeTable("audit", "trail", by_day().columns))
    rows, coverage = collected(asking(aws))
    assert len(rows["changes"]) == 1
    assert "note_athena_not_narrowed" in [e.error.code for e in coverage if e.error]


@pytest.mark.parametrize("service", ["athena", "glue"])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_ends_in_coverage_that_names_it(
    aws: Loopback, service: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 0)
    serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1))
    aws.fault(service, FAULTS[name])
    ask = asking(aws, seconds=1.0 if FAULTS[name] is SILENT else 20.0)
    monkeypatch.setattr("fa2.sources.aws.collecting.GRACE_S", 0.3)
    planned = plan([ask], deadline=ask.deadline, watch=unwatched)
    collect(planned, Kept(), deadline=ask.deadline, watch=unwatched)
    told = [(entry.status, entry.error.code, entry.error.values) for entry in ask.coverage if entry.error]
    assert [status for status, _, _ in told] == ["failed"] * len(told)
    assert told
    if name == "denied":
        (_, _, values) = told[0]
        action, resource = {
            "athena": ("athena:GetWorkGroup", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/incidents"),
            "glue": ("glue:GetTable", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/audit/trail"),
        }[service]
        assert values["action"] == action
        assert resource in str(values["statement"])


def test_pages_that_came_before_a_fault_are_kept(aws: Loopback) -> None:
    events = [record(WINDOW.start - timedelta(seconds=n), "sqs", f"Put{n}", ALICE, n) for n in range(1500)]
    serve(aws, *events)
    aws.fault("athena.GetQueryResults", FAULTS["truncated"], after=1)
    rows, coverage = collected(asking(aws))
    assert len(rows["changes"]) == 999  # a page of a thousand, with its headings
    assert (coverage[0].status, coverage[0].error and coverage[0].error.code) == ("partial", "aws_broken_answer")


def test_the_declared_actions_are_the_calls_that_are_made(aws: Loopback) -> None:
    athena = serve(aws, record(CHANGED, "sqs", "PurgeQueue", ALICE, 1), table=by_region_and_day())
    athena.endings = [("never ends", "never", "")]
    collected(asking(aws))
    own = {p.action for p in source.permissions(asking(aws).settings) if not p.implied}
    assert aws.actions() == own - {"athena:StopQueryExecution", "s3:ListBucket"}
    source.examine(ask := asking(aws))
    assert {entry.status for entry in ask.coverage} == {"ok"}
    assert any("WHERE 1 = 0" in str(entry.query) for entry in ask.coverage)


@pytest.mark.parametrize(
    "table",
    [by_day(), by_region_and_day(readonly="boolean", eventtime="timestamp"), by_region_and_day(useridentity="string")],
)
def test_trinos_own_grammar_reads_the_query_and_nothing_is_put_into_its_text(aws: Loopback, table: LakeTable) -> None:
    athena = FakeAthena(WINDOW.end)
    athena.table(table, [])
    aws.serve(FakeGlue(athena))
    found = described(aws.client("glue"), "audit", "trail")
    window = TimeWindow(WINDOW.start, WINDOW.end + timedelta(microseconds=1))
    reach = Reach(window, ("it's", '"x'), values={"region": "'; DROP TABLE x"})
    query = changes_query(
        found, partitions(found, reach), window, onset=datetime.fromisoformat("2026-11-20T03:00Z"), most_rows=10
    )
    trino_grammar.check(query.sql)
    assert "DROP" not in query.sql
    assert query.sql.count("?") == len(query.parameters)
