"""The parts that headers are made of. Each has one meaning: as a regular expression and in the kernel.

A header is a row of parts. Regular expressions keep to what RE2, Java, Python and Trino read alike. Parts are
such that what one matches never depends on those behind it; only optional parts need a second try.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from fa2.logs.headers.header_levels import LEVEL_REGEX

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES: Final = {
    **dict.fromkeys(("UTC", "GMT"), 0),
    **dict.fromkeys(("JST", "KST"), 540),
    **dict.fromkeys(("EDT",), -240),
    **dict.fromkeys(("EST", "CDT"), -300),
    **dict.fromkeys(("CST", "MDT"), -360),
    **dict.fromkeys(("MST", "PDT"), -420),
    **dict.fromkeys(("PST",), -480),
    **dict.fromkeys(("CET",), 60),
    **dict.fromkeys(("CEST",), 120),
}
"""Minutes east of UTC, for names that mean one zone."""

# What the kernel does for a part.
LIT, GAP, GAP_END, ANY_GAP, WORD, NOT, UNTIL, BRACKET, LOGGER, LEVEL, LETTER, SEPARATOR = range(12)
NUMBER, FRACTION, MONTH, WEEKDAY, HALF, ZONE, EPOCH, PRIORITY, STRUCTURED, OPTIONAL = range(12, 22)

# Which number of a time a NUMBER is.
YEAR, SHORT_YEAR, MONTH_NUMBER, DAY, HOUR, MINUTE, SECOND = range(7)

_SPACE = r"[ \t]"
_CLOSING = {"[": "]", "(": ")", "<": ">"}


class Part(NamedTuple):
    """One part of a header."""

    op: int
    a: int
    b: int
    c: int
    regex: str
    value: bool = False
    """Whether a time, level or logger is read from it."""


def literal(text: str) -> list[Part]:
    """Return the parts that are this ASCII text."""
    return [Part(LIT, ord(char), 0, 0, escaped(char)) for char in text]


def escaped(char: str) -> str:
    """Return a character as it stands in a regular expression, within brackets or without."""
    return "\\t" if char == "\t" else "\\" + char if char in r"\^$.|?*+()[]{}-" else char


GAP_PART: Final = Part(GAP, 0, 0, 0, f"{_SPACE}+")
GAP_END_PART: Final = Part(GAP_END, 0, 0, 0, f"(?:{_SPACE}+|$)")
"""Spaces, or the end of the line."""
ANY_GAP_PART: Final = Part(ANY_GAP, 0, 0, 0, f"{_SPACE}*")
WORD_PART: Final = Part(WORD, 0, 0, 0, r"[^ \t\r\n]+")
NAME_PART: Final = WORD_PART._replace(value=True)
"""A word that names a logger."""
LOGGER_PART: Final = Part(LOGGER, 0, 0, 0, rf"[^ \t\r\n]+(?: \([^()\r\n]*\))?:(?:{_SPACE}+|$)", True)
"""A word with a colon, and the spaces behind it: `sshd[12]: `, `com.example.Shop: `, `launchd[1] (shop[5]): `."""
LEVEL_PART: Final = Part(LEVEL, 0, 0, 0, LEVEL_REGEX, True)
"""A word for a level; a part that starts with no letter must follow."""
LETTER_PART: Final = Part(LETTER, 0, 0, 0, "[A-Z]", True)
SEPARATOR_PART: Final = Part(SEPARATOR, 0, 0, 0, "[-*#.|:=>~+]{1,3}")
FRACTION_PART: Final = Part(FRACTION, 0, 0, 0, "[0-9]{1,9}", True)
MONTH_PART: Final = Part(MONTH, 0, 0, 0, f"(?:{'|'.join(MONTHS)})", True)
WEEKDAY_PART: Final = Part(WEEKDAY, 0, 0, 0, f"(?:{'|'.join(WEEKDAYS)})")
HALF_PART: Final = Part(HALF, 0, 0, 0, "[AaPp][Mm]", True)
ZONE_PART: Final = Part(ZONE, 0, 0, 0, rf"(?:[Zz]|{'|'.join(ZONES)}|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)", True)
PRIORITY_PART: Final = Part(PRIORITY, 0, 0, 0, "<[0-9]{1,3}>", True)
STRUCTURED_PART: Final = Part(STRUCTURED, 0, 0, 0, r"(?:-|(?:\[[^\]\r\n]*\])+)")
"""The structured data of RFC 5424."""


def number(role: int, least: int = 2, most: int = 2) -> Part:
    """Return a number of a time."""
    digits = f"[0-9]{{{least}}}" if least == most else f"[0-9]{{{least},{most}}}"
    return Part(NUMBER, role, least, most, digits, True)


def epoch(digits: int) -> Part:
    """Return seconds since 1970 as ten digits, or thousandths, millionths and so on as 13, 16 and 19."""
    return Part(EPOCH, digits, 0, 0, f"[0-9]{{{digits}}}", True)


def word_without(char: str) -> Part:
    """Return a word without a character; the character must follow."""
    return Part(NOT, ord(char), 0, 0, rf"[^ \t\r\n{escaped(char)}]+")


def text_until(char: str) -> Part:
    """Return any text up to a character, which must follow."""
    return Part(UNTIL, ord(char), 0, 0, rf"[^\r\n{escaped(char)}]*")


def bracketed(opening: str) -> Part:
    """Return a text in brackets, with brackets in it one deep."""
    o, c = escaped(opening), escaped(_CLOSING[opening])
    inner = rf"[^{o}{c}\r\n]"
    return Part(BRACKET, ord(opening), ord(_CLOSING[opening]), 0, rf"{o}(?:{inner}|{o}{inner}*{c})*{c}")


def optional(parts: Sequence[Part]) -> list[Part]:
    """Return parts that may be absent together. They are not nested."""
    return [Part(OPTIONAL, len(parts), 0, 0, ""), *parts]


def silent(parts: Sequence[Part]) -> list[Part]:
    """Return parts of a second time, from which nothing is read."""
    return [part._replace(value=False) for part in parts]


def regex_of(parts: Sequence[Part], *, groups: bool = False) -> str:
    """Return the regular expression of parts; with a group for each value when `groups`."""
    out: list[str] = []
    close_at = -1
    for at, part in enumerate(parts):
        if part.op == OPTIONAL:
            out.append("(?:")
            close_at = at + part.a
            continue
        out.append(f"({part.regex})" if groups and part.value else part.regex)
        if at == close_at:
            out.append(")?")
    return "".join(out)
