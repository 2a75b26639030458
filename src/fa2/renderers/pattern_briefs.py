"""Patterns in brief, as pieces of text: JSON lines with what they say first and their other keys behind it.

What is cut here stands in full where a pattern is opened, in JSON and in CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from fa2.core.pattern_report import PatternView, TokenView
from fa2.renderers.pattern_members import VARIABLE, Field, fields_of
from fa2.renderers.wording import visible

Style = Literal["text", "token", "quiet"]


class Piece(NamedTuple):
    """A piece of a pattern, fit to be shown."""

    text: str
    style: Style


_MESSAGES = (
    "msg message log event shortmessage mt m messagetemplate stringvalue body text fullmessage"
    " errormessage title reason description"
).split()
_TIMES = frozenset(
    "timestamp time ts datetime date t eventtime asctime timemillis timeunixnano realtimetimestamp epochsecond"
    " nanoofsecond".split()
)
_LEVELS = frozenset("level severity loglevel levelname severitytext lvl l priority levelno severitynumber".split())
_LOGGERS = frozenset("logger loggername channel component".split())
_ERRORS = frozenset("error err exception excinfo exc_info cause errormessage error_message".split())
_STACKS = frozenset({"stack", "stacktrace", "trace", "traceback"})
_NOTHING = frozenset({"", "null", "false", "[]", "{}"})
_CLOCK = re.compile(r"[^A-SU-Ya-z]*")
"""What a time has besides its numbers."""
_LEADING, _FRACTION = re.compile(r"[\[(]?<\*>[\])Z]?[ T]*"), re.compile(r"[,.]<\*>[\])Z]? +")
"""A time, and what may be glued to it."""
_LEAD_CHARS = 40
"""Where a message may tell its level."""
_ERROR_CHARS, _VALUE_CHARS = 120, 28
"""How much of a value is shown."""


def brief(pattern: PatternView) -> tuple[Piece, ...]:
    """Return a pattern as it stands in a table; joined, the pieces are one line."""
    if pattern.text.count(VARIABLE) != len(pattern.tokens):
        return tuple(_spaced([Piece(pattern.display, "text")]))
    fields = fields_of(pattern.text)
    pieces = _plain(pattern.text, 0, pattern.tokens) if fields is None else _json(fields, pattern)
    return tuple(_spaced(pieces))


def _plain(text: str, first: int, tokens: Sequence[TokenView]) -> Iterator[Piece]:
    """Yield a text whose first value is the token with that number."""
    for n, part in enumerate(text.split(VARIABLE)):
        if n:
            yield Piece(f"<{tokens[first + n - 1].name}>", "token")
        yield Piece(part, "text")


def _json(fields: Sequence[Field], pattern: PatternView) -> Iterator[Piece]:
    left = [field for field in fields if not (_is_time(field) or _is_number_of_level(field))]
    message = min((field for field in left if field.name in _MESSAGES and field.says), key=_rank, default=None)
    said, first = _said(message, pattern.tokens) if message else ("", 0)
    levels = [field for field in left if field.name in _LEVELS and field.text.isalpha()]
    loggers = [field for field in left if field.name in _LOGGERS and field.text and VARIABLE not in field.text]
    left = [field for field in left if field is not message and field not in levels and field not in loggers[-1:]]
    level = levels[-1].text.upper() if levels else ""
    if level and not level.startswith(pattern.severity) and level not in said[:_LEAD_CHARS].upper().split():
        yield Piece(f"{level} ", "quiet")
    if loggers:
        yield Piece(f"{loggers[-1].text} ", "quiet")
    yield from _plain(said, first, pattern.tokens)
    told = [field for field in left if _tells(field, alone=message is None)]
    for field in told:
        yield Piece(f" {field.key}=", "quiet")
        text, first = _last_line(field)
        yield from _plain(_cut(text, _VALUE_CHARS if message is None else _ERROR_CHARS), first, pattern.tokens)
    others = dict.fromkeys(_short(field, pattern.tokens) for field in left if field not in told)
    if others:
        yield Piece(f" {{{', '.join(others)}}}", "quiet")


def _is_number_of_level(field: Field) -> bool:
    """Tell whether a member gives a level that only the severity makes readable."""
    return field.name in _LEVELS and (field.text == VARIABLE or field.text.isdecimal())


def _is_time(field: Field) -> bool:
    return (
        field.name in _TIMES
        and VARIABLE in field.text
        and _CLOCK.fullmatch(field.text.replace(VARIABLE, "")) is not None
    )


def _rank(field: Field) -> tuple[int, int]:
    return field.key.count("."), _MESSAGES.index(field.name)


def _tells(field: Field, *, alone: bool) -> bool:
    """Tell whether a member is to be read besides the message: what errors are, and where there is no message all."""
    if field.text in _NOTHING or field.is_list or field.name in _STACKS or not (field.is_whole or alone):
        return False
    return field.text != VARIABLE if alone else not _ERRORS.isdisjoint(field.key.lower().split("."))


def _said(field: Field, tokens: Sequence[TokenView]) -> tuple[str, int]:
    """Return a message, without the time that it may begin with, and the number of the first value in it."""
    text, first = field.text.strip(), field.first
    while (found := _LEADING.match(text)) and tokens[first].kind == "time":
        text, first = text[found.end() :], first + 1
        if fraction := _FRACTION.match(text):
            text, first = text[fraction.end() :], first + 1
    return text, first


def _last_line(field: Field) -> tuple[str, int]:
    """Return what a member says and the number of the first value in it: of Python's tracebacks, their end."""
    if not field.text.startswith("Traceback "):
        return field.text, field.first
    before, _, last = field.text.rstrip().rpartition("\n")
    return last, field.first + before.count(VARIABLE)


def _short(field: Field, tokens: Sequence[TokenView]) -> str:
    """Return a key, with its value where that is not a token alone."""
    if field.text in ("", "null", VARIABLE) or field.is_list or field.name in _STACKS or not field.is_whole:
        return field.key
    shown = _cut(field.text, _VALUE_CHARS)
    return f"{field.key}={''.join(piece.text for piece in _plain(shown, field.first, tokens))}"


def _cut(text: str, chars: int) -> str:
    """Return the start of a text, no value in it torn apart."""
    if len(text) <= chars:
        return text
    start = text[:chars]
    return start[: start.rfind("<")] + "…" if start.rfind("<") > chars - len(VARIABLE) else start + "…"


def _spaced(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces as they may be shown, each space once, none at the ends."""
    out: list[Piece] = []
    for text, style in pieces:
        shown = re.sub(r"\s+", " ", visible(text.strip("\n")).replace("\n", " ⏎ "))
        if not out or out[-1].text.endswith(" "):
            shown = shown.removeprefix(" ")
        if shown:
            out.append(Piece(shown, style))
    if out:
        out[-1] = out[-1]._replace(text=out[-1].text.rstrip(" "))
    return out
