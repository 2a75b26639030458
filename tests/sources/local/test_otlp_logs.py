"""Tests of OTLP/JSON logs."""

from __future__ import annotations

from exported_file import exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json
from fa2.sources.local.otlp_logs import source


def test_records_become_lines_with_level_service_and_trace() -> None:
    record: Json = {
        "timeUnixNano": "1544712660300000000",
        "severityNumber": 10,
        "severityText": "Information",
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174",
        "body": {"stringValue": "Example log record"},
    }
    thrown: Json = {
        "observedTimeUnixNano": "1544712661000000000",
        "severityNumber": 17,
        "body": {"stringValue": "payment failed"},
        "attributes": [
            {"key": "exception.type", "value": {"stringValue": "TimeoutError"}},
            {"key": "exception.message", "value": {"stringValue": "10 s"}},
        ],
    }
    silent: Json = {"timeUnixNano": "1544712661000000000"}
    service: Json = {"key": "service.name", "value": {"stringValue": "payments"}}
    file = exported(
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": [service]},
                    "scopeLogs": [{"logRecords": [record, thrown, silent]}],
                }
            ]
        },
        "logs/payments.json",
    )
    gaps = Gaps()
    first, second = rows_of(source, file, gaps)
    assert source.recognise(file.head()) == 1.0
    assert first == {
        "timestamp": 1544712660300000,
        "source": "logs/payments.json",
        "stream": None,
        "service": "payments",
        "level": "INFO",
        "message": "Example log record",
        "trace_id": "5b8efff798038103d269b633813fc60c",
        "span_id": "eee19b7ec3c1b174",
    }
    assert second["message"] == "payment failed\nTimeoutError: 10 s"
    assert second["level"] == "ERROR"
    assert gaps.counts == {"otlp_log": 1}
