"""A metric fetched for a model: all its series, in window and baselines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_metrics.choice import Asked
from fa2.sources.aws.cloudwatch_metrics.listing import Listing, Part, list_metrics
from fa2.sources.aws.cloudwatch_metrics.ranges import on_periods, period_for, ranges
from fa2.sources.aws.cloudwatch_metrics.settings import MetricName, Namespace, Statistic
from fa2.sources.aws.cloudwatch_metrics.source import fetch, usd_of
from fa2.sources.aws.cloudwatch_metrics.values import queries_of
from fa2.sources.aws.further import Brought, CannotFetch, Kept, asked_anew, reserve

MOST_SERIES = 20
"""Series of a metric that are fetched in each account and region; those of the alarm's dimensions first."""
_CHECKS: tuple[tuple[str, TypeAdapter[str]], ...] = (
    ("namespace", TypeAdapter(Namespace)),
    ("name", TypeAdapter(MetricName)),
    ("stat", TypeAdapter(Statistic)),
)


def fetch_metric(asks: Sequence[Ask[Any]], wanted: tuple[str, str, str], now: datetime, deadline: Deadline) -> Brought:
    """Return the points of a metric's series, over window and baselines.

    asks: of CloudWatch metrics, planned before. wanted: namespace, name, statistic. now: tells what CloudWatch still
    keeps. What it costs is reserved from the budget first. Raises CannotFetch.
    """
    for (what, check), text in zip(_CHECKS, wanted, strict=True):
        try:
            check.validate_python(text)
        except ValidationError as error:
            raise CannotFetch("tools.refused.no_such_metric", what=what, text=text[:80]) from error
    kept = Kept()
    able = [asked_anew(ask, kept, deadline) for ask in asks if _allowed(ask, wanted[0])]
    if not able:
        raise CannotFetch("tools.refused.no_namespaces", namespace=wanted[0])
    series = sum(_ask(ask, wanted, now) for ask in able)
    return Brought(kept.rows, [entry for ask in able for entry in ask.coverage], series)


def _allowed(ask: Ask[Any], namespace: str) -> bool:
    settings = ask.settings
    return namespace not in settings.namespaces_not and (not settings.namespaces or namespace in settings.namespaces)


def _ask(ask: Ask[Any], wanted: tuple[str, str, str], now: datetime) -> int:
    """List the series of a metric and fetch the first of them; return how many there are."""
    namespace, name, stat = wanted
    listing = Listing()
    try:
        with ask.look(query=f"ListMetrics Namespace={namespace} MetricName={name}"):
            part = Part({"Namespace": namespace, "MetricName": name})
            if error := list_metrics(ask.client(), [part], ask.deadline, into=listing):
                raise error
        alarm = ask.incident.alarm
        near = set(alarm.dimensions.items()) if alarm else set()
        found = sorted(listing.metrics, key=lambda m: (-len(near & set(m.dimensions)), m))
        chosen = [Asked(metric, stat) for metric in found[:MOST_SERIES]]
        if chosen:
            _fetch(ask, chosen, now)
    except DeadlinePassed:
        pass  # told by the look
    return len(listing.metrics)


def _fetch(ask: Ask[Any], chosen: Sequence[Asked], now: datetime) -> None:
    asked = ranges([ask.incident.window.window, *ask.incident.baselines])
    period = period_for(asked, now)
    reserve(ask, usd=usd_of(ask, len(chosen) * len(asked)))
    for window in asked:
        if (whole := on_periods(window, period, now)) is not None:
            fetch(ask, queries_of(chosen, period), whole, period)
