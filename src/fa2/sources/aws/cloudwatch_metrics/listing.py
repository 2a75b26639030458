"""Which metrics there are: ListMetrics, with all of its pages, and which of them have stopped reporting."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fa2.core.deadlines import Deadline
from fa2.sources.aws.answers import as_json, pages
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.json_values import Json, at, items, text
from fa2.sources.local.metric_services import service_of_dimensions

RECENT = timedelta(hours=3)
"""What the filter RecentlyActive=PT3H reaches back; ListMetrics itself reaches back two weeks."""
LISTED_FOR = timedelta(days=14)
_MOST_PAGES = 2000
"""A million metrics."""
_SHARE_OF_TIME = 0.4
"""How much of the time that is left listing may take; the rest is for the values."""


@dataclass(frozen=True, order=True)
class MetricId:
    """One metric: what its points are told apart by."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Sorted by name."""

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricId:
        """Return the metric with its dimensions in order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    @property
    def service(self) -> str | None:
        """The service that the dimensions name; null where they name none."""
        return service_of_dimensions(dict(self.dimensions))

    def __str__(self) -> str:
        return " ".join([self.namespace, self.name, *(f"{name}={value}" for name, value in self.dimensions)])


@dataclass(frozen=True)
class Part:
    """One listing: what ListMetrics is asked for."""

    request: Mapping[str, object]
    recent: bool = False
    """Whether only metrics of the last three hours were asked for."""

    def __str__(self) -> str:
        pairs = [f"{at(d, 'Name')}={at(d, 'Value')}" for d in items(as_json(self.request.get("Dimensions")))]
        named = [f"{key}={value}" for key, value in self.request.items() if key != "Dimensions"]
        return " ".join(["ListMetrics", *pairs, *named])


@dataclass
class Listing:
    """What was listed until now; several threads add to it."""

    metrics: dict[MetricId, None] = field(default_factory=dict)
    active: set[MetricId] = field(default_factory=set)
    """Those that reported in the last three hours, if that was asked."""
    unfinished: bool = False
    """Whether the time was over before all pages had come."""
    pages: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, found: Iterable[MetricId], *, part: Part) -> None:
        """Take in a page of a listing."""
        with self._lock:
            self.pages += 1
            for metric in found:
                self.metrics[metric] = None
                if part.recent:
                    self.active.add(metric)


def parts(namespaces: Iterable[str], *, near: Mapping[str, str], recent: bool) -> list[Part]:
    """Return the listings to ask for: what shares a dimension with the alarm first, then what is active, then all.

    near: the alarm's dimensions. recent: whether the window is so near that those active now are asked for by
    themselves; they are known sooner, and the others are those that have stopped.
    """
    of_alarm = [{"Dimensions": [{"Name": name, "Value": value}]} for name, value in sorted(near.items())]
    everything: list[dict[str, object]] = [{"Namespace": name} for name in namespaces] or [{}]
    now = [Part({**request, "RecentlyActive": "PT3H"}, recent=True) for request in everything if recent]
    return [*(Part(request) for request in of_alarm), *now, *(Part(request) for request in everything)]


def list_metrics(client: Any, asked: Iterable[Part], deadline: Deadline, *, into: Listing) -> Exception | None:
    """List the metrics of all parts, asked side by side; one call for each 500 metrics of a part.

    Ends early, and says so in the listing, when a good part of the deadline is used up. Returns the first error of the
    client when all parts have ended; what came beside it is in the listing.
    """
    until = deadline.remaining_s * (1 - _SHARE_OF_TIME)

    def run(part: Part) -> Exception | None:
        try:
            for page in pages(client, "list_metrics", at_most=_MOST_PAGES, holding="Metrics", **part.request):
                into.add(_metrics(page), part=part)
                if deadline.remaining_s < until and at(page, "NextToken"):
                    into.unfinished = True
                    break
        except Exception as error:  # the caller tells it; the other parts go on
            return error
        return None

    return next(iter([error for error in each(run, asked, at_most=4) if error is not None]), None)


def _metrics(page: Json) -> Iterable[MetricId]:
    for item in items(at(page, "Metrics")):
        namespace, name = text(at(item, "Namespace")), text(at(item, "MetricName"))
        dimensions = {
            key: value
            for pair in items(at(item, "Dimensions"))
            if (key := text(at(pair, "Name"))) and (value := text(at(pair, "Value")))
        }
        if namespace and name:
            yield MetricId.of(namespace, name, dimensions)
