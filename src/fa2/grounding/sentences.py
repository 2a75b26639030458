"""The parts of a statement: sentences and their clauses, and which of its numbers are of normal times."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from fa2.grounding.columns import Role
from fa2.grounding.quantities import Quantity
from fa2.grounding.words import Trait, vocabulary

_SENTENCE = re.compile(r"[.!?](?=\s|$)|[。!?;\n]")
_CLAUSE = re.compile(
    r",(?!\d)|[:()、\[\]]|\s-+\s|—|\b(?:and|but|while|whereas|where|versus|vs|which|when|against)\b"
    r"|ましたが|でしたが|ですが|だったのが|のに対して?|に対して?|に比べて?|と比べて?|のところ|(?<=[るただう])が|一方|(?<!通常)(?<!平常)(?<!普段)より(?!も?(?:前|後|先))"
)
_ASIDE = re.compile(r"\(([^()\d]{0,60})\)")
_FROM_TO = re.compile(r"\b(?:from|between)\s[^\d.;。]{0,40}$")
_TO = re.compile(r"\s?(?:[a-zA-Z%/.\s]{0,24}?)(?:\bto\b|→|->)\s?[^\d.;。]{0,24}")
_KARA = re.compile(r"[^\d。、]{0,8}から[^\d。]{0,12}")
_ARROW = re.compile(r"\s?(?:→|->|⇒)\s?")
_BEYOND = re.compile(r"(?:above|beyond|over|below|under|outside|than|of|times|as) (?:the |its |their |what is )?$")
_STATISTIC_PERCENTILE = re.compile(
    r"(?<![A-Za-z0-9])p(\d{1,2})(?![A-Za-z0-9])|(\d{1,2})(?:th|st|nd|rd)?[ -]?percentile|(\d{1,2}) ?パーセンタイル",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clause:
    """A part of a sentence."""

    start: int
    end: int
    sentence: int
    in_brackets: bool


class Sentences:
    """A text cut into sentences and clauses. `text` has blanks where names, times and quotations were."""

    def __init__(self, text: str, said: str, numbers: Sequence[Quantity]) -> None:
        self.text = text
        self._said = said
        self._numbers = sorted(numbers, key=lambda q: q.start)
        # Brackets without a number belong to what they stand beside: 161 ms (median).
        cut = _ASIDE.sub(lambda m: f" {m[1]} ", text)
        self.clauses = _clauses(cut)
        self._starts = [c.start for c in self.clauses]
        self._statistics: dict[int, str | None] = {}
        self._nearests: dict[tuple[int, str], str | None] = {}
        self._words: dict[int, str] = {}
        self._extent: dict[int, tuple[int, int]] = {}
        for c in self.clauses:
            self._extent[c.sentence] = (self._extent.get(c.sentence, (c.start, 0))[0], c.end)

    def clause(self, place: int) -> int:
        """Return the number of the clause that holds a place."""
        return max(bisect_right(self._starts, place) - 1, 0)

    def words(self, clause: int) -> str:
        """Return the text of a clause; of one in brackets, with those beside it."""
        if clause not in self._words:
            self._words[clause] = self._around(clause)
        return self._words[clause]

    def _around(self, clause: int) -> str:
        c = self.clauses[clause]
        first, last = clause, clause
        if c.in_brackets or self._only_numbers(c):
            first, last = max(clause - 1, 0), min(clause + 1, len(self.clauses) - 1)
        following = self.clauses[clause + 1 : clause + 3]
        if len(following) == 2 and following[0].in_brackets and not following[1].in_brackets:
            last = clause + 2  # 70 % of requests (694/987) failed
        same = [n for n in range(first, last + 1) if self.clauses[n].sentence == c.sentence]
        return self.text[self.clauses[same[0]].start : self.clauses[same[-1]].end]

    def _only_numbers(self, clause: Clause) -> bool:
        return not re.search(r"[A-Za-z]{3}|[ぁ-ゖァ-ヺ一-鿿]{2}", self.text[clause.start : clause.end])

    def sentence(self, place: int) -> tuple[int, int]:
        """Return where the sentence that holds a place begins and ends."""
        return self._extent[self.clauses[self.clause(place)].sentence]

    @cached_property
    def roles(self) -> dict[int, Role]:
        """For each number, by its start: whether the text says that it is of normal times or of the incident."""
        found = {q.start: self._role(q) for q in self._numbers}
        for first, second in self.from_to:
            found[first.start], found[second.start] = "usual", "now"
        return found

    @cached_property
    def from_to(self) -> list[tuple[Quantity, Quantity]]:
        """The numbers of "from A to B", "A から B に" and "A → B"."""
        found = []
        for a, b in zip(self._numbers, self._numbers[1:], strict=False):
            gap = self.text[a.end : b.start]
            if len(gap) > 60:
                continue
            opened = _FROM_TO.search(self.text[max(0, a.start - 50) : a.start])
            if (opened and _TO.fullmatch(gap)) or _KARA.fullmatch(gap) or _ARROW.fullmatch(gap):
                found.append((a, b))
        return found

    def statistic(self, place: int) -> str | None:
        """Return what `_statistic` finds; looked for once."""
        if place not in self._statistics:
            self._statistics[place] = self._statistic(place)
        return self._statistics[place]

    def _statistic(self, place: int) -> str | None:
        """Return the statistic that the text says of a number: median, highest, p95; the nearest in its clause, else before it."""
        here = self.clause(place)
        sentence = self.clauses[here].sentence
        for number in range(here, -1, -1):
            clause = self.clauses[number]
            if clause.sentence != sentence:
                return None
            if near := self._nearest(clause, place):
                return near
        return None

    def nearest(self, place: int, group: str) -> str | None:
        """Return the trait of a group whose word is nearest to a place, within its clause."""
        if (place, group) not in self._nearests:
            clause = self.clauses[self.clause(place)]
            marks = [
                (abs(m.start() - place), t.name)
                for t in vocabulary().groups[group]
                for m in t.words.finditer(self.text, clause.start, clause.end)
            ]
            self._nearests[place, group] = min(marks)[1] if marks else None
        return self._nearests[place, group]

    def says(self, clause: int, trait: Trait) -> bool:
        """Tell whether a clause has a word of a trait."""
        return trait.words.search(self.words(clause)) is not None

    def _nearest(self, clause: Clause, place: int) -> str | None:
        marks = [
            (_distance(m.span(), place), t.name)
            for t in vocabulary().groups["statistic"]
            for m in t.words.finditer(self.text, clause.start, clause.end)
        ]
        # Percentiles were read as facts; they are told from the text as it was.
        marks += [
            (_distance(m.span(), place), "p" + next(g for g in m.groups() if g))
            for m in _STATISTIC_PERCENTILE.finditer(self._said, clause.start, clause.end)
            if not any(q.start == m.start() for q in self._numbers)
        ]
        return min(marks)[1] if marks else None

    def _role(self, quantity: Quantity) -> Role:
        here = self.clauses[self.clause(quantity.start)]
        known = vocabulary()
        than = list(known.than.finditer(self.text, here.start, here.end))
        if than:
            return "usual" if than[0].end() <= quantity.start else "now"
        usual = [
            _distance(m.span(), quantity.start)
            for m in known.usual.finditer(self.text, here.start, here.end)
            if not self.text.startswith("より", m.end())  # more than usual is not usual
            and not (_BEYOND.search(self.text, max(here.start, m.start() - 24), m.start()) and m.end() > quantity.start)
        ]
        now = [_distance(m.span(), quantity.start) for m in known.now.finditer(self.text, here.start, here.end)]
        if usual and (not now or min(usual) <= min(now)):
            return "usual"
        return "now"


def _distance(span: tuple[int, int], place: int) -> int:
    return place - span[1] if span[1] <= place else span[0] - place + 1


def _clauses(text: str) -> list[Clause]:
    ends = [(m.start(), m.end(), True, "") for m in _SENTENCE.finditer(text)]
    ends += [(m.start(), m.end(), False, m[0]) for m in _CLAUSE.finditer(text)]
    ends.sort()
    found: list[Clause] = []
    start, sentence, brackets = 0, 0, 0
    for stop, end, whole, mark in ends:
        if stop < start:
            continue
        found.append(Clause(start, stop, sentence, brackets > 0))
        start = end
        sentence += whole
        brackets = 0 if whole else max(brackets + (mark in ("(", "[")) - (mark in (")", "]")), 0)
    found.append(Clause(start, len(text), sentence, brackets > 0))
    return found
