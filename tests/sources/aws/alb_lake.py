"""Access logs of a load balancer as lines, and as a table in Athena as AWS documents it, its fields taken apart likewise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from lake_tables import LakeTable

BALANCER = "app/shop/50dc6c495c0c9188"
COLUMNS = {
    "type": "string",
    "time": "string",
    "elb": "string",
    "client_ip": "string",
    "client_port": "int",
    "target_ip": "string",
    "target_port": "int",
    "request_processing_time": "double",
    "target_processing_time": "double",
    "response_processing_time": "double",
    "elb_status_code": "int",
    "target_status_code": "string",
    "received_bytes": "bigint",
    "sent_bytes": "bigint",
    "request_verb": "string",
    "request_url": "string",
    "request_proto": "string",
    "user_agent": "string",
    "ssl_cipher": "string",
    "ssl_protocol": "string",
    "target_group_arn": "string",
    "trace_id": "string",
    "domain_name": "string",
    "chosen_cert_arn": "string",
    "matched_rule_priority": "string",
    "request_creation_time": "string",
    "actions_executed": "string",
    "redirect_url": "string",
    "lambda_error_reason": "string",
    "target_port_list": "string",
    "target_status_code_list": "string",
    "classification": "string",
    "classification_reason": "string",
    "conn_trace_id": "string",
}
PROJECTED = {
    "projection.enabled": "true",
    "projection.day.type": "date",
    "projection.day.format": "yyyy/MM/dd",
    "projection.day.range": "2022/01/01,NOW",
    "storage.location.template": "s3://lb/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/${day}",
}
_FIELDS = re.compile(
    r'(\S+) (\S+) (\S+) (\S+):(\d+) (\S+?)(?::(\d+))? (\S+) (\S+) (\S+) (\S+) (\S+) (\d+) (\d+) "(\S+) (\S+) (\S+)" '
    r'"([^"]*)" (\S+) (\S+) (\S+) "([^"]*)" "([^"]*)" "([^"]*)" (\S+) (\S+) "([^"]*)" "([^"]*)" "([^"]*)" "([^"]*)" '
    r'"([^"]*)" "([^"]*)" "([^"]*)" (\S+)'
)


def line(
    when: datetime, path: str = "/cart", status: int = 200, *, target: str = "", group: str = "cart",
    verb: str = "GET", seconds: float = 0.012, agent: str = "Mozilla/5.0 (X11; Linux)", balancer: str = BALANCER,
) -> str:  # fmt: skip
    """Return an entry; target: the target's status, that of the load balancer where it is empty, - for no target."""
    n = int(when.timestamp() * 1000) % 16**8
    arn = f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{group}/73e2d6bc24d8a067"
    answered = target or str(status)
    host = "-" if answered == "-" else "10.0.0.1:8080"
    at = f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"
    return (
        f"https {at} {balancer} 203.0.113.7:4711 {host} 0.000 {seconds:.3f} 0.000 {status} {answered} 34 366 "
        f'"{verb} https://shop.example.com:443{path} HTTP/1.1" "{agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {arn} '
        f'"Root=1-{n:08x}-36d228ad5d99923122bbe354" "shop.example.com" "arn:aws:acm:x:1:certificate/c" 0 {at} "forward" '
        f'"-" "-" "{host}" "{answered}" "-" "-" TID_1234'
    )


def by_day() -> LakeTable:
    """Return the table with partitions projected by day."""
    return LakeTable("weblogs", "alb", COLUMNS, ("day",), PROJECTED)


def by_hour() -> LakeTable:
    """Return the table with partitions that are listed by year, month, day and hour."""
    return LakeTable("weblogs", "alb", COLUMNS, ("year", "month", "day", "hour"))


def lake_rows(lines: Iterable[str], table: LakeTable) -> list[tuple[object, ...]]:
    """Return lines as rows of a table, as its SerDe gives them."""
    return [_row(line, table) for line in lines]


def _row(line: str, table: LakeTable) -> tuple[object, ...]:
    found = _FIELDS.fullmatch(line)
    assert found, line
    named = dict(zip(COLUMNS, found.groups(), strict=True))
    at = str(named["time"])
    year, month, day, hour = at[:4], at[5:7], at[8:10], at[11:13]
    keys = {"day": f"{year}/{month}/{day}" if table.projected else day, "year": year, "month": month, "hour": hour}
    cells = [_cell(named.get(name), kind) for name, kind in table.columns.items()]
    return (*cells, *(keys[key] for key in table.partition_keys))


def _cell(text: str | None, kind: str) -> object:
    if kind in ("int", "bigint", "double"):
        number = float if kind == "double" else int
        return None if text in (None, "", "-") else number(str(text))
    return text
