"""X-Ray against the fake: what is asked, what comes of it, and that a sample does not look worse than it is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from accounts_here import account_at
from asking import BASELINE, WINDOW, ask_of, collected, incident
from faults import DENIED, FAULTS, SILENT, THROTTLED, Garbled
from loopback import REGION, Loopback, serving
from sampled_xray import SampledXRay
from xray_scene import add, shop

from fa2.analysers.entry_impact import entry_impact
from fa2.analysers.log_patterns import log_patterns
from fa2.analysers.metric_shifts import metric_shifts
from fa2.analysers.request_excess import request_excess
from fa2.analysers.span_errors import span_errors
from fa2.analysers.span_times import span_times
from fa2.core.budgets import Budget
from fa2.core.bundle import opened
from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.observations import Observation
from fa2.core.ports import Rows
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.xray.source import XRaySettings, source
from fa2.stores.bundle_folder import BundleWriter

ONE_IN_A_HUNDRED = 100


def asked(aws: Loopback, deadline: Deadline | None = None, **settings: Any) -> Ask[Any]:
    limit = deadline or Deadline(20)
    return ask_of(source, account_at(aws, limit), settings=XRaySettings(**settings), deadline=limit)


def by_query(coverage: list[CoverageEntry], word: str) -> list[CoverageEntry]:
    return [entry for entry in coverage if word in (entry.query or "")]


def codes(coverage: list[CoverageEntry]) -> set[str]:
    return {entry.error.code for entry in coverage if entry.error}


@pytest.fixture
def steady() -> SampledXRay:
    """A fault in a hundred, before and during the window: 12 requests a minute."""
    return shop(BASELINE.start, WINDOW.end, each_s=5, failing=lambda n: n % ONE_IN_A_HUNDRED == 7)


@pytest.fixture
def surge() -> SampledXRay:
    """One request in five fails from the window's start on; before, none."""
    made = shop(BASELINE.start, BASELINE.end, each_s=6, failing=lambda n: False)
    add(made, WINDOW.start, WINDOW.end, each_s=6, failing=lambda n: n % 5 == 2)
    return made


@pytest.fixture
def small() -> SampledXRay:
    """Two requests a minute, of which one in five fails."""
    return shop(BASELINE.start, WINDOW.end, each_s=30, failing=lambda n: n % 5 == 2)


def test_graph_statistics_causes_and_a_sample_of_both_periods_come_into_the_tables(surge: SampledXRay) -> None:
    with serving(surge) as aws:
        rows, coverage = collected(asked(aws, max_traces=100))
    assert {(e["caller"], e["callee"], e["kind"]) for e in rows["edges"]} == {
        ("checkout", "payments", "http"),
        ("payments", "orders", "database"),
    }
    traces = {(row["trace_id"], row["start"] >= WINDOW.start) for row in rows["spans"]}
    assert Counter(inside for _, inside in traces) == {True: 50, False: 50}
    assert {(row["start"] >= WINDOW.start, row["weight"]) for row in rows["spans"]} == {(True, 6.0), (False, 24.0)}
    faults = sum(m["value"] for m in rows["metrics"] if (m["service"], m["name"]) == ("payments", "Faults"))
    assert faults == 60
    assert {m["name"] for m in rows["metrics"]} == {
        "Requests",
        "Faults",
        "Errors",
        "Throttles",
        "Availability",
        "ResponseTime",
    }
    (pattern,) = {(c["service"], c["level"], c["pattern"]) for c in rows["log_counts"]}
    assert pattern == ("payments", "ERROR", "X-Ray fault: ConnectTimeout: orders-<*> did not answer within <*> ms")
    assert sum(c["count"] for c in rows["log_counts"]) == 60
    assert {entry.status for entry in coverage} == {"ok"}
    (sample,) = [e for e in by_query(coverage, "BatchGetTraces") if e.error and e.window.window == WINDOW]
    assert (sample.error.code, sample.error.values, sample.rows_matched) == (
        "note_xray_sample",
        {"n": 50, "of": 300},
        300,
    )


def test_an_even_sample_has_the_share_of_failures_of_all_traces(surge: SampledXRay) -> None:
    with serving(surge) as aws:
        rows, _ = collected(asked(aws, max_traces=200))
    roots = [r for r in rows["spans"] if r["parent_id"] is None and r["start"] >= WINDOW.start]
    assert len(roots) == 100
    assert sum(r["status"] == "fault" for r in roots) == pytest.approx(20, abs=1)


def test_the_filter_is_sent_with_the_threshold_of_normal_times(surge: SampledXRay) -> None:
    add(surge, BASELINE.start, BASELINE.end, each_s=300, failing=lambda n: False, seconds=lambda n: 3.5)
    with serving(surge) as aws:
        collected(asked(aws))
        filters = {c.params.get("FilterExpression") for c in aws.calls if c.operation == "GetTraceSummaries"}
        assert filters == {None, "error = true OR fault = true OR throttle = true OR responsetime > 0.1"}
    with serving(surge) as aws:
        collected(asked(aws, slow_s=3))
        assert "error = true OR fault = true OR throttle = true OR responsetime > 3" in {
            c.params.get("FilterExpression") for c in aws.calls
        }


def test_all_pages_are_read_and_ranges_stay_within_six_hours() -> None:
    begin = WINDOW.start - timedelta(hours=15)
    long = shop(begin, WINDOW.end, each_s=60, failing=lambda n: n == 3)
    long.page_size = 7
    with serving(long) as aws:
        ask = asked(aws, max_traces=2000)
        ask.incident = incident(WINDOW, TimeWindow(begin, WINDOW.start))
        rows, coverage = collected(ask)
        spread = {c.params["EndTime"] - c.params["StartTime"] for c in aws.calls if "EndTime" in c.params}  # type: ignore[operator]
        periods = {c.params.get("Period") for c in aws.calls} - {None}
    assert max(spread) <= timedelta(hours=6)
    assert len({row["trace_id"] for row in rows["spans"]}) == len(long.traces)
    assert periods == {300}
    assert codes(coverage) == {"note_xray_outcomes", "note_xray_rules"}
    assert sum(e.rows_matched or 0 for e in by_query(coverage, "GetServiceGraph")) == len(long.traces)


def test_traces_are_fetched_five_at_a_time_and_those_not_processed_again(steady: SampledXRay) -> None:
    steady.unprocessed = set(steady.traces)
    with serving(steady) as aws:
        rows, coverage = collected(asked(aws, max_traces=60))
        sizes = [len(c.params["TraceIds"]) for c in aws.calls if c.operation == "BatchGetTraces"]  # type: ignore[arg-type]
    assert len({row["trace_id"] for row in rows["spans"]}) == 60
    assert (max(sizes), len(sizes)) == (5, 24)
    assert "xray_unprocessed" not in codes(coverage)


def test_the_same_traces_are_chosen_again(steady: SampledXRay) -> None:
    found = []
    for _ in range(2):
        with serving(steady) as aws:
            rows, _ = collected(asked(aws, max_traces=40))
        found.append({row["trace_id"] for row in rows["spans"]})
    assert found[0] == found[1]


def test_very_many_traces_are_thinned_by_xray_and_the_weights_say_so(steady: SampledXRay) -> None:
    with serving(steady) as aws:
        rows, coverage = collected(asked(aws, max_traces=40, max_summaries=300))
        rates = {c.params["SamplingStrategy"]["Value"] for c in aws.calls if "SamplingStrategy" in c.params}  # type: ignore[index]
    assert rates == {0.21, 0.83}
    assert "note_xray_thinned" in codes(coverage)
    weights = {row["weight"] for row in rows["spans"] if row["start"] >= WINDOW.start}
    assert sum(weights) * 20 == pytest.approx(360, rel=0.15)


def test_the_rules_and_the_share_of_traced_requests_are_told(steady: SampledXRay) -> None:
    steady.rules.append(
        {
            **steady.rules[0],
            "RuleName": "slow",
            "Priority": 1,
            "SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 10},
        }
    )
    steady.statistics = lambda: [{"RuleName": "Default", "RequestCount": 1000, "SampledCount": 40, "BorrowCount": 10}]
    with serving(steady) as aws:
        _, coverage = collected(asked(aws))
    told = {e.error.code: e.error.values for e in coverage if e.error}
    assert told["note_xray_rules"] == {"rules": "slow: 1/s + 5 %; Default: 1/s + 5 %", "n": 2}
    assert told["note_xray_boost"] == {"rules": "slow"}
    assert told["note_xray_share"] == {"share": 0.05, "requests": 1000}


def seen(fake: SampledXRay, folder: Path, max_traces: int) -> list[Observation]:
    """Collect into a bundle, and return what the analysers that compare periods see in it."""
    with serving(fake) as aws, BundleWriter(folder) as writer:
        ask = asked(aws, max_traces=max_traces)
        ask.sink = writer
        ask.source.collect(ask, ask.source.plan(ask))
        writer.finish(ask.incident, ask.coverage)
    analysers = (span_errors, entry_impact, metric_shifts, log_patterns, request_excess, span_times)
    with opened(folder) as bundle, Telemetry.of(bundle) as telemetry:
        return [observation for analyser in analysers for observation in analyser(telemetry)]


@pytest.mark.parametrize("max_traces", [100, 400, 5000])
def test_a_steady_fault_rate_is_not_reported_as_a_surge(steady: SampledXRay, tmp_path: Path, max_traces: int) -> None:
    found = seen(steady, tmp_path / "bundle", max_traces)
    assert [o.statement for o in found if o.kind != "impact"] == []
    (impact,) = [o for o in found if o.kind == "impact"]
    assert impact.strength < 0.2
    assert impact.statement.values["failed_share"] <= 0.03  # type: ignore[operator]


def test_a_surge_is_reported_by_spans_metrics_and_causes(surge: SampledXRay, tmp_path: Path) -> None:
    found = seen(surge, tmp_path / "bundle", 100)
    assert {"span_error", "metric_shift", "impact"} <= {o.kind for o in found}
    errors = [o for o in found if o.kind == "span_error"]
    assert {o.service for o in errors} == {"payments"}
    assert "orders" in {o.resource for o in errors}
    assert "observations.root_cause.new" in {o.statement.key for o in errors}
    (impact,) = [o for o in found if o.kind == "impact"]
    assert impact.statement.values["failed_share"] == pytest.approx(0.2, abs=0.03)


FATAL = ("throttled", "denied", "expired", "broken", "unavailable", "truncated", "malformed", "closed", "undecodable")


@pytest.mark.parametrize("fault", FATAL)
@pytest.mark.parametrize(
    "operation", ["GetServiceGraph", "GetTraceSummaries", "BatchGetTraces", "GetTimeSeriesServiceStatistics"]
)
def test_each_fault_is_told_and_the_rest_is_kept(
    small: SampledXRay, operation: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(small) as aws:
        aws.fault(f"xray.{operation}", FAULTS[fault])
        rows, coverage = collected(asked(aws, max_traces=20))
    failed = [e for e in coverage if e.status == "failed"]
    assert failed
    assert all(operation in (e.query or "") for e in failed)
    assert all(e.error and e.error.remedy for e in failed)
    if operation != "GetServiceGraph":
        assert rows["edges"]
    if operation in ("GetServiceGraph", "GetTimeSeriesServiceStatistics"):
        assert rows["spans"]
        assert rows["log_counts"]


def test_a_denied_call_names_the_statement_that_allows_it(small: SampledXRay) -> None:
    with serving(small) as aws:
        aws.fault("xray.BatchGetTraces", DENIED)
        _, coverage = collected(asked(aws, max_traces=20))
    entry = by_query(coverage, "BatchGetTraces")[0]
    assert entry.error.code == "aws_denied"
    assert '{"Effect":"Allow","Action":"xray:BatchGetTraces","Resource":["*"]}' in entry.error.remedy


def test_summaries_that_cannot_be_read_are_counted(small: SampledXRay) -> None:
    def garble(right: dict[str, Any]) -> dict[str, Any]:
        return {
            **right,
            "TraceSummaries": [{**s, "Id": "x"} if n == 0 else s for n, s in enumerate(right["TraceSummaries"])],
        }

    with serving(small) as aws:
        aws.fault("xray.GetTraceSummaries", Garbled(garble))
        rows, coverage = collected(asked(aws, max_traces=20))
    assert "xray_summary" in codes(coverage)
    assert rows["spans"]


def test_what_came_before_the_deadline_is_kept(small: SampledXRay) -> None:
    deadline = Deadline(20)
    with serving(small) as aws:
        ask = asked(aws, deadline, max_traces=400)

        def stop(right: dict[str, Any]) -> dict[str, Any]:
            deadline.stop()
            return right

        aws.fault("xray.BatchGetTraces", Garbled(stop), after=2)
        with pytest.raises(DeadlinePassed):
            ask.source.collect(ask, ask.source.plan(ask))
    entry = by_query(ask.coverage, "BatchGetTraces")[0]
    assert (entry.status, entry.error.code) == ("partial", "aws_deadline")
    assert entry.rows_returned


def test_a_silent_service_is_named(small: SampledXRay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts._READ_S", 0.3)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with serving(small) as aws:
        aws.fault("xray.GetServiceGraph", SILENT)
        rows, coverage = collected(asked(aws, max_traces=20))
    assert {e.error.code for e in by_query(coverage, "GetServiceGraph")} == {"aws_silent"}
    assert rows["spans"]


def test_beyond_the_budget_nothing_is_asked(small: SampledXRay) -> None:
    with serving(small) as aws:
        ask = asked(aws)
        ask.budget = Budget(usd=0.001)
        rows, coverage = collected(ask)
        assert aws.calls == []
    assert [(e.status, e.error.code) for e in coverage] == [("skipped", "aws_over_budget")]
    assert rows == {}


def test_only_what_is_declared_is_called(small: SampledXRay) -> None:
    with serving(small) as aws:
        collected(asked(aws))
        assert aws.actions() == {p.action for p in source.permissions(XRaySettings())}


def test_a_service_without_traces_ends_quietly() -> None:
    with serving(SampledXRay()) as aws:
        rows, coverage = collected(asked(aws))
    assert rows == {}
    assert {entry.status for entry in coverage} == {"ok"}


def test_throttling_that_ends_is_survived(small: SampledXRay) -> None:
    with serving(small) as aws:
        aws.fault("xray.BatchGetTraces", THROTTLED, first=1)
        rows, coverage = collected(asked(aws, max_traces=10))
    assert len({row["trace_id"] for row in rows["spans"]}) == 10
    assert {entry.status for entry in coverage} == {"ok"}


def test_real_storage_of_traces_gives_the_same_spans(small: SampledXRay) -> None:
    import json

    from moto import mock_aws

    segments = [s for trace in list(small.traces.values())[-5:] for s in trace]
    with mock_aws():
        client = boto3.client("xray", REGION)
        client.put_trace_segments(TraceSegmentDocuments=[json.dumps(s) for s in segments])
        ids = sorted({s["trace_id"] for s in segments})
        from fa2.core.ports import Gaps
        from fa2.sources.aws.answers import pages
        from fa2.sources.local.xray_traces import rows_of

        gaps = Gaps()
        rows = list(rows_of(pages(client, "batch_get_traces", TraceIds=ids), gaps))
    assert not gaps.counts
    assert sum(len(r.columns["span_id"]) for r in rows if isinstance(r, Rows) and r.table == "spans") == 5 * 4
