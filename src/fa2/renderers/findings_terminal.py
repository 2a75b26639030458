"""A report of findings for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType

from fa2.core.findings_report import FindingsReport, Item, Label
from fa2.core.messages import Language
from fa2.renderers.findings_outline import FindingsWords
from fa2.renderers.terminal_text import WrappedTable, WrappedText, hanging, joined

_STYLES: dict[Label, str] = {
    "CRITICAL": "bold white on red",
    "HIGH": "bold red",
    "MEDIUM": "yellow",
    "LOW": "cyan",
    "INFORMATIONAL": "dim",
}
_BAR = 24


def render(report: FindingsReport, language: Language = "en", *, width: int = 100, color: bool = False) -> str:
    """Return the report, `width` columns wide. Texts from outside cannot move the cursor or colour the screen."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False, legacy_windows=False
    )
    for block in _blocks(FindingsWords(report, language)):
        console.print(Group(block))  # bare text would be joined into one of Rich's own, which breaks no Japanese
    written = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _blocks(words: FindingsWords) -> Iterator[RenderableType]:
    yield WrappedText(words("title"), "bold")
    yield WrappedText(words.summary())
    if words.scope():
        yield WrappedText(words.scope(), "dim")
    yield from _counts(words)
    if words.explained():
        yield _heading(words("section.items"))
    for item in words.explained():
        yield from _explained(words, item)
    if words.listed():
        yield _heading(words("section.more"))
        yield _table(words)
    yield from _end(words)
    yield WrappedText(f"\n{words('utc')}", "dim")


def _heading(text: str) -> WrappedText:
    return WrappedText(f"\n{text}", "bold")


def _counts(words: FindingsWords) -> Iterator[RenderableType]:
    for counted in words.counts():
        yield _heading(counted.heading)
        most = max(counted.numbers)
        grid = WrappedTable(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
        grid.add_column(overflow="fold")
        grid.add_column(no_wrap=True, justify="right")
        grid.add_column(no_wrap=True)
        for (value, number), count in zip(counted.rows, counted.numbers, strict=True):
            grid.add_row(WrappedText(value), number, WrappedText("█" * max(1, round(_BAR * count / most)), "dim"))
        yield grid


def _explained(words: FindingsWords, item: Item) -> Iterator[RenderableType]:
    shown = words.item(item)
    yield joined(f"\n{item.place}. ", (shown.label, _STYLES[item.label]), "  ", (shown.heading, "bold"))
    yield hanging("  ", WrappedText(words.note(item), "dim"))
    for name, text in shown.facts:
        yield hanging("  ", joined((f"{name}: ", "bold"), text))
    if shown.quoted:
        yield hanging("  ", joined((f"{words('quoted')}: ", "dim"), (shown.quoted, "italic")))
    remedy = " ".join(part for part in (shown.remedy, shown.remedy_url) if part)
    if remedy:
        yield hanging("  ", joined((f"{words('item.remediation')}: ", "dim"), (remedy, "italic")))


def _table(words: FindingsWords) -> RenderableType:
    table = WrappedTable(box=None, pad_edge=False, header_style="dim")
    table.padding = (0, 2, 0, 0)
    for at, label in enumerate(words.columns()):
        table.add_column(label, justify="right" if at in (0, 3) else "left", overflow="fold", no_wrap=at in (0, 1, 4))
    for item in words.listed():
        cells = words.row(item)
        table.add_row(cells[0], WrappedText(cells[1], _STYLES[item.label]), *(WrappedText(cell) for cell in cells[2:]))
    return table


def _end(words: FindingsWords) -> Iterator[RenderableType]:
    report = words.report
    if report.next_steps:
        yield _heading(words("section.next_steps"))
        for n, step in enumerate(report.next_steps, 1):
            yield hanging(f"{n}.", WrappedText(words.said(step)))
    if report.left_out:
        yield _heading(words("section.left_out"))
        yield from (hanging("–", WrappedText(words.said(said))) for said in report.left_out)
    if report.gaps:
        yield _heading(words("section.gaps"))
    for source, reason, remedy in map(words.gap, report.gaps):
        yield hanging("–", joined(f"{source}: {reason}", (f"\n→ {remedy}" if remedy else "", "bold")))
