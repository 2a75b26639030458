"""Queries of Logs Insights while they run: started, waited for, told apart by how they end, stopped when abandoned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from fa2.core.coverage import Problem
from fa2.core.errors import Fa2Error
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_queries import MAX_ROWS
from fa2.sources.aws.answers import MalformedAnswer, as_json
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.json_values import Json, at, items, text, whole

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 2.0
_SLOWER = 1.5
_BUSY_S = (1.0, 2.0, 4.0)
"""How long to wait where the account runs as many queries as it may: the last again and again."""
_BUSY = "LimitExceededException"
_MOST_PAGES = 1000
_GB = 1e9


class QueryEnded(Fa2Error):
    """A query that ended otherwise than complete."""


@dataclass(frozen=True)
class InsightsQuery:
    """A query to run: over log groups of one class, at most fifty."""

    text: str
    groups: tuple[LogGroup, ...]
    window: TimeWindow
    """Half-open; whole seconds around it are asked, and the text itself says the rest."""


@dataclass(frozen=True)
class InsightsAnswer:
    """What a complete query gave."""

    query: InsightsQuery
    rows: Sequence[Json]
    """Each a list of {"field", "value"}; at most MAX_ROWS."""
    matched: int
    """Log events that matched, also those beyond the rows."""
    scanned: int
    bytes: int

    @property
    def full(self) -> bool:
        """Whether there may be more rows than were given."""
        return len(self.rows) >= MAX_ROWS


class Insights:
    """Runs queries side by side, no more at once than allowed. Leaving its context stops all that still run."""

    def __init__(self, ask: Ask[Any], at_once: int) -> None:
        self.ask = ask
        self._at_once = at_once
        self._free = threading.Semaphore(at_once)
        self._begun: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            left = list(self._begun)
        for id in left:
            self._stop(id)

    def answers(self, look: Look, queries: Iterable[InsightsQuery]) -> Iterator[InsightsAnswer]:
        """Yield the answers as they come, in no order; what fails is told in the look, and the others go on.

        What was scanned, and what that costs, goes to the look. Raises DeadlinePassed.
        """
        for answer in each(self._tried, queries, at_most=self._at_once):
            if isinstance(answer, Problem):
                look.fail(answer)
                continue
            usd = answer.bytes / _GB * self.ask.prices.logs_insights_gb
            look.scanned(rows=answer.scanned, bytes=answer.bytes, matched=answer.matched, usd=usd)
            yield answer

    def _tried(self, query: InsightsQuery) -> InsightsAnswer | Problem:
        try:
            return self.run(query)
        except Exception as error:
            return self.ask.explained(error)

    def run(self, query: InsightsQuery) -> InsightsAnswer:
        """Run one query to its end. Raises QueryEnded, DeadlinePassed, MalformedAnswer and what boto3 raises."""
        while not self._free.acquire(timeout=min(0.5, self.ask.deadline.remaining_s)):
            self.ask.deadline.check()
        try:
            id = self._start(query)
            try:
                return self._waited_for(id, query)
            finally:
                self._stop(id)
        finally:
            self._free.release()

    def try_stopping(self, query: InsightsQuery) -> None:
        """Start a query and stop it at once, to see whether that is allowed. Raises what boto3 raises."""
        id = self._start(query)
        self._forget(id)
        self.ask.client().stop_query(queryId=id)

    def _start(self, query: InsightsQuery) -> str:
        start, end = query.window.start.timestamp(), query.window.end.timestamp()
        parameters = {
            "logGroupIdentifiers": [group.arn for group in query.groups],
            "startTime": int(start // 1),
            "endTime": int(-(-end // 1)),
            "queryString": query.text,
            "limit": MAX_ROWS,
        }
        answer = self._patiently(lambda: self.ask.client().start_query(**parameters))
        id = text(at(answer, "queryId"))
        if not id:
            raise MalformedAnswer("coverage.aws_broken_answer", service="logs", problem="StartQuery: no queryId")
        with self._lock:
            self._begun.add(id)
        return id

    def _patiently(self, call: Callable[[], object]) -> Json:
        """Call, and call again where the account runs as many queries as it may. Raises DeadlinePassed."""
        from botocore.exceptions import ClientError

        attempt = 0
        while True:
            try:
                return as_json(call())
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _BUSY:
                    raise
            self.ask.deadline.wait(_BUSY_S[min(attempt, len(_BUSY_S) - 1)])
            attempt += 1

    def _waited_for(self, id: str, query: InsightsQuery) -> InsightsAnswer:
        wait = FIRST_WAIT_S
        while True:
            self.ask.deadline.wait(wait)
            wait = min(wait * _SLOWER, LONGEST_WAIT_S)
            answer = as_json(self.ask.client().get_query_results(queryId=id))
            status = text(at(answer, "status"))
            match status:
                case "Scheduled" | "Running":
                    continue
                case "Complete":
                    self._forget(id)
                    return self._whole(id, query, answer)
                case "Failed" | "Cancelled" | "Timeout" | "Unknown":
                    if status != "Unknown":
                        self._forget(id)
                    raise QueryEnded("coverage.logs_query_ended", status=status)
                case _:
                    raise MalformedAnswer(
                        "coverage.aws_broken_answer", service="logs", problem=f"GetQueryResults: status {status}"
                    )

    def _whole(self, id: str, query: InsightsQuery, answer: Json) -> InsightsAnswer:
        """Follow the pages of an answer, where it has more than one."""
        rows, told, page = list(items(at(answer, "results"))), at(answer, "statistics"), answer
        for _ in range(_MOST_PAGES):
            token = text(at(page, "nextToken"))
            if not token:
                break
            page = as_json(self.ask.client().get_query_results(queryId=id, nextToken=token))
            rows += items(at(page, "results"))
        names = ("recordsMatched", "recordsScanned", "bytesScanned")
        matched, scanned, size = (whole(at(told, name)) or 0 for name in names)
        return InsightsAnswer(query, rows, matched, scanned, size)

    def _forget(self, id: str) -> bool:
        with self._lock:
            known = id in self._begun
            self._begun.discard(id)
            return known

    def _stop(self, id: str) -> None:
        """Stop a query that has not ended; that it cannot be stopped changes nothing of what is known."""
        if self._forget(id):
            with suppress(Exception):  # what ended the waiting is what has to be told
                self.ask.client().stop_query(queryId=id)
