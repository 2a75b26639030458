"""CloudWatch Logs when it fails, stalls, is busy or gives more than an answer holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asking import BASELINE, WINDOW, Kept, collected
from faults import DENIED, FAULTS, SILENT, Garbled
from logs_scene import CACHE, CHECKOUT, PAYMENTS, Shop, crowded, evenly, healthy, shop

from fa2.core.coverage import CoverageEntry
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.sources.aws.asking import Ask

BOTH = [CHECKOUT, PAYMENTS]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("fa2.sources.aws.cloudwatch_logs.queries.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    with shop() as one:
        yield one


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an answer hold fifty rows."""
    for module in ("cloudwatch_logs.queries", "cloudwatch_logs.lines"):
        monkeypatch.setattr(f"fa2.sources.aws.{module}.MAX_ROWS", 50)
    monkeypatch.setattr("fa2.sources.aws.cloudwatch_logs.counts._ROWS", 45)


def told(coverage: list[CoverageEntry]) -> Counter[tuple[str, str]]:
    return Counter((e.status, e.error.code) for e in coverage if e.error)


def messages(ask: Ask[object]) -> list[str]:
    assert isinstance(ask.sink, Kept)
    return sorted(row["message"] for row in ask.sink.rows["logs"])


EXPECTED = {
    "throttled": "aws_throttled",
    "denied": "aws_denied",
    "expired": "aws_credentials",
    "broken": "aws_server_error",
    "unavailable": "aws_server_error",
    "truncated": "aws_broken_answer",
    "malformed": "aws_broken_answer",
    "undecodable": "aws_broken_answer",
    "closed": "aws_broken_answer",
}


@pytest.mark.parametrize("kind", sorted(EXPECTED))
@pytest.mark.parametrize("operation", ["StartQuery", "GetQueryResults"])
def test_a_query_that_fails_is_told_and_what_came_before_is_kept(made: Shop, kind: str, operation: str) -> None:
    healthy(made)
    # The two counts and the lines of one time come through, those of the other do not.
    made.aws.fault(f"logs.{operation}", FAULTS[kind], after=3)
    rows, coverage = collected(made.ask(groups=BOTH, max_concurrent_queries=1))
    assert told(coverage) == {("failed", EXPECTED[kind]): 1}
    assert len(rows["logs"]) in (90, 360)
    (failed,) = (e for e in coverage if e.error)
    assert (failed.table, bool(failed.error and failed.error.remedy)) == ("logs", True)
    made.aws.mend()
    assert operation == "StartQuery" or made.aws.counted()["logs.StopQuery"] == 1


def test_a_denied_query_tells_the_statement_that_allows_it(made: Shop) -> None:
    healthy(made)
    made.aws.fault("logs.StartQuery", DENIED)
    rows, coverage = collected(made.ask(groups=["/aws/lambda/*"]))
    assert rows == {}
    (reason,) = {e.error.remedy for e in coverage if e.error}
    assert '"Action":"logs:StartQuery"' in reason
    assert '"Resource":["arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/lambda/*:*"]' in reason


def test_where_log_groups_cannot_be_listed_nothing_is_asked_and_why_is_told(made: Shop) -> None:
    healthy(made)
    made.aws.fault("logs.DescribeLogGroups", DENIED)
    rows, coverage = collected(made.ask(groups=BOTH))
    assert rows == {}
    assert told(coverage) == {("failed", "aws_denied"): 1, ("skipped", "logs_no_groups"): 1}


def test_without_metrics_the_cost_is_estimated_by_what_is_stored(made: Shop) -> None:
    healthy(made)
    made.aws.fault("cloudwatch", DENIED)
    ask = made.ask(groups=BOTH)
    (estimate,) = ask.source.plan(ask)
    assert estimate.bytes
    ask.source.collect(ask, [estimate])
    assert len(messages(ask)) == 450
    assert told(ask.coverage) == {("failed", "aws_denied"): 2}


@pytest.mark.parametrize("ending", ["Failed", "Cancelled", "Timeout"])
def test_a_query_that_does_not_complete_is_a_failure(made: Shop, ending: str) -> None:
    healthy(made)
    made.logs.endings = [("stats", ending)]  # type: ignore[list-item]
    rows, coverage = collected(made.ask(groups=BOTH))
    assert rows == {}
    assert told(coverage) == {("failed", "logs_query_ended"): 2}
    assert all(ending in e.error.message for e in coverage if e.error)


def test_one_log_group_whose_patterns_fail_leaves_the_others(made: Shop) -> None:
    crowded(made)
    crowded(made, "/aws/lambda/search")
    made.logs.endings = [(f"sort @sampleCount desc | limit 10000 {CACHE}", "Failed")]
    rows, coverage = collected(made.ask(groups=["/aws/lambda/*"], max_rows=1000))
    assert told(coverage)["partial", "logs_query_ended"] == 2
    by_source = Counter[str]()
    for row in rows["log_counts"]:
        by_source[row["source"]] += row["count"]
    assert by_source == {CACHE: 10, "/aws/lambda/search": 5050}


def test_queries_beyond_what_the_account_runs_at_once_wait_their_turn(
    made: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.cloudwatch_logs.queries._BUSY_S", (0.02,))
    healthy(made)
    made.logs.concurrency = 1
    made.logs.polls_until_complete = 2
    rows, coverage = collected(made.ask(groups=BOTH))
    assert len(rows["logs"]) == 450
    assert told(coverage) == {}
    assert made.aws.counted()["logs.StartQuery"] > 4
    assert made.logs.most_at_once == 1


def test_queries_that_are_abandoned_at_the_deadline_are_stopped_and_what_came_is_kept(made: Shop) -> None:
    healthy(made)
    crowded(made)
    made.logs.endings = [("pattern @message", "never")]
    ask = made.ask(groups=["/aws/lambda/*"], max_rows=1000, deadline=Deadline(2.5))
    with pytest.raises(DeadlinePassed):
        collected(ask)
    assert not made.logs.left_running()
    assert made.aws.counted()["logs.StopQuery"] == 2
    assert len(messages(ask)) >= 450 + 10
    assert {e.table for e in ask.coverage if e.error and e.error.code == "aws_deadline"} == {"log_counts"}


def test_a_server_that_never_answers_ends_with_the_deadline(made: Shop) -> None:
    healthy(made)
    made.aws.fault("logs.GetQueryResults", SILENT)
    ask = made.ask(groups=BOTH, deadline=Deadline(1.2))
    with pytest.raises(DeadlinePassed):
        collected(ask)
    assert {e.error.code for e in ask.coverage if e.error} <= {"aws_deadline", "aws_silent"}
    assert told(ask.coverage)


def test_rows_that_make_no_sense_are_counted(made: Shop) -> None:
    healthy(made)

    def garble(answer: dict[str, object]) -> dict[str, object]:
        results = answer.get("results")
        assert isinstance(results, list)
        return {**answer, "results": [[{"field": "@timestamp", "value": "yesterday"}, *row[1:]] for row in results]}

    made.aws.fault("logs.GetQueryResults", Garbled(garble), after=3)
    rows, coverage = collected(made.ask(groups=BOTH, max_concurrent_queries=1))
    assert ("partial", "log_event") in told(coverage) or ("failed", "log_event") in told(coverage)
    assert len(rows["logs"]) in (90, 360)


def test_more_lines_than_an_answer_holds_are_fetched_piece_by_piece_each_once(made: Shop, few_rows: None) -> None:
    bursts = [(WINDOW.start + timedelta(seconds=60 * (n // 45), milliseconds=n % 45), f"INFO {n}") for n in range(270)]
    made.add(CHECKOUT, [*bursts, *evenly(BASELINE, 400, "INFO b{n}")])
    rows, coverage = collected(made.ask(groups=[CHECKOUT]))
    assert len(rows["logs"]) == 670
    assert len({row["message"] for row in rows["logs"]}) == 670
    assert told(coverage) == {}


def test_a_second_with_more_lines_than_an_answer_holds_is_told(made: Shop, few_rows: None) -> None:
    crowd = [(WINDOW.start + timedelta(seconds=5, milliseconds=n), f"INFO {n}") for n in range(80)]
    made.add(CHECKOUT, [*crowd, (WINDOW.start, "INFO before"), (WINDOW.start + timedelta(seconds=6), "INFO after")])
    rows, coverage = collected(made.ask(groups=[CHECKOUT]))
    found = {row["message"] for row in rows["logs"]}
    assert {"INFO before", "INFO after", "INFO 0"} <= found
    assert len(found) == 52
    (entry,) = (e for e in coverage if e.error)
    assert (entry.status, entry.error.code if entry.error else "", entry.truncated) == (
        "partial",
        "logs_crowded_second",
        True,
    )
    assert entry.error
    assert entry.error.values["n"] == 1
