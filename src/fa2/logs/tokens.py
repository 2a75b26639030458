"""Names for the varying places of a pattern, from the values seen and the words before them."""

from __future__ import annotations

from fa2.core.pattern_report import TokenView
from fa2.logs.patterns import VARIABLE


def tokens_of(text: str) -> tuple[TokenView, ...]:
    """Return a token for each <*> of a template."""
    return tuple(TokenView("token", f"Token-{n}") for n in range(1, text.count(VARIABLE) + 1))
