"""Fetching more for a model: into the bundle, and never beyond the incident's scope and budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desks import Caller
from faults import DENIED
from live_scene import BEFORE, SHORT, Collection, collection, quick, served
from loopback import Loopback
from world import World
from world_times import NOW

from fa2.core.budgets import Budget
from fa2.core.bundle import opened
from fa2.core.deadlines import Deadline
from fa2.core.telemetry import Telemetry
from fa2.core.windows import iso
from fa2.investigator.desk import ToolRefused
from fa2.wiring.further import FurtherInAws

NAMES = ("cloudwatch_logs", "cloudwatch_metrics")
ERRORS = "filter @message like /ERROR/"


@dataclass
class At:
    """A desk in the middle of a live investigation."""

    call: Caller
    collected: Collection
    aws: Loopback
    world: World
    budget: Budget

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """Return what was asked of an operation."""
        return [dict(call.params) for call in self.aws.calls if call.operation == operation]


@contextmanager
def live(folder: Path, *, budget: Budget | None = None, seconds: float = 60.0) -> Iterator[At]:
    world, limit = World(), budget or Budget(usd=1.0)
    with served(world) as aws:
        collected = collection(aws, NAMES, folder / "bundle", budget=limit)
        aws.calls.clear()
        with Telemetry.of(collected.bundle) as telemetry:
            further = FurtherInAws(collected.asks, telemetry, lambda: NOW, Deadline(seconds))
            yield At(Caller(telemetry, further=further), collected, aws, world, limit)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)


def test_fetched_lines_are_evidence_that_holds_on_the_kept_bundle(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        before = at.call("query_logs", query="stats count(*) as n by @log")
        found = at.call("query_logs", query=f"{ERRORS} | stats count(*) as n by @log | sort n desc", fetch=True)
        again = at.call("query_logs", query="stats count(*) as n by @log")
    assert found.evidence[0].query.table == "fetched_logs"
    assert float(str(found.evidence[0].rows[0][1])) == 57
    assert "tools.note.fetched_logs" in [note.key for note in found.notes]
    assert again == before
    with opened(tmp_path / "bundle") as bundle, Telemetry.of(bundle) as telemetry:
        for evidence in (*before.evidence, *found.evidence):
            assert telemetry.ask_untrusted(evidence.query, rows=1000) == evidence
        assert "fetched_logs" in [entry.table for entry in bundle.coverage]


def test_only_filters_travel_and_only_to_the_log_groups_times_and_region_of_the_incident(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        groups = {group.arn for ask in at.collected.asks for group in getattr(ask.found, "groups", ())}
        query = f"{ERRORS} and @log = '123456789012:/secret/group' | stats count(*) by @logStream | limit 3"
        at.call("query_logs", query=query, window="2001-01-01T00:00Z/2100-01-01T00:00Z", fetch=True)
        (asked,) = at.requests("StartQuery")
    assert set(asked["logGroupIdentifiers"]) <= groups
    assert asked["startTime"] == BEFORE.start.timestamp()
    assert asked["endTime"] == SHORT.end.timestamp()
    assert "stats" not in asked["queryString"]
    assert asked["queryString"].endswith("| sort @timestamp asc | limit 1000")
    assert "secret" in asked["queryString"]


@pytest.mark.parametrize(
    "query",
    [
        "SOURCE '/secret/group' | filter @message like /x/",
        "source logGroups(namePrefix: ['/'])",
        "filter @service = 'payments'",
        "filter @message like /x/ | lookup other on x",
    ],
)
def test_a_query_that_names_other_sources_is_refused_before_anything_is_asked(tmp_path: Path, query: str) -> None:
    with live(tmp_path) as at:
        with pytest.raises(ToolRefused):
            at.call("query_logs", query=query, fetch=True)
        assert at.requests("StartQuery") == []


def test_times_outside_of_the_incident_are_refused(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        further = at.call.desk.further
        assert further is not None
        with pytest.raises(ToolRefused) as refused:
            further.logs(ERRORS, [type(SHORT)(NOW + timedelta(days=1), NOW + timedelta(days=2))])
        assert refused.value.key == "tools.refused.outside"
        assert at.requests("StartQuery") == []


def test_the_budget_is_asked_before_and_never_exceeded(tmp_path: Path) -> None:
    with live(tmp_path, budget=Budget(usd=0.06)) as at:
        at.budget.take(usd=(at.budget.usd_left or 0.0) - 0.00001)
        for name, arguments in (
            ("query_logs", {"query": ERRORS}),
            ("metric", {"name": "Duration", "namespace": "AWS/Lambda", "stat": "p99"}),
        ):
            with pytest.raises(ToolRefused) as refused:
                at.call(name, **arguments, fetch=True)
            assert refused.value.key == "tools.refused.over_budget"
        assert at.requests("StartQuery") == at.requests("GetMetricData") == []
        assert "fetched_logs" not in at.call.desk.telemetry.bundle.tables


def test_what_was_reserved_and_not_scanned_is_given_back(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        left = at.budget.usd_left or 0.0
        at.call("query_logs", query=ERRORS, fetch=True)
        spent = left - (at.budget.usd_left or 0.0)
        entries = [e for e in at.call.desk.telemetry.bundle.coverage if e.table == "fetched_logs"]
    assert spent == pytest.approx(sum(entry.cost_usd or 0.0 for entry in entries), abs=1e-9)


def test_the_same_is_fetched_once(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        first = at.call("query_logs", query=f"{ERRORS} | fields @message", fetch=True)
        second = at.call("query_logs", query=f"{ERRORS} | fields @message", fetch=True)
        assert len(at.requests("StartQuery")) == 1
    assert second.evidence == first.evidence
    assert "tools.note.fetched_before" in [note.key for note in second.notes]


def test_a_later_fetch_changes_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        first = at.call("query_logs", query=f"{ERRORS} | stats count(*) as n", fetch=True)
        at.call("query_logs", query="filter @message like /REPORT/ | stats count(*) as n", fetch=True)
        assert all(at.call.desk.telemetry.ask(e.query) == e for e in first.evidence)
        names = [file.name for file in at.call.desk.telemetry.bundle.files("fetched_logs")]
    assert names == ["000000.parquet", "000001.parquet"]


def test_nothing_fetched_is_an_answer_with_its_evidence(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        found = at.call("query_logs", query="filter @message like /no such line anywhere/", fetch=True)
    assert found.evidence[0].rows == ()
    assert found.evidence[1].cell(0, "lines_looked_at") == 0


def test_a_refusal_of_aws_is_told_and_the_bundle_stays_as_it_was(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        at.aws.fault("logs.StartQuery", DENIED)
        with pytest.raises(ToolRefused) as refused:
            at.call("query_logs", query=ERRORS, fetch=True)
    assert refused.value.key == "tools.refused.fetch_failed"
    assert not (tmp_path / "bundle" / "fetched_logs").exists()


def test_queries_that_still_run_when_the_time_is_over_are_stopped(tmp_path: Path) -> None:
    with live(tmp_path, seconds=0.6) as at:
        at.world.logs.polls_until_complete = 10_000
        with pytest.raises(ToolRefused):
            at.call("query_logs", query=ERRORS, fetch=True)
        assert at.requests("StopQuery")
        with pytest.raises(ToolRefused) as refused:
            at.call("query_logs", query="filter @message like /later/", fetch=True)
    assert refused.value.key == "tools.refused.no_time"


def test_a_metric_is_fetched_over_window_and_baselines(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        found = at.call("metric", name="Duration", namespace="AWS/Lambda", stat="Maximum", fetch=True)
        asked = at.requests("GetMetricData")
    statistics, points = found.evidence
    assert statistics.query.table == points.query.table == "fetched_metrics"
    assert {row[statistics.columns.index("name")] for row in statistics.rows} == {"Duration"}
    assert {row[statistics.columns.index("stat")] for row in statistics.rows} == {"Maximum"}
    assert points.rows
    assert asked
    with opened(tmp_path / "bundle") as bundle, Telemetry.of(bundle) as telemetry:
        assert all(telemetry.ask_untrusted(e.query, rows=1000) == e for e in found.evidence)


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("stat", {"name": "Duration", "namespace": "AWS/Lambda", "stat": "p99); DROP"}),
        ("namespace", {"name": "Duration", "namespace": "AWS/Lambda'", "stat": "Sum"}),
    ],
)
def test_a_metric_that_can_not_be_one_is_refused(tmp_path: Path, what: str, arguments: dict[str, str]) -> None:
    with live(tmp_path) as at:
        with pytest.raises(ToolRefused) as refused:
            at.call("metric", **arguments, fetch=True)
        assert refused.value.values["what"] == what
        assert at.requests("ListMetrics") == []


def test_the_kept_coverage_can_be_read_again(tmp_path: Path) -> None:
    with live(tmp_path) as at:
        at.call("query_logs", query=ERRORS, fetch=True, window=f"{iso(SHORT.start)}/{iso(SHORT.end)}")
    entries = json.loads((tmp_path / "bundle" / "coverage.json").read_text())
    assert entries[-1]["table"] == "fetched_logs"
    assert entries[-1]["status"] == "ok"
