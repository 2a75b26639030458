"""Excess: how much of what users lost at the entry began at each service, from request metrics alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.metric_kinds import MetricKind, metric_kind
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import optional_time

_MAX_REPORTED = 6
_RARE = 0.985
"""A window's own excess must be above this share of equally long stretches of the baseline."""
_FAR = 4.0
"""Robust deviations that are telling even when the entry itself is hardly worse than usual."""
_WORSE = 0.6
"""The entry is worse than usual when its excess is above this share of the baseline's stretches."""

_SECONDS = """CASE WHEN lower(m.unit) IN ('milliseconds', 'ms') OR m.unit IS NULL AND m.name ILIKE '%\\_ms' ESCAPE '\\' THEN 1e-3
            WHEN lower(m.unit) IN ('microseconds', 'us') THEN 1e-6 ELSE 1 END"""
"""SQL for the seconds in a metric's unit; without a unit, its name may say it."""

Series = dict[int, float]
"""Values by microseconds since 1970."""


@dataclass(frozen=True)
class Signal:
    """One request metric of all services, and how it turns into a loss."""

    name: str
    stat: str
    requests: str
    """The metric that counts requests."""
    kind: MetricKind
    """latency or availability."""

    @property
    def loss(self) -> str:
        """SQL for what was lost at one point, in seconds or requests: m holds the value, n the usual one, r the requests."""
        if self.kind == "latency":
            return f"r.value * (m.value - n.usual) * {_SECONDS}"
        return "r.value * (n.usual - m.value) / greatest(n.usual, 1)"

    @property
    def parameters(self) -> dict[str, str | int | float | bool | None]:
        """The names as query parameters."""
        return {"name": self.name, "stat": self.stat, "requests": self.requests}


@dataclass(frozen=True)
class OwnExcess:
    """What a service added itself to the loss at the entry."""

    service: str
    total: float
    rank: float
    """Share of equally long baseline stretches with less."""
    far: float
    """Robust deviations from the median stretch."""
    spread: float
    """Size of one such deviation."""


def request_excess(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield services whose own excess explains the loss at the entry, the largest share first.

    Excess is requests times the deviation from the normal median; own excess leaves out that of the
    callees. A callee that the baseline never saw is something its caller newly did and is not taken off.
    A service counts when its own excess is rare in the baseline and the entry lost something too.
    Needs the edges table and the alarm's service, or an entry that nobody calls.
    """
    if not (telemetry.has("metrics") and telemetry.has("edges") and telemetry.baselines):
        return
    callees = _callees(telemetry)
    for signal in _signals(telemetry):
        inside, normal = _losses(telemetry, signal)
        target = _target(telemetry, signal, inside, callees)
        if target is not None:
            yield from _explain(telemetry, signal, target, inside, normal, callees)


def _callees(telemetry: Telemetry) -> dict[str, list[str]]:
    callees: dict[str, list[str]] = defaultdict(list)
    for caller, callee in telemetry.rows("SELECT DISTINCT caller, callee FROM edges ORDER BY ALL"):
        if caller != callee:
            callees[caller].append(callee)
    return dict(callees)


def _signals(telemetry: Telemetry) -> list[Signal]:
    """Return the signals to look at: the alarm's, where it is one, otherwise all that there are."""
    named = telemetry.rows(
        "SELECT name, stat, count(DISTINCT service) AS n FROM metrics GROUP BY ALL HAVING n > 1 ORDER BY n DESC, name, stat"
    )
    counts = [name for name, stat, _ in named if metric_kind(name) == "requests" and stat == "Sum"]
    if not counts:
        return []
    found = [
        Signal(name, stat, counts[0], metric_kind(name))
        for name, stat, _ in named
        if metric_kind(name) in ("latency", "availability") and stat == "Average"
    ]
    alarm = telemetry.incident.alarm
    watched = [s for s in found if alarm and s.name == alarm.metric]
    return watched or found


def _normal_sql(telemetry: Telemetry) -> str:
    return (
        "SELECT service, median(value) AS usual FROM metrics "
        f"WHERE name = $name AND stat = $stat AND isfinite(value) AND {telemetry.in_baseline()} GROUP BY service"
    )


def _lost_sql(telemetry: Telemetry, signal: Signal, within: str) -> str:
    """Return SQL for the loss of each service at each point: service, timestamp, value, usual, requests, lost.

    A service with several series of one metric, by dimension say, counts with their mean and all requests.
    """
    return f"""SELECT m.service, m.timestamp, m.value, n.usual, r.value AS requests,
            {signal.loss} AS lost
        FROM (SELECT service, timestamp, name, avg(value) AS value, min(unit) AS unit FROM metrics
            WHERE name = $name AND stat = $stat AND isfinite(value) AND {within} GROUP BY ALL) AS m
        JOIN ({_normal_sql(telemetry)}) AS n ON n.service = m.service
        JOIN (SELECT service, timestamp, sum(value) AS value FROM metrics
            WHERE name = $requests AND stat = 'Sum' AND isfinite(value) AND {within} GROUP BY ALL) AS r
            ON r.service = m.service AND r.timestamp = m.timestamp"""


def _losses(telemetry: Telemetry, signal: Signal) -> tuple[dict[str, Series], dict[str, Series]]:
    """Return the losses by service and time, in the window and in the baseline."""
    inside: dict[str, Series] = defaultdict(dict)
    normal: dict[str, Series] = defaultdict(dict)
    within = f"({telemetry.in_window()} OR {telemetry.in_baseline()})"
    sql = f"""SELECT service, epoch_us(timestamp), lost, {telemetry.in_window()} FROM (
        {_lost_sql(telemetry, signal, within)}) ORDER BY ALL"""
    for service, at, lost, now in telemetry.rows(sql, signal.parameters):
        (inside if now else normal)[service][at] = lost
    return dict(inside), dict(normal)


def _target(
    telemetry: Telemetry, signal: Signal, inside: dict[str, Series], callees: dict[str, list[str]]
) -> str | None:
    alarm = telemetry.incident.alarm
    if alarm and alarm.service in inside:
        return alarm.service
    called = {callee for group in callees.values() for callee in group}
    entries = [s for s in inside if s not in called and s in callees]
    return max(sorted(entries), key=lambda s: sum(inside[s].values()), default=None)


def _explain(
    telemetry: Telemetry,
    signal: Signal,
    target: str,
    inside: dict[str, Series],
    normal: dict[str, Series],
    callees: dict[str, list[str]],
) -> Iterable[Observation]:
    points = max((len(series) for series in inside.values()), default=0)
    entry = _excess(target, inside[target], normal.get(target, {}), points)
    reach = _reachable(target, callees)
    owns = [
        _excess(s, _own(s, inside, callees), _own(s, normal, callees), points) for s in sorted(inside) if s in reach
    ]
    owns.sort(key=lambda own: (-own.total, own.service))
    largest = max([entry.total, *(own.total for own in owns)], default=0.0)
    for own in owns[:_MAX_REPORTED]:
        certainty = _certainty(own, entry, largest)
        if certainty >= 0.05:
            yield _observation(telemetry, signal, target, own.service, certainty)


def _certainty(own: OwnExcess, entry: OwnExcess, largest: float) -> float:
    if own.total <= 0 or own.rank < _RARE:
        return 0.0
    share = own.total / largest
    if entry.total > 0 and (entry.rank >= _WORSE or own.far >= _FAR):
        return share if own.total >= 0.25 * entry.total else 0.5 * share
    return 0.3 * share if own.far >= _FAR and own.total >= entry.spread else 0.0


def _own(service: str, losses: dict[str, Series], callees: dict[str, list[str]]) -> Series:
    own = dict(losses.get(service, {}))
    for callee in callees.get(service, ()):
        for at, lost in losses.get(callee, {}).items():
            if at in own:
                own[at] -= max(lost, 0.0)
    return own


def _excess(service: str, inside: Series, normal: Series, points: int) -> OwnExcess:
    total = sum(inside.values())
    stretches = _stretches([normal[at] for at in sorted(normal)], points)
    if not stretches:
        return OwnExcess(service, total, 0.0, 0.0, abs(total))
    middle = median(stretches)
    spread = max(1.4826 * median(abs(s - middle) for s in stretches), (_quantile(stretches, 0.99) - middle) / 2.33)
    scale = max(spread, 0.02 * abs(total), 1e-9)
    rank = sum(s < total for s in stretches) / len(stretches)
    return OwnExcess(service, total, rank, (total - middle) / scale, scale)


def _stretches(values: Sequence[float], points: int) -> list[float]:
    """Return the sums over all runs of `points` values; scaled ones when there are too few values."""
    if not values or not points:
        return []
    if len(values) < points:
        return [value * points for value in values]
    sums = [sum(values[:points])]
    for i in range(points, len(values)):
        sums.append(sums[-1] + values[i] - values[i - points])
    return sums


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def _reachable(start: str, callees: dict[str, list[str]]) -> set[str]:
    seen, frontier = {start}, [start]
    while frontier:
        for callee in callees.get(frontier.pop(), ()):
            if callee not in seen:
                seen.add(callee)
                frontier.append(callee)
    return seen


def _observation(telemetry: Telemetry, signal: Signal, target: str, service: str, certainty: float) -> Observation:
    asked = telemetry.ask(
        Query(
            "metrics",
            f"""WITH lost AS ({_lost_sql(telemetry, signal, telemetry.in_window())}),
            beneath AS (
                SELECT timestamp, sum(greatest(lost, 0)) AS lost FROM lost WHERE service IN (
                    SELECT callee FROM edges WHERE caller = $service AND callee <> $service) GROUP BY timestamp),
            mine AS (
                SELECT l.*, l.lost - coalesce(b.lost, 0) AS own FROM lost AS l LEFT JOIN beneath AS b USING (timestamp)
                WHERE service = $service)
            SELECT median(value) AS value, any_value(usual) AS usual, sum(requests) AS requests, sum(own) AS own_excess,
                (SELECT sum(lost) FROM lost WHERE service = $target) AS entry_excess,
                min(timestamp) FILTER (own >= (SELECT max(own) / 4 FROM mine)) AS onset
            FROM mine""",
            {**signal.parameters, "service": service, "target": target},
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    return Observation(
        kind="request_excess",
        statement=Statement(
            f"observations.request_excess.{signal.kind}",
            {"service": service, "target": target, "metric": signal.name, **values},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in values},
        service=service,
        strength=certainty,
        onset=optional_time(values["onset"]),
        mechanisms={"dependency_slow": 0.3} if signal.kind == "latency" else {"code_error": 0.2},
    )
