"""From the tree of an expression to SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, assert_never

from fa2.logs.query import addresses, functions, regexes, values
from fa2.logs.query import syntax as tree
from fa2.logs.query.aggregates import AGGREGATES
from fa2.logs.query.functions import FUNCTIONS, Function
from fa2.logs.query.periods import UNITS, Unit
from fa2.logs.query.printing import expression_text
from fa2.logs.query.problems import At, QueryProblem, nearest
from fa2.logs.query.values import Parameters, Value

MAX_DEPTH = 100
"""How deep expressions may be nested."""


class Scope(Protocol):
    """What names mean where an expression stands."""

    parameters: Parameters
    now: datetime

    def field(self, field: tree.Field) -> Value:
        """Return a field; null as a value where nothing is known by that name."""
        ...

    def column(self, heading: str) -> Value | None:
        """Return the column that is headed so, for `sort count(*)` after `stats count(*)`."""
        ...

    def moment(self, at: At) -> Value:
        """Return the time of an event. Raises QueryProblem where events have none any more."""
        ...


def compiled(expression: tree.Expression, scope: Scope) -> Value:
    """Return the SQL of an expression. Raises QueryProblem, with the place, for what cannot be."""
    return _Compiler(scope).value(expression)


class _Compiler:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._parameters = scope.parameters
        self._depth = 0

    def value(self, expression: tree.Expression) -> Value:
        """Return an expression as SQL. Raises QueryProblem where it cannot be, or is nested too deeply."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise QueryProblem("too_complex", expression.at)
            return self._value(expression)
        except QueryProblem as problem:
            if problem.at.end == 0:
                problem.at = expression.at
            raise
        finally:
            self._depth -= 1

    def _value(self, expression: tree.Expression) -> Value:
        match expression:
            case tree.Text(text):
                return Value(self._parameters.bind(text), "text", text)
            case tree.Number(written):
                return Value(self._parameters.bind(float(written)), "number", float(written))
            case tree.Truth(told):
                return Value("true" if told else "false", "truth", float(told))
            case tree.Field():
                return self._scope.field(expression)
            case tree.Not(operand):
                return Value(f"(NOT {values.truth(self.value(operand))})", "truth")
            case tree.Minus(operand):
                return Value(f"(-{values.number(self.value(operand))})", "number")
            case tree.Binary():
                return self._binary(expression)
            case tree.Like():
                return self._like(expression)
            case tree.In():
                return self._in(expression)
            case tree.Call():
                return self._scope.column(expression_text(expression)) or self._call(expression)
            case tree.Period() | tree.Regex() | tree.Star():
                name = type(expression).__name__.lower()
                raise QueryProblem(f"stray_{name}", expression.at, found=expression_text(expression))
            case _:
                assert_never(expression)

    def _binary(self, expression: tree.Binary) -> Value:
        left, right = self.value(expression.left), self.value(expression.right)
        operator = expression.operator
        match operator:
            case "and" | "or":
                return Value(f"({values.truth(left)} {operator.upper()} {values.truth(right)})", "truth")
            case "+" | "-" | "*" | "/" | "%":
                return Value(f"({values.number(left)} {operator} {values.number(right)})", "number")
            case "^":
                return Value(f"pow({values.number(left)}, {values.number(right)})", "number")
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return values.compared(operator, left, right, self._parameters)
            case _:
                assert_never(operator)

    def _like(self, expression: tree.Like) -> Value:
        operand = values.text(self.value(expression.operand))
        if isinstance(expression.pattern, tree.Regex):
            found = regexes.extraction(expression.pattern.pattern, expression.pattern.at)
            sql = f"regexp_matches({operand}, {self._parameters.plain(found.pattern)})"
        else:
            sql = f"contains({operand}, {values.text(self.value(expression.pattern))})"
        return Value(f"(NOT {sql})" if expression.negated else sql, "truth")

    def _in(self, expression: tree.In) -> Value:
        operand = self.value(expression.operand)
        members = [values.compared("=", operand, self.value(item), self._parameters) for item in expression.items]
        sql = "(" + (" OR ".join(member.sql for member in members) or "false") + ")"
        return Value(f"(NOT {sql})" if expression.negated else sql, "truth")

    def _call(self, call: tree.Call) -> Value:
        name = call.function.casefold()
        if name == "bin":
            return self._bin(call)
        if name == "now":
            self._takes(call, not call.arguments, "now()")
            return Value(self._parameters.bind(float(int(self._scope.now.timestamp()))), "number")
        if name in AGGREGATES:
            raise QueryProblem("aggregate", call.at, function=AGGREGATES[name].name)
        function = FUNCTIONS.get(name)
        if function is None:
            raise _unknown(call, [f.name for f in FUNCTIONS.values()])
        self._takes(call, function.fits(len(call.arguments)), signature(function))
        return self._applied(function, call)

    def _applied(self, function: Function, call: tree.Call) -> Value:
        first = self.value(call.arguments[0])
        if "period" in function.takes:
            return Value(function.sql(values.time(first), *self._period(call.arguments[1])), "time")
        if "subnet" in function.takes:
            return self._in_subnet(function, first, call.arguments[1])
        return functions.applied(function, [first, *map(self.value, call.arguments[1:])])

    def _bin(self, call: tree.Call) -> Value:
        self._takes(call, len(call.arguments) == 1, "bin(5m)")
        moment = self._scope.moment(call.at)
        return Value(functions.floor_sql(values.time(moment), *self._period(call.arguments[0])), "time")

    def _period(self, argument: tree.Expression) -> tuple[str, Unit]:
        if not isinstance(argument, tree.Period):
            raise QueryProblem("no_period", argument.at, found=expression_text(argument))
        unit = next(unit for unit in UNITS if unit.name == argument.unit)
        return self._parameters.bind(argument.count), unit

    def _in_subnet(self, function: Function, address: Value, argument: tree.Expression) -> Value:
        subnet = addresses.subnet_of(argument.value) if isinstance(argument, tree.Text) else None
        asked = {"isipv4insubnet": 4, "isipv6insubnet": 6}.get(function.name.casefold())
        if subnet is None or (asked and subnet.version != asked):
            raise QueryProblem("no_subnet", argument.at, found=expression_text(argument))
        ends = self._parameters.bind(subnet.first), self._parameters.bind(subnet.last)
        return Value(function.sql(values.text(address), subnet.version, *ends), "truth")

    def _takes(self, call: tree.Call, fits: object, usage: str) -> None:
        if not fits:
            raise QueryProblem("arguments", call.at, function=call.function, usage=usage)


def signature(function: Function) -> str:
    """Return a function as it is called, `substr(text, number[, number])`."""
    words = {"period": "5m", "same": "field", "truth": "condition"}
    names = [words.get(kind, kind) for kind in function.takes]
    must, may = names[: len(names) - function.optional], names[len(names) - function.optional :]
    more = ", …" if function.repeated else ""
    return f"{function.name}({', '.join(must)}{''.join(f'[, {name}]' for name in may)}{more})"


def _unknown(call: tree.Call, known: Sequence[str]) -> QueryProblem:
    names = [*known, *functions.SPECIAL, *(aggregate.name for aggregate in AGGREGATES.values())]
    near = nearest(call.function, names)
    if near:
        return QueryProblem("function_near", call.at, found=call.function, near=near)
    return QueryProblem("function", call.at, found=call.function)
