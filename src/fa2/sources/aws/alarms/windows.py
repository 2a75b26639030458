"""When it happened, from what an alarm says: the window of an alarm, and the normal times to compare it with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from fa2.core.incident import Alarm
from fa2.core.windows import TimeWindow
from fa2.sources.aws.alarms.events import alarm_in, alarm_of_event, reason_data
from fa2.sources.local.json_values import Json, at, items, micros, number, text, whole

_LEAST_LEAD = timedelta(minutes=5)
_MOST_LEAD = timedelta(hours=1)
_AFTER = timedelta(minutes=30)
"""How long after an alarm's last sign of life the window goes on, where nothing says that it recovered."""
_GAP = timedelta(minutes=10)
_DAY = timedelta(days=1)
_STAMPED = re.compile(r"(-?[\d.]+(?:E-?\d+)?) \((\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)\)")
"""A datapoint in a reason: its value, then day/month/year and time in UTC."""


class WindowRules(Protocol):
    """The section [windows] of fa2.toml."""

    @property
    def lead_min(self) -> int:
        """Minutes before the first breaching datapoint at which the window starts, at least."""
        ...

    @property
    def baseline_hours(self) -> float:
        """Hours of normal times before the window."""
        ...

    @property
    def max_hours(self) -> float:
        """The longest window that is taken from an alarm."""
        ...


@dataclass(frozen=True)
class Rules:
    """The rules where nobody states any."""

    lead_min: int = 10
    baseline_hours: float = 2.0
    max_hours: float = 12.0


@dataclass(frozen=True)
class Breach:
    """The datapoints that put an alarm into its state."""

    first: datetime
    """Start of the first breaching datapoint."""
    last: datetime
    """End of the last one."""
    period_s: int


def breach_of(data: Json, alarm: Alarm) -> Breach | None:
    """Return when the datapoints of a state's reason breached; null where it does not tell.

    data: StateReasonData, parsed. Datapoints with times of their own count (evaluatedDatapoints), otherwise the recent
    ones, a period apart from startDate on, otherwise those that the alarm's reason names in words. Where none breaches by the numbers (missing data that count as breaching,
    bands of anomaly detection), all that were looked at do.
    """
    period = whole(at(data, "period")) or alarm.period_s or 60
    points = list(_points(data, period)) or list(_told(alarm.reason or ""))
    if not points:
        return None
    threshold = number(at(data, "threshold"))
    limit = threshold if threshold is not None else alarm.threshold
    found = [time for time, value in points if _breaches(value, limit, alarm.comparison)] or [t for t, _ in points]
    return Breach(min(found), max(found) + timedelta(seconds=period), period)


def window_of_event(event: Json, *, now: datetime, rules: WindowRules | None = None) -> TimeWindow:
    """Return the window of an alarm that was delivered; shapes and errors as for `alarm_of_event`."""
    alarm = alarm_of_event(event)
    return window_of(breach_of(reason_data(alarm_in(event)), alarm), alarm, now=now, rules=rules)


def window_of(
    breach: Breach | None,
    alarm: Alarm,
    *,
    now: datetime,
    recovered: datetime | None = None,
    rules: WindowRules | None = None,
) -> TimeWindow:
    """Return the window of an alarm: a little before the first breaching datapoint until it recovered, or now.

    The lead is two periods, `lead_min` at least and an hour at most: what CloudWatch averages over a period may have
    begun early in it, and the cause comes before the effect. An alarm that lasts longer than `max_hours` is looked at
    from its beginning, where the cause is. recovered: when it was OK again; null where it is not known to be.
    """
    rules = rules or Rules()
    period = timedelta(seconds=breach.period_s if breach else alarm.period_s or 60)
    changed = alarm.timestamp or now
    first = breach.first if breach else changed - period
    least = max(_LEAST_LEAD, timedelta(minutes=rules.lead_min))
    start = first - min(max(2 * period, least), max(_MOST_LEAD, least))
    end = recovered + period if recovered else max(changed, breach.last if breach else changed) + _AFTER
    end = min(now, end, start + timedelta(hours=rules.max_hours))
    return TimeWindow(start, max(end, start + _LEAST_LEAD))


def baseline_before(window: TimeWindow, *, hours: float = Rules.baseline_hours) -> list[TimeWindow]:
    """Return normal times for a window: some hours shortly before it, and the same time of day a day earlier.

    The hours before know what the system is like now: its version, its load. The same time yesterday knows what the
    time of day brings, backups and rush hours, which the hours before do not. Ten minutes before the window are left
    out, since trouble often begins before anybody's threshold. At least as long as the window, six hours at most.
    """
    length = max(timedelta(hours=hours), min(window.duration, timedelta(hours=6)))
    before = TimeWindow(window.start - _GAP - length, window.start - _GAP)
    if window.duration >= _DAY - _GAP - length:
        return [before]
    return [TimeWindow(window.start - _DAY, window.end - _DAY), before]


def _points(data: Json, period_s: int) -> Iterator[tuple[datetime, float | None]]:
    """Yield (start, value) of the datapoints that were looked at; null where a datapoint was missing."""
    stamped = [(micros(at(p, "timestamp")), number(at(p, "value"))) for p in items(at(data, "evaluatedDatapoints"))]
    if stamped:
        yield from ((_moment(us), value) for us, value in stamped if us is not None)
        return
    start = micros(text(at(data, "startDate")))
    if start is not None:
        values: Sequence[Json] = items(at(data, "recentDatapoints"))
        for n, value in enumerate(values or [None]):
            yield _moment(start + n * period_s * 1_000_000), number(value)


def _told(reason: str) -> Iterator[tuple[datetime, float | None]]:
    for value, *when in _STAMPED.findall(reason):
        day, month, year, hour, minute, second = map(int, when)
        try:
            yield datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC), float(value)
        except ValueError:
            continue


def _breaches(value: float | None, threshold: float | None, comparison: str | None) -> bool:
    if value is None or threshold is None:
        return False
    match comparison:
        case "GreaterThanThreshold":
            return value > threshold
        case "LessThanThreshold":
            return value < threshold
        case "LessThanOrEqualToThreshold":
            return value <= threshold
        case "GreaterThanOrEqualToThreshold" | None:
            return value >= threshold
        case _:
            return False


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)
