"""Whether a model writes in the language of the report, told by its small words."""

from __future__ import annotations

import re

from fa2.core.messages import Language

_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|「[^」]*」|‘[^’]*’")
_WORD = re.compile(r"[^\W\d_]+")
_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-鿿]")
_ENGLISH = frozenset(
    "the a an of is are was were be been in to at on by for and or not no it its this that these those has have had with "
    "from as than then which when while who what where there after before during until since only also more less most "
    "all each any per over under between both but if so can could should would will may might must does did do".split()
)
_SHORT = 4
"""Words up to which a text may do without small words, such as a label."""


def is_in_language(text: str, language: Language) -> bool:
    """Tell whether a text is in a language, as far as small words tell; names and quotations do not count."""
    said = _QUOTED.sub(" ", text)
    if language == "ja":
        return _JAPANESE.search(said) is not None or len(_WORD.findall(said)) <= _SHORT
    words = [word.lower() for word in _WORD.findall(said)]
    if _JAPANESE.search(said):
        return False
    return len(words) <= _SHORT or sum(word in _ENGLISH for word in words) >= max(1, len(words) // 12)
