"""Estimates how many tokens a text has without any model's vocabulary, so that what is sent is bounded beforehand."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PIECE = re.compile(
    r"(?P<word>[A-Z]?[a-z]+|[A-Z]+)|(?P<digits>[0-9]+)|(?P<kana>[\u3040-\u30ff]+)|(?P<han>[\u3400-\u9fff]+)"
    r"|(?P<wide>[\u3001-\u303f\uff00-\uffef]+)|(?P<one> )(?! )|(?P<blanks> +)|(?P<breaks>\s+)|(?P<marks>[!-/:-@\[-`{-~]+)|(?P<other>.)",
    re.DOTALL,
)
_RUN: Mapping[str, float] = {"word": 1.03, "digits": 0.56, "blanks": 1.34, "breaks": 1.6, "marks": 0.55}
"""Tokens for a piece of a kind, whatever its length."""
_CHARACTER: Mapping[str, float] = {"digits": 0.95, "kana": 0.82, "han": 1.87, "wide": 0.85, "marks": 0.31}
"""Tokens for each character of it besides."""
_LETTERS = 6
"""Longer words cost more."""
_LETTER = 0.055
_BYTE = 0.42
"""Tokens for each byte of anything else, as UTF-8."""


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has for a model: as many as the tokenizer that makes most of it.

    Fitted to the largest of four tokenizers (cl100k, Qwen's, Claude 2's, DeepSeek's) on English, Japanese, JSON, logs and
    reports; docs/decisions/0019 tells what it is off by. Reads the text once.
    """
    return round(sum(_tokens(found.lastgroup or "", found[0]) for found in _PIECE.finditer(text)))


def _tokens(kind: str, piece: str) -> float:
    match kind:
        case "one":
            return 0.0
        case "word":
            return _RUN[kind] + _LETTER * max(0, len(piece) - _LETTERS)
        case "other":
            return _BYTE * len(piece.encode("utf-8", "replace"))
        case _:
            return _RUN.get(kind, 0.0) + _CHARACTER.get(kind, 0.0) * len(piece)
