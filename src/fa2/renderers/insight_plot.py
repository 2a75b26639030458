"""SVG of a series over days: its line, what is usual as a band, the unusual shaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fa2.core.insight import MeasuredSeries
from fa2.renderers.charts import lines, time_axis, value_axis
from fa2.renderers.insight_outline import InsightWords
from fa2.renderers.markup import Html, element, join
from fa2.renderers.scales import TimeScale, ValueScale

WIDTH, HEIGHT = 860, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 852, 10, 166
_BAND = 3.0
"""Spreads that the band is wide on either side."""


def series_plot(series: MeasuredSeries, words: InsightWords) -> Html:
    """Return the plot; times in the asker's zone. Points and unusual times have titles that show on hovering."""
    window = words.insight.window
    across = TimeScale(window.start, window.end, _LEFT, _RIGHT, words.zone)
    up = ValueScale.around([*series.values, *_edges(series)], _BOTTOM, _TOP)
    return element(
        "svg",
        element("title", words.title(series)),
        *_shades(series, words, across),
        _band(series, across, up),
        value_axis(across, up),
        time_axis(across, _BOTTOM, 8),
        *lines(_with_gaps(series, words.insight.period_s), across, up),
        *_marks(series, words, across, up),
        class_="plot",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
    )


def _edges(series: MeasuredSeries) -> list[float]:
    """Return the ends of the band, but not below zero where no point is."""
    wide = _BAND * series.spread
    ends = [edge for e in series.expected for edge in (e - wide, e + wide)]
    return [max(0.0, edge) for edge in ends] if min(series.values) >= 0 else ends


def _band(series: MeasuredSeries, across: TimeScale, up: ValueScale) -> Html:
    low, high = _edges(series)[::2], _edges(series)[1::2]
    upper = [f"{across.at(t):.1f} {up.at(v):.1f}" for t, v in zip(series.times, high, strict=True)]
    lower = [f"{across.at(t):.1f} {up.at(v):.1f}" for t, v in zip(series.times, low, strict=True)]
    return element("path", class_="normal", d="M" + "L".join([*upper, *reversed(lower)]) + "Z")


def _shades(series: MeasuredSeries, words: InsightWords, across: TimeScale) -> Iterator[Html]:
    for stretch in series.unusual:
        left, right = across.at(stretch.start), across.at(stretch.end)
        title = element("title", words.stretch(stretch, series))
        size = {"x": left, "y": _TOP, "width": max(2.0, right - left), "height": _BOTTOM - _TOP}
        yield element("rect", title, class_="shade-window", **size)


def _marks(series: MeasuredSeries, words: InsightWords, across: TimeScale, up: ValueScale) -> Iterator[Html]:
    for moment, value in zip(series.times, series.values, strict=True):
        odd = any(s.start <= moment < s.end for s in series.unusual)
        title = element("title", join([words.moment(moment), " ", words.number(value, series)]))
        yield element(
            "circle", title, class_="dot odd" if odd else "dot point", cx=across.at(moment), cy=up.at(value), r=3
        )


def _with_gaps(series: MeasuredSeries, period_s: int) -> Iterator[tuple[datetime, float | None]]:
    """Yield the points, and nothing where more than two periods lie between two."""
    before: datetime | None = None
    for moment, value in zip(series.times, series.values, strict=True):
        if before and moment - before > timedelta(seconds=2 * period_s):
            yield before, None
        yield moment, value
        before = moment
