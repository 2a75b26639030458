"""Puts the parts of a live investigation together: settings to accounts and sources, an alarm to a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from fa2.changes.config_table import differences
from fa2.config.sections import Configuration
from fa2.core.budgets import Budget, Estimate
from fa2.core.bundle import Bundle
from fa2.core.coverage import CoverageEntry, Problem, problem
from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.core.incident import Alarm, Incident, Scope, Span
from fa2.core.ports import Watcher
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls, open_accounts
from fa2.sources.aws.alarms.by_name import PERMISSIONS as OF_ALARMS
from fa2.sources.aws.alarms.by_name import alarm_named
from fa2.sources.aws.alarms.windows import baseline_before
from fa2.sources.aws.asking import Ask, AwsSource
from fa2.sources.aws.collecting import Common, PlannedAsk, asks, collect, examine, plan
from fa2.sources.aws.config.athena import ConfigInAthena, with_table
from fa2.sources.aws.config.delivery import ConfigDelivery
from fa2.sources.aws.permissions import Ground, Permission
from fa2.sources.aws.problems import needed, problem_of
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.documents.collecting import DocumentPlace, collect_documents, examine_documents
from fa2.wiring.model_access import examine_model, permissions_of_model
from fa2.wiring.past import permissions_of

GIB = 1 << 30


@dataclass(frozen=True)
class LiveRequest:
    """What the user asked of AWS: an alarm, or a window, or both."""

    now: datetime
    alarm: str = ""
    """The name of a CloudWatch alarm."""
    window: TimeWindow | None = None
    baselines: Sequence[TimeWindow] = ()
    question: str = ""


@dataclass(frozen=True)
class Opened:
    """The accounts and regions that are looked at, with what they share."""

    accounts: tuple[Account, ...]
    refused: tuple[CoverageEntry, ...]
    """Roles that could not be taken on."""
    deadline: Deadline
    calls: Calls


@dataclass(frozen=True)
class Prepared:
    """A collection before it is made: what is asked of whom, and what that costs."""

    incident: Incident
    opened: Opened
    planned: tuple[PlannedAsk, ...]
    budget: Budget
    documents: DocumentPlace | None = None
    """A folder of runbooks that is taken along."""

    @property
    def estimates(self) -> list[Estimate]:
        """What all sources expect to read and cost."""
        return [estimate for _, estimates in self.planned for estimate in estimates]

    def collect(self, folder: Path, watch: Watcher) -> Bundle:
        """Collect into a new bundle at `folder` and return it.

        Raises UnusableInput when the folder already holds a bundle.
        """
        from fa2.stores.bundle_folder import BundleWriter

        with BundleWriter(folder) as writer:
            found = collect(self.planned, writer, deadline=self.opened.deadline, watch=watch)
            told = collect_documents(self.documents, self.incident, writer) if self.documents else []
            coverage = [*self.opened.refused, *found, *told]
            writer.finish(self.incident, coverage)
            return Bundle(folder, self.incident, tuple(coverage), writer.tables)


@dataclass(frozen=True)
class Live:
    """AWS as it is configured: the way in for commands."""

    configuration: Configuration
    watch: Watcher
    deadline_s: float | None = None
    sources: Sequence[str] = field(default_factory=tuple)
    """Names of the sources to use; empty: all that are enabled."""
    documents: DocumentPlace | None = None
    """A folder of runbooks that is taken along when collecting."""

    def open(self) -> Opened:
        """Open the accounts and regions. Raises UnusableInput when none can be."""
        deadline, calls = Deadline(self.deadline_s or self.configuration.limits.deadline_s), Calls()
        accounts: list[Account] = []
        refused: list[CoverageEntry] = []
        for found in open_accounts(self.configuration.aws, deadline=deadline, calls=calls):
            if isinstance(found, Account):
                accounts.append(found)
            else:
                role, error = found
                reason = _refusal(role.arn, problem_of(error, (), _ground(role.arn), service="sts"))
                refused.append(CoverageEntry(source=role.arn, status="failed", error=reason))
        if not accounts:
            reasons = "; ".join(entry.error.message for entry in refused if entry.error)
            raise UnusableInput("errors.aws.no_account", problem=reasons)
        return Opened(tuple(accounts), tuple(refused), deadline, calls)

    def prepare(self, request: LiveRequest) -> Prepared:
        """Find the incident of a request, and what collecting it would cost.

        Raises UnusableInput when no account knows the alarm, or neither alarm nor window is given.
        """
        opened = self.open()
        incident = self._incident(request, opened)
        limits = self.configuration.limits
        budget = Budget(usd=limits.max_usd, bytes=int(limits.max_gib * GIB))
        common = Common(incident, opened.deadline, budget, self.configuration.prices)
        work = asks(self._chosen(), opened.accounts, common)
        planned = tuple(plan(work, deadline=opened.deadline, watch=self.watch))
        return Prepared(incident, opened, planned, budget, self.documents)

    def examine(self, window: TimeWindow) -> tuple[Opened, list[CoverageEntry]]:
        """Try what each source needs for a window; return the accounts and what was tried. Scans next to nothing."""
        opened = self.open()
        normal = baseline_before(window, hours=self.configuration.windows.baseline_hours)
        incident = Incident(
            format="fa2.bundle/1",
            id="doctor",
            window=Span.of(window),
            baseline=[Span.of(w) for w in normal],
            scope=Scope(services=list(self.configuration.workload.services)),
        )
        common = Common(incident, opened.deadline, Budget(usd=0.05), self.configuration.prices)
        work = [*asks(self._chosen(), opened.accounts, common), *self._asks_of_changes(opened, common)]
        tried = examine(work, deadline=opened.deadline, watch=self.watch)
        documents = examine_documents(self.documents) if self.documents else []
        return opened, [*opened.refused, *tried, *documents, *examine_model(self.configuration)]

    def permissions(self) -> list[Permission]:
        """Return what finding an alarm and the sources in use need, with these settings; asks nobody."""
        roles = self.configuration.aws.roles
        chosen = self._chosen()
        others = {source.name: settings for source, settings in chosen}
        needed = [p for source, settings in chosen if settings.wanted(others) for p in source.permissions(settings)]
        needed += [p for source, settings in self._of_changes() for p in source.permissions(settings)]
        assumed = [Permission("sts:AssumeRole", tuple(sorted(role.arn for role in roles)))] if roles else []
        kept = permissions_of(self.configuration.past)
        return [*OF_ALARMS, *needed, *assumed, *kept, *permissions_of_model(self.configuration)]

    def _chosen(self) -> list[tuple[AwsSource[Any], SourceSettings]]:
        return [
            (source, self.configuration.of_source(source.name))
            for source in aws_sources()
            if not self.sources or source.name in self.sources
        ]

    def _of_changes(self) -> list[tuple[AwsSource[Any], SourceSettings]]:
        """Return what `fa2 changes` asks, where [changes] names a table: no sources of investigations."""
        changes = self.configuration.changes
        if not changes.database or self.sources:
            return []
        return [(ConfigInAthena(differences), changes.of_athena()), (ConfigDelivery(), SourceSettings())]

    def _asks_of_changes(self, opened: Opened, common: Common) -> list[Ask[Any]]:
        """Return what is tried of them: deliveries everywhere, the table in the one account that has it."""
        table, delivery = self._of_changes() or (None, None)
        if table is None or delivery is None:
            return []
        holder = with_table(opened.accounts, self.configuration.changes)
        return [*asks([delivery], opened.accounts, common), *asks([table], [holder], common)]

    def _incident(self, request: LiveRequest, opened: Opened) -> Incident:
        alarm, window = self._alarm(request, opened)
        normal = baseline_before(window, hours=self.configuration.windows.baseline_hours)
        workload = self.configuration.workload
        title = alarm.name if alarm and alarm.name else workload.name
        return Incident(
            format="fa2.bundle/1",
            id=_id(alarm, window),
            title=title or "AWS",
            question=request.question,
            language=self.configuration.report.language or None,
            alarm=alarm,
            window=Span.of(window),
            baseline=[Span.of(w) for w in request.baselines or normal],
            scope=Scope(
                accounts=sorted({account.id for account in opened.accounts}),
                regions=sorted({account.region for account in opened.accounts}),
                services=list(workload.services),
            ),
            architecture=workload.architecture,
        )

    def _alarm(self, request: LiveRequest, opened: Opened) -> tuple[Alarm | None, TimeWindow]:
        if not request.alarm:
            if request.window is None:
                raise UnusableInput("errors.aws.no_window")
            return None, request.window
        for account in opened.accounts:
            with needed("cloudwatch", account.ground, OF_ALARMS):
                found = alarm_named(account, request.alarm, now=request.now, windows=self.configuration.windows)
            if found:
                alarm, window = found
                return alarm, request.window or window
        places = ", ".join(f"{account.id}/{account.region}" for account in opened.accounts)
        raise UnusableInput("errors.aws.no_alarm", name=request.alarm, places=places)


def aws_sources() -> list[AwsSource[Any]]:
    """Return the registered AWS sources, by name."""
    points = sorted(entry_points(group="fa2.aws_sources"), key=lambda point: point.name)
    return [cast("AwsSource[Any]", point.load()) for point in points]


def bundle_place(configuration: Configuration, incident: Incident) -> Path:
    """Return a folder for the bundle of a live investigation, one that is not there yet."""
    home = Path(configuration.report.bundles).expanduser()
    names = [incident.id, *(f"{incident.id}-{n}" for n in range(2, 1000))]
    return next(home / name for name in names if not (home / name).exists())


def _id(alarm: Alarm | None, window: TimeWindow) -> str:
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in (alarm and alarm.name) or "aws")
    return f"{name[:60]}-{window.start:%Y%m%dT%H%MZ}"


def _refusal(role: str, reason: Problem) -> Problem:
    return problem("aws_role", role=role, problem=reason.message)


def _ground(arn: str) -> Ground:
    return Ground(account=arn.split(":")[4])
