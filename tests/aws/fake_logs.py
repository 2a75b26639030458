"""CloudWatch Logs with Logs Insights: queries are really run, by fa2's own engine, on events that lie in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as compute
from answers import given, page, without
from loopback import ACCOUNT, REGION
from wire import AwsError, Params

from fa2.core.errors import UnusableInput
from fa2.core.tables import arrow_schema
from fa2.core.windows import TimeWindow
from fa2.logs.query import syntax as tree
from fa2.logs.query.parsing import parse
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.running import Answer, Cell, ask

Ending = Literal["Complete", "Failed", "Cancelled", "Timeout", "never"]
MAX_GROUPS = 50
MAX_ROWS = 10_000
_SECONDS = range(946_684_800, 4_102_444_800)
"""2000 to 2100: what can be meant by an epoch in seconds. Milliseconds would be the year 50,000."""
_DETAILS = "@patternId @regexString @tokens @logSamples @relatedPattern @visualization".split()
_MINED = (tree.Patterns, tree.Diff, tree.Anomalies)


@dataclass
class LogGroup:
    """A log group and its events."""

    name: str
    created: datetime
    retention_days: int | None = None
    log_class: Literal["STANDARD", "INFREQUENT_ACCESS"] = "STANDARD"
    account: str = ACCOUNT
    region: str = REGION
    events: list[tuple[datetime, str, str]] = field(default_factory=list)
    """Time, stream, message. Put all in before the first query."""

    @property
    def arn(self) -> str:
        """Without the `:*`, as queries take it."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"

    @cached_property
    def table(self) -> pa.Table:
        """The events as a bundle's `logs`; the source is as @log has it."""
        times, streams, messages = zip(*self.events) if self.events else ((), (), ())
        given = {"timestamp": times, "source": [f"{self.account}:{self.name}"] * len(times), "stream": streams}
        given["message"] = messages
        schema = arrow_schema("logs")
        empty = [None] * len(times)
        return pa.table({name: given.get(name, empty) for name in schema.names}, schema=schema)


@dataclass
class Query:
    """A query that was started."""

    id: str
    text: str
    groups: tuple[LogGroup, ...]
    window: TimeWindow
    limit: int
    ending: Ending
    status: str = "Scheduled"
    polls: int = 0
    answer: Answer | None = None
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    bytes: int = 0
    """What was read, once there is an answer."""

    @property
    def running(self) -> bool:
        """Whether it still costs something."""
        return self.status in ("Scheduled", "Running")


class FakeLogs:
    """Log groups of one account and region. Fill `groups`; look at `queries` afterwards."""

    service = "logs"

    def __init__(self, now: datetime, *, concurrency: int = 30, details: bool = True) -> None:
        """now: when all queries run. concurrency: how many may run at once.

        details: whether `pattern` gives the columns that AWS does not document, too.
        """
        self.now = now
        self.concurrency = concurrency
        self.details = details
        self.groups: dict[str, LogGroup] = {}
        self.queries: dict[str, Query] = {}
        self.endings: list[tuple[str, Ending]] = []
        """How a query ends whose text or log groups contain the first; the rest complete."""
        self.polls_until_running = 1
        self.polls_until_complete = 2
        self.most_at_once = 0
        """How many queries ran at the same time at most."""

    def group(self, name: str, events: Iterable[tuple[datetime, str]] = (), **about: object) -> LogGroup:
        """Add a log group, two weeks old, with messages in one stream."""
        created = self.now - timedelta(days=14)
        made = LogGroup(name, created, events=[(t, "stream-1", m) for t, m in events], **about)  # type: ignore[arg-type]
        self.groups[name] = made
        return made

    def left_running(self) -> list[Query]:
        """Return the queries that were neither waited for nor stopped."""
        return [query for query in self.queries.values() if query.running]

    def describe_log_groups(self, params: Params) -> dict[str, object]:
        """Give log groups by name."""
        if "logGroupNamePrefix" in params and "logGroupNamePattern" in params:
            raise AwsError("InvalidParameterException", "logGroupNamePrefix and logGroupNamePattern exclude each other")
        prefix, part = str(params.get("logGroupNamePrefix", "")), str(params.get("logGroupNamePattern", ""))
        named = [_name(i) for i in params.get("logGroupIdentifiers", [])]  # type: ignore[attr-defined]
        of_class = params.get("logGroupClass")
        found = [
            group
            for name, group in sorted(self.groups.items())
            if name.startswith(prefix) and part.casefold() in name.casefold() and (not named or name in named)
            if of_class in (None, group.log_class)
        ]
        kept = without(params, "nextToken", "limit")
        rows, token = page(
            found,
            kept,
            size=int(str(params.get("limit", 50))),
            token=params.get("nextToken"),
            bad="InvalidParameterException",
        )
        return given(logGroups=[_described(group) for group in rows], nextToken=token)

    def start_query(self, params: Params) -> dict[str, object]:
        """Start a query. Refuses what AWS documents it refuses."""
        if params.get("queryLanguage", "CWLI") != "CWLI":
            raise AwsError("InvalidParameterException", "only CWLI is spoken here")
        limit = int(str(params.get("limit", MAX_ROWS)))
        if limit > MAX_ROWS:
            raise AwsError("InvalidParameterException", f"limit {limit} is more than {MAX_ROWS}")
        groups = self._asked_groups(params)
        window = _window(params)
        text = str(params["queryString"])
        parsed = _parsed(text)
        self._check_reach(groups, window, parsed)
        if len(self.left_running()) >= self.concurrency:
            raise AwsError("LimitExceededException", "Account maximum query concurrency limit reached.")
        whole = text + " " + " ".join(group.name for group in groups)
        ending = next((ending for part, ending in self.endings if part in whole), "Complete")
        id = f"{len(self.queries) + 1:08d}-0000-4000-8000-000000000000"
        self.queries[id] = Query(id, text, groups, window, limit, ending)
        self.most_at_once = max(self.most_at_once, len(self.left_running()))
        return {"queryId": id}

    def get_query_results(self, params: Params) -> dict[str, object]:
        """Give what there is; a running query has a part of its rows."""
        query = self._query(params)
        query.polls += 1
        if query.running:
            self._go_on(query)
        rows = self._rows(query) if query.status in ("Running", "Complete") else []
        if query.status == "Running":
            rows = rows[: len(rows) // 2]
        size = int(str(params.get("maxItems") or MAX_ROWS))
        shown, token = page(
            rows, {"queryId": query.id}, size=size, token=params.get("nextToken"), bad="InvalidParameterException"
        )
        return given(
            queryLanguage="CWLI", results=shown, statistics=_statistics(query), status=query.status, nextToken=token
        )

    def stop_query(self, params: Params) -> dict[str, object]:
        """Stop a query that runs."""
        query = self._query(params)
        stopped = query.running
        query.status = "Cancelled" if stopped else query.status
        return {"success": stopped}

    def describe_queries(self, params: Params) -> dict[str, object]:
        """Give queries, the latest first."""
        name, status = params.get("logGroupName"), params.get("status")
        found = [
            {"queryId": q.id, "queryString": q.text, "status": q.status, "queryLanguage": "CWLI"}
            for q in reversed(self.queries.values())
            if status in (None, q.status) and (name is None or any(group.name == name for group in q.groups))
        ]
        kept = without(params, "nextToken", "maxResults")
        rows, token = page(found, kept, size=int(str(params.get("maxResults", 1000))), token=params.get("nextToken"))
        return given(queries=rows, nextToken=token)

    def _asked_groups(self, params: Params) -> tuple[LogGroup, ...]:
        given = [key for key in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if params.get(key)]
        if len(given) != 1:
            raise AwsError("InvalidParameterException", f"one way to name log groups is needed, not {given}")
        named = params[given[0]]
        names = [_name(n) for n in named] if isinstance(named, list) else [str(named)]
        if len(names) > MAX_GROUPS or len(set(names)) < len(names):
            raise AwsError("InvalidParameterException", f"{len(names)} log groups, at most {MAX_GROUPS}, each once")
        missing = [name for name in names if name not in self.groups]
        if missing:
            raise AwsError("ResourceNotFoundException", f"Log group '{missing[0]}' does not exist")
        return tuple(self.groups[name] for name in names)

    def _check_reach(self, groups: Sequence[LogGroup], window: TimeWindow, query: tree.Query) -> None:
        if len({group.log_class for group in groups}) > 1:
            raise AwsError("InvalidParameterException", "log groups of different classes")
        if groups[0].log_class == "INFREQUENT_ACCESS" and any(isinstance(c, _MINED) for c in query.commands):
            raise AwsError("MalformedQueryException", "pattern, diff and anomaly need the class Standard")
        if all(window.end <= self._kept_since(group) for group in groups):
            text = "end date and time is either before the log groups creation time or exceeds the log groups log retention settings"
            raise AwsError("MalformedQueryException", text)

    def _kept_since(self, group: LogGroup) -> datetime:
        kept = self.now - timedelta(days=group.retention_days or 3650)
        return max(kept, group.created)

    def _query(self, params: Params) -> Query:
        try:
            return self.queries[str(params["queryId"])]
        except KeyError as error:
            raise AwsError("ResourceNotFoundException", "The specified query does not exist.") from error

    def _go_on(self, query: Query) -> None:
        if query.polls > self.polls_until_running:
            query.status = "Running"
        if query.polls > self.polls_until_complete and query.ending != "never":
            query.status = query.ending

    def _rows(self, query: Query) -> list[list[dict[str, str]]]:
        if query.answer is None:
            query.answer = self._run(query)
            raw = not any(isinstance(command, (tree.Stats, *_MINED)) for command in parse(query.text).commands)
            found = enumerate(query.answer.rows)
            query.rows = [_row(query.answer.headings, row, n if raw else None) for n, row in found]
            read = (m for group in query.groups for t, _, m in group.events if t in query.window)
            query.bytes = sum(len(message.encode()) for message in read)
        return query.rows

    def _run(self, query: Query) -> Answer:
        tables = [_since(group.table, self._kept_since(group)) for group in query.groups]
        text = query.text
        if self.details and _ends_in_patterns(parse(text)):
            text += f" | display @pattern, @ratio, @sampleCount, @severityLabel, {', '.join(_DETAILS)}"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("logs", pa.concat_tables(tables))
            return ask(parse(text), connection, window=query.window, now=self.now, limit=query.limit)


def _since(table: pa.Table, kept: datetime) -> pa.Table:
    return table.filter(compute.field("timestamp") >= pa.scalar(kept, pa.timestamp("us", "UTC")))


def _window(params: Params) -> TimeWindow:
    """Return what a query reads: the end is an instant that is still read."""
    start, end = int(str(params["startTime"])), int(str(params["endTime"]))
    if start not in _SECONDS or end not in _SECONDS:
        raise AwsError("InvalidParameterException", f"{start} to {end} are no seconds since 1970")
    if start >= end:
        raise AwsError("InvalidParameterException", "startTime must be before endTime")
    first, last = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    return TimeWindow(first, last + timedelta(milliseconds=1))


def _parsed(text: str) -> tree.Query:
    try:
        return parse(text)
    except (QueryProblem, UnusableInput) as problem:
        raise AwsError("MalformedQueryException", str(problem)) from problem


def _ends_in_patterns(query: tree.Query) -> bool:
    """Tell whether rows are patterns, shown as `pattern` gives them."""
    last = next((n for n, c in enumerate(query.commands) if isinstance(c, tree.Patterns)), None)
    after = () if last is None else query.commands[last + 1 :]
    return last is not None and all(isinstance(c, tree.Sort | tree.Limit | tree.Filter) for c in after)


def _row(headings: Sequence[str], row: Sequence[Cell], number: int | None) -> list[dict[str, str]]:
    named = zip(headings, row)
    fields = [_as_aws(name, _text(value)) for name, value in named if value is not None]
    if number is not None:
        pointer = hashlib.sha256(f"{number} {row}".encode()).hexdigest()
        fields.append({"field": "@ptr", "value": pointer})
    return fields


def _as_aws(name: str, value: str) -> dict[str, str]:
    """Return a field in AWS's spelling, where ours differs."""
    if name == "@visualization":
        value = f'{{"timeWindowCountMapping": {value}}}'
    return {"field": "@PatternId" if name == "@patternId" else name, "value": value}


def _text(value: Cell) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return str(value)


def _statistics(query: Query) -> dict[str, float]:
    if query.answer is None:
        return {"recordsMatched": 0.0, "recordsScanned": 0.0, "bytesScanned": 0.0}
    answer = query.answer
    return {
        "recordsMatched": float(answer.matched),
        "recordsScanned": float(answer.scanned),
        "bytesScanned": float(query.bytes),
    }


def _described(group: LogGroup) -> dict[str, object]:
    return given(
        logGroupName=group.name,
        creationTime=int(group.created.timestamp() * 1000),
        retentionInDays=group.retention_days,
        metricFilterCount=0,
        arn=f"{group.arn}:*",
        logGroupArn=group.arn,
        storedBytes=sum(len(message.encode()) for _, _, message in group.events),
        logGroupClass=group.log_class,
    )


def _name(identifier: str) -> str:
    if identifier.endswith(":*"):
        raise AwsError("InvalidParameterException", f"{identifier}: an ARN without the last :* is needed")
    return identifier.split(":log-group:", 1)[-1]
