"""AWS Config's table on local files: DuckDB answers what is asked of Athena, in Trino's dialect."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fa2.core.errors import RefusedQuery
from fa2.sources.local.config_files import ConfigFiles
from fa2.sources.local.config_loading import LoadedItems, load_items

if TYPE_CHECKING:
    import duckdb

_MEMORY = "600MB"
_FIELDS = (
    "configurationItemVersion VARCHAR, configurationItemCaptureTime VARCHAR, configurationStateId BIGINT, "
    "awsAccountId VARCHAR, awsRegion VARCHAR, configurationItemStatus VARCHAR, resourceType VARCHAR, "
    "resourceId VARCHAR, resourceName VARCHAR, ARN VARCHAR, availabilityZone VARCHAR, "
    "configurationStateMd5Hash VARCHAR, resourceCreationTime VARCHAR, tags MAP(VARCHAR, VARCHAR)"
)
_COLUMNS = (
    f'fileversion VARCHAR, configurationitems STRUCT({_FIELDS})[], "$path" VARCHAR, '
    "account_id VARCHAR, region VARCHAR, year VARCHAR, month VARCHAR, day VARCHAR"
)


@dataclass
class ConfigEngine:
    """Runs statements on the table; see fa2.core.sql_engines.SqlEngine."""

    connection: duckdb.DuckDBPyConnection
    translate: Callable[[str], str]
    """Puts a statement of Trino's into DuckDB's dialect."""
    loaded: LoadedItems

    def rows(self, sql: str, parameters: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield the result's rows. Raises RefusedQuery when the statement fails."""
        import duckdb

        try:
            cursor = self.connection.execute(self.translate(sql), list(parameters))
            while rows := cursor.fetchmany(1000):
                yield from rows
        except duckdb.Error as error:
            raise RefusedQuery("errors.query.failed", problem=str(error)[:300]) from error


@contextmanager
def config_engine(
    files: ConfigFiles,
    name: tuple[str, str],
    translate: Callable[[str], str],
    watch: Callable[[int], None] = lambda _: None,
) -> Iterator[ConfigEngine]:
    """Read the files and open their table, called `name` (database and table, checked already).

    The items lie in a temporary folder until the end; memory is bounded, and what does not fit goes there too.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="fa2-") as scratch:
        target = Path(scratch) / "items.parquet"
        loaded = load_items(files, target, watch)
        with duckdb.connect() as connection:
            connection.execute(f"SET memory_limit = '{_MEMORY}'")
            connection.execute("SET temp_directory = ?", [scratch])
            connection.execute("SET preserve_insertion_order = false")
            database, table = name
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
            if loaded.items:
                quoted = str(target).replace("'", "''")
                connection.execute(f'CREATE VIEW "{database}"."{table}" AS SELECT * FROM read_parquet(\'{quoted}\')')
            else:
                connection.execute(f'CREATE TABLE "{database}"."{table}" ({_COLUMNS})')
            yield ConfigEngine(connection, translate, loaded)
