"""Counts changes in Athena: settings to a table in one of the accounts, its size to what a statement may scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fa2.changes.change_queries import ChangeQuery
from fa2.changes.change_sql import LATE_DAYS, place_filters
from fa2.changes.config_table import differences, quoted_name
from fa2.changes.monthly_report import FilesSeen
from fa2.config.sections import Configuration
from fa2.core.budgets import Estimate
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import UnusableInput
from fa2.core.monthly_changes import MonthlyChanges
from fa2.sources.aws.athena.bounded import BoundedAthena
from fa2.sources.aws.athena.engine import LEAST_BYTES, Athena, AthenaPlace, scan_usd
from fa2.sources.aws.athena.tables import LakeTable, described
from fa2.sources.aws.config.athena import ConfigInAthena
from fa2.sources.aws.config.listing import Deliveries, Listed, catalogued, listed
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.problems import is_of_aws, needed, problem_of
from fa2.wiring.changes import ChangesRequest, OpenedPlace, OpenPlace, changes_report

if TYPE_CHECKING:
    from fa2.sources.aws.accounts import Account
    from fa2.wiring.aws import Opened

_GIB = 1 << 30
_MARGIN = 2
"""How many times its expected size a statement may scan before it is stopped."""


@dataclass(frozen=True)
class ScanPlan:
    """What asking reads and costs, before anything is asked."""

    estimates: tuple[Estimate, ...]
    """One for each statement."""
    limit_usd: float
    most_bytes: int
    """A statement that scans more is stopped."""

    @property
    def known(self) -> bool:
        """Whether the size of what is read is known."""
        return all(estimate.bytes is not None for estimate in self.estimates)


Tell = Callable[[ScanPlan], None]


def changes_in_athena(request: ChangesRequest, configuration: Configuration, tell: Tell) -> MonthlyChanges:
    """Return the report of a month, counted in the table that [changes] names.

    tell: is given the plan before the first statement. Accounts and regions of the settings hold where the request
    names none. Raises UnusableInput where no table is named or found, an action is denied, or a limit would be broken;
    other Fa2Errors of Athena and the deadline. Calls: see `listed`; a few for each statement.
    """
    settings = configuration.changes
    if not settings.database:
        raise UnusableInput("changes.error.place")
    narrowed = replace(
        request,
        accounts=request.accounts or tuple(settings.accounts),
        regions=request.regions or tuple(settings.regions),
    )
    return changes_report(narrowed, athena_place(configuration, tell))


def athena_place(configuration: Configuration, tell: Tell) -> OpenPlace:
    """Return the table that [changes] names. tell: is given the plan when it is opened."""
    settings = configuration.changes
    quoted = quoted_name(settings.database, settings.table)
    needs = ConfigInAthena(differences).permissions(settings.of_athena())

    @contextmanager
    def opened(queries: Sequence[ChangeQuery]) -> Iterator[OpenedPlace]:
        aws = _opened(configuration)
        account, table = _found(aws, configuration, needs)
        with needed("athena", account.ground, needs):
            name = f"athena:{settings.database}.{settings.table} ({account.id}, {account.region})"
            sizes = _Sizes.of(account, table, [_reads(query) for query in queries], needs)
            plan = _plan(name, queries, sizes.bytes, configuration)
            tell(plan)
            _hold(plan, configuration)
            place = AthenaPlace(settings.database, settings.workgroup, settings.output_location)
            athena = Athena(account.client("athena"), place, deadline=aws.deadline)
            engine = BoundedAthena(athena, most_bytes=plan.most_bytes, prices=configuration.prices)
            yield OpenedPlace(engine, quoted, name, sizes.files, lambda: [_scanned(name, engine)])

    return opened


def _opened(configuration: Configuration) -> Opened:
    """Open the accounts, in the table's region where the settings name one."""
    from fa2.wiring.aws import Live

    aws, region = configuration.aws, configuration.changes.region
    if region:
        roles = [role.model_copy(update={"regions": []}) for role in aws.roles]
        aws = aws.model_copy(update={"regions": [region], "roles": roles})
    return Live(configuration.model_copy(update={"aws": aws}), lambda progress: None).open()


def _found(aws: Opened, configuration: Configuration, needs: Sequence[Permission]) -> tuple[Account, LakeTable]:
    """Return the first account whose catalogue has the table. One call each. Raises UnusableInput."""
    settings = configuration.changes
    for account in aws.accounts:
        glue = account.client("glue")
        with needed("glue", account.ground, needs):
            try:
                return account, described(glue, settings.database, settings.table)
            except glue.exceptions.EntityNotFoundException:
                continue
    places = ", ".join(f"{account.id}/{account.region}" for account in aws.accounts)
    raise UnusableInput("changes.error.no_table", table=f"{settings.database}.{settings.table}", places=places)


def _reads(query: ChangeQuery) -> Deliveries:
    """Return the partitions that the statement of a query reads."""
    narrowed: dict[str, set[str]] = {}
    for key, values in place_filters(query.filters):
        narrowed[key] = narrowed.get(key, set(values)) & set(values)
    accounts, regions = (tuple(sorted(narrowed[key])) if key in narrowed else None for key in ("account_id", "region"))
    return Deliveries(query.period, LATE_DAYS, accounts, regions)


@dataclass(frozen=True)
class _Sizes:
    """What is known of the files before they are read."""

    bytes: list[int | None]
    """By statement."""
    files: FilesSeen

    @classmethod
    def of(cls, account: Account, table: LakeTable, reads: Sequence[Deliveries], needs: Sequence[Permission]) -> _Sizes:
        """Ask S3, or the catalogue for partitions that are listed there; where that fails nobody knows, and it is told."""
        service = "s3" if table.projected else "glue"
        found: Listed | None = None
        sizes: list[int | None] = [None] * len(reads)
        try:
            if table.projected:
                found = listed(account.client("s3"), table, reads)
                sizes = [found.bytes_read(read) if found else None for read in reads]
            else:
                sizes = [catalogued(account.client("glue"), table, read) for read in reads]
        except Exception as error:
            if not is_of_aws(error):
                raise
            reason = problem_of(error, needs, account.ground, service=service)
            entry = CoverageEntry(source=table.template or table.name, status="failed", error=reason)
            return cls(sizes, FilesSeen(coverage=(entry,)))
        if found is None:
            return cls(sizes, FilesSeen())
        files = FilesSeen(found.of_kind("ConfigHistory"), found.of_kind("ConfigSnapshot"), counted=True)
        return cls(sizes, files)


def _plan(
    name: str, queries: Sequence[ChangeQuery], sizes: Sequence[int | None], configuration: Configuration
) -> ScanPlan:
    prices, limits = configuration.prices, configuration.limits
    estimates = tuple(
        Estimate(
            name,
            f"{query.period[0]} – {query.period[-1]}",
            bytes=size,
            usd=None if size is None else scan_usd(size, prices),
        )
        for query, size in zip(queries, sizes)
    )
    most = [configuration.changes.max_gib * _GIB]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes):
        most.append(_MARGIN * max(*known, LEAST_BYTES))
    else:
        most.append(limits.max_gib * _GIB / len(sizes))
        if prices.athena_tb:
            most.append(limits.max_usd / prices.athena_tb * 1e12 / len(sizes))
    return ScanPlan(estimates, limits.max_usd, int(min(most)))


def _hold(plan: ScanPlan, configuration: Configuration) -> None:
    """Raise UnusableInput for a plan that breaks a limit, with the limit's name."""
    sizes = [max(estimate.bytes or 0, LEAST_BYTES) for estimate in plan.estimates]
    usd = sum(scan_usd(size, configuration.prices) for size in sizes)
    if usd > plan.limit_usd:
        limit = _amount(plan.limit_usd)
        raise UnusableInput("changes.error.over_usd", usd=_amount(usd), bytes=sum(sizes), limit=limit)
    for key, bytes, gib in (
        ("changes.max_gib", max(sizes), configuration.changes.max_gib),
        ("limits.max_gib", sum(sizes), configuration.limits.max_gib),
    ):
        if bytes > gib * _GIB:
            raise UnusableInput("changes.error.over_gib", bytes=bytes, key=key, limit=f"{gib:g}")


def _amount(usd: float) -> str:
    return f"{usd:.6f}".rstrip("0").rstrip(".")


def _scanned(name: str, engine: BoundedAthena) -> CoverageEntry:
    return CoverageEntry(source=name, status="ok", bytes_scanned=engine.scanned_bytes, cost_usd=round(engine.usd, 6))
