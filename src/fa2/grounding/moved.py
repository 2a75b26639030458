"""How the numbers of a piece of evidence moved from normal times to the incident: between columns, rows, and along time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from fa2.core.report import EvidenceRecord
from fa2.grounding.cells import as_number
from fa2.grounding.columns import Column, Role, columns, counterparts

Way = Literal["up", "down", "flat"]

_GONE = 0.05
"""What is left at most, as a share of what was there, of what vanished."""


@dataclass(frozen=True)
class Movement:
    """How something moved from normal times to the incident."""

    row: int
    now: int
    """Place of its column."""
    usual: int
    before: float
    after: float
    way: Way
    vanished: bool = False
    """It was there in normal times, and was not, or hardly, in the incident."""
    appeared: bool = False
    """It was not there in normal times."""


@dataclass(frozen=True)
class Moving:
    """A record of evidence, as far as its movements need it."""

    record: EvidenceRecord
    roles: Mapping[int, Role]
    """Of rows; those of which nothing is known are missing."""
    labels: Mapping[int, tuple[str, ...]]
    """For each row that has a word for its period: its other texts, by which its counterpart is found."""
    times: Mapping[int, datetime]
    """The first time of each row that has one."""
    stretch: float
    """Length of the window, divided by that of normal times."""

    def movements(self) -> Iterator[Movement]:
        """Yield all movements."""
        yield from self._between_columns()
        yield from self._between_rows()
        yield from self._along_time()

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return columns(tuple(self.record.columns))

    def _number(self, row: int, place: int) -> float | None:
        return as_number(self.record.rows[row][place])

    def _between_columns(self) -> Iterator[Movement]:
        for now, usual in counterparts(self._columns):
            for row in range(len(self.record.rows)):
                after, before = self._number(row, now), self._number(row, usual)
                if after is not None and before is not None:
                    yield _moved(row, (now, usual), before * self._rate(usual), after)

    def _rate(self, usual: int) -> float:
        """Return what a raw count of normal times is multiplied with to fit the length of the window."""
        column = self._columns[usual]
        return 1.0 if column.unit != "count" or "expected" in column.name else self.stretch

    def _between_rows(self) -> Iterator[Movement]:
        """Yield movements between rows that differ in a word for the period: baseline and window."""
        grouped: dict[tuple[str, ...], dict[Role, int]] = {}
        for row in sorted(self.labels):
            grouped.setdefault(self.labels[row], {})[self.roles.get(row, "any")] = row
        for rows in grouped.values():
            if {"usual", "now"} <= rows.keys():
                yield from self._between(rows["usual"], rows["now"])

    def _between(self, usual: int, now: int) -> Iterator[Movement]:
        for place in range(len(self._columns)):
            after, before = self._number(now, place), self._number(usual, place)
            if after is not None and before is not None:
                yield _moved(now, (place, place), before, after)

    def _along_time(self) -> Iterator[Movement]:
        """Yield the movement of each column of a series of times: its normal times against the window, else its ends."""
        order = sorted(self.times, key=lambda row: self.times[row])
        if len(order) < 2 or len(order) < len(self.record.rows):
            return
        for place, column in enumerate(self._columns):
            values = [(row, number) for row in order if (number := self._number(row, place)) is not None]
            if len(values) >= 2 and column.role != "usual":
                yield from self._of_series(place, values)

    def _of_series(self, place: int, values: list[tuple[int, float]]) -> Iterator[Movement]:
        usual = [v for row, v in values if self.roles.get(row) == "usual"]
        now = [v for row, v in values if self.roles.get(row) == "now"]
        last, places = values[-1][0], (place, place)
        if usual and now:
            yield _moved(last, places, sum(usual) / len(usual), sum(now) / len(now))
            return
        first = values[0][1]
        yield _moved(last, places, first, values[-1][1])
        yield _moved(last, places, first, max((v for _, v in values), key=lambda v: abs(v - first)))


def _moved(row: int, places: tuple[int, int], before: float, after: float) -> Movement:
    slack = 1e-9 * max(abs(before), abs(after))
    way: Way = "up" if after > before + slack else "down" if after < before - slack else "flat"
    gone = before > 0 and after <= _GONE * before
    return Movement(row, *places, before, after, way, vanished=gone, appeared=after > 0 and before == 0)
