"""An insight as Markdown: a table of figures, then each series with what is unusual and how to get it."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.insight import Insight, MeasuredSeries
from fa2.renderers.insight_outline import InsightWords
from fa2.renderers.markdown_text import code, fenced, plain, table
from fa2.renderers.sparklines import sparkline

_CELLS = 56


def render(insight: Insight) -> str:
    """Return the text; nothing in names or questions becomes a link, a heading or HTML."""
    words = InsightWords(insight)
    return "\n\n".join(block for block in _blocks(words) if block) + "\n"


def _blocks(words: InsightWords) -> Iterator[str]:
    insight = words.insight
    yield f"# {plain(insight.question)}"
    yield f"**{plain(words.said(insight.headline))}**"
    yield plain(words.window())
    yield plain(words.understood())
    if insight.series:
        yield _figures(words)
    for series in insight.series:
        yield from _series(words, series)
    yield from (plain(note) for note in words.notes())
    gaps = [f"- {plain(reason)}{f' → {plain(remedy)}' if remedy else ''}" for reason, remedy in words.gaps()]
    if gaps:
        yield f"## {plain(words('heading.coverage'))}"
        yield "\n".join(gaps)
    yield plain(words("footer", version=insight.version))


def _figures(words: InsightWords) -> str:
    labels = [label for label, _ in words.figures(words.insight.series[0])]
    rows = [
        [
            series.id,
            plain(words.title(series)),
            *(plain(value) for _, value in words.figures(series)),
            str(len(series.unusual)),
        ]
        for series in words.insight.series
    ]
    headings = ["", words("heading.metric"), *labels, words("unusual_mark")]
    return table(headings, rows, numeric=range(2, len(headings)))


def _series(words: InsightWords, series: MeasuredSeries) -> Iterator[str]:
    window = words.insight.window
    drawn = sparkline(
        series.times, series.values, (window.start, window.end), period_s=words.insight.period_s, cells=_CELLS
    )
    yield f"## {series.id} {plain(words.title(series))}"
    yield code(words.identity(series))
    yield fenced("".join(character for character, _ in drawn))
    odd = [f"▲ {text}" for text in words.unusual(series)]
    told = (*words.sentences(series), *odd, words.nothing(series), words.why(series))
    yield "\n".join(f"- {plain(text)}" for text in told if text)
    if series.how_to_get:
        yield fenced("\n".join(series.how_to_get), "sh")
