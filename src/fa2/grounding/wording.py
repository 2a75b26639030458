"""What the words around a number say of it: of which time, evidence, column and row it may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from fa2.grounding.cell_values import role_fits
from fa2.grounding.cells import Cell
from fa2.grounding.columns import Column, Role
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.moved import Movement
from fa2.grounding.quantities import Quantity
from fa2.grounding.reading import Fact, Reading
from fa2.grounding.sentences import Sentences
from fa2.grounding.words import vocabulary

_CHANGE_BEFORE = re.compile(
    r"(?:\bby|\b(?:is|are|was|were|went) (?:up|down)|increase of|decrease of|rise of|drop of|fall of|difference of|gap of|reduction of|growth of) (?:about |around |some |nearly |over |roughly |more than |another |an extra )?$"
)
_CHANGE_AFTER = re.compile(
    r"\s?(?:more|less|fewer|longer|slower|faster|higher|lower|extra|additional|shorter|increase|decrease|rise|drop|reduction|growth|"
    r"above|below|(?:requests|lines|errors|failures|calls|traces|times) (?:more|fewer))\b(?! than \d)"
    r"|\s?(?:ポイント|件|回|行)?(?:ほど|程度)?の?(?:増|減|多|少な|長|短|遅く|速|上昇|低下|差|上回|下回)"
)
_ALIKE = {"median": ("p50",), "p50": ("median",)}


class Wording:
    """The numbers of one statement among its words, and the evidence that it cites."""

    def __init__(
        self, reading: Reading, sentences: Sentences, exhibits: Sequence[Exhibit], *, wished: bool = False
    ) -> None:
        self.text = reading.blanked
        self.reading = reading
        self.sentences = sentences
        self.exhibits = exhibits
        self.numbers = reading.of("number")
        self.changes = frozenset(f.start for f in self.numbers if f.quantity and self._is_change(f.quantity))
        """Where the numbers begin that are said to be how much something moved."""
        self.parts: dict[int, Literal["part", "whole"]] = {}
        """What a number is in "N of M", by its start; filled by who reads those."""
        self._wished = wished

    def told(self, q: Quantity) -> list[Exhibit]:
        """Return the evidence that a number may be of: of several of one kind, those that its sentence names."""
        if len(self.exhibits) < 2:
            return list(self.exhibits)
        first, last = self.sentences.sentence(q.start)
        names = {f.text.lower() for f in self.reading.facts if f.kind == "name" and first <= f.start < last}
        named = {e.record.id: bool(names & set(e.about)) for e in self.exhibits}
        kinds = {(e.record.table, tuple(e.record.columns)) for e in self.exhibits if named[e.record.id]}
        return [
            e for e in self.exhibits if named[e.record.id] or (e.record.table, tuple(e.record.columns)) not in kinds
        ]

    def role(self, q: Quantity) -> Role:
        """Return whether a number is said to be of normal times or of the incident; of what should be done, neither."""
        return "any" if self._wished else self.sentences.roles.get(q.start, "now")

    @property
    def japanese(self) -> bool:
        """Whether the statement is in Japanese."""
        return self.reading.plain.japanese

    def clause_as_said(self, q: Quantity) -> str:
        """Return the clause of a number, its names and quotations included."""
        here = self.sentences.clauses[self.sentences.clause(q.start)]
        return self.reading.plain.text[here.start : here.end]

    def may_be(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether the words around a number allow it to be of a column."""
        column = cell.column
        if column.needs and self.parts.get(q.start) is None and not any(self.says(q, t, column) for t in column.needs):
            return False
        if q.start in self.changes and cell.role != "any":
            return False  # "by 48" and "48 more" tell no level
        if self.parts.get(q.start) == "whole" and not column.whole and any(c.whole for c in exhibit.columns):
            return False
        return (
            self.statistic_fits(q, cell, exhibit)
            and self.subject_fits(q, column, exhibit)
            and all(self.group_fits(q, cell, exhibit, group) for group in ("place", "normal"))
            and self.noun_fits(q, cell, exhibit)
            and self.row_fits(q, cell, exhibit)
        )

    def says(self, q: Quantity, trait: str, column: Column) -> bool:
        """Tell whether the text has a word for a trait beside a number; of normal times, anywhere in its sentence.

        "694 failed, while only 40 did in the baseline" says it once.
        """
        words = vocabulary().traits[trait].words
        if column.role == "usual" and self.role(q) == "usual":
            return words.search(self.text, *self.sentences.sentence(q.start)) is not None
        return words.search(self.sentences.words(self.sentences.clause(q.start))) is not None

    def statistic_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        said = self.sentences.statistic(q.start)
        if said is None:
            return True
        column = cell.column
        statistics = {
            t for t in column.traits if t not in vocabulary().traits or vocabulary().traits[t].group == "statistic"
        }
        wanted = {said, *_ALIKE.get(said, ())}
        if statistics:
            return bool(statistics & wanted)
        if column.traits:
            return True
        others = [
            c for c in exhibit.columns if c.traits & wanted and role_fits(cell.role, c.role) and c.unit == column.unit
        ]
        return not others

    def group_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit, group: str) -> bool:
        """Tell whether a column is what the nearest word of a group says; one of no group may be only where none is said."""
        said = self.sentences.nearest(q.start, group)
        if said is None:
            return True
        column = cell.column
        mine = {t for t in column.traits if t in vocabulary().traits and vocabulary().traits[t].group == group}
        if mine or column.traits:
            return said in mine or not mine
        return not any(
            said in c.traits and c.unit == column.unit and role_fits(cell.role, c.role) for c in exhibit.columns
        )

    def subject_fits(self, q: Quantity, column: Column, exhibit: Exhibit) -> bool:
        """Tell whether what was lost at a service itself, or at the entry, is told of that one."""
        if "excess" not in column.traits:
            return True
        service, target = (str(exhibit.record.parameters.get(name) or "").lower() for name in ("service", "target"))
        first, _ = self.sentences.sentence(q.start)
        names = [f.text.lower() for f in self.reading.facts if f.kind == "name" and first <= f.start < q.start]
        named = next((n for n in reversed(names) if n in (service, target)), None)
        wrong = service if "entry" in column.traits else target
        return named is None or service == target or named != wrong

    def noun_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether the noun right after a number allows a column: "N requests" is of requests, or of a part of them."""
        if q.unit not in ("none", "count"):
            return True
        for trait, nouns in vocabulary().counted.items():
            if nouns.match(self.text, q.end) and any(trait in c.traits for c in exhibit.columns):
                if trait in cell.column.traits:
                    return True
                part = cell.column.unit == "count" or "excess" in cell.column.traits
                return part and cell.value.is_integer() and self.parts.get(q.start) != "whole"
        return True

    def row_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether names and times beside a number allow a row."""
        if cell.row < 0 or len(exhibit.record.rows) < 2:
            return True
        named = self.rows_named(q, exhibit)
        return named is None or cell.row in named

    def rows_named(self, q: Quantity, exhibit: Exhibit) -> set[int] | None:
        first, last = self.sentences.sentence(q.start)
        within = [f for f in self.reading.facts if first <= f.start < last and f.kind in ("name", "time", "quotation")]
        clause = self.sentences.clause(q.start)
        told = [(f, rows) for f in within if (rows := _rows_of(f, exhibit))]
        if not told:
            return None
        beside = [rows for f, rows in told if self.sentences.clause(f.start) == clause]
        before = [rows for f, rows in told if f.start < q.start]
        narrow = beside or before[-1:] or [rows for _, rows in told]
        both = set.intersection(*narrow)
        return both or set.union(*narrow)

    def about(self, q: Quantity, m: Movement, exhibit: Exhibit) -> bool:
        """Tell whether the words around a derived number allow what moved."""
        column = exhibit.columns[m.now]
        said = self.sentences.statistic(q.start)
        statistics = {
            t for t in column.traits if t not in vocabulary().traits or vocabulary().traits[t].group == "statistic"
        }
        if said and statistics and not statistics & {said, *_ALIKE.get(said, ())}:
            return False
        named = self.rows_named(q, exhibit) if len(exhibit.record.rows) > 1 else None
        return named is None or m.row in named

    def _is_change(self, q: Quantity) -> bool:
        """Tell whether a number is said to be how much something moved."""
        before, after = self.text[max(0, q.start - 40) : q.start], self.text[q.end : q.end + 24]
        return bool(_CHANGE_BEFORE.search(before) or _CHANGE_AFTER.match(after))


def _rows_of(fact: Fact, exhibit: Exhibit) -> set[int]:
    if fact.moment is not None:
        found = {row for row, _, moment in exhibit.times if row >= 0 and fact.moment.is_at(moment)}
        return found if len(found) < len(exhibit.record.rows) else set()
    return set(exhibit.rows_of.get(fact.text.lower(), ()))
