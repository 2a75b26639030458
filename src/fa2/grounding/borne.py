"""Where a number of a statement was found in the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from fa2.grounding.cells import Cell
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.moved import Movement


@dataclass
class Borne:
    """Where a number was found."""

    movements: list[Movement] = field(default_factory=list)
    """What moved, where the number belongs to something that did."""
    rises: bool | None = None
    """Whether the number itself says more than usual, as an excess does; null where it does not."""
    direct: bool = False
    """It was found."""
    partial: bool = False
    """It counts a part of what another column counts: whether it is few is told by both."""
    swapped: bool = False
    """It stands in the evidence, but as the number of normal times where the text says it is of now, or the other way."""

    sizes: dict[tuple[str, int], frozenset[float]] = field(default_factory=dict)
    """Of times, by id and row of the evidence where they were found: what one of its unit may be in seconds."""

    def found_in(self, cell: Cell, exhibit: Exhibit) -> None:
        """Note that it is the number of a cell, with what moved there."""
        self.direct = True
        self.movements += [m for m in exhibit.movements if m.row == cell.row and cell.place in (m.now, m.usual)]
        if "excess" in cell.column.traits and cell.value:
            self.rises = cell.value > 0

    def settled(self) -> Borne:
        """Return it when all was looked at: what was found anywhere is not mixed up."""
        self.swapped = self.swapped and not self.direct
        return self
