"""Alarms as SNS, EventBridge, Lambda and describe-alarms write them, and the windows that they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.errors import UnusableInput
from fa2.core.incident import Alarm
from fa2.core.windows import TimeWindow
from fa2.sources.aws.alarms.events import alarm_of_event
from fa2.sources.aws.alarms.windows import Rules, baseline_before, breach_of, window_of, window_of_event
from fa2.sources.local.json_values import Json

ARN = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:orders-errors"
REASON = (
    "Threshold Crossed: 2 out of the last 2 datapoints [3.0 (20/11/26 03:03:00), 2.0 (20/11/26 03:02:00)] "
    "were greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
)
SNS: dict[str, Any] = {
    "AlarmName": "orders-errors",
    "AlarmDescription": None,
    "AWSAccountId": "111122223333",
    "NewStateValue": "ALARM",
    "NewStateReason": REASON,
    "StateChangeTime": "2026-11-20T03:04:12.345+0000",
    "Region": "Asia Pacific (Tokyo)",
    "AlarmArn": ARN,
    "OldStateValue": "OK",
    "Trigger": {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "orders", "name": "FunctionName"}],
        "Period": 60,
        "EvaluationPeriods": 2,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1.0,
        "TreatMissingData": "missing",
    },
}
DATA = {
    "version": "1.0",
    "queryDate": "2026-11-20T03:04:12.340+0000",
    "startDate": "2026-11-20T03:01:00.000+0000",
    "statistic": "Sum",
    "period": 60,
    "recentDatapoints": [0.0, 2.0, 3.0],
    "threshold": 1.0,
}
STATE = {
    "value": "ALARM",
    "reason": REASON,
    "reasonData": json.dumps(DATA),
    "timestamp": "2026-11-20T03:04:12.345+0000",
}
METRIC = {"namespace": "AWS/Lambda", "name": "Errors", "dimensions": {"FunctionName": "orders"}}
CONFIGURATION = {
    "description": "",
    "metrics": [
        {"id": "a1", "metricStat": {"metric": METRIC, "period": 60, "stat": "Sum"}, "returnData": True},
    ],
}
EVENTBRIDGE: dict[str, Any] = {
    "version": "0",
    "detail-type": "CloudWatch Alarm State Change",
    "source": "aws.cloudwatch",
    "account": "111122223333",
    "region": "ap-northeast-1",
    "resources": [ARN],
    "detail": {"alarmName": "orders-errors", "state": STATE, "configuration": CONFIGURATION},
}
ACTION: dict[str, Any] = {
    "source": "aws.cloudwatch",
    "alarmArn": ARN,
    "accountId": "111122223333",
    "region": "ap-northeast-1",
    "alarmData": {"alarmName": "orders-errors", "state": STATE, "configuration": CONFIGURATION},
}
DESCRIBED: dict[str, Any] = {
    "MetricAlarms": [
        {
            "AlarmName": "orders-errors",
            "AlarmArn": ARN,
            "StateValue": "ALARM",
            "StateReason": REASON,
            "StateReasonData": json.dumps(DATA),
            "StateUpdatedTimestamp": "2026-11-20T03:04:12.345000+00:00",
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Statistic": "Sum",
            "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
            "Period": 60,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        }
    ],
    "CompositeAlarms": [],
}
MESSAGE = json.dumps(SNS)
DELIVERIES: dict[str, Json] = {
    "message": SNS,
    "text": MESSAGE,
    "notification": {"Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t", "Message": MESSAGE},
    "lambda from sns": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": MESSAGE}}]},
    "lambda from sqs": {"Records": [{"body": json.dumps({"Type": "Notification", "Message": MESSAGE})}]},
    "eventbridge": EVENTBRIDGE,
    "eventbridge through sqs": {"Records": [{"body": json.dumps(EVENTBRIDGE)}]},
    "lambda action": ACTION,
    "described": DESCRIBED,
}


@pytest.mark.parametrize("delivery", DELIVERIES.values(), ids=DELIVERIES.keys())
def test_an_alarm_is_the_same_however_it_is_delivered(delivery: Json) -> None:
    alarm = alarm_of_event(delivery)
    assert alarm == Alarm(
        name="orders-errors",
        namespace="AWS/Lambda",
        metric="Errors",
        stat="Sum",
        threshold=1.0,
        comparison="GreaterThanOrEqualToThreshold",
        dimensions={"FunctionName": "orders"},
        service="orders",
        state="ALARM",
        reason=REASON,
        timestamp=datetime(2026, 11, 20, 3, 4, 12, 345000, UTC),
        account="111122223333",
        region="ap-northeast-1",
        period_s=60,
    )


@pytest.mark.parametrize("delivery", DELIVERIES.values(), ids=DELIVERIES.keys())
def test_its_window_begins_before_the_first_datapoint_that_breached(delivery: Json) -> None:
    now = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)
    window = window_of_event(delivery, now=now)
    assert window == TimeWindow(datetime(2026, 11, 20, 2, 52, tzinfo=UTC), now)


def test_metric_math_keeps_its_parts_and_is_named_by_what_it_returns() -> None:
    stat = {"Metric": {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": [{"value": "orders", "name": "FunctionName"}]}, "Period": 300, "Stat": "Sum"}  # fmt: skip
    metrics = [
        {"Id": "e1", "Label": "Error rate", "Expression": "m1/m2", "ReturnData": True},
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        {"Id": "m2", "MetricStat": {**stat, "Stat": "p99"}, "ReturnData": False},
    ]
    trigger = {
        "EvaluationPeriods": 1,
        "Threshold": 0.05,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": metrics,
    }
    alarm = alarm_of_event({**SNS, "Trigger": trigger})
    assert (alarm.metric, alarm.namespace, alarm.stat, alarm.service, alarm.period_s) == (
        "Error rate",
        None,
        "expression",
        "orders",
        300,
    )
    assert [(p.id, p.expression, p.metric, p.stat) for p in alarm.metrics] == [
        ("e1", "m1/m2", None, None),
        ("m1", None, "Errors", "Sum"),
        ("m2", None, "Errors", "p99"),
    ]


def test_a_composite_alarm_names_those_that_put_it_into_alarm() -> None:
    child = {"arn": ARN, "state": {"value": "ALARM", "timestamp": "2026-11-20T03:04:12.345+0000"}}
    fine = {"arn": ARN + "-2", "state": {"value": "OK"}}
    state = {**STATE, "reasonData": json.dumps({"triggeringAlarms": [child, fine]})}
    detail = {"alarmName": "all", "state": state, "configuration": {"alarmRule": "ALARM(orders-errors)"}}
    alarm = alarm_of_event({**EVENTBRIDGE, "detail": detail})
    assert (alarm.name, alarm.metric, alarm.children) == ("all", None, ["orders-errors"])


@pytest.mark.parametrize(
    "nothing", [None, {}, [], "", "no JSON", {"Message": "hello"}, {"Records": []}, 7, {"detail": {"x": 1}}]
)
def test_what_holds_no_alarm_is_refused_with_a_remedy(nothing: Json) -> None:
    with pytest.raises(UnusableInput, match="describe-alarms"):
        alarm_of_event(nothing)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SNS, *SNS["Trigger"], "x"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_odd_members_never_break_reading_an_alarm_or_its_window(trigger: Json, data: Json, reason: Json) -> None:
    told: Json = {"AlarmName": "x", "Trigger": trigger, "StateReasonData": data, "NewStateReason": reason, "StateChangeTime": "2026-11-20T03:00Z"}  # fmt: skip
    assert alarm_of_event(told).name == "x"
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert window_of_event(told, now=now).start < now


def breach(data: Json, **alarm: object) -> tuple[str, str] | None:
    found = breach_of(data, Alarm(**alarm))  # type: ignore[arg-type]
    return (f"{found.first:%H:%M}", f"{found.last:%H:%M}") if found else None


def test_datapoints_tell_when_it_breached() -> None:
    stamped = [
        {"timestamp": "2026-11-20T03:03:00.000+0000", "sampleCount": 1.0, "value": 9.0},
        {"timestamp": "2026-11-20T03:02:00.000+0000", "sampleCount": 1.0, "value": 0.5},
    ]
    assert breach({**DATA, "evaluatedDatapoints": stamped}) == ("03:03", "03:04")
    assert breach(DATA) == ("03:02", "03:04")
    assert breach(DATA, comparison="LessThanThreshold") == ("03:01", "03:02")
    assert breach({**DATA, "recentDatapoints": [None, 0.0]}, comparison="GreaterThanThreshold") == ("03:01", "03:03")
    assert breach({}, reason=REASON, comparison="GreaterThanThreshold", threshold=2.0) == ("03:03", "03:04")
    assert breach({}) is None


NOW = datetime(2026, 11, 22, tzinfo=UTC)
FIRED = Alarm(timestamp=datetime(2026, 11, 20, 3, 5, tzinfo=UTC), period_s=60)


def ends(window: TimeWindow) -> tuple[str, str]:
    return f"{window.start:%d %H:%M}", f"{window.end:%d %H:%M}"


def test_a_window_ends_with_the_recovery_and_never_later_than_now_or_after_some_hours() -> None:
    found = breach_of(DATA, FIRED)
    recovered = datetime(2026, 11, 20, 3, 40, tzinfo=UTC)
    assert ends(window_of(found, FIRED, now=NOW, recovered=recovered)) == ("20 02:52", "20 03:41")
    assert ends(window_of(found, FIRED, now=NOW)) == ("20 02:52", "20 03:35")
    assert ends(window_of(found, FIRED, now=NOW, recovered=NOW)) == ("20 02:52", "20 14:52")
    assert ends(window_of(found, FIRED, now=NOW, recovered=NOW, rules=Rules(max_hours=1))) == ("20 02:52", "20 03:52")
    assert ends(window_of(found, FIRED, now=datetime(2026, 11, 20, 3, 6, tzinfo=UTC))) == ("20 02:52", "20 03:06")


def test_the_lead_is_two_periods_ten_minutes_at_least_an_hour_at_most() -> None:
    for period, start in ((60, "02:52"), (900, "02:32"), (21_600, "02:02")):
        found = breach_of(
            {**DATA, "period": period, "recentDatapoints": [5.0], "startDate": "2026-11-20T03:02Z"}, FIRED
        )
        assert f"{window_of(found, FIRED, now=NOW).start:%H:%M}" == start


def test_normal_times_are_before_the_window_with_a_gap_and_at_the_same_time_a_day_earlier() -> None:
    window = TimeWindow(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 3, 30, tzinfo=UTC))
    yesterday, before = baseline_before(window)
    assert ends(yesterday) == ("19 03:00", "19 03:30")
    assert ends(before) == ("20 00:50", "20 02:50")
    long = TimeWindow(window.start, window.start + timedelta(hours=5))
    assert [ends(w) for w in baseline_before(long, hours=1)] == [("19 03:00", "19 08:00"), ("19 21:50", "20 02:50")]


@given(st.integers(1, 60 * 72), st.floats(0.1, 48))
def test_normal_times_never_meet_the_window_or_each_other(minutes: int, hours: float) -> None:
    window = TimeWindow(NOW, NOW + timedelta(minutes=minutes))
    times = [*baseline_before(window, hours=hours), window]
    assert times == sorted(times)
    assert not any(a.overlaps(b) for a, b in pairwise(times))
