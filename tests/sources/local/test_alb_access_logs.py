"""Access logs of load balancers: the entries that AWS documents, older and newer ones, hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_reading import read, surety

from fa2.sources.local.alb_access_logs import source

GROUP = "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067"
CERTIFICATE = "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"
HTTP = (
    "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 "
    '10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" '
    f'"curl/7.46.0" - - {GROUP} "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" '
    '0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
)
HTTPS = (
    "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 "
    '10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" '
    f'"curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {GROUP} '
    f'"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "{CERTIFICATE}" '
    '1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_123456'
)
HTTP2 = (
    "h2 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 "
    '0.000 0.002 0.000 200 200 5 257 "GET https://10.0.2.105:773/ HTTP/2.0" "curl/7.46.0" '
    f'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {GROUP} "Root=1-58337327-72bd00b0343d75b906739c42" "-" "-" '
    '1 2018-07-02T22:22:48.364000Z "redirect" "https://example.com:80/" "-" "10.0.0.66:9000" "200" "-" "-"'
)
WEBSOCKET = (
    "ws 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.0.140:40914 10.0.1.192:8010 "
    '0.001 0.003 0.000 101 101 218 587 "GET http://10.0.0.30:80/ HTTP/1.1" "-" - - '
    f'{GROUP} "Root=1-58337364-23a8c76965a2ef7629b185e3" "-" "-" '
    '1 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.1.192:8010" "101" "-" "-"'
)
LAMBDA_FAILED = (
    "http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - "
    '0.000 0.001 0.000 502 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - '
    f'{GROUP} "Root=1-58337364-23a8c76965a2ef7629b185e3" "-" "-" '
    '0 2018-11-30T22:22:48.364000Z "forward" "-" "LambdaInvalidResponse" "-" "-" "-" "-"'
)
REFUSED = (
    "https 2026-11-20T03:00:00.000001Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.1:40914 - "
    '-1 -1 -1 403 - 218 587 "GET https://10.0.0.30:443/ HTTP/1.1" "a \\"b\\" c" - - - "-" "-" "-" '
    '0 2026-11-20T03:00:00.000001Z "waf" "-" "-" "-" "-" "-" "-"'
)
OLD = HTTP.partition(" 0 2018-07-02T22:22")[0]
CLOSED = HTTP.replace(" 200 200 ", " - - ")


def test_documented_entries_give_time_service_and_trace() -> None:
    found = read(source, "\n".join([HTTP, HTTPS, HTTP2, WEBSOCKET]))
    assert found.messages == [HTTP, HTTPS, HTTP2, WEBSOCKET]
    assert set(found.times) == {"2018-07-02T22:23:00.186641Z"}
    assert set(found.column("service")) == {"my-targets"}
    assert set(found.column("source")) == {"app/my-loadbalancer/50dc6c495c0c9188"}
    assert found.column("trace_id")[:2] == [
        "5833726236d228ad5d99923122bbe354",
        "583372811d84f3d73c47ec4e58577259",
    ]
    assert not found.gaps.counts


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (HTTP, "INFO"),
        (WEBSOCKET, "INFO"),
        (LAMBDA_FAILED, "ERROR"),
        (REFUSED, "WARN"),
        (CLOSED, None),
    ],
)
def test_the_status_gives_the_level(line: str, level: str | None) -> None:
    assert read(source, line).column("level") == [level]


def test_without_a_target_group_the_balancer_is_the_service() -> None:
    found = read(source, REFUSED)
    assert found.column("service") == ["my-loadbalancer"]
    assert found.column("trace_id") == [None]


def test_older_and_newer_entries_are_read() -> None:
    newest = f'{HTTP} TID_1234abcd5678ef90 "-" "-" "-"'
    found = read(source, f'{OLD}\n{newest}\n{newest} "unheard of" 7\n')
    assert found.column("trace_id") == ["5833726236d228ad5d99923122bbe354"] * 3


def test_a_line_that_is_no_entry_is_counted_with_an_example() -> None:
    found = read(source, f"{HTTP}\nsomething else\n")
    assert len(found.rows) == 1
    assert found.gaps.counts["alb_line"] == 1
    assert found.gaps.examples["alb_line"] == "something else"


def test_it_knows_its_own_and_no_other_logs() -> None:
    assert surety(source, f"{HTTP}\n{HTTPS}\n") == 1.0
    assert surety(source, "2026-11-20T03:00:00Z INFO http app/x\n") == 0.0
    assert surety(source, "") == 0.0


@given(st.text(max_size=300))
def test_no_tail_crashes_it(tail: str) -> None:
    line = HTTP[:150] + tail
    found = read(source, line)
    assert len(found.rows) + found.gaps.counts["alb_line"] >= 1
