"""Mechanisms of failure: which of them a log line, a metric, a change or an error code speaks for.

The rules are data: mechanisms.toml, which says how they are written. They are read when first
asked for. A match inside a longer one does not count, so "request timed out" inside HikariCP's
"Connection is not available, request timed out" speaks for exhausted connections only.

Answers are ordered: the heaviest mechanism first, equals by name.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any, Literal, NamedTuple

Direction = Literal["up", "down"]

_HEAD, _TAIL = 6000, 2000
"""Letters read of a long text: its begin, and its end where the root cause of a trace stands."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[0-9]+|<\*>")
_BRACES = re.compile(r"\{([^{}]*)\}")
_UNIT = r"(?:[nu]s|ms|s|sec|seconds?|m|min|minutes?|[kmg]i?b?|bytes)"
_NUMBER = rf"(?:<\*>|[0-9]+)(?: [0-9]+)*(?: {_UNIT})?"
_ANY = {"N": f" {_NUMBER}", "*": r"(?: \S+){0,6}?", "?": r" \S+"}
_REQUEST = re.compile(r"\b(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) \S+")
_FRAME = re.compile(r"(?:^|\n|\\n)(?:\s|\\t)*at [^\n\\]*")
_PYTHON_FRAME = re.compile(r'File \\?"[^"]*", line \d+, in [^\n\\]*(?:(?:\n|\\n)    [^\n\\]*)?')
_PLACEHOLDERS = {"N", "*", "?"}
_AS_IS = {"N", "*", "?", "="}
_VERBS = {"*", "update*", "modify*", "delete*", "put*"}
"""Patterns that tell nothing without the service."""
_READS = re.compile(r"(?:Describe|Get|List|Head|BatchGet|Search|Lookup|Test|Simulate|Generate|Decrypt|Encrypt|Assume)")


class _Hit(NamedTuple):
    start: int
    end: int
    rule: _Phrase


@dataclass(eq=False)
class _Phrase:
    """One phrase, or one error code, in the words it is compared by."""

    mechanism: str
    """Empty for an innocent phrase of every mechanism."""
    words: tuple[str, ...]
    """Lower-case words, with N, * and ? as placeholders; for a phrase in Japanese, its letters."""
    weight: float
    """0 for an innocent phrase."""
    code: str = ""
    """The error code, for one; it counts only where it stands letter by letter."""

    @cached_property
    def literal(self) -> str:
        """The phrase between spaces; empty when it holds a placeholder."""
        return "" if _PLACEHOLDERS & set(self.words) else f" {' '.join(self.words)} "

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The phrase as an expression on the words of a text."""
        parts = ["(?= )"]
        for word in self.words:
            parts.append(_ANY.get(word) or f" {re.escape(word)}")
        return re.compile("".join([*parts, "(?= )"]))

    @cached_property
    def exact(self) -> re.Pattern[str]:
        """The code as a word, letter by letter; one of plain English needs a mark before it."""
        before = "(?<![A-Za-z0-9_])" if len(self.words) > 1 else r"[(\"'#=>:]\s*"
        return re.compile(f"{before}{re.escape(self.code)}(?![A-Za-z0-9_])")

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where it stands in the spaced words of a text."""
        if not self.literal:
            yield from ((m.start() + 1, m.end()) for m in self.regex.finditer(text))
            return
        at = text.find(self.literal)
        while at >= 0:
            yield at + 1, at + len(self.literal) - 1
            at = text.find(self.literal, at + 1)


class _JapanesePhrase(_Phrase):
    """A phrase compared letter by letter."""

    @cached_property
    def anchor(self) -> str:
        """Its longest piece without a placeholder."""
        return max(self.words[0].split("*"), key=len)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        pieces = (r"\s*".join(map(re.escape, piece.split())) for piece in self.words[0].split("*"))
        return re.compile(".{0,30}?".join(pieces))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        yield from ((m.start(), m.end()) for m in self.regex.finditer(text))


class _Index:
    """Phrases by their rarest word, so that a text is compared with few of them."""

    def __init__(self, phrases: Iterable[_Phrase]) -> None:
        everything = list(phrases)
        self.japanese = [(p.anchor, p) for p in everything if isinstance(p, _JapanesePhrase)]
        spaced = [(p, set(p.words) - _PLACEHOLDERS) for p in everything if not isinstance(p, _JapanesePhrase)]
        common = Counter(word for _, words in spaced for word in words)
        cost = {word: count + 100 * (len(word) < 4) for word, count in common.items()}
        self.by_word: defaultdict[str, list[tuple[_Phrase, set[str]]]] = defaultdict(list)
        for phrase, words in spaced:
            self.by_word[min(words, key=cost.__getitem__)].append((phrase, words))

    def hits(self, text: str) -> list[_Hit]:
        """Return where phrases stand in a text of spaced words, or in letters as they are."""
        found: list[_Hit] = []
        present = set(text.split())
        for word in self.by_word.keys() & present:
            for phrase, words in self.by_word[word]:
                if words <= present:
                    found += [_Hit(start, end, phrase) for start, end in phrase.spans(text)]
        return found

    def japanese_hits(self, text: str) -> list[_Hit]:
        """Return where phrases in Japanese stand in a text."""
        near = [phrase for anchor, phrase in self.japanese if anchor in text]
        return [_Hit(start, end, phrase) for phrase in near for start, end in phrase.spans(text)]


class _Rules:
    """All rules of mechanisms.toml, made ready."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables
        self.names = tuple(name for name in tables if name != "common")
        self.explains = {name: tuple(tables[name].get("explains", ())) for name in self.names}
        self.codes: dict[str, dict[str, float]] = defaultdict(dict)
        for name in self.names:
            for code, weight in _codes(tables[name]):
                self.codes[code][name] = weight

    @cached_property
    def texts(self) -> _Index:
        """Phrases and error codes, the innocent phrases among them."""
        codes = [
            _Phrase(name, _words(code), weight, code)
            for code, weights in self.codes.items()
            for name, weight in weights.items()
        ]
        return _Index([p for name in self._tables for p in _texts(name, self._tables[name])] + codes)

    @cached_property
    def metrics(self) -> dict[Direction, _Index]:
        """Words in names of metrics, by the direction that counts."""
        both: tuple[Direction, ...] = ("up", "down")
        return {way: _Index(p for n in self.names for p in _metrics(n, self._tables[n], way)) for way in both}

    @cached_property
    def changes(self) -> tuple[list[tuple[str, str, float]], _Index]:
        """Actions as service:pattern with mechanism and weight; and words that tell of a change."""
        return _changes(self.names, self._tables)


def names() -> tuple[str, ...]:
    """Return the names of all mechanisms, in the order of the file."""
    return _rules().names


def in_text(text: str) -> dict[str, float]:
    """Return the mechanisms that a log line, a stack trace or a mined pattern speaks for.

    Weights of 0 to 1: how strongly the text alone stands for it; the strongest rule of each counts.
    Empty for a line that speaks for none. Names of stack frames and of requested paths are not
    read, nor the middle of texts beyond 8000 letters.
    """
    rules = _rules()
    plain = _without_names(text)
    weights = _weigh(_text_hits(plain))
    if not plain.isascii():
        letters = unicodedata.normalize("NFKC", plain).lower()
        for name, weight in _weigh(rules.texts.japanese_hits(letters)).items():
            weights[name] = max(weight, weights.get(name, 0.0))
    return _ordered(_unexplained(weights))


def aws_code_in(text: str) -> str | None:
    """Return the first AWS error code of the rules in a text."""
    hits = [hit for hit in _text_hits(_without_names(text)) if hit.rule.code]
    return min(hits, key=lambda hit: (hit.start, -hit.end)).rule.code if hits else None


def of_error_code(code: str) -> dict[str, float]:
    """Return the mechanisms that an AWS error code stands for; empty for one without a rule.

    Takes off what stands before the code itself, such as EC2's "Client." or a Java package.
    """
    codes = _rules().codes
    return dict(codes.get(code) or codes.get(re.split(r"[.#]", code)[-1]) or {})


@lru_cache(maxsize=4096)
def _metric(name: str, direction: Direction) -> tuple[tuple[str, float], ...]:
    words = _words(name)
    hits = _rules().metrics[direction].hits(f" = {' '.join(words)} = ")
    return tuple(_ordered(_weigh(hits)).items())


def of_metric(name: str, direction: Direction) -> dict[str, float]:
    """Return the mechanisms that a metric speaks for when it moves in a direction, with weights."""
    return dict(_metric(name, direction))


@lru_cache(maxsize=4096)
def _change(action: str) -> tuple[tuple[str, float], ...]:
    service, colon, operation = action.replace(".amazonaws.com", "").rpartition(":")
    weights: dict[str, float] = {}
    if not _READS.match(operation):
        for pattern, name, weight in _rules().changes[0]:
            place, _, wanted = pattern.partition(":")
            same = place == service.lower() if colon else wanted not in _VERBS
            if same and fnmatchcase(operation.lower(), wanted):
                weights[name] = max(weight, weights.get(name, 0.0))
    if not weights and not colon:
        weights = _weigh(_rules().changes[1].hits(f" {' '.join(_words(action))} "))
    return tuple(_ordered(weights).items())


def of_change(action: str) -> dict[str, float]:
    """Return the mechanisms that a change may cause, with weights.

    action: service:Action as CloudTrail has it, the action alone, or words such as "deploy".
    Empty for actions that only read.
    """
    return dict(_change(action))


def only_reads(action: str) -> bool:
    """Tell whether an action, as in `of_change`, changes nothing by its name: DescribeInstances, s3:GetObject."""
    operation = action.rpartition(":")[2]
    return bool(_READS.match(operation)) and operation.isalnum()


@cache
def _rules() -> _Rules:
    source = files("fa2") / "analysers" / "mechanisms.toml"
    return _Rules(tomllib.loads(source.read_text(encoding="utf-8")))


def _text_hits(plain: str) -> list[_Hit]:
    hits = _rules().texts.hits(f" {' '.join(_WORD.findall(plain)).lower()} ")
    return [hit for hit in hits if not hit.rule.code or hit.rule.exact.search(plain)]


def _without_names(text: str) -> str:
    """Return a text without its middle if long, stack frames and requested paths: names mislead."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    if " HTTP/" in text:
        text = _REQUEST.sub(r"\1", text)
    if "at " in text and ("\n" in text or "\\n" in text):
        text = _FRAME.sub(" \n", text)
    if ", line " in text and "File " in text:
        text = _PYTHON_FRAME.sub(" ", text)
    return text.replace("\\n", " ").replace("\\t", " ") if "\\" in text else text


def _weigh(hits: list[_Hit]) -> dict[str, float]:
    """Return the strongest weight of each mechanism among matches that no longer match covers."""
    weights: dict[str, float] = {}
    for hit in hits:
        name, weight = hit.rule.mechanism, hit.rule.weight
        if weight > weights.get(name, 0.0) and not any(_covers(other, hit) for other in hits):
            weights[name] = weight
    return weights


def _covers(other: _Hit, hit: _Hit) -> bool:
    if other.start > hit.start or other.end < hit.end:
        return False
    if other.rule.weight == 0:
        return other.rule.mechanism in ("", hit.rule.mechanism)
    return other.end - other.start > hit.end - hit.start


def _unexplained(weights: dict[str, float]) -> dict[str, float]:
    """Leave out mechanisms that another one, which weighs no less, explains."""
    if len(weights) < 2:
        return weights
    explains = _rules().explains
    gone = {name for other, least in weights.items() for name in explains[other] if weights.get(name, 2.0) <= least}
    return {name: weight for name, weight in weights.items() if name not in gone}


def _ordered(weights: dict[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(text))


def _phrase(mechanism: str, line: str, weight: float) -> _Phrase:
    if not line.isascii():
        return _JapanesePhrase(mechanism, (unicodedata.normalize("NFKC", line).lower(),), weight)
    words: list[str] = []
    for part in line.split():
        plain = part.islower() and part.isalpha()
        words += [part] if plain or part in _AS_IS else _words(part)
    return _Phrase(mechanism, tuple(words), weight)


def _phrases(mechanism: str, block: str, weight: float) -> Iterator[_Phrase]:
    for line in filter(None, map(str.strip, block.splitlines())):
        for whole in _spelled_out(line):
            yield _phrase(mechanism, whole, weight)


def _spelled_out(line: str) -> Iterator[str]:
    """Yield a line once for each choice of its braces."""
    if "{" not in line:
        yield line
        return
    parts = _BRACES.split(line)
    for choice in product(*(part.split(",") for part in parts[1::2])):
        yield "".join(map("".join, zip(parts[::2], (*choice, ""), strict=True)))


def _texts(name: str, table: Mapping[str, Any]) -> Iterator[_Phrase]:
    for group in table.get("texts", ()):
        yield from _phrases(name, group["phrases"], group["weight"])
    if "excludes" in table:
        yield from _phrases("" if name == "common" else name, table["excludes"]["phrases"], 0.0)


def _codes(table: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for service, codes in table.get("aws_error_codes", {}).items():
        weight = table.get("code_weights", {}).get(service, table["code_weight"])
        yield from ((code, weight) for code in codes.split())


def _metrics(name: str, table: Mapping[str, Any], direction: str) -> Iterator[_Phrase]:
    for group in table.get("metrics", ()):
        if group["direction"] == direction:
            for phrase in _phrases(name, group["names"], group["weight"]):
                whole = phrase.words[0] == "="
                yield _Phrase(name, (*phrase.words, "=") if whole else phrase.words, phrase.weight)


def _changes(mechanisms: Iterable[str], tables: Mapping[str, Any]) -> tuple[list[tuple[str, str, float]], _Index]:
    actions: list[tuple[str, str, float]] = []
    deeds: list[_Phrase] = []
    for name in mechanisms:
        for group in tables[name].get("changes", ()):
            for line in group["actions"].split("\n"):
                if ":" in line:
                    actions.append((line.lower(), name, group["weight"]))
                else:
                    deeds += _phrases(name, line, group["weight"])
    return actions, _Index(deeds)
