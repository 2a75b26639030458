"""What an AWS source is given, and how it reports: the port of sources/aws.

A source asks AWS within `look`s. A look is one thing asked of one service; what comes of it, rows, bytes scanned,
gaps, an error, becomes an entry of coverage when it ends, also when it is never allowed to end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from fa2.core.budgets import Budget, Estimate
from fa2.core.coverage import CoverageEntry, Problem, Status, problem
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.errors import Fa2Error
from fa2.core.incident import Incident, Span
from fa2.core.messages import Value
from fa2.core.ports import Gaps, Rows
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.problems import is_of_aws, problem_of
from fa2.sources.aws.settings import Prices, SourceSettings

S = TypeVar("S", bound=SourceSettings)
S_contra = TypeVar("S_contra", bound=SourceSettings, contravariant=True)


class TableSink(Protocol):
    """Where rows go, from any thread."""

    def begin(self, table: str) -> None:
        """Have the table even if it gets no rows."""
        ...

    def add(self, rows: Rows) -> int:
        """Append rows; return how many were kept."""
        ...


class Nowhere:
    """The sink of an Ask that only plans."""

    def begin(self, table: str) -> None:
        """Have no table."""

    def add(self, rows: Rows) -> int:
        """Raise RuntimeError: planning gives no rows."""
        raise RuntimeError(f"rows of {rows.table} came before collecting")


class Look:
    """One thing asked of one service, while it is asked; perhaps by several threads."""

    def __init__(self, entry: CoverageEntry, sink: TableSink) -> None:
        self.gaps = Gaps()
        """What of the answer could not be read, or was not asked: codes of coverage.toml with {n} and {example}."""
        self._entry = entry
        self._sink = sink
        self._since = time.monotonic()
        self._problems: list[tuple[Status, Problem]] = []
        self._kept = 0
        self._counts: dict[str, int | float | bool] = {}
        self._lock = threading.Lock()

    def asks(self, query: str) -> None:
        """Put down what is asked, where that is known only once asking has begun."""
        self._entry = self._entry.model_copy(update={"query": query})

    def add(self, rows: Rows) -> None:
        """Keep rows of the look's table, or of another that comes with it."""
        kept = self._sink.add(rows)
        lost = len(next(iter(rows.columns.values()), ())) - kept
        with self._lock:
            if rows.table == self._entry.table:
                self._kept += kept
            if lost:
                self.gaps.add("rows_without_required", lost)

    def scanned(
        self, *, rows: int | None = None, bytes: int | None = None, matched: int | None = None, usd: float | None = None
    ) -> None:
        """Add up what AWS says it read for this look."""
        told = {"rows_scanned": rows, "bytes_scanned": bytes, "rows_matched": matched, "cost_usd": usd}
        with self._lock:
            for name, value in told.items():
                if value is not None:
                    self._counts[name] = self._counts.get(name, 0) + value

    def truncated(self) -> None:
        """Say that there is more than was fetched."""
        self._counts["truncated"] = True

    def partial(self, code: str, /, **values: Value) -> None:
        """Say that something is missing: a code of coverage.toml."""
        self._problems.append(("partial", problem(code, **values)))

    def note(self, code: str, /, **values: Value) -> None:
        """Say how it was asked, where nothing is missing: a code of coverage.toml, beginning with note_."""
        self._problems.append(("ok", problem(code, **values)))

    def skip(self, code: str, /, **values: Value) -> None:
        """Say that it was not asked at all, and why."""
        self._problems.append(("skipped", problem(code, **values)))

    def fail(self, reason: Problem) -> None:
        """Say that it failed."""
        self._problems.append(("failed", reason))

    def entries(self) -> list[CoverageEntry]:
        """Return what became of it: an entry, and one more for each further thing to say."""
        said = sorted([*self._problems, *_counted(self.gaps)], key=lambda s: _WORST.index(s[0]))
        if self._kept:
            said = [("partial" if status == "failed" else status, reason) for status, reason in said]
        statuses = [status for status, _ in said] or ["ok"]
        table = self._entry.table
        if table and statuses[0] not in ("failed", "skipped"):
            self._sink.begin(table)
        asked = statuses[0] != "skipped"
        first = self._entry.model_copy(
            update={
                "status": statuses[0],
                "error": said[0][1] if said else None,
                "rows_returned": self._kept if asked else None,
                "duration_s": round(time.monotonic() - self._since, 3) if asked else None,
                **self._counts,
            }
        )
        return [first, *(self._entry.model_copy(update={"status": s, "error": p}) for s, p in said[1:])]


_WORST: list[Status] = ["failed", "partial", "skipped", "ok"]


def _counted(gaps: Gaps) -> Iterator[tuple[Status, Problem]]:
    for code, n in sorted(gaps.counts.items(), key=lambda gap: (-gap[1], gap[0])):
        status: Status = "ok" if code.startswith("note_") else "partial"
        yield status, problem(code, n=n, example=gaps.examples.get(code, ""))


@dataclass
class Ask(Generic[S]):
    """One source's work in one account and region."""

    source: AwsSource[Any]
    incident: Incident
    settings: S
    account: Account
    deadline: Deadline
    budget: Budget
    prices: Prices
    sink: TableSink = field(default_factory=Nowhere)
    coverage: list[CoverageEntry] = field(default_factory=list)
    found: object = None
    """What `plan` found out and `collect` goes on with; each source's own."""
    _open: dict[int, Look] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    @property
    def name(self) -> str:
        """How coverage names the source: the service, the account and the region."""
        return f"{self.source.title} ({self.account.id}, {self.account.region})"

    def client(self, service: str = "") -> Any:
        """Return a boto3 client; of the source's own service unless another is named."""
        return self.account.client(service or self.source.service)

    def permissions(self) -> Sequence[Permission]:
        """Return what the source needs with these settings."""
        return self.source.permissions(self.settings)

    @contextmanager
    def look(
        self, *, table: str | None = None, query: str | None = None, window: TimeWindow | None = None, service: str = ""
    ) -> Iterator[Look]:
        """Ask one thing. Errors of AWS and ours end the look and are told in coverage; they are not raised again.

        Only DeadlinePassed goes on, since nothing more can be asked after it.
        """
        span = Span.of(window) if window else None
        entry = CoverageEntry(source=self.name, table=table, query=query, window=span, status="ok")
        look = Look(entry, self.sink)
        with self._lock:
            self._open[id(look)] = look
        try:
            yield look
        except DeadlinePassed as error:
            look.fail(self._problem(error, service))
            raise
        except Exception as error:
            if not _expected(error):
                look.fail(self._problem(error, service))
                raise
            look.fail(self._problem(error, service))
        finally:
            self._end(look)

    def abandon(self) -> None:
        """End what is still being asked: the deadline has passed and nobody waits any longer."""
        with self._lock:
            left = list(self._open.values())
        for look in left:
            look.fail(problem("aws_deadline", seconds=self.deadline.seconds))
            self._end(look)
        with self._lock:
            self._closed = True

    def failed(self, error: Exception) -> None:
        """Put down an error that came from outside any look, once."""
        reason = self._problem(error, "")
        if not any(entry.error == reason for entry in self.coverage):
            self.coverage.append(CoverageEntry(source=self.name, table=None, status="failed", error=reason))

    def explained(self, error: Exception, *, service: str = "") -> Problem:
        """Return an error of AWS, or one of ours, as a look tells it; for a part of a look whose other parts go on.

        Raises any other error again, and DeadlinePassed.
        """
        if isinstance(error, DeadlinePassed) or not _expected(error):
            raise error
        return self._problem(error, service)

    def _end(self, look: Look) -> None:
        with self._lock:
            if self._open.pop(id(look), None) is not None and not self._closed:
                self.coverage += look.entries()

    def _problem(self, error: Exception, service: str) -> Problem:
        return problem_of(error, self.permissions(), self.account.ground, service=service or self.source.service)


def _expected(error: Exception) -> bool:
    """Tell errors of AWS, and ours that say what to do, from faults of a source."""
    return isinstance(error, Fa2Error) or is_of_aws(error)


class AwsSource(Protocol[S_contra]):
    """Reads one service of AWS into bundle tables.

    Registered as an entry point in the group fa2.aws_sources; the object named there is an instance.
    """

    name: str
    """The section of fa2.toml: `cloudwatch_logs`."""
    title: str
    """The service as AWS writes it: `CloudWatch Logs`. It stands in coverage."""
    service: str
    """The boto3 name of the service that it mostly asks."""
    tables: tuple[str, ...]
    """The bundle tables that it writes."""
    settings: type[SourceSettings]
    """What its section of fa2.toml may hold."""

    def permissions(self, settings: S_contra, /) -> Sequence[Permission]:
        """Return each IAM action that it needs with these settings; none where it is not configured."""
        ...

    def plan(self, ask: Ask[Any], /) -> Sequence[Estimate]:
        """Return what collecting would read and cost; may ask AWS for sizes, cheaply. Nothing where there is no work."""
        ...

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate], /) -> None:
        """Ask AWS within looks, within the deadline and the budget; every gap is told in a look.

        planned: what `plan` gave; empty where it failed. Called in a thread of its own.
        """
        ...


@runtime_checkable
class ExaminedSource(Protocol):
    """A source that can try beforehand whether what it needs is there: for `fa2 doctor`."""

    def examine(self, ask: Ask[Any], /) -> None:
        """Make each call that collecting makes, as cheaply as it can be made, within looks that name what is tried.

        A look without a table, whose query says what was tried; its partial and skip say what is wrong: a log
        group that is not there or keeps events for less than the window, a recorder that is off.
        """
        ...
