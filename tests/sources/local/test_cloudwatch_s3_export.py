"""What CloudWatch Logs writes to S3: export tasks and subscriptions."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from log_reading import read, surety

from fa2.sources.local.cloudwatch_s3_export import source

TASK = "exportedlogs/cda45419-90ea-4db5-9833-aade86253e66"
NAME = f"{TASK}/2026-11-20-[$LATEST]0123456789abcdef0123456789abcdef/000000"
LINES = """\
2026-11-20T03:00:00.000Z START RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95 Version: $LATEST
2026-11-20T03:00:00.123Z [ERROR] KeyError: 'id'
Traceback (most recent call last):
  File "/var/task/orders.py", line 7, in handler
2026-11-20T03:00:01.000Z END RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95
"""
DATA = {
    "messageType": "DATA_MESSAGE",
    "owner": "123456789012",
    "logGroup": "/aws/lambda/orders",
    "logStream": "2026/11/20/[$LATEST]0123",
    "subscriptionFilters": ["Destination"],
    "logEvents": [
        {
            "id": "31953106606966983378809025079804211143289615424298221568",
            "timestamp": 1795143600000,
            "message": "WARN a",
        },
        {
            "id": "31953106606966983378809025079804211143289615424298221569",
            "timestamp": 1795143600001,
            "message": "b\n",
        },
    ],
}
CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [
        {
            "id": "",
            "timestamp": 1,
            "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
        }
    ],
}


def test_an_export_gives_the_messages_without_the_exports_time() -> None:
    found = read(source, LINES, NAME)
    assert found.messages[1].startswith("[ERROR] KeyError: 'id'\nTraceback")
    assert found.messages[1].endswith("in handler")
    assert found.times[:2] == ["2026-11-20T03:00:00Z", "2026-11-20T03:00:00.123000Z"]
    assert found.column("level") == [None, "ERROR", None]
    assert found.column("trace_id")[0] == "8f507cfc-0000-4697-b07a-ac58fc914c95"
    assert set(found.column("stream")) == {"2026-11-20-[$LATEST]0123456789abcdef0123456789abcdef"}


def test_the_folders_above_the_task_are_the_source() -> None:
    found = read(source, LINES, f"aws/lambda/orders/{NAME.removeprefix('exportedlogs/')}")
    assert set(found.column("source")) == {"aws/lambda/orders"}
    assert set(found.column("service")) == {"orders"}
    assert set(read(source, LINES, NAME).column("source")) == {TASK}


def test_an_ecs_stream_names_the_service() -> None:
    name = f"{TASK}/ecs-orders-{'0123456789abcdef' * 2}/000000"
    assert set(read(source, LINES, name).column("service")) == {"orders"}


def test_its_files_are_known_by_their_name_and_lines() -> None:
    assert surety(source, LINES, NAME) > 0.9
    assert surety(source, LINES, "orders.log") == 0.0
    assert surety(source, "no times\n", NAME) == 0.0


def test_the_test_file_of_an_export_is_read_as_nothing() -> None:
    name = f"{TASK.partition('/')[0]}/aws-logs-write-test"
    assert surety(source, "Permission Check Successful", name) == 1.0
    found = read(source, "Permission Check Successful", name)
    assert (found.rows, dict(found.gaps.counts)) == ([], {})


def test_objects_of_a_subscription_are_read_one_after_the_other() -> None:
    text = json.dumps(CONTROL) + json.dumps(DATA) + json.dumps(DATA) + "\n" + json.dumps(DATA)
    assert surety(source, text) == 1.0
    found = read(source, text)
    assert found.messages == ["WARN a", "b"] * 3
    assert set(found.column("source")) == {"/aws/lambda/orders"}
    assert set(found.column("service")) == {"orders"}
    assert found.column("level")[:2] == ["WARN", None]
    assert found.times[:2] == ["2026-11-20T03:00:00Z", "2026-11-20T03:00:00.001000Z"]
    assert not found.gaps.counts


def test_a_subscription_that_breaks_off_keeps_the_objects_before() -> None:
    found = read(source, json.dumps(DATA) + json.dumps(DATA)[:200])
    assert len(found.rows) == 2
    assert found.gaps.counts["json_cut_off"] == 1


@given(st.binary(max_size=500))
def test_no_bytes_crash_it(noise: bytes) -> None:
    surety(source, noise, NAME)
    read(source, LINES.encode() + noise, NAME)
    read(source, json.dumps(DATA).encode() + noise, "x")
