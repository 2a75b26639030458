"""Numbers as people write them: digits, words and units, and how exactly they are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Unit = Literal["none", "count", "time", "share", "ratio", "bytes"]
"""time: seconds. share: of 1. bytes: bytes. ratio: a multiple of something else. count: of things that are counted."""
Bound = Literal["above", "below"]

_LARGE = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "千": 1e3, "万": 1e4, "億": 1e8,
}  # fmt: skip
_TIMES = {
    1e-9: "ns|nanoseconds?|ナノ秒",
    1e-6: "μs|us|microseconds?|マイクロ秒",
    1e-3: "ms|msec|milliseconds?|ミリ秒",
    1.0: "s|secs?|seconds?|秒間?",
    60.0: "mins?|minutes?|分間?",
    3600.0: "h|hrs?|hours?|時間",
    86400.0: "days?|日間?",
}
_BYTES = {
    1.0: "bytes?|B|バイト", 1e3: "kB|KB", 1e6: "MB", 1e9: "GB", 1e12: "TB",
    2.0**10: "KiB", 2.0**20: "MiB", 2.0**30: "GiB", 2.0**40: "TiB",
}  # fmt: skip
_WORDS = {
    "zero": 0, "once": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"十": 10}
_PARTS = {"half": 1 / 2, "a third": 1 / 3, "one third": 1 / 3, "a quarter": 1 / 4, "one quarter": 1 / 4,
    "two thirds": 2 / 3, "three quarters": 3 / 4, "半数": 1 / 2, "半分": 1 / 2}  # fmt: skip
_FOLD = {"doubled": 2, "double": 2, "doubling": 2, "tripled": 3, "quadrupled": 4, "halved": 0.5, "倍増": 2, "半減": 0.5}


def _units() -> str:
    times = "|".join(f"(?P<t{n}>{names})" for n, names in enumerate(_TIMES.values()))
    sizes = "|".join(f"(?P<b{n}>{names})" for n, names in enumerate(_BYTES.values()))
    # One letter and one kanji may begin a longer word: a unit ends where no letter follows.
    ends = r"(?![A-Za-z0-9])"
    return rf"(?:(?P<share>%|percent\b|per cent\b|パーセント(?!イル)|割)|(?:{times}){ends}|(?:{sizes}){ends})"


_NUMBER = re.compile(
    r"(?=[\d×xX+-])(?P<times>×\s?|(?<![A-Za-z0-9])[xX])?(?P<sign>[-+](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<exponent>e[-+]?\d{1,3}(?![A-Za-z0-9]))?"
    r"(?P<large>\s?(?:thousand|million|billion|bn|[kKM])(?![A-Za-z0-9])|[千万億])?(?P<rest>\d{1,4}千?(?=[^\d.,]|$))?"
    rf"(?P<gap>\s|-)?(?P<unit>{_units()})?"
)
_SEVERAL = re.compile(
    rf"(?<![A-Za-z])(?P<word>{'|'.join(_WORDS)})(?![A-Za-z])(?:[ -](?P<unit>{_units()}))?|"
    rf"(?<![A-Za-z])(?P<part>{'|'.join(_PARTS)})(?![A-Za-z])|(?<![A-Za-z])(?P<fold>{'|'.join(_FOLD)})(?![A-Za-z])|"
    r"(?P<kanji>[〇一二三四五六七八九十])(?=[回件個つ倍])",
    re.IGNORECASE,
)
_RATIO_AFTER = re.compile(
    r"\s?(?:[×xX](?![A-Za-z0-9])|-?fold\b|倍|times (?=as |more|higher|the |its |their |normal|usual|what|slower|longer|faster|"
    r"lower|fewer|less|larger|greater|that|baseline|of its|bigger))"
)
_COUNTED_AFTER = re.compile(
    r"\s?(?:times\b|回|件|個|行|本|台|系列|requests?\b|calls?\b|traces?\b|lines?\b|errors?\b|failures?\b|spans?\b|points?\b|"
    r"metrics\b|series\b|events?\b|messages?\b|occurrences?\b)|(?<=\d)つ"
)
_ABOUT = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|circa|some|nearly|almost|~|約|およそ|おおよそ|ほぼ|概ね)\s?(?:a |the )?$",
    re.I,
)
_ABOUT_AFTER = re.compile(r"\s?(?:程度|ほど|前後|くらい|ぐらい|弱|強|or so\b)")
_ABOVE = re.compile(r"(?:more than|over|above|exceed(?:ed|ing|s)|at least|upwards of|>=?|beyond)\s?$", re.I)
_BELOW = re.compile(r"(?:less than|fewer than|under|below|at most|no more than|not more than|up to|<=?)\s?$", re.I)
_ABOVE_AFTER = re.compile(r"\s?[^\s\d、。,.()]{0,3}?(?:以上|超え?|を超え|を上回)")
_BELOW_AFTER = re.compile(r"\s?[^\s\d、。,.()]{0,3}?(?:以下|未満|足らず|を下回)")
_ROUNDED = 0.1
"""How far a number may be from the one that it is rounded from, relative."""
_LEAST_DIGITS = 3
"""Digits that a plain whole number states at least: 32,200 may stand for 32,237, but 4,000 not for 3,950."""
_CARDINAL = re.compile(r"(?:st|nd|rd|th)\b|番目|位|つ目|回目")


@dataclass(frozen=True)
class Quantity:
    """A number in a statement."""

    start: int
    end: int
    value: float
    """In the unit's base: seconds, a share of 1, bytes."""
    give: float
    """How far the true value may lie from it, in the same unit."""
    unit: Unit
    bound: Bound | None = None
    """The true value lies above, or below."""
    loose: bool = False
    """Said to be about."""
    unit_size: float = 1.0
    """What `value` was multiplied with to get to the base."""

    def fits(self, value: float) -> bool:
        """Tell whether a value in the base unit is what was written, rounded to the digits that were given."""
        slack = 1e-9 * max(abs(value), abs(self.value)) + 1e-12
        match self.bound:
            case "above":
                return self.value - slack <= value <= self.value + 2 * self.give + slack
            case "below":
                return self.value - 2 * self.give - slack <= value <= self.value + slack
            case _:
                # Rounding takes digits away, not the number: 0.8 is no 1, and 0.1 no 0.
                most = max(_ROUNDED * abs(value), self.give if self.loose else 0.0)
                return abs(value - self.value) <= min(self.give, most) + slack


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a plain text (see plain_text) in order. Names, times and quotations are to be blanked before."""
    taken = -1
    for found in _NUMBER.finditer(text):
        if found.start() < taken or _glued(text, found):
            continue
        taken = found.end()
        if not _CARDINAL.match(text, found.end("digits")) and (read := _read(text, found)):
            yield read
    for found in _SEVERAL.finditer(text):
        if read := _spelt(text, found):
            yield read


def _glued(text: str, found: re.Match[str]) -> bool:
    """Tell whether digits are part of a word, such as v2 or t3."""
    before = text[found.start() - 1] if found.start() else " "
    return (before.isascii() and (before.isalnum() or before == "_")) or (
        before == "." and found.start("digits") == found.start()
    )


def _read(text: str, found: re.Match[str]) -> Quantity | None:
    digits = found["digits"].replace(",", "")
    try:
        value = float(digits + (found["exponent"] or ""))
    except (ValueError, OverflowError):
        return None
    power = int(found["exponent"][1:]) if found["exponent"] else 0
    if len(digits) > 30 or abs(power) > 200:
        return None
    step = 10.0 ** (power - len(digits.partition(".")[2]))
    large = _LARGE.get((found["large"] or "").strip().lower() if found["large"] else "", 1.0)
    value, step = value * large, step * large
    if found["rest"]:
        value, step = _with_rest(value, found["rest"])
    end = (
        found.end("rest")
        if found["rest"]
        else found.end("large")
        if found["large"]
        else found.end("exponent")
        if found["exponent"]
        else found.end("digits")
    )
    unit, size, end = _unit(text, found, end)
    if unit == "count" or (unit == "none" and not found["large"]) or unit in ("time", "bytes", "ratio"):
        step = max(step, _written_step(digits) if large == 1.0 and not found["rest"] else 0.0)
    start = found.start("times") if found["times"] else found.start("sign") if found["sign"] else found.start("digits")
    if found["times"]:
        unit = "ratio"
    if found["sign"] and found["sign"] == "-" and not (start and text[start - 1].isalnum()):
        value = -value
    return _meant(text, Quantity(start, end, value * size, step * size / 2, unit, unit_size=size), step * size)


def _with_rest(value: float, rest: str) -> tuple[float, float]:
    """Return 1万2千 or 1万2345 as a number, with its last place."""
    if rest.endswith("千"):
        return value + 1000 * float(rest[:-1]), 1000.0
    return value + float(rest), 1.0


def _written_step(digits: str) -> float:
    """Return the place to which a whole number is meant: its trailing zeros count for nothing beyond three digits."""
    if "." in digits:
        return 0.0
    zeros = len(digits) - len(digits.rstrip("0"))
    return float(10 ** max(0, min(zeros, len(digits) - _LEAST_DIGITS)))


def _unit(text: str, found: re.Match[str], end: int) -> tuple[Unit, float, int]:
    ratio = _RATIO_AFTER.match(text, end)
    if ratio and not found["unit"]:
        return "ratio", 1.0, ratio.end()
    if found["unit"]:
        return (*_named_unit(found), found.end("unit"))
    return ("count" if _COUNTED_AFTER.match(text, end) else "none"), 1.0, end


def _named_unit(found: re.Match[str]) -> tuple[Unit, float]:
    if found["share"]:
        return "share", 0.1 if found["share"] == "割" else 0.01
    for n, size in enumerate(_TIMES):
        if found[f"t{n}"]:
            return "time", size
    for n, size in enumerate(_BYTES):
        if found[f"b{n}"]:
            return "bytes", size
    return "none", 1.0


def _meant(text: str, read: Quantity, step: float) -> Quantity:
    """Return a number with what the words around it allow."""
    before, after = text[max(0, read.start - 16) : read.start], text[read.end : read.end + 8]
    if _ABOVE.search(before) or _ABOVE_AFTER.match(after):
        return replace(read, give=_last_place(read, step) / 2, bound="above")
    if _BELOW.search(before) or _BELOW_AFTER.match(after):
        return replace(read, give=_last_place(read, step) / 2, bound="below")
    if _ABOUT.search(before) or _ABOUT_AFTER.match(after):
        return replace(read, give=max(read.give, min(_about(read, step), 0.15 * abs(read.value))), loose=True)
    return read


def _about(read: Quantity, step: float) -> float:
    """Return how far "about N" may be off: by one in its last digit, or by half of it where zeros follow that digit."""
    last = _last_place(read, step)
    return last / 2 if last > step else step


def _last_place(read: Quantity, step: float) -> float:
    """Return the step of the last digit that is not 0."""
    written = round(abs(read.value) / step) if step else 0
    while written and written % 10 == 0:
        written, step = written // 10, step * 10
    return step


def _spelt(text: str, found: re.Match[str]) -> Quantity | None:
    start, end = found.span()
    if found["part"]:
        share = _PARTS[found["part"].lower()]
        return Quantity(start, end, share, 0.05, "share", loose=True, unit_size=0.01)
    if found["fold"]:
        fold = _FOLD[found["fold"].lower()]
        above = _ABOVE.search(text[max(0, start - 12) : start])
        return Quantity(start, end, fold, 0.25 * fold, "ratio", "above" if above else None, loose=True)
    if found["kanji"]:
        unit: Unit = "ratio" if text[end : end + 1] == "倍" else "count"
        return _meant(text, Quantity(start, end, float(_KANJI[found["kanji"]]), 0.5, unit), 1.0)
    word = found["word"].lower()
    if word == "once" and not _counts_once(text, start, end):
        return None
    after = _RATIO_AFTER.match(text, end)
    unit, size = (
        _named_unit(found)
        if found["unit"]
        else (
            "ratio"
            if after or (word == "twice" and re.match(r"\s(?:as|the|its|what|normal)\b", text[end : end + 8]))
            else "count",
            1.0,
        )
    )
    return _meant(text, Quantity(start, end, _WORDS[word] * size, 0.5 * size, unit, unit_size=size), size)


def _counts_once(text: str, start: int, end: int) -> bool:
    """Tell whether "once" counts: not in "at once", "once the pool was full" or "not once"."""
    if re.search(r"(?:\bat|\bnot|\bnever|n't|\ball|\beven|\bcounted)\s$", text[max(0, start - 9) : start]):
        return False
    return not re.match(r"\s(?:the|it|they|a|an|all|every|orders|again|this|that|there)\b", text[end : end + 10])
