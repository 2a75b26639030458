"""Bytes of a document into text, whatever encoding its writer used."""

from __future__ import annotations

import re

LARGEST = 8 * 2**20
"""Bytes of a document that are read."""
_JAPANESE_ENCODINGS = ("cp932", "euc_jp")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_UNLIKELY = re.compile("[\uff61-\uff9f\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
"""Half-width katakana and private letters: what a wrong guess between the encodings gives."""


def decoded(data: bytes) -> str | None:
    """Return the text of a document, lines ended by line feeds; None for what is no text.

    UTF-8, UTF-16 with a mark, and the two older encodings of Japanese, taken where they give kana.
    """
    text = _unicode(data)
    if text is None:
        guesses = [guess for name in _JAPANESE_ENCODINGS if (guess := _decoded(data, name)) is not None]
        text = max((g for g in guesses if _likely(g) > 0), key=_likely, default=None)
    if text is None or "\0" in text:
        return None
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _unicode(data: bytes) -> str | None:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return _decoded(data, "utf-16" if marked else "utf-8")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.start >= len(data) - 3 > 0:  # a letter cut in two
            return data[: error.start].decode(encoding, "replace")
        return None


def _likely(text: str) -> int:
    return len(_KANA.findall(text)) - 3 * len(_UNLIKELY.findall(text))
