"""An insight for the terminal: a line of blocks for each series, its figures and what is unusual, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from rich.cells import cell_len

from fa2.core.insight import Insight, MeasuredSeries
from fa2.renderers.insight_outline import InsightWords
from fa2.renderers.scales import TimeScale
from fa2.renderers.sparklines import sparkline
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import one_line, visible

_BOLD, _QUIET, _BAD, _LINE = "1", "2", "31", "36"
_UNCUT = 100
"""Columns where nobody says how many there are."""
_MOST_CELLS = 96


def render(insight: Insight, width: int | None = None, color: bool = False) -> str:
    """Return the text, wrapped to `width` columns; commands are never wrapped, so that they can be copied."""
    return "\n".join(line.rstrip() for line in _Page(insight, width or _UNCUT, color).lines()) + "\n"


class _Page:
    def __init__(self, insight: Insight, width: int, color: bool) -> None:
        self.insight = insight
        self.words = InsightWords(insight)
        self.width = width
        self.color = color

    def lines(self) -> Iterator[str]:
        """Yield what is printed."""
        words = self.words
        yield from self._wrapped(one_line(self.insight.question), style=_QUIET)
        yield from self._wrapped(words.said(self.insight.headline), style=_BOLD)
        yield from self._wrapped(words.window(), style=_QUIET)
        yield from self._wrapped(words.understood(), style=_QUIET)
        for series in self.insight.series:
            yield ""
            yield from self._series(series)
        yield from self._rest()

    def _series(self, series: MeasuredSeries) -> Iterator[str]:
        words = self.words
        yield from self._wrapped(f"{series.id}  {words.title(series)}", style=_BOLD)
        yield from self._wrapped(words.identity(series), "    ", _QUIET)
        yield from self._plot(series)
        yield from self._wrapped(" · ".join(f"{label} {value}" for label, value in words.figures(series)), "    ")
        for sentence in words.sentences(series):
            yield from self._wrapped(sentence, "    ")
        for odd in words.unusual(series):
            yield from self._wrapped(f"▲ {odd}", "    ", _BAD)
        if nothing := words.nothing(series):
            yield from self._wrapped(nothing, "    ")
        yield from self._wrapped(words.why(series), "    ", _QUIET)

    def _plot(self, series: MeasuredSeries) -> Iterator[str]:
        window, cells = self.insight.window, min(self.width - 4, _MOST_CELLS)
        drawn = sparkline(
            series.times, series.values, (window.start, window.end), period_s=self.insight.period_s, cells=cells
        )
        odd = [
            any(s.start <= series.times[n] < s.end for s in series.unusual) if n is not None else False
            for _, n in drawn
        ]
        yield "    " + "".join(
            self._styled(character, _BAD if far else _LINE) if character != " " else " "
            for (character, _), far in zip(drawn, odd, strict=True)
        )
        yield "    " + self._styled(self._axis(cells), _QUIET)

    def _axis(self, cells: int) -> str:
        """Return the labels of round times beneath their cells."""
        window = self.insight.window
        across = TimeScale(window.start, window.end + timedelta(seconds=1), 0, cells, self.words.zone)
        line = ""
        for moment, label in across.ticks(max(2, cells // 14)):
            place = int(across.at(moment))
            if place >= len(line) + bool(line) and place + len(label) <= cells:
                line = line.ljust(place) + label
        return line

    def _rest(self) -> Iterator[str]:
        words = self.words
        notes, gaps = list(words.notes()), list(words.gaps())
        if notes or gaps:
            yield ""
        for note in notes:
            yield from self._wrapped(note, style=_QUIET)
        if gaps:
            yield words("gaps")
        for reason, remedy in gaps:
            yield from self._wrapped(reason, "  ")
            if remedy:
                yield from self._wrapped(f"→ {remedy}", "    ")
        commands = [(series.id, command) for series in self.insight.series for command in series.how_to_get]
        if commands:
            yield ""
            yield words("how_to_get")
        for id, command in commands:
            yield f"  {self._styled(id, _QUIET)}  {visible(command)}"

    def _wrapped(self, text: str, indent: str = "", style: str = "") -> Iterator[str]:
        room = max(20, self.width - cell_len(indent))
        places = [0, *breaks(text, room), len(text)]
        for start, end in pairwise(places):
            yield indent + self._styled(text[start:end].rstrip(), style)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text
