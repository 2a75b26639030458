"""Numbers that are told as a part of a whole: "9 of 187", "187 件中 9 件", "5 % of requests"."""

from __future__ import annotations

import itertools
import re

from fa2.grounding.borne import Borne
from fa2.grounding.cell_values import equals, role_fits
from fa2.grounding.cells import Cell
from fa2.grounding.columns import Role
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.quantities import Quantity
from fa2.grounding.wording import Wording

_OF = re.compile(r"\s?(?:times |lines |traces )?(?:out )?of (?:the |all |all the |its |these |those )?\s?|\s?/\s?")
_OF_JA = re.compile(
    r"\s?(?:件|回|個|系列|本|台)?(?:の?(?:リクエスト|呼び出し|スパン|要求|メトリクス|系列))?(?:中|のうち|の内|うち)[、のは]?\s?"
)
_GAP = 40
"""Characters between a part and its whole at most."""
_SCALES = (10.0, 100.0)
"""What severities are told out of."""


def parts(wording: Wording) -> dict[int, Borne]:
    """Return the numbers of "N of M" that stand in one row as a part and a whole, by their start.

    Notes in the wording which number is the part and which the whole, also of those that stand in none.
    """
    found: dict[int, Borne] = {}
    for a, b in itertools.pairwise(fact.quantity for fact in wording.numbers):
        if a is None or b is None or b.start - a.end > _GAP:
            continue
        pair = _pair(a, b, wording)
        if pair is not None and (borne := _borne(*pair, wording)) is not None:
            found |= {a.start: borne, b.start: borne}
    return found


def is_share_of(q: Quantity, wording: Wording, exhibit: Exhibit) -> bool:
    """Tell whether a percentage is a part's share of a whole in one row."""
    wholes = [c for c in exhibit.cells if c.column.whole and c.value]
    return any(
        q.fits(some.value / all_.value) and _is_said(q, some, all_, wording) and wording.row_fits(q, some, exhibit)
        for all_ in wholes
        for some in exhibit.cells
        if _is_part(some, all_)
    )


def _pair(a: Quantity, b: Quantity, wording: Wording) -> tuple[Quantity, Quantity] | None:
    """Return the part and the whole of two counts; null where they are none. "5 % of 187" has a whole alone."""
    gap = wording.text[a.end : b.start]
    units = [q.unit if q.unit != "none" else "count" for q in (a, b)]
    if units == ["share", "count"] and _OF.fullmatch(gap):
        wording.parts[b.start] = "whole"
    if units == ["count", "share"] and _OF_JA.fullmatch(gap):
        wording.parts[a.start] = "whole"
    if units != ["count", "count"]:
        return None
    if _OF.fullmatch(gap):
        return a, b
    return (b, a) if _OF_JA.fullmatch(gap) else None


def _borne(part: Quantity, whole: Quantity, wording: Wording) -> Borne | None:
    if whole.value in _SCALES and _is_severity(part, wording):
        return Borne(direct=True)
    wording.parts |= {part.start: "part", whole.start: "whole"}
    return _in_one_row(part, whole, wording)


def _is_severity(part: Quantity, wording: Wording) -> bool:
    return any("severity" in c.column.traits and equals(part, c) for e in wording.exhibits for c in e.cells)


def _in_one_row(part: Quantity, whole: Quantity, wording: Wording) -> Borne | None:
    """Return whether N of M stand in one row; null where M is no column's that counts all."""
    borne: Borne | None = None
    for exhibit in wording.told(whole):
        for all_ in _wholes(whole, wording, exhibit):
            borne = borne or Borne()
            for some in exhibit.cells:
                if _is_part_said(part, some, all_, wording, exhibit):
                    _note(borne, _roles(part, whole, wording), some, all_, exhibit)
    return borne and borne.settled()


def _wholes(whole: Quantity, wording: Wording, exhibit: Exhibit) -> list[Cell]:
    return [
        c
        for c in exhibit.cells
        if c.column.whole
        and equals(whole, c)
        and wording.noun_fits(whole, c, exhibit)
        and wording.row_fits(whole, c, exhibit)
    ]


def _is_part_said(part: Quantity, some: Cell, all_: Cell, wording: Wording, exhibit: Exhibit) -> bool:
    """Tell whether a number is a cell's that counts a part of a whole, as the words around it allow."""
    return (
        some.value <= all_.value
        and equals(part, some)
        and _is_part(some, all_)
        and wording.group_fits(part, some, exhibit, "place")
        and wording.subject_fits(part, some.column, exhibit)
    )


def _note(borne: Borne, roles: tuple[Role, Role], some: Cell, all_: Cell, exhibit: Exhibit) -> None:
    if role_fits(roles[0], some.role) and role_fits(roles[1], all_.role) and role_fits(some.role, all_.role):
        borne.found_in(some, exhibit)
    else:
        borne.swapped = True


def _roles(part: Quantity, whole: Quantity, wording: Wording) -> tuple[Role, Role]:
    """Return of which times both are said to be: in "in the baseline 6 of 7 did" one word tells it of both."""
    roles = wording.role(part), wording.role(whole)
    return ("usual", "usual") if "usual" in roles else roles


def _is_part(some: Cell, all_: Cell) -> bool:
    """Tell whether a cell counts a part of what another one counts."""
    if some.row != all_.row or some.place == all_.place or some.column.whole:
        return False
    return some.column.unit == "count" or "excess" in some.column.traits


def _is_said(q: Quantity, some: Cell, all_: Cell, wording: Wording) -> bool:
    """Tell whether the words beside a share fit the part, and their times each other."""
    role = wording.role(q)
    same = role_fits(some.role, all_.role) and role_fits(role, some.role) and role_fits(role, all_.role)
    return same and all(wording.says(q, t, some.column) for t in some.column.needs)
