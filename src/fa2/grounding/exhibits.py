"""A piece of evidence, read once so that statements can be held to it: its texts, numbers, times and movements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

from fa2.core.errors import UnusableInput
from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow, parse_time, total_seconds
from fa2.grounding.cells import Cell, cells_of
from fa2.grounding.columns import Column, Role, columns
from fa2.grounding.copies import Copies
from fa2.grounding.moved import Movement, Moving
from fa2.grounding.plain_text import comparable
from fa2.grounding.written_numbers import WrittenNumber, written_numbers

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_REGEX_SPACE = re.compile(r"\\s[+*]")
_REGEX_ESCAPE = re.compile(r"\\([.^$*+?()\[\]{}|\\])")
_QUANTILE = re.compile(r"(?<![\d.])0?\.(\d{1,3})(?!\d)")
_TOLD = 300
"""Characters to which rules cut an error that they tell, within a word and without a mark."""
_FREE = re.compile(r"search|v\d+")
"""Parameters in which who asked may write anything."""
_LONGEST = 20_000
"""Characters of one value that are looked at."""
_PERIODS: dict[str, Role] = dict.fromkeys(("baseline", "usual", "normal", "before"), "usual") | dict.fromkeys(
    ("window", "incident", "during", "after", "now"), "now"
)  # type: ignore[assignment]  # dict.fromkeys widens the literals


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
    def stated(self) -> tuple[tuple[int, Role, str], ...]:
        """The texts that state something: what was looked for is named by its question, and stated only where found."""
        if self._found:
            return self.texts
        asked = {comparable(v) for n, v in self.record.parameters.items() if _FREE.fullmatch(n) and isinstance(v, str)}
        return tuple(one for one in self.texts if one[0] >= 0 or one[2] not in asked)

    @cached_property
    def _found(self) -> bool:
        return any(value for row in self.record.rows for value in row)

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
        idle = {text for _, _, text in self.texts} - {text for _, _, text in self.stated}
        told = [text[:_TOLD].strip() for text in self.quotable if len(text) > _TOLD]
        return Copies([text for text in [*self.quotable, *told] if text not in idle])

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All numbers in its rows and parameters."""
        known = cells_of(self.record, self.role_of_row)
        return tuple(c for c in known if c.row >= 0 or self._found or not _FREE.fullmatch(c.column.name))

    @cached_property
    def written(self) -> tuple[WrittenNumber, ...]:
        """The numbers in its texts."""
        return tuple(number for row, role, text in self.stated for number in written_numbers(row, role, text))

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
        times = {row: moment for row, _, moment in reversed(self.times) if row >= 0}
        return tuple(Moving(self.record, self._row_roles, self._labels, times, self._stretch).movements())

    @property
    def _stretch(self) -> float:
        return self._window.duration.total_seconds() / total_seconds(self._baselines) if self._baselines else 1.0

    @property
    def _labels(self) -> dict[int, tuple[str, ...]]:
        worded = {row for row, _, text in self.texts if row >= 0 and text.lower() in _PERIODS}
        return {
            row: tuple(
                v.lower()
                for v in self.record.rows[row]
                if isinstance(v, str) and v.lower() not in _PERIODS and not _TIME.fullmatch(v)
            )
            for row in worded
        }

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


def _parameter(name: str, value: str) -> Iterable[str]:
    if name == "regex":
        return [_template(value)]
    return value[:_LONGEST].split("\n") if name == "shapes" else [value[:_LONGEST]]


def _template(regex: str) -> str:
    """Return the template that a regular expression of fa2.logs was made of."""
    text = regex.removeprefix(r"^\s*").removesuffix(r"\s*$").replace("(.*?)", "<*>")
    return _REGEX_ESCAPE.sub(r"\1", _REGEX_SPACE.sub(" ", text))


def _times(value: str) -> Iterator[datetime]:
    for found in _TIME.finditer(value[:4000]):
        try:
            yield parse_time(found[0])
        except UnusableInput:
            continue


def _joins(letter: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter in "_-")
