"""X-Ray's filter expressions, as far as sources need them, as conditions on traces.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wire import AwsError

Segment = Mapping[str, Any]
Condition = Callable[[Sequence[Segment]], bool]
"""Of a trace's segments, the root first."""

_TOKEN = re.compile(r'\s*(?:(AND|OR|&&|\|\|)|(!=|<=|>=|[!<>=(){}])|("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|([A-Za-z_.]+))')
_OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FLAGS = ("error", "fault", "throttle")


def condition(text: str) -> Condition:
    """Return what a filter expression asks. Raises AwsError for what X-Ray, or this, does not understand."""
    parser = _Parser(_tokens(text))
    found = parser.either()
    if parser.rest():
        raise _invalid(f"unexpected {parser.rest()[0]}")
    return found


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise _invalid(text[at:])
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidRequestException", f"Invalid filter expression: {text}")


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def rest(self) -> list[str]:
        return self._tokens

    def either(self) -> Condition:
        left = self.both()
        while self._taken("OR", "||"):
            left = _or(left, self.both())
        return left

    def both(self) -> Condition:
        left = self.one()
        while self._taken("AND", "&&"):
            left = _and(left, self.one())
        return left

    def one(self) -> Condition:
        if self._taken("!"):
            inner = self.one()
            return lambda trace: not inner(trace)
        if self._taken("("):
            inner = self.either()
            self._need(")")
            return inner
        word = self._next()
        if word == "service":
            return self._service()
        if word in _FLAGS:
            return self._flag(word)
        if word == "ok":
            return lambda trace: not any(trace[0].get(flag) for flag in _FLAGS)
        if word in ("responsetime", "duration", "http.status"):
            return self._compared(word)
        raise _invalid(word)

    def _flag(self, word: str) -> Condition:
        wanted = True
        if self._taken("="):
            wanted = self._next() == "true"
        return lambda trace: bool(trace[0].get(word)) is wanted

    def _compared(self, word: str) -> Condition:
        compare = _OPERATORS.get(self._next())
        number = self._next()
        if compare is None or not number[0].isdigit():
            raise _invalid(f"{word} needs a comparison with a number")
        measure = _MEASURES[word]
        return lambda trace: (value := measure(trace)) is not None and compare(value, float(number))

    def _service(self) -> Condition:
        self._need("(")
        name = self._next().strip('"')
        self._need(")")
        inner: Condition = lambda trace: True  # noqa: E731 (a condition like the others)
        if self._taken("{"):
            inner = self.either()
            self._need("}")
        return lambda trace: any(inner([segment]) for segment in trace if segment["name"] == name)

    def _next(self) -> str:
        if not self._tokens:
            raise _invalid("it ends too early")
        return self._tokens.pop(0)

    def _taken(self, *tokens: str) -> bool:
        if self._tokens and self._tokens[0] in tokens:
            self._tokens.pop(0)
            return True
        return False

    def _need(self, token: str) -> None:
        if not self._taken(token):
            raise _invalid(f"{token} is missing")


def response_time(trace: Sequence[Segment]) -> float:
    """Return the seconds until the root answered."""
    return float(trace[0]["end_time"] - trace[0]["start_time"])


def duration(trace: Sequence[Segment]) -> float:
    """Return the seconds until the last segment ended."""
    return float(max(s["end_time"] for s in trace) - min(s["start_time"] for s in trace))


def status(trace: Sequence[Segment]) -> float | None:
    """Return the HTTP status that the root answered with; null when there is none."""
    found = trace[0].get("http", {}).get("response", {}).get("status")
    return None if found is None else float(found)


_MEASURES: dict[str, Callable[[Sequence[Segment]], float | None]] = {
    "responsetime": response_time,
    "duration": duration,
    "http.status": status,
}


def _or(left: Condition, right: Condition) -> Condition:
    return lambda trace: left(trace) or right(trace)


def _and(left: Condition, right: Condition) -> Condition:
    return lambda trace: left(trace) and right(trace)
