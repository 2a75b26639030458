"""What sources are estimated to read and cost, as lines that fit a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len

from fa2.core.messages import Catalogue
from fa2.renderers.terminal_text import breaks
from fa2.renderers.wording import one_line

if TYPE_CHECKING:
    from fa2.core.budgets import Estimate

_PLACE = re.compile(r" \((?P<account>[^(),]+), (?P<region>[^(),]+)\)$")
_LEAST_ROOM = 24
"""Fewer columns than this beside the figures are no room for what is read: it stands beneath."""

Row = tuple[str, str, str, str]
"""Source, bytes, dollars, and what is read."""


def estimate_rows(estimates: Sequence[Estimate], *, width: int, texts: Catalogue) -> Iterator[str]:
    """Yield the place where all ask the same one, then a row for each estimate; lines are `width` columns at most."""
    rows = [_row(estimate, texts) for estimate in estimates]
    place = _only_place([row[0] for row in rows])
    if place:
        yield texts.text("cli.doctor.account", account=place["account"], region=place["region"])
        rows = [(_PLACE.sub("", source), *figures) for source, *figures in rows]  # type: ignore[misc]  # still four
    widths = [max((cell_len(row[n]) for row in rows), default=0) for n in range(3)]
    for row in rows:
        yield from _lines(row, widths, width)


def dollars(usd: float) -> str:
    """Return an amount for reading; what is not nothing never looks like nothing."""
    if 0 < usd < 0.0001:
        return "<$0.0001"
    return f"${usd:.4f}" if 0 < usd < 0.01 else f"${usd:.2f}"


def _row(estimate: Estimate, texts: Catalogue) -> Row:
    size = texts.text("cli.plan.bytes", n=estimate.bytes) if estimate.bytes is not None else ""
    cost = dollars(estimate.usd) if estimate.usd is not None else texts.text("cli.plan.nobody_knows")
    return one_line(estimate.source), size, cost, one_line(estimate.what)


def _only_place(sources: Sequence[str]) -> dict[str, str] | None:
    found = [_PLACE.search(source) for source in sources]
    places = [place.groupdict() for place in found if place]
    return places[0] if places and len(places) == len(found) and all(p == places[0] for p in places) else None


def _lines(row: Row, widths: Sequence[int], width: int) -> Iterator[str]:
    source, size, cost, what = row
    figures = f"{_padding(size, widths[1])}{size}  {_padding(cost, widths[2])}{cost}"
    line = f"  {source}{_padding(source, widths[0])}  {figures}"
    room = width - cell_len(line) - 2
    if not what or cell_len(what) <= room:
        yield f"{line}  {what}".rstrip()
    elif room >= _LEAST_ROOM:
        yield from _beside(f"{line}  ", what, room)
    else:
        yield line
        yield from _beside("      ", what, width - 6)


def _beside(begin: str, text: str, room: int) -> Iterator[str]:
    for start, end in pairwise([0, *breaks(text, room), len(text)]):
        yield (" " * cell_len(begin) if start else begin) + text[start:end].rstrip()


def _padding(text: str, width: int) -> str:
    return " " * (width - cell_len(text))
