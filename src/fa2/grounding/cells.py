"""The numbers in the rows and parameters of a piece of evidence, each with its unit and what its column is of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fa2.core.messages import Value
from fa2.core.report import EvidenceRecord
from fa2.grounding.columns import Column, Role, columns, stated_unit
from fa2.grounding.quantities import Unit

_LARGEST = 1e14
"""A larger parameter is an id, not a number that anybody tells."""


@dataclass(frozen=True)
class Cell:
    """A number in a table."""

    row: int
    """-1 for parameters."""
    place: int
    value: float
    unit: Unit
    size: float
    """What the value is multiplied with to get to the unit's base."""
    role: Role
    column: Column


def cells_of(record: EvidenceRecord, role_of_row: Callable[[int], Role]) -> Iterator[Cell]:
    """Yield all numbers of a record, parameters first; role_of_row tells of what its column does not."""
    for name, value in record.parameters.items():
        if (number := as_number(value)) is not None and abs(number) < _LARGEST:
            (column,) = columns((name,))
            yield Cell(-1, -1, number, "none", 1.0, "any", column)
    known, metric = columns(tuple(record.columns)), _metric_unit(record)
    for row, values in enumerate(record.rows):
        stated = _stated(known, values) or metric
        for place, (column, value) in enumerate(zip(known, values, strict=False)):
            if (number := as_number(value)) is not None:
                unit, size = (column.unit, column.size) if column.unit != "none" or not stated else stated
                role = column.role if column.role != "any" else role_of_row(row)
                yield Cell(row, place, number, unit, size, role, column)


def as_number(value: Value) -> float | None:
    """Return a value as a number; null for what is none, and for what is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _stated(known: Sequence[Column], values: Sequence[Value]) -> tuple[Unit, float] | None:
    """Return the unit that a row states in a column `unit`; null where it states none."""
    for column, value in zip(known, values, strict=False):
        if column.name == "unit" and isinstance(value, str) and (unit := stated_unit(value)):
            return unit
    return None


def _metric_unit(record: EvidenceRecord) -> tuple[Unit, float] | None:
    """Return the unit that the name of a metric tells; null where it tells none."""
    name = str(record.parameters.get("name") or record.parameters.get("metric") or "")
    return ("bytes", 1.0) if name.endswith(("Bytes", "bytes")) else None
