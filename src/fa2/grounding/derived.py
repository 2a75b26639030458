"""Numbers that two cells of the evidence give: differences, multiples, changes in percent, and times apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fa2.grounding.borne import Borne
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.moved import Movement
from fa2.grounding.parts import is_share_of
from fa2.grounding.quantities import Quantity
from fa2.grounding.wording import Wording
from fa2.grounding.words import vocabulary

_APART_AFTER = re.compile(
    r"\s?(?:after|before(?! other| the other)|later|earlier than|into|後|前(?!後)|経過|遅れ|以内|続)"
)
_APART_BEFORE = re.compile(
    r"(?:lasted|lasting|within|took|span of|window of|for) (?:about |around |the |roughly |nearly )?$"
)
_MANY = 6
"""Times of a piece of evidence that are held against others each; of more, the first and the last."""


def derive(borne: Borne, q: Quantity, wording: Wording, bounds: Sequence[datetime]) -> None:
    """Look for a number among what two cells of a row give, where the text says that it is such a number.

    bounds: of the window and normal times, from which times may be apart as well.
    """
    if q.unit == "ratio" and wording.sentences.says(wording.sentences.clause(q.start), vocabulary().traits["size"]):
        return  # times its own spread, not times what is usual
    for exhibit in wording.told(q):
        for m in exhibit.movements:
            if _gives(q, m, exhibit, wording):
                borne.direct = True
                borne.movements.append(m)
        if q.unit == "share" and not borne.direct:
            borne.direct = is_share_of(q, wording, exhibit)
    if q.unit == "time" and not borne.direct and _is_apart(q, wording.text):
        borne.direct = any(q.fits(s) for s in _apart(wording.exhibits, bounds))


def _gives(q: Quantity, m: Movement, exhibit: Exhibit, wording: Wording) -> bool:
    change = q.start in wording.changes
    return any(q.fits(value) for value in _derived(q, m, exhibit, change=change)) and wording.about(q, m, exhibit)


def _is_apart(q: Quantity, text: str) -> bool:
    """Tell whether a time is said to lie between two others."""
    before, after = text[max(0, q.start - 40) : q.start], text[q.end : q.end + 24]
    return bool(_APART_AFTER.match(after) or _APART_BEFORE.search(before))


def _apart(exhibits: Iterable[Exhibit], bounds: Sequence[datetime]) -> Iterator[float]:
    """Yield the seconds between times of the evidence, and of it and the window's."""
    times = list(bounds)
    for exhibit in exhibits:
        mine = sorted({moment for _, _, moment in exhibit.times})
        times += mine if len(mine) <= _MANY else [mine[0], mine[-1]]
    for a, b in itertools.combinations(times, 2):
        yield abs((b - a).total_seconds())


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
