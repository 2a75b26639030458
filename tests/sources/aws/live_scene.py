"""All registered sources against the world of tests/aws: their settings there, and collections of a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.endpoint
import pytest
from fake_knowledge_base import KNOWLEDGE_BASE
from loopback import ACCOUNT, REGION, Loopback, access_key
from world import World
from world_times import ALARM, NOW, ONSET

from fa2.core.budgets import Budget
from fa2.core.bundle import Bundle
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline
from fa2.core.incident import Alarm, Incident, Span
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask, AwsSource
from fa2.sources.aws.collecting import Common, asks, collect, plan
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.settings import Prices, SourceSettings
from fa2.sources.local.collecting import unwatched
from fa2.stores.bundle_folder import BundleWriter
from fa2.wiring.aws import aws_sources

SHORT = TimeWindow(ONSET - timedelta(minutes=2), ONSET + timedelta(minutes=3))
"""A window of few rows, for tests that collect often."""
BEFORE = TimeWindow(ONSET - timedelta(minutes=15), ONSET - timedelta(minutes=9))
_LAKE = {"database": "logs", "output_location": "s3://shop-results/fa2/"}
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "alb_access_logs": {**_LAKE, "table": "alb"},
    "cloudtrail_athena": {**_LAKE, "table": "cloudtrail"},
    "cloudtrail_lookup": {"enabled": True, "lead_hours": 1},
    "cloudwatch_logs": {"groups": ["/aws/lambda/*"]},
    "cloudwatch_metrics": {"max_metrics": 20},
    "config_history": {"resource_types": ["AWS::DynamoDB::Table", "AWS::Lambda::Function"]},
    "knowledge_base": {"id": KNOWLEDGE_BASE},
    "xray": {"max_traces": 20},
}
"""What sources need to find something in the world. A source that is not named here has its defaults."""
SOURCES: Mapping[str, AwsSource[Any]] = {source.name: source for source in aws_sources()}


def settings_of(name: str, **more: object) -> SourceSettings:
    """Return the settings of a source in the world."""
    return SOURCES[name].settings(**{**SETTINGS.get(name, {}), **more})


def asked_services(name: str) -> list[str]:
    """Return the boto3 names of the services that a source asks, by what it declares."""
    declared = SOURCES[name].permissions(settings_of(name))
    prefixes = {p.action.partition(":")[0] for p in declared if not p.implied}
    return sorted({"bedrock": "bedrock-agent-runtime"}.get(prefix, prefix) for prefix in prefixes)


def short_incident() -> Incident:
    """Return the world's incident, cut short, with its alarm."""
    alarm = Alarm(
        name="payments-errors",
        namespace="AWS/Lambda",
        metric="Errors",
        stat="Sum",
        period_s=60,
        dimensions={"FunctionName": "payments"},
        service="payments",
        timestamp=min(ALARM, SHORT.end - timedelta(seconds=1)),
    )
    return Incident(
        format="fa2.bundle/1",
        id="short",
        title="payments",
        question="Why does payments fail?",
        alarm=alarm,
        window=Span.of(SHORT),
        baseline=[Span.of(BEFORE)],
    )


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sources live at the time of the world, and take no rest between calls."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda seconds: None))
    for setting, value in {
        "cloudwatch_logs.queries.FIRST_WAIT_S": 0.005,
        "cloudwatch_logs.queries._BUSY_S": (0.01,),
        "cloudtrail_lookup.PACE_S": 0.0,
        "athena.engine._FIRST_WAIT_S": 0.005,
    }.items():
        monkeypatch.setattr(f"fa2.sources.aws.{setting}", value)
    for source in SOURCES.values():
        if hasattr(source, "_clock"):
            monkeypatch.setattr(source, "_clock", lambda: NOW)


@contextmanager
def served(world: World) -> Iterator[Loopback]:
    """Serve a world whose queries are done at once."""
    world.logs.polls_until_running = world.logs.polls_until_complete = 0
    world.athena.polls_until_running = world.athena.polls_until_done = 0
    with world.server() as aws:
        yield aws


@dataclass
class Collection:
    """What a collection gave."""

    bundle: Bundle
    asks: Sequence[Ask[Any]]
    folder: Path

    def of(self, name: str) -> list[CoverageEntry]:
        """Return the coverage of one source."""
        return [entry for entry in self.bundle.coverage if entry.source.startswith(SOURCES[name].title)]


@cache
def _session() -> boto3.Session:
    """Return the one session of all tests: each reads botocore's models anew."""
    return boto3.Session(aws_access_key_id=access_key(), aws_secret_access_key="secret", region_name=REGION)  # noqa: S106  # of the fake


def account_of(aws: Loopback, deadline: Deadline) -> Account:
    """Return the world's account."""
    return Account(_session(), Ground(ACCOUNT, REGION), deadline=deadline, calls=Calls(), endpoint_url=aws.url)


def work_of(
    aws: Loopback, names: Sequence[str], *, seconds: float = 20.0, budget: Budget | None = None, **settings: object
) -> tuple[list[Ask[Any]], Deadline]:
    """Return the work of some sources on the short incident; settings are of all of them."""
    deadline = Deadline(seconds)
    common = Common(short_incident(), deadline, budget or Budget(usd=1.0), Prices())
    chosen = [(SOURCES[name], settings_of(name, **settings)) for name in names]
    return asks(chosen, [account_of(aws, deadline)], common), deadline


def collection(
    aws: Loopback, names: Sequence[str], folder: Path, *, seconds: float = 20.0, budget: Budget | None = None
) -> Collection:
    """Plan and collect as the command line does, into a bundle."""
    work, deadline = work_of(aws, names, seconds=seconds, budget=budget)
    with BundleWriter(folder) as writer:
        planned = plan(work, deadline=deadline, watch=unwatched)
        found = collect(planned, writer, deadline=deadline, watch=unwatched)
        writer.finish(work[0].incident, found)
        return Collection(Bundle(folder, work[0].incident, tuple(found), writer.tables), work, folder)
