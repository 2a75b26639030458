"""Metrics, alarms and log groups against ministack, which aggregates metrics, evaluates alarms and publishes them.

It keeps its own time, so what is put there lies in the last minutes. What it does not do is not asked: its ListMetrics and
GetMetricData give everything on one page, DescribeLogGroups minds no identifiers, Insights no stats, no `and`, and its
@log lacks the account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import ask_of, collected, incident
from ministack_server import REGION, Ministack

from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_line_queries import counts_query, lines_query
from fa2.sources.aws.alarms.by_name import alarm_named
from fa2.sources.aws.alarms.events import alarm_of_event
from fa2.sources.aws.alarms.windows import window_of_event
from fa2.sources.aws.cloudwatch_logs.groups import groups_with, named_groups
from fa2.sources.aws.cloudwatch_logs.queries import Insights, InsightsAnswer, InsightsQuery
from fa2.sources.aws.cloudwatch_logs.source import CloudWatchLogs
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings
from fa2.sources.aws.cloudwatch_metrics.source import CloudWatchMetrics

pytestmark = pytest.mark.end_to_end
MINUTE = timedelta(minutes=1)
CHECKOUT = [{"Name": "ServiceName", "Value": "checkout"}]


def past_minutes(n: int) -> list[datetime]:
    """Return the starts of the last whole minutes, the earliest first."""
    last = datetime.now(UTC).replace(second=0, microsecond=0)
    return [last - k * MINUTE for k in range(n, 0, -1)]


def datum(name: str, service: str, at: datetime, values: Iterable[float]) -> dict[str, Any]:
    dimensions = [{"Name": "ServiceName", "Value": service}]
    return {"MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Values": list(values)}


def test_percentiles_and_means_come_by_minute_and_service_over_window_and_normal_times(ministack: Ministack) -> None:
    minutes, client = past_minutes(10), ministack.client("cloudwatch", "300000000001")
    for n, minute in enumerate(minutes):
        factor = 1 if n < 6 else 3
        for service, scale in (("checkout", factor), ("search", 1000 * factor)):
            values = [float(scale * v) for v in range(1, 101)]
            client.put_metric_data(Namespace="Shop", MetricData=[datum("Latency", service, minute, values)])
    about = incident(TimeWindow(minutes[6], minutes[9] + MINUTE), TimeWindow(minutes[1], minutes[6]))
    source = CloudWatchMetrics(clock=lambda: datetime.now(UTC))
    rows, coverage = collected(ask_of(source, ministack.account("300000000001"), about=about))
    found = {(row["service"], row["stat"], row["timestamp"]): row["value"] for row in rows["metrics"]}
    assert found.keys() == {
        (service, stat, minute)
        for service in ("checkout", "search")
        for stat in ("Average", "p99")
        for minute in minutes[1:]
    }
    assert [found["checkout", "Average", minute] for minute in minutes[1:]] == [50.5] * 5 + [151.5] * 4
    assert [found["search", "p99", minute] for minute in minutes[1:]] == pytest.approx([99010.0] * 5 + [297030.0] * 4)
    assert {entry.status for entry in coverage} == {"ok"}


def test_each_of_more_series_than_one_request_takes_gets_its_own_value(ministack: Ministack) -> None:
    (minute,), client = past_minutes(1), ministack.client("cloudwatch", "300000000002")
    data = [datum("Errors", f"host-{n}", minute, [n, 1]) for n in range(700)]
    client.put_metric_data(Namespace="Fleet", MetricData=data)
    client.put_metric_data(Namespace="Other", MetricData=[datum("Errors", "host-1", minute, [9])])
    about = incident(TimeWindow(minute, minute + MINUTE), TimeWindow(minute - 2 * MINUTE, minute))
    settings = CloudWatchMetricsSettings(namespaces=["Fleet"], max_metrics=1000)
    source = CloudWatchMetrics(clock=lambda: datetime.now(UTC))
    ask = ask_of(source, ministack.account("300000000002"), settings=settings, about=about)
    rows, coverage = collected(ask)
    found = {(row["service"], row["stat"], row["value"]) for row in rows["metrics"]}
    assert found == {(f"host-{n}", "Sum", n + 1.0) for n in range(700)}
    assert [entry.rows_scanned for entry in coverage if "ListMetrics" in (entry.query or "")] == [700]


@pytest.fixture(scope="module")
def alarmed(ministack: Ministack) -> list[Any]:
    """Have ministack put alarms on sums into ALARM and OK; give what it published of that."""
    cloudwatch, sns, sqs = (ministack.client(service, "300000000003") for service in ("cloudwatch", "sns", "sqs"))
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue, arn = sqs.create_queue(QueueName="alarms")["QueueUrl"], f"arn:aws:sqs:{REGION}:300000000003:alarms"
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    points = [datum("Errors", "checkout", datetime.now(UTC) - timedelta(seconds=20 * n), [4.0]) for n in range(3)]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=points)
    metric = {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": CHECKOUT, "Statistic": "Sum", "Period": 300}
    how = {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [topic]}
    for name, threshold in (("checkout errors", 10.0), ("checkout outage", 100.0)):
        cloudwatch.put_metric_alarm(AlarmName=name, Threshold=threshold, **metric, **how)
    cloudwatch.put_composite_alarm(
        AlarmName="checkout", AlarmRule='ALARM("checkout outage") OR ALARM("checkout errors")'
    )
    return list(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=3)["Messages"])


def test_an_alarm_that_went_off_is_found_with_a_window_around_it(ministack: Ministack, alarmed: list[Any]) -> None:
    now = datetime.now(UTC)
    found = alarm_named(ministack.account("300000000003"), "checkout errors", now=now)
    assert found is not None
    alarm, window = found
    assert (alarm.namespace, alarm.metric, alarm.stat, alarm.period_s) == ("Shop", "Errors", "Sum", 300)
    assert (alarm.threshold, alarm.comparison, alarm.service) == (10.0, "GreaterThanThreshold", "checkout")
    assert (alarm.state, alarm.account, alarm.region) == ("ALARM", "300000000003", REGION)
    assert "12.0" in str(alarm.reason)
    assert alarm.timestamp is not None
    assert window == TimeWindow(alarm.timestamp - timedelta(minutes=15), now)


def test_an_alarm_that_stayed_quiet_is_refused_and_one_of_another_region_is_not_there(
    ministack: Ministack, alarmed: list[Any]
) -> None:
    account, now = ministack.account("300000000003"), datetime.now(UTC)
    with pytest.raises(UnusableInput, match="did not go off"):
        alarm_named(account, "checkout outage", now=now)
    assert alarm_named(account.in_region("eu-west-1"), "checkout errors", now=now) is None


def test_a_composite_alarm_is_followed_to_the_child_that_is_in_alarm(ministack: Ministack, alarmed: list[Any]) -> None:
    found = alarm_named(ministack.account("300000000003"), "checkout", now=datetime.now(UTC))
    assert found is not None
    assert (found[0].name, found[0].metric, found[0].children) == ("checkout", "Errors", ["checkout errors"])


def test_an_alarm_as_sns_delivers_it_is_the_alarm_that_is_found_by_name(
    ministack: Ministack, alarmed: list[Any]
) -> None:
    """ministack names no AlarmArn, and the region by its code where AWS writes “Asia Pacific (Tokyo)”."""
    (message,) = alarmed
    told, now = alarm_of_event({"Records": [{"body": message["Body"]}]}), datetime.now(UTC)
    found = alarm_named(ministack.account("300000000003"), "checkout errors", now=now)
    assert found is not None
    for name in ("name", "namespace", "metric", "stat", "threshold", "comparison", "dimensions", "service", "state"):
        assert getattr(told, name) == getattr(found[0], name)
    assert (told.account, told.reason, told.period_s) == ("300000000003", found[0].reason, 300)
    assert told.timestamp is not None
    assert window_of_event(message["Body"], now=now) == TimeWindow(told.timestamp - timedelta(minutes=15), now)


def test_an_alarm_that_flaps_is_traced_to_its_first_firing_through_all_pages_of_its_history(
    ministack: Ministack,
) -> None:
    client = ministack.client("cloudwatch", "300000000004")
    metric: dict[str, Any] = {"Namespace": "Shop", "MetricName": "Silent", "Statistic": "Sum", "Period": 60}
    compared: dict[str, Any] = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold"}
    client.put_metric_alarm(AlarmName="flapping", **metric, **compared)
    for n in range(60):
        state = ("ALARM", "OK")[n % 2]
        client.set_alarm_state(AlarmName="flapping", StateValue=state, StateReason=f"change {n}")
    assert "NextToken" in client.describe_alarm_history(AlarmName="flapping")
    now = datetime.now(UTC) + MINUTE
    found = alarm_named(ministack.account("300000000004"), "flapping", now=now)
    assert found is not None
    assert (found[0].reason, found[0].state) == ("change 0", "ALARM")
    assert found[1].end < now + MINUTE


def test_log_groups_are_found_by_name_glob_arn_and_part_through_all_pages(ministack: Ministack) -> None:
    client, account = ministack.client("logs", "300000000005"), ministack.account("300000000005")
    names = [f"/aws/lambda/shop-{n:03d}" for n in range(120)]
    for name in [*names, "/aws/lambda/stock", "/ecs/Shop-web", "/ecs/other"]:
        client.create_log_group(logGroupName=name)
    client.put_retention_policy(logGroupName="/ecs/Shop-web", retentionInDays=7)
    arn = f"arn:aws:logs:{REGION}:300000000005:log-group:/ecs/Shop-web:*"
    abroad = "arn:aws:logs:eu-west-1:300000000005:log-group:/ecs/there:*"
    found, missing = named_groups(
        account.client("logs"),
        ["/aws/lambda/shop-*9", arn, "/aws/lambda/none", "/none/*", abroad],
        ["*-019"],
        ground=account.ground,
    )
    assert [group.name for group in found] == [*(names[n] for n in range(9, 120, 10) if n != 19), "/ecs/Shop-web"]
    assert missing == ["/aws/lambda/none", "/none/*"]
    assert (found[-1].arn, found[-1].retention_days, found[-1].account) == (arn[:-2], 7, "300000000005")
    assert [group.name for group in groups_with(account.client("logs"), "SHOP-w")] == ["/ecs/Shop-web"]


def test_lines_of_trouble_come_from_the_window_of_the_groups_that_are_asked(ministack: Ministack) -> None:
    minutes, client = past_minutes(4), ministack.client("logs", "300000000006")
    for name in ("/shop/checkout", "/shop/stock", "/shop/other"):
        client.create_log_group(logGroupName=name)
        client.create_log_stream(logGroupName=name, logStreamName="one")
        said = ("ok", "決済に失敗しました", "Connection REFUSED by db", "fine")
        lines = [
            (minute + timedelta(seconds=30), f"{name} {text} {n}") for n, minute in enumerate(minutes) for text in said
        ]
        events = [{"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in lines]
        client.put_log_events(logGroupName=name, logStreamName="one", logEvents=events)
    window, account = TimeWindow(minutes[1], minutes[3]), ministack.account("300000000006")
    groups, _ = named_groups(account.client("logs"), ["/shop/checkout", "/shop/stock"], [], ground=account.ground)

    def answer(text: str) -> InsightsAnswer:
        with Insights(ask_of(CloudWatchLogs(), account), 2) as insights:
            return insights.run(InsightsQuery(text, tuple(groups), window))

    troubled = answer(lines_query(window, "troubled"))
    rows = [{cell["field"]: cell["value"] for cell in row} for row in troubled.rows]
    assert [row["@message"] for row in rows] == [
        f"{name} {text} {n}"
        for n in (1, 2)
        for name in ("/shop/checkout", "/shop/stock")
        for text in ("決済に失敗しました", "Connection REFUSED by db")
    ]
    assert (troubled.matched, troubled.scanned, troubled.full) == (8, 16, False)
    assert answer(counts_query(window, 60)).scanned == 16
    assert len(answer(lines_query(window, limit=3)).rows) == 3
