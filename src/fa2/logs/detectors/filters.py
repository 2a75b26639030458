"""CloudWatch filter patterns on any lines: the same filter here and in a detector of CloudWatch's own.

| written | passes lines |
|---|---|
| (nothing) | all |
| `ERROR timeout` | with both words, as whole words, case as written |
| `?ERROR ?WARN` | with one of them; with words that are not optional, these alone decide, as in CloudWatch |
| `ERROR -health` | with the first and without the second |
| `"exit code: 1"` | with the phrase as it stands |
| `%5\\d\\d%` | that the regular expression matches somewhere |
| `{ $.level = "ERROR" && $.ms > 500 }` | that are JSON and fulfil the condition |

In JSON conditions: `=` `!=` (strings may begin or end with `*`, or be `%regex%`), `<` `<=` `>` `>=`, `IS NULL`, `IS TRUE`,
`IS FALSE`, `NOT EXISTS`, `&&`, `||`, parentheses. Patterns of columns (`[ip, user, ...]`) are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from fa2.core.errors import UnusableInput

LineFilter = Callable[[str], bool]
_Condition = Callable[[object], bool]
_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"%]+))(?=\s|$)')
_TOKEN = re.compile(
    r'\s*(?:(&&|\|\||[()]|!=|<=|>=|[=<>])|"((?:[^"\\]|\\.)*)"|%([^%]+)%'
    r"|(\$(?:\.?[\w@-]+|\.?\[\d+\]|\.?\[\"[^\"]+\"\])+)|([^\s()&|=<>!\"]+))"
)
_STEP = re.compile(r'\[(\d+)\]|\["([^"]+)"\]|([\w@-]+)')
_MISSING = object()


def parse_filter(pattern: str) -> LineFilter:
    """Return the filter that a pattern means. Raises UnusableInput where it means none."""
    text = pattern.strip()
    if not text:
        return lambda _line: True
    if text.startswith("{") and text.endswith("}"):
        return _json_filter(_Conditions(text[1:-1], pattern).whole())
    if text.startswith("[") and text.endswith("]"):
        raise UnusableInput("detectors.error.filter_columns", filter=pattern[:200])
    return _terms(text)


def _terms(text: str) -> LineFilter:
    must: list[re.Pattern[str]] = []
    may: list[re.Pattern[str]] = []
    never: list[re.Pattern[str]] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TERM.match(text, at)
        if found is None:
            raise UnusableInput("detectors.error.filter", filter=text[:200], at=at + 1)
        sign, phrase, regex, word = found.groups()
        {"": must, "?": may, "-": never}[sign].append(_searched(phrase, regex, word, text))
        at = found.end()

    def passes(line: str) -> bool:
        if any(p.search(line) for p in never) or not all(p.search(line) for p in must):
            return False
        return bool(must) or not may or any(p.search(line) for p in may)

    return passes


def _searched(phrase: str | None, regex: str | None, word: str | None, text: str) -> re.Pattern[str]:
    if regex is not None:
        return _compiled(regex, text)
    if phrase is not None:
        return re.compile(re.escape(re.sub(r"\\(.)", r"\1", phrase)))
    return re.compile(rf"(?<![0-9A-Za-z_]){re.escape(word or '')}(?![0-9A-Za-z_])")


def _compiled(regex: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except re.error as error:
        raise UnusableInput("detectors.error.filter", filter=text[:200], at=text.find(regex) + 1) from error


def _json_filter(condition: _Condition) -> LineFilter:
    def passes(line: str) -> bool:
        start = line.find("{")
        try:
            return start >= 0 and condition(orjson.loads(line[start:]))
        except orjson.JSONDecodeError:
            return False

    return passes


class _Conditions:
    """A condition on JSON, by recursive descent: `||` of `&&` of comparisons."""

    def __init__(self, text: str, whole: str) -> None:
        self._text, self._pattern = text, whole
        self._at = 0

    def whole(self) -> _Condition:
        """Return the condition. Raises UnusableInput when the text is none."""
        condition = self._any()
        if self._text[self._at :].strip():
            self._refuse()
        return condition

    def _any(self) -> _Condition:
        parts = [self._all()]
        while self._take("||"):
            parts.append(self._all())
        return lambda record: any(part(record) for part in parts)

    def _all(self) -> _Condition:
        parts = [self._one()]
        while self._take("&&"):
            parts.append(self._one())
        return lambda record: all(part(record) for part in parts)

    def _one(self) -> _Condition:
        if self._take("("):
            inner = self._any()
            if not self._take(")"):
                self._refuse()
            return inner
        return self._comparison()

    def _comparison(self) -> _Condition:
        found = self._next()
        if not found[4]:
            self._refuse()
        steps = [int(n) if n else key or name for n, key, name in _STEP.findall(found[4][1:])]
        operator = self._next()
        if operator[5] and operator[5].upper() in ("IS", "NOT"):
            return _state(steps, f"{operator[5]} {self._next()[5] or ''}".upper(), self._refuse)
        if operator[1] not in ("=", "!=", "<", "<=", ">", ">="):
            self._refuse()
        value = self._next()
        return _compares(steps, operator[1] or "", value, self._refuse)

    def _take(self, sign: str) -> bool:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found[1] != sign:
            return False
        self._at = found.end()
        return True

    def _next(self) -> re.Match[str]:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            self._refuse()
        else:
            self._at = found.end()
            return found
        raise AssertionError

    def _refuse(self) -> None:
        raise UnusableInput("detectors.error.filter", filter=self._pattern[:200], at=self._at + 2)


def _value(record: object, steps: list[int | str]) -> object:
    for step in steps:
        if isinstance(step, int) and isinstance(record, list):
            record = record[step] if step < len(record) else _MISSING
        elif isinstance(step, str) and isinstance(record, dict):
            record = record.get(step, _MISSING)
        else:
            return _MISSING
    return record


def _state(steps: list[int | str], state: str, refuse: Callable[[], None]) -> _Condition:
    wanted: dict[str, object] = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False, "NOT EXISTS": _MISSING}
    if state not in wanted:
        refuse()
    return lambda record: _value(record, steps) is wanted[state]


def _compares(steps: list[int | str], operator: str, value: re.Match[str], refuse: Callable[[], None]) -> _Condition:
    text = value[2] if value[2] is not None else value[5]
    number = _number(value[5])
    if value[3] is not None:
        regex = _compiled(value[3], value.string)
    elif text is None:
        refuse()
        raise AssertionError
    else:
        regex = re.compile(".*".join(re.escape(part) for part in text.split("*")) + r"\Z", re.DOTALL)
    whole = regex.search if value[3] is not None else regex.match

    def equal(found: object) -> bool:
        if number is not None and isinstance(found, int | float) and not isinstance(found, bool):
            return found == number
        shown = found if isinstance(found, str) else orjson.dumps(found).decode()
        return whole(shown) is not None

    def compares(record: object) -> bool:
        found = _value(record, steps)
        if found is _MISSING:
            return False
        if operator in ("=", "!="):
            return equal(found) is (operator == "=")
        mine = found if isinstance(found, int | float) else _number(found if isinstance(found, str) else None)
        if mine is None or number is None:
            return False
        below, same = mine < number, mine == number
        return {"<": below, "<=": below or same, ">": not below and not same, ">=": not below}[operator]

    return compares


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
