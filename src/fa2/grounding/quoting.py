"""Whether a quotation stands in the evidence, word for word."""

from __future__ import annotations

import re

from fa2.grounding.exhibits import Exhibit
from fa2.grounding.plain_text import comparable
from fa2.logs.bundles.membership import stands_for

_GAP = re.compile(r"\.{3,}|…|\[\.{2,}\]|\(\.{2,}\)")
_VARIABLE = "<*>"
_LEAST = 4


def quoted_from(said: str, exhibit: Exhibit) -> bool:
    """Tell whether a quotation stands in a text of the evidence, white space apart.

    "..." and "…" leave something out, at an end too. <*> stands where the pattern has it. Four letters are the least.
    """
    text = comparable(said).rstrip(",")
    if len(text) >= _LEAST and stands_for(said, exhibit.record.parameters):
        return True
    pieces = [piece.strip() for piece in _GAP.split(text)]
    pieces = [piece for piece in pieces if piece]
    if not pieces or max(map(len, pieces)) < _LEAST:
        return False
    return any(_in_order(pieces, known) for known in exhibit.quotable)


def _in_order(pieces: list[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        # A full stop that ends the sentence around a quotation may stand within its marks.
        found = next((p for p in (text.find(form, at) for form in (piece, piece.rstrip(".。"))) if p >= 0), -1)
        if found < 0:
            return False
        at = found + len(piece)
    return True
