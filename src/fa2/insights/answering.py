"""From a question to its answer: which series, what they say, what is unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import fa2
from fa2.core.incident import Span
from fa2.core.insight import FEWEST, STEADY, Chooser, Chosen, Insight, MeasuredSeries, MetricStore, Points, SeriesName
from fa2.core.messages import Language, Value
from fa2.core.report import Said
from fa2.core.windows import TimeWindow
from fa2.insights.choosing import read_from
from fa2.insights.commands import aws_command
from fa2.insights.figures import figures_of, rhythm_of
from fa2.insights.unusual import unusual
from fa2.insights.usual import usual

MOST = 8
"""Series that an answer shows where nobody says otherwise."""
CANDIDATES = 100
"""Series whose points are looked at, to find the unusual among those that fit equally well."""
_SILENT = 10


@dataclass(frozen=True)
class Question:
    """What is asked, by whom, and over which time."""

    text: str
    window: TimeWindow
    """Ends when it is asked."""
    zone: tzinfo
    zone_name: str
    language: Language
    period_s: int
    most: int = MOST


def days_up_to(now: datetime, days: int) -> TimeWindow:
    """Return the window of so many days that ends now."""
    return TimeWindow(now - timedelta(days=days), now)


def default_period(days: int) -> int:
    """Return the seconds between points for so many days: an hour, and one more for each five days."""
    return 3600 + days // 5 * 3600


def answer(question: Question, store: MetricStore, choose: Chooser, *, place: str) -> Insight:
    """Return the answer. One listing, and the points of CANDIDATES series at most.

    place: the bundle, or the accounts and regions, as the user knows them.
    """
    listed = store.listed()
    fitting = list(choose(question.text, listed))
    looked = fitting[: max(CANDIDATES, question.most)]
    points = store.points([c.series for c in looked], question.window, question.period_s)
    measured = [(c, _measured(c, points[c.series], question)) for c in looked if c.series in points]
    shown = _shown([(c, m) for c, m in measured], question.most)
    return Insight(
        version=fa2.__version__,
        language=question.language,
        question=question.text,
        input=place,
        zone=question.zone_name,
        window=Span.of(question.window),
        period_s=question.period_s,
        headline=_headline(shown, looked, points),
        read=read_from(question.text),
        series=shown,
        listed=len(listed),
        fitting=len(fitting),
        silent=[str_of(c.series) for c in looked if c.series not in points][:_SILENT],
        coverage=list(store.coverage()),
    )


def str_of(series: SeriesName) -> str:
    """Return a series in one line: namespace, name, statistic and dimensions."""
    return " ".join([series.namespace, series.name, series.stat, *(f"{n}={v}" for n, v in series.dimensions)])


def _shown(measured: Sequence[tuple[Chosen, MeasuredSeries]], most: int) -> list[MeasuredSeries]:
    """Return what is shown: the most relevant, among equals the most unusual; those numbered in this order."""
    ordered = sorted(
        enumerate(measured),
        key=lambda item: (-item[1][0].relevance, -_interest(item[1][1]), item[0]),
    )
    first = [series for _, (_, series) in ordered[:most]]
    return [series.model_copy(update={"id": f"M{n}"}) for n, series in enumerate(first, 1)]


def _interest(series: MeasuredSeries) -> float:
    """Return how far a series went from its usual or its earlier self, in spreads."""
    return max(_size(series), abs(series.figures.moved) if abs(series.figures.moved) > STEADY else 0.0)


def _size(series: MeasuredSeries) -> float:
    return series.unusual[0].size if series.unusual else 0.0


def _measured(chosen: Chosen, points: Points, question: Question) -> MeasuredSeries:
    series, window, period = chosen.series, question.window, question.period_s
    normal = usual(points, series.stat, zone=question.zone, period_s=period)
    return MeasuredSeries(
        id="",
        namespace=series.namespace,
        name=series.name,
        dimensions=dict(series.dimensions),
        stat=series.stat,
        unit=points.unit,
        service=series.service,
        resource=series.resource,
        place=series.place,
        reasons=list(chosen.reasons),
        times=list(points.times),
        values=list(points.values),
        expected=list(normal.expected),
        spread=normal.spread,
        by_hour=normal.by_hour,
        figures=figures_of(points, window, normal),
        rhythm=rhythm_of(points, normal, question.zone),
        unusual=unusual(points, normal, window, period),
        query=_query(series, period),
        how_to_get=[*points.how_to_get, *_asked_of_aws(series, window, period)],
    )


def _asked_of_aws(series: SeriesName, window: TimeWindow, period_s: int) -> list[str]:
    """Return the command for a series that came from an account."""
    _, slash, region = series.place.partition("/")
    return [aws_command(series, window, period_s, region=region)] if slash else []


def _query(series: SeriesName, period_s: int) -> dict[str, Value | list[dict[str, str]]]:
    return {
        "Namespace": series.namespace,
        "MetricName": series.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        "Stat": series.stat,
        "Period": period_s,
    }


def _headline(shown: Sequence[MeasuredSeries], looked: Sequence[Chosen], points: Mapping[SeriesName, Points]) -> Said:
    if not looked:
        return Said(key="insight.headline.nothing_fits")
    if not shown:
        return Said(key="insight.headline.no_points", values={"n": len(looked)})
    odd = [series for series in shown if series.unusual]
    if not odd:
        return _moved(shown)
    lasting = next(_lasting(odd), None)
    first = lasting or max(odd, key=_size)
    key = "insight.headline.lasting" if lasting else "insight.headline.unusual"
    named = {"name": first.name, "stat": first.stat, "service": first.service or first.namespace}
    return Said(key=key, values={"n": len(odd), "total": len(shown), **named})


def _moved(shown: Sequence[MeasuredSeries]) -> Said:
    moved = [series for series in shown if abs(series.figures.moved) > STEADY]
    if not moved:
        told = any(series.figures.points >= FEWEST for series in shown)
        return Said(key=f"insight.headline.{'usual' if told else 'too_few'}", values={"n": len(shown)})
    first = max(moved, key=_interest)
    key = "insight.headline.rose" if first.figures.moved > 0 else "insight.headline.fell"
    named: dict[str, Value] = {"name": first.name, "stat": first.stat, "service": first.service or first.namespace}
    return Said(key=key, values={"n": len(moved), "total": len(shown), **named})


def _lasting(odd: Sequence[MeasuredSeries]) -> Iterator[MeasuredSeries]:
    for series in sorted(odd, key=_size, reverse=True):
        if any(stretch.lasts for stretch in series.unusual):
            yield series
