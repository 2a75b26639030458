"""Whether a time of a statement is one of the evidence's, or of the incident's window."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime

from fa2.grounding.exhibits import Exhibit
from fa2.grounding.reading import Fact, Reading
from fa2.grounding.words import vocabulary

_BEFORE, _AFTER = 32, 12
_FROM, _TO = re.compile(r"\bfrom\s$"), re.compile(r"\b(?:to|until|till)\s$")
_KARA_BEFORE = re.compile(r"から\s?$")
_KARA, _MADE = re.compile(r"\s?から"), re.compile(r"\s?まで")
_BETWEEN = re.compile(r"\s?(?:-|~|/|to|and|until|till|through|から|より|→)\s?")
_BOUNDS = re.compile(r"window|baseline|period|interval|range|期間|ベースライン|時間帯|範囲", re.IGNORECASE)


def borne_time(fact: Fact, reading: Reading, exhibits: Sequence[Exhibit], bounds: Sequence[datetime]) -> bool:
    """Tell whether a time is in the evidence, in a column that the words beside it allow, or a bound of the window.

    A bound is one only where the text speaks of a window beside it, or tells both of its ends.
    """
    moment, text = fact.moment, reading.blanked
    if moment is None:
        return False
    said = _said(fact, text)
    for exhibit in exhibits:
        for _, column, time in exhibit.times:
            if moment.is_at(time) and _allows(said, column, exhibit):
                return True
    if not any(moment.is_at(bound) for bound in bounds):
        return False
    return bool(_BOUNDS.search(_beside(fact, text))) or moment.seconds is None or _of_both_ends(fact, reading, bounds)


def _beside(fact: Fact, text: str) -> str:
    """Return the clause around a time, without the time."""
    before, after = text[max(0, fact.start - 60) : fact.start], text[fact.end : fact.end + 40]
    return re.split(r"[.;。,、()]", before)[-1] + " " + re.split(r"[.;。,、()]", after)[0]


def _of_both_ends(fact: Fact, reading: Reading, bounds: Sequence[datetime]) -> bool:
    """Tell whether a time and the one beside it are the two ends of a window."""
    times = reading.of("time")
    for a, b in itertools.pairwise(times):
        if fact in (a, b) and _BETWEEN.fullmatch(reading.blanked[a.end : b.start]) and a.moment and b.moment:
            ends = zip(bounds[::2], bounds[1::2], strict=False)
            return any(a.moment.is_at(start) and b.moment.is_at(end) for start, end in ends)
    return False


def _said(fact: Fact, text: str) -> str | None:
    """Return whether a time is said to be the first or the last: by the word right before it, else near it."""
    before, after = text[max(0, fact.start - _BEFORE) : fact.start], text[fact.end : fact.end + _AFTER]
    if _FROM.search(before) or _KARA.match(after):
        return "start"
    if _TO.search(before) or _KARA_BEFORE.search(before) or _MADE.match(after):
        return "end"
    before = re.split(r"[.;。,、()]|\sand\s", before)[-1]
    after = re.split(r"[.;。,、()]", after)[0]
    marks = [
        (len(before) - m.end(), name)
        for name, trait in vocabulary().moments.items()
        for m in trait.words.finditer(before)
    ]
    marks += [(m.start(), name) for name, trait in vocabulary().moments.items() for m in trait.words.finditer(after)]
    return min(marks)[1] if marks else None


def _allows(said: str | None, column: str, exhibit: Exhibit) -> bool:
    """Tell whether what a time is said to be allows a column; one that says nothing is allowed anything."""
    if said is None:
        return True
    wanted = {"start": "first", "end": "last"}.get(said, said)
    other = "last" if wanted == "first" else "first"
    words = set(re.findall(r"[a-z]+", column.lower()))
    known = vocabulary().moments
    if not words & known[other].parts or words & known[wanted].parts:
        return True
    # "Answers stopped from then on" tells a last time as a first one; only where both are there can they be mixed up.
    both = {w for name in exhibit.record.columns for w in re.findall(r"[a-z]+", name.lower())}
    return not both & known[wanted].parts
