"""A piece of evidence, read once so that statements can be held to it: its texts, numbers, times and movements."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from fa2.core.errors import UnusableInput
from fa2.core.messages import Value
from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow, parse_time, total_seconds
from fa2.grounding.columns import Column, Role, columns, counterparts, stated_unit
from fa2.grounding.copies import Copies
from fa2.grounding.plain_text import comparable
from fa2.grounding.quantities import Unit, quantities

Way = Literal["up", "down", "flat"]

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_REGEX_SPACE = re.compile(r"\\s[+*]")
_REGEX_ESCAPE = re.compile(r"\\([.^$*+?()\[\]{}|\\])")
_QUANTILE = re.compile(r"(?<![\d.])0?\.(\d{1,3})(?!\d)")
_WORD = re.compile(r"[A-Za-z]{3,}")
_TOLD = 300
"""Characters to which rules cut an error that they tell, within a word and without a mark."""
_LONGEST = 20_000
"""Characters of one value that are looked at."""
_PERIODS: dict[str, Role] = dict.fromkeys(("baseline", "usual", "normal", "before"), "usual") | dict.fromkeys(
    ("window", "incident", "during", "after", "now"), "now"
)  # type: ignore[assignment]  # dict.fromkeys widens the literals


@dataclass(frozen=True)
class Cell:
    """A number in a table."""

    row: int
    place: int
    value: float
    unit: Unit
    size: float
    role: Role
    column: Column


@dataclass(frozen=True)
class WrittenNumber:
    """A number within a text of the evidence, with the words around it."""

    row: int
    value: float
    unit: Unit
    role: Role
    near: frozenset[str]


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


class Exhibit:
    """One record of evidence. Everything is read when it is first asked for, and once."""

    def __init__(self, record: EvidenceRecord, window: TimeWindow, baselines: Sequence[TimeWindow]) -> None:
        self.record = record
        self.columns = columns(tuple(record.columns))
        self._window = window
        self._baselines = tuple(baselines)

    @cached_property
    def texts(self) -> tuple[tuple[int, Role, str], ...]:
        """All texts of it as they are compared, with their row (-1 for parameters) and role; patterns as templates."""
        found: list[tuple[int, Role, str]] = []
        for name, value in self.record.parameters.items():
            if isinstance(value, str) and value:
                found += [(-1, "any", comparable(text)) for text in _parameter(name, value)]
        for number, row in enumerate(self.record.rows):
            for column, value in zip(self.columns, row, strict=False):
                if isinstance(value, str) and value and not _TIME.fullmatch(value):
                    found.append((number, self._role_of_text(column), comparable(value[:_LONGEST])))
        return tuple(dict.fromkeys(found))

    @cached_property
    def about(self) -> tuple[str, ...]:
        """What it was asked about: the texts of its parameters, in lower case, without those that only find lines."""
        asked = self.record.parameters.items()
        return tuple(v.lower() for name, v in asked if isinstance(v, str) and name not in ("word", "regex", "shapes"))

    @cached_property
    def haystack(self) -> str:
        """All texts, one a line, and status codes, in lower case."""
        numbers = (str(c.value).removesuffix(".0") for c in self.cells if "http" in c.column.traits)
        return "\n".join([*(text for _, _, text in self.texts), *numbers, self._unescaped]).lower()

    @cached_property
    def _unescaped(self) -> str:
        """The texts with the escapes of JSON as spaces, where a name would otherwise begin with an n."""
        texts = [text for _, _, text in self.texts if "\\" in text]
        return "\n".join(re.sub(r"\\[ntr\"]", " ", text) for text in texts)

    @cached_property
    def quotable(self) -> tuple[str, ...]:
        """What quotations may be taken from."""
        more = [
            comparable(re.sub(r'\\(["/])', r"\1", text)) for _, _, text in self.texts if '\\"' in text or "\\/" in text
        ]
        return tuple(
            dict.fromkeys(
                [
                    *(text for _, _, text in self.texts),
                    *more,
                    *(comparable(line) for line in self._unescaped.split("\n") if line),
                ]
            )
        )

    @cached_property
    def copies(self) -> Copies:
        """Its texts, made ready for finding what is copied from them."""
        told = [text[:_TOLD].strip() for text in self.quotable if len(text) > _TOLD]
        return Copies([*self.quotable, *told])

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All numbers in its rows and parameters."""
        return tuple(self._cells())

    @cached_property
    def written(self) -> tuple[WrittenNumber, ...]:
        """The numbers in its texts."""
        return tuple(number for row, role, text in self.texts for number in _written(row, role, text))

    @cached_property
    def times(self) -> tuple[tuple[int, str, datetime], ...]:
        """All times in it: row, name of the column, time in UTC."""
        found: list[tuple[int, str, datetime]] = []
        for number, row in enumerate([list(self.record.parameters.values()), *self.record.rows]):
            names = self.record.columns if number else list(self.record.parameters)
            for name, value in zip(names, row, strict=False):
                if isinstance(value, str):
                    found += [(number - 1, name, moment) for moment in _times(value)]
        return tuple(found)

    @cached_property
    def percentiles(self) -> frozenset[str]:
        """The percentiles that it was asked for, as digits: 95 for p95."""
        named = re.findall(
            r"(?<![a-z0-9])p(\d{1,2})(?:th)?(?![0-9])",
            self.haystack + " " + " ".join(self.record.columns).lower().replace("_", " "),
        )
        asked = [digits.ljust(2, "0") for digits in _QUANTILE.findall(self.record.sql)]
        return frozenset([*named, *asked, *(["50"] if "median" in self.record.sql.lower() else [])])

    def holds(self, name: str) -> bool:
        """Tell whether a name stands in it, whole; in any case of letters."""
        wanted = name.lower().strip()
        at = self.haystack.find(wanted) if wanted else -1
        while at >= 0:
            before, after = self.haystack[at - 1 : at], self.haystack[at + len(wanted) : at + len(wanted) + 1]
            if not (_joins(before) and _joins(wanted[0])) and not (_joins(after) and _joins(wanted[-1])):
                return True
            at = self.haystack.find(wanted, at + 1)
        return False

    @cached_property
    def rows_of(self) -> dict[str, frozenset[int]]:
        """For each text that stands in some rows and not in all: the rows it stands in."""
        found: dict[str, set[int]] = {}
        for row, _, text in self.texts:
            if row >= 0 and len(text) <= 200:
                found.setdefault(text.lower(), set()).add(row)
        return {text: frozenset(rows) for text, rows in found.items() if len(rows) < len(self.record.rows)}

    @cached_property
    def movements(self) -> tuple[Movement, ...]:
        """How its numbers moved."""
        return (*self._between_columns(), *self._between_rows(), *self._along_time())

    @property
    def silent(self) -> bool:
        """Whether it tells that something stopped reporting."""
        named = {c.name for c in self.columns}
        return any(c.column.name == "ended" and c.value > 0 for c in self.cells) or (
            "points" in named and any(c.column.name == "points" and c.value == 0 for c in self.cells)
        )

    @property
    def arrived(self) -> bool:
        """Whether it tells of what was not there in normal times: first and latest time, and no counterpart."""
        names = {c.name for c in self.columns}
        return {"onset", "latest", "total"} <= names

    def _role_of_text(self, column: Column) -> Role:
        return column.role if column.name in ("before", "after") else "any"

    def role_of_row(self, row: int) -> Role:
        """Return whether a row is of normal times or of the incident, by its times or a word in it."""
        return self._row_roles.get(row, "any")

    @cached_property
    def _row_roles(self) -> dict[int, Role]:
        if len(self.record.rows) < 2:
            return {}
        roles: dict[int, Role] = {}
        for row, _, moment in self.times:
            if row >= 0 and row not in roles and any(moment in b for b in self._baselines):
                roles[row] = "usual"
            elif row >= 0 and row not in roles and moment in self._window:
                roles[row] = "now"
        for row, _, text in self.texts:
            if row >= 0 and text.lower() in _PERIODS:
                roles[row] = _PERIODS[text.lower()]
        return roles

    def _cells(self) -> Iterator[Cell]:
        for name, value in self.record.parameters.items():
            if (number := _number(value)) is not None and abs(number) < 1e14:
                (column,) = columns((name,))
                yield Cell(-1, -1, number, "none", 1.0, "any", column)
        metric = self._metric_unit()
        for number_, row in enumerate(self.record.rows):
            stated = next(
                (
                    u
                    for c, v in zip(self.columns, row, strict=False)
                    if c.name == "unit" and isinstance(v, str) and (u := stated_unit(v))
                ),
                metric,
            )
            for place, (column, value) in enumerate(zip(self.columns, row, strict=False)):
                if (number := _number(value)) is not None:
                    unit, size = (column.unit, column.size) if column.unit != "none" or not stated else stated
                    role = column.role if column.role != "any" else self.role_of_row(number_)
                    yield Cell(number_, place, number, unit, size, role, column)

    def _metric_unit(self) -> tuple[Unit, float] | None:
        """Return the unit that the name of a metric tells; null where it tells none."""
        name = str(self.record.parameters.get("name") or self.record.parameters.get("metric") or "")
        if name.endswith(("Bytes", "bytes")):
            return "bytes", 1.0
        return None

    def _between_columns(self) -> Iterator[Movement]:
        for now, usual in counterparts(self.columns):
            for number, row in enumerate(self.record.rows):
                after, before = _number(row[now]), _number(row[usual])
                if after is not None and before is not None:
                    yield _moved(number, now, usual, before * self._rate(now, usual), after)

    def _rate(self, now: int, usual: int) -> float:
        """Return what a raw count of normal times is multiplied with to fit the length of the window."""
        column = self.columns[usual]
        if column.unit != "count" or "expected" in column.name or not self._baselines:
            return 1.0
        return self._window.duration.total_seconds() / total_seconds(self._baselines)

    def _between_rows(self) -> Iterator[Movement]:
        """Yield movements between rows that differ in a word for the period: baseline and window."""
        worded = {row for row, _, text in self.texts if row >= 0 and text.lower() in _PERIODS}
        if not worded:
            return
        grouped: dict[tuple[str, ...], dict[Role, int]] = {}
        for row in sorted(worded):
            key = tuple(
                str(v).lower()
                for v in self.record.rows[row]
                if isinstance(v, str) and v.lower() not in _PERIODS and not _TIME.fullmatch(v)
            )
            grouped.setdefault(key, {})[self.role_of_row(row)] = row
        for rows in grouped.values():
            if {"usual", "now"} <= rows.keys():
                for place in range(len(self.columns)):
                    after, before = (
                        _number(self.record.rows[rows["now"]][place]),
                        _number(self.record.rows[rows["usual"]][place]),
                    )
                    if after is not None and before is not None:
                        yield _moved(rows["now"], place, place, before, after)

    def _along_time(self) -> Iterator[Movement]:
        """Yield the movement of each column of a series of times: its normal times against the window, else its ends."""
        at = {row: moment for row, _, moment in reversed(self.times) if row >= 0}
        order = sorted(at, key=lambda row: at[row])
        if len(order) < 2 or len(order) < len(self.record.rows):
            return
        for place, column in enumerate(self.columns):
            values = [(row, number) for row in order if (number := _number(self.record.rows[row][place])) is not None]
            if len(values) < 2 or column.role == "usual":
                continue
            usual = [v for row, v in values if self.role_of_row(row) == "usual"]
            now = [v for row, v in values if self.role_of_row(row) == "now"]
            if usual and now:
                yield _moved(values[-1][0], place, place, sum(usual) / len(usual), sum(now) / len(now))
            else:
                first = values[0][1]
                yield _moved(values[-1][0], place, place, first, values[-1][1])
                yield _moved(
                    values[-1][0], place, place, first, max((v for _, v in values), key=lambda v: abs(v - first))
                )


def _moved(row: int, now: int, usual: int, before: float, after: float) -> Movement:
    slack = 1e-9 * max(abs(before), abs(after))
    way: Way = "up" if after > before + slack else "down" if after < before - slack else "flat"
    gone = before > 0 and after <= 0.05 * before
    return Movement(row, now, usual, before, after, way, vanished=gone, appeared=after > 0 and before == 0)


def _parameter(name: str, value: str) -> Iterable[str]:
    if name == "regex":
        return [_template(value)]
    return value[:_LONGEST].split("\n") if name == "shapes" else [value[:_LONGEST]]


def _template(regex: str) -> str:
    """Return the template that a regular expression of fa2.logs was made of."""
    text = regex.removeprefix(r"^\s*").removesuffix(r"\s*$").replace("(.*?)", "<*>")
    return _REGEX_ESCAPE.sub(r"\1", _REGEX_SPACE.sub(" ", text))


def _written(row: int, role: Role, text: str) -> Iterator[WrittenNumber]:
    for q in quantities(text[:4000]):
        around = text[max(0, q.start - 40) : q.end + 40]
        near = frozenset(_stem(word) for word in _WORD.findall(around))
        side: Role = role if "→" not in text else "usual" if _arrow_follows(text, q.end) else "now"
        yield WrittenNumber(row, q.value, q.unit if q.unit in ("time", "share", "bytes") else "none", side, near)


def _arrow_follows(text: str, end: int) -> bool:
    """Tell whether an arrow follows within the same change, which ends at a comma."""
    stop = text.find(", ", end)
    return text.find("→", end, stop if stop >= 0 else len(text)) >= 0


def _stem(word: str) -> str:
    return word.lower().rstrip("s")


def stems(text: str) -> frozenset[str]:
    """Return the words of a text without the s of plurals."""
    return frozenset(_stem(word) for word in _WORD.findall(text))


def _times(value: str) -> Iterator[datetime]:
    for found in _TIME.finditer(value[:4000]):
        try:
            yield parse_time(found[0])
        except UnusableInput:
            continue


def _number(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _joins(letter: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter in "_-")
