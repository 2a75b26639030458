"""Kinds of arguments that a model may give a tool: cleaned, short, and nothing where it says nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

LONGEST = 300
"""Characters of a name or of a text to look for."""
LONGEST_QUERY = 4_000
MOST_ROWS = 50


def _clean(value: object) -> object:
    """Return a text that UTF-8 can hold, without NUL and space around it; null for an empty one."""
    if not isinstance(value, str):
        return value
    return value.encode(errors="replace").decode().replace("\0", "").strip() or None


Text = Annotated[str, BeforeValidator(_clean), Field(max_length=LONGEST)]
"""A text that has to be given."""
OptionalText = Annotated[str | None, BeforeValidator(_clean), Field(max_length=LONGEST)]
QueryText = Annotated[str, BeforeValidator(_clean), Field(max_length=LONGEST_QUERY)]


def rows(asked: int, most: int = MOST_ROWS) -> int:
    """Return how many rows are given: as many as asked for, but at least one, and not more than `most`."""
    return max(1, min(asked, most))
