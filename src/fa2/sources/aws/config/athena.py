"""AWS Config's deliveries as a table in Athena: its settings, what it needs, and whether it is there as it should be.

No source of investigations; `fa2 changes` asks it, `fa2 doctor` tries it, `fa2 iam` prints what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fa2.core.budgets import Estimate
from fa2.core.months import Month
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.athena.source import AthenaSettings, engine, permissions, tried
from fa2.sources.aws.athena.tables import LakeTable, described
from fa2.sources.aws.athena.values import identifier
from fa2.sources.aws.config.listing import Deliveries, listed
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.problems import is_of_aws
from fa2.sources.aws.settings import SourceSettings

_NAME = r"^([a-z_][a-z0-9_]{0,127})?$"


class ChangesSettings(BaseModel):
    """The section [changes]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: Annotated[str, Field(pattern=_NAME)] = ""
    table: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,127}$")] = "awsconfig"
    region: Annotated[str, Field(pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")] = ""
    workgroup: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,128}$")] = "primary"
    output_location: Annotated[str, Field(pattern=r"^(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[^\s]*)?)?$")] = ""
    accounts: list[Annotated[str, Field(pattern=r"^\d{12}$")]] = Field(default_factory=list)
    regions: list[Annotated[str, Field(pattern=r"^(global|[a-z]{2}(-[a-z]+)+-\d)$")]] = Field(default_factory=list)
    max_gib: Annotated[float, Field(gt=0)] = 100

    def of_athena(self) -> AthenaSettings:
        """Return what the parts that ask tables in Athena share."""
        return AthenaSettings(
            database=self.database,
            table=self.table if self.database else "",
            region=self.region,
            workgroup=self.workgroup,
            output_location=self.output_location,
        )


Differences = Callable[[Mapping[str, Any]], Sequence[str]]
"""Gives what of a table, as GetTable describes it, is not as `fa2 changes --ddl` makes it."""


def with_table(accounts: Sequence[Account], settings: ChangesSettings) -> Account:
    """Return the first account whose catalogue has the table, the first of all where none has. One call each."""
    for account in accounts if len(accounts) > 1 else ():
        try:
            described(account.client("glue", settings.region), settings.database, settings.table)
        except Exception as error:
            if not isinstance(error, MalformedAnswer) and not is_of_aws(error):
                raise
        else:
            return account
    return accounts[0]


class ConfigInAthena:
    """The table, as `fa2 doctor` tries it and `fa2 iam` counts it."""

    name = "changes"
    title = "AWS Config in Athena"
    service = "athena"
    tables: tuple[str, ...] = ()
    settings: type[SourceSettings] = AthenaSettings

    def __init__(self, differences: Differences) -> None:
        self._differences = differences

    def permissions(self, settings: AthenaSettings, /) -> Sequence[Permission]:
        """Return what counting changes needs; nothing where no table is named."""
        return permissions(settings)

    def plan(self, ask: Ask[Any], /) -> Sequence[Estimate]:
        """Return nothing: investigations do not ask the table."""
        return ()

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate], /) -> None:
        """Collect nothing."""

    def examine(self, ask: Ask[Any], /) -> None:
        """Look at the table and its projection, the workgroup, and what lies in this month.

        Runs a query that reads nothing, and stops one.
        """
        table = self._table(ask)
        _workgroup(ask)
        if table is not None:
            _tell_delivered(ask, table)
        with ask.look() as look:
            tried(ask, look)
        sql = f"SELECT 1 FROM {identifier(ask.settings.database)}.{identifier(ask.settings.table)} WHERE 1 = 0"
        with ask.look(query=f"StopQueryExecution {sql}"):
            engine(ask).try_stopping(sql)

    def _table(self, ask: Ask[Any]) -> LakeTable | None:
        database, name = ask.settings.database, ask.settings.table
        table: LakeTable | None = None
        with ask.look(query=f"GetTable {database}.{name}", service="glue") as look:
            client = ask.client("glue")
            found = client.get_table(DatabaseName=database, Name=name).get("Table")
            if not isinstance(found, Mapping):
                raise MalformedAnswer("coverage.aws_broken_answer", service="glue", problem="no Table")
            if wrong := self._differences(found):
                look.partial("config_table_differs", table=f"{database}.{name}", what="; ".join(wrong)[:400])
            table = described(client, database, name)
        return table


def _workgroup(ask: Ask[Any]) -> None:
    workgroup = ask.settings.workgroup
    with ask.look(query=f"GetWorkGroup {workgroup}") as look:
        found = engine(ask).workgroup()
        if not found.has_output and not ask.settings.output_location:
            look.partial("athena_no_output", workgroup=workgroup)
        if found.cutoff_bytes is not None:
            look.note("note_athena_cutoff", workgroup=workgroup, most=found.cutoff_bytes)


def _tell_delivered(ask: Ask[Any], table: LakeTable) -> None:
    """Say what was delivered in the last month or two: where nothing changes, no history comes for weeks."""
    window = ask.incident.window.window
    first, last = (window.end - timedelta(days=31)).date(), window.end.date()
    months = tuple(dict.fromkeys(Month(day.year, day.month) for day in (first, last)))
    with ask.look(query=f"ListObjectsV2 {table.template}", service="s3") as look:
        found = listed(ask.client("s3"), table, [Deliveries(months, 0)])
        if found is None:
            look.note("note_athena_size_unknown", table=table.name)
            return
        kinds = [sum(found.of_kind(kind).values()) for kind in ("ConfigHistory", "ConfigSnapshot")]
        if not any(kinds):
            look.partial("config_not_delivered", months=", ".join(map(str, months)))
        else:
            size = sum(found.bytes.values())
            look.note("note_config_delivered", history=kinds[0], snapshots=kinds[1], size=size)
