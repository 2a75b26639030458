"""AWS Config's changes counted in Athena: bound as Athena binds, and the same report as from files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
from fake_athena import FakeAthena
from fake_glue import FakeGlue
from lake_tables import LakeTable
from loopback import Loopback, access_key

from config_deliveries import ACCOUNT, GROUP, REGION, ROLE, busy_month, deliver, item, year_before
from fa2.changes.config_table import COLUMNS, ITEM_FIELDS, PARTITION_KEYS
from fa2.changes.local_sql import duckdb_sql
from fa2.changes_wiring import ChangesRequest, OpenedPlace, changes_report, local_place
from fa2.core.deadlines import Deadline
from fa2.core.months import Month, months_through
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.athena import Athena, AthenaPlace
from fa2.sources.aws.permissions import Ground
from fa2.sources.local.config_engine import config_engine
from fa2.sources.local.config_files import config_files

NOW = datetime(2024, 12, 5, tzinfo=UTC)
REQUEST = ChangesRequest(Month(2024, 11), types=(GROUP, ROLE), question="Which roles were deleted?", months_before=6)


def deliveries(folder: Path) -> None:
    year_before(folder, months=5)
    busy_month(folder, "2024-11", 300)
    gone: list[object] = [
        item("2024-11-14T12:00:00.000Z", f"it's-{n}", ROLE, configurationItemStatus="ResourceDeleted") for n in range(4)
    ]
    deliver(folder, "2024-11-14", gone, name="gone")
    deliver(folder, "2024-11-15", gone, name="again")


def served(aws: Loopback, folder: Path) -> FakeAthena:
    """Have the files as a table of Athena's, with the hidden column that tells where each row lies."""
    fake = FakeAthena(NOW)
    table = LakeTable("lake", "awsconfig", {**dict(COLUMNS), "$path": "string"}, PARTITION_KEYS)
    files = config_files([folder], months_through(Month(2024, 11), 7), 2)
    fields = ", ".join(f'"{name}" := i."{name}"' for name, _ in ITEM_FIELDS)
    select = (
        f'SELECT fileversion, [struct_pack({fields}) FOR i IN configurationitems], "$path", '
        f"{', '.join(PARTITION_KEYS)} FROM lake.awsconfig"
    )
    with config_engine(files, ("lake", "awsconfig"), lambda sql: sql) as engine:
        fake.table(table, list(engine.rows(select, ())))
    aws.serve(fake, FakeGlue(fake))
    return fake


def test_athena_and_files_give_the_same_report(aws: Loopback, tmp_path: Path) -> None:
    deliveries(tmp_path)
    fake = served(aws, tmp_path)
    account = Account(
        boto3.Session(access_key(), "secret"),
        Ground(ACCOUNT, REGION),
        deadline=(deadline := Deadline(20)),
        calls=Calls(),
        endpoint_url=aws.url,
    )

    @contextmanager
    def athena(_: Collection[Month]) -> Iterator[OpenedPlace]:
        place = AthenaPlace("lake", "incidents")
        yield OpenedPlace(Athena(account.client("athena"), place, deadline=deadline), '"lake"."awsconfig"', "here")

    there = changes_report(REQUEST, athena)
    here = changes_report(REQUEST, local_place([tmp_path]))
    assert there.record.changes == 304
    assert there.answer is not None
    assert [row["resource"] for row in there.answer.rows] == [f"name-of-it's-{n}" for n in range(4)]
    unknown = {"history_files": None, "snapshot_files": None}
    months = tuple(replace(month, **unknown) for month in here.months)
    assert there == replace(here, source="here", months=months)
    assert len(fake.executions) == 2  # one scan for the report, one for the question
    assert duckdb_sql(there.sql)
