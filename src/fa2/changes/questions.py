"""Questions in words into structured queries, by rules; what was understood and what not is said.

A language model can take the place of the rules: it fills in the fields of a ChangeQuery, which is checked like any
other input. It never writes SQL, and what it gives beyond the allow-list is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, cast

from fa2.changes.change_queries import ChangeQuery, Column, Group, Operator, Order, asked_query
from fa2.core.monthly_changes import Remark
from fa2.core.months import Month

LONGEST = 1000
"""Characters of a question that are looked at."""
_NOT_BEFORE = r"(?:except(?: for)?|excluding|other than|without|not(?: in)?|outside)(?: the| any)? $"
_NOT_AFTER = r"^ ?(?:以外|を?除)"
_MOST_MONTHS = 36
_IN_TIME = frozenset(("month", "day", "hour"))


@dataclass(frozen=True)
class Reading:
    """How a question was read."""

    query: ChangeQuery | None
    """Null when nothing was understood."""
    understood: tuple[Remark, ...] = ()
    not_understood: tuple[str, ...] = ()
    """Words that had no part in the query."""


class QuestionReader(Protocol):
    """Reads a question in words: the rules below, or a language model."""

    def read(self, question: str, month: Month, /) -> Reading:
        """Return how it was read. month: what months that are not named are relative to."""
        ...


class RuleReader:
    """Reads simple questions in English and Japanese, the same way every time."""

    def read(self, question: str, month: Month, /) -> Reading:
        """Return how it was read."""
        return _Text(question[:LONGEST], month).reading()


def reading_of(fields: dict[str, Any], not_understood: tuple[str, ...] = ()) -> Reading:
    """Return a reading from the fields of a query, such as a model gives. Raises UnusableInput for what is not allowed."""
    query = asked_query(fields)
    return Reading(query, tuple(remarks(query)), not_understood)


def remarks(query: ChangeQuery) -> list[Remark]:
    """Return what a query asks, statement by statement, for changes.question.KEY."""
    first, last = str(query.period[0]), query.last
    said = [
        Remark("period", {"first": first, "last": last}) if first != last else Remark("period_one", {"month": last})
    ]
    for f in query.filters:
        said.append(Remark("filter", {"column": f.column, "operator": f.operator, "values": "\n".join(f.values)}))
    said.append(Remark("groups", {"groups": " ".join(query.groups)}) if query.groups else Remark("everything"))
    said += [Remark(f"order_{query.order}"), Remark("limit", {"n": query.limit})] if query.groups else []
    return said


@dataclass
class _Text:
    """A question being read: what is understood is taken out of `rest`."""

    question: str
    month: Month
    filters: dict[tuple[Column, Operator], list[str]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    understood: bool = False

    def __post_init__(self) -> None:
        self.rest = " ".join(self.question.split())

    def reading(self) -> Reading:
        """Read it all."""
        self._take(
            r"[\"“「『'‘]([^\"”」』'’]{1,200})[\"”」』'’]", lambda m: self._filter("resource_name", m[1], m, "contains")
        )
        self._take(
            r"\bAWS::[A-Za-z0-9]+::[A-Za-z0-9]+(?:::[A-Za-z0-9]+)?", lambda m: self._filter("resource_type", m[0], m)
        )
        self._take(r"(?<!\d)\d{12}(?!\d)", lambda m: self._filter("account", m[0], m))
        last, months = self._months()
        limit, order = self._limit(), self._order()
        self._group_words()
        self._places_and_kinds()
        wanted = bool(re.search(r"\bhow many\b|何件|合計|\btotal\b", self.question, re.IGNORECASE))
        if not self.understood:
            return Reading(None, (), tuple(self._left()))
        groups = self.groups or ([] if wanted else [self._default_group()])
        fields: dict[str, Any] = {
            "last": str(last),
            "months": months,
            "filters": [{"column": c, "operator": o, "values": v} for (c, o), v in self.filters.items()],
            "groups": list(dict.fromkeys(groups))[:4],
            "order": "name" if order == "count" and _IN_TIME.intersection(groups) else order,
            "limit": limit,
        }
        return reading_of(fields, tuple(self._left()))

    def _default_group(self) -> Group:
        return (
            "resource"
            if {"resource_type", "resource_name"} & {column for column, _ in self.filters}
            else "resource_type"
        )

    def _places_and_kinds(self) -> None:
        words = _vocabulary()
        self._take(r"\b(?:[a-z]{2}(?:-[a-z]+)+-\d)\b", lambda m: self._filter("region", m[0].lower(), m))
        columns: tuple[tuple[str, Column], ...] = (
            ("regions", "region"),
            ("types", "resource_type"),
            ("actions", "action"),
        )
        for section, column in columns:
            for pattern, value in sorted(words[section].items(), key=lambda pair: -len(pair[0])):
                self._take(_word(pattern), lambda m, v=value, c=column: self._filter(c, v, m))  # type: ignore[misc]  # bound now
        for pattern, service in words["services"].items():
            self._take(
                _word(pattern),
                lambda m, v=f"AWS::{service}::": self._filter("resource_type", v, m, "begins"),  # type: ignore[misc]
            )

    def _group_words(self) -> None:
        for pattern, group in sorted(_vocabulary()["groups"].items(), key=lambda pair: -len(pair[0])):
            asked = rf"\b(?:by|per|each|which|what)(?: of the)? (?:{pattern})\b|どの(?:{pattern})|(?:{pattern})(?:別|ごと|毎)"
            self._take(asked, lambda _, g=group: self.groups.append(cast(Group, g)))  # type: ignore[misc]  # bound now
            if re.search(rf"\btop \d+ (?:{pattern})\b", self.question, re.IGNORECASE):
                self.groups.append(cast(Group, group))
        self._take(r"\bmonthly\b|\btrends?\b|\bover time\b|推移", lambda _: self.groups.append("month"))
        self._take(r"\bdaily\b|日次", lambda _: self.groups.append("day"))

    def _limit(self) -> int:
        found = [20]
        pattern = r"\btop (\d{1,3})\b|上位 ?(\d{1,3}) ?(?:件|個|位|つ)?|\b(\d{1,3}) most\b"
        self._take(pattern, lambda m: found.append(int(m[1] or m[2] or m[3])))
        return max(1, found[-1])

    def _order(self) -> Order:
        found: list[Order] = ["count"]
        for pattern, order in _vocabulary()["order"].items():
            self._take(_word(pattern), lambda _, o=order: found.append(cast(Order, o)))  # type: ignore[misc]  # bound now
        return found[-1]

    def _months(self) -> tuple[Month, int]:
        """Take the months out; return the last of them and how many there are."""
        named: list[Month] = []
        spans: list[int] = []
        names = "|".join(sorted(_vocabulary()["months"], key=len, reverse=True))
        self._take(r"(?<!\d)(\d{4})-(\d{1,2})(?!\d)", lambda m: named.append(_month(m[1], m[2])), _is_month)
        self._take(r"(?<!\d)(\d{4}) ?年 ?(\d{1,2}) ?月", lambda m: named.append(_month(m[1], m[2])), _is_month)
        self._take(
            rf"\b({names})\.? (\d{{4}})\b",
            lambda m: named.append(_month(m[2], _number(m[1]))),
            lambda m: _is_year(m[2]),
        )
        count = (
            r"\b(?:last|past|previous) (\d{1,2}) months\b|(?:過去|直近) ?(\d{1,2}) ?(?:か月|ヶ月|カ月|ヵ月|箇月)(?:間)?"
        )
        self._take(count, lambda m: spans.append(int(m[1] or m[2])))
        self._take(r"\b(?:last|previous) month\b|先月|前月", lambda _: named.append(self.month.plus(-1)))
        self._take(r"\bthis month\b|今月|当月|この月", lambda _: named.append(self.month))
        self._take(rf"\b({names})\b(?! \d)", lambda m: named.append(self._latest(_number(m[1]))))
        self._take(
            r"(?<![\d年])(\d{1,2}) ?月(?!別|ごと)",
            lambda m: named.append(self._latest(m[1])),
            lambda m: 1 <= int(m[1]) <= 12,
        )
        year = r"(?<!\d)(20\d\d) ?年(?:間|中)?|\b(?:in|of|during) (20\d\d)\b(?!-\d)"
        self._take(year, lambda m: named.extend((_month(m[1] or m[2], "1"), _month(m[1] or m[2], "12"))))
        last = max(named, default=self.month)
        first = min(named, default=last)
        between = (last.year - first.year) * 12 + last.number - first.number + 1
        return last, min(_MOST_MONTHS, max(between, max(spans, default=1), 1))

    def _latest(self, number: str) -> Month:
        """Return the latest month of that number that is not after the one the report is about."""
        wanted = int(number)
        return Month(self.month.year - (wanted > self.month.number), wanted)

    def _filter(self, column: Column, value: str, match: re.Match[str], operator: Operator = "is") -> None:
        before, after = self.rest[: match.start()], self.rest[match.end() :]
        excluded = re.search(_NOT_BEFORE, before, re.IGNORECASE) or re.match(_NOT_AFTER, after)
        if excluded and operator == "is":
            operator = "is_not"
        elif excluded:
            raise _CannotSay
        self.filters.setdefault((column, operator), []).append(value)

    def _take(
        self,
        pattern: str,
        use: Callable[[re.Match[str]], object],
        holds: Callable[[re.Match[str]], bool] = lambda _: True,
    ) -> None:
        """Use each match and take it out of the rest, with the word that excludes it where there is one."""
        at = 0
        while match := re.compile(pattern, re.IGNORECASE).search(self.rest, at):
            if not holds(match):
                at = match.end()
                continue
            try:
                use(match)
            except _CannotSay:
                at = match.end()
                continue
            self.understood = True
            before = re.sub(_NOT_BEFORE, "", self.rest[: match.start()], flags=re.IGNORECASE)
            after = re.sub(_NOT_AFTER, "", self.rest[match.end() :])
            self.rest, at = f"{before} \x1f {after}", len(before) + 3

    def _left(self) -> list[str]:
        """Return the words that nothing was made of, without those that carry no meaning here."""
        stop = _vocabulary()["stop"]
        ignored = {*stop["english"].split(), *stop["japanese"].split()}
        words = re.findall(r"[A-Za-z0-9][\w:.@/-]*|[\u30a0-\u30ff\u3400-\u9fff々]+", self.rest)
        return list(dict.fromkeys(word for word in words if word.lower().rstrip(".:") not in ignored))[:20]


class _CannotSay(Exception):
    """The query has no way to say this; the words stay among what was not understood."""


def _word(pattern: str) -> str:
    """Return the pattern for whole English words; Japanese knows no spaces."""
    return rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9_])"


def _month(year: str, number: str) -> Month:
    return Month(int(year), int(number))


def _is_month(match: re.Match[str]) -> bool:
    return _is_year(match[1]) and 1 <= int(match[2]) <= 12


def _is_year(text: str) -> bool:
    return 1970 <= int(text) <= 2999


def _number(name: str) -> str:
    return str(_vocabulary()["months"][name.lower()])


@cache
def _vocabulary() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("fa2.changes") / "vocabulary.toml").read_text(encoding="utf-8"))
