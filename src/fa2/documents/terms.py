"""Terms: what to look for, made from questions, names and messages, each with the forms it may take."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from fa2.documents.words import CJK, KANJI, KATAKANA, joined, pairs, parts, plain, runs

MOST = 48
"""Terms of a query; the heaviest are kept, of equals the first."""
_LONGEST_TEXT = 4000
"""Letters of a text that terms are made of."""
_ANOTHER_WORD = 0.8
"""What a document is worth that uses another word of the glossary."""
_WITHOUT_PACKAGE = 0.95
_IN_PARTS = 0.7
"""What it is worth when it has the parts of a name, but not the name."""
_NAME = 1.5
"""How much more a program's name or a code counts than a word: it is rarely used for anything else."""
_ENDING = 0.5
"""How much less a kanji with its ending counts than a word: every text has many of them."""
_ONE_KANJI = 0.4

_PIECE = re.compile(rf"(?P<katakana>[{KATAKANA}]+)|(?P<kanji>[{KANJI}]+)(?P<okurigana>[\u3041-\u3096]?)|[{CJK}]")
_PARTICLES = frozenset("のはがをにでとものへやかよねらなばさ")
_COMMON = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my "
    "no not of on or our please should so than that the their them then there these they this to up was we were what "
    "when where which while who why will with would you your about after all also any because before get give help "
    "if just make need tell us use want error failed failure info warn warning exception message out".split()
)
_PACKAGES = frozenset("java javax com org net io lang util sql model services amazonaws www http https".split())
_COMMON_JAPANESE = frozenset(
    "原因 発生 失敗 確認 方法 場合 何故 理由 教 調 問 合 知 時 今 何 誰 件 者 中 際 前 後 出 来 見 行 思".split()
)


@dataclass(frozen=True)
class Form:
    """One way in which a document may say a term."""

    words: tuple[str, ...]
    worth: float = 1.0
    """What finding all of the words is worth, 0 to 1."""
    least: float = 1.0
    """Share of the words below which nothing is found."""


@dataclass(frozen=True)
class Term:
    """Something to look for. It is found when any of its forms is; the best one counts."""

    shown: str
    forms: tuple[Form, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Query:
    """What a document is looked for by."""

    terms: tuple[Term, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words of all forms, each once."""
        return tuple(dict.fromkeys(w for term in self.terms for form in term.forms for w in form.words))


def query(texts: Iterable[tuple[str, float]]) -> Query:
    """Return the query for some texts, each with the weight of its terms; a term counts once, at its heaviest."""
    return of_terms(term for text, weight in texts for term in terms(text, weight))


def of_terms(found: Iterable[Term]) -> Query:
    """Return the query of some terms, MOST at most; one that comes again counts once, at its heaviest."""
    heaviest: dict[tuple[str, ...], Term] = {}
    for term in found:
        known = heaviest.setdefault(term.forms[0].words, term)
        if term.weight > known.weight:
            heaviest[term.forms[0].words] = term
    return Query(tuple(sorted(heaviest.values(), key=lambda term: -term.weight)[:MOST]))


def terms(text: str, weight: float = 1.0) -> Iterator[Term]:
    """Yield the terms of a text; words that every question has are none, nor are Japanese endings."""
    shown = plain(text[:_LONGEST_TEXT])
    rest = []
    begin = 0
    for found in _glossary().finditer(shown):
        yield _of_group(found[0], weight)
        rest.append(shown[begin : found.start()])
        begin = found.end()
    for between in [*rest, shown[begin:]]:
        for run, cjk in runs(between):
            yield from _japanese(run, weight) if cjk else _name(run, weight)


def one_of(texts: Iterable[str], weight: float = 1.0) -> Iterator[Term]:
    """Yield a single term that any of the texts stands for, such as a name in two languages; none for no text."""
    given = [text for text in texts if text]
    forms = [form for text in given for term in terms(text) for form in _whole(term, text)]
    if forms:
        yield Term(given[0], tuple(dict.fromkeys(forms)), weight)


def _whole(term: Term, text: str) -> Iterator[Form]:
    """Yield the forms of a term that is the only one of a text; for one of several, no more than a part is known."""
    alone = len(list(terms(text))) == 1
    for form in term.forms:
        yield form if alone else replace(form, worth=form.worth * 0.6)


def _name(run: str, weight: float) -> Iterator[Term]:
    pieces, whole = parts(run), joined(run)
    if whole in _COMMON or (len(whole) < 2 and not whole.isdigit()) or len(whole) > 64:
        return
    forms = [Form((whole,))]
    forms += [Form((atom,), _WITHOUT_PACKAGE) for atom in _humped(run) if atom != whole]
    told = tuple(dict.fromkeys(p for p in pieces if _tells(p) and (p,) not in [f.words for f in forms]))
    if told:
        forms.append(Form(told, _IN_PARTS if len(told) > 1 else _IN_PARTS / 2, 0.51))
    yield Term(run, tuple(dict.fromkeys(forms)), weight * _NAME if len(pieces) > 1 else weight)


def _tells(part: str) -> bool:
    return len(part) > 1 and part not in _COMMON and part not in _PACKAGES


def _humped(name: str) -> list[str]:
    """Return the names with humps in a longer name, such as the class behind its package."""
    return [joined(atom) for atom in re.split(r"[-_.]", name) if len(parts(atom)) > 1 and not atom.isdigit()]


def _japanese(run: str, weight: float) -> Iterator[Term]:
    """Yield the terms of a CJK run; hiragana alone is grammar."""
    for piece in _PIECE.finditer(run):
        yield from _piece(piece, weight)


def _piece(piece: re.Match[str], weight: float) -> Iterator[Term]:
    """Yield the term of a run of one script; a single kanji is told by the ending that follows it."""
    if kana := piece["katakana"]:
        if len(kana) > 1:
            yield Term(kana, (Form(tuple(pairs(kana)), least=0.6),), weight)
    elif kanji := piece["kanji"]:
        if kanji in _COMMON_JAPANESE:
            return
        ending = piece["okurigana"]
        if len(kanji) == 1 and ending and ending not in _PARTICLES:
            yield Term(kanji + ending, (Form((kanji + ending,)),), weight * _ENDING)
        else:
            yield Term(
                kanji, (Form(tuple(pairs(kanji)), least=0.33),), weight if len(kanji) > 1 else weight * _ONE_KANJI
            )


def _of_group(found: str, weight: float) -> Term:
    said = _key(found)
    group = _groups()[said]
    others = [Form(_words_of(other), _ANOTHER_WORD) for other in group if _key(other) != said]
    return Term(found, (Form(_words_of(found)), *others), weight)


def _words_of(text: str) -> tuple[str, ...]:
    """Return the words that must all be there for a phrase of the glossary."""
    told = [pairs(run) if cjk else [joined(run)] for run, cjk in runs(plain(text))]
    return tuple(dict.fromkeys(word for run in told for word in run))


def _key(text: str) -> str:
    return " ".join(_words_of(text))


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """Return the group of each phrase in the glossary, by its words."""
    groups = tomllib.loads((files("fa2.documents") / "glossary.toml").read_text(encoding="utf-8"))["groups"]
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for phrase in group:
            found.setdefault(_key(phrase), tuple(group))
    return found


@cache
def _glossary() -> re.Pattern[str]:
    """Return the expression that finds phrases of the glossary, the longest first."""
    phrases = sorted({p for group in _groups().values() for p in group}, key=lambda p: (-len(p), p))
    return re.compile("|".join(map(_expression, phrases)), re.IGNORECASE)


def _expression(phrase: str) -> str:
    if not phrase.isascii():
        return f"(?<![{KATAKANA}]){phrase}(?![{KATAKANA}])" if re.match(f"[{KATAKANA}]", phrase) else phrase
    spaced = r"[ \t]+".join(phrase.split())
    ending = r"(?:s|es)?" if phrase[-1].isalpha() else ""
    return rf"(?<![A-Za-z0-9_.\-]){spaced}{ending}(?![A-Za-z0-9_\-])"
