"""What `fa2 doctor` has each source try: every call once, each denial with its statement, what is amiss with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from faults import DENIED, FAULTS, Garbled
from live_scene import SOURCES, quick, served, settings_of, work_of
from loopback import ACCOUNT, REGION, Loopback
from world import World
from world_times import NOW

from fa2.core.coverage import CoverageEntry
from fa2.core.incident import Span
from fa2.core.messages import LANGUAGES, catalogue
from fa2.core.windows import TimeWindow
from fa2.sources.aws.collecting import examine
from fa2.sources.aws.permissions import Ground, statement
from fa2.sources.local.collecting import unwatched

_CALLS = {"s3:ListBucket": "s3.ListObjectsV2", "bedrock:Retrieve": "bedrock-agent-runtime.Retrieve"}
_ELSEWHERE = {"glue:GetPartitions", "cloudwatch:ListMetrics cloudwatch_logs"}
"""Asked with other settings than those of the scene."""
ACTIONS = [
    pytest.param(name, p.action, id=f"{name}-{p.action}")
    for name, source in sorted(SOURCES.items())
    for p in source.permissions(settings_of(name))
    if not p.implied and p.action not in _ELSEWHERE
]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    quick(monkeypatch)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 2)
    return World()


@pytest.fixture
def aws(world: World) -> Iterator[Loopback]:
    with served(world) as loopback:
        yield loopback


def examined(aws: Loopback, name: str, *, window: TimeWindow | None = None, **settings: Any) -> list[CoverageEntry]:
    """Return what a source tried, for the window of the scene unless another is given."""
    work, deadline = work_of(aws, [name], **settings)
    if window:
        work[0].incident = work[0].incident.model_copy(update={"window": Span.of(window), "baseline": []})
    found = examine(work, deadline=deadline, watch=unwatched)
    for entry in found:
        assert entry.table is None or entry.status == "skipped"
        assert entry.error is None or _readable(entry)
    return found


def _readable(entry: CoverageEntry) -> bool:
    """Hold that a trouble can be said in both languages, with what to do."""
    assert entry.error
    for texts in (catalogue(language) for language in LANGUAGES):
        assert texts.text(f"coverage.{entry.error.code}", **entry.error.values)
        if entry.status in ("partial", "failed"):
            assert texts.text(f"coverage.{entry.error.code}_remedy", **entry.error.values)
    return True


def told(found: list[CoverageEntry], status: str = "") -> list[str]:
    return [entry.error.code for entry in found if entry.error and status in ("", entry.status)]


def values(found: list[CoverageEntry], code: str) -> dict[str, Any]:
    (said,) = [entry.error.values for entry in found if entry.error and entry.error.code == code]
    return dict(said)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_where_all_is_well_nothing_is_amiss_and_each_declared_call_was_made_in_a_look_that_names_it(
    aws: Loopback, name: str
) -> None:
    found = examined(aws, name)
    assert {entry.status for entry in found} == {"ok"}
    assert all(entry.query for entry in found)
    needed = {p.action for p in SOURCES[name].permissions(settings_of(name)) if not p.implied}
    assert aws.actions() >= needed - _ELSEWHERE
    queries = " ".join(entry.query or "" for entry in found)
    for action in needed - {"athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"}:
        if action not in _ELSEWHERE:
            assert _CALLS.get(action, action).replace(":", ".").rpartition(".")[2] in queries


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_trying_costs_next_to_nothing(aws: Loopback, name: str) -> None:
    found = examined(aws, name)
    assert sum(entry.cost_usd or 0.0 for entry in found) < 0.0001
    assert len(aws.calls) < 25


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_each_denied_action_shows_the_statement_that_allows_it(
    world: World, aws: Loopback, name: str, action: str
) -> None:
    aws.fault(_CALLS.get(action, action.replace(":", ".")), DENIED)
    found = examined(aws, name)
    if ":Stop" in action:  # what cannot be stopped goes on
        world.logs.queries.clear()
        world.athena.executions.clear()
    needed = next(p for p in SOURCES[name].permissions(settings_of(name)) if p.action == action)
    wanted = statement(needed, Ground(ACCOUNT, REGION))
    shown = {e.error.values.get("statement") for e in found if e.error and e.error.code == "aws_denied"}
    assert shown == {wanted}


@pytest.mark.parametrize("kind", ["truncated", "broken", "closed"])
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_service_that_is_broken_is_no_pass(aws: Loopback, name: str, kind: str) -> None:
    aws.fault("*", FAULTS[kind])
    assert "failed" in {entry.status for entry in examined(aws, name)}


def test_log_groups_that_are_missing_expired_silent_or_infrequent_are_named(world: World, aws: Loopback) -> None:
    world.logs.group("/app/archive", log_class="INFREQUENT_ACCESS", retention_days=1)
    world.logs.group("/app/silent")
    groups = ["/app/*", "/app/gone", "/aws/lambda/payments"]
    week_ago = TimeWindow(NOW - timedelta(days=7), NOW - timedelta(days=7, minutes=-30))
    found = examined(aws, "cloudwatch_logs", window=week_ago, groups=groups)
    assert values(found, "logs_group_missing") == {"n": 1, "example": "/app/gone"}
    assert values(found, "logs_expired") == {"n": 1, "example": "/app/archive"}
    assert values(found, "note_logs_infrequent") == {"n": 1, "example": "/app/archive"}
    retention = values(found, "note_logs_retention")
    assert retention["n"] == 3
    assert {"/app/archive 1", "/app/silent ∞", "/aws/lambda/payments 30"} == set(retention["groups"].split(", "))
    assert values(found, "note_logs_silent")["n"] == 2
    assert "logs_no_events" in told(examined(aws, "cloudwatch_logs", groups=["/app/silent"]), "partial")


def test_a_retention_that_ends_within_the_times_asked_is_told(world: World, aws: Loopback) -> None:
    world.logs.group("/app/short", retention_days=1)
    edge = NOW - timedelta(days=1)
    window = TimeWindow(edge - timedelta(hours=1), edge + timedelta(hours=1))
    found = examined(aws, "cloudwatch_logs", window=window, groups=["/app/short"])
    assert values(found, "logs_not_kept") == {"n": 1, "example": "/app/short (1)"}


def test_log_groups_that_are_not_there_at_all_are_no_query(aws: Loopback) -> None:
    found = examined(aws, "cloudwatch_logs", groups=["/gone"])
    assert told(found) == ["logs_group_missing", "logs_no_groups"]
    assert "logs:StartQuery" not in aws.actions()


def test_an_account_without_traces_and_one_with_few_of_them_are_told(world: World, aws: Loopback) -> None:
    def scarce(answer: dict[str, Any]) -> dict[str, Any]:
        counts = {"RuleName": "Default", "Timestamp": NOW, "RequestCount": 10_000, "BorrowCount": 0, "SampledCount": 20}
        return {"SamplingStatisticSummaries": [counts]}

    aws.fault("xray.GetSamplingStatisticSummaries", Garbled(scarce))
    years_ago = TimeWindow(NOW - timedelta(days=20), NOW - timedelta(days=20, minutes=-10))
    found = examined(aws, "xray", window=years_ago)
    assert told(found, "partial") == ["xray_no_traces", "xray_thin"]
    assert values(found, "xray_thin") == {"share": 0.002}
    assert aws.actions() >= {"xray:BatchGetTraces"}


@pytest.mark.parametrize("name", ["alb_access_logs", "cloudtrail_athena"])
def test_a_table_that_is_not_there_is_named_and_the_workgroup_is_tried_all_the_same(aws: Loopback, name: str) -> None:
    found = examined(aws, name, table="gone")
    assert told(found, "failed") == ["aws_not_found", "athena_table"]
    assert [entry.status for entry in found if "GetWorkGroup" in (entry.query or "")] == ["ok"]


@pytest.mark.parametrize("name", ["alb_access_logs", "cloudtrail_athena"])
def test_a_table_that_is_not_configured_is_not_asked(aws: Loopback, name: str) -> None:
    assert told(examined(aws, name, table=""), "skipped") == ["aws_not_configured"]
    assert aws.calls == []


def test_a_projection_that_ended_before_the_window_is_told(world: World, aws: Loopback) -> None:
    table = world.athena.tables["logs", "alb"]
    (key,) = [key for key in table.parameters if key.endswith(".range")]
    changed = {**table.parameters, key: "2024/01/01,2026/10/31"}
    world.athena.tables["logs", "alb"] = replace(table, parameters=changed)
    found = examined(aws, "alb_access_logs")
    assert values(found, "athena_projection")["range"] == "2024/01/01,2026/10/31"


def test_a_window_whose_partitions_hold_nothing_is_told(world: World, aws: Loopback) -> None:
    early = TimeWindow(NOW - timedelta(days=200), NOW - timedelta(days=200, minutes=-30))
    found = examined(aws, "alb_access_logs", window=early)
    assert values(found, "athena_no_partitions") == {"table": "alb"}
    world.athena.tables["logs", "listed"] = replace(world.athena.tables["logs", "alb"], parameters={})
    found = examined(aws, "alb_access_logs", window=early, table="listed", partition_formats={"day": "yyyy/MM/dd"})
    assert "athena_no_partitions" in told(found, "partial")
    assert "glue:GetPartitions" in aws.actions()


def test_a_workgroup_without_a_place_for_results_is_told(aws: Loopback) -> None:
    def bare(answer: dict[str, Any]) -> dict[str, Any]:
        configuration = {"BytesScannedCutoffPerQuery": 20_000_000}
        return {"WorkGroup": {**answer["WorkGroup"], "Configuration": configuration}}

    aws.fault("athena.GetWorkGroup", Garbled(bare))
    found = examined(aws, "alb_access_logs", output_location="")
    assert "athena_no_output" in told(found, "partial")
    assert values(found, "note_athena_cutoff") == {"workgroup": "primary", "most": 20_000_000}


def test_services_that_are_off_are_said_to_be_off(world: World, aws: Loopback) -> None:
    world.config.recording = None
    assert told(examined(aws, "config_history")) == ["config_no_recorder"]
    world.config.recording = False
    assert "config_recorder_off" in told(examined(aws, "config_history"), "partial")


def test_an_event_history_without_events_or_too_old_is_told(aws: Loopback) -> None:
    long_ago = TimeWindow(NOW - timedelta(days=120), NOW - timedelta(days=119))
    assert told(examined(aws, "cloudtrail_lookup", window=long_ago), "partial") == [
        "cloudtrail_lookup_kept",
        "cloudtrail_no_events",
    ]


def test_a_knowledge_base_without_documents_is_told(world: World, aws: Loopback) -> None:
    world.runbooks.documents.clear()
    assert told(examined(aws, "knowledge_base"), "partial") == ["kb_empty"]


def test_an_account_without_metrics_is_told(world: World, aws: Loopback) -> None:
    world.metrics.series.clear()
    assert told(examined(aws, "cloudwatch_metrics"), "partial") == ["metrics_none"]
