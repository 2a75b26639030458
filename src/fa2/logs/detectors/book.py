"""Which pattern a line's shape belongs to, the same tomorrow as today.

A pattern keeps the id that it got when it was first seen, even when its text is generalised later because
shapes join it. A shape is looked up; if it is new, it joins the known pattern whose template it matches in as many
words; what is left is merged with what is known and looks alike (`merging.merge`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fa2.logs.detectors.masking import Place, places
from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import VARIABLE, pattern_id
from fa2.logs.patterns.severities import severity_of
from fa2.logs.templates.merging import merge

MAX_SHAPES = 50_000
MAX_PATTERNS = 3_000
"""Beyond these, new shapes are counted under REST and no longer told apart."""
REST = "(rest)"
_ALIKE = 100
"""How many known shapes are merged with a new one, at most."""


@dataclass
class BookPattern:
    """A pattern that the book knows."""

    id: str
    text: str
    first_us: int
    shapes: dict[str, int] = field(default_factory=dict)
    """Lines by shape."""

    @property
    def severity(self) -> str:
        """By the words of the text; see `severities`."""
        return severity_of(self.text)


@dataclass(frozen=True)
class Joined:
    """That patterns turned out to be one, or that a pattern's text became more general."""

    kept: str
    gone: tuple[str, ...]
    """Ids of the patterns that are part of `kept` now."""
    old_texts: Mapping[str, str]
    """Texts that `kept` and `gone` had, by id."""


class PatternBook:
    """All patterns of a detector by id."""

    def __init__(self) -> None:
        self.patterns: dict[str, BookPattern] = {}
        self._pattern_of: dict[str, str] = {}
        self._places: dict[str, tuple[Place, ...] | None] = {}
        self._alike: dict[tuple[int, int, str], list[str]] = defaultdict(list)
        self._marks: dict[str, tuple[str, frozenset[int]]] = {}

    def restore(self, pattern: BookPattern) -> None:
        """Take in a pattern as it was kept."""
        self.patterns[pattern.id] = pattern
        for shape in list(pattern.shapes):
            self._enter(shape, pattern.id)

    def known(self, shape: str) -> str | None:
        """Return the id of the pattern of a shape that was seen before."""
        return self._pattern_of.get(shape)

    def places(self, shape: str) -> tuple[Place, ...] | None:
        """Return where the tokens of its pattern lie in a known shape; null where the text does not match it."""
        if shape not in self._places:
            self._places[shape] = places(self.patterns[self._pattern_of[shape]].text, shape)
        return self._places[shape]

    def learn(self, shapes: Mapping[str, tuple[int, int]]) -> list[Joined]:
        """Give each new shape a pattern.

        shapes: lines and time of the first line, in microseconds, by shape. Whoever counts lines adds them to
        `BookPattern.shapes`, where a new shape stands with 0.
        """
        new: dict[str, tuple[int, int]] = {}
        for shape, (lines, first_us) in sorted(shapes.items()):
            if shape in self._pattern_of:
                continue
            id = self._matching(shape)
            if id is None and (len(self._pattern_of) >= MAX_SHAPES or len(self.patterns) >= MAX_PATTERNS):
                id = self._rest(first_us)
            if id is None:
                new[shape] = (lines, first_us)
            else:
                self._enter(shape, id)
        return self._merge(new, self._looking_alike(new)) if new else []

    def consolidate(self) -> list[Joined]:
        """Merge all shapes anew and return what became one."""
        return self._merge({}, [s for s, id in self._pattern_of.items() if id != REST])

    def _rest(self, first_us: int) -> str:
        self.patterns.setdefault(REST, BookPattern(REST, VARIABLE, first_us))
        return REST

    def _enter(self, shape: str, id: str) -> None:
        self._pattern_of[shape] = id
        self.patterns[id].shapes.setdefault(shape, 0)
        self._marks.pop(id, None)
        for key in _keys(shape):
            self._alike[key].append(shape)

    def _matching(self, shape: str) -> str | None:
        """Return the pattern whose template a shape matches in as many words as one of its shapes; the most specific."""
        words = shape.count(" ")
        best, most = None, 0
        for id, pattern in self.patterns.items():
            if id == REST:
                continue
            if id not in self._marks:
                literal = max(pattern.text.split(VARIABLE), key=len).strip()
                lengths = frozenset(s.count(" ") for s in pattern.shapes)
                self._marks[id] = (literal, lengths)
            literal, lengths = self._marks[id]
            size = len(pattern.text.replace(VARIABLE, ""))
            if words not in lengths or size <= most or literal not in shape or not _worded(literal):
                continue
            if spans(pattern.text, shape) is not None:
                best, most = id, size
        return best

    def _looking_alike(self, new: Iterable[str]) -> list[str]:
        found: set[str] = set()
        for shape in new:
            near = {other for key in _keys(shape) for other in self._alike[key][-_ALIKE:]}
            found |= set(sorted(near)[:_ALIKE])
        return [shape for shape in found if self._pattern_of[shape] != REST]

    def _merge(self, new: Mapping[str, tuple[int, int]], known: Iterable[str]) -> list[Joined]:
        shapes = sorted({*new, *known})
        merged = merge(shapes)
        groups: dict[str, list[str]] = defaultdict(list)
        for shape, template in zip(shapes, merged.template_of):
            groups[merged.templates[template]].append(shape)
        joined: list[Joined] = []
        for text, members in sorted(groups.items()):
            joined += self._settle(text, members, new)
        return joined

    def _settle(self, text: str, members: list[str], new: Mapping[str, tuple[int, int]]) -> list[Joined]:
        """Make the shapes of one template one pattern."""
        olds = {self._pattern_of[shape] for shape in members if shape in self._pattern_of}
        olds = {id for id in olds if _generalises(text, self.patterns[id].text)} or olds
        if not olds:
            id = self._free_id(text)
            self.patterns[id] = BookPattern(id, text, min(new[shape][1] for shape in members))
            kept = id
        else:
            kept = min(olds, key=lambda id: (self.patterns[id].first_us, id))
        for shape in members:
            if shape in new:
                self._enter(shape, kept)
        pattern = self.patterns[kept]
        wider = {id for id in olds if _generalises(text, self.patterns[id].text)}
        if not wider or (wider == {kept} and pattern.text == text):
            return []
        texts = {id: self.patterns[id].text for id in wider | {kept}}
        for id in wider - {kept}:
            self._absorb(kept, id)
        pattern.text = text
        self._marks.pop(kept, None)
        for shape in pattern.shapes:
            self._places.pop(shape, None)
        return [Joined(kept, tuple(sorted(wider - {kept})), texts)]

    def _absorb(self, kept: str, gone: str) -> None:
        for shape, lines in self.patterns.pop(gone).shapes.items():
            self._pattern_of[shape] = kept
            self.patterns[kept].shapes[shape] = lines
        self._marks.pop(gone, None)

    def _free_id(self, text: str) -> str:
        """Return the id of a text; another one where a pattern that was generalised since still has it."""
        id = pattern_id(text)
        while id in self.patterns:
            id = pattern_id(text + id)
        return id


def _generalises(text: str, old: str) -> bool:
    """Tell whether a template covers another one whole, so that the other's lines are its lines."""
    return text == old or spans(text, old) is not None


def _worded(literal: str) -> bool:
    return sum(c.isalpha() for c in literal) >= 3


def _keys(shape: str) -> set[tuple[int, int, str]]:
    words = shape.split(" ")
    at = {0, len(words) // 2, len(words) - 1}
    return {(len(words), n, words[n]) for n in at if VARIABLE not in words[n]}
