"""Text and grids for the terminal that also break lines between Japanese characters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console, JustifyMethod, OverflowMethod, RenderableType
from rich.containers import Lines
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

_UNIT = re.compile(r"\s+|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_NEVER_FIRST = "、。，．・：；？！）］｝」』】〉》”’ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ々～%％"
_NEVER_LAST = "（［｛「『【〈《“‘"


class WrappedText(Text):
    """Rich's Text, but lines also break within runs of Japanese, by the usual rules (kinsoku)."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """Return the lines, none wider than `width` cells unless wrapping is off."""
        if no_wrap or self.no_wrap or justify == "right":
            return super().wrap(
                console,
                width,
                justify=justify,
                overflow=overflow,
                tab_size=tab_size,
                no_wrap=no_wrap,
            )
        lines = Lines()
        for line in self.split("\n", allow_blank=True):
            for part in line.divide(breaks(line.plain, width)):
                part.rstrip()
                lines.append(part)
        return lines


def joined(*parts: str | Text | tuple[str, str]) -> WrappedText:
    """Return the parts as one text; a pair is text and style."""
    whole = WrappedText()
    for part in parts:
        if isinstance(part, tuple):
            whole.append(*part)
        else:
            whole.append(part)
    return whole


def breaks(line: str, width: int) -> list[int]:
    """Return the offsets at which a line breaks to fit `width` cells."""
    offsets: list[int] = []
    start, used = 0, 0
    for unit in _units(line):
        size = cell_len(unit.rstrip())
        if used and used + size > width:
            offsets.append(start)
            used = 0
        if size > width:
            folded = _folds(unit, width)
            offsets.extend(start + fold for fold in folded)
            used = cell_len(unit[folded[-1] :] if folded else unit)
        else:
            used += cell_len(unit)
        start += len(unit)
    return offsets


def _units(line: str) -> list[str]:
    """Return what must not be torn apart; spaces belong to what stands before them."""
    units: list[str] = []
    for piece in _UNIT.findall(line):
        glued = units and (piece[0] in _NEVER_FIRST or piece.isspace() or units[-1][-1] in _NEVER_LAST)
        if glued:
            units[-1] += piece
        else:
            units.append(piece)
    return units


def _folds(unit: str, width: int) -> list[int]:
    folds: list[int] = []
    used = 0
    for n, character in enumerate(unit):
        size = cell_len(character)
        if used + size > width and n:
            folds.append(n)
            used = 0
        used += size
    return folds


class WrappedTable(Table):
    """Rich's Table, whose strings wrap as WrappedText does and are never read as markup."""

    def add_row(
        self,
        *renderables: RenderableType | None,
        style: StyleType | None = None,
        end_section: bool = False,
    ) -> None:
        """Add a row of cells."""
        cells = [WrappedText(cell) if isinstance(cell, str) else cell for cell in renderables]
        super().add_row(*cells, style=style, end_section=end_section)


def grid_of(leading: int = 1) -> WrappedTable:
    """Return a grid of some narrow quiet columns and a wide one."""
    grid = WrappedTable(box=None, padding=(0, 2, 0, 0), show_header=False, collapse_padding=True, pad_edge=False)
    for n in range(leading + 1):
        last = n == leading
        grid.add_column(
            style=None if last else "dim",
            no_wrap=not last,
            overflow="fold",
            ratio=1 if last else None,
        )
    return grid


def hanging(mark: str, text: WrappedText) -> WrappedTable:
    """Return text beside a mark, its further lines under its first."""
    grid = WrappedTable(box=None, padding=(0, 1, 0, 0), show_header=False, pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, text)
    return grid


def stack(rows: Iterable[RenderableType]) -> WrappedTable:
    """Return things one below the other, as one cell."""
    grid = WrappedTable(box=None, padding=0, show_header=False, pad_edge=False)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(row)
    return grid
