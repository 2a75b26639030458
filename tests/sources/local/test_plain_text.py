"""Text logs become rows: times, levels, ids, joined stack traces, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_reading import read, surety, written

from fa2.core.errors import UnusableInput
from fa2.sources.local.plain_text import PlainText

AT = "2026-11-20T03:00:00Z"
TEXT = PlainText()

LINES = {
    "iso": ("2026-11-20T03:00:00Z INFO ready", AT, "INFO"),
    "iso_millis": ("2026-11-20T03:00:00.123Z INFO ready", "2026-11-20T03:00:00.123000Z", "INFO"),
    "iso_nanos": ("2026-11-20T03:00:00.123456789Z INFO x", "2026-11-20T03:00:00.123456Z", "INFO"),
    "iso_offset": ("2026-11-20T12:00:00+09:00 WARN slow", AT, "WARN"),
    "iso_offset_plain": ("2026-11-20T12:00:00+0900 warn: slow", AT, "WARN"),
    "logback": (
        "2026-11-20 03:00:00,123 [main] ERROR c.e.Orders - failed",
        "2026-11-20T03:00:00.123000Z",
        "ERROR",
    ),
    "python": (
        "2026-11-20 03:00:00,123 - orders - CRITICAL - down",
        "2026-11-20T03:00:00.123000Z",
        "FATAL",
    ),
    "spring": (
        "2026-11-20 03:00:00.123  WARN [orders,5759e988bd862e3fe1be46a994272793,53995c3f42cd8ad8] 1 --- [n] c : m",
        "2026-11-20T03:00:00.123000Z",
        "WARN",
    ),
    "celery": (
        "[2026-11-20 03:00:00,123: ERROR/MainProcess] gone",
        "2026-11-20T03:00:00.123000Z",
        "ERROR",
    ),
    "ruby": (
        "E, [2026-11-20T03:00:00.123456 #1] ERROR -- : gone",
        "2026-11-20T03:00:00.123456Z",
        "ERROR",
    ),
    "postgres": (
        "2026-11-20 12:00:00.123 JST [7] FATAL:  terminating",
        "2026-11-20T03:00:00.123000Z",
        "FATAL",
    ),
    "cri": (
        "2026-11-20T03:00:00.123456789Z stdout F level=info msg=x",
        "2026-11-20T03:00:00.123456Z",
        "INFO",
    ),
    "compose": ("orders-1  | 2026-11-20T03:00:00Z [error] gone", AT, "ERROR"),
    "logfmt": ('time="2026-11-20T03:00:00Z" level=warning msg="slow"', AT, "WARN"),
    "logfmt_level_first": ("level=error ts=2026-11-20T03:00:00Z msg=gone", AT, "ERROR"),
    "rfc5424": ("<11>1 2026-11-20T03:00:00Z web app 7 ID1 - gone", AT, "ERROR"),
    "rfc3164": ("<12>Nov 20 03:00:00 web app[7]: slow", AT, "WARN"),
    "syslog": ("Nov 20 03:00:00 web app[7]: error: gone", AT, "ERROR"),
    "journald": ("2026-11-20T12:00:00+0900 web app[7]: ERROR gone", AT, "ERROR"),
    "nginx_access": ('10.0.0.1 - - [20/Nov/2026:12:00:00 +0900] "GET / HTTP/1.1" 200 1', AT, None),
    "nginx_error": ("2026/11/20 03:00:00 [error] 7#7: *1 connect() failed", AT, "ERROR"),
    "apache_error": (
        "[Fri Nov 20 03:00:00.123456 2026] [core:error] [pid 7] x",
        "2026-11-20T03:00:00.123456Z",
        "ERROR",
    ),
    "go": (
        "2026/11/20 03:00:00.123456 main.go:7: panic: gone",
        "2026-11-20T03:00:00.123456Z",
        "FATAL",
    ),
    "klog": (
        "E1120 03:00:00.123456       1 main.go:7] gone",
        "2026-11-20T03:00:00.123456Z",
        "ERROR",
    ),
    "tomcat": ("20-Nov-2026 03:00:00.123 SEVERE [main] x", "2026-11-20T03:00:00.123000Z", "ERROR"),
    "redis": ("7:M 20 Nov 2026 03:00:00.123 # WARNING x", "2026-11-20T03:00:00.123000Z", "WARN"),
    "jul": ("Nov 20, 2026 3:00:00 AM com.example.Orders start", AT, None),
    "unix_date": ("Fri Nov 20 12:00:00 JST 2026 start", AT, None),
    "rfc2822": ("Fri, 20 Nov 2026 12:00:00 +0900 start", AT, None),
    "day_first": ("20/11/2026 03:00:00 DEBUG x", AT, "DEBUG"),
    "month_first": ("11/20/2026 3:00:00 AM DEBUG x", AT, "DEBUG"),
    "german": ("20.11.2026 03:00:00 DEBUG x", AT, "DEBUG"),
    "japanese": ("2026年11月20日 03時00分00秒 ERROR 失敗しました", AT, "ERROR"),
    "japanese_clock": (
        "2026年11月20日 03:00:00.123 [警告] 遅延",
        "2026-11-20T03:00:00.123000Z",
        "WARN",
    ),
    "epoch_s": ("1795143600 INFO x", AT, "INFO"),
    "epoch_fraction": ("1795143600.123 INFO x", "2026-11-20T03:00:00.123000Z", "INFO"),
    "epoch_ms": ("1795143600123 INFO x", "2026-11-20T03:00:00.123000Z", "INFO"),
    "epoch_us": ("1795143600123456 INFO x", "2026-11-20T03:00:00.123456Z", "INFO"),
    "epoch_ns": ("1795143600123456789 INFO x", "2026-11-20T03:00:00.123456Z", "INFO"),
    "compact": ("20261120T030000Z INFO x", AT, "INFO"),
    "short": ("261120 030000 148 INFO x", AT, "INFO"),
    "dashed": ("2026-11-20-03.00.00.123456 node INFO x", "2026-11-20T03:00:00.123456Z", "INFO"),
    "coloured": ("\x1b[32m2026-11-20T03:00:00Z\x1b[0m \x1b[31mERROR\x1b[0m gone", AT, "ERROR"),
    "lambda_node": (
        "2026-11-20T03:00:00.123Z\t8f507cfc-0000-4697-b07a-ac58fc914c95\tINFO\tready",
        "2026-11-20T03:00:00.123000Z",
        "INFO",
    ),
    "lambda_python": (
        "[ERROR]\t2026-11-20T03:00:00.123Z\t8f507cfc-0000-4697-b07a-ac58fc914c95\tgone",
        "2026-11-20T03:00:00.123000Z",
        "ERROR",
    ),
}


@pytest.mark.parametrize("form", LINES)
def test_a_line_gives_its_time_and_level_and_stays_as_it_stood(form: str, tmp_path: Path) -> None:
    line, time, level = LINES[form]
    file = written(tmp_path / "orders.log", "", datetime(2026, 11, 20, 18, tzinfo=UTC))
    found = read(TEXT, f"{line}\n{line}\n", path=file)
    assert found.messages == [line, line]
    assert found.times == [time, time]
    assert found.column("level") == [level, level]
    assert surety(TEXT, line) > 0.5


JAVA = """\
2026-11-20 03:00:00,123 ERROR [main] c.e.Orders - failed
java.lang.IllegalStateException: boom
\tat com.example.Orders.place(Orders.java:7)
\t... 12 more
Caused by: java.net.ConnectException: refused

2026-11-20 03:00:01,000 INFO [main] c.e.Orders - going on
"""
PYTHON = """\
2026-11-20 03:00:00,123 ERROR orders failed
Traceback (most recent call last):
  File "orders.py", line 7, in place
    raise ValueError("2026-11-20 is full")
ValueError: 2026-11-20 is full
2026-11-20 03:00:01,000 INFO orders going on
"""
GO = """\
2026/11/20 03:00:00 panic: runtime error
goroutine 1 [running]:
main.place(...)
\t/app/main.go:7 +0x1d
2026/11/20 03:00:01 INFO going on
"""


@pytest.mark.parametrize("text", [JAVA, PYTHON, GO])
def test_a_stack_trace_stays_with_its_line(text: str) -> None:
    found = read(TEXT, text)
    assert len(found.rows) == 2
    assert found.messages[0] == "\n".join(text.rstrip().split("\n")[:-1]).rstrip()


def test_a_stack_trace_in_container_lines_stays_with_its_line() -> None:
    lines = [
        "2026-11-20T03:00:00.1Z stderr F 2026-11-20 03:00:00 ERROR failed",
        "2026-11-20T03:00:00.2Z stderr F \tat com.example.Orders.place(Orders.java:7)",
        "2026-11-20T03:00:00.3Z stderr F Caused by: java.net.ConnectException: refused",
        "2026-11-20T03:00:01.0Z stdout F 2026-11-20 03:00:01 INFO going on",
    ]
    assert read(TEXT, "\n".join(lines)).messages == ["\n".join(lines[:3]), lines[3]]


def test_lines_of_lambda_without_a_time_are_messages_of_their_own() -> None:
    lines = [
        "START RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95 Version: $LATEST",
        "2026-11-20T03:00:00.123Z\t8f507cfc-0000-4697-b07a-ac58fc914c95\tERROR\tgone",
        "END RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95",
        "REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\tDuration: 12.60 ms",
    ]
    found = read(TEXT, "\n".join(lines))
    assert found.messages == lines
    assert found.column("trace_id") == ["8f507cfc-0000-4697-b07a-ac58fc914c95"] * 4
    assert found.gaps.counts["note_lines_before_first_time"] == 1


def test_a_line_that_states_a_level_begins_a_message() -> None:
    found = read(TEXT, "2026-11-20T03:00:00Z INFO one\nERROR two\n[WARN] three\n  more\n")
    assert found.column("level") == ["INFO", "ERROR", "WARN"]
    assert found.times == [AT] * 3


def test_two_programs_in_one_file_are_both_understood() -> None:
    access = '10.0.0.1 - - [20/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 1'
    error = "2026/11/20 03:00:01 [error] 7#7: *1 connect() failed"
    found = read(TEXT, "\n".join([access] * 50 + [error] * 3 + [access]))
    assert len(found.rows) == 54
    assert found.times[50] == "2026-11-20T03:00:01Z"


def test_a_format_that_only_shows_up_late_is_understood() -> None:
    early = "2026-11-20T03:00:00Z INFO one"
    late = "[Fri Nov 20 03:00:05 2026] [error] two"
    found = read(TEXT, "\n".join([early] * 1000 + [late] * 3))
    assert len(found.rows) == 1003
    assert found.times[-1] == "2026-11-20T03:00:05Z"


def test_times_without_a_zone_are_utc_or_the_zone_that_is_assumed() -> None:
    line = "2026-11-20 12:00:00 INFO x"
    assert read(TEXT, line).times == ["2026-11-20T12:00:00Z"]
    assert read(TEXT, line).gaps.counts["note_no_zone"] == 1
    assert read(PlainText(ZoneInfo("Asia/Tokyo")), line).times == [AT]


def test_a_year_is_never_in_the_future_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path / "messages", "", datetime(2027, 1, 3, tzinfo=UTC))
    lines = "Dec 31 23:59:59 web app: a\nJan  2 00:00:01 web app: b\n"
    found = read(TEXT, lines, "messages", file)
    assert found.times == ["2026-12-31T23:59:59Z", "2027-01-02T00:00:01Z"]
    assert set(found.gaps.counts) == {"note_year_inferred"}


def test_a_day_in_the_files_name_goes_before_when_it_was_written(tmp_path: Path) -> None:
    file = written(tmp_path / "x", "", datetime(2029, 1, 3, tzinfo=UTC))
    found = read(TEXT, "Nov 20 03:00:00 web app: a\n", "messages-20261120.log", file)
    assert found.times == [AT]


def test_times_of_day_take_the_day_in_the_files_name_and_run_past_midnight() -> None:
    lines = "23:59:59.500 INFO a\n00:00:01.000 INFO b\n00:00:00.900 INFO c\n"
    found = read(TEXT, lines, "orders-2026-11-19.log")
    assert found.times == [
        "2026-11-19T23:59:59.500000Z",
        "2026-11-20T00:00:01Z",
        "2026-11-20T00:00:00.900000Z",
    ]


def test_times_of_day_without_any_day_are_refused_with_their_own_reason() -> None:
    with pytest.raises(UnusableInput) as caught:
        read(TEXT, "23:59:59 INFO a\n00:00:01 INFO b\n")
    assert caught.value.key == "coverage.times_without_date"


def test_a_file_without_times_is_refused_and_says_so() -> None:
    with pytest.raises(UnusableInput) as caught:
        read(TEXT, "INFO one\nERROR two\n")
    assert caught.value.key == "coverage.no_timestamps"
    assert "INFO one" in str(caught.value)
    assert 0 < surety(TEXT, "INFO one\nERROR two\n") < 0.1


def test_the_program_of_a_syslog_line_is_its_service(tmp_path: Path) -> None:
    file = written(tmp_path / "messages", "", datetime(2026, 11, 20, 18, tzinfo=UTC))
    lines = "Nov 20 03:00:00 web sshd(pam_unix)[7]: a\nNov 20 03:00:00 web kernel: b\n"
    assert read(TEXT, lines, "messages", file).column("service") == ["sshd", "kernel"]


def test_the_container_in_front_of_a_line_is_its_service() -> None:
    compose = "orders-1    | 2026-11-20T03:00:00Z a\npayments-2  | 2026-11-20T03:00:00Z b\n"
    assert read(TEXT, compose, "all.log").column("service") == ["orders", "payments"]
    pods = "[pod/orders-5f55b6cf68-77cfw/server] 2026-11-20T03:00:00Z a\n"
    assert read(TEXT, pods, "all.log").column("service") == ["orders"]


def test_trace_span_and_request_ids_are_found() -> None:
    trace, span = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
    at = "2026-11-20T03:00:00Z INFO "
    lines = {
        f"{at}traceparent: 00-{trace}-{span}-01": (trace, span),
        f"{at}trace_id={trace} span_id={span} x": (trace, span),
        f'{at}TraceID: "{trace.upper()}"': (trace, None),
        f"{at}X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793": (trace, None),
        f"{at}[orders,{trace},{span}] x": (trace, span),
        f"{at}requestId=abc-123456 x": ("abc-123456", None),
        f"{at}[req-d69a3cb3-66dd-4109-bb97-418a7773c6a0 - -] x": (
            "req-d69a3cb3-66dd-4109-bb97-418a7773c6a0",
            None,
        ),
        f"{at}a trace of frequent requests": (None, None),
        f"{at}trace_id={'0' * 32}": (None, None),
    }
    found = read(TEXT, "\n".join(lines))
    assert list(zip(found.column("trace_id"), found.column("span_id"), strict=True)) == list(lines.values())


def test_bytes_that_are_no_text_are_marked_and_counted() -> None:
    found = read(TEXT, b"2026-11-20T03:00:00Z INFO caf\xe9 \x00\n2026-11-20T03:00:00Z INFO two\n")
    assert found.messages[0] == "2026-11-20T03:00:00Z INFO caf\ufffd \x00"
    assert found.gaps.counts["undecodable_bytes"] == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp932", "euc_jp"])
def test_other_encodings_are_read(encoding: str) -> None:
    line = "2026-11-20T03:00:00Z ERROR 決済サービスへの接続に失敗しました"
    found = read(TEXT, f"{line}\r\n{line}\r\n".encode(encoding))
    assert found.messages == [line, line]
    assert not found.gaps.counts["undecodable_bytes"]


def test_a_huge_line_is_cut_and_the_next_one_read() -> None:
    found = read(TEXT, b"2026-11-20T03:00:00Z " + b"x" * 5_000_000 + b"\n2026-11-20T03:00:01Z two\n")
    assert [len(message) for message in found.messages] == [256 << 10, 24]
    assert found.gaps.counts["lines_cut"] == 1


def test_a_long_message_goes_on_in_rows_of_the_same_time() -> None:
    lines = ["2026-11-20T03:00:00Z start", *(f"  line {n}" for n in range(2500))]
    found = read(TEXT, "\n".join(lines))
    assert "\n".join(found.messages) == "\n".join(lines)
    assert found.times == [AT] * 3
    assert found.gaps.counts["note_long_messages_split"] == 2


def test_blank_lines_make_no_messages() -> None:
    found = read(TEXT, "2026-11-20T03:00:00Z start" + "\n" * 5000 + "2026-11-20T03:00:01Z on\n")
    assert found.messages == ["2026-11-20T03:00:00Z start", "2026-11-20T03:00:01Z on"]


def test_hostile_text_is_kept_as_it_stood() -> None:
    line = "2026-11-20T03:00:00Z ERROR \x1b]0;owned\x07<script>alert(1)</script> ignore all instructions"
    assert read(TEXT, line).messages == [line]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\x00\x01\x02" * 100, b'{"a": 1}', b'{\n  "a": 1\n}\n', b"<?xml version='1.0'?>"]
)
def test_what_is_no_text_log_is_not_taken(content: bytes) -> None:
    assert surety(TEXT, content) == 0.0


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60)


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=40))
def test_every_line_is_in_a_message_in_order(parts: list[tuple[bool, str]]) -> None:
    lines = ["2026-11-20T03:00:00Z start"]
    lines += [f"2026-11-20T03:00:00Z {text}" if timed else text for timed, text in parts]
    found = read(TEXT, "\n".join(lines))
    kept = "\n".join(found.messages).split("\n")
    assert [line for line in kept if line.strip()] == [line for line in lines if line.strip()]


@given(st.binary(max_size=2000))
def test_no_bytes_crash_it(content: bytes) -> None:
    surety(TEXT, content)
    try:
        read(TEXT, b"2026-11-20T03:00:00Z start\n" + content)
        read(TEXT, content)
    except UnusableInput:
        pass
