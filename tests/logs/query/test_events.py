"""Fields are found by themselves: in JSON, by place in lines that AWS services write, and in the table's columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fa2.core.windows import TimeWindow

if TYPE_CHECKING:
    from conftest import Answered, Asked

CLOUDTRAIL = json.dumps(
    {
        "eventName": "StartInstances",
        "userIdentity": {"type": "IAMUser", "userName": "Alice"},
        "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-abcde123"}]}},
        "responseElements": {"instancesSet": {"items": [{"currentState": {"code": 0, "name": "pending"}}]}},
    }
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userIdentity.type", "IAMUser"),
        ("requestParameters.instancesSet.items.0.instanceId", "i-abcde123"),
        ("responseElements.instancesSet.items.0.currentState.code", "0"),
        ("responseElements.instancesSet.items.1.currentState.code", None),
        ("requestParameters.instancesSet.items", '[{"instanceId":"i-abcde123"}]'),
    ],
)
def test_json_goes_by_paths_as_in_the_manual(rows: Asked, field: str, value: str | None) -> None:
    assert rows(f"fields {field}", [CLOUDTRAIL]) == [{field: value}]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ('{"http.status":500}', "http.status", "500"),
        ('{"a":{"b.c":{"d":1}}}', "a.b.c.d", "1"),
        ('{"a/b":{"c~d":1}}', "`a/b`.`c~d`", "1"),
        ('{"@timestamp":"then"}', "@@timestamp", "then"),
        ('{"Level":"x"}', "level", None),
        ('{"a":null}', "a", None),
        ('{"a":""}', "a", ""),
        ('{"a":1e400}', "a", "1e400"),
        ('{"名前":"値"}', "名前", "値"),
        ('2026 INFO {"orderId":7} done', "orderId", "7"),
        ('{"log":"{\\"orderId\\":7}\\n","stream":"stdout"}', "orderId", "7"),
        ('{"message":"{\\"orderId\\":7}"}', "message.orderId", "7"),
        ('{"message":{"orderId":7}}', "message.orderId", "7"),
        ('{"orderId":1,"message":"{\\"orderId\\":7}"}', "orderId", "1"),
        ('{"orderId":7', "orderId", None),
        ("{not json}", "orderId", None),
        ("[1, 2]", "orderId", None),
        ('  {"orderId":7}', "orderId", "7"),
    ],
)
def test_where_json_is_looked_for(rows: Asked, line: str, field: str, value: str | None) -> None:
    (found,) = rows(f"fields {field} as x", [line])
    assert found == {"x": value}


def test_the_columns_of_the_table_are_fields_and_json_comes_first(rows: Asked) -> None:
    events = [
        {"message": "text", "level": "ERROR", "service": "web", "trace_id": "t1", "stream": "s"},
        {"message": '{"level":"err","service":null}', "level": "ERROR", "service": "web"},
    ]
    query = "fields level, @level, service, @service, trace_id, @traceId, stream, source, @log | sort @timestamp"
    first, second = rows(query, events)
    assert [*first.values()] == ["ERROR", "ERROR", "web", "web", "t1", "t1", "s", "app.log", "app.log"]
    assert [second["level"], second["@level"], second["service"]] == ["err", "ERROR", "web"]


def test_the_fields_of_every_event(rows: Asked) -> None:
    query = "fields @timestamp, @message, @logStream, @log, @ingestionTime, @ptr, @entity.KeyAttributes.Name"
    found = rows(query, [{"message": "a", "stream": "s", "service": "web"}, {"message": "b"}])
    assert found[1]["@timestamp"] == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert [found[1][name] for name in ("@message", "@logStream", "@log", "@ingestionTime")] == [
        "a",
        "s",
        "app.log",
        None,
    ]
    assert found[1]["@entity.KeyAttributes.Name"] == "web"
    assert len({row["@ptr"] for row in found}) == 2


REPORT = (
    "REPORT RequestId: 8f5a6b7c-0000-4000-8000-123456789abc\tDuration: 102.25 ms\tBilled Duration: 103 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 35 MB\tInit Duration: 200.5 ms\t\n"
    "XRAY TraceId: 1-5e34a614-10bdbee5\tSegmentId: 07f022d95d5d0c45\tSampled: true"
)
PLATFORM = json.dumps(
    {
        "type": "platform.report",
        "record": {
            "requestId": "8f5a6b7c-0000-4000-8000-123456789abc",
            "metrics": {
                "durationMs": 102.25,
                "billedDurationMs": 103,
                "memorySizeMB": 128,
                "maxMemoryUsedMB": 35,
                "initDurationMs": 200.5,
            },
        },
    }
)


@pytest.mark.parametrize("line", [REPORT, PLATFORM], ids=["text", "json"])
def test_the_report_of_a_lambda_function(rows: Asked, line: str) -> None:
    query = "fields @type, @requestId, @duration, @billedDuration, @initDuration, @memorySize, @maxMemoryUsed"
    (found,) = rows(query, [line])
    request = "8f5a6b7c-0000-4000-8000-123456789abc"
    assert [*found.values()] == ["REPORT", request, 102.25, 103, 200.5, 128_000_000, 35_000_000]


def test_trace_ids_and_other_lines_of_lambda(rows: Asked) -> None:
    (found,) = rows("fields @xrayTraceId, @xraySegmentId", [REPORT])
    assert [*found.values()] == ["1-5e34a614-10bdbee5", "07f022d95d5d0c45"]
    line = "2026-11-20T03:00:00.000Z\t8f5a6b7c-0000-4000-8000-123456789abc\tINFO\tDuration: 5 ms"
    (found,) = rows("fields @type, @requestId", [line])
    assert [*found.values()] == [None, "8f5a6b7c-0000-4000-8000-123456789abc"]


def test_a_window_takes_events_from_its_start_to_before_its_end(answer: Answered) -> None:
    start = datetime(2026, 11, 20, 3, 1, tzinfo=UTC)
    window = TimeWindow(start, start + timedelta(minutes=2))
    found = answer("fields @message", [(0, "a"), (1, "b"), (2, "c"), (3, "d")], window=window)
    assert [row[0] for row in found.rows] == ["c", "b"]
    assert (found.matched, found.scanned) == (2, 2)


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ("fields a", 30),
        ("filter a < 10", 10),
        ("filter a < 10 | limit 3", 10),
        ("filter a < 10 | stats count(*) by a | filter a > 100", 10),
        ("filter a < 10 | stats count(*) by a | stats count(*)", 10),
        ("filter a < 20 | filter a > 9 | dedup b", 10),
        ("stats count(*) by a | limit 1", 30),
        ("limit 5 | filter a = 29", 30),
        ("filter a < 10 | stats count(*) by a | limit 2", 10),
    ],
)
def test_how_many_events_matched(answer: Answered, query: str, matched: int) -> None:
    events = [f'{{"a":{n},"b":{n % 2}}}' for n in range(30)]
    found = answer(query, events)
    assert (found.matched, found.scanned) == (matched, 30)


def test_rows_beyond_the_limit_are_counted(answer: Answered) -> None:
    found = answer("filter @message != '3'", [str(n) for n in range(10)], limit=4)
    assert (len(found.rows), found.cut, found.matched) == (4, 9, 9)
    assert answer("limit 4", [str(n) for n in range(10)], limit=4).cut is None


def test_equal_rows_come_in_the_same_order_each_time(answer: Answered) -> None:
    events = [(0, f"line {n}") for n in range(3000)]
    first = answer("fields @message | limit 5", events).rows
    assert all(answer("fields @message | limit 5", events).rows == first for _ in range(5))


def test_no_logs_give_no_rows(rows: Asked) -> None:
    assert rows("fields @message") == []
    assert rows("diff") == []
    assert rows("pattern @message | anomaly") == []
    assert rows("stats count(*) by bin(5m)") == []
