"""CloudWatch metrics: what is listed, chosen and asked for, over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from asking import BASELINE, WINDOW, ask_of, collected, incident
from fake_cloudwatch import FakeCloudWatch
from faults import BROKEN, CLOSED, DENIED, MALFORMED, SILENT, THROTTLED, TRUNCATED, Damaged, Garbled, Refused, Silent
from loopback import Loopback, access_key

from fa2.core.budgets import Budget
from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.incident import Alarm, AlarmMetric, Incident, Scope
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings, WantedMetric
from fa2.sources.aws.cloudwatch_metrics.source import CloudWatchMetrics
from fa2.sources.aws.permissions import Ground

NOW = WINDOW.end + timedelta(minutes=10)
ALARM = Alarm(
    name="orders-errors",
    namespace="AWS/Lambda",
    metric="Errors",
    stat="Sum",
    dimensions={"FunctionName": "orders"},
    service="orders",
    period_s=300,
)


def minutes(start: datetime, end: datetime, step: int = 1) -> list[datetime]:
    return [start + timedelta(minutes=n) for n in range(0, int((end - start).total_seconds() // 60), step)]


def flat(value: float = 1.0, start: datetime = BASELINE.start, end: datetime = NOW) -> list[tuple[datetime, float]]:
    return [(moment, value) for moment in minutes(start, end)]


def work(
    aws: Loopback,
    fake: FakeCloudWatch,
    *,
    about: Incident | None = None,
    settings: Mapping[str, Any] | None = None,
    seconds: float = 15.0,
    budget: Budget | None = None,
) -> Ask[CloudWatchMetricsSettings]:
    aws.serve(fake)
    deadline = Deadline(seconds)
    session, ground = boto3.Session(access_key(), "secret"), Ground("111122223333", "ap-northeast-1")
    account = Account(session, ground, deadline=deadline, calls=Calls(), endpoint_url=aws.url)
    return ask_of(
        CloudWatchMetrics(clock=lambda: fake.now),
        account,
        settings=CloudWatchMetricsSettings.model_validate(dict(settings or {})),
        about=about or incident(),
        deadline=deadline,
        budget=budget,
    )


def asked(aws: Loopback) -> list[Any]:
    return [call.params for call in aws.calls if call.operation == "GetMetricData"]


def names(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    return {(row["namespace"], row["name"], row["stat"]) for row in rows}


def codes(coverage: Iterable[Any]) -> list[str]:
    return [entry.error.code for entry in coverage if entry.error]


def test_metrics_of_all_namespaces_come_over_window_and_baseline_in_one_request(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(2.0), FunctionName="orders")
    fake.put("Shop", "checkout_latency_ms", flat(80.0), Stage="prod")
    rows, coverage = collected(work(aws, fake))
    assert names(rows["metrics"]) == {
        ("AWS/Lambda", "Errors", "Sum"),
        ("Shop", "checkout_latency_ms", "Average"),
        ("Shop", "checkout_latency_ms", "p99"),
    }
    errors = [row for row in rows["metrics"] if row["name"] == "Errors"]
    assert [row["timestamp"] for row in sorted(errors, key=lambda r: r["timestamp"])] == minutes(
        BASELINE.start, WINDOW.end
    )
    assert {(r["service"], r["dimensions"], r["period_s"], r["value"]) for r in errors} == {
        ("orders", '{"FunctionName":"orders"}', 60, 2.0)
    }
    (request,) = asked(aws)
    assert (request["StartTime"], request["EndTime"]) == (BASELINE.start, WINDOW.end)
    assert {entry.status for entry in coverage} == {"ok"}
    assert coverage[-1].cost_usd == 3e-05
    assert "Shop checkout_latency_ms p99 Stage=prod" in str(coverage[-1].query)


def test_normal_times_far_away_are_asked_for_by_themselves_in_the_same_steps(aws: Loopback) -> None:
    day_before = TimeWindow(WINDOW.start - timedelta(days=16), WINDOW.end - timedelta(days=16))
    fake = FakeCloudWatch(NOW)
    fake.put("Shop", "PaymentErrors", [*flat(1.0, day_before.start, day_before.end), *flat(1.0)])
    rows, _ = collected(work(aws, fake, about=incident(WINDOW, BASELINE, day_before)))
    first, second = asked(aws)
    assert (first["StartTime"], first["EndTime"]) == (BASELINE.start, WINDOW.end)
    assert (second["StartTime"], second["EndTime"]) == (day_before.start, day_before.end)
    periods = {q["MetricStat"]["Period"] for request in asked(aws) for q in request["MetricDataQueries"]}
    assert periods == {300}  # 60 s are kept for 15 days only, and sums over other periods cannot be compared
    assert {row["value"] for row in rows["metrics"]} == {5.0}


def test_the_alarms_own_series_comes_first_by_its_own_statistic_and_period_and_only_once(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(3.0), FunctionName="orders")
    fake.put("AWS/Lambda", "Throttles", flat(0.0), FunctionName="orders")
    rows, _ = collected(work(aws, fake, about=incident(alarm=ALARM)))
    errors = [row for row in rows["metrics"] if row["name"] == "Errors"]
    assert {(row["stat"], row["period_s"], row["value"]) for row in errors} == {("Sum", 300, 15.0)}
    assert aws.calls[0].operation == "GetMetricData"
    assert asked(aws)[0]["MetricDataQueries"][0]["MetricStat"]["Period"] == 300


def test_metric_math_is_computed_by_cloudwatch_with_all_of_its_parts(aws: Loopback) -> None:
    part = {"namespace": "AWS/Lambda", "dimensions": {"FunctionName": "orders"}, "stat": "Sum", "period_s": 60}
    math = Alarm(
        name="rate",
        metric="error rate",
        stat="expression",
        service="orders",
        metrics=[
            AlarmMetric(id="e", metric="Errors", **part),  # type: ignore[arg-type]
            AlarmMetric(id="i", metric="Invocations", **part),  # type: ignore[arg-type]
            AlarmMetric(id="rate", expression="100*e/i", label="error rate"),
        ],
    )
    fake = FakeCloudWatch(NOW)
    stamp = WINDOW.start

    def answer(params: dict[str, Any]) -> dict[str, object]:
        rate = {"Id": "rate", "Label": "error rate", "StatusCode": "Complete", "Timestamps": [stamp], "Values": [12.5]}
        return {"MetricDataResults": [rate]}

    fake.get_metric_data = answer  # type: ignore[method-assign,assignment]
    rows, _ = collected(work(aws, fake, about=incident(alarm=math)))
    assert [(r["namespace"], r["name"], r["stat"], r["service"], r["value"]) for r in rows["metrics"]] == [
        ("expression", "error rate", "expression", "orders", 12.5)
    ]
    (request,) = asked(aws)
    assert [q.get("Expression") or q["MetricStat"]["Metric"]["MetricName"] for q in request["MetricDataQueries"]] == [
        "Errors",
        "Invocations",
        "100*e/i",
    ]


def test_metrics_that_stopped_hours_ago_are_asked_for_and_counted(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("Shop", "Heartbeat", flat(1.0, NOW - timedelta(hours=9), NOW - timedelta(hours=4)))
    fake.put("Shop", "Orders_total", flat(1.0))
    earlier = TimeWindow(NOW - timedelta(hours=8), NOW - timedelta(hours=5))
    rows, coverage = collected(work(aws, fake, about=incident(WINDOW, earlier)))
    assert ("Shop", "Heartbeat", "Average") in names(rows["metrics"])
    (note,) = [entry.error for entry in coverage if entry.error]
    assert (note.code, note.values["n"], note.values["example"]) == ("note_metrics_stopped", 1, "Shop Heartbeat")
    filters = [call.params.get("RecentlyActive") for call in aws.calls if call.operation == "ListMetrics"]
    assert sorted(filters, key=str) == [None, "PT3H"]


def test_an_old_window_lists_without_the_filter_and_says_what_cannot_be_seen(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW + timedelta(days=20))
    fake.put("Shop", "Orders_total", [*flat(1.0), *flat(1.0, fake.now - timedelta(hours=1), fake.now)])
    rows, coverage = collected(work(aws, fake))
    assert rows["metrics"]
    assert codes(coverage) == ["metrics_not_listed"]
    assert [c.params for c in aws.calls if c.operation == "ListMetrics"] == [{}]


def test_all_pages_of_the_listing_are_read(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW, page_size=7)
    for n in range(40):
        fake.put("Shop", f"Errors{n}", flat(1.0))
    rows, _ = collected(work(aws, fake))
    assert {row["name"] for row in rows["metrics"]} == {f"Errors{n}" for n in range(40)}
    assert aws.counted()["cloudwatch.ListMetrics"] == 12


def test_values_on_further_pages_are_joined_and_no_gap_is_told(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW, most_datapoints=101)
    for name in ("AErrors", "BErrors", "CErrors"):
        fake.put("Shop", name, flat(1.0))
    rows, coverage = collected(work(aws, fake))
    stamps = [(row["name"], row["timestamp"]) for row in rows["metrics"]]
    assert len(stamps) == len(set(stamps)) == 450
    assert not codes(coverage)
    assert aws.counted()["cloudwatch.GetMetricData"] == 5


def test_more_than_five_hundred_series_go_in_several_requests(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    for n in range(620):
        fake.put("Shop", "Errors", flat(1.0, WINDOW.start, WINDOW.start + timedelta(minutes=2)), Host=f"h{n}")
    short = TimeWindow(WINDOW.start - timedelta(minutes=20), WINDOW.start)
    rows, coverage = collected(work(aws, fake, about=incident(WINDOW, short), settings={"max_metrics": 600}))
    assert sorted(len(request["MetricDataQueries"]) for request in asked(aws)) == [100, 500]
    assert len({row["dimensions"] for row in rows["metrics"]}) == 600
    (left,) = [entry.error for entry in coverage if entry.error]
    assert (left.code, left.values) == ("metrics_left_out", {"n": 20, "kept": 600})


def test_what_lies_near_the_alarm_is_chosen_before_a_fleet_of_others(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    for n in range(30):
        fake.put("Fleet", "Errors", flat(1.0), Host=f"h{n}")
    fake.put("AWS/Lambda", "Duration", flat(50.0), FunctionName="orders")
    fake.put("AWS/SQS", "ApproximateAgeOfOldestMessage", flat(1.0), QueueName="prod-orders")
    fake.put("AWS/RDS", "CPUUtilization", flat(20.0), DBInstanceIdentifier="stock")
    rows, coverage = collected(work(aws, fake, about=incident(alarm=ALARM), settings={"max_metrics": 6}))
    chosen = {(row["name"], row["stat"]) for row in rows["metrics"]}
    assert {("Duration", "Average"), ("Duration", "p99"), ("ApproximateAgeOfOldestMessage", "Maximum")} <= chosen
    assert {("CPUUtilization", "Average")} <= chosen  # another kind comes before the fifth host of a fleet
    assert "metrics_left_out" in codes(coverage)


def test_services_in_scope_and_namespaces_narrow_what_is_asked_for(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="orders")
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="mails")
    fake.put("Shop", "Carts", flat(1.0))
    fake.put("Noise", "Errors", flat(1.0))
    scoped = incident(scope=Scope(services=["orders"]))
    rows, coverage = collected(work(aws, fake, about=scoped, settings={"namespaces_not": ["Noise"]}))
    assert {(row["namespace"], row["service"]) for row in rows["metrics"]} == {("AWS/Lambda", "orders"), ("Shop", None)}
    listing = next(entry for entry in coverage if entry.rows_scanned)
    assert (listing.rows_scanned, listing.rows_matched) == (4, 2)


def test_metrics_named_in_the_settings_are_asked_for_also_where_they_are_not_listed(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW + timedelta(days=20))
    fake.put("Shop", "Orders", flat(7.0), Stage="prod")
    wanted = WantedMetric(namespace="Shop", name="Orders", dimensions={"Stage": "prod"}, stats=["Maximum"])
    rows, _ = collected(work(aws, fake, settings={"metrics": [wanted]}))
    assert {(row["name"], row["stat"], row["value"]) for row in rows["metrics"]} == {("Orders", "Maximum", 7.0)}


def test_the_budget_narrows_to_the_most_relevant_series_and_says_how_many_are_missing(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Throttles", flat(1.0), FunctionName="orders")
    for n in range(9):
        fake.put("Fleet", "Errors", flat(1.0), Host=f"h{n}")
    rows, coverage = collected(work(aws, fake, about=incident(alarm=ALARM), budget=Budget(usd=0.00004)))
    assert ("AWS/Lambda", "Throttles", "Sum") in names(rows["metrics"])
    (narrowed,) = [entry.error for entry in coverage if entry.error]
    assert (narrowed.code, narrowed.values) == ("metrics_narrowed", {"n": 7, "kept": 3})
    assert sum(entry.cost_usd or 0 for entry in coverage) == pytest.approx(0.00004)


def test_without_budget_nothing_that_costs_is_asked(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="orders")
    rows, coverage = collected(work(aws, fake, about=incident(alarm=ALARM), budget=Budget(usd=0.0)))
    assert (rows, asked(aws)) == ({}, [])
    assert codes(coverage) == ["aws_over_budget"]
    assert coverage[0].status == "skipped"


def test_the_plan_is_the_most_that_it_can_cost_and_asks_nothing(aws: Loopback) -> None:
    ask = work(aws, FakeCloudWatch(NOW), about=incident(alarm=ALARM), settings={"max_metrics": 99})
    (estimate,) = ask.source.plan(ask)
    assert (estimate.usd, estimate.calls, aws.calls) == (0.001, 1, [])


def test_what_cloudwatch_no_longer_keeps_is_skipped(aws: Loopback) -> None:
    rows, coverage = collected(work(aws, FakeCloudWatch(NOW + timedelta(days=500))))
    assert (rows, codes(coverage), coverage[0].status, aws.calls) == ({}, ["metrics_not_kept"], "skipped", [])


def test_a_period_that_still_runs_is_left_out(aws: Loopback) -> None:
    fake = FakeCloudWatch(WINDOW.start + timedelta(minutes=7, seconds=30))
    fake.put("Shop", "PaymentErrors", flat(4.0, BASELINE.start, fake.now))
    collected(work(aws, fake))
    assert asked(aws)[0]["EndTime"] == WINDOW.start + timedelta(minutes=7)


def _partial(result: dict[str, Any]) -> dict[str, object]:
    for series in result["MetricDataResults"]:
        if series["Label"] == "AErrors":
            series |= {
                "StatusCode": "PartialData",
                "Timestamps": series["Timestamps"][:3],
                "Values": series["Values"][:3],
            }
    return result | {"Messages": [{"Code": "MaxMetricsExceeded", "Value": "too many"}]}


def test_what_came_only_in_part_is_asked_for_once_more_and_then_told(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    for name in ("AErrors", "BErrors"):
        fake.put("Shop", name, flat(1.0))
    aws.fault("cloudwatch.GetMetricData", Garbled(_partial), first=1)
    ask = work(aws, fake)
    rows, coverage = collected(ask)
    assert len(rows["metrics"]) == 300
    assert [len(request["MetricDataQueries"]) for request in asked(aws)] == [2, 1]
    assert codes(coverage) == ["cloudwatch_message"]
    aws.mend()
    aws.fault("cloudwatch.GetMetricData", Garbled(_partial))
    rows, coverage = collected(work(aws, fake))
    assert len(rows["metrics"]) == 153
    told = next(entry.error for entry in coverage if entry.error and entry.error.code == "cloudwatch_status")
    assert (told.values["n"], told.values["example"]) == (1, "AErrors: PartialData")


FAULTY: list[tuple[str, Refused | Damaged | Silent, str]] = [
    ("GetMetricData", DENIED, "aws_denied"),
    ("GetMetricData", BROKEN, "aws_server_error"),
    ("GetMetricData", TRUNCATED, "aws_broken_answer"),
    ("GetMetricData", MALFORMED, "aws_broken_answer"),
    ("GetMetricData", CLOSED, "aws_broken_answer"),
]


@pytest.mark.parametrize(("operation", "fault", "code"), FAULTY)
def test_a_fault_ends_only_what_it_struck_and_is_told(
    aws: Loopback, operation: str, fault: Refused | Damaged, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="orders")
    fake.put("AWS/Lambda", "Throttles", flat(1.0), FunctionName="orders")
    aws.fault(f"cloudwatch.{operation}", fault, after=1)
    rows, coverage = collected(work(aws, fake, about=incident(alarm=ALARM)))
    assert {row["name"] for row in rows["metrics"]} == {"Errors"}
    (failed,) = [entry for entry in coverage if entry.status == "failed"]
    assert failed.error
    assert failed.error.code == code
    if code == "aws_denied":
        assert '"Action":"cloudwatch:GetMetricData"' in failed.error.remedy


@pytest.mark.parametrize("fault", [DENIED, THROTTLED, BROKEN])
def test_without_a_listing_the_alarms_own_metric_is_there(
    aws: Loopback, fault: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="orders")
    aws.fault("cloudwatch.ListMetrics", fault)
    rows, coverage = collected(work(aws, fake, about=incident(alarm=ALARM)))
    assert {row["name"] for row in rows["metrics"]} == {"Errors"}
    assert [entry.status for entry in coverage] == ["ok", "failed"]


def test_pages_of_a_listing_that_came_before_a_fault_are_used(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    fake = FakeCloudWatch(NOW + timedelta(days=1), page_size=2)
    for n in range(6):
        fake.put("Shop", f"Errors{n}", [*flat(1.0), *flat(1.0, NOW, NOW + timedelta(minutes=2))])
    aws.fault("cloudwatch.ListMetrics", BROKEN, after=1)
    rows, coverage = collected(work(aws, fake))
    assert {row["name"] for row in rows["metrics"]} == {"Errors0", "Errors1"}
    assert codes(coverage) == ["aws_server_error"]


def test_a_server_that_never_answers_ends_with_the_deadline(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.put("AWS/Lambda", "Errors", flat(1.0), FunctionName="orders")
    aws.fault("cloudwatch.ListMetrics", SILENT)
    ask = work(aws, fake, about=incident(alarm=ALARM), seconds=1.5)
    with pytest.raises(DeadlinePassed):
        ask.source.collect(ask, ())
    assert ask.coverage[0].rows_returned == 30
    assert codes(ask.coverage) == ["aws_deadline"]


def test_examining_tries_both_actions(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    ask = work(aws, fake)
    ask.source.examine(ask)  # type: ignore[attr-defined]
    declared = {p.action for p in ask.source.permissions(ask.settings)}
    assert aws.actions() == declared == {"cloudwatch:ListMetrics", "cloudwatch:GetMetricData"}


def test_the_alarm_of_another_account_or_region_is_left_to_it(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    elsewhere = ALARM.model_copy(update={"region": "eu-west-1"})
    rows, _ = collected(work(aws, fake, about=incident(alarm=elsewhere)))
    assert (rows, asked(aws)) == ({}, [])


def test_moto_lists_and_measures_the_same() -> None:
    moto = pytest.importorskip("moto")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    window = TimeWindow(now - timedelta(minutes=30), now)
    with moto.mock_aws():
        session = boto3.Session(access_key(), "secret", region_name="ap-northeast-1")
        session.client("cloudwatch").put_metric_data(
            Namespace="Shop",
            MetricData=[
                {
                    "MetricName": "Errors",
                    "Dimensions": [{"Name": "Stage", "Value": "prod"}],
                    "Timestamp": t,
                    "Value": 2.0,
                }
                for t in minutes(window.start, window.end, 5)
            ],
        )
        deadline = Deadline(10)
        account = Account(session, Ground("123456789012", "ap-northeast-1"), deadline=deadline, calls=Calls())
        before = TimeWindow(window.start - timedelta(minutes=30), window.start)
        source = CloudWatchMetrics(clock=lambda: now)
        rows, _ = collected(ask_of(source, account, about=incident(window, before), deadline=deadline))
    assert {(row["namespace"], row["name"], row["stat"], row["value"]) for row in rows["metrics"]} == {
        ("Shop", "Errors", "Sum", 2.0)
    }
    assert len(rows["metrics"]) == 6
