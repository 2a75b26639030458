"""Whether words of rising and falling agree with the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fa2.grounding.borne import Borne
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.moved import Movement
from fa2.grounding.quantities import Quantity
from fa2.grounding.reading import Fact, Reading
from fa2.grounding.sentences import Sentences
from fa2.grounding.words import vocabulary

_NEGATED = re.compile(
    r"(?:\bnot|\bno|n[’']t|\bnever|\bwithout|\bneither|\bnor)(?:\s+(?:a|an|any|been|have|has|the|clear|significant|seem to|really|actually))*\s+$"
)
_NEGATED_JA = re.compile(r"[していはがもなた見られ認確でき観測さおらるこ]{0,10}(?:ない|ません|なかった|おらず|せず)")
_STEADY = 0.25
"""What moved by less than this share of the larger value counts as steady."""
_TABLES = {
    "metrics": re.compile(r"\bmetrics?\b|メトリクス", re.IGNORECASE),
    "logs": re.compile(r"\b(?:logs?|logged|lines?)\b|ログ", re.IGNORECASE),
    "spans": re.compile(r"\b(?:traces?|spans?|calls?)\b|トレース|スパン|呼び出し", re.IGNORECASE),
}
_ONLY = re.compile(r"\bonly\s(?:about |some )?$")
_ONLY_JA = re.compile(r"\s?(?:件|回|個|行)?(?:だけ|のみ|しか)")


@dataclass(frozen=True)
class Shown:
    """What the evidence shows of a word of direction."""

    agrees: bool
    known: bool
    """Whether it shows any direction at all."""


class Movements:
    """Holds the words of direction of one statement to the evidence that it cites."""

    def __init__(
        self, reading: Reading, sentences: Sentences, exhibits: Sequence[Exhibit], borne: Sequence[tuple[Fact, Borne]]
    ) -> None:
        self._reading = reading
        self._sentences = sentences
        self._exhibits = exhibits
        self._borne = borne

    def show(self, word: Fact) -> Shown:
        """Return whether the evidence shows what a word of direction says."""
        denied = self._denied(word)
        for pair in self._sentences.from_to:
            if self._beside(word, pair) and word.way in ("up", "down"):
                return Shown(denied != (_way(*pair) == word.way), True)
        near = [b for f, b in self._near(word) if b.movements or b.rises is not None]
        if near:
            return self._of_numbers(word, near, denied=denied)
        return self._of_evidence(word, denied=denied)

    def only(self) -> Fact | None:
        """Return a number that the text calls a mere one, although it is more than usual; null where there is none."""
        for fact, borne in self._borne:
            before, after = (
                self._reading.blanked[max(0, fact.start - 12) : fact.start],
                self._reading.blanked[fact.end : fact.end + 6],
            )
            if not (_ONLY.search(before) or _ONLY_JA.match(after)):
                continue
            if borne.partial:
                continue
            if (
                borne.movements
                and all(m.way == "up" for m in borne.movements)
                and self._sentences.roles.get(fact.start) == "now"
            ):
                return fact
        return None

    def _denied(self, word: Fact) -> bool:
        text = self._reading.blanked
        if _NEGATED.search(text, max(0, word.start - 40), word.start):
            return True
        return bool(re.search(r"[ぁ-ん]", text[word.start : word.end + 4]) and _NEGATED_JA.match(text, word.end))

    def _beside(self, word: Fact, pair: tuple[Quantity, Quantity]) -> bool:
        """Tell whether "from A to B" stands in the clause of a word, or next to it in its sentence."""
        first, last = self._sentences.sentence(word.start)
        if not first <= pair[0].start < last:
            return False
        between = self._reading.blanked[min(word.end, pair[1].end) : max(word.start, pair[0].start)]
        return len(between) <= 40 and not re.search(r"\d", between)

    def _near(self, word: Fact) -> list[tuple[Fact, Borne]]:
        """Return the numbers of a word's clause; where there are none, those of the clause next to it in its sentence."""
        clause = self._sentences.clause(word.start)
        mine = [(f, b) for f, b in self._borne if self._sentences.clause(f.start) == clause]
        if any(b.movements or b.rises is not None for _, b in mine):
            return mine
        first, last = self._sentences.sentence(word.start)
        told = [(f, b) for f, b in self._borne if first <= f.start < last and (b.movements or b.rises is not None)]
        if not told:
            return []
        nearest = min(abs(self._sentences.clause(f.start) - clause) for f, _ in told)
        return [(f, b) for f, b in told if abs(self._sentences.clause(f.start) - clause) == nearest]

    def _of_numbers(self, word: Fact, near: Sequence[Borne], *, denied: bool) -> Shown:
        moved = [m for b in near for m in b.movements]
        rises = [b.rises for b in near if b.rises is not None]
        if word.way in ("gone", "new", "flat") and not moved:
            return self._of_evidence(word, denied=denied)
        agrees = any(_agrees(word.way, m, denied=denied) for m in moved) or (
            word.way in ("up", "down") and any((r == (word.way == "up")) != denied for r in rises)
        )
        return Shown(agrees or (word.way == "gone" and self._silent()), True)

    def _of_evidence(self, word: Fact, *, denied: bool) -> Shown:
        """Judge by what is cited: the records that the sentence names, else all."""
        moved = list(self._movements_named(word))
        agrees = any(_agrees(word.way, m, denied=denied) for m in moved)
        known = bool(moved)
        for exhibit in self._exhibits:
            if word.way == "gone" and exhibit.silent:
                agrees = known = True
            if word.way in ("new", "up") and exhibit.arrived:
                agrees = known = True
            excesses = [c.value for c in exhibit.cells if "excess" in c.column.traits and c.value]
            if word.way in ("up", "down") and excesses:
                known = True
                agrees = agrees or any(((v > 0) == (word.way == "up")) != denied for v in excesses)
        return Shown(agrees, known)

    def _silent(self) -> bool:
        return any(e.silent for e in self._exhibits)

    def _movements_named(self, word: Fact) -> Iterator[Movement]:
        first, last = self._sentences.sentence(word.start)
        names = [f.text.lower() for f in self._reading.facts if f.kind == "name" and first <= f.start < last]
        named = [e for e in self._exhibits if names and all(e.holds(n) for n in names)]
        clause = self._sentences.clause(word.start)
        tables = {t for t, words in _TABLES.items() if words.search(self._sentences.words(clause))}
        told = [e for e in named or self._exhibits if e.record.table in tables]
        for exhibit in told or named or self._exhibits:
            rows = set().union(*(exhibit.rows_of.get(n, frozenset()) for n in names)) if names else set()
            said = [m for m in exhibit.movements if not rows or m.row in rows]
            wanted = {t.name for t in vocabulary().traits.values() if self._sentences.says(clause, t)}
            wanted |= {f"p{f.text}" for f in self._reading.facts if f.kind == "percentile"}
            yield from [m for m in said if exhibit.columns[m.now].traits & wanted] or said


def _agrees(way: str, m: Movement, *, denied: bool) -> bool:
    steady = abs(m.after - m.before) <= _STEADY * max(abs(m.after), abs(m.before))
    match way:
        case "up" | "down":
            return (m.way != way or steady) if denied else m.way == way
        case "gone":
            return m.vanished != denied
        case "new":
            return m.appeared != denied
        case _:
            return steady != denied


def _way(before: Quantity, after: Quantity) -> str:
    first = before.value * (after.unit_size if before.unit == "none" else 1.0)  # from 9 to 290 ms
    return "up" if after.value > first else "down" if after.value < first else "flat"
