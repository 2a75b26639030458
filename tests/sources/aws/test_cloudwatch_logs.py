"""CloudWatch Logs against the fake: what is asked, what comes of it, and that nothing is lost silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asking import BASELINE, WINDOW, collected, incident
from logs_scene import CACHE, CHECKOUT, ONSET, PAYMENTS, Shop, crowded, evenly, healthy, shop

from fa2.core.budgets import Budget
from fa2.core.coverage import CoverageEntry
from fa2.core.incident import Alarm
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import counts_query, lines_query, patterns_query
from fa2.sources.aws.cloudwatch_logs.source import source


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("fa2.sources.aws.cloudwatch_logs.queries.FIRST_WAIT_S", 0.01)
    with shop() as one:
        yield one


def codes(coverage: list[CoverageEntry]) -> set[str]:
    return {entry.error.code for entry in coverage if entry.error}


def started(made: Shop) -> list[dict[str, Any]]:
    return [dict(call.params) for call in made.aws.calls if call.operation == "StartQuery"]


def test_log_groups_with_few_lines_are_fetched_whole_in_window_and_baseline(made: Shop) -> None:
    healthy(made)
    rows, coverage = collected(made.ask(groups=[CHECKOUT, PAYMENTS]))
    sent = {(t, m) for group in made.logs.groups.values() for t, _, m in group.events}
    assert {(row["timestamp"], row["message"]) for row in rows["logs"]} == sent
    assert len(rows["logs"]) == len(sent) == 450
    assert Counter((row["source"], row["service"], row["level"]) for row in rows["logs"]) == {
        (CHECKOUT, "checkout", "INFO"): 300,
        (PAYMENTS, "payments", "INFO"): 150,
    }
    assert "log_counts" not in rows
    assert {entry.status for entry in coverage} == {"ok"}
    assert {(e.window.window, e.rows_returned) for e in coverage if e.table == "logs" and e.window} == {
        (WINDOW, 90),
        (BASELINE, 360),
    }


def test_times_are_sent_in_seconds_and_events_at_the_edges_count_once(made: Shop) -> None:
    edges = [(WINDOW.start, "INFO at the start"), (WINDOW.end, "INFO at the end"), (BASELINE.start, "INFO earlier")]
    made.add(CHECKOUT, edges)
    rows, _ = collected(made.ask(groups=[CHECKOUT]))
    assert sorted(row["message"] for row in rows["logs"]) == ["INFO at the start", "INFO earlier"]
    assert {(call["startTime"], call["endTime"]) for call in started(made)} >= {
        (int(WINDOW.start.timestamp()), int(WINDOW.end.timestamp()))
    }


def test_a_crowded_log_group_is_counted_where_it_lies_and_its_errors_are_fetched(made: Shop) -> None:
    healthy(made)
    crowded(made)
    rows, coverage = collected(made.ask(groups=["/aws/lambda/*"], max_rows=1000))
    counted = [row for row in rows["log_counts"] if row["count"]]
    assert {row["source"] for row in counted} == {CACHE}
    by_level = Counter[str]()
    for row in counted:
        inside = row["bucket"] + timedelta(seconds=row["interval_s"] / 2) in WINDOW
        by_level[f"{row['level']} {'window' if inside else 'baseline'}"] += row["count"]
    assert by_level == {"ERROR window": 10, "INFO window": 1040, "INFO baseline": 4000}
    errors = [row for row in rows["logs"] if row["source"] == CACHE and row["level"] == "ERROR"]
    assert len(errors) == 10
    assert min(row["timestamp"] for row in errors) == ONSET
    assert {row["trace_id"] for row in errors} == {"4bf92f3577b34da6a3ce929d0e0e4736"}
    assert min(row["bucket"] for row in counted if row["level"] == "ERROR") == ONSET
    fallbacks = [row["timestamp"] for row in rows["logs"] if "falling back" in row["message"]]
    assert len(fallbacks) >= 20
    assert min(fallbacks) == ONSET
    assert len(rows["logs"]) == len({(row["timestamp"], row["source"], row["message"]) for row in rows["logs"]})
    assert "note_logs_sampled" in codes(coverage)
    assert {entry.status for entry in coverage} == {"ok"}


def test_no_more_queries_run_at_once_than_allowed_and_none_is_left_running(made: Shop) -> None:
    healthy(made)
    crowded(made)
    made.logs.polls_until_complete = 1
    collected(made.ask(groups=["/aws/lambda/*"], max_rows=1000, max_concurrent_queries=2))
    assert made.logs.most_at_once == 2
    assert not made.logs.left_running()
    assert "logs.StopQuery" not in made.aws.counted()


def test_more_than_fifty_log_groups_are_asked_in_batches_and_classes_apart(made: Shop) -> None:
    for n in range(60):
        kind = "INFREQUENT_ACCESS" if n % 20 == 0 else "STANDARD"
        made.add(f"/app/{n:02}", [(WINDOW.start, f"INFO {n} here")], log_class=kind)
    rows, coverage = collected(made.ask(groups=["/app/*"]))
    assert len(rows["logs"]) == 60
    sizes = Counter(len(call["logGroupIdentifiers"]) for call in started(made) if "stats" in call["queryString"])
    assert sizes == {50: 2, 7: 2, 3: 2}
    assert not any(":*" in arn for call in started(made) for arn in call["logGroupIdentifiers"])
    assert {entry.status for entry in coverage} == {"ok"}


def test_names_that_mean_no_log_group_are_told(made: Shop) -> None:
    healthy(made)
    rows, coverage = collected(made.ask(groups=[CHECKOUT, "/aws/lambda/chekout", "/nothing/*"], groups_not=["/x*"]))
    assert {row["source"] for row in rows["logs"]} == {CHECKOUT}
    (entry,) = (e for e in coverage if e.error)
    assert (entry.status, entry.error.code, entry.error.values["n"]) == ("partial", "logs_group_missing", 2)
    assert entry.error.values["example"] == "/aws/lambda/chekout"


def test_without_names_the_alarm_and_what_was_written_choose(made: Shop) -> None:
    healthy(made)
    made.add("/ecs/quiet", [(BASELINE.start, "INFO long ago")])
    made.add("/aws/ecs/containerinsights/shop/performance", evenly(WINDOW, 50, "{n}"))
    alarm = Alarm(namespace="AWS/Lambda", metric="Errors", dimensions={"FunctionName": "checkout"})
    ask = made.ask(about=incident(alarm=alarm))
    rows, coverage = collected(ask)
    assert {row["source"] for row in rows["logs"]} == {CHECKOUT, PAYMENTS}
    (note,) = (e.error for e in coverage if e.error)
    assert note.code == "note_logs_groups_chosen"
    assert str(note.values["example"]).startswith(CHECKOUT)
    assert len(ask.source.plan(ask)) == 1


def test_the_plan_says_what_is_scanned_at_most_and_costs(made: Shop) -> None:
    made.add(CHECKOUT, [*evenly(BASELINE, 100, "INFO {n}"), *evenly(WINDOW, 50, "INFO {n}")], line_bytes=10_000_000)
    ask = made.ask(groups=[CHECKOUT])
    (estimate,) = ask.source.plan(ask)
    assert estimate.bytes == 3 * 150 * 10_000_000
    assert estimate.usd == pytest.approx(4.5 * 0.005)
    assert not started(made)


def test_what_the_budget_does_not_allow_is_left_out_and_told(made: Shop) -> None:
    made.add(CHECKOUT, [*evenly(BASELINE, 120, "INFO {n}"), *evenly(WINDOW, 30, "INFO {n}")], line_bytes=1_000_000_000)
    # The window has 30 GB, the baseline 120; each may be scanned thrice.
    rows, coverage = collected(made.ask(groups=[CHECKOUT], budget=Budget(usd=0.45 + 0.9)))
    newest = TimeWindow(BASELINE.end - BASELINE.duration / 2, BASELINE.end)
    assert Counter(row["timestamp"] in WINDOW for row in rows["logs"]) == {True: 30, False: 60}
    assert all(row["timestamp"] in newest or row["timestamp"] in WINDOW for row in rows["logs"])
    (entry,) = (e for e in coverage if e.error)
    assert (entry.status, entry.error.code) == ("partial", "aws_narrowed")
    assert entry.window
    assert entry.window.window == TimeWindow(BASELINE.start, newest.start)


def test_where_not_even_the_window_fits_the_first_log_groups_are_asked(made: Shop) -> None:
    for name in ("/app/calm", "/app/loud"):
        growth = 40 if name == "/app/loud" else 10
        made.add(name, [*evenly(BASELINE, 40, "INFO {n}"), *evenly(WINDOW, growth, "INFO {n}")], line_bytes=10**9)
    rows, coverage = collected(made.ask(groups=["/app/*"], budget=Budget(usd=3 * 40 * 0.005)))
    assert {row["source"] for row in rows["logs"]} == {"/app/loud"}
    skipped = [e for e in coverage if e.status == "skipped"]
    assert {e.error.code for e in skipped if e.error} == {"aws_over_budget"}
    assert {e.query for e in skipped} == {"/app/calm", "Logs Insights"}


def test_queries_are_those_of_the_language_and_hold_texts_quoted() -> None:
    from fa2.logs.query.parsing import parse

    for query in (
        counts_query(WINDOW, 60),
        lines_query(WINDOW, "troubled", containing=['say "no" | limit 1 \\', "db"]),
        patterns_query(WINDOW, "untroubled"),
    ):
        assert len(parse(query).commands) >= 3
    with pytest.raises(ValueError, match="control"):
        lines_query(WINDOW, containing=["a\nb"])


def test_the_source_declares_what_it_calls(made: Shop) -> None:
    healthy(made)
    ask = made.ask()
    collected(ask)
    assert made.aws.actions() <= {permission.action for permission in ask.permissions()}
    named = source.permissions(made.ask(groups=["/app/*"]).settings)
    (query,) = (p for p in named if p.action == "logs:StartQuery")
    assert query.resources == ("arn:{partition}:logs:{region}:{account}:log-group:/app/*:*",)


def test_normal_times_that_a_log_group_no_longer_keeps_are_not_asked_of_any(made: Shop) -> None:
    healthy(made)
    made.logs.groups[PAYMENTS].retention_days = 1
    day_before = TimeWindow(WINDOW.start - timedelta(hours=24, minutes=10), WINDOW.start - timedelta(hours=23))
    ask = made.ask(groups=[CHECKOUT, PAYMENTS], about=incident(WINDOW, BASELINE, day_before))
    _, coverage = collected(ask)
    lost = TimeWindow(day_before.start, WINDOW.end + timedelta(minutes=5) - timedelta(days=1))
    (entry,) = (e for e in coverage if e.error)
    assert entry.error
    assert (entry.status, entry.error.code, entry.query) == ("skipped", "logs_not_kept", PAYMENTS)
    assert entry.window
    assert entry.window.window == lost
    starts = {call["startTime"] for call in started(made)}
    assert min(starts) == int(lost.end.timestamp())


def test_the_doctor_tries_each_call_and_names_what_is_not_kept(made: Shop) -> None:
    healthy(made)
    made.logs.groups[PAYMENTS].retention_days = 1
    wide = TimeWindow(WINDOW.end - timedelta(days=2), WINDOW.end)
    ask = made.ask(about=incident(wide, BASELINE))
    ask.source.examine(ask)
    notes = {"note_logs_groups_chosen", "note_logs_retention", "note_logs_volume"}
    assert codes(ask.coverage) == {*notes, "logs_not_kept"}
    assert made.aws.actions() == {permission.action for permission in ask.permissions()}
    assert sum(entry.bytes_scanned or 0 for entry in ask.coverage) < 100
    assert not made.logs.left_running()


def test_an_arn_of_another_account_spoils_no_others_and_one_of_another_region_is_not_missed(made: Shop) -> None:
    healthy(made)
    arns = [made.logs.groups[CHECKOUT].arn + ":*"]
    arns.append(arns[0].replace("111122223333", "999988887777").replace("checkout", "linked"))
    arns.append(arns[0].replace("ap-northeast-1", "us-east-1").replace("checkout", "far"))
    rows, coverage = collected(made.ask(groups=arns))
    assert len(rows["logs"]) == 300
    assert codes(coverage) == {"aws_not_found"}
    assert not any("far" in arn for call in started(made) for arn in call["logGroupIdentifiers"])
