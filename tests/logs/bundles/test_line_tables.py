"""Which normal times log lines are compared with: those that were really fetched."""

from __future__ import annotations

from typing import Any

import pytest

from bundles import Scene, minute
from fa2.analysers.log_patterns import compare_patterns, evidence_of, log_patterns
from fa2.core.coverage import CoverageEntry, Problem
from fa2.core.incident import Span
from fa2.core.windows import TimeWindow
from fa2.logs.bundles.bundle_patterns import count_patterns
from fa2.logs.bundles.line_tables import line_baselines, line_share


def entry(start: float, end: float, status: str = "ok", code: str = "", **more: Any) -> CoverageEntry:
    error = Problem(code=code, message=code) if code else None
    window = Span(start=minute(start), end=minute(end))
    known = {"source": "CloudWatch Logs (1, x)", "table": "logs", "rows_returned": 10, **more}
    return CoverageEntry(window=window, status=status, error=error, **known)  # type: ignore[arg-type]


def scene(*coverage: CoverageEntry) -> Scene:
    made = Scene()
    for at in range(-30, 10):
        made.log(at, "usual 1", level="ERROR")
    made.coverage += coverage
    return made


def times(*edges: tuple[float, float]) -> list[TimeWindow]:
    return [TimeWindow(minute(start), minute(end)) for start, end in edges]


WINDOW_READ = entry(0, 10)


@pytest.mark.parametrize(
    ("missed", "left"),
    [
        (entry(-60, -30, "skipped", "aws_over_budget", rows_returned=None), [(-30, 0)]),
        (entry(-60, -30, "partial", "aws_narrowed"), [(-30, 0)]),
        (entry(-60, 0, "failed", "aws_denied", rows_returned=None), []),
        (entry(-60, 0, "partial", "logs_query_ended"), []),
        (entry(-60, 0, "partial", "log_event"), [(-60, 0)]),
        (entry(-60, 0, "failed", "aws_denied", table="metrics"), [(-60, 0)]),
        (entry(-60, 0, "failed", "aws_denied", source="CloudWatch Logs (2, x)"), [(-60, 0)]),
        (entry(-60, 0), [(-60, 0)]),
    ],
)
def test_normal_times_that_a_source_missed_are_not_compared_with(
    missed: CoverageEntry, left: list[tuple[float, float]]
) -> None:
    with scene(WINDOW_READ, missed).telemetry() as telemetry:
        assert line_baselines(telemetry) == times(*left)
        assert line_share(telemetry) == pytest.approx(10 / sum(e - s for s, e in left) if left else 0)


def test_lines_are_no_news_because_normal_times_were_too_dear() -> None:
    half = entry(-60, -30, "partial", "aws_narrowed")
    with scene(WINDOW_READ, half).telemetry() as telemetry:
        (compared,) = compare_patterns(telemetry)
        assert (compared.change, compared.expected) == ("steady", 10)
        (count,) = count_patterns(telemetry).patterns
        assert telemetry.ask(evidence_of(telemetry, count).query) == evidence_of(telemetry, count)
    nothing = entry(-60, 0, "skipped", "aws_over_budget", rows_returned=None)
    with scene(WINDOW_READ, nothing).telemetry() as telemetry:
        assert [o.statement.key for o in log_patterns(telemetry)] == ["observations.log_pattern.seen"]
