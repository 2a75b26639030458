"""A shop's log groups in the fake CloudWatch Logs, with their sizes in the fake CloudWatch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
from asking import BASELINE, WINDOW, ask_of
from fake_cloudwatch import FakeCloudWatch
from fake_logs import FakeLogs
from loopback import ACCOUNT, REGION, Loopback, access_key, serving

from fa2.core.deadlines import Deadline
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_logs.source import CloudWatchLogs, CloudWatchLogsSettings
from fa2.sources.aws.permissions import Ground

CHECKOUT, PAYMENTS, ARCHIVE = "/aws/lambda/checkout", "/aws/lambda/payments", "/ecs/archive"
ONSET = WINDOW.start + timedelta(minutes=12, seconds=7)
CACHE = "/aws/lambda/cache"
REFUSED = '{"level":"error","message":"connection to db-7 refused","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}'
Event = tuple[datetime, str]


def evenly(window: TimeWindow, count: int, text: str) -> Iterator[Event]:
    """Yield events spread over a time; {n} in the text is their number."""
    step = window.duration / count
    return ((window.start + step * n, text.format(n=n)) for n in range(count))


@dataclass
class Shop:
    """The fakes, and how to ask them."""

    logs: FakeLogs = field(default_factory=lambda: FakeLogs(WINDOW.end + timedelta(minutes=5)))
    metrics: FakeCloudWatch = field(default_factory=lambda: FakeCloudWatch(WINDOW.end + timedelta(minutes=5)))
    aws: Loopback = field(init=False)

    def add(self, name: str, events: Iterable[Event], *, line_bytes: int = 0, **about: Any) -> None:
        """Add a log group, and its sizes as metrics: of its lines, or as if each line had so many bytes."""
        listed = sorted(events)
        self.logs.group(name, listed, **about)
        sizes: dict[datetime, float] = {}
        for moment, message in listed:
            minute = moment.replace(second=0, microsecond=0)
            sizes[minute] = sizes.get(minute, 0) + (line_bytes or len(message.encode()))
        self.metrics.put("AWS/Logs", "IncomingBytes", sorted(sizes.items()), LogGroupName=name)

    def account(self, deadline: Deadline) -> Account:
        """Return the account of the fakes."""
        session = boto3.Session(aws_access_key_id=access_key(), aws_secret_access_key="secret", region_name=REGION)  # noqa: S106  # of the fake
        return Account(session, Ground(ACCOUNT, REGION), deadline=deadline, calls=Calls(), endpoint_url=self.aws.url)

    def ask(self, *, deadline: Deadline | None = None, **more: Any) -> Ask[Any]:
        """Return the work of the source; settings by their names, the rest as of `ask_of`."""
        limit = deadline or Deadline(20)
        other = {name: more.pop(name) for name in ("about", "budget") if name in more}
        source = CloudWatchLogs(clock=lambda: self.logs.now)
        return ask_of(source, self.account(limit), settings=CloudWatchLogsSettings(**more), deadline=limit, **other)


@contextmanager
def shop() -> Iterator[Shop]:
    """Give a shop without log groups; at the end its requests and answers are checked."""
    made = Shop()
    with serving(made.logs, made.metrics) as aws:
        made.aws = aws
        made.logs.polls_until_running = made.logs.polls_until_complete = 0
        yield made


def healthy(made: Shop) -> None:
    """Add two log groups that write the usual, in window and baseline."""
    for name, text, n in ((CHECKOUT, "INFO order {n} placed in 12 ms", 60), (PAYMENTS, "INFO paid {n} yen", 30)):
        made.add(name, [*evenly(BASELINE, 4 * n, text), *evenly(WINDOW, n, text)])


def crowded(made: Shop, name: str = CACHE) -> None:
    """Add a log group with too many lines for `max_rows=1000`: ten errors and forty lines that only the window has."""
    text = "INFO cache hit for key {n}"
    errors = ((ONSET + timedelta(seconds=40 * n), REFUSED.replace("db-7", f"db-{n}")) for n in range(10))
    fallbacks = ((ONSET + timedelta(seconds=10 * n), f"INFO falling back to replica {n}") for n in range(40))
    made.add(name, [*evenly(BASELINE, 4000, text), *evenly(WINDOW, 1000, text), *errors, *fallbacks])
