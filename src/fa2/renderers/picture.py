"""The failing path as a picture: SVG that stands alone, and PNG drawn from it without browser or network."""

from __future__ import annotations

from itertools import pairwise

from fa2.core.report import Report
from fa2.fonts import FAMILY, font_files
from fa2.renderers.diagram import failing_path
from fa2.renderers.markup import Html, element
from fa2.renderers.service_map import service_map
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import Wording, one_line, with_texts

_MARGIN, _TITLE, _LINE = 16, 15, 22
_LEAST_WIDTH = 360.0
_STYLE = f"""
text {{ font-family: "{FAMILY}", "Hiragino Sans", "Noto Sans", sans-serif; fill: #1a1d21; }}
.title {{ font-size: {_TITLE}px; font-weight: 700; }}
.quiet {{ font-size: 12px; fill: #545b65; }}
.map text {{ text-anchor: middle; font-size: 12px; }}
.map .note {{ font-size: 11px; font-weight: 700; }}
.node rect {{ fill: #ffffff; stroke: #8b929c; stroke-width: 1; }}
.node.normal text {{ fill: #545b65; }}
.node.suspect rect {{ fill: #fdeceb; stroke: #b3231b; stroke-width: 2.5; }}
.node.suspect text {{ fill: #7a1710; font-weight: 700; }}
.node.affected rect {{ fill: #fff4df; stroke: #7d4c00; stroke-width: 1.5; }}
.node.affected .note {{ fill: #7d4c00; }}
.node.unknown rect {{ stroke-dasharray: 4 3; }}
.node.unknown .note {{ fill: #545b65; }}
.edge {{ fill: none; stroke: #8b929c; stroke-width: 1; }}
.edge.failing {{ stroke: #b3231b; stroke-width: 2.5; }}
.head {{ fill: #8b929c; }}
.head-failing {{ fill: #b3231b; }}
"""


def svg(report: Report) -> str:
    """Return the diagram as a standalone SVG on white, in the report's language, with a heading above it."""
    report = with_texts(report)
    wording = Wording(report.language)
    diagram = failing_path(report)
    drawing = service_map(diagram.graph, wording, {}, diagram.notes)
    width = max(_LEAST_WIDTH, drawing.width + 2 * _MARGIN)
    title = _wrapped(report.headline.text or report.title, width - 2 * _MARGIN)
    top = _MARGIN + len(title) * _LINE + 8
    below = _below(diagram.graph.hidden, bool(diagram.graph.nodes), wording)
    height = top + drawing.height + (_LINE if below else 0) + _MARGIN
    picture = element(
        "svg",
        element("title", one_line(report.headline.text or report.title)),
        element("style", Html(_STYLE)),
        element("rect", width=width, height=height, style="fill: #ffffff"),
        *(element("text", t, class_="title", x=_MARGIN, y=_MARGIN + 14 + n * _LINE) for n, t in enumerate(title)),
        element("g", drawing.svg, transform=f"translate({(width - drawing.width) / 2:.1f} {top})"),
        element("text", below, class_="quiet", x=_MARGIN, y=height - _MARGIN + 2) if below else None,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
    )
    return f"{picture}\n"


def png(report: Report, zoom: float = 2.0) -> bytes:
    """Return the diagram as PNG, `zoom` times the size of the SVG.

    Drawn by resvg with the font that fa2 brings; the system's fonts serve what that lacks. Takes some tenths of a second.
    """
    from resvg_py import svg_to_bytes

    fonts = [str(path) for path in font_files()]
    return bytes(svg_to_bytes(svg_string=svg(report), zoom=zoom, font_files=fonts, sans_serif_family=FAMILY))


def _below(hidden: int, known: bool, wording: Wording) -> str:
    if not known:
        return wording("text.no_map")
    return wording("text.not_drawn", n=hidden) if hidden else ""


def _wrapped(text: str, width: float) -> list[str]:
    """Return a heading in lines of `width`; at most four, … where it goes on."""
    line = one_line(text)
    places = [0, *breaks(line, int(width / (0.56 * _TITLE))), len(line)]
    lines = [line[a:b].strip() for a, b in pairwise(places) if line[a:b].strip()]
    return lines if len(lines) <= 4 else [*lines[:3], lines[3][:-1] + "…"]
