"""What a bundle's tables say: queries on them, and the evidence that they make."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from fa2.core.bundle import Bundle
from fa2.core.errors import RefusedQuery
from fa2.core.evidence import Evidence, Query, Row
from fa2.core.messages import Value
from fa2.core.tables import MEASURED
from fa2.core.windows import TimeWindow, iso, sql_within, total_seconds

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

T = TypeVar("T")


class Telemetry:
    """A bundle's tables through DuckDB, with the incident's window and baseline at hand.

    A table that was not collected is not there; `without` takes tables away to see what rests on them.
    """

    def __init__(self, bundle: Bundle, connection: duckdb.DuckDBPyConnection) -> None:
        self.bundle = bundle
        self.incident = bundle.incident
        self._connection = connection
        self._derived: dict[Callable[[Telemetry], Any], Any] = {}
        self._defined: set[str] = set()
        self._opened = ExitStack()

    @classmethod
    @contextmanager
    def of(cls, bundle: Bundle) -> Iterator[Telemetry]:
        """Open the tables of a bundle. Raises BrokenBundle when one cannot be read."""
        with ExitStack() as opened:
            telemetry = cls(bundle, opened.enter_context(bundle.connected()))
            telemetry._opened = opened
            yield telemetry

    def reopen(self, bundle: Bundle) -> None:
        """Go on with the same bundle after tables were added; what was derived is derived anew. Raises BrokenBundle.

        Only for telemetry that `of` has opened.
        """
        self._opened.close()
        self._connection = self._opened.enter_context(bundle.connected())
        self.bundle = bundle
        self._derived.clear()
        self._defined.clear()

    def has(self, table: str) -> bool:
        """Tell whether a table was collected, perhaps without rows."""
        return table in self.bundle.tables

    @cached_property
    def window(self) -> TimeWindow:
        """When it happened."""
        return self.incident.window.window

    @cached_property
    def baselines(self) -> list[TimeWindow]:
        """Normal times to compare with, in the order of time; may be empty."""
        return self.incident.baselines

    @property
    def window_share(self) -> float:
        """Length of the window over the length of all baselines; 0 where there is no baseline."""
        normal = total_seconds(self.baselines)
        return self.window.duration.total_seconds() / normal if normal else 0.0

    def in_window(self, column: str = "timestamp") -> str:
        """Return the SQL predicate for the window."""
        return sql_within(column, [self.window])

    def in_baseline(self, column: str = "timestamp") -> str:
        """Return the SQL predicate for the baselines; false where there are none."""
        return sql_within(column, self.baselines)

    def measured(self, windows: Iterable[TimeWindow]) -> tuple[str, ...]:
        """Return the tables of MEASURED that have a row in one of the windows."""
        asked = list(windows)
        return tuple(
            table
            for table, column in MEASURED.items()
            if self.has(table) and self.rows(f"SELECT 1 FROM {table} WHERE {sql_within(column, asked)} LIMIT 1")
        )

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT; times are aware datetimes in UTC."""
        found = self._connection.execute(sql, dict(parameters or {})).fetchall()
        return [tuple(_utc(value) for value in row) for row in found]

    def execute(self, sql: str) -> None:
        """Run a statement that prepares a temporary table; for what is derived once and read often."""
        self._connection.execute(sql)

    def keep(self, name: str, columns: Mapping[str, Sequence[object]]) -> None:
        """Make a temporary table of columns of equal length, in place of one of that name."""
        import pyarrow as pa

        self._connection.register("kept_columns", pa.table(dict(columns)))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM kept_columns")
        self._connection.unregister("kept_columns")

    def define(self, name: str, function: Callable[[pa.Array], pa.Array]) -> None:
        """Make a function from strings to strings known to SQL, once; it is given a column at a time."""
        if name not in self._defined:
            self._connection.create_function(name, function, ["VARCHAR"], "VARCHAR", type="arrow")  # type: ignore[call-overload]  # duckdb's types know no Arrow
            self._defined.add(name)

    def derived(self, make: Callable[[Telemetry], T]) -> T:
        """Return what `make` derives from this bundle, made once."""
        if make not in self._derived:
            self._derived[make] = make(self)
        result: T = self._derived[make]
        return result

    @contextmanager
    def interrupted_after(self, seconds: float) -> Iterator[None]:
        """End what runs within after so many seconds; duckdb.InterruptException is raised there then."""
        timer = threading.Timer(seconds, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def ask(self, query: Query) -> Evidence:
        """Run a query and return it with what came back."""
        cursor = self._connection.execute(query.sql, dict(query.parameters))
        return _evidence(query, cursor.description or [], cursor.fetchall())

    def ask_untrusted(self, query: Query, *, rows: int) -> Evidence:
        """Run a query from a report file and return it with its first rows, `rows` at most.

        Raises RefusedQuery when it is not one SELECT, or fails.
        """
        import duckdb

        try:
            statements = self._connection.extract_statements(query.sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise RefusedQuery("errors.query.not_select")
            cursor = self._connection.execute(query.sql, dict(query.parameters))
            return _evidence(query, cursor.description or [], cursor.fetchmany(rows))
        except (duckdb.Error, ValueError, TypeError, OverflowError) as error:
            problem = next(iter(str(error).splitlines()), "")[:200]
            raise RefusedQuery("errors.query.failed", problem=problem) from error


def evidence(query: Query, columns: tuple[str, ...], row: Row) -> Evidence:
    """Return evidence whose one row is known already, because it was computed with many others.

    The row must be what the query gives; tests hold the analysers to it by asking again.
    """
    return Evidence(evidence_id(query), query, columns, (tuple(_value(value) for value in row),))


def _evidence(query: Query, description: Sequence[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> Evidence:
    columns = tuple(str(column[0]) for column in description)
    return Evidence(evidence_id(query), query, columns, tuple(tuple(_value(v) for v in row) for row in rows))


def evidence_id(query: Query) -> str:
    """Return the id of a query's evidence: E and ten hex digits of its hash."""
    text = json.dumps([query.table, query.sql, sorted(query.parameters.items())], ensure_ascii=False)
    return "E" + hashlib.sha256(text.encode()).hexdigest()[:10]


def _utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def _value(value: Any) -> Value:
    """Return a database value as JSON can carry it: times as ISO 8601 text, floats to twelve digits.

    Sums of floats differ in the last digits with the order in which threads add them up.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return float(f"{value:.12g}")
        case datetime():
            return iso(value if value.tzinfo else value.replace(tzinfo=UTC))
        case date():
            return value.isoformat()
        case _:
            return str(value)
