"""Whether a number of a statement stands in the evidence: in a cell of the right kind, or derived from two of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fa2.grounding.columns import Column, Role
from fa2.grounding.exhibits import Cell, Exhibit, Movement, stems
from fa2.grounding.quantities import Quantity
from fa2.grounding.reading import Fact, Reading
from fa2.grounding.sentences import Sentences
from fa2.grounding.words import vocabulary

_OF = re.compile(r"\s?(?:times |lines |traces )?(?:out )?of (?:the |all |all the |its |these |those )?\s?|\s?/\s?")
_OF_JA = re.compile(
    r"\s?(?:件|回|個|系列|本|台)?(?:の?(?:リクエスト|呼び出し|スパン|要求|メトリクス|系列))?(?:中|のうち|の内|うち)[、のは]?\s?"
)
_CHANGE_BEFORE = re.compile(
    r"(?:\bby|\b(?:is|are|was|were|went) (?:up|down)|increase of|decrease of|rise of|drop of|fall of|difference of|gap of|reduction of|growth of) (?:about |around |some |nearly |over |roughly |more than |another |an extra )?$"
)
_CHANGE_AFTER = re.compile(
    r"\s?(?:more|less|fewer|longer|slower|faster|higher|lower|extra|additional|shorter|increase|decrease|rise|drop|reduction|growth|"
    r"above|below|(?:requests|lines|errors|failures|calls|traces|times) (?:more|fewer))\b(?! than \d)"
    r"|\s?(?:ポイント|件|回|行)?(?:ほど|程度)?の?(?:増|減|多|少な|長|短|遅く|速|上昇|低下|差|上回|下回)"
)
_APART_AFTER = re.compile(
    r"\s?(?:after|before(?! other| the other)|later|earlier than|into|後|前(?!後)|経過|遅れ|以内|続)"
)
_APART_BEFORE = re.compile(
    r"(?:lasted|lasting|within|took|span of|window of|for) (?:about |around |the |roughly |nearly )?$"
)
_MANY = 6
"""Times of a piece of evidence that are held against others each; of more, the first and the last."""


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


class Figures:
    """Holds the numbers of one statement to the evidence that it cites."""

    def __init__(
        self,
        reading: Reading,
        sentences: Sentences,
        exhibits: Sequence[Exhibit],
        bounds: Sequence[datetime],
        *,
        wished: bool = False,
    ) -> None:
        self._text = reading.blanked
        self._reading = reading
        self._sentences = sentences
        self._exhibits = exhibits
        self._bounds = bounds
        self._wished = wished
        self.numbers = reading.of("number")
        self._changes = frozenset(f.start for f in self.numbers if f.quantity and self._is_change(f.quantity))
        self._strict: dict[int, str] = {}
        """The part that a number has in "N of M", by its start: part or whole."""
        self._found_pairs = dict(self._parts())

    @property
    def borne(self) -> list[tuple[Fact, Borne]]:
        """All numbers, in their order, with where each was found."""
        return [(fact, self._bear(fact)) for fact in self.numbers]

    def _bear(self, fact: Fact) -> Borne:
        """Return where a number was found."""
        q = fact.quantity
        if q is None:
            return Borne()
        if q.start in self._found_pairs:
            return self._found_pairs[q.start]
        borne = Borne()
        for exhibit in self._told(q):
            for cell in exhibit.cells:
                if _equals(q, cell) and self._may_be(q, cell, exhibit):
                    self._note(borne, q, cell, exhibit)
        if not borne.direct:
            self._derive(borne, q)
        if not borne.direct and any(self._written(q, exhibit) for exhibit in self._told(q)):
            borne.direct = True
        if borne.direct:
            borne.swapped = False
        return borne

    def _told(self, q: Quantity) -> list[Exhibit]:
        """Return the evidence that a number may be of: of several of one kind, those that its sentence names."""
        if len(self._exhibits) < 2:
            return list(self._exhibits)
        first, last = self._sentences.sentence(q.start)
        names = {f.text.lower() for f in self._reading.facts if f.kind == "name" and first <= f.start < last}
        named = {e.record.id: bool(names & set(e.about)) for e in self._exhibits}
        kinds = {(e.record.table, tuple(e.record.columns)) for e in self._exhibits if named[e.record.id]}
        return [
            e for e in self._exhibits if named[e.record.id] or (e.record.table, tuple(e.record.columns)) not in kinds
        ]

    def _role(self, q: Quantity) -> Role:
        """Return whether a number is said to be of normal times or of the incident; of what should be done, neither."""
        return "any" if self._wished else self._sentences.roles.get(q.start, "now")

    def _is_change(self, q: Quantity) -> bool:
        """Tell whether a number is said to be how much something moved."""
        before, after = self._text[max(0, q.start - 40) : q.start], self._text[q.end : q.end + 24]
        return bool(_CHANGE_BEFORE.search(before) or _CHANGE_AFTER.match(after))

    def _note(self, borne: Borne, q: Quantity, cell: Cell, exhibit: Exhibit) -> None:
        role = self._role(q)
        # Where the text tells the row by its time, that tells whether it is of normal times.
        told = cell.column.role == "any" and cell.row in (self._rows_named(q, exhibit) or ())
        if not told and not _role_fits(role, cell.role):
            borne.swapped = True
            return
        borne.direct = True
        borne.movements += [m for m in exhibit.movements if m.row == cell.row and cell.place in (m.now, m.usual)]
        if "excess" in cell.column.traits and cell.value:
            borne.rises = cell.value > 0 or q.value < 0  # "an increase of -3" says by its sign what it is
        borne.partial |= any(c.whole and c.role == cell.column.role for c in exhibit.columns)

    def _may_be(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether the words around a number allow it to be of a column."""
        column = cell.column
        if (
            column.needs
            and self._strict.get(q.start) is None
            and not any(self._says(q, t, column) for t in column.needs)
        ):
            return False
        if q.start in self._changes and cell.role != "any":
            return False  # "by 48" and "48 more" tell no level
        if self._strict.get(q.start) == "whole" and not column.whole and any(c.whole for c in exhibit.columns):
            return False
        return (
            self._statistic_fits(q, cell, exhibit)
            and self._subject_fits(q, column, exhibit)
            and all(self._group_fits(q, cell, exhibit, group) for group in ("place", "normal"))
            and self._noun_fits(q, cell, exhibit)
            and self._row_fits(q, cell, exhibit)
        )

    def _says(self, q: Quantity, trait: str, column: Column) -> bool:
        """Tell whether the text has a word for a trait beside a number; of normal times, anywhere in its sentence.

        "694 failed, while only 40 did in the baseline" says it once.
        """
        words = vocabulary().traits[trait].words
        if column.role == "usual" and self._role(q) == "usual":
            return words.search(self._text, *self._sentences.sentence(q.start)) is not None
        return words.search(self._sentences.words(self._sentences.clause(q.start))) is not None

    def _statistic_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        said = self._sentences.statistic(q.start)
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
            c for c in exhibit.columns if c.traits & wanted and _role_fits(cell.role, c.role) and c.unit == column.unit
        ]
        return not others

    def _group_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit, group: str) -> bool:
        """Tell whether a column is what the nearest word of a group says; one of no group may be only where none is said."""
        said = self._sentences.nearest(q.start, group)
        if said is None:
            return True
        column = cell.column
        mine = {t for t in column.traits if t in vocabulary().traits and vocabulary().traits[t].group == group}
        if mine or column.traits:
            return said in mine or not mine
        return not any(
            said in c.traits and c.unit == column.unit and _role_fits(cell.role, c.role) for c in exhibit.columns
        )

    def _subject_fits(self, q: Quantity, column: Column, exhibit: Exhibit) -> bool:
        """Tell whether what was lost at a service itself, or at the entry, is told of that one."""
        if "excess" not in column.traits:
            return True
        service, target = (str(exhibit.record.parameters.get(name) or "").lower() for name in ("service", "target"))
        first, _ = self._sentences.sentence(q.start)
        names = [f.text.lower() for f in self._reading.facts if f.kind == "name" and first <= f.start < q.start]
        named = next((n for n in reversed(names) if n in (service, target)), None)
        wrong = service if "entry" in column.traits else target
        return named is None or service == target or named != wrong

    def _noun_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether the noun right after a number allows a column: "N requests" is of requests, or of a part of them."""
        if q.unit not in ("none", "count"):
            return True
        for trait, nouns in vocabulary().counted.items():
            if nouns.match(self._text, q.end) and any(trait in c.traits for c in exhibit.columns):
                if trait in cell.column.traits:
                    return True
                part = cell.column.unit == "count" or "excess" in cell.column.traits
                return part and cell.value.is_integer() and self._strict.get(q.start) != "whole"
        return True

    def _row_fits(self, q: Quantity, cell: Cell, exhibit: Exhibit) -> bool:
        """Tell whether names and times beside a number allow a row."""
        if cell.row < 0 or len(exhibit.record.rows) < 2:
            return True
        named = self._rows_named(q, exhibit)
        return named is None or cell.row in named

    def _rows_named(self, q: Quantity, exhibit: Exhibit) -> set[int] | None:
        first, last = self._sentences.sentence(q.start)
        within = [f for f in self._reading.facts if first <= f.start < last and f.kind in ("name", "time", "quotation")]
        clause = self._sentences.clause(q.start)
        told = [(f, rows) for f in within if (rows := _rows_of(f, exhibit))]
        if not told:
            return None
        beside = [rows for f, rows in told if self._sentences.clause(f.start) == clause]
        before = [rows for f, rows in told if f.start < q.start]
        narrow = beside or before[-1:] or [rows for _, rows in told]
        both = set.intersection(*narrow)
        return both or set.union(*narrow)

    def _parts(self) -> Iterator[tuple[int, Borne]]:
        """Yield the numbers of "N of M" that stand in one row as a part and a whole."""
        for a, b in zip(self.numbers, self.numbers[1:], strict=False):
            if a.quantity is None or b.quantity is None or b.quantity.start - a.quantity.end > 40:
                continue
            gap = self._text[a.quantity.end : b.quantity.start]
            units = [q.unit if q.unit != "none" else "count" for q in (a.quantity, b.quantity)]
            if units == ["share", "count"] and _OF.fullmatch(gap):
                self._strict[b.quantity.start] = "whole"
            if units == ["count", "share"] and _OF_JA.fullmatch(gap):
                self._strict[a.quantity.start] = "whole"
            if units != ["count", "count"]:
                continue
            if _OF.fullmatch(gap):
                part, whole = a.quantity, b.quantity
            elif _OF_JA.fullmatch(gap):
                part, whole = b.quantity, a.quantity
            else:
                continue
            if whole.value in (10.0, 100.0) and self._severity(part):
                yield part.start, Borne(direct=True)
                yield whole.start, Borne(direct=True)
                continue
            self._strict |= {part.start: "part", whole.start: "whole"}
            found = self._in_one_row(part, whole)
            if found is not None:
                yield part.start, found
                yield whole.start, found

    def _severity(self, part: Quantity) -> bool:
        return any("severity" in c.column.traits and _equals(part, c) for e in self._exhibits for c in e.cells)

    def _in_one_row(self, part: Quantity, whole: Quantity) -> Borne | None:
        """Return whether N of M stand in one row; null where M is no column's that counts all."""
        borne: Borne | None = None
        for exhibit in self._told(whole):
            wholes = [
                c
                for c in exhibit.cells
                if c.column.whole
                and _equals(whole, c)
                and self._noun_fits(whole, c, exhibit)
                and self._row_fits(whole, c, exhibit)
            ]
            for all_ in wholes:
                borne = borne or Borne()
                for some in exhibit.cells:
                    if (
                        some.row != all_.row
                        or some.place == all_.place
                        or some.value > all_.value
                        or not _equals(part, some)
                    ):
                        continue
                    if some.column.whole or (some.column.unit != "count" and "excess" not in some.column.traits):
                        continue
                    if not (
                        self._group_fits(part, some, exhibit, "place")
                        and self._subject_fits(part, some.column, exhibit)
                    ):
                        continue
                    roles = [self._role(q) for q in (part, whole)]
                    # In "in the baseline 6 of 7 did" one word tells the role of both.
                    if "usual" in roles:
                        roles = ["usual", "usual"]
                    if (
                        _role_fits(roles[0], some.role)
                        and _role_fits(roles[1], all_.role)
                        and _role_fits(some.role, all_.role)
                    ):
                        borne.direct = True
                        borne.movements += [
                            m for m in exhibit.movements if m.row == some.row and some.place in (m.now, m.usual)
                        ]
                        if "excess" in some.column.traits and some.value:
                            borne.rises = some.value > 0
                    else:
                        borne.swapped = True
        if borne is not None and borne.direct:
            borne.swapped = False
        return borne

    def _derive(self, borne: Borne, q: Quantity) -> None:
        """Look for a number among what two cells of a row give, where the text says that it is such a number."""
        before, after = self._text[max(0, q.start - 40) : q.start], self._text[q.end : q.end + 24]
        change = q.start in self._changes
        if q.unit == "ratio" and self._sentences.says(self._sentences.clause(q.start), vocabulary().traits["size"]):
            return  # times its own spread, not times what is usual
        for exhibit in self._told(q):
            for m in exhibit.movements:
                if any(q.fits(value) for value in _derived(q, m, exhibit, change=change)) and self._about(
                    q, m, exhibit
                ):
                    borne.direct = True
                    borne.movements.append(m)
            if q.unit == "share" and not borne.direct:
                borne.direct = self._share_of(q, exhibit)
        if q.unit == "time" and not borne.direct and (_APART_AFTER.match(after) or _APART_BEFORE.search(before)):
            borne.direct = any(q.fits(s) for s in self._apart())

    def _about(self, q: Quantity, m: Movement, exhibit: Exhibit) -> bool:
        """Tell whether the words around a derived number allow what moved."""
        column = exhibit.columns[m.now]
        said = self._sentences.statistic(q.start)
        statistics = {
            t for t in column.traits if t not in vocabulary().traits or vocabulary().traits[t].group == "statistic"
        }
        if said and statistics and not statistics & {said, *_ALIKE.get(said, ())}:
            return False
        named = self._rows_named(q, exhibit) if len(exhibit.record.rows) > 1 else None
        return named is None or m.row in named

    def _share_of(self, q: Quantity, exhibit: Exhibit) -> bool:
        """Tell whether a percentage is a part's share of a whole in one row."""
        role = self._role(q)
        for all_ in exhibit.cells:
            if not all_.column.whole or not all_.value:
                continue
            for some in exhibit.cells:
                if some.row != all_.row or some.place == all_.place or some.column.whole:
                    continue
                if some.column.unit != "count" and "excess" not in some.column.traits:
                    continue
                said = all(self._says(q, t, some.column) for t in some.column.needs)
                same = _role_fits(some.role, all_.role) and _role_fits(role, some.role) and _role_fits(role, all_.role)
                if said and same and q.fits(some.value / all_.value) and self._row_fits(q, some, exhibit):
                    return True
        return False

    def _apart(self) -> Iterator[float]:
        """Yield the seconds between times of the evidence, and of it and the window's."""
        times: list[datetime] = list(self._bounds)
        for exhibit in self._exhibits:
            mine = sorted({moment for _, _, moment in exhibit.times})
            times += mine if len(mine) <= _MANY else [mine[0], mine[-1]]
        for n, a in enumerate(times):
            for b in times[n + 1 :]:
                yield abs((b - a).total_seconds())

    def _written(self, q: Quantity, exhibit: Exhibit) -> bool:
        """Tell whether a number stands in a text of the evidence, with the same unit or beside the same words."""
        role = self._role(q)
        here = self._sentences.clauses[self._sentences.clause(q.start)]
        words = stems(self._reading.plain.text[here.start : here.end])
        for number in exhibit.written:
            if (
                not _role_fits(role, number.role)
                or not q.fits(number.value)
                or (number.value != 0 and abs(number.value - q.value) > q.give)
            ):
                continue
            if q.unit in ("time", "share", "bytes") or number.unit != "none":
                if number.unit == q.unit or (number.unit == "time" and q.unit == "none" and words & number.near):
                    return True
            elif words & number.near or (self._reading.plain.japanese and q.unit == "none"):
                return True
        return False


_ALIKE = {"median": ("p50",), "p50": ("median",)}


def _rows_of(fact: Fact, exhibit: Exhibit) -> set[int]:
    if fact.moment is not None:
        found = {row for row, _, moment in exhibit.times if row >= 0 and fact.moment.is_at(moment)}
        return found if len(found) < len(exhibit.record.rows) else set()
    return set(exhibit.rows_of.get(fact.text.lower(), ()))


def _role_fits(said: Role, is_: Role) -> bool:
    return said == is_ or "any" in (said, is_)


def _equals(q: Quantity, cell: Cell) -> bool:
    return any(q.fits(value) for value in _readings(q, cell))


def _readings(q: Quantity, cell: Cell) -> Iterator[float]:
    """Yield what a cell is in the unit of a number; nothing where it cannot be."""
    value = cell.value
    match q.unit:
        case "none" | "count":
            if (
                cell.unit in ("none", "count")
                or (q.unit == "none" and cell.unit in ("time", "bytes"))
                or cell.unit == "ratio"
            ):
                yield value
            elif cell.unit == "bytes":
                yield value * cell.size
        case "time":
            if cell.unit == "time":
                yield value * cell.size
            elif cell.unit == "none":
                # Nobody said what it is in: seconds or milliseconds is taken from the statement.
                yield value
                yield value * 1e-3
        case "share":
            if cell.unit == "share":
                yield value * cell.size
            elif cell.unit == "none":
                yield value / 100
                if 0 <= value <= 1 and re.search(r"rate|ratio|share", cell.column.name):
                    yield value
        case "bytes":
            if cell.unit in ("bytes", "none"):
                yield value * cell.size
        case "ratio":
            if cell.unit == "ratio":
                yield value


def _derived(q: Quantity, m: Movement, exhibit: Exhibit, *, change: bool) -> Iterator[float]:
    column = exhibit.columns[m.now]
    if q.unit == "ratio":
        if m.before and m.after and m.before * m.after > 0:
            yield m.after / m.before
            yield m.before / m.after
    elif change and q.unit == "share" and m.before:
        yield abs(m.after - m.before) / abs(m.before)
        if column.unit in ("share", "none"):
            yield abs(m.after - m.before) * (column.size if column.unit == "share" else 0.01)
    elif change:
        apart = abs(m.after - m.before)
        if q.unit in ("none", "count"):
            yield apart
        elif q.unit == column.unit:
            yield apart * column.size
        elif column.unit == "none" and q.unit == "time":
            yield apart
            yield apart * 1e-3
