"""The functions of `stats`: what each takes and its SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fa2.logs.query import values
from fa2.logs.query.values import Value


@dataclass(frozen=True)
class Aggregate:
    """A function over many events."""

    name: str
    sql: Callable[[Value], Value]
    percentile: bool = False
    """Whether a second argument, a number from 0 to 100, is asked for."""
    timed: bool = False
    """Whether it goes by @timestamp."""


def _number(template: str) -> Callable[[Value], Value]:
    return lambda value: Value(template.format(values.number(value)), "number")


def _extreme(function: str) -> Callable[[Value], Value]:
    def sql(value: Value) -> Value:
        if value.kind in ("number", "truth"):
            return Value(f"{function}({values.number(value)})", "number")
        if value.kind == "time":
            return Value(f"{function}({value.sql})", "time")
        amount = f"{function}({values.number(value)})"
        shown = values.text(Value(amount, "number"))
        return Value(f"coalesce({shown}, {function}({values.text(value)}))", "any")

    return sql


def _ordered(function: str) -> Callable[[Value], Value]:
    """Return the value that sorts first or last: text before numbers, as `sort` has it."""

    def sql(value: Value) -> Value:
        if value.kind in ("number", "truth", "time"):
            return _extreme("min" if function == "arg_min" else "max")(value)
        text, amount = values.text(value), values.number(value)
        key = f"{{'n': {amount} IS NOT NULL, 'v': coalesce({amount}, 0), 't': {text}}}"
        return Value(f"{function}({text}, CASE WHEN {text} IS NOT NULL THEN {key} END)", "text")

    return sql


_ALL = (
    Aggregate("count", lambda value: Value(f"CAST(count({value.sql}) AS DOUBLE)", "number")),
    Aggregate("count_distinct", lambda value: Value(f"CAST(count(DISTINCT {values.text(value)}) AS DOUBLE)", "number")),
    Aggregate("sum", _number("sum({})")),
    Aggregate("avg", _number("avg({})")),
    Aggregate("min", _extreme("min")),
    Aggregate("max", _extreme("max")),
    Aggregate("stddev", _number("stddev_samp({})")),
    Aggregate("median", _number("median({})")),
    Aggregate("pct", _number("quantile_cont({}, {{percent}})"), percentile=True),
    Aggregate("percentile", _number("quantile_cont({}, {{percent}})"), percentile=True),
    Aggregate("earliest", lambda value: Value(f"arg_min({value.sql}, {{moment}})", value.kind), timed=True),
    Aggregate("latest", lambda value: Value(f"arg_max({value.sql}, {{moment}})", value.kind), timed=True),
    Aggregate("sortsFirst", _ordered("arg_min")),
    Aggregate("sortsLast", _ordered("arg_max")),
)
AGGREGATES = {aggregate.name.casefold(): aggregate for aggregate in _ALL}
"""By name in lower case."""
