"""Insights: a question on how a workload does, answered by measured metrics. One structure, rendered in any language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fa2.core.coverage import CoverageEntry
from fa2.core.incident import Model, Span, UtcTime
from fa2.core.messages import Language, Value
from fa2.core.report import Said
from fa2.core.windows import TimeWindow

FEWEST = 12
"""Points of a series below which nothing can be called usual or unusual."""
STEADY = 1.5
"""Spreads by which a median may move without having changed."""


@dataclass(frozen=True, order=True)
class SeriesName:
    """What a series of points is told apart by."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""
    stat: str
    service: str | None = None
    resource: str | None = None
    place: str = ""
    """Account and region as ACCOUNT/REGION, or the bundle."""

    def __hash__(self) -> int:
        return hash((self.namespace, self.name, self.dimensions, self.stat, self.service, self.resource, self.place))


@dataclass(frozen=True)
class Points:
    """The points of a series, in the order of time."""

    times: tuple[datetime, ...]
    """Starts of periods, aware."""
    values: tuple[float, ...]
    unit: str | None = None
    how_to_get: tuple[str, ...] = ()
    """Commands that give the same points."""


class MetricStore(Protocol):
    """Where metrics are asked for: an account, or a bundle."""

    def listed(self) -> Sequence[SeriesName]:
        """Return the series that there are, each with the statistic that says most of it; several where two do."""
        ...

    def points(self, asked: Sequence[SeriesName], window: TimeWindow, period_s: int) -> Mapping[SeriesName, Points]:
        """Return the points of series over a window; those without any are left out."""
        ...

    def coverage(self) -> Sequence[CoverageEntry]:
        """Return what was asked until now, and what is missing."""
        ...


@dataclass(frozen=True)
class Chosen:
    """A series that is thought to answer a question."""

    series: SeriesName
    relevance: float
    reasons: tuple[Said, ...]


class Chooser(Protocol):
    """Says which series answer a question. Ours goes by rules; a model may stand in its place."""

    def __call__(self, question: str, listed: Sequence[SeriesName], /) -> Sequence[Chosen]:
        """Return the series to look at, most relevant first; all of them are among those listed."""
        ...


class Figures(Model):
    """What the points of a series come to."""

    points: int
    latest: float
    latest_at: UtcTime
    lowest: float
    average: float
    p95: float
    """The 95th percentile of the points."""
    highest: float
    recent: float
    """Median of the last part."""
    earlier: float | None
    """Median before it; null where there are too few points."""
    recent_s: float
    """Length of the last part in seconds."""
    change: float | None
    """By which share the median moved; null where it was zero."""
    moved: float
    """By how many of its spreads the median moved, signed; 0 where there is nothing to compare with."""


class Stretch(Model):
    """A time in which a series did something unusual."""

    start: UtcTime
    end: UtcTime
    kind: Literal["high", "low", "missing"]
    value: float | None
    """The point that lies furthest out; null where points are missing."""
    expected: float | None
    size: float
    """By how many spreads; of missing points, how many."""
    lasts: bool
    """Whether it goes on at the end of the window."""


class MeasuredSeries(Model):
    """One series with what it says."""

    id: str
    namespace: str
    name: str
    dimensions: dict[str, str]
    stat: str
    unit: str | None
    service: str | None
    resource: str | None
    place: str
    reasons: list[Said]
    """Why it was chosen."""
    times: list[UtcTime]
    values: list[float]
    expected: list[float]
    """For each point, what is usual: by the hour of the day where there are days enough."""
    spread: float
    """How far points usually lie from that."""
    by_hour: bool
    """Whether the expected values go by the hour of the day."""
    figures: Figures
    rhythm: list[Said]
    """What it does every day or week."""
    unusual: list[Stretch]
    """Most unusual first."""
    query: dict[str, Value | list[dict[str, str]]]
    """Namespace, MetricName, Dimensions, Stat, Period: what get-metric-data was asked, or would be."""
    how_to_get: list[str]


class Insight(Model):
    """The answer to a question on metrics."""

    format: Literal["fa2.insight/1"] = "fa2.insight/1"
    version: str
    language: Language
    question: str
    input: str
    """The bundle, or the accounts and regions."""
    zone: str
    """The asker's time zone, by its name in the time zone database."""
    window: Span
    """Ends when it was asked; of a bundle, with its last point."""
    period_s: int
    headline: Said
    read: list[Said]
    """What was taken from the question."""
    series: list[MeasuredSeries]
    """Most relevant first; among equals the most unusual."""
    listed: int
    """How many series there are to choose from."""
    fitting: int
    """How many of them fit the question."""
    silent: list[str]
    """Series that fit and have no points in the window."""
    coverage: list[CoverageEntry]
