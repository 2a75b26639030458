"""The query that counts a load balancer's requests in Athena, and its rows as counted lines with a sample each.

One scan: requests are counted by interval, target group, both statuses, method and the shape of the path, and the
first line of each is kept whole. Of very many paths the most telling stay, failures before others; the rest of a
target group's are counted together.
https://docs.aws.amazon.com/athena/latest/ug/create-alb-access-logs-table-partition-projection.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from fa2.core.windows import TimeWindow
from fa2.logs.shapes.dialects import TRINO, shape_sql
from fa2.sources.aws.athena.tables import LakeTable, Partition, predicates
from fa2.sources.aws.athena.values import Cell, Parameter, identifier
from fa2.sources.local.alb_access_logs import level_of, service_of

SAMPLE_CHARS = 8000
_PATH_CHARS = 200
_NEEDED = ("time", "elb", "elb_status_code", "request_url", "target_group_arn")
_WORDS = {
    **{status.value: status.phrase for status in HTTPStatus},
    460: "Client Closed Connection",
    463: "Too Many Forwarded Addresses",
    464: "Incompatible Protocol",
    561: "Authentication Error",
}
"""What statuses mean; in words, since figures in a pattern stand for any figures. Those from 460 are the load balancer's own."""


@dataclass(frozen=True)
class Wanted:
    """What of the requests is wanted."""

    balancers: tuple[str, ...] = ()
    """Resource ids; empty: all."""
    slow_s: float = 5.0
    """From how many seconds on a request is told apart as slow."""
    paths: int = 300
    """How many paths are told apart."""
    rows: int = 50_000


@dataclass(frozen=True)
class RequestsQuery:
    """A query with its parameters, and how its intervals are to be read."""

    sql: str
    parameters: tuple[Parameter, ...]
    origin: datetime
    """Where the interval 0 starts."""
    interval_s: int


@dataclass(frozen=True)
class Counted:
    """Requests that are alike, in one interval."""

    bucket: datetime | None
    """Null where the time of the requests is none."""
    balancer: str
    service: str
    level: str | None
    pattern: str
    count: int
    sample: str
    """The first of them, as a line of the access log."""
    first: str
    """Its time, as written."""
    telling: bool
    """Whether it failed, or took long."""


def missing_columns(table: LakeTable) -> list[str]:
    """Return the columns without which requests cannot be counted."""
    return [name for name in _NEEDED if name not in table.columns]


def interval_of(window: TimeWindow, total_s: float) -> int:
    """Return the seconds of an interval: a minute, or more so that there are at most 240; the window is whole intervals.

    Where no such length divides the window, its last interval ends beyond it.
    """
    least = max(60, -(-int(total_s) // 240))
    seconds = int(window.duration.total_seconds())
    return next((n for n in range(least, 2 * least) if seconds % n == 0), least)


def requests_query(
    table: LakeTable,
    found: Sequence[Partition],
    windows: Sequence[TimeWindow],
    *,
    origin: datetime,
    interval_s: int,
    wanted: Wanted,
) -> RequestsQuery:
    """Return the query that counts the requests of some windows; intervals are counted from `origin`, before it below 0."""
    conditions, parameters = predicates(found)
    within = " OR ".join([f"({_time(table)} >= ? AND {_time(table)} < ?)"] * len(windows))
    edges = [f"{edge:%Y-%m-%dT%H:%M:%S.%fZ}" for w in windows for edge in (w.start, w.end)]
    conditions.append(f"({within})")
    if wanted.balancers:
        conditions.append(f'"elb" IN ({", ".join("?" * len(wanted.balancers))})')
    key = "elb, target_group, elb_status, target_status, verb, path, slow"
    sql = f"""WITH requests AS (
  SELECT CAST(floor((to_unixtime(try(from_iso8601_timestamp({_time(table)}))) - ?) / {int(interval_s)}) AS bigint) AS bucket,
    "elb" AS elb, coalesce("target_group_arn", '-') AS target_group,
    {_text(table, "elb_status_code")} AS elb_status, {_text(table, "target_status_code")} AS target_status,
    {_text(table, "request_verb")} AS verb, {_path(table)} AS path, {_slow(table)} AS slow,
    {_time(table)} AS seen, {_line(table)} AS line
  FROM {identifier(table.database)}.{identifier(table.name)}
  WHERE {" AND ".join(conditions)}
), counted AS (
  SELECT bucket, {key}, count(*) AS n, min(seen) AS first_seen, min_by(line, seen) AS sample
  FROM requests GROUP BY bucket, {key}
), weighed AS (
  SELECT *, sum(n * CASE WHEN elb_status >= '5' THEN 10000 WHEN elb_status >= '4' THEN 100 ELSE 1 END)
    OVER (PARTITION BY elb, target_group, verb, path) AS weight
  FROM counted
), placed AS (
  SELECT *, dense_rank() OVER (ORDER BY weight DESC, elb, target_group, verb, path) AS place FROM weighed
), named AS (
  SELECT bucket, elb, target_group, elb_status, target_status, verb, slow, n, first_seen, sample,
    CASE WHEN place <= {int(wanted.paths)} THEN path ELSE '/<*>' END AS path
  FROM placed
)
SELECT bucket, {key}, sum(n) AS total, min(first_seen) AS first,
  substr(min_by(sample, first_seen), 1, {SAMPLE_CHARS}) AS example
FROM named GROUP BY bucket, {key}
ORDER BY CASE WHEN elb_status >= '4' OR slow = 1 THEN 0 ELSE 1 END, total DESC, {key}, bucket
LIMIT {int(wanted.rows)}"""
    values = (wanted.slow_s, *parameters, *edges, *wanted.balancers)
    return RequestsQuery(sql, (int(origin.timestamp()), *values), origin, interval_s)


def counted(query: RequestsQuery, rows: Sequence[tuple[Cell, ...]]) -> Iterator[Counted]:
    """Yield rows of the query as counted lines."""
    for bucket, elb, group, status, target_status, verb, path, slow, n, first, sample in rows:
        start = None if bucket is None else query.origin + timedelta(seconds=_whole(bucket) * query.interval_s)
        level = level_of(str(status or "-"))
        yield Counted(
            bucket=start,
            balancer=str(elb or ""),
            service=service_of(str(elb or ""), str(group or "")),
            level=level,
            pattern=_pattern(str(verb or "-"), str(path or "-"), (str(status), str(target_status)), slow=slow == 1),
            count=_whole(n),
            sample=str(sample or ""),
            first=str(first or ""),
            telling=level != "INFO" or slow == 1,
        )


def _pattern(verb: str, path: str, statuses: tuple[str, str], *, slow: bool) -> str:
    """Return a pattern: the request, what was answered and, where it differs, what the target answered."""
    answer, target = (_words(status) for status in statuses)
    told = f"{verb} {path} {answer}"
    told += f", target {target}" if target != answer else ""
    return f"{told}, slow" if slow else told


def _words(status: str) -> str:
    if not status.isascii() or not status.isdigit():
        return "-"
    return _WORDS.get(int(status), "status <*>")


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _time(table: LakeTable) -> str:
    """Return the time of a request as text of ISO 8601 in UTC, to the microsecond."""
    if table.columns.get("time", "").startswith("timestamp"):
        return "date_format(\"time\", '%Y-%m-%dT%H:%i:%s.%fZ')"
    return '"time"'


def _text(table: LakeTable, name: str) -> str:
    return f"coalesce(nullif(CAST({identifier(name)} AS varchar), ''), '-')" if name in table.columns else "'-'"


def _path(table: LakeTable) -> str:
    """Return the shape of a path, by the one rule for shapes; host and query left out."""
    path = "regexp_extract(\"request_url\", '^[A-Za-z]+://[^/?#]*([^?#]*)', 1)"
    return shape_sql(f"substr(coalesce({path}, '-'), 1, {_PATH_CHARS})", TRINO)


def _slow(table: LakeTable) -> str:
    times = [f"{part}_processing_time" for part in ("request", "target", "response")]
    taken = " + ".join(f"coalesce(try_cast({identifier(t)} AS double), 0e0)" for t in times if t in table.columns)
    return f"CASE WHEN {taken or '0e0'} >= ? THEN 1 ELSE 0 END"


def _line(table: LakeTable) -> str:
    """Return a request as the line of the access log that it was, fields that the table lacks left out or as -."""

    def text(name: str) -> str:
        return _text(table, name)

    def seconds(name: str) -> str:
        column = f"CAST(try_cast({identifier(name)} AS decimal(12, 3)) AS varchar)"
        return f"coalesce({column}, '-1')" if name in table.columns else "'-1'"

    def address(ip: str, port: str) -> str:
        return f"concat({text(ip)}, CASE WHEN {text(port)} IN ('-', '') THEN '' ELSE concat(':', {text(port)}) END)"

    request = f"concat('\"', {text('request_verb')}, ' ', {text('request_url')}, ' ', {text('request_proto')}, '\"')"
    fields = [
        text("type"), _time(table), text("elb"), address("client_ip", "client_port"), address("target_ip", "target_port"),
        seconds("request_processing_time"), seconds("target_processing_time"), seconds("response_processing_time"),
        text("elb_status_code"), text("target_status_code"), _bytes(table, "received_bytes"), _bytes(table, "sent_bytes"),
        request, _quoted(table, "user_agent"), text("ssl_cipher"), text("ssl_protocol"), text("target_group_arn"),
        _quoted(table, "trace_id"), _quoted(table, "domain_name"), _quoted(table, "chosen_cert_arn"),
        text("matched_rule_priority"), text("request_creation_time"), _quoted(table, "actions_executed"),
        _quoted(table, "redirect_url"), _quoted(table, "lambda_error_reason"), _quoted(table, "target_port_list"),
        _quoted(table, "target_status_code_list"), _quoted(table, "classification"),
        _quoted(table, "classification_reason"), text("conn_trace_id"),
    ]  # fmt: skip
    return "concat(" + ", ' ', ".join(fields) + ")"


def _bytes(table: LakeTable, name: str) -> str:
    return f"coalesce(CAST({identifier(name)} AS varchar), '0')" if name in table.columns else "'0'"


def _quoted(table: LakeTable, name: str) -> str:
    return f"concat('\"', {_text(table, name)}, '\"')"
