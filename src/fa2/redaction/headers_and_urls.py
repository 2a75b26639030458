"""Recognises what HTTP headers, URLs and command lines carry: authorisation, cookies, user:password@host, options of clients."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from fa2.redaction.readings import Reading
from fa2.redaction.secret_words import is_secret
from fa2.redaction.sightings import Sighting

_AUTHORIZATION = re.compile(
    r"(?:[\\\"']{0,8})\s{0,4}(?:[:=,]|=>)\s{0,4}\[?[\\\"']{0,8}"
    r"(?:(?P<scheme>bearer|basic|digest|token|apikey|aws4-hmac-sha256|aws|hawk|negotiate|ntlm|key)[ \t:+]{1,4})?",
    re.IGNORECASE,
)
_TO_END = re.compile(r"[^\n\r\"'\\]+")
_LONGEST = 8_192
_TO_SPACE = re.compile(r"[^\s\"',;<>\\]+")
_WITH_SPACES = ("digest", "aws4-hmac-sha256", "hawk")
_BEARER = re.compile(r"[ \t+]{1,4}[\"']?([A-Za-z0-9._~+/=:-]{8,})", re.IGNORECASE)
_BASIC = re.compile(r"[ \t+]{1,4}([A-Za-z0-9+/_-]{6,}={0,2})")
_COOKIES = re.compile(r"[\\\"']{0,8}\s{0,4}(?::|=|=>)\s{0,4}\[?[\\\"']{0,8}([^\n\r\"'\\]+)")
_COOKIE = re.compile(r"(?:^|;)\s*([^\s=;]{1,128})=([^\s;]+)")
_ATTRIBUTES = frozenset("path domain expires max-age samesite secure httponly partitioned priority version".split())
_USERINFO = re.compile(r"([^\s\"'<>/?#@:\\]{0,128}):([^\s\"'<>]{1,256})@(?=[\w\[.-])")
_TOKEN_USER = re.compile(r"([A-Za-z0-9_%.~-]{16,255})@(?=[\w\[.-])")
_PORT = re.compile(r"[0-9]{1,5}(?:[/?#]|\Z)")
_DSN = re.compile(r"(?<![\w.@/-])[\w.-]{1,64}:([^\s@/:\"']{3,128})@(?=(?:tcp|unix|udp)\()")
_ORACLE = re.compile(r"[\w.$#-]{1,64}/([^\s@\"']{1,128})@")
_CLIENTS = re.compile(
    r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,120}?[ \t]-p(?P<a>[^\s\"'-][^\s\"']*)"
    r"|\bcurl\b[^\n|;]{0,200}?[ \t](?:-u|--user)[ =]{1,2}[\"']?[^\s:\"']{1,64}:(?P<b>[^\s\"']+)"
    r"|\bsshpass[ \t]+-p[ \t]*[\"']?(?P<c>[^\s\"']+)|\bredis-cli\b[^\n|;]{0,120}?[ \t]-a[ \t]+[\"']?(?P<d>[^\s\"']+)"
    r"|\bidentified[ \t]+(?:with[ \t]+\S+[ \t]+)?by[ \t]+(?:password[ \t]+)?[\"'](?P<e>[^\"'\n]+)"
    r"|\bnet[ \t]+use\b[^\n]{0,120}?/user:\S+[ \t]+(?P<f>\S+)|\bdocker[ \t]+login\b[^\n|;]{0,120}?[ \t]-p[ \t]+[\"']?(?P<g>[^\s\"']+)",
    re.IGNORECASE,
)
_CLIENT_WORDS = ("mysql", "mariadb", "curl", "sshpass", "redis-cli", "identified", "net use", "docker login")


def authorizations(reading: Reading) -> Iterator[Sighting]:
    """Yield what proves who calls: Authorization headers of any scheme, bearer tokens, basic authentication."""
    text, lower, last = reading.text, reading.lower, 0
    for start in _each(lower, "authorization"):
        match = _AUTHORIZATION.match(text, start)
        if match is None or start < last:
            continue
        scheme = (match["scheme"] or "").lower()
        value = (_TO_END if scheme in _WITH_SPACES else _TO_SPACE).match(text, match.end(), match.end() + _LONGEST)
        last = value.end() if value else start
        if value and (is_secret(value[0], "password", written_out=False) if scheme else _is_opaque(value[0])):
            yield Sighting(*value.span(), "token", by_context=True)
    for start in _each(lower, "bearer"):
        match = _BEARER.match(text, start)
        if match and is_secret(match[1], "token", written_out=False):
            yield Sighting(*match.span(1), "token", by_context=True)
    for start in _each(lower, "basic"):
        match = _BASIC.match(text, start)
        if match and _is_pair(match[1]):
            yield Sighting(*match.span(1), "password", by_context=True)


def cookies(reading: Reading) -> Iterator[Sighting]:
    """Yield the values of cookies, sent or set."""
    text, last = reading.text, 0
    for start in _each(reading.lower, "cookie"):
        match = _COOKIES.match(text, start + (reading.lower.startswith("s", start)), start + _LONGEST)
        if start < last or match is None or "=" not in match[1]:
            continue
        last = match.end()
        for pair in _COOKIE.finditer(match[1]):
            if pair[1].lower() not in _ATTRIBUTES:
                yield Sighting(match.start(1) + pair.start(2), match.start(1) + pair.end(2), "cookie", by_context=True)


def user_infos(reading: Reading) -> Iterator[Sighting]:
    """Yield passwords in URLs and data source names, and tokens that stand for the user."""
    text = reading.text
    for start in _each(text, "://"):
        match = _USERINFO.match(text, start)
        if match and not _PORT.match(match[2]):
            if is_secret(match[2], "password", written_out=True):
                yield Sighting(*match.span(2), "password", by_context=True)
        elif (token := _TOKEN_USER.match(text, start)) and any(c.isdigit() for c in token[1]):
            yield Sighting(*token.span(1), "token", by_context=True)
    if "@tcp(" in text or "@unix(" in text or "@udp(" in text:
        yield from (Sighting(*m.span(1), "password", by_context=True) for m in _DSN.finditer(text))
    for start in _each(reading.lower, "jdbc:oracle:thin:"):
        if match := _ORACLE.match(text, start):
            yield Sighting(*match.span(1), "password", by_context=True)


def client_options(reading: Reading) -> Iterator[Sighting]:
    """Yield passwords in the options of command-line clients and in SQL that makes users."""
    if any(word in reading.lower for word in _CLIENT_WORDS):
        for match in _CLIENTS.finditer(reading.text):
            group = match.lastgroup
            if group and is_secret(match[group], "password", written_out=True):
                yield Sighting(*match.span(group), "password", by_context=True)


def _each(text: str, word: str) -> Iterator[int]:
    """Yield where a word ends, each time it stands in a text."""
    start = text.find(word)
    while start >= 0:
        yield start + len(word)
        start = text.find(word, start + len(word))


def _is_opaque(value: str) -> bool:
    return len(value) >= 12 and any(c.isdigit() for c in value) and is_secret(value, "token", written_out=False)


def _is_pair(value: str) -> bool:
    """Tell whether base64 holds user:password."""
    padded = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        plain = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.decode(errors="replace").isprintable()
