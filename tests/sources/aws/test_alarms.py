"""An alarm by its name: its last firing, flapping, recovery, and composite alarms, over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fake_cloudwatch import FakeCloudWatch, Series
from faults import DENIED
from loopback import Loopback, access_key
from wire import Params

from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.alarms.by_name import PERMISSIONS, alarm_named
from fa2.sources.aws.alarms.windows import Rules
from fa2.sources.aws.permissions import Ground

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
ERRORS: Series = ("AWS/Lambda", "Errors", (("FunctionName", "orders"),))
_ARN = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:"


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{clock}:00+00:00")


@dataclass
class Composites(FakeCloudWatch):
    """The fake with composite alarms."""

    composites: list[dict[str, object]] = field(default_factory=list)
    children: dict[str, list[str]] = field(default_factory=dict)

    def describe_alarms(self, params: Params) -> dict[str, object]:
        """Give alarms of both kinds by name, or the children of one."""
        if parent := params.get("ChildrenOfAlarmName"):
            own = self.children[str(parent)]
            keys = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
            found = [{k: a[k] for k in keys} for a in self.alarms if a["AlarmName"] in own]
            return {"MetricAlarms": found, "CompositeAlarms": []}
        names: Any = params["AlarmNames"]
        found = [
            a for a in self.composites if a["AlarmName"] in names and "CompositeAlarm" in str(params["AlarmTypes"])
        ]
        return {**super().describe_alarms(params), "CompositeAlarms": found}

    def composite(self, name: str, *children: str, since: datetime, told: bool = True) -> None:
        """Add a composite alarm in ALARM; `told` says whether its reason names the children."""
        triggering = [{"arn": _ARN + child, "state": {"value": "ALARM"}} for child in children]
        self.children[name] = list(children)
        self.composites.append(
            {
                "AlarmName": name,
                "AlarmArn": _ARN + name,
                "AlarmRule": " OR ".join(f'ALARM("{child}")' for child in children),
                "StateValue": "ALARM",
                "StateReason": "a child is in ALARM",
                "StateReasonData": json.dumps({"triggeringAlarms": triggering} if told else {}),
                "StateUpdatedTimestamp": since,
            }
        )


def found(aws: Loopback, fake: FakeCloudWatch, name: str = "errors", **more: Any) -> Any:
    aws.serve(fake)
    ground = Ground("111122223333", "ap-northeast-1")
    account = Account(
        boto3.Session(access_key(), "secret"), ground, deadline=Deadline(10), calls=Calls(), endpoint_url=aws.url
    )
    return alarm_named(account, name, now=fake.now, **more)


def turned(fake: FakeCloudWatch, name: str, when: datetime, state: str, **data: object) -> None:
    new = {"stateValue": state, "stateReason": "so", "stateReasonData": data}
    fake.history.append(
        {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": when,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"to {state}",
            "HistoryData": json.dumps({"version": "1.0", "oldState": {"stateValue": "OK"}, "newState": new}),
        }
    )


def test_an_alarm_that_lasts_is_looked_at_from_its_first_breach_until_now(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("05:05"), values=[7.0])
    alarm, window = found(aws, fake)
    assert window == TimeWindow(at("04:54"), NOW)
    assert (alarm.namespace, alarm.metric, alarm.stat, alarm.service) == ("AWS/Lambda", "Errors", "Sum", "orders")
    assert (alarm.state, alarm.timestamp, alarm.account, alarm.region) == (
        "ALARM",
        at("05:05"),
        "111122223333",
        "ap-northeast-1",
    )
    assert aws.actions() == {permission.action for permission in PERMISSIONS}


def test_an_alarm_that_recovered_ends_with_its_recovery(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("05:40"), StateValue="OK")
    turned(fake, "errors", at("05:05"), "ALARM", startDate="2026-11-20T05:03:00.000+0000", period=60,
           recentDatapoints=[0.0, 4.0], threshold=1.0)  # fmt: skip
    alarm, window = found(aws, fake)
    assert window == TimeWindow(at("04:54"), at("05:41"))
    assert (alarm.state, alarm.timestamp) == ("ALARM", at("05:05"))


def test_an_alarm_that_flaps_is_one_incident_and_an_earlier_one_is_another(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("05:50"), StateValue="OK")
    for clock, state in (("01:00", "ALARM"), ("01:30", "OK"), ("04:00", "ALARM"), ("04:10", "OK"), ("04:20", "ALARM"),
                         ("04:30", "INSUFFICIENT_DATA"), ("04:40", "OK")):  # fmt: skip
        turned(fake, "errors", at(clock), state)
    fake.history = [item for item in fake.history if item["Timestamp"] != at("05:50")]
    _, window = found(aws, fake)
    assert window == TimeWindow(at("03:49"), at("04:41"))


def test_what_happened_after_the_time_that_is_asked_about_does_not_count(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("05:50"), StateValue="OK")
    turned(fake, "errors", at("01:00"), "ALARM")
    turned(fake, "errors", at("03:00"), "ALARM")
    fake.now = at("02:00")
    _, window = found(aws, fake)
    assert window == TimeWindow(at("00:49"), at("02:00"))


def test_an_alarm_that_never_went_off_is_refused_and_one_that_is_not_there_is_null(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("05:50"), StateValue="OK")
    with pytest.raises(UnusableInput, match="did not go off"):
        found(aws, fake)
    assert found(aws, fake, "another") is None


@pytest.mark.parametrize("told", [True, False])
def test_a_composite_alarm_is_followed_to_the_child_that_was_first(aws: Loopback, told: bool) -> None:
    fake = Composites(NOW)
    fake.alarm("late", ("Shop", "Latency", ()), since=at("05:20"))
    fake.alarm("early", ERRORS, since=at("05:10"))
    fake.alarm("fine", ("Shop", "Other", ()), since=at("01:10"), StateValue="OK")
    fake.composite("all", *(["late", "early"] if told else ["late", "early", "fine"]), since=at("05:21"), told=told)
    alarm, window = found(aws, fake, "all")
    assert (alarm.name, alarm.metric, alarm.service, alarm.children) == ("all", "Errors", "orders", ["early", "late"])
    assert window == TimeWindow(at("04:59"), NOW)


def test_composite_alarms_that_follow_each_other_in_a_circle_end(aws: Loopback) -> None:
    fake = Composites(NOW)
    fake.composite("a", "b", since=at("05:10"))
    fake.composite("b", "a", since=at("05:10"))
    alarm, window = found(aws, fake, "a")
    assert (alarm.name, alarm.metric, window.end) == ("a", None, NOW)


def test_the_rules_of_the_configuration_hold(aws: Loopback) -> None:
    fake = FakeCloudWatch(NOW)
    fake.alarm("errors", ERRORS, since=at("02:00"))
    _, window = found(aws, fake, windows=Rules(lead_min=30, max_hours=1.5))
    assert (window.start, window.duration) == (at("01:29"), timedelta(hours=1.5))


def test_a_denied_call_is_raised_for_the_caller_to_tell(aws: Loopback) -> None:
    aws.fault("cloudwatch.DescribeAlarms", DENIED)
    with pytest.raises(ClientError, match="AccessDenied"):
        found(aws, FakeCloudWatch(NOW))
