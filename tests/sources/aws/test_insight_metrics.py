"""Questions asked of accounts: what is listed, what is paid for, what is told of gaps, over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
from fake_cloudwatch import FakeCloudWatch
from faults import DENIED, SILENT
from loopback import Loopback, access_key

from fa2.core.budgets import Budget
from fa2.core.deadlines import Deadline
from fa2.core.insight import Insight
from fa2.core.windows import TimeWindow
from fa2.insights.answering import Question, answer, days_up_to
from fa2.insights.choosing import ByRules
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.cloudwatch_metrics.insight_metrics import AccountMetrics, ManyAccounts
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.settings import Prices

NOW = datetime(2026, 11, 20, 6, 20, tzinfo=UTC)


def place(
    aws: Loopback,
    *,
    region: str = "ap-northeast-1",
    budget: Budget | None = None,
    seconds: float = 15.0,
    **settings: object,
) -> AccountMetrics:
    deadline = Deadline(seconds)
    session = boto3.Session(access_key(), "secret")
    ground = Ground("111122223333", region)
    return AccountMetrics(
        Account(session, ground, deadline=deadline, calls=Calls(), endpoint_url=aws.url),
        settings=CloudWatchMetricsSettings.model_validate(settings),
        deadline=deadline,
        budget=budget or Budget(usd=1.0),
        prices=Prices(),
        clock=lambda: NOW,
    )


def ask(metrics: AccountMetrics | ManyAccounts, text: str, days: int = 3, most: int = 8) -> Insight:
    question = Question(text, days_up_to(NOW, days), UTC, "UTC", "en", 3600, most)
    return answer(question, metrics, ByRules(), place="here")


def filled(fake: FakeCloudWatch | None = None) -> FakeCloudWatch:
    fake = fake or FakeCloudWatch(NOW)
    stamps = [NOW - timedelta(minutes=20 * n) for n in range(1, 3 * 72 + 1)]
    fake.put(
        "AWS/Lambda",
        "Errors",
        [(t, 40.0 if t.day == 20 and t.hour == 2 else 0.0) for t in stamps],
        FunctionName="orders",
    )
    fake.put("AWS/Lambda", "Invocations", [(t, 100.0) for t in stamps], FunctionName="orders")
    fake.put("Shop", "Baskets", [(t, 2.0) for t in stamps])
    fake.put("Shop", "OldErrors", [(NOW - timedelta(days=9), 1.0)])
    return fake


def test_a_question_is_answered_with_whole_hours_and_what_was_unusual(aws: Loopback) -> None:
    aws.serve(filled())
    found = ask(place(aws), "Does orders have errors?")
    series = found.series[0]
    assert (series.name, series.stat, series.place) == ("Errors", "Sum", "111122223333/ap-northeast-1")
    (stretch,) = series.unusual
    assert (stretch.start, stretch.value) == (datetime(2026, 11, 20, 2, tzinfo=UTC), 120.0)
    assert series.times[-1] == datetime(2026, 11, 20, 5, tzinfo=UTC)  # the hour that still runs is left out
    (request,) = [call.params for call in aws.calls if call.operation == "GetMetricData"]
    assert {q["MetricStat"]["Period"] for q in request["MetricDataQueries"]} == {3600}  # type: ignore[attr-defined,index,union-attr]
    assert "--region ap-northeast-1" in series.how_to_get[0]


def test_what_stopped_days_ago_is_listed_and_told_as_silent(aws: Loopback) -> None:
    aws.serve(filled())
    found = ask(place(aws), "OldErrors?")
    assert (found.series, found.silent) == ([], ["Shop OldErrors Sum"])
    assert [call.params for call in aws.calls if call.operation == "ListMetrics"] == [{}]


def test_namespaces_narrow_the_listing(aws: Loopback) -> None:
    aws.serve(filled())
    assert {s.namespace for s in place(aws, namespaces=["Shop"]).listed()} == {"Shop"}
    assert {s.namespace for s in place(aws, namespaces_not=["Shop"]).listed()} == {"AWS/Lambda"}


def test_several_regions_are_one_place_to_ask(aws: Loopback) -> None:
    aws.serve(filled(), region="ap-northeast-1")
    other = FakeCloudWatch(NOW)
    other.put("Shop", "Errors", [(NOW - timedelta(hours=n), 1.0) for n in range(1, 60)])
    aws.serve(other, region="eu-west-1")
    found = ask(ManyAccounts([place(aws), place(aws, region="eu-west-1")]), "errors")
    assert {series.place.partition("/")[2] for series in found.series} == {"ap-northeast-1", "eu-west-1"}


def test_denied_too_dear_and_silent_are_gaps_with_remedies(aws: Loopback) -> None:
    aws.serve(filled())
    poor = ask(place(aws, budget=Budget(usd=0.0)), "errors")
    assert [e.error.code for e in poor.coverage if e.error] == ["aws_over_budget"]
    aws.fault("cloudwatch.GetMetricData", DENIED)
    denied = ask(place(aws), "errors")
    (gap,) = [e.error for e in denied.coverage if e.error]
    assert '"Action":"cloudwatch:GetMetricData"' in gap.remedy
    aws.mend()
    aws.fault("cloudwatch.ListMetrics", SILENT)
    slow = ask(place(aws, seconds=1.2), "errors")
    assert (slow.headline.key, [e.error.code for e in slow.coverage if e.error]) == (
        "insight.headline.nothing_fits",
        ["aws_deadline"],
    )


def test_the_window_is_asked_as_it_was_stated(aws: Loopback) -> None:
    aws.serve(filled())
    metrics = place(aws)
    window = TimeWindow(NOW - timedelta(hours=5), NOW - timedelta(hours=2))
    points = metrics.points(metrics.listed(), window, 3600)
    hours = {moment.hour for found in points.values() for moment in found.times}
    assert hours == {1, 2, 3, 4}
