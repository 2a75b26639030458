"""The `stats` command: aggregates over groups, and expressions over aggregates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fa2.logs.query import syntax as tree
from fa2.logs.query import values
from fa2.logs.query.aggregates import AGGREGATES
from fa2.logs.query.expressions import compiled
from fa2.logs.query.printing import expression_text
from fa2.logs.query.problems import At, QueryProblem, nearest
from fa2.logs.query.relations import Relation, order_terms
from fa2.logs.query.values import Parameters, Value


def group(relation: Relation, stats: tree.Stats) -> None:
    """Replace the events by their statistics. Groups are in the order of their keys, the newest first, until sorted."""
    keys = {heading(item): compiled(item.expression, relation) for item in stats.groups}
    calls = {expression_text(call): call for item in stats.items for call in _aggregate_calls(item.expression)}
    aggregates = {text: _aggregated(call, relation) for text, call in calls.items()}
    columns = {name: Value(relation.identifier(name), value.kind) for name, value in {**keys, **aggregates}.items()}
    selected = [f"{value.sql} AS {columns[name].sql}" for name, value in {**keys, **aggregates}.items()]
    if relation.first_stats:
        selected.append("count(*) AS matched_events")
    by = f" GROUP BY {', '.join(str(n) for n in range(1, len(keys) + 1))}" if keys else ""
    relation.layer(f"SELECT {', '.join(selected)} FROM {{last}}{by}")
    scope = _Grouped(relation.parameters, relation.now, columns, {i.alias: i for i in stats.items if i.alias})
    results = {heading(item): compiled(item.expression, scope) for item in stats.items}
    named = {name: Value(relation.identifier(name), value.kind) for name, value in results.items()}
    outer = [columns[key].sql for key in keys] + [f"{results[name].sql} AS {named[name].sql}" for name in results]
    if relation.first_stats:
        outer.append("sum(matched_events) OVER () AS matched_total")
    relation.total = "matched_total" if relation.first_stats else None
    relation.layer(f"SELECT {', '.join(outer)} FROM {{last}}")
    relation.scope = {**{key: columns[key] for key in keys}, **named}
    relation.own_fields, relation.displayed, relation.chosen, relation.first_stats = False, False, True, False
    relation.shown = dict(relation.scope)
    relation.order = [
        term for key in keys for term in order_terms(columns[key], descending=columns[key].kind == "time")
    ]


def heading(item: tree.Item) -> str:
    """Return the name of a column: the one it is given, or the expression as it would be written."""
    if item.alias is not None:
        return item.alias
    expression = item.expression
    return expression.name if isinstance(expression, tree.Field) else expression_text(expression)


@dataclass
class _Grouped:
    """The scope of expressions over aggregates."""

    parameters: Parameters
    now: datetime
    columns: dict[str, Value]
    aliases: dict[str, tree.Item]

    def field(self, field: tree.Field) -> Value:
        """Return a grouped column, or the expression that an alias stands for."""
        if field.name in self.columns:
            return self.columns[field.name]
        item = self.aliases.pop(field.name, None)
        if item is not None:  # taken out meanwhile, so that a name cannot rest on itself
            value = compiled(item.expression, self)
            self.aliases[field.name] = item
            return value
        near = nearest(field.name, [*self.columns, *self.aliases])
        if near:
            raise QueryProblem("field_near", field.at, found=field.name, near=near)
        raise QueryProblem("not_aggregated", field.at, found=field.name)

    def column(self, heading: str) -> Value | None:
        return self.columns.get(heading)

    def moment(self, at: At) -> Value:
        raise QueryProblem("not_aggregated", at, found="bin()")


def _aggregate_calls(expression: tree.Expression) -> Iterator[tree.Call]:
    match expression:
        case tree.Call(function, arguments):
            if function.casefold() in AGGREGATES:
                yield expression
                return
            for argument in arguments:
                yield from _aggregate_calls(argument)
        case tree.Binary(_, left, right):
            yield from _aggregate_calls(left)
            yield from _aggregate_calls(right)
        case tree.Not(operand) | tree.Minus(operand):
            yield from _aggregate_calls(operand)
        case tree.Like(operand, pattern):
            yield from _aggregate_calls(operand)
            yield from _aggregate_calls(pattern)
        case tree.In(operand, items):
            for part in (operand, *items):
                yield from _aggregate_calls(part)
        case _:
            return


def _aggregated(call: tree.Call, relation: Relation) -> Value:
    aggregate = AGGREGATES[call.function.casefold()]
    arguments = call.arguments
    if aggregate.name == "count" and (not arguments or arguments == (tree.Star(),)):
        return Value("CAST(count(*) AS DOUBLE)", "number")
    usage = f"{aggregate.name}({'field, 95' if aggregate.percentile else 'field'})"
    if len(arguments) != 1 + aggregate.percentile:
        raise QueryProblem("arguments", call.at, function=aggregate.name, usage=usage)
    value = aggregate.sql(compiled(arguments[0], relation))
    sql = value.sql
    if aggregate.percentile:
        sql = sql.replace("{percent}", _share(arguments[1], relation))
    if aggregate.timed:
        sql = sql.replace("{moment}", values.time(relation.moment(call.at)))
    return Value(sql, value.kind)


def _share(argument: tree.Expression, relation: Relation) -> str:
    if not isinstance(argument, tree.Number) or not 0 <= float(argument.written) <= 100:
        raise QueryProblem("percent", argument.at, found=expression_text(argument))
    return relation.parameters.plain(float(argument.written) / 100)
