"""The fake of CloudWatch Logs really runs queries, and refuses what AWS refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from fake_logs import FakeLogs
from loopback import Loopback

from fa2.core.ports import Gaps
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_patterns import read_patterns

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOW = START + timedelta(hours=3)
FIRST = int(START.timestamp())
WINDOW = TimeWindow(START, START + timedelta(hours=1))


@pytest.fixture
def logs(aws: Loopback) -> FakeLogs:
    fake = FakeLogs(NOW)
    times = [START + timedelta(seconds=30 * n, milliseconds=7) for n in range(100)]
    fake.group(
        "/app/orders",
        [(t, f"ERROR order {n} failed" if n % 4 == 0 else f"order {n} took {n} ms") for n, t in enumerate(times)],
    )
    fake.group("/app/pay", [(t, json.dumps({"level": "WARN", "n": n})) for n, t in enumerate(times)])
    aws.serve(fake)
    return fake


def run(aws: Loopback, query: str, groups: tuple[str, ...] = ("/app/orders",), **more: object) -> dict[str, object]:
    client = aws.client("logs")
    given = {"startTime": FIRST, "endTime": FIRST + 3600, **more}
    id = client.start_query(logGroupNames=list(groups), queryString=query, **given)["queryId"]
    for _ in range(5):
        found = client.get_query_results(queryId=id)
        if found["status"] not in ("Scheduled", "Running"):
            break
    return dict(found)


def rows(found: dict[str, object]) -> list[dict[str, str]]:
    return [{f["field"]: f["value"] for f in row} for row in found["results"]]  # type: ignore[attr-defined]


def test_stats_and_filters_are_evaluated(aws: Loopback, logs: FakeLogs) -> None:
    found = run(
        aws, 'filter @message like "ERROR" | stats count(*) as n by bin(10m) as t | sort t', endTime=FIRST + 1800
    )
    assert rows(found) == [{"t": f"2026-11-20 03:{m:02d}:00.000", "n": "5"} for m in (0, 10, 20)]
    assert (found["statistics"]["recordsMatched"], found["statistics"]["recordsScanned"]) == (15.0, 60.0)  # type: ignore[index]


def test_raw_rows_have_pointers_and_times_to_the_millisecond(aws: Loopback, logs: FakeLogs) -> None:
    found = rows(run(aws, "fields @timestamp, @log, n, missing | sort @timestamp | limit 2", ("/app/pay",)))
    assert [{k: v for k, v in row.items() if k != "@ptr"} for row in found] == [
        {"@timestamp": f"2026-11-20 03:00:{s}.007", "@log": "111122223333:/app/pay", "n": n}
        for s, n in (("00", "0"), ("30", "1"))
    ]
    assert len({row["@ptr"] for row in found}) == 2


def test_rows_end_at_the_limit(aws: Loopback, logs: FakeLogs) -> None:
    assert len(rows(run(aws, "fields @message", limit=7))) == 7


def test_patterns_are_what_our_reader_takes(aws: Loopback, logs: FakeLogs) -> None:
    found = run(aws, "pattern @message | sort @sampleCount desc")
    gaps = Gaps()
    read = read_patterns(found["results"], WINDOW, "/app/orders", gaps)  # type: ignore[arg-type]
    assert [p.count for p in read.patterns] == [75, 25]
    assert read.patterns[1].severity == "ERROR"
    assert sum(read.patterns[1].histogram) == 25
    assert not gaps.counts
    assert "@PatternId" in rows(found)[0]


def test_documented_columns_of_patterns_alone_can_be_had(aws: Loopback, logs: FakeLogs) -> None:
    logs.details = False
    assert set(rows(run(aws, "pattern @message"))[0]) == {"@pattern", "@ratio", "@sampleCount", "@severityLabel"}


def test_a_query_goes_through_its_states_with_partial_rows(aws: Loopback, logs: FakeLogs) -> None:
    client = aws.client("logs")
    id = client.start_query(
        logGroupName="/app/orders", queryString="fields @message", startTime=FIRST, endTime=FIRST + 3600
    )["queryId"]
    seen = [client.get_query_results(queryId=id) for _ in range(4)]
    assert [found["status"] for found in seen] == ["Scheduled", "Running", "Complete", "Complete"]
    assert [len(found["results"]) for found in seen] == [0, 50, 100, 100]


def test_results_come_in_pages_where_asked(aws: Loopback, logs: FakeLogs) -> None:
    run(aws, "fields @message")
    client, (id,) = aws.client("logs"), logs.queries
    sizes, token = [], {}
    while True:
        found = client.get_query_results(queryId=id, maxItems=40, **token)
        sizes.append(len(found["results"]))
        if "nextToken" not in found:
            break
        token = {"nextToken": found["nextToken"]}
    assert sizes == [40, 40, 20]


@pytest.mark.parametrize("ending", ["Failed", "Cancelled", "Timeout"])
def test_a_query_can_be_told_to_fail(aws: Loopback, logs: FakeLogs, ending: str) -> None:
    logs.endings = [("pay", ending)]  # type: ignore[list-item]
    assert run(aws, "fields @message", ("/app/pay",))["status"] == ending
    assert run(aws, "fields @message")["status"] == "Complete"


def test_an_endless_query_counts_as_left_running_until_it_is_stopped(aws: Loopback, logs: FakeLogs) -> None:
    logs.endings = [("endless", "never")]
    assert run(aws, "fields @message, 'endless'")["status"] == "Running"
    (left,) = logs.left_running()
    client = aws.client("logs")
    assert client.stop_query(queryId=left.id)["success"]
    assert not logs.left_running()
    assert client.get_query_results(queryId=left.id)["status"] == "Cancelled"
    assert not client.stop_query(queryId=left.id)["success"]
    assert [q["status"] for q in client.describe_queries(status="Cancelled")["queries"]] == ["Cancelled"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"logGroupNames": [f"/g{n}" for n in range(51)]}, "InvalidParameterException"),
        ({"logGroupNames": ["/app/orders", "/none"]}, "ResourceNotFoundException"),
        ({"startTime": FIRST + 3600, "endTime": FIRST + 3600}, "InvalidParameterException"),
        ({"startTime": FIRST * 1000, "endTime": FIRST * 1000 + 3_600_000}, "InvalidParameterException"),
        ({"limit": 10_001}, "InvalidParameterException"),
        ({"queryString": "fields @message | wobble 3"}, "MalformedQueryException"),
        ({"startTime": FIRST - 40 * 86400, "endTime": FIRST - 39 * 86400}, "MalformedQueryException"),
        ({"logGroupName": "/app/orders"}, "InvalidParameterException"),
        ({"logGroupNames": ["/app/orders", "/app/rare"]}, "InvalidParameterException"),
        ({"logGroupNames": ["/app/rare"], "queryString": "pattern @message"}, "MalformedQueryException"),
    ],
)
def test_what_aws_refuses_is_refused(aws: Loopback, logs: FakeLogs, given: dict[str, object], code: str) -> None:
    logs.group("/app/rare", log_class="INFREQUENT_ACCESS")
    right = {
        "logGroupNames": ["/app/orders"],
        "startTime": FIRST,
        "endTime": FIRST + 60,
        "queryString": "fields @message",
    }
    with pytest.raises(ClientError) as caught:
        aws.client("logs").start_query(**{**right, **given})
    assert caught.value.response["Error"]["Code"] == code
    assert not logs.queries


def test_more_queries_than_the_account_may_run_are_refused(aws: Loopback, logs: FakeLogs) -> None:
    logs.concurrency = 2
    client = aws.client("logs")
    given = {"logGroupName": "/app/orders", "startTime": FIRST, "endTime": FIRST + 60, "queryString": "fields @message"}
    first = client.start_query(**given)["queryId"]
    client.start_query(**given)
    with pytest.raises(ClientError, match="LimitExceededException"):
        client.start_query(**given)
    client.stop_query(queryId=first)
    client.start_query(**given)
    assert logs.most_at_once == 2


def test_log_groups_come_in_pages_by_prefix(aws: Loopback, logs: FakeLogs) -> None:
    for n in range(60):
        logs.group(f"/lambda/{n:02d}", retention_days=7)
    pages = list(aws.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/lambda/"))
    names = [g["logGroupName"] for found in pages for g in found["logGroups"]]
    assert names == [f"/lambda/{n:02d}" for n in range(60)]
    assert len(pages) == 2
    assert pages[0]["logGroups"][0]["retentionInDays"] == 7


def test_events_beyond_retention_are_gone(aws: Loopback, logs: FakeLogs) -> None:
    logs.group("/kept", [(NOW - timedelta(days=2), "old"), (NOW - timedelta(hours=2), "new")], retention_days=1)
    found = run(aws, "fields @message", ("/kept",), startTime=FIRST - 3 * 86400, endTime=FIRST + 7200)
    assert [row["@message"] for row in rows(found)] == ["new"]


def test_the_end_of_the_range_is_still_read(aws: Loopback, logs: FakeLogs) -> None:
    logs.group("/edge", [(START + timedelta(seconds=60, milliseconds=ms), f"{ms}") for ms in (0, 1)])
    assert [row["@message"] for row in rows(run(aws, "fields @message", ("/edge",), endTime=FIRST + 60))] == ["0"]
