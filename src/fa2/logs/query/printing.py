"""From a tree back to text: reading the text gives the same tree. Columns without a name are headed with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from fa2.logs.query import syntax as tree
from fa2.logs.query.lexing import quoted_text, slashed_regex, written_name

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _PRIMARY = range(1, 10)
_BINDING: dict[tree.Operator, int] = {
    "or": _OR,
    "and": _AND,
    "^": _POWER,
    "=": _COMPARISON,
    "!=": _COMPARISON,
    "<": _COMPARISON,
    "<=": _COMPARISON,
    ">": _COMPARISON,
    ">=": _COMPARISON,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
}


def printed(query: tree.Query) -> str:
    """Return a query on one line."""
    return " | ".join(_command(command) for command in query.commands)


def expression_text(expression: tree.Expression) -> str:
    """Return an expression with no more parentheses than it needs."""
    return _text(expression)[0]


def _within(expression: tree.Expression, binding: int) -> str:
    text, own = _text(expression)
    return text if own >= binding else f"({text})"


def _text(expression: tree.Expression) -> tuple[str, int]:
    """Return an expression and how tightly it holds together."""
    match expression:
        case tree.Text(value):
            return quoted_text(value), _PRIMARY
        case tree.Number(written):
            return written, _PRIMARY
        case tree.Truth(value):
            return ("true" if value else "false"), _PRIMARY
        case tree.Period(count, unit):
            return f"{count}{unit}", _PRIMARY
        case tree.Regex(pattern):
            return slashed_regex(pattern), _PRIMARY
        case tree.Field(parts):
            return written_name(parts), _PRIMARY
        case tree.Star():
            return "*", _PRIMARY
        case tree.Call(function, arguments):
            return f"{written_name((function,))}({_listed(arguments)})", _PRIMARY
        case tree.Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case tree.Minus(operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case tree.Binary(operator, left, right):
            own = _BINDING[operator]
            sides = (_PRIMARY, _SIGN) if operator == "^" else (own, own + 1)
            return f"{_within(left, sides[0])} {operator} {_within(right, sides[1])}", own
        case tree.Like(operand, pattern, negated):
            word = "not like" if negated else "like"
            return f"{_within(operand, _COMPARISON)} {word} {_within(pattern, _SUM)}", _COMPARISON
        case tree.In(operand, items, negated):
            word = "not in" if negated else "in"
            return f"{_within(operand, _COMPARISON)} {word} [{_listed(items)}]", _COMPARISON
        case _:
            assert_never(expression)


def _listed(expressions: Iterable[tree.Expression]) -> str:
    return ", ".join(expression_text(expression) for expression in expressions)


def _name(name: str) -> str:
    return written_name((name,))


def _named(names: Iterable[str]) -> str:
    written = ", ".join(map(_name, names))
    return f" as {written}" if written else ""


def _items(items: Iterable[tree.Item]) -> str:
    return ", ".join(
        expression_text(item.expression) + (f" as {_name(item.alias)}" if item.alias is not None else "")
        for item in items
    )


def _command(command: tree.Command) -> str:
    match command:
        case tree.Fields(items):
            return f"fields {_items(items)}"
        case tree.Display(items):
            return f"display {_items(items)}"
        case tree.Filter(condition):
            return f"filter {expression_text(condition)}"
        case tree.Parse(source, pattern, names):
            return f"parse {expression_text(source)} {expression_text(pattern)}{_named(names)}"
        case tree.ParseAll(source, regex, names):
            return f"parse {expression_text(source)} {expression_text(regex)} multi{_named(names)}"
        case tree.ParseLogfmt(source, name):
            return f"parse {expression_text(source)} logfmt as {_name(name)}"
        case tree.Stats(items, groups):
            return f"stats {_items(items)}" + (f" by {_items(groups)}" if groups else "")
        case tree.Sort(keys):
            orders = (expression_text(key.expression) + (" desc" if key.descending else " asc") for key in keys)
            return "sort " + ", ".join(orders)
        case tree.Limit(count):
            return f"limit {count}"
        case tree.Dedup(fields):
            return f"dedup {_listed(fields)}"
        case tree.Unnest(source, name):
            return f"unnest {expression_text(source)} into {_name(name)}"
        case tree.Patterns(source):
            return f"pattern {expression_text(source)}"
        case tree.Diff(tree.Period() as shift):
            return f"logcompare timeshift {expression_text(shift)}"
        case tree.Diff(shift):
            return "diff" if shift == "previous" else f"diff {shift}"
        case tree.Anomalies():
            return "anomaly"
        case _:
            assert_never(command)
