"""Recognises numbers of people and owners by their check digits and contexts: cards, My Number, AWS accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fa2.redaction.readings import Reading
from fa2.redaction.sightings import Sighting

_DIGITS = re.compile(r"(?a)(?<![\w.])(?<!\d[-+])(?<!_-)(?<!-[0-9a-f]{4}-)[0-9](?:[ -]?[0-9]){11,18}(?![\w-]|\.\d)")
_CARD_KEY = re.compile(
    r"(?:card[ _-]?(?:number|no|num)?|(?<![a-z])pan|cc[ _-]?(?:number|num|no)|カード(?:番号)?)\\{0,8}[\"']?(?:[ \t]{0,4}(?:[:=#は]|is)|[ \t])\s{0,4}\\{0,8}[\"'「]?"
    r"([0-9](?:[ -]?[0-9]){11,18})(?![0-9])",
    re.IGNORECASE,
)
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|(?:6011\d\d|65\d{4}|64[4-9]\d{3})\d{10}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|09|6\d|[89]\d)\d{11,13}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,12}|220[0-4]\d{12}"
)
_MY_NUMBER_KEY = re.compile(
    r"(?:マイナンバー|個人番号|my[ _-]?number|individual[ _-]?number|kojin[ _-]?bango)[^\n0-9]{0,24}?([0-9](?:[ -]?[0-9]){11})(?![0-9])",
    re.IGNORECASE,
)
_CUT = re.compile(r"(?a)(?<![\w.:-])([0-9](?:[ -]?[0-9]){7,18})[ -]?…")
_GROUPED = re.compile(r"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ID_BEFORE = re.compile(
    r"(?:id|no|num|number|seq|order|txn|transaction|time|timestamp|ts|count|size|bytes|offset|#)\\{0,8}[\"']?[ \t]{0,2}[:=#]?[ \t]{0,2}\\{0,8}[\"'(]?\Z",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d")
_REGION = r"(?:us|eu|ap|sa|ca|me|af|il|cn|mx)-(?:gov-|iso[a-z]?-)?[a-z]{4,9}-\d"
_TWELVE = re.compile(r"(?<![0-9])(?:[0-9]{12}|[0-9]{4}([- ])[0-9]{4}\1[0-9]{4})(?![0-9])")
_BEFORE_ACCOUNT = re.compile(
    r"(?:accounts?|account[_ -]?(?:id|number|no)s?|owner(?:[_ -]?(?:id|alias))?|aws[_ -]?id|principal|recipient|payer|アカウント(?:id|番号)?)"
    r"\\{0,8}[\"']?\s{0,4}(?:[:=(#]|=>|[はの]|is|of)?\s{0,4}[\[(]?\\{0,8}[\"'「]?\Z"
    rf"|(?:amazonaws\.com(?:\.cn)?(?::443)?|queue\.amazonaws\.com)/\Z|{_REGION}[:/-]\Z",
    re.IGNORECASE,
)
_AFTER_ACCOUNT = re.compile(
    r"\.(?:dkr\.ecr|signin\.aws|s3|lambda-url|r53)|\.[a-z-]{2,20}\.amazonaws"
    rf"|[:/-](?:{_REGION}|role/|user/|root\b|assumed-role/|function:|table/|log-group:|policy/)",
    re.IGNORECASE,
)
_IN_NAME = (re.compile(r"(?<!-[0-9a-f]{3})[a-z]-\Z"), re.compile(r"-[a-z]|[/\"'\s.]|\Z"))


def cut_numbers(reading: Reading) -> Iterator[Sighting]:
    """Yield long numbers that were cut, for what they were cannot be told any more."""
    if "…" in reading.text:
        yield from (Sighting(*m.span(1), "card") for m in _CUT.finditer(reading.text))


def cards_and_my_numbers(reading: Reading) -> Iterator[Sighting]:
    """Yield card numbers and Japan's individual numbers by their check digits.

    Cards: of an issuer's range (ISO/IEC 7812, Luhn). My Number: twelve digits, unless they are called an id or a time
    (ordinance on individual numbers, article 5: weights 6 5 4 3 2 7 6 5 4 3 2, modulo 11).
    """
    text = reading.text
    for match in _DIGITS.finditer(text):
        digits = _bare(match[0])
        if len(digits) == 12 and is_my_number(digits) and _is_told_as_my_number(text, match):
            yield Sighting(*match.span(), "my-number", key=digits)
        elif _ISSUERS.fullmatch(digits) and _luhn(digits) and _is_grouped_as_card(match[0]):
            yield Sighting(*match.span(), "card", key=digits)


def called_numbers(reading: Reading) -> Iterator[Sighting]:
    """Yield numbers that are called a card's or an individual number, whatever their last digit."""
    text, lower = reading.text, reading.lower
    if any(word in lower for word in ("card", "カード", "pan", "cc")):
        for match in _CARD_KEY.finditer(text):
            yield Sighting(*match.span(1), "card", key=_bare(match[1]), by_context=True)
    if any(word in lower for word in ("マイナンバー", "個人番号", "number", "bango")):
        for match in _MY_NUMBER_KEY.finditer(text):
            yield Sighting(*match.span(1), "my-number", key=_bare(match[1]), by_context=True)


def _is_told_as_my_number(text: str, match: re.Match[str]) -> bool:
    """Tell whether twelve digits stand in groups of four, or in one piece and are neither called an id nor a moment."""
    if len(match[0]) > 12:
        return _GROUPED.fullmatch(match[0]) is not None
    return not _MOMENT.fullmatch(match[0]) and not _ID_BEFORE.search(text, max(0, match.start() - 24), match.start())


def accounts(reading: Reading) -> Iterator[Sighting]:
    """Yield AWS account ids: twelve digits that are called so, or stand where AWS puts them."""
    text = reading.text
    for match in _TWELVE.finditer(text):
        before = max(0, match.start() - 48)
        if (
            _BEFORE_ACCOUNT.search(text, before, match.start())
            or (not match[1] and _AFTER_ACCOUNT.match(text, match.end()))
            or (
                not match[1]
                and _IN_NAME[0].search(text, before, match.start())
                and _IN_NAME[1].match(text, match.end())
            )
        ):
            yield Sighting(*match.span(), "account", key=_bare(match[0]), by_context=True)


def is_my_number(digits: str) -> bool:
    """Tell whether twelve digits end in the check digit of the eleven before."""
    rest = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest) and len(set(digits)) > 1


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _is_grouped_as_card(text: str) -> bool:
    """Tell whether the digits are in one piece, or in pieces of a length that cards are printed with."""
    pieces = [len(piece) for piece in re.split("[ -]", text)]
    return len(pieces) == 1 or pieces in ([4, 6, 5], [4, 6, 4]) or (set(pieces[:-1]) == {4} and pieces[-1] <= 4)
