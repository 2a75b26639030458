"""Recognises credentials by their own form: keys and tokens with an issuer's prefix, JWTs, private keys, random strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from fa2.redaction.readings import Reading
from fa2.redaction.sightings import Kind, Sighting

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_URLSAFE = r"[A-Za-z0-9_-]"
_PREFIXED: tuple[tuple[Kind, str, str], ...] = (
    *(("aws-key", p, r"[A-Z0-9]{12,124}") for p in "AKIA ASIA ABIA ACCA AROA AIDA AGPA AIPA ANPA ANVA APKA ASCA".split()),
    *(("aws-key", p, r"[A-Za-z0-9+/=_-]{30,}") for p in ("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz", "ABSKQmVkcm9ja0")),
    *(("token", f"gh{c}_", r"[A-Za-z0-9_.-]{20,}") for c in "pousr"),
    ("token", "github_pat_", r"[A-Za-z0-9_]{20,}"),
    *(("token", p, r"[A-Za-z0-9_.-]{16,}") for p in "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- gloas-".split()),
    *(("token", p, r"[A-Za-z0-9.-]{8,}") for p in "xoxb- xoxp- xoxa- xoxo- xoxr- xoxs- xoxe- xoxe. xoxc- xoxd- xapp-".split()),
    ("token", "hooks.slack.com/", r"(?:services|workflows|triggers)/[A-Za-z0-9_/+-]{10,}"),
    *(("token", p, r"[A-Za-z0-9_]{10,}") for p in "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_".split()),
    ("token", "whsec_", r"[A-Za-z0-9+/=_-]{16,}"),
    ("token", "AIza", _URLSAFE + "{30,}"),
    ("token", "AQ.Ab", r"[A-Za-z0-9_.-]{20,}"),
    ("token", "ya29.", r"[A-Za-z0-9_.-]{16,}"),
    ("token", "GOCSPX-", _URLSAFE + "{16,}"),
    ("token", "1//0", _URLSAFE + "{30,}"),
    ("token", "sk-", _URLSAFE + "{18,}"),
    *(("token", p, r"[A-Za-z0-9]{16,}") for p in "hf_ npm_ NRAK- NRII- NRJS- dop_v1_ doo_v1_ dor_v1_ lin_api_ sbp_ ntn_ key-".split()),
    *(("token", p, r"[A-Za-z0-9_.=+/-]{20,}") for p in "pypi-AgE SG. glsa_ glc_ ATATT3x ATCTT3x hvs. hvb. hvr. dp.pt. dp.st. sntrys_ sntryu_".split()),
    *(("token", p, r"[A-Za-z0-9]{16,}") for p in "shpat_ shpss_ shpca_ shppa_ dapi rubygems_ tfp_ pul- HRKU-AA EAACEdEose0cBA fio-u- r8_ gsk_ xai- pplx-".split()),
    *(("token", p, r"[A-Za-z0-9_-]{16,}") for p in "sq0atp- sq0csp- EAAA figd_ PMAK- cfut_ secret_ shpua_ AGE-SECRET-KEY-1 vercel_".split()),
    ("token", "SK", r"[0-9a-f]{32}(?![0-9a-f])"),
)  # fmt: skip
_ANYWHERE = frozenset(("aws-key",))
_CUT = re.compile(r"[A-Za-z0-9_.=+/-]{4,}(?=…)")
_TELEGRAM = re.compile(r"(?<![0-9A-Za-z])[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}")
_DISCORD = re.compile(r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}")
_JWT = re.compile(r"ey[JI][A-Za-z0-9_+/-]{14,}=*(?:\.[A-Za-z0-9_+/=-]*){0,4}")
_BEGIN = re.compile(r"-----?BEGIN[ +](?:[A-Z0-9]+[ +]){0,4}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----?")
_END = re.compile(r"-----?END[ +][A-Z0-9 +]{0,40}?PRIVATE[ +]KEY(?:[ +]BLOCK)?-----?")
_LONGEST_KEY = 16_384
_BODY = re.compile(r"(?:[ \t\r\n\\\"',+|>]|[A-Za-z0-9/+=:._-]{16,}|[A-Za-z0-9/+=]{1,15}(?=\s*[\"'\\\n]|\Z)|\\+[nr])+")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d:")
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}")
_AWS_SECRET = 40
"""Characters of an AWS secret access key, which has nothing else to be known by."""
_VOWEL = re.compile("[aeiouyAEIOUY]")
_WORD = re.compile("[A-Z]?[a-z]{3,}")
_REQUEST_ID = re.compile(
    r"(?:id-?2|request[ _-]?id|etag|sha\d{0,3}|md5|digest|checksum|integrity)[\s\"':=(-]*\Z", re.IGNORECASE
)


def prefixed(reading: Reading) -> Iterator[Sighting]:
    """Yield keys and tokens that begin as their issuers' do."""
    text = reading.text
    for kind, prefix, tail in _COMPILED:
        start = text.find(prefix)
        while start >= 0:
            end = start + len(prefix)
            alone = start == 0 or text[start - 1] not in _LETTERS or kind in _ANYWHERE
            if alone and (match := tail.match(text, end) or _CUT.match(text, end)):
                end = match.end()
                yield Sighting(start, end, kind)
            start = text.find(prefix, end)
    for pattern, hint in ((_TELEGRAM, ":AA"), (_DISCORD, ".")):
        if hint in text:
            yield from (Sighting(*m.span(), "token") for m in pattern.finditer(text))


_COMPILED = tuple((kind, prefix, re.compile(tail)) for kind, prefix, tail in _PREFIXED)


def web_tokens(reading: Reading) -> Iterator[Sighting]:
    """Yield JWTs, whole or cut, and other JSON in base64."""
    text = reading.text
    start = text.find("ey")
    while start >= 0:
        end = start + 2
        if (start == 0 or text[start - 1] not in _LETTERS) and (
            match := _JWT.match(text, start) or _CUT.match(text, end)
        ):
            end = match.end()
            yield Sighting(start, end, "jwt")
        start = text.find("ey", end)


def private_keys(reading: Reading) -> Iterator[Sighting]:
    """Yield private keys in PEM from BEGIN to END, or as far as what follows may be of the key."""
    text, last = reading.text, 0
    if "PRIVATE" in text:
        for match in _BEGIN.finditer(text):
            if match.start() < last:
                continue
            mark = text.find("--END", match.end(), match.end() + _LONGEST_KEY)
            end = _END.search(text, max(mark - 3, match.end()), mark + 80) if mark >= 0 else None
            body = None if end else _BODY.match(text, match.end(), match.end() + _LONGEST_KEY)
            last = end.end() if end else body.end() if body else match.end()
            yield Sighting(match.start(), last, "private-key")
    if "PuTTY-User" in text:
        for match in _PUTTY.finditer(text):
            end = re.compile(r"Private-MAC: ?\w+").search(text, match.end(), match.end() + _LONGEST_KEY)
            yield Sighting(match.start(), end.end() if end else min(len(text), match.end() + 4096), "private-key")


def random_strings(reading: Reading) -> Iterator[Sighting]:
    """Yield strings of 40 characters and more that look like random base64; hexadecimal ones are ids and hashes."""
    for match in _RUN.finditer(reading.text):
        if looks_random(match[0]) and not _REQUEST_ID.search(reading.text, max(0, match.start() - 24), match.start()):
            yield Sighting(*match.span(), "secret")


def looks_random(text: str) -> bool:
    """Tell whether letters of both cases and digits change places as often as in random text, unlike in names and paths.

    In random base64 two neighbours differ in kind 62 times of 100, in words, paths and camelCase some 20 times.
    """
    kinds = [0 if c.islower() else 1 if c.isupper() else 2 if c.isdigit() else 3 for c in text]
    pairs = [a != b for a, b in pairwise(kinds) if a != 3 and b != 3]
    if not {0, 1} <= set(kinds) or not pairs:
        return False
    if len(text) == _AWS_SECRET and text.count("/") < 5 and "_" not in text:
        said = [word for word in _WORD.findall(text) if 5 * len(_VOWEL.findall(word)) >= len(word)]
        if sum(map(len, said)) < 0.7 * len(text):
            return True
    return sum(pairs) >= (0.33 if 2 in kinds else 0.42) * len(pairs)
