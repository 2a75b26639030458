"""Rows as a table that fits the terminal; as one block a row where columns are too many for that."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fa2.logs.query.running import Answer, Cell
from fa2.renderers.wording import one_line

_GAP = 3
"""What stands between columns."""
_SHORT = 24
"""A column that needs no more is never broken; longer ones share what is left, and need so much."""
_HEADING = 14
"""To what a heading may be broken."""


def table(answer: Answer, columns: int) -> str:
    """Return the rows, numbers to the right, with nothing in them that acts on a terminal."""
    cells = [[one_line(shown(value)) for value in row] for row in answer.rows]
    headings = [one_line(heading) for heading in answer.headings]
    widths = _widths(headings, cells, columns)
    if widths is None:
        return _printed(_blocks(headings, cells), columns)
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for n, (heading, width) in enumerate(zip(headings, widths)):
        numbers = all(isinstance(row[n], int | float | None) for row in answer.rows)
        grid.add_column(Text(heading), justify="right" if numbers else "left", overflow="fold", width=width)
    for row in cells:
        grid.add_row(*(Text(text) for text in row))
    return _printed(grid, columns)


def shown(value: Cell) -> str:
    """Return a cell as text: times as CloudWatch writes them, nothing for what is missing."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}"
    return "" if value is None else str(value)


def _widths(headings: Sequence[str], cells: Sequence[Sequence[str]], columns: int) -> list[int] | None:
    """Return the width of each column; null when they do not fit beside each other."""
    room = columns - _GAP * (len(headings) - 1)
    contents = [max(1, *(cell_len(row[n]) for row in cells)) for n in range(len(headings))]
    whole = [max(content, cell_len(heading)) for content, heading in zip(contents, headings)]
    if sum(whole) <= room:
        return whole
    least = [max(content, min(cell_len(heading), _HEADING)) for content, heading in zip(contents, headings)]
    long = [n for n, content in enumerate(contents) if content > _SHORT]
    left = room - sum(width for n, width in enumerate(least) if n not in long)
    if not long:
        return least if left >= 0 else None
    share = _shared([contents[n] for n in long], left)
    if share is None:
        return None
    for n, width in zip(long, share):
        least[n] = width
    return least


def _shared(wanted: Sequence[int], room: int) -> list[int] | None:
    """Return what each gets of the room: the least what it wants, the others equal parts of the rest."""
    given = [0] * len(wanted)
    left = room
    for rank, n in enumerate(sorted(range(len(wanted)), key=lambda n: wanted[n])):
        given[n] = min(wanted[n], left // (len(wanted) - rank))
        left -= given[n]
    return given if min(given) >= _SHORT else None


def _blocks(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    blocks: list[RenderableType] = []
    for row in cells:
        block = Table.grid(padding=(0, 2))
        block.add_column(overflow="fold", max_width=30)
        block.add_column(overflow="fold", ratio=1)
        for heading, text in zip(headings, row):
            block.add_row(Text(heading), Text(text))
        blocks.append(Padding(block, (0, 0, 1, 0)))
    return Group(*blocks)


def _printed(what: RenderableType, columns: int) -> str:
    console = Console(file=io.StringIO(), width=columns, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(what)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").splitlines())
