"""The timeline as SVG: one lane for each kind of event, the window shaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fa2.core.report import Report
from fa2.renderers.markup import Html, element, join
from fa2.renderers.outline import Dated
from fa2.renderers.scales import TimeScale, padded
from fa2.renderers.wording import Wording

KINDS = ("alarm", "change", "finding", "metric", "log", "trace")
SYMBOLS = {"alarm": "▲", "change": "◆", "finding": "■", "metric": "●", "log": "●", "trace": "●"}
_WIDTH, _LEFT, _RIGHT, _LANE, _TOP = 1080, 92, 1072, 20, 20


def timeline_strip(events: Sequence[Dated], report: Report, wording: Wording) -> Html:
    """Return the strip; each mark carries the number of its event in the list below it."""
    start, end = _range(events, report)
    across = TimeScale(start, end, _LEFT, _RIGHT)
    lanes = [kind for kind in KINDS if any(event.entry.kind == kind for event in events)]
    bottom = _TOP + _LANE * len(lanes)
    summary = wording("text.timeline_summary", n=len(events), start=wording.time(start), end=wording.time(end))
    return element(
        "svg",
        element("title", summary),
        _window(across, report, wording, bottom),
        _lanes(lanes, wording),
        _axis(across, bottom),
        *(_mark(event, n, across, lanes) for n, event in enumerate(events, 1)),
        class_="strip",
        viewBox=f"0 0 {_WIDTH} {bottom + 20}",
        role="img",
    )


def _range(events: Sequence[Dated], report: Report) -> tuple[datetime, datetime]:
    """Return the window with some room, and events up to one window's length around it."""
    length = report.window.end - report.window.start
    near = [
        event.entry.time
        for event in events
        if report.window.start - length <= event.entry.time <= report.window.end + length
    ]
    times = [*near, report.window.start, report.window.end]
    return padded(min(times), max(times), 0.04)


def _window(across: TimeScale, report: Report, wording: Wording, bottom: float) -> Html:
    left, right = across.at(report.window.start), across.at(report.window.end)
    return join(
        (
            element(
                "rect",
                class_="shade-window",
                x=left,
                y=_TOP,
                width=right - left,
                height=bottom - _TOP,
            ),
            element("rect", class_="cap-window", x=left, y=_TOP - 3, width=right - left, height=3),
            element("text", wording("legend.window"), class_="caption", x=left + 2, y=_TOP - 7),
        )
    )


def _lanes(lanes: Sequence[str], wording: Wording) -> Html:
    parts: list[Html] = []
    for n, kind in enumerate(lanes):
        y = _TOP + n * _LANE + _LANE / 2
        parts.append(element("line", class_="grid", x1=_LEFT, x2=_RIGHT, y1=y, y2=y))
        label = wording.word("kind", kind)
        parts.append(element("text", label, class_="tick y", x=_LEFT - 10, y=y + 4))
    return join(parts)


def _axis(across: TimeScale, bottom: float) -> Html:
    parts: list[Html] = []
    for moment, label in across.ticks(8):
        x = across.at(moment)
        parts.append(element("line", class_="mark", x1=x, x2=x, y1=bottom, y2=bottom + 4))
        parts.append(element("text", label, class_="tick x", x=x, y=bottom + 16))
    return join(parts)


def _mark(event: Dated, number: int, across: TimeScale, lanes: Sequence[str]) -> Html:
    kind = event.entry.kind
    x, y = across.at(event.entry.time), _TOP + lanes.index(kind) * _LANE + _LANE / 2
    early = event.entry.time < across.start
    shape = f"M{x + 4:.1f} {y - 5:.1f}l-7 5l7 5z" if early else _shape(SYMBOLS[kind], x, y)
    title = element("title", f"{number}. {event.text}")
    drawing = element("path", title, class_=f"event {kind}", d=shape)
    return element("a", drawing, href=f"#t-{number}", tabindex="-1")


def _shape(symbol: str, x: float, y: float) -> str:
    match symbol:
        case "▲":
            return f"M{x:.1f} {y - 6:.1f}l6 11h-12z"
        case "◆":
            return f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"
        case "■":
            return f"M{x - 5:.1f} {y - 5:.1f}h10v10h-10z"
        case _:
            return f"M{x - 4.5:.1f} {y:.1f}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z"
