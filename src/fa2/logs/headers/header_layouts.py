"""Finds the layout of the header that lines share, part by part, by what nearly all of them have in the same place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fa2.logs.headers import header_parts as hp
from fa2.logs.headers.header_columns import FIELD, PROSE, before, learn
from fa2.logs.headers.header_parts import Part
from fa2.logs.headers.header_times import FORMS, TimeForm, extras_of

LOOK = 600
"""How much of a line is looked at."""
SHARE = 0.9
"""How many of the lines that start an entry must have the header."""
SURE_SHARE = 0.5
"""How many, when it is a full date and time at the line's start with a level behind it."""
MOST_WORDS = 5
"""How many words may stand before the time."""
_FIRST_DAY = date(1970, 1, 1).toordinal()
_WIDEST_DAYS = 3660
"""Numbers that could be times are none when they lie further apart."""
_CONTINUES = re.compile(
    r"\s|[\])}]|Caused by:|Traceback \(|[\w.$]+(?:Exception|Error|Warning)\b(?::|\s*$)|\.\.\. \d|at [\w.$]+\(|goroutine \d"
)
_OBJECT = re.compile(r"(?<=\s)(?=\{\")")
"""Before a JSON object: that is the message, whatever header it may have within."""
_LEAD = re.compile(r"<\d{1,3}>(?:1 )?|[\[(\"'<|{*#]{0,3}(?:[A-Za-z@_][\w.@-]{0,19}[\"']?[=:][\"']?)?")


@dataclass(frozen=True)
class Found:
    """A layout."""

    parts: list[Part]
    share: float
    """How many of the lines that start an entry have it."""


@dataclass(frozen=True)
class _Candidate:
    """A form of times in one place of lines."""

    form: TimeForm
    words: int
    lead: str
    matches: tuple[re.Match[str], ...]
    days: tuple[int, ...]

    @property
    def spread(self) -> int:
        return max(self.days) - min(self.days)

    @property
    def sure(self) -> bool:
        return not self.words and not self.form.weak and self.form.has_year

    @property
    def length(self) -> float:
        return sum(len(match[0]) for match in self.matches) / len(self.matches)


def find_layout(sample: Sequence[str]) -> Found | None:
    """Return the layout of a sample's header; null when there is none."""
    lines = [_OBJECT.split(line[:LOOK].rstrip("\r\n"), maxsplit=1)[0] for line in sample]
    lines = [line for line in lines if line.strip() and not _CONTINUES.match(line)]
    if not lines or 2 * sum(line.startswith("{") for line in lines) >= len(lines):
        return None
    for words in range(MOST_WORDS + 1):
        best = _best(_candidates(lines, words), len(lines))
        if best and (not words or _stands_alone(best)):
            return _layout(best, lines)
    return None


def _stands_alone(best: _Candidate) -> bool:
    """Whether the words before a time are no words of a message: a time in brackets, a record's
    number, ids, or the same few names."""
    if best.lead.startswith("[") and not best.form.weak:
        return True
    columns = list(zip(*(FIELD.findall(match.string)[: best.words] for match in best.matches)))
    if all(word.isdecimal() for word in columns[0]):
        return True
    prose = [column for column in columns if sum(bool(PROSE.fullmatch(word)) for word in column) > 0.3 * len(column)]
    behind = {re.sub(r"\d+", "0", match.string[match.end() :])[:80] for match in best.matches}
    return not best.form.weak and all(3 * len(set(column)) <= len(behind) for column in prose) if prose else True


def _layout(best: _Candidate, lines: list[str]) -> Found | None:
    needed = max(1, round((SURE_SHARE if best.sure else SHARE) * len(lines)))
    columns = before(lines, needed, best.words)
    time = [*_lead(best.lead), *best.form.parts(extras_of(best.form, best.matches))]
    if columns is None or not columns.extend(time, 0.0):
        return None
    syslog = 5424 if best.lead.endswith("1 ") else 3164 if not best.form.has_year and "%b" in best.form.text else 0
    columns = learn(columns, syslog)
    share = len(columns.texts) / len(lines)
    has_level = any(part.op in (hp.LEVEL, hp.LETTER) for part in columns.parts)
    if share < SHARE and not has_level:
        return None
    return Found(columns.ended(), share)


def _lead(text: str) -> list[Part]:
    if not text.startswith("<") or len(text) == 1:
        return hp.literal(text)
    return [
        hp.PRIORITY_PART,
        *(hp.literal("1") if text.endswith("1 ") else []),
        *([hp.GAP_PART] if " " in text else []),
    ]


def _candidates(lines: list[str], words: int) -> list[_Candidate]:
    """Return every form that occurs behind this many words, with the lines that have it there."""
    starts = [(line, start) for line in lines if (start := _word_start(line, words)) is not None]
    leads = [(line, found.end(), found[0]) for line, at in starts if (found := _LEAD.match(line, at))]
    kinds = Counter(re.sub(r"\d+", "1", lead) if lead[:1] == "<" else lead for _, _, lead in leads)
    if not kinds:
        return []
    usual = kinds.most_common(1)[0][0]
    places = [(line, at) for line, at, lead in leads if lead == usual or lead[:1] == usual[:1] == "<"]
    if len(places) < SURE_SHARE * len(lines):
        return []
    return [c for form in FORMS if (c := _candidate(form, words, usual, places))]


def _candidate(form: TimeForm, words: int, lead: str, places: list[tuple[str, int]]) -> _Candidate | None:
    found = [
        (match, day) for line, at in places if (match := form.search.match(line, at)) and (day := _day(form, match))
    ]
    if not found:
        return None
    return _Candidate(form, words, lead, tuple(match for match, _ in found), tuple(day for _, day in found))


def _word_start(line: str, words: int) -> int | None:
    if not words:
        return 0
    at = 0
    for _ in range(words):
        found = FIELD.match(line, at)
        at = found.end() if found else len(line)
    return at + len(line[at:]) - len(line[at:].lstrip(" \t")) if at < len(line) else None


def _day(form: TimeForm, match: re.Match[str]) -> int:
    """Return the day of a time, counted from year 1; 0 when there is no such time."""
    texts = {name[1:]: text for name, text in match.groupdict().items() if name[0] == "_"}
    for digits in "1234":
        if digits in texts:
            seconds = int(texts[digits][:10])
            return _FIRST_DAY + seconds // 86_400 if 631_152_000 <= seconds < 4_102_444_800 else 0
    values = {name: int(text) for name, text in texts.items() if name not in "abL"}
    if "b" in texts:
        values["m"] = hp.MONTHS.index(texts["b"]) + 1
    return _ordinal(values)


def _ordinal(values: dict[str, int]) -> int:
    hour, minute, second = (values.get(one, values.get(other, 0)) for one, other in ("Hh", "Mi", "Ss"))
    if hour > 23 or minute > 59 or second > 60:
        return 0
    year = values.get("Y", 2000 + values.get("y", 0))
    month, day = values.get("m", values.get("N", 1)), values.get("d", values.get("D", values.get("e", 1)))
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return 0


def _best(candidates: list[_Candidate], total: int) -> _Candidate | None:
    """Return the form that most lines have; of equals the longer one, then the one whose times lie closest together."""
    usable = [c for c in candidates if len(c.matches) >= (SURE_SHARE if c.sure else SHARE) * total]
    usable = [c for c in usable if not c.form.weak or c.spread <= _WIDEST_DAYS]
    if not usable:
        return None
    most = max(len(c.matches) for c in usable)
    common = [c for c in usable if len(c.matches) >= 0.95 * most]
    strong = [c for c in common if not c.form.weak] or common
    return min(strong, key=lambda c: (-round(c.length), c.spread, FORMS.index(c.form)))
