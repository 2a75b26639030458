"""Athena: queries are run by DuckDB on tables that the test makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import duckdb
import pyarrow as pa
import trino_sql
from answers import given, page
from athena_text import athena_type, text_of
from lake_tables import LakeTable, duckdb_type
from trino_sql import QueryFailed
from wire import AwsError, Params

Ending = Literal["SUCCEEDED", "FAILED", "CANCELLED", "never"]


@dataclass
class Execution:
    """A query that was started."""

    id: str
    sql: str
    workgroup: str
    output: str
    started: datetime
    ending: Ending
    parameters: list[str] = field(default_factory=list)
    state: str = "QUEUED"
    reason: str = ""
    scanned: int = 0
    polls: int = 0
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether it may still cost something."""
        return self.state in ("QUEUED", "RUNNING")


class FakeAthena:
    """Tables and workgroups of one account and region. Fill by `table`."""

    service = "athena"

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tables: dict[tuple[str, str], LakeTable] = {}
        self.executions: dict[str, Execution] = {}
        self.workgroups: dict[str, dict[str, Any]] = {
            "primary": {"EnforceWorkGroupConfiguration": False},
            "incidents": {
                "ResultConfiguration": {"OutputLocation": "s3://results/incidents/"},
                "EnforceWorkGroupConfiguration": True,
            },
        }
        """Configurations by name: `primary` has no place for results, `incidents` has one."""
        self.endings: list[tuple[str, Ending, str]] = []
        """How a query ends whose text contains the first, with a reason; the rest as DuckDB has it."""
        self.bytes_per_character = 1
        """How large files are for the text of their rows."""
        self.polls_until_running = 1
        self.polls_until_done = 2
        self.duckdb = duckdb.connect()
        for statement in ("SET TimeZone = 'UTC'", *trino_sql.MACROS):
            self.duckdb.execute(statement)

    def table(self, table: LakeTable, rows: Iterable[Sequence[object]]) -> LakeTable:
        """Add a table. rows: values of its columns and then of its partition keys, which are text."""
        columns = [*table.columns.items(), *((key, "string") for key in table.partition_keys)]
        name = f'"{table.database}"."{table.name}"'
        self.duckdb.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.database}"')
        defined = ", ".join(f'"{column}" {duckdb_type(kind)}' for column, kind in columns)
        self.duckdb.execute(f"CREATE TABLE {name} ({defined})")
        values = list(zip(*rows))
        if values:
            given = pa.table({column: pa.array(found) for (column, _), found in zip(columns, values)})
            self.duckdb.register("given_rows", given)
            self.duckdb.execute(f"INSERT INTO {name} SELECT * FROM given_rows")
            self.duckdb.unregister("given_rows")
        self.tables[table.database, table.name] = table
        return table

    def left_running(self) -> list[Execution]:
        """Return the queries that were neither waited for nor stopped."""
        return [execution for execution in self.executions.values() if execution.running]

    def start_query_execution(self, params: Params) -> dict[str, object]:
        """Start a query; one that Trino cannot read is refused at once, other mistakes end it as FAILED."""
        name = str(params.get("WorkGroup", "primary"))
        configuration = self._workgroup(name)
        trino_sql.parsed(str(params["QueryString"]))
        told: Any = params.get("ResultConfiguration", {})
        own = configuration.get("ResultConfiguration", {}).get("OutputLocation")
        output = own if configuration["EnforceWorkGroupConfiguration"] else told.get("OutputLocation") or own
        if not output:
            text = "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."
            raise AwsError("InvalidRequestException", text)
        context: Any = params.get("QueryExecutionContext", {})
        sql = str(params["QueryString"])
        ending, reason = next(((end, why) for part, end, why in self.endings if part in sql), ("SUCCEEDED", ""))
        id = f"{len(self.executions) + 1:08d}-0000-4000-8000-000000000000"
        made = Execution(
            id, sql, name, output, self.now, ending, list(params.get("ExecutionParameters", ())), reason=reason
        )  # type: ignore[call-overload]
        self.executions[id] = made
        if ending == "SUCCEEDED":
            self._run(made, context.get("Database"))
        return {"QueryExecutionId": id}

    def get_query_execution(self, params: Params) -> dict[str, object]:
        """Tell how a query is doing; each time it is asked it goes on."""
        found = self._execution(params)
        found.polls += 1
        if found.running and found.polls > self.polls_until_running:
            found.state = "RUNNING"
        if found.running and found.polls > self.polls_until_done and found.ending != "never":
            found.state = found.ending
        done = not found.running
        status = given(
            State=found.state,
            StateChangeReason=(found.reason or None) if done else None,
            SubmissionDateTime=found.started,
            CompletionDateTime=self.now if done else None,
        )
        told = given(
            QueryExecutionId=found.id,
            Query=found.sql,
            StatementType="DML",
            ResultConfiguration={"OutputLocation": f"{found.output.rstrip('/')}/{found.id}.csv"},
            Status=status,
            Statistics={"DataScannedInBytes": found.scanned if done else 0, "EngineExecutionTimeInMillis": 700},
            WorkGroup=found.workgroup,
            ExecutionParameters=found.parameters or None,
        )
        return {"QueryExecution": told}

    def get_query_results(self, params: Params) -> dict[str, object]:
        """Give the rows, the first of which has the names of the columns."""
        found = self._execution(params)
        if found.state != "SUCCEEDED":
            text = "Query has not yet finished" if found.running else "Query did not finish successfully"
            raise AwsError("InvalidRequestException", f"{text}. Current state: {found.state}")
        rows = [[{"VarCharValue": name} for name, _ in found.columns]]
        rows += [[given(VarCharValue=text_of(value)) for value in row] for row in found.rows]
        size = int(str(params.get("MaxResults", 1000)))
        shown, token = page(
            rows, {"id": found.id}, size=size, token=params.get("NextToken"), bad="InvalidRequestException"
        )
        columns = [{"Name": name, "Label": name, "Type": kind} for name, kind in found.columns]
        result = {"Rows": [{"Data": row} for row in shown], "ResultSetMetadata": {"ColumnInfo": columns}}
        return given(UpdateCount=0, ResultSet=result, NextToken=token)

    def stop_query_execution(self, params: Params) -> dict[str, object]:
        """Stop a query, if it runs."""
        found = self._execution(params)
        if found.running:
            found.state, found.reason = "CANCELLED", "Query cancelled by user"
        return {}

    def get_work_group(self, params: Params) -> dict[str, object]:
        """Tell how a workgroup is configured."""
        name = str(params["WorkGroup"])
        return {"WorkGroup": {"Name": name, "State": "ENABLED", "Configuration": self._workgroup(name)}}

    def _workgroup(self, name: str) -> dict[str, Any]:
        if name not in self.workgroups:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return self.workgroups[name]

    def _execution(self, params: Params) -> Execution:
        found = self.executions.get(str(params["QueryExecutionId"]))
        if not found:
            raise AwsError("InvalidRequestException", f"QueryExecution {params['QueryExecutionId']} was not found")
        return found

    def _run(self, execution: Execution, database: str | None) -> None:
        cursor = self.duckdb.cursor()
        try:
            bound = trino_sql.bound(execution.sql, execution.parameters)
            trino_sql.check_types(bound, self._schema(), database)
            if database:
                cursor.execute(f"SET schema = '{database}'")
            execution.scanned = self._bytes(cursor, bound)
            result = cursor.execute(trino_sql.translated(bound))
            description = result.description or []
            execution.columns = [(str(d[0]).lower(), athena_type(str(d[1]))) for d in description]
            execution.rows = result.fetchall()
        except (QueryFailed, duckdb.Error) as error:
            execution.ending, execution.reason = "FAILED", _reason(error)
        cutoff = self.workgroups[execution.workgroup].get("BytesScannedCutoffPerQuery")
        if cutoff is not None and execution.scanned > cutoff:
            execution.ending, execution.reason = "CANCELLED", "Bytes scanned limit was exceeded"

    def _bytes(self, cursor: duckdb.DuckDBPyConnection, tree: Any) -> int:
        """Return the size of the partitions that a query reads, rows as text."""
        keys = {}
        for (database, name), table in self.tables.items():
            keys[f"{database}.{name}"] = keys[name] = table.partition_keys
        read = trino_sql.pruned(tree, keys)
        sizes = [f"(SELECT sum(strlen(CAST(t AS VARCHAR))) FROM {name} t WHERE {where})" for name, where in read]
        characters = sum(int(cursor.execute(f"SELECT {size}").fetchall()[0][0] or 0) for size in sizes)
        return characters * self.bytes_per_character

    def _schema(self) -> dict[str, dict[str, dict[str, str]]]:
        schema: dict[str, dict[str, dict[str, str]]] = {}
        for (database, name), table in self.tables.items():
            keys = dict.fromkeys(table.partition_keys, "varchar")
            kinds = {column: {"string": "varchar"}.get(kind, kind) for column, kind in table.columns.items()}
            schema.setdefault(database, {})[name] = {c: k for c, k in kinds.items() if "<" not in k} | keys
        return schema


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0]
    for duck, trino in (("Binder Error", "COLUMN_NOT_FOUND: line 1:1"), ("Catalog Error", "TABLE_NOT_FOUND: line 1:1")):
        text = text.replace(duck, trino)
    return text.removeprefix("Invalid Input Error: ")
