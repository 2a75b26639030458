"""Finds the trace, span and request ids that a log line carries.

The column trace_id takes the trace's id and, only where a line has none, the request's: both tell which
lines belong together. A W3C trace id stands in lower case; an X-Ray id `1-5759e988-bd862e3f...` loses
its dashes and version and becomes the same 32 digits that OpenTelemetry writes for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_XRAY = re.compile(r"1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})(?![0-9a-fA-F])")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?![0-9a-f])")
_IS = r"[\"']?\s{0,2}[=:\s]\s{0,2}[\"'\[]?"
_TRACE = re.compile(rf"[Tt](?:race|RACE)[._-]?(?:[Ii][Dd])?{_IS}([0-9a-fA-F]{{16,32}})(?![\w-])")
_SPAN = re.compile(rf"[Ss](?:pan|PAN)[._-]?(?:[Ii][Dd])?{_IS}([0-9a-fA-F]{{16}})(?![\w-])")
_UUID = r"[0-9a-fA-F]{8}-[0-9a-zA-Z]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_REQUEST = re.compile(
    rf"(?:[Rr]equest|REQUEST|[Cc]orrelation|CORRELATION|[Rr]eq|REQ)[._-]?[Ii][Dd]{_IS}([\w./+=-]{{6,64}})"
)
_REQ_UUID = re.compile(rf"req-({_UUID})(?![\w-])")
_TABBED_UUID = re.compile(rf"\t({_UUID})\t")
_SLEUTH = re.compile(r"\[[\w.-]{0,80},\s?([0-9a-f]{32}|[0-9a-f]{16}),\s?([0-9a-f]{16})")
_PAIR = re.compile(r"\[([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})\]")
_HEX = re.compile(r"[0-9a-fA-F]{16,32}")

Ids = tuple[str | None, str | None]
"""A trace id (or a request id in its place) and a span id."""
Finder = Callable[[str], Ids | None]


def normal_trace_id(text: str) -> str | None:
    """Return a trace id as the tables hold it; null for an id of zeros only and for empty text.

    X-Ray's header (`Root=1-...;Parent=...`) and W3C's traceparent are understood; hexadecimal becomes
    lower case; anything else stays as it is.
    """
    text = text.strip()
    if xray := _XRAY.search(text):
        return (xray[1] + xray[2]).lower()
    if parent := _TRACEPARENT.search(text):
        return parent[1]
    if not text.strip("0-"):
        return None
    return text.lower() if _HEX.fullmatch(text) else text


def finders_for(text: str) -> tuple[Finder, ...]:
    """Return the searches that can succeed in some line of a block of text, the surest first.

    Blocks without any id cost a few substring searches; lines are then not looked at one by one.
    """
    return tuple(finder for finder, hint in _FINDERS if hint(text))


def find_ids(text: str, finders: tuple[Finder, ...]) -> Ids:
    """Return the trace or request id of a line, and its span id."""
    for finder in finders:
        ids = finder(text)
        if ids is not None:
            return ids
    return None, None


def ids_of_text(text: str) -> Ids:
    """Return the trace or request id of one message, and its span id."""
    return find_ids(text, _ALL)


def _traceparent(text: str) -> Ids | None:
    found = _TRACEPARENT.search(text)
    return (found[1], found[2]) if found else None


def _xray(text: str) -> Ids | None:
    found = _XRAY.search(text)
    return ((found[1] + found[2]).lower(), None) if found else None


def _keyed(text: str) -> Ids | None:
    found = _at(_TRACE, text, "race", 1) or _at(_TRACE, text, "RACE", 1)
    trace = found[1].lower() if found else ""
    if not trace.strip("0"):
        return None
    span = _at(_SPAN, text, "pan", 1) or _at(_SPAN, text, "PAN", 1)
    return trace, span[1].lower() if span else None


def _bracketed(text: str) -> Ids | None:
    found = _SLEUTH.search(text) or _PAIR.search(text)
    return (found[1], found[2]) if found else None


def _request(text: str) -> Ids | None:
    if found := _at(_REQ_UUID, text, "req-", 0):
        return "req-" + found[1], None
    for word, back in _REQUEST_WORDS:
        if found := _at(_REQUEST, text, word, back):
            return found[1], None
    return None


def _tabbed(text: str) -> Ids | None:
    found = _TABBED_UUID.search(text, 0, 200)
    return (found[1], None) if found else None


def _at(pattern: re.Pattern[str], text: str, word: str, back: int) -> re.Match[str] | None:
    """Return the first match that begins `back` characters before a word; far quicker than a search."""
    at = text.find(word)
    while at >= 0:
        if at >= back and (at == back or not text[at - back - 1].isalpha() or text[at - back].isupper()):
            found = pattern.match(text, at - back)
            if found:
                return found
        at = text.find(word, at + 1)
    return None


_REQUEST_WORDS = (
    ("equest", 1),
    ("EQUEST", 1),
    ("orrelation", 1),
    ("ORRELATION", 1),
    ("eq", 1),
    ("EQ", 1),
)
_FINDERS: tuple[tuple[Finder, Callable[[str], bool]], ...] = (
    (_traceparent, lambda text: _TRACEPARENT.search(text) is not None),
    (_xray, lambda text: _XRAY.search(text) is not None),
    (_keyed, lambda text: "race" in text or "RACE" in text),
    (_bracketed, lambda text: _bracketed(text) is not None),
    (_request, lambda text: _request(text) is not None),
    (_tabbed, lambda text: _TABBED_UUID.search(text) is not None),
)
_ALL = tuple(finder for finder, _ in _FINDERS)
