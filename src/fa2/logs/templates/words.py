"""How a shape falls into tokens: words, which may turn out to be values, and the frame that they stand in.

The frame is spaces, punctuation and keys. Keys of JSON objects and of key=value pairs belong to the frame, so lines
are told apart by their keys; a JSON value is one word, but for the values of message keys, which are texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.logs.patterns.pattern import SPACE, VARIABLE

MESSAGE_KEYS = frozenset(
    "msg message log event error err exception text title reason description detail details action type kind level"
    " severity status state stack stacktrace logger name body stringvalue short_message full_message error_message"
    " errormessage error.message exception.message messagetemplate @message @m @mt @l @x exc_info log.level levelname"
    " loglevel severitytext lvl".split()
)
"""Keys whose values tell lines apart: what they say is read word by word."""

_ATOM = rf"(?:{re.escape(VARIABLE)}|\w)"
_WORD = rf"{_ATOM}+(?:[.@/\\$~-]{_ATOM}+)*"
_KEY = r"[A-Za-z_][\w.-]*="
_QUOTED_VALUE = r'(?<==)"(?:[^"\\]|\\.)*"'
_PLAIN = re.compile(
    rf"(?P<space>[{SPACE}]+)|(?P<quoted>{_QUOTED_VALUE})|(?P<key>{_KEY}(?!=))|(?P<word>{_WORD})|(?P<mark>.)"
)
_JSON = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"\s*:\s*)|(?P<string>"(?:[^"\\]|\\.)*(?:"|\\?$))|(?P<list>\[[^\[\]{}]*\])"""
    rf"""|(?P<space>[{SPACE}]+)|(?P<word>{_WORD})|(?P<mark>.)"""
)
_LOOKS_LIKE_JSON = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')

Word = tuple[bool, str]
"""Whether it may vary, and the text."""


def split(shape: str) -> list[Word]:
    """Return the tokens of a shape, in order; runs of spaces are one space, spaces at the ends go."""
    shape = shape.strip(SPACE)
    return list(_json_words(shape) if _LOOKS_LIKE_JSON.match(shape) else _plain_words(shape))


def _plain_words(text: str) -> Iterator[Word]:
    key = ""
    for token in _PLAIN.finditer(text):
        form, found = token.lastgroup, token[0]
        if form == "space":
            yield False, " "
        elif form == "quoted":
            yield from _string(found, key)
        else:
            yield form == "word", found
        key = found[:-1] if form == "key" else ""


def _json_words(text: str) -> Iterator[Word]:
    key = ""
    for token in _JSON.finditer(text):
        form, found = token.lastgroup, token[0]
        if form == "space":
            yield False, " "
        elif form == "string":
            yield from _string(found, key)
        else:
            yield form in ("word", "list"), found
        if form == "key":
            key = found[1 : found.rindex('"')]


def _string(quoted: str, key: str) -> Iterator[Word]:
    """Yield a string's tokens; one that is cut off has no quote at its end."""
    closed = len(quoted) > 1 and quoted.endswith('"')
    inside = quoted[1:-1] if closed else quoted[1:]
    yield False, '"'
    if key.lower() in MESSAGE_KEYS:
        yield from _plain_words(inside)
    elif inside:
        yield True, inside
    if closed:
        yield False, '"'


def frame(words: list[Word]) -> tuple[str, ...]:
    """Return what lines of one template have in common whatever their words are; a word is an empty string."""
    return tuple("" if varies else text for varies, text in words)
