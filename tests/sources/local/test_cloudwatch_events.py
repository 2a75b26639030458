"""The output of `aws logs`: the three shapes, what is missing from them, and broken files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_reading import MemoryFile, read, surety

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local.cloudwatch_events import source

FILTERED = """{
    "events": [
        {
            "logStreamName": "20150601",
            "timestamp": 1433190184356,
            "message": "Example Event 1",
            "ingestionTime": 1433190184418,
            "eventId": "31132629274945519779805322857203735586714454643391594505"
        },
        {
            "logStreamName": "20150601",
            "timestamp": 1433190184360,
            "message": "ERROR Example Event 2\\nwith a second line\\n",
            "ingestionTime": 1433190184418,
            "eventId": "31132629274945519779805322857203735586814454643391594505"
        }
    ],
    "searchedLogStreams": [{"searchedCompletely": true, "logStreamName": "20150601"}]
}
"""
GOT = """{
    "nextForwardToken": "f/31961209122447488583055879464742346735121166569214640130",
    "events": [
        {"ingestionTime": 1494030783115, "timestamp": 1433190184356, "message": "Example Event"}
    ],
    "nextBackwardToken": "b/31961209122358285602261756944988674324553373268216709120"
}
"""
QUERIED = """{
    "results": [
        [
            {"field": "@timestamp", "value": "2026-11-20 03:00:00.123"},
            {"field": "@message", "value": "[ERROR]\\tgone\\n"},
            {"field": "@log", "value": "123456789012:/aws/lambda/orders"},
            {"field": "@logStream", "value": "2026/11/20/[$LATEST]0123"},
            {"field": "@ptr", "value": "CmEKJgoi"}
        ]
    ],
    "statistics": {"recordsMatched": 1.0, "recordsScanned": 7.0, "bytesScanned": 700.0},
    "status": "Complete"
}
"""


def test_filter_log_events_gives_times_streams_and_levels() -> None:
    found = read(source, FILTERED, "aws-lambda-orders.json")
    assert found.times == ["2015-06-01T20:23:04.356000Z", "2015-06-01T20:23:04.360000Z"]
    assert found.messages == ["Example Event 1", "ERROR Example Event 2\nwith a second line"]
    assert found.column("stream") == ["20150601"] * 2
    assert found.column("level") == [None, "ERROR"]
    assert found.column("service") == ["orders"] * 2
    assert not found.gaps.counts


def test_the_sample_response_of_the_api_reference_is_read() -> None:
    numbers = ((1, 1396035378988), (2, 1396035378988), (3, 1396035378989))
    events = [
        {
            "ingestionTime": 1396035394997,
            "timestamp": millis,
            "message": f"ERROR Event {n}",
            "logStreamName": f"my-log-stream-{n}",
            "eventId": "31132629274945519779805322857203735586714454643391594505",
        }
        for n, millis in numbers
    ]
    found = read(source, json.dumps({"events": events, "searchedLogStreams": []}, indent=2))
    assert found.messages == ["ERROR Event 1", "ERROR Event 2", "ERROR Event 3"]
    assert found.column("level") == ["ERROR"] * 3
    assert found.times[2] == "2014-03-28T19:36:18.989000Z"


def test_get_log_events_is_read_too() -> None:
    assert read(source, GOT).messages == ["Example Event"]


def test_query_results_name_their_log_group() -> None:
    found = read(source, QUERIED)
    assert found.column("source") == ["/aws/lambda/orders"]
    assert found.column("service") == ["orders"]
    assert found.times == ["2026-11-20T03:00:00.123000Z"]
    assert found.column("level") == ["ERROR"]


def test_a_query_without_times_is_refused_with_the_query_to_run() -> None:
    stats = {
        "results": [[{"field": "count()", "value": "7"}]],
        "statistics": {},
        "status": "Complete",
    }
    assert surety(source, json.dumps(stats)) > 0.5
    with pytest.raises(UnusableInput) as caught:
        read(source, json.dumps(stats))
    assert caught.value.key == "coverage.log_query_without_times"


def test_messages_in_json_tell_their_level_and_ids() -> None:
    message = json.dumps({"level": "warn", "msg": "slow", "service": "cart", "requestId": "abcdef-1"})
    event = {"timestamp": 1433190184356, "message": message}
    found = read(source, json.dumps({"events": [event]}))
    assert (found.rows[0]["level"], found.rows[0]["service"], found.rows[0]["trace_id"]) == (
        "WARN",
        "cart",
        "abcdef-1",
    )


@pytest.mark.parametrize("text", [FILTERED, GOT, QUERIED])
def test_its_files_are_known_whole_and_cut(text: str) -> None:
    assert surety(source, text) >= 0.9
    assert surety(source, text[: len(text) * 3 // 4]) >= 0.9


def test_an_empty_answer_is_known_and_empty() -> None:
    empty = '{"events": [], "searchedLogStreams": []}'
    assert surety(source, empty) >= 0.9
    assert read(source, empty).rows == []


def test_other_json_is_not_taken() -> None:
    for text in ('{"Records": []}', '{"events": [{"name": "x"}]}', "[]", '{"results": [1]}', "{"):
        assert surety(source, text) == 0.0


def test_more_pages_than_the_file_holds_are_told() -> None:
    more = FILTERED.rstrip().rstrip("}") + ', "nextToken": "x"}'
    assert read(source, more).gaps.counts["log_pages"] == 1


def test_a_file_that_breaks_off_keeps_what_came_before() -> None:
    found = read(source, FILTERED[: FILTERED.index("Event 2")])
    assert found.messages == ["Example Event 1"]
    assert found.gaps.counts["json_cut_off"] == 1


def test_a_value_without_end_is_refused_and_the_events_before_it_are_kept() -> None:
    text = FILTERED[: FILTERED.index("ERROR Example")] + "x" * (66 << 20)
    batches = source.read(MemoryFile("x", text.encode()), Gaps())
    assert next(batches).columns["message"] == ("Example Event 1",)
    with pytest.raises(UnusableInput) as caught:
        next(batches)
    assert caught.value.key == "coverage.json_value_too_large"


def test_entries_without_time_or_message_are_counted() -> None:
    events = [
        {"message": "x"},
        {"timestamp": 1433190184356},
        7,
        {"timestamp": 1433190184356, "message": "y"},
    ]
    found = read(source, json.dumps({"events": events}))
    assert found.messages == ["y"]
    assert found.gaps.counts["log_event"] == 3


def test_ten_thousands_of_events_come_in_batches() -> None:
    events = [{"timestamp": 1433190184356 + n, "message": f"event {n} {'x' * 80}"} for n in range(25_000)]
    found = read(source, json.dumps({"events": events}))
    assert len(found.rows) == 25_000
    assert found.messages[24_999].startswith("event 24999 ")


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50), max_size=20),
    st.booleans(),
)
def test_every_message_survives(messages: list[str], ascii_only: bool) -> None:
    events = [{"timestamp": 1433190184356, "message": message} for message in messages]
    found = read(source, json.dumps({"events": events}, ensure_ascii=ascii_only))
    assert found.messages == [message.rstrip("\r\n") for message in messages]


@given(st.integers(0, len(FILTERED)), st.binary(max_size=40))
def test_damage_anywhere_crashes_nothing(at: int, noise: bytes) -> None:
    data = FILTERED.encode()
    try:
        read(source, data[:at] + noise)
        read(source, data[:at] + noise + data[at:])
    except UnusableInput:
        pass
