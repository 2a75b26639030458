"""Recognises what belongs to persons: e-mail, phone numbers, postal addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.redaction.readings import Reading
from fa2.redaction.sightings import Sighting

_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+'-"
_EDGES = "'.%-"
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+(?:xn--[A-Za-z0-9-]+|[A-Za-z]{2,24})(?![A-Za-z0-9])")
_CUT_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,64}(?=…)")
_NO_MAIL = frozenset("png jpg jpeg gif svg js css ts py java jar so dll exe json yaml yml toml md txt service".split())

_SEPARATOR = r"[-. \u30fc\u2010-\u2015/]"
_PHONE = re.compile(
    rf"(?a)(?<![\w.+/-])(?P<plus>\+[ (]?[1-9](?:{_SEPARATOR}?[()]?{_SEPARATOR}?[0-9]){{6,14}}(?:{_SEPARATOR}?\)?[0-9])*)(?![0-9])"
    r"|(?<![A-Za-z0-9_.+])(?<![0-9A-Za-z]-)(?P<japan>\(0[0-9]{1,4}\)[- ]?[0-9]{1,4}[- ]?[0-9]{3,4}|0[0-9]{1,4}\([0-9]{1,4}\)[0-9]{3,4}"
    r"|0[0-9]{1,4}[- .\u30fc][0-9]{1,4}[- .\u30fc][0-9]{3,4}|0[5789]0[0-9]{8})(?![A-Za-z0-9_]|[-.][0-9A-Za-z])"
    r"|(?<![\w.+/])(?<![0-9A-Za-z]-)(?P<america>(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4})(?![A-Za-z0-9_]|[-.][0-9A-Za-z])"
)
_DIGITS = re.compile(r"[0-9][-0-9 .()/\u30fc\u2010-\u2015]{7,}[0-9]")
_CALLED = re.compile(
    r"(?:phone|mobile|cell(?:ular)?|tel(?:ephone)?|fax|msisdn|sms|call(?:ed|er|ing)?|whatsapp|電話|携帯|連絡先|ファックス|内線)"
    r"(?:[ _-]?(?:number|num|no|番号))?\\{0,8}[\"']?(?:\s{0,4}(?:[:=は]|to|at|is|from)|\.)?\s{0,4}\\{0,8}[\"'「]?(\+?[0-9(](?:[-. ()\u30fc]{0,2}[0-9]){6,14})(?![0-9])",
    re.IGNORECASE,
)
_CALLED_WORDS = (
    "phone",
    "mobile",
    "cell",
    "tel",
    "fax",
    "msisdn",
    "sms",
    "call",
    "whatsapp",
    "電話",
    "携帯",
    "連絡先",
    "ファックス",
)

_NUMERAL = "0-9〇一二三四五六七八九十百"
_BLOCK = rf"[{_NUMERAL}]{{1,5}}(?:(?:丁目|番地の?|番町?|号|[-\u30fcの])[{_NUMERAL}]{{0,5}}){{1,5}}"
_ROOM = r"(?:[ ]?[^\s、。,\"'<>（）()「」0-9]{1,24}[0-9]{1,5}(?:号室|号|階|F)?(?![0-9])|[ ]?[0-9]{1,5}(?:号室|階|F))?"
_PREFECTURE = "(?:北海道|東京都|(?:大阪|京都)府|(?:神奈川|和歌山|鹿児島|[\u4e00-\u9fff]{2})県)"
_JAPAN = re.compile(
    rf"(?:〒?[ ]?[0-9]{{3}}-[0-9]{{4}}[ ]{{0,2}})?{_PREFECTURE}[ ]?[^\s0-9、。,\"'<>（）()]{{1,24}}[ ]?(?:{_BLOCK}|[0-9]{{1,5}}){_ROOM}"
    r"|〒[ ]?[0-9]{3}-?[0-9]{4}(?![0-9])|(?:郵便番号)[\"']?[ ]?[:はが]?[ ]?\"?[0-9]{3}-?[0-9]{4}(?![0-9])"
)
_BLOCK_AND_ROOM = re.compile(_BLOCK + _ROOM)
_NO_PLACE = re.compile(r"[\s0-9、。，,\"'<>（）()「」:=|]")
_TOWN = re.compile("[\u4e00-\u9fffヶケ]{1,6}?[市区町村郡]")
_STREET = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Way|Court|Ct|Place|Pl|Parkway|Pkwy|Highway|Hwy|Terrace|Ter|Circle|Cir|Square|Sq|Trail|Trl|Alley"
_STREET_END = re.compile(rf"[ ](?:(?:{_STREET})\b|Box [0-9])")
_AMERICA = re.compile(
    rf"(?a)(?<![\w.-])(?<![0-9]:)[0-9]{{1,6}}[A-Z]?[ ](?:[NSEW]{{1,2}}\.?[ ]|(?:North|South|East|West)[ ])?(?:[A-Z][A-Za-z']{{1,20}}[ ]|[0-9]{{1,3}}(?:st|nd|rd|th)[ ]){{1,4}}"
    rf"(?:{_STREET})\b\.?(?:[ ](?:[NSEW]{{1,2}}\b))?(?:,?[ ](?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|#)\.?[ ]?[\w-]{{1,8}})?"
    r"(?:,?[ ][A-Z][A-Za-z.' ]{1,30},?[ ][A-Z]{2}(?:[ ][0-9]{5}(?:-[0-9]{4})?)?)?"
    r"|(?<![\w])P\.?[ ]?O\.?[ ]?Box[ ][0-9]{1,6}"
)
_ADDRESS_KEY = re.compile(
    r"(?:street|home|billing|shipping|postal|mailing|delivery)[_ -]?address(?:[_ -]?(?:line)?[_ -]?[12])?|address[_ -]?(?:line)?[_ -]?[12]|addressline|住所|所在地",
    re.IGNORECASE,
)
_ADDRESS_VALUE = re.compile(
    r"\\{0,8}[\"']?[ ]{0,4}[:=は][ ]{0,4}(?:(?P<q>\\{0,8}[\"'「])(?P<a>[^\n\"'」\\]{4,200})|(?P<b>[^\n\"',;{\[]{4,120}))"
)


def emails(reading: Reading) -> Iterator[Sighting]:
    """Yield e-mail addresses; one that differs in case only is the same."""
    text = reading.text
    at = text.find("@")
    while at >= 0:
        left = text[max(0, at - 64) : at]
        local = left[len(left.rstrip(_LOCAL)) :].lstrip(_EDGES)
        domain = _DOMAIN.match(text, at + 1, at + 256) or _CUT_DOMAIN.match(text, at + 1)
        if local and domain and not _is_no_mail(local, domain, text):
            start = at - len(local)
            yield Sighting(start, domain.end(), "email", key=text[start : domain.end()].lower())
        at = text.find("@", at + 1)


def _is_no_mail(local: str, domain: re.Match[str], text: str) -> bool:
    """Tell whether it is a file such as icon@2x.png, or a Git address such as git@github.com:owner/name."""
    return domain[0].rpartition(".")[2].lower() in _NO_MAIL or (local == "git" and text.startswith(":", domain.end()))


def phones(reading: Reading) -> Iterator[Sighting]:
    """Yield phone numbers: international ones, Japanese and American ones as they are written, and any that is called one."""
    text = reading.text
    for match in _phones(text):
        region = {"plus": None, "japan": "JP", "america": "US"}[match.lastgroup or "plus"]
        if key := _number(match[0], region):
            yield Sighting(*match.span(), "phone", key=key)
    if any(word in reading.lower for word in _CALLED_WORDS):
        for match in _CALLED.finditer(text):
            digits = re.sub(r"\D", "", match[1])
            yield Sighting(
                *match.span(1),
                "phone",
                key=_number(match[1], "JP") or _number(match[1], "US") or digits,
                by_context=True,
            )


def _phones(text: str) -> Iterator[re.Match[str]]:
    """Yield what is written like a phone number; runs of digits are looked for first, which costs little."""
    for run in _DIGITS.finditer(text):
        yield from _PHONE.finditer(text, max(0, run.start() - 3), min(len(text), run.end() + 2))


def _number(text: str, region: str | None) -> str | None:
    """Return a number as +COUNTRY…; null where no number of the region has these digits."""
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_possible_number,
        is_valid_number,
        parse,
    )

    plain = text.replace("\u30fc", "-")
    try:
        number = parse(plain, region)
    except NumberParseException:
        return None
    if region is None and not is_possible_number(number) and not 8 <= len(re.sub(r"\D", "", plain)) <= 15:
        return None
    if region is not None and not is_valid_number(number) and not _is_written_out(plain, region):
        return None
    return str(format_number(number, PhoneNumberFormat.E164))


def _is_written_out(text: str, region: str) -> bool:
    """Tell whether a number is written as phone numbers are, though no such one was assigned."""
    groups = [len(g) for g in re.findall(r"[0-9]+", text)]
    if region == "US":
        return groups[-3:] == [3, 3, 4]
    return groups in ([3, 4, 4], [2, 4, 4], [3, 3, 4], [4, 2, 4], [4, 3, 3], [5, 1, 4])


def addresses(reading: Reading) -> Iterator[Sighting]:
    """Yield postal addresses of Japan and the United States, and values that are called an address."""
    text = reading.text
    if not text.isascii():
        yield from (Sighting(*m.span(), "address") for m in _JAPAN.finditer(text))
        yield from _towns(text)
    for street in _STREET_END.finditer(text):
        yield from (
            Sighting(*m.span(), "address")
            for m in _AMERICA.finditer(text, max(0, street.start() - 90), street.end() + 80)
        )
    if "address" in reading.lower or "住所" in text or "所在地" in text:
        for key in _ADDRESS_KEY.finditer(text):
            if value := _ADDRESS_VALUE.match(text, key.end()):
                group = "a" if value["a"] else "b"
                yield Sighting(*value.span(group), "address", by_context=True)


def _towns(text: str) -> Iterator[Sighting]:
    """Yield addresses that begin with a town: the characters before a block's numbers, from the town's name on."""
    for block in _BLOCK_AND_ROOM.finditer(text):
        before = text[max(0, block.start() - 40) : block.start()]
        place = _NO_PLACE.split(before.removesuffix(" "))[-1]
        if town := _TOWN.search(place):
            yield Sighting(block.start() - len(before) + before.rindex(place) + town.start(), block.end(), "address")
