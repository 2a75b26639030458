"""Each source against each way in which AWS fails, through the whole of collecting, beside a source that is well.

Whatever happens: it ends, the bundle opens, the report names the gap with a remedy, what came is kept, nothing is left
running, and nothing is a fault of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import DENIED, FAULTS, THROTTLED
from live_scene import SOURCES, Collection, asked_services, collection, quick, served, settings_of
from loopback import ACCOUNT, REGION, Loopback
from odd_content import garbled
from world import World

from fa2.core.bundle import opened
from fa2.core.coverage import CoverageEntry
from fa2.core.messages import catalogue
from fa2.core.report import Report
from fa2.pipeline import investigate
from fa2.sources.aws.permissions import Ground, statement
from fa2.sources.local.collecting import unwatched
from fa2.wiring.investigations import stages

WELL = "cloudtrail_lookup"
PATIENCE_S = 20.0
"""How long a test waits for a collection before it counts as hanging."""
CAUSES = {
    "throttled": {"aws_throttled"},
    "denied": {"aws_denied"},
    "expired": {"aws_credentials"},
    "broken": {"aws_server_error"},
    "unavailable": {"aws_server_error"},
    "truncated": {"aws_broken_answer"},
    "malformed": {"aws_broken_answer"},
    "undecodable": {"aws_broken_answer"},
    "closed": {"aws_broken_answer"},
    "silent": {"aws_silent", "aws_deadline"},
}
SIZES = {"s3:ListBucket", "glue:GetPartitions"}
"""Asked only to know the size of a table; without them a query is given a share of the budget."""
OPERATIONS = sorted(
    (name, p.action)
    for name, source in SOURCES.items()
    for p in source.permissions(settings_of(name))
    if not p.implied and p.action not in SIZES and not p.action.partition(":")[2].startswith("Stop")
)
ONES = [pytest.param(name, action, id=f"{name}-{action}") for name, action in OPERATIONS]
_CALLS = {"s3:ListBucket": "s3.ListObjectsV2", "bedrock:Retrieve": "bedrock-agent-runtime.Retrieve"}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def aws(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    quick(monkeypatch)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 2)
    try:
        with served(world) as loopback:
            yield loopback
    finally:
        world.logs.queries.clear()
        world.athena.executions.clear()


def collected(aws: Loopback, name: str, folder: Path, *, seconds: float = 20.0) -> Collection:
    """Collect a source and one that is well, and fail where that never ends."""
    names = [name, WELL if name != WELL else "guardduty"]
    found: list[Collection] = []
    work = threading.Thread(target=lambda: found.append(collection(aws, names, folder, seconds=seconds)), daemon=True)
    work.start()
    work.join(PATIENCE_S)
    assert found, "collecting did not end, or raised"
    return found[0]


def report_on(found: Collection) -> Report:
    """Return the report on the bundle as it lies there."""
    with opened(found.folder) as bundle:
        return investigate(bundle, stages(), language="en", named="bundle", watch=unwatched)


def gaps(entries: list[CoverageEntry]) -> list[CoverageEntry]:
    return [e for e in entries if e.status in ("failed", "partial", "skipped") and e.error]


def hold(found: Collection, name: str) -> list[CoverageEntry]:
    """Hold what must be so whatever fails, and return the gaps of the source."""
    well = WELL if name != WELL else "guardduty"
    assert {e.status for e in found.of(well)} == {"ok"}
    assert set(SOURCES[well].tables) <= set(found.bundle.tables)
    for problem in (entry.error for entry in found.of(name) if entry.error):
        assert problem.code != "aws_source_failed", problem.message
        for texts in (catalogue("en"), catalogue("ja")):
            assert texts.text(f"coverage.{problem.code}", **problem.values)
            if not problem.code.startswith("note_"):
                assert texts.text(f"coverage.{problem.code}_remedy", **problem.values)
    return gaps(found.of(name))


def named(found: Collection, name: str) -> bool:
    """Tell whether the report on the bundle has all that coverage says of the source."""
    title = SOURCES[name].title
    return [e for e in report_on(found).coverage if e.source.startswith(title)] == found.of(name)


@pytest.mark.parametrize("kind", sorted(CAUSES))
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_service_that_fails_is_named_with_a_remedy_and_the_others_come(
    aws: Loopback, tmp_path: Path, name: str, kind: str
) -> None:
    for service in asked_services(name):
        aws.fault(service, FAULTS[kind])
    found = collected(aws, name, tmp_path / "bundle", seconds=3.5 if kind == "silent" else 20.0)
    told = hold(found, name)
    assert named(found, name)
    assert CAUSES[kind] & {e.error.code for e in told if e.error}, told
    assert any(e.status == "failed" for e in told)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_throttling_that_ends_leaves_no_gap(aws: Loopback, tmp_path: Path, name: str) -> None:
    whole = collected(aws, name, tmp_path / "whole")
    for service in asked_services(name):
        aws.fault(service, THROTTLED, first=1)
    again = collected(aws, name, tmp_path / "again")
    assert rows(again, name) == rows(whole, name)
    assert [e.error for e in gaps(again.of(name))] == [e.error for e in gaps(whole.of(name))]


def rows(found: Collection, name: str) -> list[tuple[str | None, int | None]]:
    return sorted((e.table or "", e.rows_returned or 0) for e in found.of(name) if e.table)


@pytest.mark.parametrize(("name", "action"), ONES)
def test_a_denied_call_tells_the_statement_that_allows_it(
    aws: Loopback, tmp_path: Path, name: str, action: str
) -> None:
    aws.fault(place(action), DENIED)
    told = hold(collected(aws, name, tmp_path / "bundle"), name)
    needed = next(p for p in SOURCES[name].permissions(settings_of(name)) if p.action == action)
    assert any(statement(needed, Ground(ACCOUNT, REGION)) in e.error.remedy for e in told if e.error), told


@pytest.mark.parametrize(("name", "action"), ONES)
def test_an_answer_that_breaks_off_is_no_empty_success(
    aws: Loopback, world: World, tmp_path: Path, name: str, action: str
) -> None:
    aws.fault(place(action), FAULTS["truncated"])
    told = hold(collected(aws, name, tmp_path / "bundle"), name)
    assert CAUSES["truncated"] & {e.error.code for e in told if e.error}, told
    if ":Start" in action:  # nobody knows the id of what was begun, so nobody can stop it
        world.logs.queries.clear()
        world.athena.executions.clear()


@pytest.mark.parametrize("kind", ["denied", "truncated", "closed"])
@pytest.mark.parametrize("name", ["alb_access_logs", "cloudtrail_athena"])
def test_a_table_whose_size_nobody_tells_is_asked_all_the_same(
    aws: Loopback, tmp_path: Path, name: str, kind: str
) -> None:
    for action in SIZES:
        aws.fault(place(action), FAULTS[kind])
    found = collected(aws, name, tmp_path / "bundle")
    assert hold(found, name) == []
    assert "note_athena_size" in {e.error.code for e in found.of(name) if e.error}


@pytest.mark.parametrize(("name", "action"), ONES)
def test_answers_of_odd_content_break_nothing(aws: Loopback, tmp_path: Path, name: str, action: str) -> None:
    aws.fault(place(action), garbled(*place(action).split(".")))
    found = collected(aws, name, tmp_path / "bundle")
    hold(found, name)
    assert named(found, name)


def place(action: str) -> str:
    """Return the operation of an IAM action, as faults name it."""
    return _CALLS.get(action, action.replace(":", "."))
