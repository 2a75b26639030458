"""An evaluation for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType

from fa2.core.evaluation import Evaluation
from fa2.core.messages import Language
from fa2.renderers.eval_outline import EvalWords
from fa2.renderers.terminal_text import WrappedTable, WrappedText, hanging


def render(evaluation: Evaluation, language: Language = "en", *, width: int = 100, color: bool = False) -> str:
    """Return the figures, `width` columns wide."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False, legacy_windows=False
    )
    for block in _blocks(EvalWords(evaluation, language)):
        console.print(block)
    written = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _blocks(words: EvalWords) -> Iterator[RenderableType]:
    title, *rest = words.head()
    yield WrappedText(title, "bold")
    yield from (WrappedText(line) for line in rest)
    yield WrappedText("")
    if words.evaluation.figures:
        yield _table(words.columns(), words.rows())
    if rows := words.group_rows():
        yield WrappedText(f"\n{words('page.groups')}", "bold")
        yield _table(words.group_columns(), rows)
    if errors := list(words.errors()):
        yield WrappedText(f"\n{words('page.errors')}", "bold")
        yield from (hanging("–", WrappedText(line, "yellow")) for line in errors)
    yield WrappedText("")
    yield from (hanging("–", WrappedText(note, "dim")) for note in words.notes())


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> WrappedTable:
    table = WrappedTable(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
