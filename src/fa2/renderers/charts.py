"""SVG of measured series: metric plots, sparklines, score bars."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from fa2.core.incident import Span
from fa2.core.report import Chart, Report
from fa2.core.windows import iso
from fa2.renderers.markup import Html, element, join
from fa2.renderers.scales import TimeScale, ValueScale, short_number, thinned
from fa2.renderers.wording import Wording

WIDTH, HEIGHT = 360, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 352, 20, 146
_MOST_POINTS = 360


def metric_plot(chart: Chart, report: Report, wording: Wording) -> Html:
    """Return the plot of one series: window and baseline shaded, the normal range, the onset.

    Hovering needs page.js, which reads the points from data-points.
    """
    points = thinned(chart.times, chart.values, _MOST_POINTS)
    measured = [value for _, value in points if value is not None]
    normal = [v for v in (chart.normal_low, chart.normal_high) if v is not None]
    across = TimeScale(report.chart_range.start, report.chart_range.end, _LEFT, _RIGHT)
    up = ValueScale.around([*measured, *normal], _BOTTOM, _TOP)
    drawing = [
        _shades(across, report, wording),
        _normal_band(chart, up),
        value_axis(across, up),
        time_axis(across, _BOTTOM),
        *lines(points, across, up),
        _onset(chart, across, wording),
        element("line", class_="cursor", x1=0, x2=0, y1=_TOP, y2=_BOTTOM),
        element("circle", class_="cursor", r=3),
    ]
    return element(
        "svg",
        element("title", _summary(chart, measured, report, wording)),
        *drawing,
        class_="plot",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        data_points=_data(points, across, up, wording),
        data_left=_LEFT,
        data_right=_RIGHT,
    )


def _summary(chart: Chart, measured: Sequence[float], report: Report, wording: Wording) -> str:
    return wording(
        "text.chart_summary",
        title=chart.title.text,
        lowest=wording.number(min(measured, default=None)),
        highest=wording.number(max(measured, default=None)),
        start=wording.time(report.chart_range.start),
        end=wording.time(report.chart_range.end),
    )


def _data(
    points: Iterable[tuple[datetime, float | None]],
    across: TimeScale,
    up: ValueScale,
    wording: Wording,
) -> str:
    rows = [[round(across.at(t), 1), round(up.at(v), 1), iso(t), wording.number(v)] for t, v in points if v is not None]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _shades(across: TimeScale, report: Report, wording: Wording) -> Html:
    spans = [(span, "baseline") for span in report.baseline] + [(report.window, "window")]
    return join(_shade(across, span, name, wording) for span, name in spans)


def _shade(across: TimeScale, span: Span, name: str, wording: Wording) -> Html | None:
    if span.end <= across.start or span.start >= across.end:
        return None
    left, right = across.at(span.start), across.at(span.end)
    width = max(1.0, right - left)
    label = wording(f"legend.{name}")
    roomy = width > 8 * len(label.encode("utf-8")) * 0.72
    return join(
        (
            element("rect", class_=f"shade-{name}", x=left, y=_TOP, width=width, height=_BOTTOM - _TOP),
            element("rect", class_=f"cap-{name}", x=left, y=_TOP - 3, width=width, height=3),
            element("text", label, class_="caption", x=left + 2, y=_TOP - 6) if roomy else None,
        )
    )


def _normal_band(chart: Chart, up: ValueScale) -> Html | None:
    if chart.normal_low is None or chart.normal_high is None:
        return None
    top, bottom = up.at(chart.normal_high), up.at(chart.normal_low)
    size = {"x": _LEFT, "y": top, "width": _RIGHT - _LEFT, "height": max(1.5, bottom - top)}
    return element("rect", class_="normal", **size)


def value_axis(across: TimeScale, up: ValueScale) -> Html:
    """Return grid lines at round values, labelled on the left."""
    parts: list[Html] = []
    for value in up.ticks():
        y = up.at(value)
        parts.append(element("line", class_="grid", x1=across.left, x2=across.right, y1=y, y2=y))
        label = short_number(value)
        parts.append(element("text", label, class_="tick y", x=across.left - 5, y=y + 3.5))
    return join(parts)


def time_axis(across: TimeScale, bottom: float, most: int = 5) -> Html:
    """Return marks at round times, `most` at most, labelled beneath."""
    parts: list[Html] = []
    for moment, label in across.ticks(most):
        x = across.at(moment)
        parts.append(element("line", class_="mark", x1=x, x2=x, y1=bottom, y2=bottom + 4))
        if x < across.right - 6:
            parts.append(element("text", label, class_="tick x", x=x, y=bottom + 16))
    return join(parts)


def lines(points: Iterable[tuple[datetime, float | None]], across: TimeScale, up: ValueScale) -> list[Html]:
    """Return the points as lines that end where a value is missing; a lone point is a dot."""
    drawn: list[Html] = []
    for run in _runs(points):
        places = [f"{across.at(t):.1f} {up.at(v):.1f}" for t, v in run]
        if len(places) == 1:
            (t, v) = run[0]
            drawn.append(element("circle", class_="dot", cx=across.at(t), cy=up.at(v), r=1.6))
        else:
            drawn.append(element("path", class_="series", d="M" + "L".join(places)))
    return drawn


def _runs(points: Iterable[tuple[datetime, float | None]]) -> list[list[tuple[datetime, float]]]:
    runs: list[list[tuple[datetime, float]]] = [[]]
    for moment, value in points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((moment, value))
    return [run for run in runs if run]


def _onset(chart: Chart, across: TimeScale, wording: Wording) -> Html | None:
    if chart.onset is None or not across.start <= chart.onset <= across.end:
        return None
    x = across.at(chart.onset)
    early = x < (_LEFT + _RIGHT) / 2
    label = f"{wording('legend.onset')} {wording.clock(chart.onset)[:5]}"
    return join(
        (
            element("line", class_="onset", x1=x, x2=x, y1=_TOP, y2=_BOTTOM),
            element("path", class_="onset-head", d=f"M{x - 4:.1f} {_TOP}h8l-4 6z"),
            element(
                "text",
                label,
                class_="onset-label" if early else "onset-label end",
                x=x + 5 if early else x - 5,
                y=_TOP + 11,
            ),
        )
    )


def sparkline(histogram: Sequence[int], report: Report, wording: Wording) -> Html:
    """Return lines per interval over the chart range as bars, the window shaded."""
    width, height = 120, 26
    across = TimeScale(report.chart_range.start, report.chart_range.end, 0, width)
    left, right = across.at(report.window.start), across.at(report.window.end)
    bars = _fitted(histogram, 60)
    peak = max(bars, default=0)
    step = width / max(1, len(bars))
    path = "".join(
        f"M{n * step + step / 2:.1f} {height}V{height - max(1.5, (height - 2) * bar / peak):.1f}"
        for n, bar in enumerate(bars)
        if bar > 0
    )
    summary = wording("text.sparkline_summary", total=sum(histogram), peak=max(histogram, default=0))
    return element(
        "svg",
        element("title", summary),
        element("rect", class_="shade-window", x=left, y=0, width=right - left, height=height),
        element("line", class_="axis", x1=0, x2=width, y1=height - 0.5, y2=height - 0.5),
        element("path", class_="bars", d=path, stroke_width=max(1.0, step - 0.6)) if path else None,
        class_="spark",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
    )


def _fitted(histogram: Sequence[int], most: int) -> list[int]:
    if len(histogram) <= most:
        return list(histogram)
    return [sum(histogram[n * len(histogram) // most : (n + 1) * len(histogram) // most]) for n in range(most)]
