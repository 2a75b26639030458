"""A report of changes for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType

from fa2.core.messages import Language
from fa2.core.monthly_changes import Answer, Breakdown, MonthlyChanges
from fa2.renderers.changes_outline import ChangeWords, Row, TableText
from fa2.renderers.terminal_tables import spark
from fa2.renderers.terminal_text import WrappedTable, WrappedText, hanging, joined

_MOST_ROWS = 12
_STYLES = {"more": "red", "fewer": "yellow", "new": "cyan", "usual": "dim", "unknown": "dim"}
_GRADES = {"abnormal": "bold red", "noted": "cyan"}
_MARKS = {"abnormal": "▲", "noted": "•"}
_BAR = 32
_BENEATH = ("type", "resource_type", "account", "region")
"""Columns that stand beneath a resource's name."""
_NARROW = frozenset({"count", "usual", "ratio", "verdict", "trend", "total", "account", "region", "changes"})


def render(
    report: MonthlyChanges,
    language: Language = "en",
    only: Breakdown | None = None,
    *,
    width: int = 100,
    color: bool = False,
) -> str:
    """Return the report, `width` columns wide. Names from outside cannot move the cursor or colour the screen."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False, legacy_windows=False
    )
    for block in _blocks(ChangeWords(report, language), only):
        console.print(block)
    written = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _blocks(words: ChangeWords, only: Breakdown | None) -> Iterator[RenderableType]:
    yield WrappedText(words.heading(), "bold")
    for sentence in words.summary():
        yield WrappedText(sentence)
    if words.report.conditions:
        yield WrappedText(words.conditions(), "dim")
    if words.report.answer:
        yield from _answer(words, words.report.answer)
    if words.report.anything_recorded:
        yield from _notables(words)
        yield from _months(words)
        for table in words.tables(only, _MOST_ROWS):
            yield from _table(table)
    yield from _lists(words)
    yield WrappedText(f"\n{words('utc')}", "dim")


def _heading(text: str) -> WrappedText:
    return WrappedText(f"\n{text}", "bold")


def _answer(words: ChangeWords, answer: Answer) -> Iterator[RenderableType]:
    yield _heading(words("section.answer"))
    if not answer.understood:
        yield WrappedText(words("question.nothing_understood"))
    else:
        yield WrappedText(" ".join(words.remark(remark) for remark in answer.understood), "dim")
        found = words.answer(answer)
        yield from _table(found, heading=False) if found else [WrappedText(words("question.no_rows"))]
        if answer.more:
            yield WrappedText(words("question.more_rows", n=len(answer.rows)), "dim")
    if answer.not_understood:
        yield WrappedText(words("question.not_understood", words=", ".join(answer.not_understood)), "yellow")


def _notables(words: ChangeWords) -> Iterator[RenderableType]:
    yield _heading(words("section.notable"))
    for notable in words.report.notables:
        said, mostly = words.notable(notable)
        text = joined((words(f"grade.{notable.grade}"), _GRADES[notable.grade]), f"  {said}")
        text.append(f"\n{mostly}" if mostly else "", "dim")
        yield hanging(_MARKS[notable.grade], text)
    if not words.report.notables:
        yield WrappedText(words.nothing_notable())


def _months(words: ChangeWords) -> Iterator[RenderableType]:
    records = words.report.months
    most = max(record.changes for record in records)
    yield _heading(words("section.months"))
    grid = WrappedTable(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True)
    for record in records:
        if not record.known:
            grid.add_row(record.month, "–", "")
            continue
        length = max(1, round(_BAR * record.changes / most)) if record.changes else 0
        style = "cyan" if record is records[-1] else "dim"
        grid.add_row(record.month, words.number(record.changes), WrappedText("█" * length, style))
    yield grid
    if any(words.report.days):
        yield joined((f"{words('section.days')}  ", "dim"), (spark([float(n) for n in words.report.days], 31), "cyan"))


def _table(found: TableText, *, heading: bool = True) -> Iterator[RenderableType]:
    if heading:
        yield _heading(found.heading)
    table = WrappedTable(box=None, pad_edge=False, header_style="dim", expand=False)
    table.padding = (0, 2, 0, 0)
    under = _BENEATH if "resource" in found.columns else ()
    for at, (name, label) in enumerate(zip(found.columns, found.headings)):
        if name not in under:
            right = at in found.numeric
            table.add_column(label, justify="right" if right else "left", overflow="fold", no_wrap=name in _NARROW)
    for row in found.rows:
        cells = dict(zip(found.columns, row.cells))
        beneath = " · ".join(cells[name] for name in under if name in cells)
        table.add_row(*(_cell(name, row, cells, beneath) for name in found.columns if name not in under))
    yield table
    if found.note:
        yield WrappedText(found.note, "dim")


def _cell(name: str, row: Row, cells: Mapping[str, str], beneath: str) -> RenderableType:
    match name:
        case "trend":
            return WrappedText(spark([float(n) for n in row.counts], 13), "cyan")
        case "verdict":
            return WrappedText(cells[name], _STYLES.get(row.verdict, ""))
        case "resource":
            return joined(cells[name], (f"\n{beneath}", "dim") if beneath else "")
    return WrappedText(cells[name])


def _lists(words: ChangeWords) -> Iterator[RenderableType]:
    left_out = list(words.left_out())
    if left_out:
        yield _heading(words("section.left_out"))
        yield from (hanging("–", WrappedText(line)) for line in left_out)
    gaps = list(words.coverage())
    if gaps:
        yield _heading(words("section.coverage"))
    for source, reason, remedy in gaps:
        yield hanging("–", joined(f"{source}: {reason}", (f"\n→ {remedy}" if remedy else "", "bold")))
