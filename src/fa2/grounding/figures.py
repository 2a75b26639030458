"""Whether a number of a statement stands in the evidence: in a cell of the right kind, in a text, or derived from a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fa2.grounding.borne import Borne
from fa2.grounding.cell_values import equals, role_fits, sizes_read
from fa2.grounding.cells import Cell
from fa2.grounding.derived import derive
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.parts import parts
from fa2.grounding.quantities import Quantity
from fa2.grounding.reading import Fact
from fa2.grounding.wording import Wording
from fa2.grounding.written_numbers import WrittenNumber, stems


class Figures:
    """Holds the numbers of one statement to the evidence that it cites."""

    def __init__(self, wording: Wording, bounds: Sequence[datetime]) -> None:
        """Take a statement and what it cites. bounds: starts and ends of the window and of normal times."""
        self._wording = wording
        self._bounds = bounds
        self._parts = parts(wording)

    @property
    def borne(self) -> list[tuple[Fact, Borne]]:
        """All numbers, in their order, with where each was found."""
        found = [(fact, self._bear(fact.quantity)) for fact in self._wording.numbers]
        _strike_mixed_units([borne for _, borne in found])
        return found

    def _bear(self, q: Quantity | None) -> Borne:
        """Return where a number was found."""
        if q is None:
            return Borne()
        if q.start in self._parts:
            return self._parts[q.start]
        borne = self._in_cells(q)
        if not borne.direct:
            derive(borne, q, self._wording, self._bounds)
        if not borne.direct:
            borne.direct = any(self._is_written(q, exhibit) for exhibit in self._wording.told(q))
        return borne.settled()

    def _in_cells(self, q: Quantity) -> Borne:
        borne = Borne()
        for exhibit in self._wording.told(q):
            for cell in exhibit.cells:
                if equals(q, cell) and self._wording.may_be(q, cell, exhibit):
                    self._note(borne, q, cell, exhibit)
        return borne

    def _note(self, borne: Borne, q: Quantity, cell: Cell, exhibit: Exhibit) -> None:
        # Where the text tells the row by its time, that tells whether it is of normal times.
        told = cell.column.role == "any" and cell.row in (self._wording.rows_named(q, exhibit) or ())
        if not told and not role_fits(self._wording.role(q), cell.role):
            borne.swapped = True
            return
        borne.found_in(cell, exhibit)
        row = exhibit.record.id, cell.row
        borne.sizes[row] = borne.sizes.get(row, frozenset()) | sizes_read(q, cell)
        if borne.rises is False and q.value < 0:
            borne.rises = True  # "an increase of -3" says by its sign what it is
        borne.partial |= any(c.whole and c.role == cell.column.role for c in exhibit.columns)

    def _is_written(self, q: Quantity, exhibit: Exhibit) -> bool:
        """Tell whether a number stands in a text of the evidence, with the same unit or beside the same words."""
        role = self._wording.role(q)
        words = stems(self._wording.clause_as_said(q))
        return any(
            role_fits(role, number.role) and _is_number(q, number) and self._is_meant(q, number, words)
            for number in exhibit.written
        )

    def _is_meant(self, q: Quantity, number: WrittenNumber, words: frozenset[str]) -> bool:
        alike = bool(words & number.near)
        if q.unit in ("time", "share", "bytes") or number.unit != "none":
            return number.unit == q.unit or (number.unit == "time" and q.unit == "none" and alike)
        return alike or (self._wording.japanese and q.unit == "none")


def _strike_mixed_units(found: Sequence[Borne]) -> None:
    """Take back times read as milliseconds from a row without a unit, of which another was read as seconds."""
    known: dict[tuple[str, int], frozenset[float]] = {}
    for borne in found:
        if len(borne.sizes) != 1:
            continue
        ((row, sizes),) = borne.sizes.items()
        if sizes and not (both := known.get(row, sizes) & sizes):
            borne.direct = False
        elif sizes:
            known[row] = both


def _is_number(q: Quantity, number: WrittenNumber) -> bool:
    return q.fits(number.value) and (number.value == 0 or abs(number.value - q.value) <= q.give)
