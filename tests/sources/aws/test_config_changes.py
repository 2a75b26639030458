"""AWS Config's changes counted in Athena: bound as Athena binds, and the same report as from files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import boto3
from config_lake import ConfigLake
from loopback import Loopback, access_key

from config_deliveries import ACCOUNT, GROUP, REGION, ROLE, busy_month, deliver, item, year_before
from fa2.changes.local_sql import duckdb_sql
from fa2.core.deadlines import Deadline
from fa2.core.months import Month
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.athena.engine import Athena, AthenaPlace
from fa2.sources.aws.permissions import Ground
from fa2.wiring.changes import ChangesRequest, OpenedPlace, changes_report, local_place

REQUEST = ChangesRequest(Month(2024, 11), types=(GROUP, ROLE), question="Which roles were deleted?", months_before=6)


def deliveries(folder: Path) -> None:
    year_before(folder, months=5)
    busy_month(folder, "2024-11", 300)
    gone: list[object] = [
        item("2024-11-14T12:00:00.000Z", f"it's-{n}", ROLE, configurationItemStatus="ResourceDeleted") for n in range(4)
    ]
    deliver(folder, "2024-11-14", gone, name="gone")
    deliver(folder, "2024-11-15", gone, name="again")


def test_athena_and_files_give_the_same_report(aws: Loopback, tmp_path: Path) -> None:
    deliveries(tmp_path)
    lake = ConfigLake(tmp_path)
    aws.serve(*lake.fakes)
    account = Account(
        boto3.Session(access_key(), "secret"),
        Ground(ACCOUNT, REGION),
        deadline=(deadline := Deadline(20)),
        calls=Calls(),
        endpoint_url=aws.url,
    )

    @contextmanager
    def athena(_: object) -> Iterator[OpenedPlace]:
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
    assert len(lake.athena.executions) == 2  # one scan for the report, one for the question
    assert duckdb_sql(there.sql)
