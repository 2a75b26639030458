"""Results of a query with `pattern`, as the AWS CLI prints them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from exported_file import exported, rows_of

from fa2.core.errors import UnusableInput
from fa2.core.ports import Gaps
from fa2.sources.local.cloudwatch_events import source as cloudwatch_events
from fa2.sources.local.cloudwatch_patterns import source

AT = 1_795_143_600


def printed(*rows: dict[str, str], status: str = "Complete") -> dict[str, object]:
    """Return the output of `aws logs get-query-results`."""
    results = [[{"field": f"@{name}", "value": value} for name, value in row.items()] for row in rows]
    return {"results": results, "statistics": {"recordsMatched": 9.0}, "status": status}


JOB = {
    "pattern": "job <Number-1> of eth0 failed with code 17",
    "sampleCount": "9",
    "severityLabel": "ERROR",
    "visualization": f'{{"timeWindowCountMapping": {{"{AT}000": 4, "{AT + 300}000": 5}}}}',
    "logSamples": '[{"logEvent": "job 1 of eth0 failed with code 17"}]',
}


def test_patterns_become_counts_by_shape_and_interval() -> None:
    file = exported(printed(JOB), "logs/orders-patterns.json")
    gaps = Gaps()
    assert source.recognise(file.head()) > cloudwatch_events.recognise(file.head()) > 0
    first, second = rows_of(source, file, gaps)
    assert first == {
        "bucket": datetime.fromtimestamp(AT, UTC),
        "interval_s": 300,
        "source": "logs/orders-patterns.json",
        "service": first["service"],
        "pattern": "job <*> of eth0 failed with code <*>",
        "count": 4,
        "sample": "job 1 of eth0 failed with code 17",
        "level": None,
    }
    assert (second["bucket"], second["count"]) == (datetime.fromtimestamp(AT + 300, UTC), 5)
    assert not gaps.counts


@pytest.mark.parametrize(
    ("pattern", "level", "service"),
    [
        ("<Time-1> ERROR disk <Token-2> lost", "ERROR", "orders"),
        ('{"level":"warn","service":"stock","n":<Number-1>,"msg":"low on <Name-2>"}', "WARN", "stock"),
        ('{"level":"<Token-1>","service":"<Name-2>","msg":"slow"}', None, "orders"),
        ("ping <Token-1>", None, "orders"),
    ],
)
def test_level_and_service_are_those_that_a_pattern_states(pattern: str, level: str | None, service: str) -> None:
    (row, _) = rows_of(source, exported(printed({**JOB, "pattern": pattern}), "aws/lambda/orders/x.json"), Gaps())
    assert (row["level"], row["service"]) == (level, service)


def test_a_pattern_without_times_counts_for_the_period_of_the_others() -> None:
    gaps = Gaps()
    rows = rows_of(source, exported(printed(JOB, {"pattern": "late <*>", "sampleCount": "3"}, status="Running")), gaps)
    (late,) = [row for row in rows if row["pattern"] == "late <*>"]
    assert (late["bucket"], late["interval_s"], late["count"]) == (datetime.fromtimestamp(AT, UTC), 600, 3)
    assert gaps.counts == {"cloudwatch_no_histogram": 1, "log_query_running": 1}


def test_patterns_of_no_known_time_are_refused_with_a_remedy() -> None:
    with pytest.raises(UnusableInput, match="1 patterns"):
        rows_of(source, exported(printed({"pattern": "p <*>", "sampleCount": "3"})))


def test_other_results_are_not_taken() -> None:
    events = exported(printed({"timestamp": "2026-11-20 03:00:00.000", "message": "job 1 failed"}))
    assert source.recognise(events.head()) == 0.0 < cloudwatch_events.recognise(events.head())
