"""Patterns for a terminal: a row each with count, severity, times, histogram and the pattern, its tokens by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from rich.cells import cell_len

from fa2.core.messages import Language
from fa2.core.pattern_report import ChangeView, PatternReport, PatternView
from fa2.renderers.pattern_briefs import Piece, brief
from fa2.renderers.patterns_outline import CHANGE_MARKS, PatternWords, clock
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import one_line

_SEVERITY = {"FATAL": "1;31", "ERROR": "31", "WARN": "33", "INFO": "32", "NONE": "2"}
_CHANGE = {"new": "31", "more": "31", "gone": "33", "less": "33", "same": "2"}
_PIECES = {"text": "", "token": "36", "quiet": "2"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BAR, _SPARK, _SHORT_SPARK = 6, 14, 8
_WIDE = 118
"""From this width on there is room for bars and for when a pattern was last seen."""
_NARROW = 90
"""Below this width the pattern needs the room that first times take."""
_MOST_LINES = 3
"""Lines that a pattern may take in a terminal; a longer one is cut."""
_LEAST = 14
"""Cells that a pattern has at least; on a narrower screen, rows are wider than it."""
_SPARKLESS = 72
"""Below this width there is no histogram."""


@dataclass(frozen=True)
class _Column:
    heading: str
    text: Callable[[PatternView], str]
    style: Callable[[PatternView], str] = lambda _: ""
    right: bool = False


def render(report: PatternReport, language: Language = "en", width: int | None = None, color: bool = False) -> str:
    r"""Return the table, wrapped and cut to `width` columns; uncut, a row a pattern, when it is null.

    Nothing in the patterns can move the cursor or colour the screen: escapes show as \x1b.
    """
    table = _Table(PatternWords(report, language), width, color)
    return "\n".join(line.rstrip() for line in table.lines()) + "\n"


class _Table:
    """A report as lines of text."""

    def __init__(self, words: PatternWords, width: int | None, color: bool) -> None:
        self.words = words
        self.report = words.report
        self.width = width
        self.color = color

    def lines(self) -> Iterator[str]:
        """Yield what is printed."""
        yield from self._head()
        if self.report.patterns:
            yield ""
            yield from self._rows()
        notes = list(self.words.notes())
        if notes or self.report.gaps:
            yield ""
        for note in notes:
            yield from self._wrapped(note)
        if self.report.gaps:
            yield self.words("text.gaps")
        for gap in self.report.gaps:
            reason, remedy = self.words.gap(gap)
            yield from self._wrapped(f"{one_line(gap.source)}: {reason}", "  ")
            if remedy:
                yield from self._wrapped(f"→ {remedy}", "    ")

    def _head(self) -> Iterator[str]:
        inputs = one_line(", ".join(self.report.inputs[:3]) + (", …" if len(self.report.inputs) > 3 else ""))
        yield from self._wrapped(f"{inputs}  {self.words.summary()}", style="1")
        for label, text in self.words.facts():
            yield from self._wrapped(f"{label}: {text}", style="2")

    def _rows(self) -> Iterator[str]:
        columns = self._columns()
        cells = [[column.text(pattern) for column in columns] for pattern in self.report.patterns]
        widths = [
            max(cell_len(column.heading), *(cell_len(row[at]) for row in cells)) for at, column in enumerate(columns)
        ]
        left = sum(widths) + 2 * len(widths)
        room = None if self.width is None else max(_LEAST, self.width - left)
        headings = [_fill(c.heading, size, c.right) for c, size in zip(columns, widths)]
        yield self._styled("  ".join([*headings, self.words("column.pattern")]), "2")
        for pattern, row in zip(self.report.patterns, cells):
            texts = [
                self._styled(_fill(cell, size, column.right), column.style(pattern))
                for cell, size, column in zip(row, widths, columns)
            ]
            first, *more = self._pattern(pattern, room)
            yield "  ".join([*texts, first])
            yield from (" " * left + line for line in more)

    def _columns(self) -> list[_Column]:
        words = self.words
        wide = self.width is None or self.width >= _WIDE
        columns: list[_Column] = []
        if self.report.comparison:
            columns += self._change_columns()
        else:
            top = max((p.count for p in self.report.patterns), default=1)
            columns.append(_Column(words("column.count"), lambda p: f"{p.count:,}", right=True))
            columns.append(_Column(words("column.share"), lambda p: words.percent(p.ratio), right=True))
            if wide and self.width is not None:
                columns.append(_Column("", lambda p: bar(p.count / top, _BAR), lambda _: "36"))
        columns.append(_Column(words("column.severity"), lambda p: p.severity, lambda p: _SEVERITY[p.severity]))
        if self.report.intervals:
            short = self._short_times()
            narrow = self.width is not None and self.width < _NARROW
            blocks = _SHORT_SPARK if narrow else _SPARK
            if not narrow:
                columns.append(_Column(words("column.first_seen"), lambda p: _moment(p.first_seen, short)))
            if wide:
                columns.append(_Column(words("column.last_seen"), lambda p: _moment(p.last_seen, short)))
            if self.width is None or self.width >= _SPARKLESS:
                columns.append(_Column(words("column.over_time"), lambda p: spark(p.histogram, blocks), lambda _: "36"))
        return columns

    def _change_columns(self) -> list[_Column]:
        words = self.words

        def change(pattern: PatternView) -> str:
            view = pattern.change
            return f"{CHANGE_MARKS[view.change]} {words(f'change.{view.change}')}" if view else ""

        def factor(view: ChangeView | None) -> str:
            return words.times(view.ratio) if view and view.change not in ("new", "gone") else "–"

        return [
            _Column(words("column.change"), change, lambda p: _CHANGE[p.change.change] if p.change else ""),
            _Column(words("column.now"), lambda p: f"{p.count:,}", right=True),
            _Column(words("column.before"), lambda p: f"{p.change.before:,}" if p.change else "", right=True),
            _Column(words("column.factor"), lambda p: factor(p.change), right=True),
        ]

    def _short_times(self) -> str:
        """Return how moments are cut: to the clock where all lie on one day."""
        period = self.report.period
        if self.width is None or period is None:
            return "full"
        return "clock" if period.start.date() == period.end.date() else "day"

    def _pattern(self, pattern: PatternView, room: int | None) -> list[str]:
        pieces = brief(pattern)
        text = "".join(piece.text for piece in pieces)
        lines = [text] if room is None else fitted(text, room)
        return list(self._colored(lines, text, pieces)) if self.color else lines

    def _colored(self, lines: list[str], text: str, pieces: Sequence[Piece]) -> Iterator[str]:
        """Yield lines that a text was broken into, in the styles of its pieces."""
        styles = [_PIECES[piece.style] for piece in pieces for _ in piece.text]
        at = 0
        for line in lines:
            at += len(text[at:]) - len(text[at:].lstrip())
            runs = groupby(zip(line, [*styles[at:], *styles[-1:]]), lambda styled: styled[1])
            yield "".join(self._styled("".join(char for char, _ in run), style) for style, run in runs)
            at += len(line)

    def _wrapped(self, text: str, indent: str = "", style: str = "") -> Iterator[str]:
        room = None if self.width is None else max(_LEAST, self.width - len(indent))
        for line in _broken(text, room):
            yield indent + self._styled(line, style)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text.strip() else text


def fitted(text: str, room: int) -> list[str]:
    """Return a pattern in at most three lines of `room` cells; what does not fit is cut and shown by …"""
    lines = _broken(text, room)
    if len(lines) <= _MOST_LINES:
        return lines
    last = lines[_MOST_LINES - 1]
    while cell_len(last) > room - 1:
        last = last[:-1]
    return [*lines[: _MOST_LINES - 1], last.rstrip() + "…"]


def _broken(text: str, room: int | None) -> list[str]:
    if room is None:
        return [text]
    places = [0, *breaks(text, room), len(text)]
    return [text[start:end].rstrip() for start, end in pairwise(places)]


def _fill(text: str, size: int, right: bool) -> str:
    space = " " * (size - cell_len(text))
    return space + text if right else text + space


def _moment(moment: datetime | None, form: str) -> str:
    if moment is None:
        return "–"
    full = clock(moment)
    return full[11:] if form == "clock" else full[5:16] if form == "day" else full


def bar(share: float, width: int) -> str:
    """Return a bar of `width` cells, filled to a share of 0 to 1 in eighths; never empty for more than nothing."""
    eighths = max(1, round(share * width * 8)) if share > 0 else 0
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def spark(values: tuple[int, ...], width: int) -> str:
    """Return a line of blocks: the sum of each stretch against the highest; a space where there is nothing."""
    if not values:
        return ""
    cells = min(width, len(values))
    sums = [sum(values[n * len(values) // cells : (n + 1) * len(values) // cells]) for n in range(cells)]
    top = max(sums)
    return "".join(_BLOCKS[-(-7 * n // top)] if n else " " for n in sums) if top else " " * cells
