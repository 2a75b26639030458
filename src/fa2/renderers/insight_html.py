"""An insight as one HTML file that loads nothing: a plot for each series, with what is usual and what is not."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.insight import Insight, MeasuredSeries
from fa2.renderers.insight_outline import InsightWords
from fa2.renderers.insight_plot import series_plot
from fa2.renderers.markup import Html, element
from fa2.renderers.page_shell import document, script_of
from fa2.renderers.wording import one_line

_STYLES = ("page.css", "insight_page.css")
_SCRIPTS = ("theme.js",)


def render(insight: Insight) -> str:
    """Return the page. The same insight gives the same bytes."""
    words = InsightWords(insight)
    title = words("page_title", question=one_line(insight.question))
    return document(title, _body(words), language=insight.language, styles=_STYLES, scripts=_SCRIPTS)


def _body(words: InsightWords) -> Html:
    insight = words.insight
    main = element(
        "main",
        element("p", one_line(insight.question), class_="question"),
        element("h1", words.said(insight.headline)),
        element("p", words.window(), class_="quiet"),
        element("p", words.understood(), class_="quiet"),
        _legend(words) if insight.series else None,
        *(_series(words, series) for series in insight.series),
        *(element("p", note, class_="quiet") for note in words.notes()),
        _coverage(words),
        element("footer", words("footer", version=insight.version)),
        id="report",
    )
    skip = element("a", words("skip"), href="#report", class_="skip")
    return element("body", skip, _bar(words), main, script_of(_SCRIPTS), class_="insight")


def _bar(words: InsightWords) -> Html:
    theme = words("theme")
    button = element("button", "◐", type="button", class_="theme js", title=theme, aria_label=theme, hidden=True)
    return element("header", element("span", one_line(words.insight.question), class_="title"), button, class_="top")


def _legend(words: InsightWords) -> Html:
    band = element("span", element("span", class_="swatch band"), words("usual_band"))
    odd = element("span", element("span", class_="swatch odd"), words("unusual_mark"))
    return element("p", band, odd, class_="legend")


def _series(words: InsightWords, series: MeasuredSeries) -> Html:
    figures = [element("div", element("dt", label), element("dd", value)) for label, value in words.figures(series)]
    return element(
        "section",
        element("h2", f"{series.id} {words.title(series)}", element("small", words.identity(series))),
        element("figure", series_plot(series, words)),
        element("dl", *figures, class_="figures"),
        *_texts(words, series),
        element("p", words.why(series), class_="quiet"),
        *(element("pre", element("code", command)) for command in series.how_to_get),
        id=series.id,
    )


def _texts(words: InsightWords, series: MeasuredSeries) -> Iterator[Html]:
    yield from (element("p", sentence) for sentence in words.sentences(series))
    if series.by_hour:
        yield element("p", words("by_hour"), class_="quiet")
    if odd := words.unusual(series):
        yield element("ul", *(element("li", text) for text in odd), class_="odd-times")
    if nothing := words.nothing(series):
        yield element("p", nothing)


def _coverage(words: InsightWords) -> Html | None:
    gaps = [element("li", f"{reason} {f'→ {remedy}' if remedy else ''}".rstrip()) for reason, remedy in words.gaps()]
    if not gaps:
        return None
    return element("section", element("h2", words("heading.coverage")), element("ul", *gaps), id="coverage")
