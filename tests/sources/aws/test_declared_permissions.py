"""What each source declares that it calls is what it calls: nothing else, and all of it.

Its calls are those of an investigation, of `fa2 doctor`, and of a deadline that passes while queries run; with all
settings that change what is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import botocore.session
import pytest
from asking import Kept
from botocore.exceptions import UnknownServiceError
from live_scene import SETTINGS, SOURCES, account_of, quick, served, settings_of, work_of
from loopback import Loopback
from world import ALARM_NAME, World
from world_times import NOW

from fa2.config.sections import configuration_type
from fa2.core.deadlines import Deadline
from fa2.sources.aws import collecting
from fa2.sources.aws.alarms.by_name import PERMISSIONS as ALARM_PERMISSIONS
from fa2.sources.aws.alarms.by_name import alarm_named
from fa2.sources.aws.permissions import Permission
from fa2.sources.local.collecting import unwatched
from fa2.wiring.aws import Live

LISTED, PROJECTED = {"s3:ListBucket"}, {"glue:GetPartitions"}
"""What is not called of tables whose partitions the catalogue lists, and of those whose partitions are projected."""
VARIANTS: Mapping[str, Sequence[tuple[Mapping[str, object], set[str]]]] = {
    "alb_access_logs": (({}, PROJECTED), ({"table": "alb_listed"}, LISTED)),
    "cloudtrail_athena": (({}, PROJECTED), ({"table": "cloudtrail_listed"}, LISTED)),
    # without named log groups those are listed that take anything in
    "cloudwatch_logs": (({}, set()), ({"groups": []}, set())),
}
"""Settings besides those of the scene that change what is called, each with what is declared and called by another only;
sources that are not here have none."""
ONE_WAY: Sequence[tuple[Mapping[str, object], set[str]]] = (({}, set()),)
CASES = [
    pytest.param(name, settings, elsewhere, id="-".join((name, *map(str, settings))))
    for name in sorted(SOURCES)
    for settings, elsewhere in VARIANTS.get(name, ONE_WAY)
]
OPERATIONS = {
    "s3:ListBucket": "s3.ListObjectsV2",
    "bedrock:InvokeModel": "bedrock-runtime.InvokeModel",
    "bedrock:Rerank": "bedrock-agent-runtime.Rerank",
    "bedrock:Retrieve": "bedrock-agent-runtime.Retrieve",
}
"""Actions that are named otherwise than what they allow: Service Authorization Reference."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    quick(monkeypatch)
    made = World()
    for name in ("alb", "cloudtrail"):
        table = replace(made.athena.tables["logs", name], name=f"{name}_listed", parameters={})
        made.athena.tables["logs", table.name] = table
        made.athena.duckdb.execute(f"CREATE VIEW logs.{table.name} AS FROM logs.{name}")
    return made


def permissions(name: str, settings: Mapping[str, object]) -> Sequence[Permission]:
    return SOURCES[name].permissions(settings_of(name, **settings))


def investigated(aws: Loopback, name: str, settings: Mapping[str, object], *, seconds: float = 20.0) -> None:
    work, deadline = work_of(aws, [name], seconds=seconds, **settings)
    planned = collecting.plan(work, deadline=deadline, watch=unwatched)
    collecting.collect(planned, Kept(), deadline=deadline, watch=unwatched)


def examined(aws: Loopback, name: str, settings: Mapping[str, object]) -> None:
    work, deadline = work_of(aws, [name], **settings)
    collecting.examine(work, deadline=deadline, watch=unwatched)


def called(world: World, name: str, settings: Mapping[str, object]) -> Iterator[set[str]]:
    """Yield the actions of an investigation, of an examination, and of an investigation whose queries never end."""
    with served(world) as aws:
        investigated(aws, name, settings)
        yield aws.actions()
    with served(world) as aws:
        examined(aws, name, settings)
        yield aws.actions()
    if any(p.action.partition(":")[2].startswith("Stop") for p in permissions(name, settings)):
        world.logs.endings = [("", "never")]
        world.athena.endings = [("", "never", "")]
        with served(world) as aws:
            investigated(aws, name, settings, seconds=1.5)
            yield aws.actions()


@pytest.mark.parametrize(("name", "settings", "elsewhere"), CASES)
def test_a_source_calls_all_that_it_declares_and_nothing_else(
    world: World, name: str, settings: Mapping[str, object], elsewhere: set[str]
) -> None:
    declared = {p.action for p in permissions(name, settings) if not p.implied}
    assert set().union(*called(world, name, settings)) == declared - elsewhere


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_a_source_declares_there_is(name: str) -> None:
    for settings, _ in VARIANTS.get(name, ONE_WAY):
        for permission in permissions(name, settings):
            assert exists(permission.action), permission.action


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def exists(action: str) -> bool:
    """Tell whether botocore knows an action as an operation of a service."""
    service, _, operation = OPERATIONS.get(action, action.replace(":", ".")).partition(".")
    try:
        return operation in _session().get_service_model(service).operation_names
    except UnknownServiceError:
        return False


def test_finding_an_alarm_calls_all_that_is_declared_for_it_and_nothing_else(world: World) -> None:
    with served(world) as aws:
        assert alarm_named(account_of(aws, Deadline(20)), ALARM_NAME, now=NOW)
        assert aws.actions() == {permission.action for permission in ALARM_PERMISSIONS}
    assert all(exists(permission.action) for permission in ALARM_PERMISSIONS)


def test_the_printed_policy_holds_what_sources_alarms_and_roles_need() -> None:
    role = "arn:aws:iam::222233334444:role/fa2"
    chosen = configuration_type().model_validate({"aws": {"roles": [{"arn": role}]}, **SETTINGS})
    needed = {permission.action for permission in Live(chosen, unwatched).permissions()}
    assert {"sts:AssumeRole", *(permission.action for permission in ALARM_PERMISSIONS)} <= needed
    for name in set(SOURCES) - {"cloudtrail_lookup"}:
        assert {permission.action for permission in permissions(name, {})} <= needed
