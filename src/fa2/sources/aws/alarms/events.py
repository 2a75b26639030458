"""Alarms in the words of CloudWatch: as it describes them, and as SNS, EventBridge and Lambda deliver them.

The four shapes say the same under other names; here they become one. Nothing here loads boto3.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from fa2.core.errors import UnusableInput
from fa2.core.incident import Alarm, AlarmMetric
from fa2.sources.local.json_values import Json, at, items, mapping, micros, number, text, whole
from fa2.sources.local.metric_services import service_of_dimensions, stat_named

_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):(\d{12}):alarm:(.+)", re.DOTALL)
_DEEPEST = 6
_INSIDE = ("Message", "body", "Body", "Sns", "detail", "alarmData")
"""Where a delivery holds what it delivers."""
_LISTS = ("Records", "MetricAlarms", "CompositeAlarms")


def alarm_of_event(event: Json) -> Alarm:
    """Return the alarm in a delivery: SNS (as such, through SQS or Lambda), EventBridge, Lambda, or describe-alarms.

    event: the JSON, or its text; of several alarms the first. A composite alarm has the names of those that put it
    into ALARM, and no metric. Raises UnusableInput when there is no alarm in it.
    """
    told = alarm_in(event)
    if told is None:
        raise UnusableInput("errors.aws.alarm_event")
    return _alarm(told)


def reason_data(told: Json) -> Json:
    """Return why an alarm is in its state, as data: what `alarm_in` gave, or a state of the history; null for none."""
    for holder in (told, _state(told)):
        for name in ("StateReasonData", "reasonData", "stateReasonData"):
            if (held := at(holder, name)) is not None:
                return parsed(held)
    return None


def alarm_in(event: Json) -> Json:
    """Return the part of a delivery that tells of the alarm, with the account and the region of what is around it."""
    around: dict[str, Json] = {}
    for _ in range(_DEEPEST):
        event = parsed(event)
        if isinstance(event, list):
            event = next(iter(event), None)
            continue
        if _name(event):
            return {**around, **mapping(event)}
        around |= {key: at(event, key) for key in ("account", "accountId", "region", "alarmArn") if at(event, key)}
        inside = [at(event, name) for name in _INSIDE] + [at(event, name) for name in _LISTS if items(at(event, name))]
        event = next((part for part in inside if part), None)
    return None


def parsed(value: Json) -> Json:
    """Return JSON that is perhaps still text; null for text that is none."""
    if not isinstance(value, str):
        return value
    try:
        found: Json = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found


def _name(told: Json) -> str | None:
    return text(at(told, "AlarmName")) or text(at(told, "alarmName"))


def _alarm(told: Json) -> Alarm:
    arn = _ARN.fullmatch(_first(told, "AlarmArn", "alarmArn") or "")
    trigger = at(told, "Trigger") or at(told, "configuration") or told
    parts = list(_parts(trigger))
    measured = [part for part in parts if part.metric]
    single = _single(trigger) or (measured[0] if len(parts) == 1 and measured else None)
    shown = single or (parts and _shown(trigger, parts)) or AlarmMetric(id="none")
    reason = _first(told, "NewStateReason", "StateReason") or text(at(_state(told), "reason"))
    changed = _first(told, "StateChangeTime", "StateTransitionedTimestamp", "StateUpdatedTimestamp")
    stamp = micros(changed or at(_state(told), "timestamp"))
    threshold = number(at(trigger, "Threshold"))
    return Alarm(
        name=_name(told),
        namespace=shown.namespace,
        metric=shown.metric or shown.label,
        stat=shown.stat,
        threshold=threshold if threshold is not None else number(at(reason_data(told), "threshold")),
        comparison=_first(trigger, "ComparisonOperator", "comparisonOperator") or _compared(reason),
        dimensions=shown.dimensions,
        service=service_of_dimensions(shown.dimensions),
        state=_first(told, "NewStateValue", "StateValue") or text(at(_state(told), "value")),
        reason=reason,
        timestamp=datetime.fromtimestamp(stamp / 1e6, UTC) if stamp is not None else None,
        account=arn[2] if arn else _first(told, "AWSAccountId", "account", "accountId"),
        region=arn[1] if arn else text(at(told, "region")),
        period_s=shown.period_s,
        unit=shown.unit,
        metrics=[] if single else parts,
        children=list(_triggering(told)),
    )


def _compared(reason: str | None) -> str | None:
    """Return how a reason in words says that values compare, for deliveries that do not name the operator."""
    found = re.search(r"(greater|less) than (or equal to )?the (upper |lower )?threshold", reason or "")
    return f"{found[1].title()}Than{'OrEqualTo' if found[2] else ''}Threshold" if found else None


def _first(told: Json, *names: str) -> str | None:
    return next((found for name in names if (found := text(at(told, name)))), None)


def _state(told: Json) -> Json:
    return at(told, "state")


def _triggering(told: Json) -> Iterator[str]:
    for child in items(at(reason_data(told), "triggeringAlarms")):
        arn = _ARN.fullmatch(text(at(child, "arn")) or "")
        if arn and text(at(child, "state", "value")) in (None, "ALARM"):
            yield arn[3]


def _single(trigger: Json) -> AlarmMetric | None:
    """Return the metric of an alarm on one, as DescribeAlarms and SNS write it."""
    name = text(at(trigger, "MetricName"))
    if not name:
        return None
    stat = text(at(trigger, "ExtendedStatistic")) or text(at(trigger, "Statistic"))
    return AlarmMetric(
        id="m1",
        namespace=text(at(trigger, "Namespace")),
        metric=name,
        dimensions=_dimensions(at(trigger, "Dimensions")),
        stat=_stat(stat),
        unit=text(at(trigger, "Unit")),
        period_s=whole(at(trigger, "Period")),
    )


def _parts(trigger: Json) -> Iterator[AlarmMetric]:
    for n, part in enumerate(items(at(trigger, "Metrics")) or items(at(trigger, "metrics"))):
        low = {key[:1].lower() + key[1:]: value for key, value in mapping(part).items()}
        stated = {key[:1].lower() + key[1:]: value for key, value in mapping(low.get("metricStat")).items()}
        metric = stated.get("metric")
        yield AlarmMetric(
            id=text(low.get("id")) or f"m{n}",
            expression=text(low.get("expression")),
            label=text(low.get("label")),
            namespace=text(at(metric, "Namespace")) or text(at(metric, "namespace")),
            metric=text(at(metric, "MetricName")) or text(at(metric, "metricName")) or text(at(metric, "name")),
            dimensions=_dimensions(at(metric, "Dimensions") or at(metric, "dimensions")),
            stat=_stat(text(stated.get("stat"))),
            unit=text(stated.get("unit")),
            period_s=whole(stated.get("period")) or whole(low.get("period")),
            account=text(low.get("accountId")),
        )


def _shown(trigger: Json, parts: list[AlarmMetric]) -> AlarmMetric:
    """Return what stands for an alarm on several metrics: what it returns, of the resource of its first metric."""
    listed = items(at(trigger, "Metrics")) or items(at(trigger, "metrics"))
    hidden = [False in (at(raw, "ReturnData"), at(raw, "returnData")) for raw in listed]
    returned = [part for part, hide in zip(parts, hidden, strict=True) if not hide]
    first = next((part for part in parts if part.metric), None)
    watched = next((p for p in returned if p.metric), None) or next(iter(returned), None) or parts[-1]
    if watched.metric or first is None:
        return watched
    told = {"label": watched.label or watched.id, "stat": "expression", "dimensions": first.dimensions}
    return watched.model_copy(update={**told, "period_s": watched.period_s or first.period_s})


def _dimensions(value: Json) -> dict[str, str]:
    """Return dimensions written as pairs of name and value, in any case, or as an object."""
    if isinstance(value, dict):
        return {key: held for key, given in value.items() if (held := text(given))}
    pairs = [{key.lower(): held for key, held in mapping(pair).items()} for pair in items(value)]
    return {name: held for p in pairs if (name := text(p.get("name"))) and (held := text(p.get("value")))}


def _stat(word: str | None) -> str | None:
    return (stat_named(word) or word) if word else None
