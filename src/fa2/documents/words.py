"""Words of a text as a search compares them, in English, Japanese and the names that programs have.

Text is put into Unicode's NFKC and into small letters. Runs of Japanese, Chinese and Korean letters give
each two neighbours as a word, and each kanji (as the CJKAnalyzer of Apache Lucene does, with its single
letters kept); no dictionary is needed, and a word that none knows is found too. Other runs are words:
plurals of English lose their s (the S stemmer of Harman, "How effective is suffixing?", 1991), and a
name such as `PaymentsService-timeout_ms` gives its parts and itself without its joints.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 64
"""Letters of a word; longer ones are keys, hashes or noise and left out."""

CJK = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff々〆\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Ranges of letters that stand without spaces between words; the long vowel mark is one of them."""
KANJI = "\u3400-\u4dbf\u4e00-\u9fff々〆\uf900-\ufaff\U00020000-\U0003ffff"
KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"

_ATOM = rf"[^\W_{CJK}]+"
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|{_ATOM}(?:[-_.]{_ATOM})*")
_IN_NAME = re.compile(r"[-_.]")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]+")
_KANJI = re.compile(f"[{KANJI}]")


def plain(text: str) -> str:
    """Return text as it is compared but for the size of its letters."""
    return unicodedata.normalize("NFKC", text)


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what stands together in a text that `plain` gave, and whether it is CJK."""
    for match in _RUN.finditer(text):
        yield match[0], match["cjk"] is not None


def words(text: str) -> list[str]:
    """Return the words of a text in their order; one that is a name comes after its parts.

    No word has a space, a quote or any other sign in it.
    """
    found: list[str] = []
    for run, cjk in runs(plain(text)):
        if cjk:
            found += pairs(run)
            found += _KANJI.findall(run) if len(run) > 1 else ()
        else:
            found += parts(run)
            found += [whole] if (whole := joined(run)) not in found[-1:] else []
    return [word for word in found if len(word) <= LONGEST]


def pairs(run: str) -> list[str]:
    """Return each two neighbours of a CJK run; the letter of a run of one."""
    return [run[n : n + 2] for n in range(len(run) - 1)] or [run]


def parts(name: str) -> list[str]:
    """Return the words that a name is made of: at its joints, its humps and around its numbers."""
    found = []
    for atom in _IN_NAME.split(name):
        humps = _HUMP.findall(atom)
        found += [stem(hump.lower()) for hump in humps]
        if len(humps) > 1 and atom != name:
            found.append(atom.lower())
    return found


def joined(name: str) -> str:
    """Return a name as one word without its joints."""
    return stem(_IN_NAME.sub("", name).lower())


def stem(word: str) -> str:
    """Return an English word without the s of its plural; others as they are."""
    if len(word) < 4 or not word.endswith("s") or not (word.isascii() and word.isalpha()):
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if word.endswith("es"):
        return word if word.endswith(("aes", "ees", "oes")) else word[:-1]
    return word if word.endswith(("us", "ss", "is")) else word[:-1]
