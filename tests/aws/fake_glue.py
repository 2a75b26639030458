"""The Glue catalogue of the tables that the fake of Athena has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from answers import given, page
from fake_athena import FakeAthena
from lake_tables import LakeTable
from wire import AwsError, Params


class FakeGlue:
    """The catalogue of the same tables."""

    service = "glue"

    def __init__(self, athena: FakeAthena) -> None:
        self.athena = athena

    def get_table(self, params: Params) -> dict[str, object]:
        """Give a table's columns, partition keys and parameters."""
        table = self._table(params["DatabaseName"], params["Name"])
        described = {
            "Name": table.name,
            "DatabaseName": table.database,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partition_keys],
            "StorageDescriptor": {
                "Columns": [{"Name": n, "Type": t} for n, t in table.columns.items()],
                "Location": table.location,
            },
            "Parameters": dict(table.parameters),
        }
        return {"Table": described}

    def get_partitions(self, params: Params) -> dict[str, object]:
        """Give the partitions that rows are in, with their sizes; none of a table whose partitions are projected."""
        table = self._table(params["DatabaseName"], params["TableName"])
        keys = ", ".join(f'"{key}"' for key in table.partition_keys)
        rows = []
        if keys and not table.projected:
            where = str(params.get("Expression") or "true")
            size = "sum(strlen(CAST(t AS VARCHAR)))"
            sql = f'SELECT {keys}, {size} FROM "{table.database}"."{table.name}" t WHERE {where} GROUP BY ALL ORDER BY ALL'
            rows = self.athena.duckdb.execute(sql).fetchall()
        partitions = [_partition(table, row) for row in rows]
        kept = {name: params[name] for name in ("DatabaseName", "TableName")}
        size_asked = int(str(params.get("MaxResults", 1000)))
        shown, token = page(
            partitions, kept, size=size_asked, token=params.get("NextToken"), bad="InvalidInputException"
        )
        return given(Partitions=shown, NextToken=token)

    def _table(self, database: object, name: object) -> LakeTable:
        found = self.athena.tables.get((str(database), str(name)))
        if not found:
            raise AwsError("EntityNotFoundException", f"Table {name} not found.")
        return found


def _partition(table: LakeTable, row: Sequence[Any]) -> dict[str, object]:
    *values, size = row
    folders = itertools.chain([table.location], (f"{k}={v}" for k, v in zip(table.partition_keys, values)))
    return {
        "Values": list(values),
        "DatabaseName": table.database,
        "TableName": table.name,
        "StorageDescriptor": {"Location": "/".join(folders)},
        "Parameters": {"totalSize": str(int(size))},
    }
