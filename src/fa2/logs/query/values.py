"""Expressions of SQL with the kind of value they give, and how one kind is taken for another.

Logs are loosely typed: a field is text, and counts as a number where a number is asked for and it reads as
one. What does not is missing, that is null. No value of a query's is ever part of the SQL: it is bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fa2.core.errors import UnusableInput
from fa2.core.windows import parse_time
from fa2.logs.query.problems import NOWHERE, QueryProblem
from fa2.logs.query.syntax import Operator

Kind = Literal["text", "number", "truth", "time", "json", "any"]
"""What an expression gives; `any` is text that stands for a number where it reads as one, as max() of a field does."""
Bindable: TypeAlias = str | int | float | list[str]

_SQL_TYPES = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", list: "VARCHAR[]"}
MAX_SQL = 200_000
"""How long the SQL of one expression may grow; conversions name their operand more than once."""


@dataclass(frozen=True)
class Value:
    """An expression of SQL."""

    sql: str
    kind: Kind
    literal: str | float | bool | None = None
    """What it is, where the query says it outright."""

    def __post_init__(self) -> None:
        if len(self.sql) > MAX_SQL:
            raise QueryProblem("too_complex", NOWHERE)


@dataclass
class Parameters:
    """The bound values of a statement, by name."""

    values: dict[str, Bindable] = field(default_factory=dict)

    def bind(self, value: Bindable) -> str:
        """Return the SQL that stands for a value."""
        return f"{self.plain(value)}::{_SQL_TYPES[type(value)]}"

    def plain(self, value: Bindable) -> str:
        """Return the same without a type, for where DuckDB asks for a constant."""
        name = next((known for known, v in self.values.items() if v == value and type(v) is type(value)), None)
        if name is None:
            name = f"v{len(self.values) + 1}"
            self.values[name] = value
        return f"${name}"


def number(value: Value) -> str:
    """Return the value as a DOUBLE; null where it does not read as a number."""
    match value.kind:
        case "number":
            return value.sql
        case "truth":
            return f"CAST({value.sql} AS DOUBLE)"
        case "time":
            return f"CAST(epoch_ms({value.sql}) AS DOUBLE)"
        case _:
            # The letters of NaN and Infinity go, so that DuckDB does not take the words for numbers.
            return f"TRY_CAST(translate({text(value)}, 'nNfF', '####') AS DOUBLE)"


def text(value: Value) -> str:
    """Return the value as VARCHAR: times to milliseconds, whole numbers without a point, 1 and 0 for true and false."""
    match value.kind:
        case "text" | "any":
            return value.sql
        case "number":
            return rf"regexp_replace(CAST({value.sql} AS VARCHAR), '\.0$', '')"
        case "truth":
            return f"CAST(CAST({value.sql} AS INTEGER) AS VARCHAR)"
        case "time":
            return f"strftime({value.sql}, '%Y-%m-%d %H:%M:%S.%g')"
        case "json":
            return f"({value.sql} ->> '$')"


def truth(value: Value) -> str:
    """Return the value as BOOLEAN: numbers but 0, and the text `true`."""
    match value.kind:
        case "truth":
            return value.sql
        case "number":
            return f"({value.sql} <> 0)"
        case _:
            return f"coalesce({number(value)} <> 0, {text(value)} = 'true')"


def time(value: Value) -> str:
    """Return the value as TIMESTAMPTZ; a number is milliseconds since 1970."""
    match value.kind:
        case "time":
            return value.sql
        case "number" | "truth":
            return f"TRY(to_timestamp({number(value)} / 1000))"
        case _:
            return f"TRY_CAST({text(value)} AS TIMESTAMPTZ)"


def json(value: Value) -> str:
    """Return the value as JSON; text that is none becomes a JSON string."""
    match value.kind:
        case "json":
            return value.sql
        case "text" | "any":
            return f"CASE WHEN json_valid({value.sql}) THEN CAST({value.sql} AS JSON) ELSE to_json({value.sql}) END"
        case _:
            return f"to_json({number(value) if value.kind != 'time' else text(value)})"


_TEXTS = ("text", "any", "json")
_SQL_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def compared(operator: Operator, left: Value, right: Value, parameters: Parameters) -> Value:
    """Return a comparison: of times where one is a time, of numbers where one is a number, else of text.

    Less and greater compare text as numbers where both sides read as such. A missing value compares to nothing.
    """
    sign = _SQL_OPERATORS[operator]
    if "time" in (left.kind, right.kind):
        return _of_times(sign, left, right, parameters)
    if left.kind in _TEXTS and right.kind in _TEXTS:
        return Value(_of_texts(sign, left, right), "truth")
    if left.kind not in _TEXTS and right.kind not in _TEXTS:
        return Value(f"({number(left)} {sign} {number(right)})", "truth")
    worded, other = (left, right) if left.kind in _TEXTS else (right, left)
    if sign in ("=", "<>") and other.literal in (0.0, 1.0):
        word = "true" if other.literal else "false"
        equal = f"coalesce({number(worded)} = {number(other)}, {text(worded)} = '{word}')"
        return Value(equal if sign == "=" else f"(NOT {equal})", "truth")
    if sign == "<>":
        return Value(f"coalesce({number(worded)} <> {number(other)}, {text(worded)} IS NOT NULL)", "truth")
    return Value(f"({number(left)} {sign} {number(right)})", "truth")


def _of_times(sign: str, left: Value, right: Value, parameters: Parameters) -> Value:
    sides = []
    for side in (left, right):
        if isinstance(side.literal, str):
            try:
                moment = parse_time(side.literal).isoformat()
            except UnusableInput:
                return Value(f"({text(left)} {sign} {text(right)})", "truth")
            sides.append(f"CAST({parameters.bind(moment)} AS TIMESTAMPTZ)")
        else:
            sides.append(time(side))
    return Value(f"({sides[0]} {sign} {sides[1]})", "truth")


def _of_texts(sign: str, left: Value, right: Value) -> str:
    plain = f"{text(left)} {sign} {text(right)}"
    if sign in ("=", "<>"):
        return f"({plain})"
    for side in (left, right):
        if isinstance(side.literal, str):
            try:
                float(side.literal)
            except ValueError:
                return f"({plain})"
            return f"({number(left)} {sign} {number(right)})"
    return f"coalesce({number(left)} {sign} {number(right)}, {plain})"
