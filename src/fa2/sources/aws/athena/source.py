"""What the sources share that ask a table in Athena: its settings, what they need, what they may scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.athena.engine import LEAST_BYTES, Athena, AthenaPlace, Result, ScannedTooMuch, scan_usd
from fa2.sources.aws.athena.failures import QueryFailed
from fa2.sources.aws.athena.sizes import catalogue_bytes, file_bytes
from fa2.sources.aws.athena.tables import LakeTable, Partition, Reach, described, in_time, partitions
from fa2.sources.aws.athena.values import Name, Parameter, identifier
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import Place, Region, SourceSettings

_SHARE = 4
"""Where nobody knows what a query scans, it may scan one in so many of what is left."""
_MARGIN = 2
"""How many times its estimate a query may scan before it is stopped."""


class AthenaSettings(SourceSettings):
    """What the section of a source that asks Athena holds."""

    database: Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_-]{0,127})?$")] = ""
    table: Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_-]{0,127})?$")] = ""
    region: Annotated[str, Field(pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")] = ""
    workgroup: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,128}$")] = "primary"
    output_location: Annotated[str, Field(pattern=r"^(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[^\s]*)?)?$")] = ""
    regions: list[Region] = Field(default_factory=list)
    accounts: list[Annotated[str, Field(pattern=r"^\d{12}$")]] = Field(default_factory=list)
    partition_values: dict[Name, str] = Field(default_factory=dict)
    partition_formats: dict[Name, str] = Field(default_factory=dict)

    @property
    def configured(self) -> bool:
        """Whether a table is named."""
        return bool(self.database and self.table)

    @property
    def place(self) -> Place:
        """The region that the section names."""
        return Place(region=self.region)


Asks = Ask[Any]
"""Asks whose settings are AthenaSettings."""


@dataclass(frozen=True)
class Known:
    """What is known of a table before it is asked."""

    table: LakeTable
    cutoff_bytes: int | None
    """Of the workgroup."""


def permissions(settings: AthenaSettings) -> Sequence[Permission]:
    """Return what asking a table needs: own calls, and what Athena reads and writes as its caller."""
    if not settings.configured:
        return ()
    workgroup = (f"arn:{{partition}}:athena:{{region}}:{{account}}:workgroup/{settings.workgroup}",)
    glue = "arn:{partition}:glue:{region}:{account}:"
    table = (
        f"{glue}catalog",
        f"{glue}database/{settings.database}",
        f"{glue}table/{settings.database}/{settings.table}",
    )
    results = settings.output_location.removeprefix("s3://").partition("/")[0] or "*"
    bucket = (f"arn:{{partition}}:s3:::{results}", f"arn:{{partition}}:s3:::{results}/*")
    own = ("StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetWorkGroup")
    logs = ("arn:{partition}:s3:::*",)
    return (
        *(Permission(f"athena:{name}", workgroup) for name in own),
        Permission("glue:GetTable", table),
        Permission("glue:GetPartitions", table),
        *(Permission(f"glue:{name}", table, implied=True) for name in ("GetDatabase", "GetPartition")),
        Permission("s3:ListBucket", logs),
        *(Permission(f"s3:{name}", logs, implied=True) for name in ("GetObject", "GetBucketLocation")),
        *(Permission(f"s3:{name}", bucket, implied=True) for name in ("PutObject", "AbortMultipartUpload")),
    )


def here(ask: Asks) -> bool:
    """Tell whether the table is asked in this account and region."""
    return not ask.settings.region or ask.settings.region == ask.account.region


def known(ask: Asks) -> Known:
    """Return what the catalogue and the workgroup say. Two calls; raises botocore's errors, MalformedAnswer."""
    settings: AthenaSettings = ask.settings
    table = described(ask.client("glue"), settings.database, settings.table)
    return Known(table, engine(ask).workgroup().cutoff_bytes)


def engine(ask: Asks) -> Athena:
    """Return Athena in the place that the settings name."""
    settings: AthenaSettings = ask.settings
    place = AthenaPlace(settings.database, settings.workgroup, settings.output_location)
    return Athena(ask.client("athena"), place, deadline=ask.deadline)


def reach(ask: Asks, window: TimeWindow) -> Reach:
    """Return what is wanted of the table for a window, by the settings."""
    settings: AthenaSettings = ask.settings
    return Reach(
        window,
        regions=tuple(settings.regions),
        accounts=tuple(settings.accounts),
        values=settings.partition_values,
        formats=settings.partition_formats,
    )


def estimate(ask: Asks, windows: Sequence[TimeWindow]) -> Sequence[Estimate]:
    """Return what asking the table for some windows scans, and keep in `ask.found` what was learnt for it.

    Nothing where no table is named, or asking failed: that is told when it is collected. Two calls, and one for each
    thousand partitions that the catalogue lists.
    """
    if not ask.settings.configured or not here(ask):
        return ()
    try:
        ask.found = found = known(ask)
        size = size_of(ask, found.table, windows)
    except Exception as error:
        ask.explained(error)  # raises what is no error of AWS or ours
        return ()
    usd = None if size is None else scan_usd(size, ask.prices)
    what = f"{found.table.database}.{found.table.name}"
    return (Estimate(ask.name, what, bytes=size, usd=usd, calls=10),)


def size_of(ask: Asks, table: LakeTable, windows: Sequence[TimeWindow]) -> int | None:
    """Return the bytes of what windows read of a table, as catalogue or S3 list them; null where nobody knows."""
    total = 0
    for window in windows:
        chosen = partitions(table, reach(ask, window))
        size = catalogue_bytes(ask.client("glue"), table, chosen)
        size = _beneath(ask, table, chosen) if size is None else size
        if size is None:
            return None
        total += size
    return total


def _beneath(ask: Asks, table: LakeTable, chosen: Sequence[Partition]) -> int | None:
    """Return the size of the files; null also where listing them fails, since the query can be asked all the same."""
    try:
        return file_bytes(ask.client("s3"), table, chosen)
    except Exception as error:
        ask.explained(error)  # raises what is no error of AWS or ours
        return None


@dataclass(frozen=True)
class Allowed:
    """What a query was allowed to scan."""

    bytes: int | None
    """It is stopped beyond; null: without limit."""
    usd: float
    reserved: int
    guessed: bool
    """Nobody knew what it would scan."""


def allow(ask: Asks, size: int | None, cutoff: int | None) -> Allowed | None:
    """Reserve what a query may scan; null where it does not fit into what is left.

    size: what it is expected to scan; null where nobody knows: then it gets a share of what is left, and no more.
    """
    if size is not None:
        usd, reserved = scan_usd(size, ask.prices), max(size, LEAST_BYTES)
        fits = ask.budget.take(usd=usd, bytes=reserved)
        return Allowed(_MARGIN * reserved, usd, reserved, guessed=False) if fits else None
    most = _share(ask, cutoff)
    if most is None:
        return Allowed(None, 0.0, 0, guessed=True)
    usd = scan_usd(most, ask.prices)
    fits = most >= LEAST_BYTES and ask.budget.take(usd=usd, bytes=most)
    return Allowed(most, usd, most, guessed=True) if fits else None


def _share(ask: Asks, cutoff: int | None) -> int | None:
    usd, bytes = ask.budget.usd_left, ask.budget.bytes_left
    limits = [cutoff] if cutoff is not None else []
    if usd is not None and ask.prices.athena_tb > 0:
        limits.append(int(usd / ask.prices.athena_tb * 1e12 / _SHARE))
    if bytes is not None:
        limits.append(bytes // _SHARE)
    return min(limits, default=None)


def run(ask: Asks, look: Look, sql: str, parameters: Sequence[Parameter], allowed: Allowed) -> Result:
    """Run a query within what it is allowed, tell what it scanned, and give back what it did not need."""
    try:
        result = engine(ask).run(sql, parameters, most_bytes=allowed.bytes)
    except ScannedTooMuch as error:
        _settle(ask, look, allowed, int(error.values["scanned"] or 0))
        raise
    except QueryFailed:
        ask.budget.give_back(usd=allowed.usd, bytes=allowed.reserved)  # failed queries are not charged
        raise
    _settle(ask, look, allowed, result.bytes_scanned)
    look.gaps = _joined(look, result)
    if allowed.guessed and allowed.bytes is not None:
        look.note("note_athena_size", most=allowed.bytes)
    return result


def tried(ask: Asks, look: Look) -> None:
    """Ask the table for nothing, so that it is known whether it can be asked. Charged for LEAST_BYTES at most."""
    sql = f"SELECT 1 FROM {identifier(ask.settings.database)}.{identifier(ask.settings.table)} WHERE 1 = 0"
    look.asks(sql)
    for _ in engine(ask).run(sql, most_bytes=100 * LEAST_BYTES).pages:
        pass


def _settle(ask: Asks, look: Look, allowed: Allowed, scanned: int) -> None:
    usd = scan_usd(scanned, ask.prices)
    ask.budget.give_back(usd=allowed.usd - usd, bytes=allowed.reserved - max(scanned, LEAST_BYTES))
    look.scanned(bytes=scanned, usd=usd)


def _joined(look: Look, result: Result) -> Any:
    """Return one Gaps for the look and the result, which counts rows while they are read."""
    for code, n in look.gaps.counts.items():
        result.gaps.add(code, n, look.gaps.examples.get(code, ""))
    return result.gaps


def refuse(ask: Asks, look: Look, size: int | None) -> None:
    """Say that a query was not run, for want of what it may cost."""
    usd = round(scan_usd(size or LEAST_BYTES, ask.prices), 4)
    left = ask.budget.usd_left
    look.skip("aws_over_budget", usd=usd, left=None if left is None else round(left, 4))


def tell_narrowing(look: Look, found: Sequence[Partition], table: LakeTable) -> None:
    """Say so where nothing narrows a table to the time that is asked."""
    if not in_time(found):
        look.note("note_athena_not_narrowed", table=table.name)


def unconfigured(ask: Asks, name: str) -> None:
    """Say that no table is named."""
    with ask.look(table=ask.source.tables[0]) as look:
        look.skip("aws_not_configured", key=f"{name}.table" if ask.settings.database else f"{name}.database")
