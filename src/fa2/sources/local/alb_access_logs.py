"""Reads access logs of Application Load Balancers into logs.

A message is the line itself. `level` comes from the load balancer's status: 5xx ERROR, 4xx WARN, others
INFO, none where it is `-`. `service` is the target group's name, or the load balancer's where no target
was chosen; `source` is the load balancer's resource id and `stream` the file. trace_id is the Root of
X-Amzn-Trace-Id as 32 digits. Lines of older load balancers end sooner, newer ones later: only the first
twelve fields are needed.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.file_dates import Dates
from fa2.sources.local.identifiers import normal_trace_id
from fa2.sources.local.text_blocks import head_lines, text_blocks
from fa2.sources.local.time_formats import FORMATS
from fa2.sources.local.timestamps import TimeReader

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    r"(?:https?|h2|grpcs?|wss?) "
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) "
    r"(?P<elb>\S+) \S+ \S+ -?[\d.]+ -?[\d.]+ -?[\d.]+ (?P<status>\d{3}|-) \S+ -?\d+ -?\d+"
    rf"(?: {_QUOTED}(?: {_QUOTED}(?: \S+ \S+(?: (?P<group>\S+)(?: \"(?P<trace>[^\"]*)\")?)?)?)?)?"
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z)")
_GROUP = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[^:]*:[^:]*:targetgroup/([^/]+)/")
_ISO = next(form for form in FORMATS if form.name == "iso")


class AlbAccessLogs:
    """The source for access logs of Application Load Balancers."""

    name = "alb_access_logs"
    tables: tuple[str, ...] = ("logs",)

    def recognise(self, head: FileHead) -> float:
        """Return the share of lines that are entries of such a log."""
        lines = [line for line in head_lines(head.head)[:100] if line.strip()]
        return sum(bool(_LINE.match(line)) for line in lines) / len(lines) if lines else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield about a MiB of lines at a time. Counts alb_line: a line that is no entry."""
        with file.open() as stream:
            for lines in text_blocks(stream, gaps):
                yield from entries(lines, file.name, gaps)


source = AlbAccessLogs()


def entries(lines: Iterable[str], stream: str, gaps: Gaps) -> Iterator[Rows]:
    """Yield lines of an access log as one batch of logs; nothing where none is an entry. Counts alb_line."""
    times = TimeReader(_ISO, Dates())
    found = [entry for line in lines if (entry := _entry(line, times, gaps))]
    if found:
        yield Rows("logs", _columns(found, stream))


_Entry = tuple[int, str, str | None, str | None, str, str | None]


def _entry(line: str, times: TimeReader, gaps: Gaps) -> _Entry | None:
    found = _LINE.match(line)
    when = _TIME.match(found["time"]) if found else None
    us = times.micros(when) if when else None
    if found is None or us is None:
        if line.strip():
            gaps.add("alb_line", 1, line)
        return None
    balancer, trace = found["elb"], found["trace"]
    service = service_of(balancer, found["group"])
    trace_id = normal_trace_id(trace) if trace and "Root=1-" in trace else None
    return us, balancer, service, level_of(found["status"]), line, trace_id


def _columns(entries: list[_Entry], name: str) -> dict[str, list[object]]:
    names = ("timestamp", "source", "service", "level", "message", "trace_id")
    columns = {key: list(values) for key, values in zip(names, zip(*entries, strict=True), strict=True)}
    return {**columns, "stream": [name] * len(entries)}


def level_of(status: str) -> str | None:
    """Return the level of a request by the load balancer's status; null where it has none."""
    if not status[:1].isdigit():
        return None
    return {"5": "ERROR", "4": "WARN"}.get(status[0], "INFO")


def service_of(balancer: str, target_group: str | None) -> str:
    """Return the name of the target group, by its ARN; where none was chosen, that of the load balancer.

    balancer: its resource id; orders for app/orders/50dc6c495c0c9188.
    """
    group = _GROUP.match(target_group or "")
    parts = balancer.split("/")
    return group[1] if group else parts[1] if len(parts) > 1 else balancer
