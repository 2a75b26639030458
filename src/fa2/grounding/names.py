"""Names in a text: those that are known, those that look like one, and plain words that the text marks as one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from fa2.grounding.plain_text import comparable, foreign
from fa2.grounding.words import glossary

_EDGE = re.compile(r"(?<=[A-Za-z0-9_\]）)])(?![A-Za-z0-9_])")
_CHUNK = re.compile(r"[A-Za-z0-9_/.:@#$%+=&?-]+")
_TRAILING = "/.:@#$%+=&?-"
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z]{2,}[a-z]|[A-Z][a-z]+[A-Z]")
_CAPS = re.compile(r"[A-Z][A-Z0-9]+s?")
_LETTER_DIGIT = re.compile(r"[A-Za-z]+\d")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_$-]+)+")
_ABBREVIATED = re.compile(r"(?:e\.g|i\.e|a\.m|p\.m|etc|vs|approx|cf)\.?", re.IGNORECASE)
_HEX = re.compile(r"(?=[0-9a-f-]*[a-f])(?=[0-9a-f-]*\d)[0-9a-f-]{8,}")
_MEASURE = re.compile(r"[\d.,]+(?:[A-Za-zμ%]{0,3}|xx|st|nd|rd|th|-[A-Za-z]+)?")
_PARTED = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
_CAPITALISED = re.compile(r"[A-Z][a-z]+(?:'s)?")
_ENDINGS = (
    "service",
    "svc",
    "api",
    "db",
    "queue",
    "table",
    "function",
    "worker",
    "gateway",
    "prod",
    "dev",
    "staging",
    "cluster",
    "lambda",
    "server",
    "bucket",
    "topic",
    "stream",
    "handler",
    "proxy",
)
_CALLED = re.compile(r"(?:named|called)\s+(?P<word>[A-Za-z][A-Za-z0-9_-]*)")
_LONGEST = 300
_EDGES = 40
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|')*")
_ASCII_WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9]+(?![A-Za-z0-9_])")
_COUNT = re.compile(r"(?<![A-Za-z0-9_.,-])\d[\d,.]{0,20}[kKM]?\s(?:more |fewer |new |other |such )?$")
_PHRASE_END = re.compile(
    r"[.,;:)](?![A-Za-z0-9])|\s?$|\s(?:where|while|whereas|and|but|in|of|per|at|than|were|was|instead|within|during|each|"
    r"every|when|which|that)\b"
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n(\"“「『‘*>-]|\d\.)\s*$")


class NameIndex:
    """Known names, found in a text in any case of letters and only whole."""

    def __init__(self, names: Iterable[str]) -> None:
        kept = {comparable(name).lower() for name in names}
        self._names = frozenset(
            n for n in kept if len(n) > 1 and len(n) <= _LONGEST and not n.isdigit() and n not in glossary().common
        )
        self._firsts = frozenset(m[0] for n in self._names if (m := re.search(r"[a-z0-9_]+", n)))
        prefixes = Counter(n.split("-")[0] for n in self._names if "-" in n)
        self.prefixes = frozenset(p for p, n in prefixes.items() if n > 1)
        """What several names begin with, before the first hyphen."""

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return the places of known names, the longest at each place."""
        lower = text.lower()
        if not self._names or len(lower) != len(text):  # some letters grow in lower case
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        found: list[tuple[int, int]] = []
        at = 0
        for word in re.finditer(r"[a-z0-9_]+", lower):
            if word.start() < at or word[0] not in self._firsts:
                continue
            place = self._longest(lower, word.start())
            if place:
                found.append(place)
                at = place[1]
        return found

    def _longest(self, lower: str, start: int) -> tuple[int, int] | None:
        ends = []
        for n, edge in enumerate(_EDGE.finditer(lower, start, start + _LONGEST)):
            if n == _EDGES:
                break
            ends.append(edge.end())
        begin = start
        while begin > 0 and start - begin < 3 and lower[begin - 1] in "/.#@$":
            begin -= 1
        for end in reversed(ends):
            for first in range(begin, start + 1):
                if lower[first:end] in self._names and not _joined(lower, first, end):
                    return first, end
        return None


def identifiers(text: str, names: NameIndex | None = None) -> list[tuple[int, int]]:
    """Return the places of what looks like a name: CamelCase, under_scores, paths, hosts, ARNs, ERROR_NAMES, look-alikes."""
    found = [place for chunk in _CHUNK.finditer(text) for place in _in_chunk(text, chunk, names)]
    taken = {at for start, end in found for at in range(start, end)}
    for word in _WORD.finditer(text):
        if foreign(word[0]) or (
            _CAPITALISED.fullmatch(word[0]) and _held_capital(text, word) and word.start() not in taken
        ):
            found.append(word.span())
    return sorted(_apart(found))


def _held_capital(text: str, word: re.Match[str]) -> bool:
    """Tell whether a capital makes a word a name: not at the beginning of a sentence, and not a word that we know."""
    plain = word[0].removesuffix("'s").lower()
    known = glossary()
    if plain in known.products:
        return True
    if plain in known.words or plain in known.common or plain in known.generic or len(plain) < 2:
        return False
    return not _SENTENCE_START.search(text[max(0, word.start() - 8) : word.start()])


def _apart(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    end = -1
    for start, stop in sorted(places, key=lambda p: (p[0], -p[1])):
        if start >= end:
            yield start, stop
            end = stop


def marked_names(text: str) -> list[tuple[int, int]]:
    """Return the places of plain words that the text calls a service, a table and the like, and of products."""
    known = glossary()
    found = [m.span("word") for m in known.kind.finditer(text) if m["word"].lower() not in known.generic | known.words]
    found += [m.span("word") for m in known.kind_ja.finditer(text) if not _generic_ja(m["word"])]
    found += [m.span("word") for m in _CALLED.finditer(text) if m["word"].lower() not in known.generic]
    found += [m.span() for m in _ASCII_WORD.finditer(text) if m[0].lower() in known.products]
    return sorted(_apart(found))


def is_counted(text: str, start: int, end: int) -> bool:
    """Tell whether a known name is a plain noun here, of which there are so many: "56 shipments were labelled"."""
    plural = re.fullmatch(r"[a-z]{3,}s", text[start:end]) is not None
    return plural and bool(_COUNT.search(text, max(0, start - 32), start) and _PHRASE_END.match(text, end))


def words_in_japanese(text: str) -> list[tuple[int, int]]:
    """Return the places of words in ASCII letters that are no abbreviation which anybody uses."""
    known = glossary()
    return [m.span() for m in _ASCII_WORD.finditer(text) if m[0].lower() not in known.words | known.in_japanese]


def _generic_ja(word: str) -> bool:
    """Tell whether a Japanese word before サービス names none, or is made of such words."""
    left = word
    while left:
        known = next((g for g in glossary().generic_ja if left.endswith(g)), None)
        if known is None:
            return False
        left = left.removesuffix(known)
    return True


def _in_chunk(text: str, chunk: re.Match[str], names: NameIndex | None) -> Iterator[tuple[int, int]]:
    start, said = chunk.start(), chunk[0]
    if not re.search(r"[A-Za-z]", said):
        return
    lead = len(said) - len(said.lstrip(":.%+=&?-"))
    start, said = start + lead, said[lead:].rstrip(_TRAILING)
    slashes = said.count("/")
    if slashes and not (
        said.startswith(("/", "arn:", "http")) or slashes > 1 or "::" in said or re.search(r"[_\d.]", said)
    ):
        for part in re.finditer(r"[^/]+", said):
            if _looks_like_name(part[0], names):
                yield start + part.start(), start + part.end()
    elif _looks_like_name(said, names):
        yield start, start + len(said)


def _looks_like_name(said: str, names: NameIndex | None) -> bool:
    known = glossary()
    lower = said.lower()
    if lower in known.words or _ABBREVIATED.fullmatch(said) or _MEASURE.fullmatch(said):
        return False
    if "-" in said and all(part.lower() in known.words or part.isdigit() for part in said.split("-")):
        return False
    if re.search(r"[A-Za-z0-9][_@#=]|_[A-Za-z0-9]|::|[A-Za-z]:[A-Za-z/]|^/\w|//", said) or said.count("/") > 1:
        return True
    if _DOTTED.fullmatch(said) or "/" in said or _CAMEL.search(said) or _HEX.fullmatch(said):
        return True
    if _CAPS.fullmatch(said) or _LETTER_DIGIT.match(said):
        return True
    if re.search(r"[A-Za-z]-\w*\d|\d\w*-[A-Za-z]", said):
        return not said[0].isdigit()
    return bool(_PARTED.fullmatch(said)) and _is_parted_name(said, names)


def _is_parted_name(said: str, names: NameIndex | None) -> bool:
    """Tell whether words with hyphens are a name: those of the system begin so, or it ends as names do."""
    parts = said.lower().split("-")
    return (
        parts[-1] in _ENDINGS
        or any(p.isupper() and len(p) > 1 for p in said.split("-"))
        or bool(names and parts[0] in names.prefixes)
    )


def _joined(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    more = text[end + 1 : end + 2]
    return (_joins(before) and _joins(text[start])) or (_joins(after) and not (after == "-" and not more.isalnum()))


def _joins(letter: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter in "_-")
