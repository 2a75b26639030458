"""What a log pattern is: the template of lines that differ only in values, and what is known of its lines."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

VARIABLE = "<*>"
"""Stands for a value in a template."""
SPACE = " \t\n\f\r"
"""What RE2 takes for space; Python's own idea of it is wider."""
_SPACES = re.compile(f"[{SPACE}]+")


@dataclass(frozen=True)
class TokenValue:
    """A value that a token had, and in how many lines."""

    value: str
    count: int


@dataclass(frozen=True)
class Token:
    """One varying place of a pattern."""

    kind: str
    """What its values are: time, ip, id, number, path, url, …; `value` when nothing is told."""
    name: str
    """As in CloudWatch: kind and running number within the pattern, `IP-1`; or the key before it, `user`."""
    values: tuple[TokenValue, ...]
    """The most frequent ones, at most ten, most frequent first, then by text."""
    distinct: int
    """How many different values; an estimate when `exact` is false."""
    exact: bool = True


@dataclass(frozen=True)
class Pattern:
    """A template and its lines, in the window that was mined."""

    text: str
    """The template, each value as <*>."""
    count: int
    ratio: float
    """Share of all lines, 0 to 1."""
    severity: str
    """FATAL, ERROR, WARN, INFO or NONE; see `severities`."""
    first_seen: datetime | None = None
    """UTC; null when lines have no times."""
    last_seen: datetime | None = None
    histogram: tuple[int, ...] = ()
    """Lines per interval of `Mined.histogram_start` and `.histogram_step`."""
    samples: tuple[str, ...] = ()
    """Some of its lines, whole."""
    tokens: tuple[Token, ...] = ()
    """One for each <*> of the text, in order; empty when values were not asked for."""
    related: tuple[str, ...] = ()
    """Ids of patterns that often come near it in time."""

    @property
    def id(self) -> str:
        """The same on any day and machine, for it depends on the text alone."""
        return pattern_id(self.text)

    @property
    def regex(self) -> str:
        """A regular expression (RE2, Java, Python) that matches each of its lines' first lines, whole."""
        return template_regex(self.text)


def pattern_id(text: str) -> str:
    """Return the id of a pattern: P and ten hex digits of the SHA-256 of its text."""
    return "P" + hashlib.sha256(text.encode()).hexdigest()[:10]


def template_regex(text: str) -> str:
    """Return the regular expression of a template: its words as they are, any space for a space, any text for <*>.

    It is for others and for RE2. Python's `re` may take for ever over text that does not match: see `matching.spans`.
    """
    parts = [r"\s+".join(map(_escape, _SPACES.split(part))) for part in text.strip(SPACE).split(VARIABLE)]
    return r"^\s*" + "(.*?)".join(parts) + r"\s*$"


def _escape(text: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", text)
