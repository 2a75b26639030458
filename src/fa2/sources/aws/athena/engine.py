"""Athena: a query with bound parameters, waited for, paid for within a limit, its rows with their types.

Rows come by GetQueryResults, a thousand a page, and not from the CSV in S3: our queries count and sample, so that
results are thousands of rows, and so fa2 itself reads nothing from S3. What was begun and is not waited for is stopped.
https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fa2.core.deadlines import Deadline
from fa2.core.errors import Fa2Error
from fa2.core.ports import Gaps
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena.failures import failure, refusal
from fa2.sources.aws.athena.values import Cell, Parameter, cell, literal
from fa2.sources.aws.settings import Prices

LEAST_BYTES = 10_000_000
"""What each query is charged for at least."""
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 2.0
_MORE = 1.5
_PAGE = 1000
_MARKS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?""")
"""Question marks, and what is quoted, in which they are no parameters."""
_MOST_PAGES = 1000


@dataclass(frozen=True)
class AthenaPlace:
    """Where a query runs."""

    database: str
    workgroup: str = "primary"
    output_location: str = ""
    """Where its result goes, s3://…; empty: where the workgroup says."""
    catalog: str = "AwsDataCatalog"


@dataclass(frozen=True)
class Workgroup:
    """What a workgroup prescribes."""

    enforces: bool
    """Its own settings hold, whatever a query says."""
    has_output: bool
    """It says where results go, or keeps them itself."""
    cutoff_bytes: int | None
    """A query that scans more is ended by Athena; null: without limit."""


@dataclass
class Result:
    """What a query gave."""

    query_id: str
    bytes_scanned: int
    """As Athena says; it is charged for LEAST_BYTES at least."""
    pages: Iterator[list[tuple[Cell, ...]]]
    """Its rows, at most a thousand at a time, each page one call when it is asked for."""
    gaps: Gaps = field(default_factory=Gaps)
    """athena_row: rows that are not as their columns say, left out."""

    @property
    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """The rows of all pages."""
        return (row for page in self.pages for row in page)


def scan_usd(bytes: int, prices: Prices) -> float:
    """Return what a query that scans so much costs at list price."""
    return max(bytes, LEAST_BYTES) / 1e12 * prices.athena_tb


def shown(sql: str, parameters: Sequence[Parameter]) -> str:
    """Return a query with its parameters put in, as a person can run it in the console."""
    values = iter(parameters)
    return _MARKS.sub(lambda found: literal(next(values)) if found[0] == "?" else found[0], sql)


class Athena:
    """Runs queries in one place, within a deadline."""

    def __init__(self, client: Any, place: AthenaPlace, *, deadline: Deadline) -> None:
        """client: a boto3 client of `athena`."""
        self._client = client
        self._place = place
        self._deadline = deadline

    def rows(self, sql: str, parameters: Sequence[Parameter] = ()) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of a query. Raises as `run` does, and MalformedAnswer where rows had to be left out."""
        result = self.run(sql, parameters)
        yield from result.rows
        if n := result.gaps.counts["athena_row"]:
            raise MalformedAnswer("coverage.athena_row", n=n, example=result.gaps.examples["athena_row"])

    def run(self, sql: str, parameters: Sequence[Parameter] = (), *, most_bytes: int | None = None) -> Result:
        """Run a query to its end and return its result; each ? of it stands for a parameter.

        most_bytes: a query that is seen to have scanned more is stopped.
        Raises QueryFailed, with what Athena says and a remedy, for one that fails or is cancelled; DeadlinePassed,
        after stopping it; MalformedAnswer; botocore's errors. Calls: one to start, one each 0.1 to 2 seconds of
        waiting, one for each thousand rows.
        """
        query_id = self._started(sql, parameters)
        scanned = self._finished(query_id, most_bytes)
        gaps = Gaps()
        return Result(query_id, scanned, self._pages(query_id, gaps), gaps)

    def try_stopping(self, sql: str) -> None:
        """Start a query and stop it at once, to see whether that is allowed. Two calls; raises what boto3 raises."""
        self._client.stop_query_execution(QueryExecutionId=self._started(sql, ()))

    def workgroup(self) -> Workgroup:
        """Return what the workgroup prescribes. One call, GetWorkGroup."""
        answer = self._client.get_work_group(WorkGroup=self._place.workgroup)
        if not isinstance(answer.get("WorkGroup"), Mapping):
            raise MalformedAnswer("coverage.aws_broken_answer", service="athena", problem="no WorkGroup")
        settings = _mapping(answer["WorkGroup"].get("Configuration"))
        output = _mapping(settings.get("ResultConfiguration")).get("OutputLocation")
        managed = _mapping(settings.get("ManagedQueryResultsConfiguration")).get("Enabled")
        cutoff = settings.get("BytesScannedCutoffPerQuery")
        return Workgroup(
            enforces=settings.get("EnforceWorkGroupConfiguration") is True,
            has_output=bool(output) or managed is True,
            cutoff_bytes=cutoff if isinstance(cutoff, int) else None,
        )

    def _started(self, sql: str, parameters: Sequence[Parameter]) -> str:
        from botocore.exceptions import ClientError

        extra: dict[str, object] = {}
        if parameters:
            extra["ExecutionParameters"] = [literal(value) for value in parameters]
        if self._place.output_location and not self._output_is_prescribed():
            extra["ResultConfiguration"] = {"OutputLocation": self._place.output_location}
        try:
            answer = self._client.start_query_execution(
                QueryString=sql,
                QueryExecutionContext={"Database": self._place.database, "Catalog": self._place.catalog},
                WorkGroup=self._place.workgroup,
                **extra,
            )
        except ClientError as error:
            if found := refusal(error, self._place.workgroup):
                raise found from error
            raise
        query_id = answer.get("QueryExecutionId")
        if not isinstance(query_id, str) or not query_id:
            raise MalformedAnswer("coverage.aws_broken_answer", service="athena", problem="no QueryExecutionId")
        return query_id

    def _output_is_prescribed(self) -> bool:
        """Tell whether the workgroup's own place for results holds; where that may not be asked, Athena decides."""
        from botocore.exceptions import ClientError

        try:
            return self.workgroup().enforces
        except ClientError:
            return False

    def _finished(self, query_id: str, most_bytes: int | None) -> int:
        """Wait until a query has succeeded and return the bytes that it scanned."""
        wait, ended = _FIRST_WAIT_S, False
        try:
            while True:
                execution = self._execution(query_id)
                status = _mapping(execution.get("Status"))
                scanned = _scanned(execution)
                match status.get("State"):
                    case "SUCCEEDED":
                        ended = True
                        return scanned
                    case "FAILED" | "CANCELLED":
                        ended = True
                        raise failure(status, self._place.workgroup)
                if most_bytes is not None and scanned > most_bytes:
                    raise ScannedTooMuch("coverage.athena_stopped", scanned=scanned, most=most_bytes)
                self._deadline.wait(wait)
                wait = min(wait * _MORE, _LONGEST_WAIT_S)
        finally:
            if not ended:
                self._stop(query_id)

    def _execution(self, query_id: str) -> Mapping[str, Any]:
        execution = self._client.get_query_execution(QueryExecutionId=query_id).get("QueryExecution")
        if not isinstance(execution, Mapping) or not _mapping(execution.get("Status")).get("State"):
            raise MalformedAnswer("coverage.aws_broken_answer", service="athena", problem="no state of the query")
        return execution

    def _stop(self, query_id: str) -> None:
        with suppress(Exception):  # what ended the waiting is what has to be told
            self._client.stop_query_execution(QueryExecutionId=query_id)

    def _pages(self, query_id: str, gaps: Gaps) -> Iterator[list[tuple[Cell, ...]]]:
        seen: set[str] = set()
        more: dict[str, str] = {}
        first = True
        while True:
            answer = self._client.get_query_results(QueryExecutionId=query_id, MaxResults=_PAGE, **more)
            columns, rows = _result_set(answer)
            if first and rows and [_text(c) for c in rows[0]] == [name for name, _ in columns]:
                rows = rows[1:]  # the headings
            first = False
            yield list(_typed(rows, [type for _, type in columns], gaps))
            token = answer.get("NextToken")
            if not token:
                return
            if token in seen or len(seen) >= _MOST_PAGES:
                raise MalformedAnswer("coverage.aws_endless_pages", operation="athena:GetQueryResults")
            seen.add(token)
            more = {"NextToken": token}


class ScannedTooMuch(Fa2Error):
    """A query was stopped because it scanned more than it was given."""


def _scanned(execution: Mapping[str, Any]) -> int:
    scanned = _mapping(execution.get("Statistics")).get("DataScannedInBytes")
    return scanned if isinstance(scanned, int) else 0


def _result_set(answer: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[list[object]]]:
    """Return names and types of columns, and the rows as they came. Raises MalformedAnswer without either."""
    found = _mapping(answer.get("ResultSet"))
    told = _mapping(found.get("ResultSetMetadata")).get("ColumnInfo")
    rows = found.get("Rows")
    if not isinstance(told, list) or not isinstance(rows, list):
        raise MalformedAnswer("coverage.aws_broken_answer", service="athena", problem="no rows and columns")
    columns = [(str(column.get("Name")), str(column.get("Type"))) for column in told]
    return columns, [list(row.get("Data") or []) for row in rows]


def _typed(rows: list[list[object]], types: list[str], gaps: Gaps) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        try:
            yield tuple(cell(_text(held), type) for held, type in zip(row, types, strict=True))
        except ValueError:
            gaps.add("athena_row", 1, ", ".join(str(_text(held)) for held in row))


def _text(held: object) -> str | None:
    """Return the text of a cell; null where there is none, which is not the same as empty text."""
    text = _mapping(held).get("VarCharValue")
    return text if isinstance(text, str) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
