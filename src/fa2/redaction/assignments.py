"""Recognises secrets by the words before them: password=…, "token": "…", --secret …, <password>…, パスワード：…, and environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fa2.redaction.keys import looks_random
from fa2.redaction.readings import Reading
from fa2.redaction.secret_words import WHOLE_WORDS, WORDS, Strictness, is_secret
from fa2.redaction.sightings import Kind, Sighting

_KINDS: dict[Strictness, Kind] = {"password": "password", "token": "secret", "session": "signature", "digits": "secret"}
_SUFFIX = re.compile(
    r"(?:s(?![a-z])|[_\- ]?(?:access|key|value|string|text|hash|base64|base|plaintext|plain|new|old|current|default|confirmation|"
    r"confirm|root|data|code|salt|id(?=[\"'=:]))){0,4}(?![a-z])_?\d{0,3}"
)
_QUOTE = r"\\{0,8}[\"'`]"
_SEPARATOR = re.compile(
    rf"(?:{_QUOTE})?\]?[ \t]{{0,8}}(?P<sign>=>|:=|==|=|:)[ \t]{{0,8}}"
    rf"|(?:{_QUOTE})?[ \t]{{0,4}}(?P<named>,?\s{{0,40}}(?:{_QUOTE})?(?:parameter|attribute)?[_-]?value(?:{_QUOTE})?\s{{0,4}}[:=]\s{{0,4}})"
    r"|[^<>\"'\n]{0,80}(?<=[a-z\"0-9])(?P<tag>>)(?=[^<>\n]{1,4096}</)"
    r"|[ \t]{1,4}(?:for|of|to)[ \t]{1,4}[^\s,;]{1,64}(?:[ \t]{1,2}[^\s,;]{1,64})?[ \t]{0,4}(?P<whose>\bis\b|\bwas\b|=|:)[ \t]{1,4}"
    r"|[ \t]{1,4}(?P<verb>is|was|set to|changed to|reset to)[ \t]{0,4}:?[ \t]{1,4}"
    r"|(?P<particle>[はがを][、\s]{0,2})(?=[「『\"'`A-Za-z0-9!-/])|(?P<bracket>(?=[「『]))"
    r"|(?P<space>[ \t]{1,4})(?=\S)",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:[^\s\"'<>&;,)}\]|\\`「」『』、。]|[,)}\]|\\](?![\w.-]{1,40}[=:])(?=[^\s\"',;)}\]|]))+")
_HEADER_PREFIX = re.compile(
    r"(?:bearer|basic|token|apikey|api-key|digest|negotiate|ntlm|[bBuU](?=[\"']))[ \t]{0,4}", re.IGNORECASE
)
_OPENING = re.compile(r"\\{0,8}[\"'`]")
_JAPANESE = {"「": "」", "『": "』"}
_CANDIDATE = re.compile(r"[A-Za-z0-9+/_=.~-]{16,}")
_ADJACENT = re.compile(r"[\s:=\"'(\[<]{0,4}")
_LONGEST = 8_192
_HEX = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OPTION = re.compile(r"--?[\w-]{0,40}\Z")


@dataclass(frozen=True)
class _Value:
    start: int
    end: int
    quoted: bool


def assigned(reading: Reading) -> Iterator[Sighting]:
    """Yield values that stand after a word for secrets."""
    for word, strictness in (*WORDS.items(), *WHOLE_WORDS.items()):
        yield from _after(reading, word, strictness, whole=word in WHOLE_WORDS)


def _after(reading: Reading, word: str, strictness: Strictness, *, whole: bool) -> Iterator[Sighting]:
    lower, start = reading.lower, 0
    while (start := lower.find(word, start)) >= 0:
        begin, start = start, start + len(word)
        if whole and not _stands_alone(lower, begin, start):
            continue
        suffix = None if whole else _SUFFIX.match(lower, start)
        after = suffix.end() if suffix else start
        if after < len(lower) and lower[after].isascii() and lower[after].isalnum():
            continue
        for found in _values(reading, begin, after, strictness, whole=whole):
            start = max(start, found.end)
            yield found


def _stands_alone(lower: str, begin: int, end: int) -> bool:
    before = lower[begin - 1] if begin else " "
    after = lower[end] if end < len(lower) else " "
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and (after.isalnum() or after == "_"))


def _values(reading: Reading, begin: int, after: int, strictness: Strictness, *, whole: bool) -> Iterator[Sighting]:
    text = reading.text
    separator = _SEPARATOR.match(text, after)
    if separator is None or (whole and not (separator["sign"] or separator["named"])):
        return
    start = separator.end()
    if text.startswith("[", start) and separator["sign"]:
        yield from _listed(text, start, strictness)
        return
    if prefix := _HEADER_PREFIX.match(text, start):
        start = prefix.end()
    value = _value(text, start, tag=bool(separator["tag"]))
    if value is None:
        return
    said = text[value.start : value.end]
    written = (
        value.quoted
        or _is_written(separator)
        or (strictness == "password" and bool(separator["sign"] or separator["whose"]))
    )
    if _is_named(separator, text, begin, value, said) and is_secret(said, strictness, written_out=written):
        yield Sighting(value.start, value.end, _KINDS[strictness], by_context=True)
    elif strictness != "digits" and not whole:
        yield from _near(text, after, strictness)


def _is_written(separator: re.Match[str]) -> bool:
    sign = separator["sign"]
    return bool(
        separator["tag"] or separator["named"] or (sign and not (sign == ":" and separator[0].endswith((" ", "\t"))))
    )


def _is_named(separator: re.Match[str], text: str, begin: int, value: _Value, said: str) -> bool:
    """Tell whether the value is the word's: always behind a sign; behind a space only as an option, or where it is odd."""
    if not separator["space"]:
        return True
    if _OPTION.search(text, max(0, begin - 44), begin):
        return True
    odd = any(c.isdigit() for c in said) and any(c.isalpha() for c in said)
    return odd and len(said) >= 6 and (value.quoted or any(not c.isalnum() for c in said) or _mixed(said))


def _mixed(said: str) -> bool:
    return any(c.isupper() for c in said) and any(c.islower() for c in said)


def _value(text: str, start: int, *, tag: bool) -> _Value | None:
    if tag:
        end = text.find("<", start, start + _LONGEST)
        return _Value(start, end, quoted=True) if end > start else None
    if close := _JAPANESE.get(text[start : start + 1]):
        end = text.find(close, start + 1, start + _LONGEST)
        return _Value(start + 1, end, quoted=True) if end > start + 1 else None
    if opening := _OPENING.match(text, start):
        end = _closing(text, opening.end(), opening[0])
        return _Value(opening.end(), end, quoted=True) if end > opening.end() else None
    bare = _BARE.match(text, start, start + _LONGEST)
    if bare is None:
        return None
    end = bare.end() - (len(bare[0]) - len(bare[0].rstrip(".")) if len(bare[0]) > 3 else 0)
    return _Value(start, end, quoted=False) if end > start else None


def _closing(text: str, start: int, quote: str) -> int:
    """Return where the quotation mark stands that ends a value, or the line's end where it was cut."""
    limit = min(len(text), start + _LONGEST)
    end = text.find(quote, start, limit)
    while end >= 0 and text[end - 1] == "\\" and end > start:
        end = text.find(quote, end + 1, limit)
    line = text.find("\n", start, limit)
    if line >= 0 and (end < 0 or line < end):
        return line
    return end if end >= 0 else limit


def _listed(text: str, start: int, strictness: Strictness) -> Iterator[Sighting]:
    """Yield the values of a list."""
    close = text.find("]", start, start + _LONGEST)
    end = close if close >= 0 else min(len(text), start + _LONGEST)
    for item in re.compile(r"[^\s\"',\[\]]+").finditer(text, start, end):
        if is_secret(item[0], strictness, written_out=True):
            yield Sighting(*item.span(), _KINDS[strictness], by_context=True)


def _near(text: str, after: int, strictness: Strictness) -> Iterator[Sighting]:
    """Yield what looks random within the next words; hexadecimal only right beside the word, where it is no trace's id."""
    line = text.find("\n", after, after + 64)
    close = _ADJACENT.match(text, after)
    for item in _CANDIDATE.finditer(text, after, line if line >= 0 else min(len(text), after + 64)):
        whole = _CANDIDATE.match(text, item.start())
        end = whole.end() if whole else item.end()
        beside = close is not None and item.start() <= close.end()
        if looks_random(text[item.start() : end]) or (beside and _HEX.fullmatch(text, item.start(), end)):
            yield Sighting(item.start(), end, _KINDS[strictness], by_context=True)
