"""What a recogniser gives: a place in a text that is to be hidden, and what is hidden there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from fa2.redaction.readings import Reading

Kind = Literal[
    "private-key",
    "aws-key",
    "jwt",
    "token",
    "password",
    "secret",
    "signature",
    "cookie",
    "arn",
    "account",
    "card",
    "my-number",
    "email",
    "phone",
    "address",
    "ip",
    "user",
    "text",
]
"""What is hidden; `text` stands for text that looks like an alias already. Where two share a place, the first names it."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Sighting:
    """A place in a reading, half-open, that is to be hidden."""

    start: int
    end: int
    kind: Kind
    key: str = ""
    """What is the same for all spellings of the value; empty: the text as it is read."""
    label: str = ""
    """What a reader may know of it, such as the service of an ARN."""
    by_context: bool = False
    """Whether only the words around gave it away, so that it has to be looked for elsewhere."""


Recogniser = Callable[[Reading], Iterator[Sighting]]
"""Yields places in any order; they may overlap. Takes time in proportion to the text's length."""
