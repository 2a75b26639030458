"""Text made comparable: compatibility forms, dashes and spaces made one, what is not seen taken out, no length limit crossed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 4_000
"""Characters that are looked at; a longer text is no statement."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–−﹣", "-") | dict.fromkeys("〜∼", "~"))
_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_KANA = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")
_OTHER_LETTER = re.compile(r"[^\W\d_]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class PlainText:
    """A text as it is compared, with the place of each of its characters in the text as it was written."""

    text: str
    places: tuple[int, ...]
    """One more than there are characters: the last is the length of what was written."""

    @property
    def japanese(self) -> bool:
        """Whether there is kana or kanji in it."""
        return _KANA.search(self.text) is not None


def plain(written: str) -> PlainText:
    """Return a text in NFKC: full-width digits are digits, zero-width and control characters are gone."""
    if written.isascii() and written.isprintable():
        return PlainText(written, tuple(range(len(written) + 1)))
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(written):
        for letter in _compared(character):
            letters.append(letter)
            places.append(place)
    return PlainText("".join(letters), (*places, len(written)))


def comparable(written: str) -> str:
    """Return a text as `plain` has it, with any white space as one space."""
    return _SPACES.sub(" ", plain(written).text).strip()


def foreign(word: str) -> bool:
    """Tell whether a word has letters that are neither ASCII nor Japanese: a look-alike, or a name of its own."""
    return any(not c.isascii() and not _is_japanese(c) and _OTHER_LETTER.match(c) for c in word)


@lru_cache(maxsize=4096)
def _compared(character: str) -> str:
    if character in "\t\n\r\v\f\x85\u2028\u2029":
        return "\n" if character in "\n\u2028\u2029" else " "
    if unicodedata.category(character) in _UNSEEN:
        return ""
    if character in "\u2018\u2019":  # kept apart from other marks: they are quotation marks and apostrophes
        return character
    return unicodedata.normalize("NFKC", character).translate(_DASHES)


@lru_cache(maxsize=4096)
def _is_japanese(character: str) -> bool:
    return bool(_KANA.match(character)) or character in "ー々〆ヶ"
