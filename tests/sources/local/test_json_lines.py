"""JSON lines: the loggers' own samples, lines between them, and broken ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_reading import read, surety

from fa2.core.errors import UnusableInput
from fa2.sources.local.json_lines import source

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
AT = "2026-11-20T03:00:00Z"
RECORDS: dict[str, tuple[dict[str, object], tuple[object, ...]]] = {
    "structlog": (
        {"event": "gone", "level": "error", "timestamp": AT, "trace_id": TRACE},
        ("ERROR", None, TRACE, None),
    ),
    "pino": (
        {
            "level": 40,
            "time": 1795143600000,
            "pid": 7,
            "name": "x",
            "reqId": "req-17",
            "msg": "slow",
        },
        ("WARN", None, "req-17", None),
    ),
    "logback": (
        {
            "@timestamp": "2026-11-20T12:00:00.000+09:00",
            "level": "ERROR",
            "level_value": 40000,
            "message": "gone",
            "traceId": TRACE,
            "spanId": SPAN,
            "service": "cart",
        },
        ("ERROR", "cart", TRACE, SPAN),
    ),
    "ecs": (
        {
            "@timestamp": AT,
            "log.level": "info",
            "message": "m",
            "service": {"name": "cart"},
            "trace": {"id": TRACE},
            "span": {"id": SPAN},
        },
        ("INFO", "cart", TRACE, SPAN),
    ),
    "zap": ({"level": "dpanic", "ts": 1795143600.0, "msg": "gone"}, ("FATAL", None, None, None)),
    "powertools": (
        {
            "level": "INFO",
            "location": "handler:7",
            "message": "m",
            "timestamp": "2026-11-20 03:00:00,000+0000",
            "service": "payment",
            "function_name": "pay",
            "function_request_id": "8f507cfc-1",
            "xray_trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        },
        ("INFO", "payment", TRACE, None),
    ),
    "lambda": (
        {"timestamp": AT, "level": "WARN", "message": "m", "requestId": "8f507cfc-0000"},
        ("WARN", None, "8f507cfc-0000", None),
    ),
    "lambda_platform": (
        {
            "time": AT,
            "type": "platform.start",
            "record": {"requestId": "8f507cfc-0000", "version": "$LATEST"},
        },
        (None, None, "8f507cfc-0000", None),
    ),
    "emf": (
        {
            "_aws": {"Timestamp": 1795143600000, "CloudWatchMetrics": []},
            "functionName": "pay",
            "latency": 7,
        },
        (None, "pay", None, None),
    ),
    "kubernetes": (
        {
            "time": AT,
            "stream": "stderr",
            "log": "ERROR gone\n",
            "kubernetes": {"pod_name": "orders-5f55b6cf68-77cfw", "labels": {"app": "orders"}},
        },
        ("ERROR", "orders", None, None),
    ),
    "pod_only": (
        {"time": AT, "log": "x", "kubernetes": {"pod_name": "orders-5f55b6cf68-77cfw"}},
        (None, "orders", None, None),
    ),
    "journald": (
        {
            "__REALTIME_TIMESTAMP": "1795143600000000",
            "PRIORITY": "3",
            "SYSLOG_IDENTIFIER": "sshd",
            "MESSAGE": "m",
        },
        ("ERROR", "sshd", None, None),
    ),
    "log4j": (
        {
            "instant": {"epochSecond": 1795143600, "nanoOfSecond": 0},
            "level": "FATAL",
            "message": "m",
        },
        ("FATAL", None, None, None),
    ),
    "gcp": (
        {"timestamp": AT, "severity": "NOTICE", "textPayload": "m"},
        ("INFO", None, None, None),
    ),
    "serilog": ({"@t": AT, "@l": "Warning", "@mt": "m"}, ("WARN", None, None, None)),
}


@pytest.mark.parametrize("logger", RECORDS)
def test_a_record_gives_its_time_level_service_and_ids(logger: str) -> None:
    record, expected = RECORDS[logger]
    line = json.dumps(record)
    found = read(source, f"{line}\n{line}\n", "app.log")
    assert found.messages == [line, line]
    assert found.times == [AT, AT]
    row = found.rows[1]
    assert (row["level"], row["service"], row["trace_id"], row["span_id"]) == expected
    assert surety(source, line) >= 0.5


def test_the_files_name_gives_the_service_where_the_record_does_not() -> None:
    found = read(source, json.dumps({"time": AT, "msg": "m"}), "orders.jsonl")
    assert found.column("service") == ["orders"]


def test_a_stack_trace_between_the_records_is_one_message() -> None:
    record = json.dumps({"time": AT, "level": "info", "msg": "m"})
    trace = 'Traceback (most recent call last):\n  File "a.py", line 7\nValueError: x'
    found = read(source, f"{record}\n{trace}\n{record}\n")
    assert found.messages == [record, trace, record]
    assert found.times == [AT] * 3


def test_lines_before_the_first_record_get_its_time() -> None:
    record = json.dumps({"time": AT, "msg": "m"})
    found = read(source, f"Starting up\n\n{record}\n{record}\n")
    assert found.messages[0] == "Starting up"
    assert found.gaps.counts["note_lines_before_first_time"] == 1


def test_a_record_without_a_time_takes_the_one_before_and_is_noted() -> None:
    lines = [json.dumps({"time": AT, "msg": "a"}), json.dumps({"msg": "b"})]
    found = read(source, "\n".join(lines))
    assert found.times == [AT, AT]
    assert found.gaps.counts["note_records_without_time"] == 1


def test_records_without_any_time_are_refused() -> None:
    with pytest.raises(UnusableInput) as caught:
        read(source, '{"msg": "a"}\n{"msg": "b"}\n')
    assert caught.value.key == "coverage.no_timestamps"


def test_it_leaves_other_files_alone() -> None:
    assert surety(source, "2026-11-20T03:00:00Z INFO x\n" * 9) == 0.0
    assert surety(source, '{\n  "events": []\n}\n') == 0.0
    assert surety(source, '{"a": 1}\n') < 0.2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["time", "ts", "level", "severity", "service", "trace_id", "span", "msg", "kubernetes"])


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=6), max_size=5))
def test_any_values_under_known_keys_are_kept(records: list[dict[str, object]]) -> None:
    lines = [json.dumps({"time": AT}), *(json.dumps(record) for record in records)]
    found = read(source, "\n".join(lines))
    assert "\n".join(found.messages).split("\n") == lines


@given(st.binary(max_size=500))
def test_no_bytes_crash_it(noise: bytes) -> None:
    surety(source, noise)
    read(source, json.dumps({"time": AT}).encode() + b"\n" + noise)
