"""An alarm by its name: what it watches, and when it happened, from CloudWatch and the alarm's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fa2.core.errors import UnusableInput
from fa2.core.incident import Alarm
from fa2.core.windows import TimeWindow
from fa2.sources.aws.accounts import Account
from fa2.sources.aws.alarms.events import alarm_of_event, parsed, reason_data
from fa2.sources.aws.alarms.windows import WindowRules, breach_of, window_of
from fa2.sources.aws.answers import pages
from fa2.sources.aws.permissions import Permission
from fa2.sources.local.json_values import Json, at, items, mapping, micros, text

PERMISSIONS = (
    Permission("cloudwatch:DescribeAlarms", ("arn:{partition}:cloudwatch:{region}:{account}:alarm:*",)),
    Permission("cloudwatch:DescribeAlarmHistory", ("arn:{partition}:cloudwatch:{region}:{account}:alarm:*",)),
)
"""What finding an alarm by its name needs."""
_KINDS = ["MetricAlarm", "CompositeAlarm"]
_DEEPEST = 5
"""Composite alarms of composite alarms that are followed."""
_MOST_CHILDREN = 20
_FLAPPING = timedelta(minutes=30)
_KEPT = timedelta(days=30)
"""How long CloudWatch keeps an alarm's history."""


@dataclass(frozen=True)
class _Firing:
    """One time that an alarm went off."""

    began: datetime
    ended: datetime | None
    """Null while it lasts."""
    reason: str | None
    data: Json


def alarm_named(
    account: Account, name: str, *, now: datetime, windows: WindowRules | None = None
) -> tuple[Alarm, TimeWindow] | None:
    """Return an alarm and the window of the last time that it went off before `now`; null where there is none such.

    A composite alarm is followed to the alarms that put it into ALARM: the metric is that of the one that was first,
    the window begins with it. Two calls, and two for each child. Raises UnusableInput when it never went off in the
    30 days that CloudWatch remembers, and what boto3 raises.
    """
    client = account.client("cloudwatch")
    described = _described(client, name)
    if described is None:
        return None
    found = _fired(client, described, now, windows, depth=0)
    if found is None:
        raise UnusableInput("errors.aws.alarm_quiet", name=name, days=_KEPT.days)
    return found


def _fired(
    client: Any, described: Json, now: datetime, windows: WindowRules | None, *, depth: int
) -> tuple[Alarm, TimeWindow] | None:
    firing = _last_firing(client, described, now)
    if firing is None:
        return None
    state: dict[str, Json] = {"StateValue": "ALARM", "StateReason": firing.reason, "StateReasonData": firing.data}
    alarm = alarm_of_event({**mapping(described), **state})
    alarm = alarm.model_copy(update={"timestamp": firing.began})
    if text(at(described, "AlarmRule")) and depth < _DEEPEST:
        children = _children(client, alarm, now, windows, depth)
        return _composed(alarm, children, firing, now, windows)
    breach = breach_of(firing.data, alarm)
    return alarm, window_of(breach, alarm, now=now, recovered=firing.ended or now, rules=windows)


def _composed(
    alarm: Alarm,
    children: list[tuple[Alarm, TimeWindow]],
    firing: _Firing,
    now: datetime,
    windows: WindowRules | None,
) -> tuple[Alarm, TimeWindow]:
    """Return a composite alarm with the metric and the beginning of the child that was first."""
    own = window_of(None, alarm, now=now, recovered=firing.ended or now, rules=windows)
    if not children:
        return alarm, own
    children = sorted(children, key=lambda child: (child[1].start, child[0].name or ""))
    first, began = children[0]
    watched = ("namespace", "metric", "stat", "threshold", "comparison", "dimensions", "service", "period_s", "unit")
    update = {key: getattr(first, key) for key in (*watched, "metrics")}
    update["children"] = [child.name for child, _ in children]
    start = min(began.start, own.start)
    longest = own.end if windows is None else min(own.end, start + timedelta(hours=windows.max_hours))
    return alarm.model_copy(update=update), TimeWindow(start, longest)


def _children(
    client: Any, alarm: Alarm, now: datetime, windows: WindowRules | None, depth: int
) -> list[tuple[Alarm, TimeWindow]]:
    """Return the alarms that put a composite one into ALARM; where it does not say, its children that are in ALARM."""
    names = alarm.children or list(_alarmed_children(client, alarm.name or ""))
    found = []
    for name in names[:_MOST_CHILDREN]:
        described = _described(client, name)
        fired = _fired(client, described, now, windows, depth=depth + 1) if described else None
        found += [fired] if fired else []
    return found


def _alarmed_children(client: Any, name: str) -> Iterator[str]:
    asked: dict[str, Any] = {"ChildrenOfAlarmName": name, "AlarmTypes": _KINDS}
    for page in pages(client, "describe_alarms", holding="MetricAlarms", **asked):
        for child in items(at(page, "MetricAlarms")) + items(at(page, "CompositeAlarms")):
            if at(child, "StateValue") == "ALARM" and (told := text(at(child, "AlarmName"))):
                yield told


def _described(client: Any, name: str) -> Json:
    for page in pages(client, "describe_alarms", holding="MetricAlarms", AlarmNames=[name], AlarmTypes=_KINDS):
        for alarm in items(at(page, "MetricAlarms")) + items(at(page, "CompositeAlarms")):
            if at(alarm, "AlarmName") == name:
                return alarm
    return None


def _last_firing(client: Any, described: Json, now: datetime) -> _Firing | None:
    """Return the last time before `now` that an alarm went off, by its history, or by its state where that is short.

    Times that follow each other closely are one: the alarm flapped, and what broke broke before the first of them.
    """
    ended: datetime | None = None
    quiet_since: datetime | None = None
    found: _Firing | None = None
    for moment, state in _changes(client, str(at(described, "AlarmName")), now):
        match text(at(state, "stateValue")):
            case "ALARM":
                if found and quiet_since and found.began - quiet_since > _FLAPPING:
                    break
                ended = found.ended if found else quiet_since
                found = _Firing(moment, ended, text(at(state, "stateReason")), reason_data(state))
            case "OK":
                quiet_since = moment
                if found and found.began - moment > _FLAPPING:
                    break
    stands = _standing(described, now)
    if found is None or (stands and found.ended is None and found.data is None):
        return stands
    return found


def _standing(described: Json, now: datetime) -> _Firing | None:
    """Return that an alarm is in ALARM now, as its description tells it; null where it is not."""
    since = micros(at(described, "StateTransitionedTimestamp")) or micros(at(described, "StateUpdatedTimestamp"))
    if at(described, "StateValue") != "ALARM" or since is None:
        return None
    began = min(datetime.fromtimestamp(since / 1e6, UTC), now)
    return _Firing(began, None, text(at(described, "StateReason")), reason_data(described))


def _changes(client: Any, name: str, now: datetime) -> Iterator[tuple[datetime, Json]]:
    """Yield (time, new state) of an alarm's changes of state before `now`, the last first."""
    asked: dict[str, Any] = {
        "AlarmName": name,
        "AlarmTypes": _KINDS,
        "HistoryItemType": "StateUpdate",
        "StartDate": now - _KEPT,
        "EndDate": now,
        "ScanBy": "TimestampDescending",
    }
    for page in pages(client, "describe_alarm_history", holding="AlarmHistoryItems", **asked):
        for item in items(at(page, "AlarmHistoryItems")):
            us = micros(at(item, "Timestamp"))
            if us is not None:
                yield datetime.fromtimestamp(us / 1e6, UTC), at(parsed(at(item, "HistoryData")), "newState")
