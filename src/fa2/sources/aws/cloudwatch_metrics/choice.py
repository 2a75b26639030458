"""Which of the metrics that there are to ask for: those nearest to the alarm and the scope, the telling ones first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fa2.core.incident import Alarm, Incident
from fa2.core.metric_kinds import metric_kind
from fa2.sources.aws.cloudwatch_metrics.listing import Listing, MetricId
from fa2.sources.aws.cloudwatch_metrics.settings import CloudWatchMetricsSettings, WantedMetric
from fa2.sources.aws.cloudwatch_metrics.statistics import statistics_of

_WEIGHTS = {"errors": 1.0, "availability": 1.0, "latency": 0.9, "saturation": 0.8, "requests": 0.7, "other": 0.3}
_DETAIL = frozenset({"AvailabilityZone", "Availability Zone"})
"""Dimensions that only break down what other metrics tell."""
_QUIET = ("AWS/Usage", "AWS/Billing", "AWS/TrustedAdvisor", "AWS/Logs")
"""Namespaces about the account rather than the workload: last."""
_WORDS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, order=True)
class Asked:
    """One series to ask for."""

    metric: MetricId
    stat: str
    period_s: int | None = None
    """Null: that of all series."""

    def __str__(self) -> str:
        return f"{self.metric} {self.stat}"


@dataclass(frozen=True)
class Choice:
    """The series to ask for, the most relevant first, and what was passed over."""

    asked: tuple[Asked, ...]
    out_of_scope: int
    """Metrics of other services and namespaces than those asked for."""
    stopped: tuple[MetricId, ...]
    """Those of them that did not report in the last three hours, where that was asked."""


def choose(listing: Listing, incident: Incident, settings: CloudWatchMetricsSettings, *, recent: bool) -> Choice:
    """Return the series to ask for, best first; the alarm's own are not among them.

    recent: whether the listing knows what is active. Order: those that fa2.toml names; then by what a metric shares
    with the alarm (resource, service, namespace), by what it measures, and whether it stopped. Series of one name
    give way to other names, the more of them came before, so that a fleet of hosts does not push all others out.
    """
    listed = sorted(listing.metrics)
    within = [m for m in listed if _within(m, incident.scope.services, settings)]
    stopped = [m for m in within if recent and m not in listing.active]
    scores = {m: _relevance(m, incident.alarm, incident.scope.services) for m in within}
    for metric in stopped:
        scores[metric] += 0.5 if scores[metric] >= _NEAR else -0.5
    ordered = [a for wanted in settings.metrics for a in _wanted(wanted, listed)]
    ordered += [Asked(m, stat) for m in _spread(scores) for stat in statistics_of(m.namespace, m.name)]
    own = set(own_series(incident.alarm))
    return Choice(
        asked=tuple(a for a in dict.fromkeys(ordered) if a not in own),
        out_of_scope=len(listed) - len(within),
        stopped=tuple(stopped),
    )


def own_series(alarm: Alarm | None) -> Iterator[Asked]:
    """Yield the series that the alarm's own query asks for, without their periods."""
    if alarm and alarm.namespace and alarm.metric:
        yield Asked(MetricId.of(alarm.namespace, alarm.metric, alarm.dimensions), alarm.stat or "Average")
    for part in alarm.metrics if alarm else ():
        if part.namespace and part.metric:
            yield Asked(MetricId.of(part.namespace, part.metric, part.dimensions), part.stat or "Average")


def _wanted(wanted: WantedMetric, listed: Sequence[MetricId]) -> Iterator[Asked]:
    """Yield the series of an entry of fa2.toml: of all listed metrics that fit, or of the metric as it is written."""
    fitting = [
        m
        for m in listed
        if (m.namespace, m.name) == (wanted.namespace, wanted.name) and wanted.dimensions.items() <= set(m.dimensions)
    ]
    for metric in fitting or [MetricId.of(wanted.namespace, wanted.name, wanted.dimensions)]:
        for stat in wanted.stats or statistics_of(metric.namespace, metric.name):
            yield Asked(metric, stat)


def _within(metric: MetricId, services: Collection[str], settings: CloudWatchMetricsSettings) -> bool:
    if metric.namespace in settings.namespaces_not:
        return False
    if settings.namespaces and metric.namespace not in settings.namespaces:
        return False
    return not services or metric.service is None or _names_one(metric, services)


_NEAR = 3.0
"""The relevance from which on a metric is held to be of what the alarm watches."""


def _relevance(metric: MetricId, alarm: Alarm | None, services: Collection[str]) -> float:
    score = _WEIGHTS[metric_kind(metric.name)]
    score -= 0.4 * bool(_DETAIL & {name for name, _ in metric.dimensions})
    score -= 2.0 * (metric.namespace in _QUIET)
    if services and _names_one(metric, services):
        score += 3.0
    if alarm:
        score += 3.0 * any(pair in metric.dimensions for pair in alarm.dimensions.items())
        score += 3.0 * bool(alarm.service and _names_one(metric, [alarm.service]))
        score += 1.0 * (metric.namespace == alarm.namespace)
    return score


def _names_one(metric: MetricId, services: Iterable[str]) -> bool:
    values = [f" {_spaced(value)} " for _, value in metric.dimensions]
    return any(metric.service == s or any(f" {_spaced(s)} " in value for value in values) for s in services)


def _spaced(text: str) -> str:
    return " ".join(word for word in _WORDS.split(text.lower()) if word)


def _spread(scores: dict[MetricId, float]) -> list[MetricId]:
    seen: Counter[tuple[str, str]] = Counter()
    places: dict[MetricId, float] = {}
    for metric in sorted(scores, key=lambda m: (-scores[m], m)):
        kind = (metric.namespace, metric.name)
        places[metric] = scores[metric] - 0.1 * min(seen[kind], 20)
        seen[kind] += 1
    return sorted(places, key=lambda m: (-places[m], m))
